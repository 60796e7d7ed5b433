/* Every kernel table that this processor runs, against the scalar reference, with inputs that end at a page nobody may touch. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "simd/simd.h"
#include "support/test.h"

/* For each table beside the reference; a machine without any has nothing to compare, but still tests the reference. */
#define EACH_TABLE(kernels)                    \
    for (size_t table = 0; table < 8; table++) \
        for (const simd_kernels *kernels = simd_available(table); kernels != NULL; kernels = NULL)

static float *random_floats(random_stream *random, size_t n)
{
    float *values = test_guarded(n * sizeof *values);
    for (size_t i = 0; i < n; i++)
        values[i] = (float)(2.0 * random_unit(random) - 1.0);
    return values;
}

static double *random_doubles(random_stream *random, size_t n)
{
    double *values = test_guarded(n * sizeof *values);
    for (size_t i = 0; i < n; i++)
        values[i] = 2.0 * random_unit(random) - 1.0;
    return values;
}

TEST(dot_and_scores_have_the_same_bits_everywhere)
{
    random_stream random = random_make(1, 1);
    for (size_t n = 0; n <= 70; n++) {
        const float *rows = random_floats(&random, 3 * n);
        const double *x = random_doubles(&random, n);
        double exact = 0.0;
        for (size_t i = 0; i < n; i++)
            exact += (double)rows[i] * x[i];
        const double expected = simd_scalar.dot(rows, x, n);
        CHECK_NEAR(expected, exact, 1e-13);
        EACH_TABLE(kernels)
        {
            const double actual = kernels->dot(rows, x, n);
            double *scores = test_guarded(3 * sizeof *scores);
            kernels->scores(rows, 3, n, x, n, scores);
            if (!CHECK_BYTES(&actual, &expected, sizeof actual) || !CHECK_BYTES(&scores[0], &expected, sizeof expected))
                return;
            const double last = simd_scalar.dot(rows + 2 * n, x, n);
            CHECK_BYTES(&scores[2], &last, sizeof last);
        }
    }
}

TEST(scores_skip_what_lies_between_rows)
{
    random_stream random = random_make(1, 7);
    const float *rows = random_floats(&random, 16 + 5); /* two rows of 5 values, 16 apart */
    const double *x = random_doubles(&random, 5);
    EACH_TABLE(kernels)
    {
        double scores[2];
        kernels->scores(rows, 2, 16, x, 5, scores);
        const double expected = simd_scalar.dot(rows + 16, x, 5);
        CHECK_BYTES(&scores[1], &expected, sizeof expected);
    }
}

TEST(axpy_has_the_same_bits_everywhere)
{
    random_stream random = random_make(1, 2);
    for (size_t n = 0; n <= 70; n++) {
        const float *x = random_floats(&random, n);
        const double *y = random_doubles(&random, n);
        double *expected = test_guarded_copy(y, n * sizeof *y);
        for (size_t i = 0; i < n; i++)
            expected[i] += 0.37 * (double)x[i];
        EACH_TABLE(kernels)
        {
            double *actual = test_guarded_copy(y, n * sizeof *y);
            kernels->axpy(0.37, x, actual, n);
            if (!CHECK_BYTES(actual, expected, n * sizeof *actual))
                return;
        }
    }
}

TEST(add_squares_has_the_same_bits_everywhere)
{
    enum { N_ROWS = 5 };
    random_stream random = random_make(1, 11);
    const double *factors = random_doubles(&random, N_ROWS);
    for (size_t n = 1; n <= 35; n++) {
        const size_t ld = n + n % 3;
        const float *rows[N_ROWS];
        for (size_t r = 0; r < N_ROWS; r++)
            rows[r] = random_floats(&random, n);
        const double *start = random_doubles(&random, ld * ld);
        EACH_TABLE(kernels)
        {
            double *a = test_guarded_copy(start, ld * ld * sizeof *start);
            kernels->add_squares(rows, factors, N_ROWS, a, n, ld);
            for (size_t i = 0; i < n; i++) {
                for (size_t j = i; j < n; j++) {
                    double sum = start[i * ld + j];
                    for (size_t r = 0; r < N_ROWS; r++)
                        sum += factors[r] * (double)rows[r][i] * (double)rows[r][j];
                    if (!CHECK_BYTES(&a[i * ld + j], &sum, sizeof sum))
                        return;
                }
            }
        }
    }
}

