/* Rounding factors to bytes, and a person's to what bounds are computed from. */
#include "als/coarse.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

enum { FILM_MOST = 127, FILM_ZERO = 128, PERSON_MOST = 63 };
static const double smallest = 1e-8, greatest = 1e6; /* largest value of a factor: then products stay normal floats */
static const double most_exponent = 1.5;             /* the same for 1 + likes, which is below 2^32 + 1, to its power */
static const double slack = 0x1p-13;                 /* of lengths, for what is rounded */

/* A factor as whole numbers. */
typedef struct rounded {
    double step, length, rest, whole; /* lengths of the rounded factor, of the rest and of the factor itself */
    double largest;
} rounded;

/* codes[j] = values[j] / step to the nearest, the step such that the largest is `most`; what is too small becomes 0. */
static rounded round_factor(const double *values, size_t n, int most, int *codes)
{
    double largest = 0.0;
    for (size_t j = 0; j < n; j++)
        largest = fmax(largest, fabs(values[j]));
    const bool in_range = largest >= smallest && largest <= greatest;
    rounded out = {.step = in_range ? (double)(float)(largest / most) : 0.0, .largest = largest};
    const double inverse = in_range ? 1.0 / out.step : 0.0;
    for (size_t j = 0; j < n; j++) {
        codes[j] = (int)(values[j] * inverse + (most + 0.5)) - most;
        const double kept = out.step * codes[j], rest = values[j] - kept;
        out.length += kept * kept;
        out.rest += rest * rest;
        out.whole += values[j] * values[j];
    }
    out.length = sqrt(out.length);
    out.rest = sqrt(out.rest);
    out.whole = sqrt(out.whole);
    return out;
}

/* False if the film's factor is out of range. */
static bool set_film(const bt_model_info *info, size_t film, const coarse_films *c, uint8_t *codes)
{
    const size_t k = info->params.rank, tile = film / TILE_FILMS, lane = film % TILE_FILMS;
    double values[BT_RANK_MAX] = {0};
    int whole[BT_RANK_MAX];
    for (size_t j = 0; j < k; j++)
        values[j] = (double)info->film_factors[film * k + j];
    const rounded r = round_factor(values, k, FILM_MOST, whole);
    uint8_t *to = codes + tile * c->tiles.n_groups * TILE_FILMS * TILE_GROUP + lane * TILE_GROUP;
    for (size_t j = 0; j < k; j++)
        to[j / TILE_GROUP * TILE_FILMS * TILE_GROUP + j % TILE_GROUP] = (uint8_t)(whole[j] + FILM_ZERO);
    ((float *)(uintptr_t)c->tiles.step)[film] = (float)r.step;
    ((float *)(uintptr_t)c->tiles.length)[film] = (float)r.length;
    ((float *)(uintptr_t)c->tiles.rest)[film] = (float)(r.largest > 0.0 ? fmax(r.rest, smallest) : 0.0);
    ((float *)(uintptr_t)c->tiles.log_likes)[film] = (float)log2(1.0 + (double)info->likes[film]);
    return r.largest <= greatest;
}

bool coarse_make(const bt_model_info *info, const char *simd_name, coarse_films *out)
{
    const size_t n_tiles = (info->n_films + TILE_FILMS - 1) / TILE_FILMS, n = n_tiles * TILE_FILMS;
    const size_t n_groups = (info->params.rank + TILE_GROUP - 1) / TILE_GROUP;
    uint8_t *codes = memory_aligned(n * n_groups, TILE_GROUP);
    float *columns = memory_zeroed(n, 4 * sizeof *columns);
    *out = (coarse_films){.kernels = tiles_named(simd_name)};
    if (codes == NULL || columns == NULL) {
        bt_free(codes);
        bt_free(columns);
        return false;
    }
    out->tiles = (tile_films){n_tiles, n_groups, codes, columns, columns + n, columns + 2 * n, columns + 3 * n};
    memset(codes, FILM_ZERO, n * n_groups * TILE_GROUP);
    bool in_range = true;
    for (size_t film = 0; film < info->n_films; film++)
        in_range &= set_film(info, film, out, codes);
    if (!in_range)
        coarse_free(out);
    return true;
}

void coarse_free(coarse_films *c)
{
    bt_free((void *)(uintptr_t)c->tiles.codes);
    bt_free((void *)(uintptr_t)c->tiles.step); /* and the columns behind it */
    *c = (coarse_films){0};
}

size_t coarse_size(const coarse_films *c)
{
    return c->tiles.n_tiles * TILE_FILMS;
}

bool coarse_bounds(const coarse_films *c, const double *x, size_t rank, double exponent, float *upper, float *largest)
{
    int whole[BT_RANK_MAX];
    int8_t codes[BT_RANK_MAX + TILE_GROUP] = {0};
    const rounded r = round_factor(x, rank, PERSON_MOST, whole);
    if (c->tiles.n_tiles == 0 || !(r.largest >= smallest && r.largest <= greatest) || !(fabs(exponent) <= most_exponent))
        return false;
    tile_person person = {.codes = codes, .step = (float)r.step, .exponent = (float)exponent};
    for (size_t j = 0; j < rank; j++) {
        codes[j] = (int8_t)whole[j];
        person.offset += FILM_ZERO * whole[j];
    }
    person.per_length = (float)(r.rest + slack * r.whole);
    person.per_rest = (float)((1.0 + slack) * r.whole);
    c->kernels->bounds(&c->tiles, &person, upper, largest);
    return true;
}
