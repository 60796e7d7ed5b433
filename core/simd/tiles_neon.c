/* Bounds for NEON: eight vectors of sums, each with two films of a tile in two halves. Codes lose their 128 first, so that both factors
 * are signed.
 */
#include <arm_neon.h>
#include <math.h>
#include <string.h>

#include "simd/tiles.h"

static float32x4_t power_of_two(float32x4_t x)
{
    const float32x4_t whole = vrndnq_f32(x), r = vsubq_f32(x, whole);
    float32x4_t sum = vdupq_n_f32(0.00133335581f);
    sum = vfmaq_f32(vdupq_n_f32(0.00961812911f), sum, r);
    sum = vfmaq_f32(vdupq_n_f32(0.0555041087f), sum, r);
    sum = vfmaq_f32(vdupq_n_f32(0.240226507f), sum, r);
    sum = vfmaq_f32(vdupq_n_f32(0.693147181f), sum, r);
    sum = vfmaq_f32(vdupq_n_f32(1.0f), sum, r);
    const int32x4_t exponent = vshlq_n_s32(vcvtq_s32_f32(whole), 23); /* where a float has it */
    return vreinterpretq_f32_s32(vaddq_s32(vreinterpretq_s32_f32(sum), exponent));
}

/* sums[2 q] and [2 q + 1] += the products of films 4 q .. 4 q + 3 with a group of the person's codes, which stands twice in `person`. */
static inline void add_products(int32x4_t sums[8], const uint8_t *codes, int8x8_t person)
{
    for (size_t q = 0; q < 4; q++) {
        const int8x16_t four = vreinterpretq_s8_u8(veorq_u8(vld1q_u8(codes + 16 * q), vdupq_n_u8(128)));
        sums[2 * q] = vpadalq_s16(sums[2 * q], vmull_s8(vget_low_s8(four), person));
        sums[2 * q + 1] = vpadalq_s16(sums[2 * q + 1], vmull_s8(vget_high_s8(four), person));
    }
}

/* The bounds of four films, from their products. */
static inline float32x4_t bound(const tile_films *films, const tile_person *person, size_t film, int32x4_t products)
{
    const float32x4_t step = vmulq_n_f32(vld1q_f32(films->step + film), person->step);
    float32x4_t score = vmulq_f32(step, vcvtq_f32_s32(products));
    score = vfmaq_n_f32(score, vld1q_f32(films->length + film), person->per_length);
    score = vfmaq_n_f32(score, vld1q_f32(films->rest + film), person->per_rest);
    return vmulq_f32(score, power_of_two(vmulq_n_f32(vld1q_f32(films->log_likes + film), -person->exponent)));
}

static void bounds(const tile_films *films, const tile_person *person, float *upper, float *largest)
{
    const uint8_t *codes = films->codes;
    for (size_t tile = 0; tile < films->n_tiles; tile++) {
        int32x4_t sums[8];
        for (size_t i = 0; i < 8; i++)
            sums[i] = vdupq_n_s32(0);
        for (size_t g = 0; g < films->n_groups; g++, codes += TILE_FILMS * TILE_GROUP) {
            int32_t group;
            memcpy(&group, person->codes + g * TILE_GROUP, sizeof group);
            add_products(sums, codes, vreinterpret_s8_s32(vdup_n_s32(group)));
        }
        float32x4_t most = vdupq_n_f32(-INFINITY);
        for (size_t q = 0; q < 4; q++) {
            const size_t film = tile * TILE_FILMS + 4 * q;
            const float32x4_t four = bound(films, person, film, vpaddq_s32(sums[2 * q], sums[2 * q + 1]));
            vst1q_f32(upper + film, four);
            most = vmaxq_f32(most, four);
        }
        largest[tile] = vmaxvq_f32(most);
    }
}

const tile_kernels tiles_neon = {"neon", bounds};
