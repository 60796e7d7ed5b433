/* A coarse copy of a model's film factors, one byte a value, by which a list is filtered before it is scored exactly.
 *
 * Factors are y = s q + r with whole numbers q in -127 .. 127, a step s for each film and a rest r; a person's x = t p + o, p in
 * -63 .. 63. Then
 *
 *     x.y = s t p.q + (s q).o + r.x,   so that   |x.y - s t p.q| <= |s q| |o| + |r| |x|
 *
 * by Cauchy and Schwarz. p.q is exact in whole numbers; a share of 2^-13 of all lengths covers the roundings of what is computed in
 * float, which are below 2^-16 of them. So a film whose bound is below the worst of the best so far is no candidate, without a look
 * at its factor; what is left is scored as ever, and the list is the same, bit for bit.
 *
 * Memory: rank + 16 bytes a film, made when the model is opened. A list reads all of it once, in the order it lies in.
 */
#ifndef ALS_COARSE_H
#define ALS_COARSE_H

#include <stdbool.h>
#include <stddef.h>

#include "butaca/model.h"
#include "simd/tiles.h"

typedef struct coarse_films {
    tile_films tiles; /* of n_films and what fills the last tile; no tiles if factors are out of the range of bounds */
    const tile_kernels *kernels;
} coarse_films;

/* False: no memory. Release with coarse_free. */
bool coarse_make(const bt_model_info *info, const char *simd_name, coarse_films *out);
void coarse_free(coarse_films *c); /* zeroed is fine */

/* upper[film] is at least the film's score by the factors, x.y (1 + likes)^-exponent, and largest[film / TILE_FILMS] is the largest of a
 * tile: coarse_size floats and n_tiles. False if x or the exponent is out of range, and nothing is set. */
bool coarse_bounds(const coarse_films *c, const double *x, size_t rank, double exponent, float *upper, float *largest);

size_t coarse_size(const coarse_films *c); /* films, and what fills the last tile */

#endif
