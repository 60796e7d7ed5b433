/* The kernels of the text encoders, once for each instruction set: a matrix product, and the loops between products.
 *
 * `product` is where nearly all of the time goes. The right factor is constant (weights) and stored packed: panels of 16
 * columns, each k rows of 16 floats, one after the other, so that every step of the inner loop reads a whole cache line. The left
 * factor comes as row pointers: rows may overlap (windows over a text) or lie anywhere.
 *
 * The loops are written once, in layer_loops.h, and compiled for each instruction set.
 *
 * Promises, which tests/unit/encoder/test_layers.c holds every table to:
 *   - A row of a product depends on that row alone, to the bit, not on the rows beside it.
 *   - Instruction sets differ by rounding in `product` (some fuse multiply and add), and not at all in the loops.
 *   - Nothing is read or written beyond the sizes that are given, alignment is never required.
 *
 * Lengths n of rows are multiples of LAYER_COLUMNS, but for `softmax`.
 */
#ifndef SIMD_LAYERS_H
#define SIMD_LAYERS_H

#include <stddef.h>
#include <stdint.h>

#include "butaca/status.h"

enum { LAYER_COLUMNS = 16 };

typedef struct layer_kernels {
    const char *name; /* as BUTACA_SIMD names it */

    /* out[r * stride + j] = sum over i of rows[r][i] * b[i][j]: n_rows x k times k x n, packed. */
    void (*product)(const float *const *rows, size_t n_rows, size_t k, const float *packed, size_t n, float *out,
                    size_t stride);

    /* out = bytes * scale + low */
    void (*dequantize)(const uint8_t *bytes, size_t n, float scale, float low, float *out);
    /* x += y */
    void (*add)(float *x, const float *y, size_t n);
    /* x = max(x + bias, 0) + residual; residual may be NULL */
    void (*relu_add)(float *x, const float *bias, const float *residual, size_t n);
    /* x = gelu(x + bias), by the error function */
    void (*gelu)(float *x, const float *bias, size_t n);
    /* x = (x - mean) / sqrt(variance + epsilon) * gain + shift */
    void (*layer_norm)(float *x, const float *gain, const float *shift, float epsilon, size_t n);
    /* sum += (x - mean) / sqrt(variance + epsilon) */
    void (*standardize_add)(float *sum, const float *x, float epsilon, size_t n);
    /* x = exp((x - the largest) * scale) / their sum; n is any length, at least 1; scale > 0 */
    void (*softmax)(float *x, float scale, size_t n);
    /* x /= its length, which counts as sqrt(epsilon) at least */
    void (*unit)(float *x, float epsilon, size_t n);
} layer_kernels;

extern const layer_kernels layers_scalar;
#if defined(__x86_64__)
extern const layer_kernels layers_avx2;
#elif defined(__aarch64__)
extern const layer_kernels layers_neon;
#endif

/* The table for the instruction set that simd_select picks (simd/simd.h). */
bt_status layers_select(const layer_kernels **out, bt_error *error);

/* matrix (k x n, row-major) as `product` wants it. */
void layers_pack(const float *matrix, size_t k, size_t n, float *packed);

/* The table of that name; NULL: there is none. */
const layer_kernels *layers_named(const char *name);

#endif
