/* The vector index uses the instruction set that the other kernels use; the scalar table is the reference. */
#include "simd/bytes.h"

#include <string.h>

#include "simd/simd.h"

static void dots(const int8_t *rows, size_t n_rows, size_t n, const int16_t *x, int32_t *out)
{
    for (size_t r = 0; r < n_rows; r++) {
        int32_t sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += rows[r * n + i] * x[i];
        out[r] = sum;
    }
}

static void signs(const uint8_t *blocks, size_t n_blocks, size_t n_groups, const uint8_t *tables, uint16_t *out)
{
    enum { HALF = SIGNS_ROWS / 2 };
    for (size_t block = 0; block < n_blocks; block++, out += SIGNS_ROWS) {
        memset(out, 0, SIGNS_ROWS * sizeof *out);
        for (size_t group = 0; group < n_groups; group++, blocks += HALF) {
            const uint8_t *table = tables + group * SIGNS_TABLE;
            for (size_t i = 0; i < HALF; i++) {
                out[i] = (uint16_t)(out[i] + table[blocks[i] & 15]);
                out[HALF + i] = (uint16_t)(out[HALF + i] + table[blocks[i] >> 4]);
            }
        }
    }
}

const byte_kernels bytes_scalar = {"scalar", dots, signs};

const byte_kernels *bytes_named(const char *name)
{
#if defined(__x86_64__)
    if (strcmp(name, bytes_avx2.name) == 0)
        return &bytes_avx2;
#elif defined(__aarch64__)
    if (strcmp(name, bytes_neon.name) == 0)
        return &bytes_neon;
#endif
    return strcmp(name, bytes_scalar.name) == 0 ? &bytes_scalar : NULL;
}

bt_status bytes_select(const byte_kernels **out, bt_error *error)
{
    const simd_kernels *simd;
    *out = NULL;
    const bt_status status = simd_select(&simd, error);
    if (status != BT_OK)
        return status;
    const byte_kernels *found = bytes_named(simd->name);
    *out = found != NULL ? found : &bytes_scalar;
    return BT_OK;
}
