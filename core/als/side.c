/* The two sides of the rating matrix. Memory: the films' side takes 5 bytes a rating and 8 a film; pieces 8 bytes for each 32
 * rows or 4,096 ratings. */
#include <string.h>

#include "als/als.h"
#include "base/error.h"
#include "base/memory.h"

enum { PIECE_ROWS = 32, PIECE_RATINGS = 4096 };

static bt_status check_ratings(const bt_ratings *r, bt_error *error)
{
    if (r->user_offsets[0] != 0 || r->user_offsets[r->n_users] != r->n_ratings)
        return error_set(error, BT_INVALID_ARGUMENT, "the users' offsets don't span the %zu ratings", r->n_ratings);
    for (size_t u = 0; u < r->n_users; u++)
        if (r->user_offsets[u] > r->user_offsets[u + 1])
            return error_set(error, BT_INVALID_ARGUMENT, "the offsets of user %zu descend", u);
    for (size_t i = 0; i < r->n_ratings; i++) {
        if (r->films[i] >= r->n_films)
            return error_set(error, BT_INVALID_ARGUMENT, "rating %zu is of film number %u, of %zu", i, r->films[i], r->n_films);
        if (r->half_stars[i] < 1 || r->half_stars[i] >= ALS_RATINGS)
            return error_set(error, BT_INVALID_ARGUMENT, "rating %zu is %u half stars, expected 1 to 10", i, r->half_stars[i]);
    }
    return BT_OK;
}

/* Cuts the rows into pieces. Two passes: count, then fill. */
static bt_status cut_pieces(als_side *side, bt_error *error)
{
    for (int filling = 0; filling < 2; filling++) {
        size_t n_pieces = 0;
        for (size_t row = 0, first = 0; row < side->n_rows; row++) {
            const bool is_full =
                row + 1 - first >= PIECE_ROWS || side->offsets[row + 1] - side->offsets[first] >= PIECE_RATINGS;
            if (!is_full && row + 1 < side->n_rows)
                continue;
            first = row + 1;
            n_pieces++;
            if (filling)
                side->piece_at[n_pieces] = first;
        }
        if (!filling && (side->piece_at = memory_zeroed(n_pieces + 1, sizeof *side->piece_at)) == NULL)
            return error_no_memory(error, "training");
        side->n_pieces = n_pieces;
    }
    for (size_t row = 0; row < side->n_rows; row++) {
        const uint64_t n = side->offsets[row + 1] - side->offsets[row];
        side->n_shared += als_is_shared(side, row);
        if (n <= ALS_DUAL_MAX)
            side->lengths[n]++;
    }
    return BT_OK;
}

bt_status als_side_of_users(const bt_ratings *ratings, als_side *out, bt_error *error)
{
    *out = (als_side){
        .n_rows = ratings->n_users,
        .n_columns = ratings->n_films,
        .offsets = ratings->user_offsets,
        .columns = ratings->films,
        .half_stars = ratings->half_stars,
    };
    const bt_status status = check_ratings(ratings, error);
    return status != BT_OK ? status : cut_pieces(out, error);
}

/* Counting sort by film. at[f + 1] is where film f's next rating goes; when all are placed it has moved to the film's end, so
 * that `at` is then the array of offsets. */
static void transpose(const bt_ratings *r, uint64_t *at, uint32_t *users, uint8_t *half_stars)
{
    for (size_t i = 0; i < r->n_ratings; i++)
        if (r->films[i] + 1 < r->n_films)
            at[r->films[i] + 2]++;
    for (size_t f = 2; f <= r->n_films; f++)
        at[f] += at[f - 1];
    for (size_t u = 0; u < r->n_users; u++) {
        for (uint64_t i = r->user_offsets[u]; i < r->user_offsets[u + 1]; i++) {
            const uint64_t to = at[r->films[i] + 1]++;
            users[to] = (uint32_t)u;
            half_stars[to] = r->half_stars[i];
        }
    }
}

bt_status als_side_of_films(const bt_ratings *ratings, als_side *out, bt_error *error)
{
    uint64_t *offsets = memory_zeroed(ratings->n_films + 1, sizeof *offsets);
    uint32_t *users = memory_array(ratings->n_ratings, sizeof *users);
    uint8_t *half_stars = memory_array(ratings->n_ratings, sizeof *half_stars);
    *out = (als_side){
        .n_rows = ratings->n_films,
        .n_columns = ratings->n_users,
        .offsets = offsets,
        .columns = users,
        .half_stars = half_stars,
        .owned = true,
    };
    if (offsets == NULL || users == NULL || half_stars == NULL)
        return error_no_memory(error, "training");
    transpose(ratings, offsets, users, half_stars);
    return cut_pieces(out, error);
}

void als_side_free(als_side *side)
{
    bt_free(side->piece_at);
    if (side->owned) {
        bt_free((void *)(uintptr_t)side->offsets);
        bt_free((void *)(uintptr_t)side->columns);
        bt_free((void *)(uintptr_t)side->half_stars);
    }
    *side = (als_side){0};
}
