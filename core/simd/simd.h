/* The kernel table: the few loops that take nearly all of the time, once for each instruction set.
 *
 * scalar.c is the reference and is always built; avx2.c is compiled for AVX2 and FMA and is called only where the processor has
 * them; neon.c is for 64-bit ARM, where every processor has it. The best one is picked once; BUTACA_SIMD=scalar|avx2|neon
 * overrides it.
 *
 * Promises, which tests/unit/als/test_simd.c holds every table to:
 *   - `dot`, `axpy`, `add_squares`, `scores` give the same bits on every instruction set (eight interleaved partial sums, no fused
 *     multiply-add, one order of the final additions), so that two machines rank alike.
 *   - `gather`, `gather_columns`, `project`, `subtract_rows`, `multiply`, `gram`, `gram64`, `cholesky`, `substitute`,
 *     `subtract_product` may fuse and reorder: they are within rounding of
 *     each other, and training checks its solutions in float64 (core/als/row.c). What that check relies on: an element of
 *     `gram` is one chain of n_rows additions, which is then added to what was there; one of `gather` likewise.
 *   - Nothing is read or written beyond the sizes that are given, alignment is never required.
 *
 * "Upper triangle" of a matrix with row stride `ld`: elements [i * ld + j], j >= i. The kernels may use the rest of the square
 * as scratch.
 */
#ifndef SIMD_SIMD_H
#define SIMD_SIMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "butaca/status.h"

enum { SIMD_LANES = 16 }; /* leading dimensions `ld` of gram, gram64 and cholesky are multiples of this */

/* Ratings of one row of the matrix, and the factors that they refer to. */
typedef struct simd_terms {
    const float *rows; /* factors */
    size_t stride;     /* of a row */
    size_t ld;         /* as many values of each are used: a multiple of SIMD_LANES */
    const uint32_t *columns;
    const uint8_t *kinds; /* which entry of root and weight a rating has */
    const float *root, *weight;
    size_t n;
} simd_terms;

/* Factors that are needed next. */
typedef struct simd_ahead {
    const float *rows;
    size_t stride, ld; /* as above */
    const uint32_t *columns;
    size_t n;
} simd_ahead;

typedef struct simd_kernels {
    const char *name; /* as BUTACA_SIMD names it */

    /* Sum of a[i] * b[i], in float64. */
    double (*dot)(const float *a, const double *b, size_t n);

    /* y += factor * x, in float64. */
    void (*axpy)(double factor, const float *x, double *y, size_t n);

    /* a[i][j] += (factors[r] rows[r][i]) rows[r][j], r ascending, in float64: the upper triangle of a matrix n x n with row stride ld. */
    void (*add_squares)(const float *const *rows, const double *factors, size_t n_rows, double *a, size_t n, size_t ld);

    /* out[r] = rows[r] . x; rows is n_rows x n with row stride `stride`. */
    void (*scores)(const float *rows, size_t n_rows, size_t stride, const double *x, size_t n, double *out);

    /* panel[i] = root * row for each term (n x ld), and b[0 .. ld) += the sum of weight * row, which is summed in float32. */
    void (*gather)(const simd_terms *terms, float *panel, double *b);

    /* The same rows as columns, of terms->n <= width, a multiple of SIMD_LANES: scale[j] = 1 / sqrt(diagonal[j] + shift), and
     * panel[j * width + i] = root * row[j] * scale[j] for term i, 0 behind the last. panel is ld x width; the weights aren't used. */
    void (*gather_columns)(const simd_terms *terms, const float *diagonal, float shift, float *scale, float *panel,
                           size_t width);

    /* out[i] += root * (row . x) for each term, x of ld values. */
    void (*project)(const simd_terms *terms, const float *x, float *out);

    /* y[0 .. ld) -= the sum of factors[r] * row r, which is summed in float32. */
    void (*subtract_rows)(const float *rows, size_t stride, size_t n_rows, const float *factors, size_t ld, double *y);

    /* out = a b: a is n_rows x n_inner with row stride a_stride, b is n_inner x n with n a multiple of SIMD_LANES, out is
     * n_rows x n. Each element is one chain of n_inner additions. */
    void (*multiply)(const float *a, size_t n_rows, size_t a_stride, const float *b, size_t n_inner, size_t n, float *out);

    /* a += rows' rows, upper triangle, in float32; rows is n_rows x ld, a is ld x ld. Meanwhile what is needed next is fetched into the
     * cache: this kernel leaves memory idle, and the gathers would wait for it. */
    void (*gram)(const float *rows, size_t n_rows, float *a, size_t ld, const simd_ahead *ahead);

    /* The same, summed in float64. */
    void (*gram64)(const float *rows, size_t n_rows, double *a, size_t ld);

    /* a = U'U: replaces the symmetric n x n matrix, of which the upper triangle is given, by what `substitute` of the same table
     * needs of U. False if a pivot isn't positive and finite; `a` is then scratch. Columns n .. ld-1 must be 0. */
    bool (*cholesky)(float *a, size_t n, size_t ld);

    /* Solves U'U x = b in place of b: ld values, of which those from n on are 0 and stay 0. */
    void (*substitute)(const float *u, size_t n, size_t ld, float *b);

    /* y -= A x in float64, for the symmetric n x n matrix of which a is the upper triangle. */
    void (*subtract_product)(const float *a, size_t n, size_t ld, const double *x, double *y);
} simd_kernels;

extern const simd_kernels simd_scalar;
#if defined(__x86_64__)
extern const simd_kernels simd_avx2;
#elif defined(__aarch64__)
extern const simd_kernels simd_neon;
#endif

/* The table of that name; NULL or "": the best that this processor runs. BT_INVALID_ARGUMENT if there is none of that name,
 * BT_UNSUPPORTED if the processor lacks it. */
bt_status simd_find(const char *name, const simd_kernels **out, bt_error *error);

/* The table that BUTACA_SIMD names. The environment is read once, at the first call. */
bt_status simd_select(const simd_kernels **out, bt_error *error);

/* The i-th table that this processor can run, NULL behind the last: what tests go through. */
const simd_kernels *simd_available(size_t i);

#endif
