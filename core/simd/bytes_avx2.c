/* For AVX2: bytes are widened to 16 bits and multiplied in pairs (vpmaddwd), which can't overflow, unlike vpmaddubsw. Two rows at a
 * time share the loads of x.
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

const byte_kernels bytes_avx2 = {"avx2", dots};
