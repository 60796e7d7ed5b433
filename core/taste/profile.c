/* What opinions mean, and the order in which a profile keeps them. */
#include "butaca/profile.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/error.h"

enum { MAX_HALF_STARS = 10 };

bt_verdict bt_opinion_taste(const bt_opinion *opinion)
{
    if (opinion->verdict != BT_NO_VERDICT)
        return (bt_verdict)opinion->verdict;
    if (opinion->half_stars >= BT_LIKE_HALF_STARS)
        return BT_LIKE;
    return opinion->half_stars >= 1 && opinion->half_stars <= BT_DISLIKE_HALF_STARS ? BT_DISLIKE : BT_NO_VERDICT;
}

bool bt_opinion_known(const bt_opinion *opinion)
{
    return opinion->verdict != BT_NO_VERDICT || opinion->half_stars != 0 || opinion->seen;
}

static int by_film(const void *left, const void *right)
{
    const bt_opinion *a = left, *b = right;
    return (a->film_id > b->film_id) - (a->film_id < b->film_id);
}

bt_status bt_profile_sort(bt_opinion *opinions, size_t n_opinions, bt_error *error)
{
    for (size_t i = 0; i < n_opinions; i++) {
        const bt_opinion *o = &opinions[i];
        if (o->verdict > BT_DISLIKE)
            return error_set(error, BT_INVALID_ARGUMENT, "film %" PRIu32 ": verdict %d, expected 0 to %d", o->film_id,
                             o->verdict, BT_DISLIKE);
        if (o->half_stars > MAX_HALF_STARS)
            return error_set(error, BT_INVALID_ARGUMENT, "film %" PRIu32 ": %d half stars, expected 0 to %d", o->film_id,
                             o->half_stars, MAX_HALF_STARS);
    }
    if (n_opinions > 0)
        qsort(opinions, n_opinions, sizeof *opinions, by_film);
    for (size_t i = 1; i < n_opinions; i++)
        if (opinions[i - 1].film_id == opinions[i].film_id)
            return error_set(error, BT_INVALID_ARGUMENT, "film %" PRIu32 " stands twice in the profile", opinions[i].film_id);
    return BT_OK;
}
