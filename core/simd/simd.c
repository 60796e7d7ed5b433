/* Picks the kernel table: asks the processor and the environment once. */
#include "simd/simd.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

typedef struct candidate {
    const simd_kernels *kernels;
    bool runs_here;
} candidate;

enum { MAX_CANDIDATES = 2, NAME_MAX_SHOWN = 32 };

static candidate candidates[MAX_CANDIDATES]; /* worst first */
static size_t n_candidates;
static const simd_kernels *selected; /* NULL: BUTACA_SIMD can't be followed */
static bool name_is_known;
static char wanted_name[NAME_MAX_SHOWN];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void probe(void)
{
    candidates[n_candidates++] = (candidate){&simd_scalar, true};
#if defined(__x86_64__)
    __builtin_cpu_init();
    const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    candidates[n_candidates++] = (candidate){&simd_avx2, has_avx2};
#endif
    const char *wanted = getenv("BUTACA_SIMD");
    if (wanted == NULL || *wanted == '\0') {
        for (size_t i = 0; i < n_candidates; i++)
            if (candidates[i].runs_here)
                selected = candidates[i].kernels;
        return;
    }
    strncpy(wanted_name, wanted, NAME_MAX_SHOWN - 1);
    for (size_t i = 0; i < n_candidates; i++) {
        if (strcmp(candidates[i].kernels->name, wanted) != 0)
            continue;
        name_is_known = true;
        if (candidates[i].runs_here)
            selected = candidates[i].kernels;
    }
}

bt_status simd_select(const simd_kernels **out, bt_error *error)
{
    pthread_once(&once, probe);
    *out = selected;
    if (selected != NULL)
        return BT_OK;
    if (name_is_known)
        return error_set(error, BT_UNSUPPORTED,
                         "BUTACA_SIMD=%s: this processor doesn't have it; unset BUTACA_SIMD, or set it to scalar", wanted_name);
    return error_set(error, BT_INVALID_ARGUMENT,
                     "BUTACA_SIMD=%s: expected scalar or avx2; unset it to let the processor decide", wanted_name);
}

const simd_kernels *simd_available(size_t i)
{
    pthread_once(&once, probe);
    for (size_t at = 0; at < n_candidates; at++)
        if (candidates[at].runs_here && i-- == 0)
            return candidates[at].kernels;
    return NULL;
}