TEST(gather_scales_rows_and_sums_them)
{
    enum { N = 9, N_ROWS = 5 };
    random_stream random = random_make(1, 8);
    const float root[3] = {0.5f, 2.0f, 0.0f}, weight[3] = {3.0f, 0.0f, 1.5f};
    for (size_t ld = SIMD_LANES; ld <= 9 * SIMD_LANES; ld += SIMD_LANES) {
        const float *rows = random_floats(&random, N_ROWS * ld);
        uint32_t *columns = test_guarded(N * sizeof *columns);
        uint8_t *kinds = test_guarded(N);
        for (size_t i = 0; i < N; i++)
            columns[i] = (uint32_t)random_below(&random, N_ROWS);
        for (size_t i = 0; i < N; i++)
            kinds[i] = (uint8_t)random_below(&random, 3);
        const simd_terms terms = {rows, ld, ld, columns, kinds, root, weight, N};
        EACH_TABLE(kernels)
        {
            float *panel = test_guarded(N * ld * sizeof *panel);
            double *b = test_guarded(ld * sizeof *b);
            for (size_t j = 0; j < ld; j++)
                b[j] = 1.0;
            kernels->gather(&terms, panel, b);
            for (size_t j = 0; j < ld; j++) {
                double sum = 1.0;
                for (size_t i = 0; i < N; i++) {
                    const float value = rows[columns[i] * ld + j];
                    sum += (double)weight[kinds[i]] * (double)value;
                    CHECK(panel[i * ld + j] == root[kinds[i]] * value);
                }
                if (!CHECK_NEAR(b[j], sum, 1e-5))
                    return;
            }
        }
    }
}

TEST(gather_columns_scales_and_transposes)
{
    enum { N_ROWS = 5 };
    random_stream random = random_make(1, 10);
    const float root[3] = {0.5f, 2.0f, 0.0f};
    for (size_t n = 1; n <= 40; n += 3) {
        const size_t ld = SIMD_LANES * (1 + n % 4), width = (n + SIMD_LANES - 1) / SIMD_LANES * SIMD_LANES;
        const float *rows = random_floats(&random, N_ROWS * ld);
        float *diagonal = random_floats(&random, ld);
        diagonal[ld - 1] = INFINITY;
        uint32_t *columns = test_guarded(n * sizeof *columns);
        uint8_t *kinds = test_guarded(n);
        for (size_t i = 0; i < n; i++) {
            columns[i] = (uint32_t)random_below(&random, N_ROWS);
            kinds[i] = (uint8_t)random_below(&random, 3);
        }
        const simd_terms terms = {rows, ld, ld, columns, kinds, root, NULL, n};
        EACH_TABLE(kernels)
        {
            float *panel = test_guarded(ld * width * sizeof *panel), *scale = test_guarded(ld * sizeof *scale);
            kernels->gather_columns(&terms, diagonal, 2.0f, scale, panel, width);
            for (size_t j = 0; j < ld; j++) {
                CHECK_NEAR(scale[j], 1.0 / sqrt((double)diagonal[j] + 2.0), 1e-6);
                for (size_t i = 0; i < width; i++) {
                    const double row = i < n ? (double)root[kinds[i]] * (double)rows[columns[i] * ld + j] : 0.0;
                    if (!CHECK_NEAR(panel[j * width + i], row * (double)scale[j], 1e-6))
                        return;
                }
            }
        }
    }
}

