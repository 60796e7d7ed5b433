/* The product for AVX2 and FMA: tiles of 6 rows by 16 columns, whose 12 sums stay in registers while k runs; for each step two
 * loads of weights, six broadcasts, twelve fused operations.
 *
 * Rows are taken in blocks that stay in the second-level cache while all panels pass by.
 */
#include <immintrin.h>

#include "simd/layer_loops.h"

enum { TILE = 6, BLOCK_FLOATS = 64 * 1024 };

/* One panel times `m` rows, m a constant where this is inlined. */
static inline __attribute__((always_inline)) void tile(const float *const *rows, size_t m, size_t k, const float *panel,
                                                       float *out, size_t stride)
{
    __m256 sums[TILE][2];
    for (size_t r = 0; r < m; r++)
        sums[r][0] = sums[r][1] = _mm256_setzero_ps();
    for (size_t i = 0; i < k; i++) {
        const __m256 low = _mm256_loadu_ps(panel + i * LAYER_COLUMNS), high = _mm256_loadu_ps(panel + i * LAYER_COLUMNS + 8);
        for (size_t r = 0; r < m; r++) {
            const __m256 a = _mm256_broadcast_ss(rows[r] + i);
            sums[r][0] = _mm256_fmadd_ps(a, low, sums[r][0]);
            sums[r][1] = _mm256_fmadd_ps(a, high, sums[r][1]);
        }
    }
    for (size_t r = 0; r < m; r++) {
        _mm256_storeu_ps(out + r * stride, sums[r][0]);
        _mm256_storeu_ps(out + r * stride + 8, sums[r][1]);
    }
}

static void rest(const float *const *rows, size_t m, size_t k, const float *panel, float *out, size_t stride)
{
    switch (m) {
    case 1:
        tile(rows, 1, k, panel, out, stride);
        break;
    case 2:
        tile(rows, 2, k, panel, out, stride);
        break;
    case 3:
        tile(rows, 3, k, panel, out, stride);
        break;
    case 4:
        tile(rows, 4, k, panel, out, stride);
        break;
    case 5:
        tile(rows, 5, k, panel, out, stride);
        break;
    default:
        break;
    }
}

static void block(const float *const *rows, size_t n_rows, size_t k, const float *packed, size_t n, float *out, size_t stride)
{
    for (size_t j = 0; j < n; j += LAYER_COLUMNS, packed += k * LAYER_COLUMNS) {
        size_t r = 0;
        for (; r + TILE <= n_rows; r += TILE)
            tile(rows + r, TILE, k, packed, out + r * stride + j, stride);
        rest(rows + r, n_rows - r, k, packed, out + r * stride + j, stride);
    }
}

static void product(const float *const *rows, size_t n_rows, size_t k, const float *packed, size_t n, float *out, size_t stride)
{
    const size_t tiles = BLOCK_FLOATS / (k * TILE), step = (tiles > 0 ? tiles : 1) * TILE;
    for (size_t r = 0; r < n_rows; r += step)
        block(rows + r, n_rows - r < step ? n_rows - r : step, k, packed, n, out + r * stride, stride);
}

const layer_kernels layers_avx2 = {"avx2", product, LAYER_LOOPS};
