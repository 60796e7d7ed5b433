/* The reference: the product as it is defined, and the loops for the architecture's least. */
#include "simd/layer_loops.h"

static void product(const float *const *rows, size_t n_rows, size_t k, const float *packed, size_t n, float *out, size_t stride)
{
    for (size_t j = 0; j < n; j += LAYER_COLUMNS, packed += k * LAYER_COLUMNS) {
        for (size_t r = 0; r < n_rows; r++) {
            float sums[LAYER_COLUMNS] = {0};
            for (size_t i = 0; i < k; i++)
                for (size_t c = 0; c < LAYER_COLUMNS; c++)
                    sums[c] += rows[r][i] * packed[i * LAYER_COLUMNS + c];
            memcpy(out + r * stride + j, sums, sizeof sums);
        }
    }
}

const layer_kernels layers_scalar = {"scalar", product, LAYER_LOOPS};
