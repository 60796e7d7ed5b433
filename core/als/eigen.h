/* Eigenvectors of a symmetric matrix in float64. */
#ifndef ALS_EIGEN_H
#define ALS_EIGEN_H

#include <stdbool.h>
#include <stddef.h>

/* a (n x n, both triangles, row-major) = V' diag(values) V with V orthogonal, of which the rows are the eigenvectors: it takes the
 * place of a. In no order. `values` gets n, `scratch` has room for n. False if it doesn't converge, as when a value isn't finite; a is
 * then scratch. Some 9 n^3 multiply-adds. */
bool eigen_symmetric(double *a, size_t n, double *values, double *scratch);

#endif
