/* The kernel of the lists' filter (core/als/coarse.h): bounds on the scores of all films, from factors that are rounded to bytes. Once
 * for each instruction set; whole numbers are the same on all, bounds may differ by rounding, for which the caller leaves room.
 *
 * Promises, which tests/unit/als/test_coarse.c holds every table to: sums are exact for up to 256 groups of codes in their ranges,
 * nothing is read or written beyond the sizes that are given, alignment is never required.
 */
#ifndef SIMD_TILES_H
#define SIMD_TILES_H

#include <stddef.h>
#include <stdint.h>

enum { TILE_FILMS = 16, TILE_GROUP = 4 }; /* films of a tile, and values of a film that lie together */

/* Film t * TILE_FILMS + i has the factor step[] * (codes[t][g][i][v] - 128) + a rest, values v of group g. */
typedef struct tile_films {
    size_t n_tiles, n_groups;
    const uint8_t *codes;   /* n_tiles x n_groups x TILE_FILMS x TILE_GROUP */
    const float *step;      /* n_tiles x TILE_FILMS, as the others */
    const float *length;    /* of the rounded factor */
    const float *rest;      /* of what rounding took off */
    const float *log_likes; /* log2(1 + likes) */
} tile_films;

/* One person: x = step * codes + a rest. */
typedef struct tile_person {
    const int8_t *codes; /* n_groups x TILE_GROUP; -63 .. 63: then no sum of two products leaves 16 bits */
    int32_t offset;      /* 128 times the sum of codes */
    float step;
    float per_length, per_rest; /* what the error is at most, by a film's length and rest */
    float exponent;             /* -1.5 .. 1.5 */
} tile_person;

typedef struct tile_kernels {
    const char *name; /* as BUTACA_SIMD names it */

    /* upper[i] = 2^(-exponent log_likes) (step product + per_length length + per_rest rest) for each film, and largest[t] = the largest
     * of a tile. */
    void (*bounds)(const tile_films *films, const tile_person *person, float *upper, float *largest);
} tile_kernels;

extern const tile_kernels tiles_scalar;
#if defined(__x86_64__)
extern const tile_kernels tiles_avx2;
#elif defined(__aarch64__)
extern const tile_kernels tiles_neon;
#endif

/* The table for the instruction set of that name (simd/simd.h); the scalar one if there is none of its own. */
const tile_kernels *tiles_named(const char *name);

#endif
