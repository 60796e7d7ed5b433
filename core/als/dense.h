/* Symmetric positive definite systems in float64: what one user's fold-in and the exact fall-back of training solve. */
#ifndef ALS_DENSE_H
#define ALS_DENSE_H

#include <stdbool.h>
#include <stddef.h>

#include "simd/simd.h"

/* a += factor * y y', upper triangle; a is n x n with row stride ld. */
void dense_add_square(const simd_kernels *simd, double factor, const float *y, double *a, size_t n, size_t ld);

/* a = U'U in place of a's upper triangle. False if a is singular to working precision: a pivot that isn't greater than
 * n * DBL_EPSILON times the greatest diagonal element. */
bool dense_cholesky(double *a, size_t n, size_t ld);

/* Solves U'U x = b in place of b. */
void dense_substitute(const double *u, size_t n, size_t ld, double *b);

#endif
