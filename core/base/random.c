#include "base/random.h"

static const uint64_t golden_gamma = 0x9E3779B97F4A7C15u; /* 2^64 / phi, odd */

uint64_t random_mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
    return value ^ (value >> 31);
}

random_stream random_make(uint64_t seed, uint64_t stream)
{
    return (random_stream){random_mix(seed + golden_gamma) ^ random_mix(stream * golden_gamma + 1)};
}

uint64_t random_next(random_stream *r)
{
    r->state += golden_gamma;
    return random_mix(r->state);
}

double random_unit(random_stream *r)
{
    return (double)(random_next(r) >> 11) * 0x1p-53;
}

uint64_t random_below(random_stream *r, uint64_t n)
{
    /* Values under `threshold` would make the first residues likelier: draw again. */
    const uint64_t threshold = (UINT64_MAX - n + 1) % n;
    uint64_t value = random_next(r);
    while (value < threshold)
        value = random_next(r);
    return value % n;
}
