/* The encoders' kernels: every table that this processor runs against definitions in float64 and against the scalar reference,
 * with inputs that end at a page nobody may touch. */
#include <math.h>
#include <string.h>

#include "base/random.h"
#include "simd/layers.h"
#include "simd/simd.h"
#include "support/test.h"

#define EACH_TABLE(kernels)                                        \
    for (size_t table = 0; simd_available(table) != NULL; table++) \
        for (const layer_kernels *kernels = layers_named(simd_available(table)->name); kernels != NULL; kernels = NULL)

static float *random_floats(random_stream *random, size_t n)
{
    float *values = test_guarded(n * sizeof *values);
    for (size_t i = 0; i < n; i++)
        values[i] = (float)(2.0 * random_unit(random) - 1.0);
    return values;
}

static float *copy(const float *values, size_t n)
{
    return test_guarded_copy(values, n * sizeof *values);
}

/* --- the product -------------------------------------------------------------------------------------------------------- */

enum { ROWS_MAX = 40 };

static void check_product(const layer_kernels *kernels, random_stream *random, size_t n_rows, size_t k, size_t n)
{
    const float *rows[ROWS_MAX], *b = random_floats(random, k * n);
    float *packed = test_guarded(k * n * sizeof *packed), *out = test_guarded(n_rows * n * sizeof *out);
    for (size_t r = 0; r < n_rows; r++)
        rows[r] = random_floats(random, k);
    layers_pack(b, k, n, packed);
    kernels->product(rows, n_rows, k, packed, n, out, n);
    for (size_t r = 0; r < n_rows; r++)
        for (size_t j = 0; j < n; j++) {
            double exact = 0.0;
            for (size_t i = 0; i < k; i++)
                exact += (double)rows[r][i] * (double)b[i * n + j];
            if (!CHECK_NEAR(out[r * n + j], exact, 1e-6 * (double)(k + 1)))
                return;
        }
}

TEST(product)
{
    random_stream random = random_make(1, 1);
    EACH_TABLE(kernels)
    for (size_t n_rows = 1; n_rows <= 14; n_rows++) {
        check_product(kernels, &random, n_rows, 1, 16);
        check_product(kernels, &random, n_rows, 7, 48);
        check_product(kernels, &random, n_rows, 64, 32);
    }
    EACH_TABLE(kernels)
    {
        check_product(kernels, &random, 40, 5000, 16); /* more than a block of rows */
        check_product(kernels, &random, 7, 20000, 16); /* a tile doesn't fit a block */
    }
}

TEST(a_row_of_a_product_depends_on_that_row_alone)
{
    enum { N_ROWS = 13, K = 37, N = 32 };
    random_stream random = random_make(2, 1);
    const float *rows[N_ROWS], *packed = random_floats(&random, K * N);
    for (size_t r = 0; r < N_ROWS; r++)
        rows[r] = random_floats(&random, K);
    EACH_TABLE(kernels)
    {
        float together[N_ROWS * N], alone[N];
        kernels->product(rows, N_ROWS, K, packed, N, together, N);
        for (size_t r = 0; r < N_ROWS; r++) {
            kernels->product(rows + r, 1, K, packed, N, alone, N);
            CHECK_BYTES(alone, together + r * N, sizeof alone);
        }
    }
}

TEST(rows_may_overlap_and_results_may_have_a_stride)
{
    enum { N_ROWS = 9, K = 24, N = 16, STRIDE = 20 };
    random_stream random = random_make(3, 1);
    const float *text = random_floats(&random, K + (N_ROWS - 1) * 8), *packed = random_floats(&random, K * N), *rows[N_ROWS];
    for (size_t r = 0; r < N_ROWS; r++)
        rows[r] = text + r * 8;
    EACH_TABLE(kernels)
    {
        float out[N_ROWS * STRIDE], one[N];
        for (size_t i = 0; i < N_ROWS * STRIDE; i++)
            out[i] = 99.0f;
        kernels->product(rows, N_ROWS, K, packed, N, out, STRIDE);
        for (size_t r = 0; r < N_ROWS; r++) {
            kernels->product(rows + r, 1, K, packed, N, one, N);
            CHECK_BYTES(out + r * STRIDE, one, sizeof one);
            for (size_t j = N; j < STRIDE; j++)
                CHECK(out[r * STRIDE + j] == 99.0f);
        }
    }
}

/* --- the loops ---------------------------------------------------------------------------------------------------------- */

