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

enum { MAX_CANDIDATES = 2, NAME_SIZE = 32 };

static candidate candidates[MAX_CANDIDATES]; /* the best last */
static size_t n_candidates;
static char wanted[NAME_SIZE]; /* BUTACA_SIMD, cut off if it is longer than any name */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void probe(void)
{
    candidates[n_candidates++] = (candidate){&simd_scalar, true};
#if defined(__x86_64__)
    __builtin_cpu_init();
    candidates[n_candidates++] = (candidate){&simd_avx2, __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")};
#elif defined(__aarch64__)
    candidates[n_candidates++] = (candidate){&simd_neon, true};
#endif
    const char *environment = getenv("BUTACA_SIMD");
    if (environment != NULL)
        strncpy(wanted, environment, NAME_SIZE - 1);
}

bt_status simd_find(const char *name, const simd_kernels **out, bt_error *error)
{
    pthread_once(&once, probe);
    *out = NULL;
    for (size_t i = 0; i < n_candidates; i++) {
        const candidate *c = &candidates[i];
        const bool is_named = name == NULL || *name == '\0' || strcmp(c->kernels->name, name) == 0;
        if (is_named && c->runs_here)
            *out = c->kernels;
        else if (is_named && name != NULL && *name != '\0')
            return error_set(error, BT_UNSUPPORTED,
                             "BUTACA_SIMD=%s: this processor doesn't have it; unset it, or set it to scalar", name);
    }
    if (*out != NULL)
        return BT_OK;
    return error_set(
        error, BT_INVALID_ARGUMENT,
        "BUTACA_SIMD=%s: expected scalar, avx2 (x86-64) or neon (64-bit ARM); unset it to let the processor decide", name);
}

bt_status simd_select(const simd_kernels **out, bt_error *error)
{
    pthread_once(&once, probe);
    return simd_find(wanted, out, error);
}

const simd_kernels *simd_available(size_t i)
{
    pthread_once(&once, probe);
    for (size_t at = 0; at < n_candidates; at++)
        if (candidates[at].runs_here && i-- == 0)
            return candidates[at].kernels;
    return NULL;
}
