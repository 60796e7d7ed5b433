/* The memory that training takes, counted from the sizes of what it allocates: the lists of train.c, factors.c, row.c and side.c in one
 * place. tests/unit/als/test_memory.c holds it against what is really taken. */
#include <inttypes.h>
#include <string.h>

#include "als/als.h"
#include "base/error.h"
#include "butaca/rating_model.h"
#include "simd/tiles.h"

static uint64_t side_bytes(uint64_t n_rows, uint64_t n_ratings, bool owned)
{
    const uint64_t n_pieces = n_rows / 32 + n_ratings / 4096 + 2;          /* at most */
    return (owned ? 8 * (n_rows + 1) + 5 * n_ratings : 0) + 16 * n_pieces; /* the pieces, and the objective's sums of them */
}

static uint64_t factors_bytes(uint64_t n_rows, uint64_t ld)
{
    const uint64_t blocks = n_rows / 1024, n_blocks = blocks < 1 ? 1 : blocks > 16 ? 16 : blocks;
    return 4 * n_rows * ld + (8 + 4 + 8 * n_blocks) * ld * ld + 12 * ld;
}

/* Matrix and factor, panel, step and scale, the dual's unknowns; in float64 a matrix and four vectors. */
static uint64_t scratch_bytes(uint64_t ld)
{
    return 4 * (2 * ld * ld + ALS_DUAL_MAX * ld + 2 * ld + ALS_DUAL_MAX) + 8 * (ld * ld + 4 * ld);
}

static uint64_t model_bytes(uint64_t n_films, uint64_t k)
{
    const uint64_t in_tiles = n_films + TILE_FILMS, bytes = k + TILE_GROUP + 16; /* the coarse copy */
    return n_films * (4 * k + 4 + 4 + 8) + 8 * k * k + in_tiles * bytes; /* factors, ids, likes, norms; the Gram matrix */
}

static uint64_t round_up(uint64_t k)
{
    return (k + SIMD_LANES - 1) / SIMD_LANES * SIMD_LANES;
}

static uint64_t trainer_bytes(const bt_ratings *r, uint64_t ld, uint64_t n_lanes)
{
    const bool may_share = r->n_ratings > ALS_SHARED;
    const uint64_t parts = may_share ? 8 * ALS_PARTS * (ld + 1) * ld : 0;
    const uint64_t sides = side_bytes(r->n_users, r->n_ratings, false) + side_bytes(r->n_films, r->n_ratings, true);
    return sides + factors_bytes(r->n_users, ld) + factors_bytes(r->n_films, ld) + n_lanes * scratch_bytes(ld) + parts;
}

uint64_t als_memory(const bt_ratings *r, const bt_train_params *params, uint64_t n_lanes)
{
    const uint64_t k = params->rank, ld = round_up(k), longest = r->n_users > r->n_films ? r->n_users : r->n_films;
    const uint64_t predictions = als_in_blocks(params) ? 4 * longest * n_lanes : 0;
    const uint64_t rotation = 8 * k * (k + 2) + 4 * ld * ld, model = model_bytes(r->n_films, k);
    /* The eigenvectors are gone when the model is made. */
    return trainer_bytes(r, ld, n_lanes) + predictions + (rotation > model ? rotation : model) + strlen(r->sources);
}

/* While the first model is trained there is a copy of the ratings that train it; while the second is, where there is a second, the first
 * model's factors. */
uint64_t bt_rating_train_memory(const bt_ratings *r, const bt_rating_params *params)
{
    const uint64_t ld = round_up(params->rank + 2), columns = 8 * (uint64_t)r->n_films;
    const uint64_t copy = 9 * (uint64_t)r->n_ratings + 16 * ((uint64_t)r->n_users + 1);
    const uint64_t factors = factors_bytes(r->n_users, ld) + factors_bytes(r->n_films, ld) + columns;
    return trainer_bytes(r, ld, pool_lanes_of(params->n_threads)) + columns + (copy > factors ? copy : factors);
}

uint64_t bt_train_memory(const bt_ratings *ratings, const bt_train_params *params)
{
    bt_train_params p = *params;
    p.rank = als_rank(params, ratings->n_films);
    return als_memory(ratings, &p, pool_lanes_of(params->n_threads));
}

static double mebibytes(uint64_t bytes)
{
    return (double)bytes / (1 << 20);
}

bt_status als_check_memory(const bt_ratings *ratings, const bt_train_params *params, uint64_t limit, bt_error *error)
{
    const uint64_t n_lanes = pool_lanes_of(params->n_threads), needed = als_memory(ratings, params, n_lanes);
    if (limit == 0 || needed <= limit)
        return BT_OK;
    bt_train_params fits = *params;
    while (fits.rank > 1 && als_memory(ratings, &fits, n_lanes) > limit)
        fits.rank--;
    const uint64_t least = als_memory(ratings, &fits, n_lanes);
    if (least > limit)
        return error_set(error, BT_LIMIT, "training takes %.1f MiB, %.1f are allowed: even with rank 1 it would be %.1f",
                         mebibytes(needed), mebibytes(limit), mebibytes(least));
    return error_set(error, BT_LIMIT, "training takes %.1f MiB, %.1f are allowed: rank %" PRIu32 " would fit",
                     mebibytes(needed), mebibytes(limit), fits.rank);
}
