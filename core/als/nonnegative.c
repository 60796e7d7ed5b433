/* Cyclic coordinate descent (Franc, Hlavac, Navara 2005, "Sequential coordinate-wise algorithm for the non-negative least squares
 * problem"): each step minimizes over one value and updates the gradient, n operations; it converges for every definite A. */
#include "als/nonnegative.h"

#include <math.h>

enum { MAX_SWEEPS = 10000 };

static double violation(const double *x, const double *gradient, size_t n, size_t n_bound)
{
    double worst = 0.0;
    for (size_t i = 0; i < n; i++)
        worst = fmax(worst, i < n_bound && x[i] == 0.0 ? -gradient[i] : fabs(gradient[i]));
    return worst;
}

static void set_gradient(const double *a, size_t n, size_t ld, const double *b, const double *x, double *gradient)
{
    for (size_t i = 0; i < n; i++) {
        gradient[i] = -b[i];
        for (size_t j = 0; j < n; j++)
            gradient[i] += a[i * ld + j] * x[j];
    }
}

bool nonnegative_solve(const double *a, size_t n, size_t n_bound, size_t ld, const double *b, double tolerance, double *x,
                       double *gradient)
{
    for (size_t i = 0; i < n_bound; i++)
        x[i] = fmax(x[i], 0.0);
    set_gradient(a, n, ld, b, x, gradient);
    for (int sweep = 0; !(violation(x, gradient, n, n_bound) <= tolerance); sweep++) {
        if (sweep == MAX_SWEEPS)
            return false;
        for (size_t i = 0; i < n; i++) {
            const double next = x[i] - gradient[i] / a[i * ld + i], kept = i < n_bound ? fmax(next, 0.0) : next;
            const double step = kept - x[i];
            x[i] = kept;
            for (size_t j = 0; step != 0.0 && j < n; j++)
                gradient[j] += step * a[i * ld + j];
        }
    }
    return true;
}
