/* For AVX2: bytes are widened to 16 bits and multiplied in pairs (vpmaddwd), which can't overflow, unlike vpmaddubsw. Two rows at a
 * time share the loads of x. A table of sixteen bytes is looked up by 32 rows at once (vpshufb).
 */
#include <immintrin.h>

#include "simd/bytes.h"

static inline __m256i step(const int8_t *row, __m256i x, __m256i sum)
{
    const __m256i wide = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)row));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(wide, x));
}

static inline int32_t total(__m256i sum)
{
    __m128i four = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4E));
    four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0xB1));
    return _mm_cvtsi128_si32(four);
}

static void dots(const int8_t *rows, size_t n_rows, size_t n, const int16_t *x, int32_t *out)
{
    size_t r = 0;
    for (; r + 2 <= n_rows; r += 2) {
        const int8_t *row = rows + r * n;
        __m256i first = _mm256_setzero_si256(), second = first;
        for (size_t i = 0; i < n; i += BYTES_STEP) {
            const __m256i values = _mm256_loadu_si256((const __m256i *)(const void *)(x + i));
            first = step(row + i, values, first);
            second = step(row + n + i, values, second);
        }
        out[r] = total(first);
        out[r + 1] = total(second);
    }
    if (r < n_rows) {
        __m256i sum = _mm256_setzero_si256();
        for (size_t i = 0; i < n; i += BYTES_STEP)
            sum = step(rows + r * n + i, _mm256_loadu_si256((const __m256i *)(const void *)(x + i)), sum);
        out[r] = total(sum);
    }
}

/* Sums of sixteen rows, of bytes that come in registers: `all` adds pairs of them as one number, `odd` the upper ones. */
typedef struct lane_sums {
    __m256i all, odd;
} lane_sums;

static inline lane_sums add_bytes(lane_sums s, __m256i bytes)
{
    return (lane_sums){_mm256_add_epi16(s.all, bytes), _mm256_add_epi16(s.odd, _mm256_srli_epi16(bytes, 8))};
}

/* Both groups together, in the order of the rows. */
static inline void write_sums(lane_sums s, uint16_t *out)
{
    const __m256i even = _mm256_sub_epi16(s.all, _mm256_slli_epi16(s.odd, 8));
    const __m128i low = _mm_add_epi16(_mm256_castsi256_si128(even), _mm256_extracti128_si256(even, 1));
    const __m128i high = _mm_add_epi16(_mm256_castsi256_si128(s.odd), _mm256_extracti128_si256(s.odd, 1));
    _mm_storeu_si128((__m128i *)(void *)out, _mm_unpacklo_epi16(low, high));
    _mm_storeu_si128((__m128i *)(void *)(out + 8), _mm_unpackhi_epi16(low, high));
}

/* What the lower or upper halves of 32 bytes of two groups find. */
static inline __m256i look_up(const uint8_t *table, __m256i halves)
{
    return _mm256_shuffle_epi8(_mm256_loadu_si256((const __m256i *)(const void *)table),
                               _mm256_and_si256(halves, _mm256_set1_epi8(15)));
}

/* Four groups at a time: two entries of a table together still fit into a byte. */
static void signs(const uint8_t *blocks, size_t n_blocks, size_t n_groups, const uint8_t *tables, uint16_t *out)
{
    for (size_t block = 0; block < n_blocks; block++, out += SIGNS_ROWS) {
        lane_sums first = {_mm256_setzero_si256(), _mm256_setzero_si256()}, second = first;
        const uint8_t *table = tables;
        for (size_t group = 0; group < n_groups; group += 4, blocks += 2 * SIGNS_ROWS, table += 4 * SIGNS_TABLE) {
            const __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)blocks);
            const __m256i y = _mm256_loadu_si256((const __m256i *)(const void *)(blocks + SIGNS_ROWS));
            first = add_bytes(first, _mm256_add_epi8(look_up(table, x), look_up(table + 2 * SIGNS_TABLE, y)));
            second = add_bytes(second, _mm256_add_epi8(look_up(table, _mm256_srli_epi16(x, 4)),
                                                       look_up(table + 2 * SIGNS_TABLE, _mm256_srli_epi16(y, 4))));
        }
        write_sums(first, out);
        write_sums(second, out + SIGNS_ROWS / 2);
    }
}

const byte_kernels bytes_avx2 = {"avx2", dots, signs};
