/* Cholesky in float64, right-looking, by rows (Golub and Van Loan, Matrix Computations, section 4.2). n^3 / 6 multiply-adds. */
#include "als/dense.h"

#include <float.h>
#include <math.h>

void dense_add_square(const simd_kernels *simd, double factor, const float *y, double *a, size_t n, size_t ld)
{
    for (size_t i = 0; i < n; i++)
        simd->axpy(factor * (double)y[i], y + i, a + i * ld + i, n - i);
}

bool dense_cholesky(double *a, size_t n, size_t ld)
{
    double largest = 0.0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, a[i * ld + i]);
    const double least = (double)n * DBL_EPSILON * largest;

    for (size_t p = 0; p < n; p++) {
        double *pivot_row = a + p * ld;
        if (!(pivot_row[p] > least && isfinite(pivot_row[p])))
            return false;
        const double scale = 1.0 / sqrt(pivot_row[p]);
        for (size_t j = p; j < n; j++)
            pivot_row[j] *= scale;
        for (size_t i = p + 1; i < n; i++) {
            const double factor = pivot_row[i];
            double *row = a + i * ld;
            for (size_t j = i; j < n; j++)
                row[j] -= factor * pivot_row[j];
        }
    }
    return true;
}

/* In four sums, so that none waits for the one before. */
static double dot(const double *a, const double *b, size_t n)
{
    double sums[4] = {0};
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (size_t lane = 0; lane < 4; lane++)
            sums[lane] += a[i + lane] * b[i + lane];
    for (; i < n; i++)
        sums[0] += a[i] * b[i];
    return sums[0] + sums[1] + (sums[2] + sums[3]);
}

void dense_substitute(const double *u, size_t n, size_t ld, double *b)
{
    for (size_t p = 0; p < n; p++) { /* U' z = b */
        const double *row = u + p * ld;
        b[p] /= row[p];
        for (size_t j = p + 1; j < n; j++)
            b[j] -= b[p] * row[j];
    }
    for (size_t p = n; p-- > 0;) { /* U x = z */
        const double *row = u + p * ld;
        b[p] = (b[p] - dot(row + p + 1, b + p + 1, n - p - 1)) / row[p];
    }
}
