/* The loops between the encoders' products, included by one file for each instruction set: plain C that compilers turn into
 * vectors. Sums run in 16 lanes that are added in one order, so all instruction sets give the same bits.
 */
#ifndef SIMD_LAYER_LOOPS_H
#define SIMD_LAYER_LOOPS_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "simd/layers.h"

enum { LOOP_LANES = 16 };

static inline float loop_sum_lanes(const float lanes[LOOP_LANES])
{
    float sums[LOOP_LANES];
    memcpy(sums, lanes, sizeof sums);
    for (size_t half = LOOP_LANES / 2; half > 0; half /= 2)
        for (size_t i = 0; i < half; i++)
            sums[i] += sums[i + half];
    return sums[0];
}

static float loop_sum(const float *x, size_t n)
{
    float lanes[LOOP_LANES] = {0};
    for (size_t i = 0; i < n; i += LOOP_LANES)
        for (size_t lane = 0; lane < LOOP_LANES; lane++)
            lanes[lane] += x[i + lane];
    return loop_sum_lanes(lanes);
}

/* Sum of (x - center)^2. */
static float loop_squares(const float *x, float center, size_t n)
{
    float lanes[LOOP_LANES] = {0};
    for (size_t i = 0; i < n; i += LOOP_LANES)
        for (size_t lane = 0; lane < LOOP_LANES; lane++) {
            const float d = x[i + lane] - center;
            lanes[lane] += d * d;
        }
    return loop_sum_lanes(lanes);
}

/* exp for x in [-87, 88], as Cephes has it: x = n ln 2 + r, a polynomial for r, the exponent's bits for n. Within 2 ulp. */
static inline float loop_exp(float x)
{
    const float rounding = 12582912.0f; /* 1.5 * 2^23: adding it leaves the nearest whole number in the last bits */
    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    const float shifted = x * 1.44269504088896341f + rounding;
    const float n = shifted - rounding;
    const float r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    int32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    const int32_t power = (int32_t)((uint32_t)(bits + 127) << 23);
    float scale;
    memcpy(&scale, &power, sizeof scale);
    return p * scale;
}

/* The error function by Abramowitz and Stegun 7.1.26: within 1.5e-7. */
static inline float loop_erf(float x)
{
    const float a = fabsf(x);
    const float t = 1.0f / (1.0f + 0.3275911f * a);
    float p = 1.061405429f;
    p = p * t - 1.453152027f;
    p = p * t + 1.421413741f;
    p = p * t - 0.284496736f;
    p = p * t + 0.254829592f;
    const float y = 1.0f - p * t * loop_exp(-a * a);
    return x < 0.0f ? -y : y;
}

static void loop_dequantize(const uint8_t *bytes, size_t n, float scale, float low, float *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (float)bytes[i] * scale + low;
}

static void loop_add(float *x, const float *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] += y[i];
}

static void loop_relu_add(float *x, const float *bias, const float *residual, size_t n)
{
    if (residual == NULL) {
        for (size_t i = 0; i < n; i++)
            x[i] = x[i] + bias[i] > 0.0f ? x[i] + bias[i] : 0.0f;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const float sum = x[i] + bias[i];
        x[i] = (sum > 0.0f ? sum : 0.0f) + residual[i];
    }
}

static void loop_gelu(float *x, const float *bias, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const float sum = x[i] + bias[i];
        x[i] = 0.5f * sum * (1.0f + loop_erf(sum * 0.70710678118654752f));
    }
}

static void loop_layer_norm(float *x, const float *gain, const float *shift, float epsilon, size_t n)
{
    const float mean = loop_sum(x, n) / (float)n;
    const float factor = 1.0f / sqrtf(loop_squares(x, mean, n) / (float)n + epsilon);
    for (size_t i = 0; i < n; i++)
        x[i] = (x[i] - mean) * factor * gain[i] + shift[i];
}

static void loop_standardize_add(float *sum, const float *x, float epsilon, size_t n)
{
    const float mean = loop_sum(x, n) / (float)n;
    const float factor = 1.0f / sqrtf(loop_squares(x, mean, n) / (float)n + epsilon);
    for (size_t i = 0; i < n; i++)
        sum[i] += (x[i] - mean) * factor;
}

static float loop_max(const float *x, size_t n)
{
    float lanes[LOOP_LANES];
    for (size_t lane = 0; lane < LOOP_LANES; lane++)
        lanes[lane] = x[0];
    size_t i = 0;
    for (; i + LOOP_LANES <= n; i += LOOP_LANES)
        for (size_t lane = 0; lane < LOOP_LANES; lane++)
            lanes[lane] = x[i + lane] > lanes[lane] ? x[i + lane] : lanes[lane];
    for (; i < n; i++)
        lanes[0] = x[i] > lanes[0] ? x[i] : lanes[0];
    for (size_t lane = 1; lane < LOOP_LANES; lane++)
        lanes[0] = lanes[lane] > lanes[0] ? lanes[lane] : lanes[0];
    return lanes[0];
}

static void loop_softmax(float *x, float scale, size_t n)
{
    const float largest = loop_max(x, n);
    for (size_t i = 0; i < n; i++)
        x[i] = loop_exp((x[i] - largest) * scale);
    const size_t whole = n - n % LOOP_LANES;
    float sum = loop_sum(x, whole);
    for (size_t i = whole; i < n; i++)
        sum += x[i];
    const float factor = 1.0f / sum;
    for (size_t i = 0; i < n; i++)
        x[i] *= factor;
}

static void loop_unit(float *x, float epsilon, size_t n)
{
    const float squares = loop_squares(x, 0.0f, n);
    const float factor = 1.0f / sqrtf(squares > epsilon ? squares : epsilon);
    for (size_t i = 0; i < n; i++)
        x[i] *= factor;
}

/* The loops of a table, in its order, behind the product. */
#define LAYER_LOOPS \
    loop_dequantize, loop_add, loop_relu_add, loop_gelu, loop_layer_norm, loop_standardize_add, loop_softmax, loop_unit

#endif
