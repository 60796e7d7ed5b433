/* Seeded random numbers: SplitMix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators").
 *
 * The state is one 64-bit counter, so a stream for (seed, row) costs nothing to make and results don't depend on which thread
 * draws them. No libm: the same bytes on every machine. Not for secrets.
 */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdint.h>

typedef struct random_stream {
    uint64_t state;
} random_stream;

/* A stream of its own for each (seed, stream) pair. */
random_stream random_make(uint64_t seed, uint64_t stream);

/* The next 64 random bits. */
uint64_t random_next(random_stream *r);

/* Uniform in [0, 1), 53 bits. */
double random_unit(random_stream *r);

/* Uniform in [0, n), without modulo bias; n > 0. */
uint64_t random_below(random_stream *r, uint64_t n);

/* Mixes a 64-bit value into a well spread one: the hash behind seeded splits. */
uint64_t random_mix(uint64_t value);

#endif
