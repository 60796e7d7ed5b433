/* Eigenvectors: the matrix is put together again from them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "als/eigen.h"
#include "base/random.h"
#include "support/test.h"

/* a = V' diag(values) V and V V' = I. */
static void check_eigen(const double *a, size_t n, double scale)
{
    double *v = test_guarded_copy(a, n * n * sizeof *a), *values = test_guarded(n * sizeof *values);
    REQUIRE(eigen_symmetric(v, n, values, test_guarded(n * sizeof *values)));
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            double sum = 0.0, product = 0.0;
            for (size_t e = 0; e < n; e++) {
                sum += v[e * n + i] * values[e] * v[e * n + j];
                product += v[i * n + e] * v[j * n + e];
            }
            if (!CHECK_NEAR(sum, a[i * n + j], 1e-12 * scale) || !CHECK_NEAR(product, i == j ? 1.0 : 0.0, 1e-12))
                return;
        }
    }
}

TEST(random_matrices_are_put_together_again)
{
    random_stream random = random_make(2, 3);
    for (size_t n = 1; n <= 70; n += n < 8 ? 1 : 9) {
        double *a = test_guarded(n * n * sizeof *a);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j <= i; j++)
                a[i * n + j] = a[j * n + i] = 2.0 * random_unit(&random) - 1.0;
        check_eigen(a, n, 10.0);
    }
}

TEST(values_that_are_equal_far_apart_or_zero)
{
    enum { N = 20 };
    static double a[N * N];
    check_eigen(a, N, 1.0); /* zero */
    for (size_t i = 0; i < N * N; i++)
        a[i] = 1.0;
    check_eigen(a, N, 10.0); /* one value of 20, the others 0 */
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            a[i * N + j] = i == j ? 3.0 : 0.0;
    check_eigen(a, N, 10.0);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            a[i * N + j] = pow(10.0, -(double)(i + j)) * 1e8 + (i == j ? 1e-6 : 0.0);
    check_eigen(a, N, 1e9);
}

TEST(what_is_not_finite_is_refused)
{
    enum { N = 9 };
    const double bad[] = {NAN, INFINITY, -INFINITY};
    for (size_t b = 0; b < 3; b++) {
        double a[N * N], values[N], scratch[N];
        for (size_t i = 0; i < N * N; i++)
            a[i] = i % (N + 1) == 0 ? 2.0 : 0.5;
        a[5 * N + 2] = a[2 * N + 5] = bad[b];
        CHECK(!eigen_symmetric(a, N, values, scratch));
    }
}
