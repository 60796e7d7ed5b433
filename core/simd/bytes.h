/* The kernel of the vector index, once for each instruction set: products of 8-bit rows with a 16-bit vector, in whole numbers, so
 * that every instruction set gives the same.
 *
 * Promises, which tests/unit/search/test_bytes.c holds every table to: exact as long as the sum of |x| is below 2^24 (a row's
 * values are at least -128), nothing is read or written beyond the sizes that are given, alignment is never required.
 */
#ifndef SIMD_BYTES_H
#define SIMD_BYTES_H

#include <stddef.h>
#include <stdint.h>

#include "butaca/status.h"

enum { BYTES_STEP = 16 }; /* rows' lengths are multiples of this */

typedef struct byte_kernels {
    const char *name; /* as BUTACA_SIMD names it */

    /* out[r] = rows[r] . x; rows is n_rows x n, row-major */
    void (*dots)(const int8_t *rows, size_t n_rows, size_t n, const int16_t *x, int32_t *out);
} byte_kernels;

extern const byte_kernels bytes_scalar;
#if defined(__x86_64__)
extern const byte_kernels bytes_avx2;
#endif

/* The table for the instruction set that simd_select picks (simd/simd.h). */
bt_status bytes_select(const byte_kernels **out, bt_error *error);

/* The table of that name; NULL: there is none. */
const byte_kernels *bytes_named(const char *name);

#endif
