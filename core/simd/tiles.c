/* The scalar table, which is the reference, and the choice among tables. */
#include "simd/tiles.h"

#include <math.h>
#include <string.h>

/* 2^x for |x| <= 49 within 4e-6: the nearest whole power, and five terms of the series of the rest. */
static float power_of_two(float x)
{
    const float whole = rintf(x), r = x - whole;
    const float fraction =
        1.0f + r * (0.693147181f + r * (0.240226507f + r * (0.0555041087f + r * (0.00961812911f + r * 0.00133335581f))));
    return ldexpf(fraction, (int)whole);
}

static void bounds(const tile_films *films, const tile_person *person, float *upper, float *largest)
{
    const uint8_t *codes = films->codes;
    for (size_t tile = 0; tile < films->n_tiles; tile++) {
        int32_t sums[TILE_FILMS] = {0};
        for (size_t g = 0; g < films->n_groups; g++, codes += TILE_FILMS * TILE_GROUP)
            for (size_t i = 0; i < TILE_FILMS; i++)
                for (size_t v = 0; v < TILE_GROUP; v++)
                    sums[i] += codes[i * TILE_GROUP + v] * person->codes[g * TILE_GROUP + v];
        largest[tile] = -INFINITY;
        for (size_t i = 0; i < TILE_FILMS; i++) {
            const size_t film = tile * TILE_FILMS + i;
            const float score = films->step[film] * person->step * (float)(sums[i] - person->offset);
            const float error = person->per_length * films->length[film] + person->per_rest * films->rest[film];
            upper[film] = power_of_two(-person->exponent * films->log_likes[film]) * (score + error);
            largest[tile] = fmaxf(largest[tile], upper[film]);
        }
    }
}

const tile_kernels tiles_scalar = {"scalar", bounds};

const tile_kernels *tiles_named(const char *name)
{
#if defined(__x86_64__)
    if (strcmp(name, tiles_avx2.name) == 0)
        return &tiles_avx2;
#elif defined(__aarch64__)
    if (strcmp(name, tiles_neon.name) == 0)
        return &tiles_neon;
#endif
    (void)name;
    return &tiles_scalar;
}
