/* bench_peak: how fast this machine reads and copies memory, on one thread and on all, as one line of JSON: what other figures are
 * to be seen beside. The best of five passes over 512 MiB; a copy of n bytes counts n, though it moves 2 n.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/pool.h"

enum { WORDS = 1 << 26, PIECES = 64, PASSES = 5 };

typedef struct peak {
    uint64_t *from, *to;
    uint64_t sums[PIECES];
} peak;

static double seconds(void)
{
    struct timespec t = {0};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Eight sums, so that no addition waits for the one before. */
static void read_piece(void *context, size_t piece, size_t lane)
{
    (void)lane;
    peak *p = context;
    const uint64_t *words = p->from + piece * (WORDS / PIECES);
    uint64_t sums[8] = {0};
    for (size_t i = 0; i < WORDS / PIECES; i += 8)
        for (size_t j = 0; j < 8; j++)
            sums[j] += words[i + j];
    p->sums[piece] = sums[0] + sums[1] + sums[2] + sums[3] + sums[4] + sums[5] + sums[6] + sums[7];
}

static void copy_piece(void *context, size_t piece, size_t lane)
{
    (void)lane;
    peak *p = context;
    const size_t at = piece * (WORDS / PIECES);
    memcpy(p->to + at, p->from + at, WORDS / PIECES * sizeof *p->to);
}

/* GB/s of the best pass. */
static double best(pool *threads, pool_work *work, peak *p)
{
    double least = 1e9;
    for (size_t i = 0; i < PASSES; i++) {
        const double begin = seconds();
        pool_run(threads, PIECES, work, p);
        const double taken = seconds() - begin;
        least = taken < least ? taken : least;
    }
    return WORDS * sizeof(uint64_t) / least / 1e9;
}

static void measure(peak *p, pool *one, pool *all)
{
    memset(p->from, 1, WORDS * sizeof *p->from);
    memset(p->to, 2, WORDS * sizeof *p->to);
    const double read_one = best(one, read_piece, p), read_all = best(all, read_piece, p);
    const double copy_one = best(one, copy_piece, p), copy_all = best(all, copy_piece, p);
    printf("{\"threads\": %zu, \"read_one\": %.1f, \"read_all\": %.1f, \"copy_one\": %.1f, \"copy_all\": %.1f}\n",
           pool_lanes(all), read_one, read_all, copy_one, copy_all);
}

int main(void)
{
    peak p = {.from = malloc(WORDS * sizeof *p.from), .to = malloc(WORDS * sizeof *p.to)};
    pool *one = NULL, *all = NULL;
    const bool ready = p.from && p.to && pool_create(1, &one, NULL) == BT_OK && pool_create(0, &all, NULL) == BT_OK;
    if (ready)
        measure(&p, one, all);
    else
        fprintf(stderr, "bench_peak: no memory\n");
    pool_free(one);
    pool_free(all);
    free(p.from);
    free(p.to);
    return ready ? 0 : 1;
}