TEST(terms_are_projected_and_rows_subtracted)
{
    enum { N_ROWS = 7 };
    random_stream random = random_make(1, 12);
    const float root[3] = {0.5f, 2.0f, 0.0f};
    for (size_t n = 1; n <= 20; n++) {
        const size_t ld = SIMD_LANES * (1 + n % 6), stride = ld + 3;
        const float *rows = random_floats(&random, N_ROWS * stride), *x = random_floats(&random, ld);
        const float *factors = random_floats(&random, n);
        uint32_t *columns = test_guarded(n * sizeof *columns);
        uint8_t *kinds = test_guarded(n);
        for (size_t i = 0; i < n; i++) {
            columns[i] = (uint32_t)random_below(&random, N_ROWS);
            kinds[i] = (uint8_t)random_below(&random, 3);
        }
        const simd_terms terms = {rows, stride, ld, columns, kinds, root, NULL, n};
        const size_t n_rows = n < N_ROWS ? n : N_ROWS;
        EACH_TABLE(kernels)
        {
            float *out = test_guarded(n * sizeof *out);
            double *y = test_guarded(ld * sizeof *y);
            for (size_t i = 0; i < n; i++)
                out[i] = 1.0f;
            for (size_t j = 0; j < ld; j++)
                y[j] = 1.0;
            kernels->project(&terms, x, out);
            kernels->subtract_rows(rows, stride, n_rows, factors, ld, y);
            for (size_t i = 0; i < n; i++) {
                double sum = 0.0;
                for (size_t j = 0; j < ld; j++)
                    sum += (double)rows[columns[i] * stride + j] * (double)x[j];
                if (!CHECK_NEAR(out[i], 1.0 + (double)root[kinds[i]] * sum, 1e-5))
                    return;
            }
            for (size_t j = 0; j < ld; j++) {
                double sum = 1.0;
                for (size_t r = 0; r < n_rows; r++)
                    sum -= (double)factors[r] * (double)rows[r * stride + j];
                if (!CHECK_NEAR(y[j], sum, 1e-5))
                    return;
            }
        }
    }
}

TEST(matrices_are_multiplied)
{
    random_stream random = random_make(1, 11);
    for (size_t n = SIMD_LANES; n <= 8 * SIMD_LANES; n += SIMD_LANES) {
        const size_t n_inner = n / 3, stride = n_inner + 2;
        for (size_t n_rows = 0; n_rows <= 9; n_rows++) {
            const float *a = random_floats(&random, n_rows * stride), *b = random_floats(&random, n_inner * n);
            EACH_TABLE(kernels)
            {
                float *out = test_guarded(n_rows * n * sizeof *out);
                kernels->multiply(a, n_rows, stride, b, n_inner, n, out);
                for (size_t i = 0; i < n_rows * n; i++) {
                    double sum = 0.0;
                    for (size_t p = 0; p < n_inner; p++)
                        sum += (double)a[i / n * stride + p] * (double)b[p * n + i % n];
                    if (!CHECK_NEAR(out[i], sum, 1e-5))
                        return;
                }
            }
        }
    }
}

TEST(a_product_is_subtracted)
{
    random_stream random = random_make(1, 9);
    for (size_t n = 1; n <= 70; n++) {
        const size_t ld = (n + SIMD_LANES - 1) / SIMD_LANES * SIMD_LANES;
        const float *a = random_floats(&random, ld * ld);
        const double *x = random_doubles(&random, n), *start = random_doubles(&random, n);
        EACH_TABLE(kernels)
        {
            double *y = test_guarded_copy(start, n * sizeof *start);
            kernels->subtract_product(a, n, ld, x, y);
            for (size_t i = 0; i < n; i++) {
                double expected = start[i];
                for (size_t j = 0; j < n; j++)
                    expected -= (double)a[i <= j ? i * ld + j : j * ld + i] * x[j];
                if (!CHECK_NEAR(y[i], expected, 1e-12))
                    return;
            }
        }
    }
}

TEST(gram_is_the_sum_of_squares)
{
    random_stream random = random_make(1, 3);
    for (size_t ld = SIMD_LANES; ld <= 5 * SIMD_LANES; ld += SIMD_LANES) {
        for (size_t n_rows = 0; n_rows <= 130; n_rows += 13) {
            const float *rows = random_floats(&random, n_rows * ld);
            const float *start = random_floats(&random, ld * ld);
            const double *start64 = random_doubles(&random, ld * ld);
            const float *factors = random_floats(&random, 3 * ld);
            uint32_t *columns = test_guarded(n_rows * sizeof *columns);
            for (size_t i = 0; i < n_rows; i++)
                columns[i] = (uint32_t)(i % 3);
            const simd_ahead ahead = {factors, ld, ld, columns, n_rows};
            EACH_TABLE(kernels)
            {
                float *a = test_guarded_copy(start, ld * ld * sizeof *start);
                double *a64 = test_guarded_copy(start64, ld * ld * sizeof *start64);
                kernels->gram(rows, n_rows, a, ld, &ahead);
                kernels->gram64(rows, n_rows, a64, ld);
                for (size_t i = 0; i < ld; i++) {
                    for (size_t j = i; j < ld; j++) {
                        double sum = 0.0;
                        for (size_t r = 0; r < n_rows; r++)
                            sum += (double)rows[r * ld + i] * (double)rows[r * ld + j];
                        if (!CHECK_NEAR(a[i * ld + j], (double)start[i * ld + j] + sum, 1e-4) ||
                            !CHECK_NEAR(a64[i * ld + j], start64[i * ld + j] + sum, 1e-12))
                            return;
                    }
                }
            }
        }
    }
}

