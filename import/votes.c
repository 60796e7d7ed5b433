/* Counting votes. */
#include "import/votes.h"

#include "base/error.h"
#include "base/memory.h"

bt_status votes_store(const bt_ratings *ratings, catalogue *c, bt_error *error)
{
    film_votes *votes = memory_array(ratings->n_films, sizeof *votes);
    uint64_t *sums = memory_zeroed(ratings->n_films, sizeof *sums); /* half stars in the upper, ratings in the lower 32 bits */
    bt_status status = votes && sums ? BT_OK : error_no_memory(error, "counting ratings");
    for (size_t i = 0; i < ratings->n_ratings && status == BT_OK; i++)
        sums[ratings->films[i]] += (uint64_t)ratings->half_stars[i] << 32 | 1;
    for (size_t i = 0; i < ratings->n_films && status == BT_OK; i++) {
        const uint32_t n = (uint32_t)sums[i];
        votes[i] = (film_votes){ratings->film_ids[i], n, (double)(sums[i] >> 32) / (2.0 * n)};
    }
    if (status == BT_OK)
        status = catalogue_put_votes(c, votes, ratings->n_films, error);
    bt_free(votes);
    bt_free(sums);
    return status;
}
