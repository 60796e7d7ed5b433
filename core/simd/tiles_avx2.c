/* Bounds for AVX2: the 16 films of a tile are two vectors of sums, four values of a film in each lane. */
#include <immintrin.h>
#include <string.h>

#include "simd/tiles.h"

static __m256 power_of_two(__m256 x)
{
    const __m256 whole = _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC), r = _mm256_sub_ps(x, whole);
    __m256 sum = _mm256_set1_ps(0.00133335581f);
    sum = _mm256_fmadd_ps(sum, r, _mm256_set1_ps(0.00961812911f));
    sum = _mm256_fmadd_ps(sum, r, _mm256_set1_ps(0.0555041087f));
    sum = _mm256_fmadd_ps(sum, r, _mm256_set1_ps(0.240226507f));
    sum = _mm256_fmadd_ps(sum, r, _mm256_set1_ps(0.693147181f));
    sum = _mm256_fmadd_ps(sum, r, _mm256_set1_ps(1.0f));
    const __m256i exponent = _mm256_slli_epi32(_mm256_cvtps_epi32(whole), 23); /* where a float has it */
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(sum), exponent));
}

/* += the products of four bytes in each lane. */
static __m256i add_products(__m256i sum, const uint8_t *codes, __m256i person)
{
    const __m256i pairs = _mm256_maddubs_epi16(_mm256_loadu_si256((const __m256i *)(const void *)codes), person);
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

/* The bounds of eight films, from their sums. */
static __m256 bound(const tile_films *films, const tile_person *person, size_t film, __m256i sums)
{
    const __m256 product = _mm256_cvtepi32_ps(_mm256_sub_epi32(sums, _mm256_set1_epi32(person->offset)));
    const __m256 step = _mm256_mul_ps(_mm256_loadu_ps(films->step + film), _mm256_set1_ps(person->step));
    __m256 score = _mm256_mul_ps(step, product);
    score = _mm256_fmadd_ps(_mm256_set1_ps(person->per_length), _mm256_loadu_ps(films->length + film), score);
    score = _mm256_fmadd_ps(_mm256_set1_ps(person->per_rest), _mm256_loadu_ps(films->rest + film), score);
    const __m256 likes = _mm256_mul_ps(_mm256_set1_ps(-person->exponent), _mm256_loadu_ps(films->log_likes + film));
    return _mm256_mul_ps(score, power_of_two(likes));
}

static float largest_of(__m256 v)
{
    __m128 m = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    m = _mm_max_ps(m, _mm_movehl_ps(m, m));
    return _mm_cvtss_f32(_mm_max_ss(m, _mm_movehdup_ps(m)));
}

static void bounds(const tile_films *films, const tile_person *person, float *upper, float *largest)
{
    const uint8_t *codes = films->codes;
    for (size_t tile = 0; tile < films->n_tiles; tile++) {
        __m256i left = _mm256_setzero_si256(), right = left;
        for (size_t g = 0; g < films->n_groups; g++, codes += TILE_FILMS * TILE_GROUP) {
            int32_t group;
            memcpy(&group, person->codes + g * TILE_GROUP, sizeof group);
            const __m256i four = _mm256_set1_epi32(group);
            left = add_products(left, codes, four);
            right = add_products(right, codes + 32, four);
        }
        const size_t film = tile * TILE_FILMS;
        const __m256 first = bound(films, person, film, left), second = bound(films, person, film + 8, right);
        _mm256_storeu_ps(upper + film, first);
        _mm256_storeu_ps(upper + film + 8, second);
        largest[tile] = largest_of(_mm256_max_ps(first, second));
    }
}

const tile_kernels tiles_avx2 = {"avx2", bounds};