/* A symmetric positive definite n x n matrix, only the upper triangle of which is right: the rest of the square is scratch. */
static float *definite_matrix(random_stream *random, size_t n, size_t ld)
{
    float *rows = random_floats(random, 2 * ld * ld), *a = test_guarded(ld * ld * sizeof *a);
    memset(a, 0, ld * ld * sizeof *a);
    for (size_t r = 0; r < 2 * ld; r++)
        memset(rows + r * ld + n, 0, (ld - n) * sizeof *rows);
    simd_scalar.gram(rows, 2 * ld, a, ld, &(simd_ahead){0});
    for (size_t i = 0; i < n; i++)
        a[i * ld + i] += 1.0f;
    return a;
}

/* n random values, then zeros up to ld. */
static float *padded_floats(random_stream *random, size_t n, size_t ld)
{
    float *values = random_floats(random, ld);
    memset(values + n, 0, (ld - n) * sizeof *values);
    return values;
}

TEST(cholesky_and_substitution_solve)
{
    random_stream random = random_make(1, 4);
    for (size_t n = 1; n <= 70; n++) {
        const size_t ld = (n + SIMD_LANES - 1) / SIMD_LANES * SIMD_LANES;
        const float *a = definite_matrix(&random, n, ld), *b = padded_floats(&random, n, ld);
        EACH_TABLE(kernels)
        {
            float *u = test_guarded_copy(a, ld * ld * sizeof *a), *x = test_guarded_copy(b, ld * sizeof *b);
            REQUIRE(kernels->cholesky(u, n, ld));
            kernels->substitute(u, n, ld, x);
            for (size_t i = 0; i < n; i++) {
                double sum = 0.0;
                for (size_t j = 0; j < n; j++)
                    sum += (double)a[i <= j ? i * ld + j : j * ld + i] * (double)x[j];
                if (!CHECK_NEAR(sum, b[i], 2e-5))
                    return;
            }
            for (size_t i = n; i < ld; i++)
                CHECK(x[i] == 0.0f);
        }
    }
}

TEST(cholesky_refuses_what_is_not_definite)
{
    random_stream random = random_make(1, 5);
    const size_t n = 40, ld = 48;
    const float *a = definite_matrix(&random, n, ld);
    const float bad[] = {-1.0f, 0.0f, NAN, INFINITY};
    const size_t at[] = {0, 7, 16, 39};
    EACH_TABLE(kernels)
    {
        for (size_t value = 0; value < sizeof bad / sizeof *bad; value++) {
            for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
                float *u = test_guarded_copy(a, ld * ld * sizeof *a);
                u[at[i] * ld + at[i]] = bad[value];
                CHECK(!kernels->cholesky(u, n, ld));
            }
        }
    }
}

TEST(the_best_table_is_selected)
{
    const simd_kernels *kernels = NULL, *best = NULL;
    CHECK_STATUS(simd_find(NULL, &kernels, NULL), BT_OK);
    EACH_TABLE(table_here)
    best = table_here;
    CHECK_STR(kernels->name, best->name);
    CHECK_STATUS(simd_find("", &kernels, NULL), BT_OK);
    CHECK_STR(kernels->name, best->name);
    CHECK_STR(simd_available(0)->name, "scalar");
}

TEST(a_table_is_found_by_its_name)
{
    EACH_TABLE(table_here)
    {
        const simd_kernels *kernels = NULL;
        CHECK_STATUS(simd_find(table_here->name, &kernels, NULL), BT_OK);
        CHECK_STR(kernels->name, table_here->name);
    }
}

TEST(an_unknown_name_is_an_error)
{
    const simd_kernels *kernels = NULL;
    bt_error error = {0};
    CHECK_STATUS(simd_find("mmx", &kernels, &error), BT_INVALID_ARGUMENT);
    CHECK_CONTAINS(error.message, "mmx");
    CHECK_CONTAINS(error.message, "expected scalar, avx2 (x86-64) or neon");
    CHECK(kernels == NULL);
}
