/* Vectors in whole numbers (search/vectors.h has the form). */
#include <math.h>

#include "search/vectors.h"

enum { HIGH_MAX = 127, VALUE_MAX = 256 * HIGH_MAX };

static float largest(const float *x, size_t n)
{
    float most = 0;
    for (size_t i = 0; i < n; i++)
        most = fabsf(x[i]) > most ? fabsf(x[i]) : most;
    return most;
}

/* The nearest whole number, halves away from 0. */
static int32_t nearest(float x)
{
    return (int32_t)(x < 0 ? x - 0.5f : x + 0.5f);
}

float vectors_pack(const float *x, size_t n, int8_t *high, int8_t *low)
{
    const float most = largest(x, n);
    const float scale = most / VALUE_MAX, steps = most > 0 ? VALUE_MAX / most : 0;
    for (size_t i = 0; i < n; i++) {
        const int32_t value = nearest(x[i] * steps);
        const int32_t upper = (value + 128 + 256 * 128) / 256 - 128; /* rounded, so that the rest fits into a signed byte */
        high[i] = (int8_t)upper;
        low[i] = (int8_t)(value - 256 * upper);
    }
    return scale;
}

float vectors_quantize(const float *x, size_t n, int16_t *out)
{
    const float most = largest(x, n), steps = most > 0 ? VECTORS_QUERY_MAX / most : 0;
    for (size_t i = 0; i < n; i++)
        out[i] = (int16_t)nearest(x[i] * steps);
    return most / VECTORS_QUERY_MAX;
}
