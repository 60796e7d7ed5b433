/* Least squares with values that must not be negative. */
#ifndef ALS_NONNEGATIVE_H
#define ALS_NONNEGATIVE_H

#include <stdbool.h>
#include <stddef.h>

/* Minimizes x'A x / 2 - b'x over x[0 .. n_bound) >= 0 and free x[n_bound .. n), in place of x, which is any start. A is symmetric
 * and positive definite, n x n with row stride ld, given whole. Done when the Karush-Kuhn-Tucker conditions hold within
 * tolerance: each x_i is at least 0, the gradient g = A x - b is at least -tolerance everywhere, and |g_i| is at most
 * tolerance where x_i > 0 or free. False if 10,000 sweeps don't get there. `gradient` is scratch for n values. */
bool nonnegative_solve(const double *a, size_t n, size_t n_bound, size_t ld, const double *b, double tolerance, double *x,
                       double *gradient);

#endif
