/* The product for NEON: tiles of 6 rows by 16 columns, whose 24 sums stay in registers while k runs. */
#include <arm_neon.h>

#include "simd/layer_loops.h"

enum { TILE = 6 };

/* One panel times `m` rows, m a constant where this is inlined. */
static inline __attribute__((always_inline)) void tile(const float *const *rows, size_t m, size_t k, const float *panel,
                                                       float *out, size_t stride)
{
    float32x4_t sums[TILE][4];
    for (size_t r = 0; r < m; r++)
        for (size_t v = 0; v < 4; v++)
            sums[r][v] = vdupq_n_f32(0.0f);
    for (size_t i = 0; i < k; i++, panel += LAYER_COLUMNS) {
        const float32x4_t weights[4] = {vld1q_f32(panel), vld1q_f32(panel + 4), vld1q_f32(panel + 8), vld1q_f32(panel + 12)};
        for (size_t r = 0; r < m; r++)
            for (size_t v = 0; v < 4; v++)
                sums[r][v] = vfmaq_n_f32(sums[r][v], weights[v], rows[r][i]);
    }
    for (size_t r = 0; r < m; r++)
        for (size_t v = 0; v < 4; v++)
            vst1q_f32(out + r * stride + 4 * v, sums[r][v]);
}

static void product(const float *const *rows, size_t n_rows, size_t k, const float *packed, size_t n, float *out, size_t stride)
{
    for (size_t j = 0; j < n; j += LAYER_COLUMNS, packed += k * LAYER_COLUMNS) {
        size_t r = 0;
        for (; r + TILE <= n_rows; r += TILE)
            tile(rows + r, TILE, k, packed, out + r * stride + j, stride);
        for (; r < n_rows; r++)
            tile(rows + r, 1, k, packed, out + r * stride + j, stride);
    }
}

const layer_kernels layers_neon = {"neon", product, LAYER_LOOPS};
