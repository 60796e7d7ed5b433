/* A row solved in blocks of values: one sweep of subspace steps from where it stands. */
#ifndef ALS_BLOCK_H
#define ALS_BLOCK_H

#include "als/als.h"

enum { ALS_BLOCK = 64 }; /* values of a block: where a multiple of it isn't the rank, the last has fewer */

/* One step for each block of x (ld floats), to the minimum over that block. s->predictions has room for the row's ratings. False if a
 * block's matrix isn't positive definite or a value leaves the range of float: x is then scratch. */
bool block_solve_row(const als_factors *fixed, const als_weights *w, const simd_kernels *simd, als_row row, als_scratch *s,
                     float *x);

#endif
