/* For NEON: bytes are widened to 16 bits, which are multiplied into 32. A table of sixteen bytes is looked up by 16 rows at once. */
#include <arm_neon.h>

#include "simd/bytes.h"

static int32_t dot(const int8_t *row, const int16_t *x, size_t n)
{
    int32x4_t low = vdupq_n_s32(0), high = low;
    for (size_t i = 0; i < n; i += BYTES_STEP) {
        const int8x16_t bytes = vld1q_s8(row + i);
        const int16x8_t first = vmovl_s8(vget_low_s8(bytes)), last = vmovl_high_s8(bytes);
        const int16x8_t x_first = vld1q_s16(x + i), x_last = vld1q_s16(x + i + 8);
        low = vmlal_s16(low, vget_low_s16(first), vget_low_s16(x_first));
        high = vmlal_high_s16(high, first, x_first);
        low = vmlal_s16(low, vget_low_s16(last), vget_low_s16(x_last));
        high = vmlal_high_s16(high, last, x_last);
    }
    return vaddvq_s32(vaddq_s32(low, high));
}

static void dots(const int8_t *rows, size_t n_rows, size_t n, const int16_t *x, int32_t *out)
{
    for (size_t r = 0; r < n_rows; r++)
        out[r] = dot(rows + r * n, x, n);
}

/* Sums of sixteen rows. */
typedef struct row_sums {
    uint16x8_t first, last;
} row_sums;

/* Two groups at a time: two entries of a table together still fit into a byte. */
static inline row_sums add_entries(row_sums s, const uint8_t *table, uint8x16_t bits, uint8x16_t next_bits)
{
    const uint8x16_t both = vaddq_u8(vqtbl1q_u8(vld1q_u8(table), bits), vqtbl1q_u8(vld1q_u8(table + SIGNS_TABLE), next_bits));
    return (row_sums){vaddw_u8(s.first, vget_low_u8(both)), vaddw_high_u8(s.last, both)};
}

static void signs(const uint8_t *blocks, size_t n_blocks, size_t n_groups, const uint8_t *tables, uint16_t *out)
{
    const uint8x16_t lower = vdupq_n_u8(15);
    for (size_t block = 0; block < n_blocks; block++, out += SIGNS_ROWS) {
        row_sums top = {vdupq_n_u16(0), vdupq_n_u16(0)}, bottom = top;
        for (size_t group = 0; group < n_groups; group += 2, blocks += SIGNS_ROWS) {
            const uint8x16_t bytes = vld1q_u8(blocks), next = vld1q_u8(blocks + SIGNS_ROWS / 2);
            const uint8_t *table = tables + group * SIGNS_TABLE;
            top = add_entries(top, table, vandq_u8(bytes, lower), vandq_u8(next, lower));
            bottom = add_entries(bottom, table, vshrq_n_u8(bytes, 4), vshrq_n_u8(next, 4));
        }
        vst1q_u16(out, top.first);
        vst1q_u16(out + 8, top.last);
        vst1q_u16(out + 16, bottom.first);
        vst1q_u16(out + 24, bottom.last);
    }
}

const byte_kernels bytes_neon = {"neon", dots, signs};
