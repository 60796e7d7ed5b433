/* The encoders use the instruction set that the other kernels use. */
#include "simd/layers.h"

#include <string.h>

#include "base/error.h"
#include "simd/simd.h"

void layers_pack(const float *matrix, size_t k, size_t n, float *packed)
{
    for (size_t j = 0; j < n; j += LAYER_COLUMNS)
        for (size_t i = 0; i < k; i++, packed += LAYER_COLUMNS)
            memcpy(packed, matrix + i * n + j, LAYER_COLUMNS * sizeof *packed);
}

const layer_kernels *layers_named(const char *name)
{
#if defined(__x86_64__)
    if (strcmp(name, layers_avx2.name) == 0)
        return &layers_avx2;
#elif defined(__aarch64__)
    if (strcmp(name, layers_neon.name) == 0)
        return &layers_neon;
#endif
    return strcmp(name, layers_scalar.name) == 0 ? &layers_scalar : NULL;
}

bt_status layers_select(const layer_kernels **out, bt_error *error)
{
    const simd_kernels *simd;
    *out = NULL;
    const bt_status status = simd_select(&simd, error);
    if (status != BT_OK)
        return status;
    const layer_kernels *found = layers_named(simd->name);
    *out = found != NULL ? found : &layers_scalar;
    return BT_OK;
}
