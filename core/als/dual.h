/* Short rows, solved by as many unknowns as they have ratings. */
#ifndef ALS_DUAL_H
#define ALS_DUAL_H

#include "als/als.h"

/* Whether a row of n ratings is solved faster so (docs/als.md has the measurement). */
static inline bool dual_pays(size_t n, size_t rank)
{
    return n <= ALS_DUAL_MAX && 4 * n <= 3 * rank;
}

/* Solves (I + S S') w = b for the n x ld matrix S of elements root_i z_ij / sqrt(diagonal_j + shift), where z_i are the factors that
 * the terms name: b and then w stand in s->dual, n values. s->scale keeps 1 / sqrt(diagonal_j + shift). In float32; false if the
 * matrix isn't positive definite or not finite. */
bool dual_system(const simd_kernels *simd, const simd_terms *terms, const float *diagonal, float shift, const simd_ahead *ahead,
                 als_scratch *s);

/* s->x = D^-1 sum root_i w_i z_i, D_j = diagonal_j + shift, with w and the scale that dual_system left: n values in float64. */
void dual_combine(const simd_kernels *simd, const simd_terms *terms, size_t n, als_scratch *s);

/* als_solve_row for a short row, where the Gram matrix of `fixed` is diagonal (als_factors_rotate). Leaves x and says false if the
 * residual isn't proven small. lambda is the row's. */
bool dual_solve_row(const als_factors *fixed, const als_weights *w, const simd_kernels *simd, als_row row, double lambda,
                    als_scratch *s, float *x);

#endif
