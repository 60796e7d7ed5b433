/* The kernel of the vector index: every table that this processor runs against sums in 64 bits, with inputs that end at a page nobody may
 * touch. */
#include "base/random.h"
#include "simd/bytes.h"
#include "simd/simd.h"
#include "support/test.h"

#define EACH_TABLE(kernels)                                        \
    for (size_t table = 0; simd_available(table) != NULL; table++) \
        for (const byte_kernels *kernels = bytes_named(simd_available(table)->name); kernels != NULL; kernels = NULL)

static void check_dots(const byte_kernels *kernels, const int8_t *rows, size_t n_rows, size_t n, const int16_t *x)
{
    int32_t *out = test_guarded(n_rows * sizeof *out);
    kernels->dots(rows, n_rows, n, x, out);
    for (size_t r = 0; r < n_rows; r++) {
        int64_t sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += (int64_t)rows[r * n + i] * x[i];
        if (!CHECK_INT(out[r], sum))
            return;
    }
}

TEST(dots_of_random_rows)
{
    random_stream random = random_make(1, 1);
    EACH_TABLE(kernels)
    for (size_t n = BYTES_STEP; n <= 6 * BYTES_STEP; n += BYTES_STEP)
        for (size_t n_rows = 0; n_rows <= 9; n_rows++) {
            int8_t *rows = test_guarded(n_rows * n + 1);
            int16_t *x = test_guarded(n * sizeof *x);
            rows++; /* nothing is aligned */
            for (size_t i = 0; i < n_rows * n; i++)
                rows[i] = (int8_t)((int)random_below(&random, 256) - 128);
            for (size_t i = 0; i < n; i++)
                x[i] = (int16_t)((int)random_below(&random, 8191) - 4095);
            check_dots(kernels, rows, n_rows, n, x);
        }
}

TEST(dots_at_the_ends_of_the_range)
{
    enum { N = 4096 }; /* 128 * 4095 * 4096 is just below 2^31 */
    EACH_TABLE(kernels)
    for (int sign = -1; sign <= 1; sign += 2) {
        int8_t *rows = test_guarded(N);
        int16_t *x = test_guarded(N * sizeof *x);
        for (size_t i = 0; i < N; i++) {
            rows[i] = -128;
            x[i] = (int16_t)(sign * 4095);
        }
        check_dots(kernels, rows, 1, N, x);
    }
}
