/* The kernels of the vector index, once for each instruction set, in whole numbers, so that every instruction set gives the same:
 * products of 8-bit rows with a 16-bit vector, and sums that rows of single bits look up.
 *
 * Rows of bits lie in blocks of 32 rows, each row's bits in groups of four. For each two groups a block has 32 bytes: byte i < 16 has the
 * first group's bits of row i in its lower half and those of row 16 + i in its upper half, byte 16 + i the same of the second group.
 *
 * Promises, which tests/unit/search/test_bytes.c holds every table to: exact as long as the sum of |x| is below 2^24 (a row's
 * values are at least -128) and no row's sum of table entries is above 65535; nothing is read or written beyond the sizes that are given,
 * alignment is never required.
 */
#ifndef SIMD_BYTES_H
#define SIMD_BYTES_H

#include <stddef.h>
#include <stdint.h>

#include "butaca/status.h"

enum { BYTES_STEP = 16 }; /* rows' lengths are multiples of this */
enum { SIGNS_ROWS = 32, SIGNS_GROUP = 4, SIGNS_TABLE = 1 << SIGNS_GROUP, SIGNS_MAX = 127 };

typedef struct byte_kernels {
    const char *name; /* as BUTACA_SIMD names it */

    /* out[r] = rows[r] . x; rows is n_rows x n, row-major */
    void (*dots)(const int8_t *rows, size_t n_rows, size_t n, const int16_t *x, int32_t *out);

    /* out[r] = sum over groups g of tables[g][bits of row r in g]; n_groups is a multiple of 4, entries are at most SIGNS_MAX, out has
     * SIGNS_ROWS entries a block. */
    void (*signs)(const uint8_t *blocks, size_t n_blocks, size_t n_groups, const uint8_t *tables, uint16_t *out);
} byte_kernels;

extern const byte_kernels bytes_scalar;
#if defined(__x86_64__)
extern const byte_kernels bytes_avx2;
#elif defined(__aarch64__)
extern const byte_kernels bytes_neon;
#endif

/* The table for the instruction set that simd_select picks (simd/simd.h). */
bt_status bytes_select(const byte_kernels **out, bt_error *error);

/* The table of that name; NULL: there is none. */
const byte_kernels *bytes_named(const char *name);

#endif
