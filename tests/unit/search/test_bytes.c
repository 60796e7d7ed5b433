/* The kernels of the vector index: every table that this processor runs against sums in 64 bits, with inputs that end at a page nobody may
 * touch. */
#include <string.h>

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

/* --- rows of single bits ----------------------------------------------------------------------------------------------- */

static size_t looked_up(const uint8_t *blocks, size_t row, size_t group, size_t n_groups)
{
    enum { HALF = SIGNS_ROWS / 2 };
    const size_t block = row / SIGNS_ROWS, at = row % SIGNS_ROWS;
    const unsigned byte = blocks[(block * n_groups + group) * HALF + at % HALF];
    return group * SIGNS_TABLE + (at < HALF ? byte & 15 : byte >> 4);
}

static void check_signs(const byte_kernels *kernels, const uint8_t *blocks, size_t n_blocks, size_t n_groups,
                        const uint8_t *tables)
{
    uint16_t *out = test_guarded(n_blocks * SIGNS_ROWS * sizeof *out);
    kernels->signs(blocks, n_blocks, n_groups, tables, out);
    for (size_t row = 0; row < n_blocks * SIGNS_ROWS; row++) {
        uint64_t sum = 0;
        for (size_t group = 0; group < n_groups; group++)
            sum += tables[looked_up(blocks, row, group, n_groups)];
        if (!CHECK_INT(out[row], sum))
            return;
    }
}

static uint8_t *random_bytes(random_stream *random, size_t n, unsigned most)
{
    uint8_t *bytes = test_guarded(n + 1);
    for (size_t i = 0; i < n; i++)
        bytes[i + 1] = (uint8_t)random_below(random, most + 1);
    return bytes + 1; /* nothing is aligned */
}

TEST(signs_look_up_what_their_bits_say)
{
    random_stream random = random_make(2, 1);
    EACH_TABLE(kernels)
    for (size_t n_groups = 4; n_groups <= 64; n_groups += 12)
        for (size_t n_blocks = 0; n_blocks <= 3; n_blocks++)
            check_signs(kernels, random_bytes(&random, n_blocks * n_groups * SIGNS_ROWS / 2, 255), n_blocks, n_groups,
                        random_bytes(&random, n_groups * SIGNS_TABLE, SIGNS_MAX));
}

TEST(signs_at_the_end_of_the_range)
{
    enum { N_GROUPS = 516 }; /* 516 * 127 is just below 2^16 */
    random_stream random = random_make(3, 1);
    uint8_t *tables = test_guarded(N_GROUPS * SIGNS_TABLE);
    memset(tables, SIGNS_MAX, N_GROUPS * SIGNS_TABLE);
    EACH_TABLE(kernels)
    check_signs(kernels, random_bytes(&random, N_GROUPS * SIGNS_ROWS / 2, 255), 1, N_GROUPS, tables);
}