TEST(gelu_and_softmax_are_near_their_definitions)
{
    enum { N = 1600 };
    float *x = test_guarded(N * sizeof *x), *bias = test_guarded(N * sizeof *bias);
    EACH_TABLE(kernels)
    {
        for (size_t i = 0; i < N; i++) {
            x[i] = (float)i * 0.01f - 8.0f;
            bias[i] = 0.25f;
        }
        kernels->gelu(x, bias, N);
        for (size_t i = 0; i < N; i++) {
            const double sum = (double)((float)i * 0.01f - 8.0f + 0.25f);
            if (!CHECK_NEAR(x[i], 0.5 * sum * (1.0 + erf(sum / sqrt(2.0))), 2e-6))
                break;
        }
        for (size_t n = 1; n < 70; n++) {
            float *scores = test_guarded(n * sizeof *scores);
            double sum = 0.0;
            for (size_t i = 0; i < n; i++) {
                scores[i] = (float)(i * i % 17) * 40.0f - 300.0f;
                sum += exp(0.125 * ((double)(i * i % 17) * 40.0));
            }
            kernels->softmax(scores, 0.125f, n);
            for (size_t i = 0; i < n; i++)
                CHECK_NEAR(scores[i], exp(0.125 * ((double)(i * i % 17) * 40.0)) / sum, 1e-6);
        }
    }
}

TEST(norms_are_near_their_definitions)
{
    enum { N = 96 };
    random_stream random = random_make(4, 1);
    const float *x = random_floats(&random, N), *gain = random_floats(&random, N), *shift = random_floats(&random, N);
    double mean = 0.0, variance = 0.0, squares = 0.0;
    for (size_t i = 0; i < N; i++)
        mean += (double)x[i] / N;
    for (size_t i = 0; i < N; i++) {
        variance += ((double)x[i] - mean) * ((double)x[i] - mean) / N;
        squares += (double)x[i] * (double)x[i];
    }
    EACH_TABLE(kernels)
    {
        float *normed = copy(x, N), *sum = copy(shift, N), *unit = copy(x, N), *zero = test_guarded(N * sizeof *zero);
        kernels->layer_norm(normed, gain, shift, 0.5f, N);
        kernels->standardize_add(sum, x, 0.5f, N);
        kernels->unit(unit, 1e-12f, N);
        for (size_t i = 0; i < N; i++) {
            const double standard = ((double)x[i] - mean) / sqrt(variance + 0.5);
            CHECK_NEAR(normed[i], standard * (double)gain[i] + (double)shift[i], 1e-6);
            CHECK_NEAR(sum[i], standard + (double)shift[i], 1e-6);
            CHECK_NEAR(unit[i], (double)x[i] / sqrt(squares), 1e-6);
            zero[i] = 0.0f;
        }
        kernels->unit(zero, 1e-12f, N);
        CHECK(zero[0] == 0.0f);
    }
}

TEST(small_loops)
{
    enum { N = 48 };
    random_stream random = random_make(5, 1);
    const float *x = random_floats(&random, N), *bias = random_floats(&random, N), *residual = random_floats(&random, N);
    uint8_t *bytes = test_guarded(N);
    for (size_t i = 0; i < N; i++)
        bytes[i] = (uint8_t)(i * 5);
    EACH_TABLE(kernels)
    {
        float *added = copy(x, N), *rectified = copy(x, N), *through = copy(x, N), *values = copy(x, N);
        kernels->add(added, bias, N);
        kernels->relu_add(rectified, bias, NULL, N);
        kernels->relu_add(through, bias, residual, N);
        kernels->dequantize(bytes, N, 0.5f, -3.0f, values);
        for (size_t i = 0; i < N; i++) {
            const float sum = x[i] + bias[i], positive = sum > 0.0f ? sum : 0.0f;
            CHECK(added[i] == sum && rectified[i] == positive && through[i] == positive + residual[i]);
            CHECK(values[i] == (float)(i * 5) * 0.5f - 3.0f);
        }
    }
}

/* What is not a product has the same bits on all instruction sets. */
TEST(loops_agree_to_the_bit)
{
    enum { N = 384 };
    random_stream random = random_make(6, 1);
    const float *x = random_floats(&random, N), *gain = random_floats(&random, N), *shift = random_floats(&random, N);
    EACH_TABLE(kernels)
    {
        float *expected = copy(x, N), *found = copy(x, N);
        layers_scalar.layer_norm(expected, gain, shift, 1e-12f, N);
        kernels->layer_norm(found, gain, shift, 1e-12f, N);
        layers_scalar.gelu(expected, gain, N);
        kernels->gelu(found, gain, N);
        layers_scalar.softmax(expected, 0.3f, N - 5);
        kernels->softmax(found, 0.3f, N - 5);
        layers_scalar.standardize_add(expected, shift, 1e-6f, N);
        kernels->standardize_add(found, shift, 1e-6f, N);
        layers_scalar.unit(expected, 1e-12f, N);
        kernels->unit(found, 1e-12f, N);
        CHECK_BYTES(found, expected, N * sizeof *found);
    }
}

TEST(the_table_follows_the_instruction_set)
{
    const layer_kernels *kernels;
    const simd_kernels *simd;
    bt_error error = {0};
    CHECK_OK(layers_select(&kernels, &error), error);
    CHECK_OK(simd_select(&simd, &error), error);
    CHECK_STR(kernels->name, simd->name);
    CHECK(layers_named("nothing") == NULL);
}
