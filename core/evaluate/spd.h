/* Large symmetric positive definite matrices in float64, in blocks, on all threads: what EASE needs of one. */
#ifndef EVALUATE_SPD_H
#define EVALUATE_SPD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/pool.h"

/* Replaces the n x n matrix (row-major, its upper triangle is read) by V, upper triangular, with V V' = its inverse. n^3 / 3
 * multiply-adds, 512 n bytes beside it. The lower triangle is scratch. `column` is scratch for SPD_BLOCK n values. False if a pivot
 * isn't positive. */
enum { SPD_BLOCK = 64 };
bool spd_inverse_root(double *a, size_t n, double *column, pool *threads);

/* y = V' x and y = V x. */
void spd_multiply_transposed(const double *v, size_t n, const double *x, double *y);
void spd_multiply(const double *v, size_t n, const double *x, double *y);

#endif
