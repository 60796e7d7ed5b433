/* The encoders use the instruction set that the other kernels use. */
#include "simd/layers.h"

#include <string.h>

#include "base/error.h"
#include "simd/simd.h"

const layer_kernels *layers_named(const char *name)
{
#if defined(__x86_64__)
    if (strcmp(name, layers_avx2.name) == 0)
        return &layers_avx2;
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
