/* Seconds per iteration of exact ALS on a generated set with the shape of MovieLens latest: most people rate a few dozen films, a
 * few rate thousands, and a handful of films have been rated by a third of all people. Generated data measures speed, never
 * quality.
 *
 *     bench_als [--ratings N] [--users N] [--films N] [--rank K] [--iterations N] [--threads N] [--losses]
 *
 * Prints one JSON line. The time of the objective (--losses) is not part of an iteration. Memory: 9 bytes a rating for the set,
 * beside what training takes.
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/random.h"
#include "butaca/model.h"
#include "simd/simd.h"

typedef struct shape {
    size_t n_ratings, n_users, n_films;
} shape;

static void *take(size_t n, size_t size)
{
    void *block = calloc(n > 0 ? n : 1, size);
    if (block == NULL) {
        fputs("bench_als: no memory\n", stderr);
        exit(1);
    }
    return block;
}

/* --- the set ------------------------------------------------------------------------------------------------------------ */

/* A standard normal deviate (Box and Muller 1958). */
static double normal(random_stream *random)
{
    const double radius = sqrt(-2.0 * log(1.0 - random_unit(random)));
    return radius * cos(2.0 * 3.14159265358979323846 * random_unit(random));
}

/* How many films each user rates: log-normal with a median of a third of the mean, as in MovieLens latest. */
static uint64_t *draw_offsets(const shape *s, random_stream *random)
{
    uint64_t *offsets = take(s->n_users + 1, sizeof *offsets);
    const double mean = (double)s->n_ratings / (double)s->n_users, sigma = sqrt(2.0 * log(3.0));
    for (size_t u = 0; u < s->n_users; u++) {
        const double n = mean / 3.0 * exp(sigma * normal(random)), most = 0.2 * (double)s->n_films;
        offsets[u + 1] = offsets[u] + (uint64_t)(n < 1.0 ? 1.0 : n > most ? most : n);
    }
    return offsets;
}

static int ascending(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Different films, ascending; low numbers are popular, with a density that falls like a power of the number. */
static void draw_films(const shape *s, random_stream *random, uint32_t *films, size_t n, uint32_t *seen, uint32_t mark)
{
    for (size_t i = 0; i < n;) {
        const double at = pow(random_unit(random), 3.2);
        const uint32_t film = (uint32_t)(at * (double)s->n_films);
        if (seen[film] == mark)
            continue;
        seen[film] = mark;
        films[i++] = film;
    }
    qsort(films, n, sizeof *films, ascending);
}

static bt_ratings make_ratings(const shape *s)
{
    static const uint8_t stars[20] = {1, 2, 2, 3, 4, 4, 5, 6, 6, 6, 6, 7, 7, 8, 8, 8, 8, 9, 10, 10}; /* MovieLens' shares */
    random_stream random = random_make(20, 1);
    uint64_t *offsets = draw_offsets(s, &random);
    const size_t n = (size_t)offsets[s->n_users];
    uint32_t *ids = take(s->n_films, sizeof *ids), *films = take(n, sizeof *films), *seen = take(s->n_films, sizeof *seen);
    uint8_t *half_stars = take(n, 1);
    for (size_t f = 0; f < s->n_films; f++)
        ids[f] = (uint32_t)f + 1;
    for (size_t u = 0; u < s->n_users; u++)
        draw_films(s, &random, films + offsets[u], (size_t)(offsets[u + 1] - offsets[u]), seen, (uint32_t)u + 1);
    for (size_t i = 0; i < n; i++)
        half_stars[i] = stars[random_below(&random, 20)];
    free(seen);
    return (bt_ratings){
        .n_users = s->n_users,
        .n_films = s->n_films,
        .n_ratings = n,
        .film_ids = ids,
        .user_offsets = offsets,
        .films = films,
        .half_stars = half_stars,
        .times = take(n, sizeof(uint32_t)),
        .user_keys = "",
        .user_key_at = take(s->n_users, sizeof(uint64_t)),
        .sources = "[]",
    };
}

/* --- time --------------------------------------------------------------------------------------------------------------- */

static double seconds(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double processor_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_utime.tv_sec + 1e-6 * (double)usage.ru_utime.tv_usec;
}

typedef struct duration {
    double wall, processor; /* of all threads together: what a busy machine doesn't change much */
} duration;

static duration train(const bt_ratings *ratings, const bt_train_params *params, bt_train_trace *trace)
{
    bt_model *model = NULL;
    bt_error error = {0};
    const duration start = {seconds(), processor_seconds()};
    if (bt_model_train(ratings, params, NULL, trace, &model, &error) != BT_OK) {
        fprintf(stderr, "bench_als: %s\n", error.message);
        exit(1);
    }
    bt_model_close(model);
    return (duration){seconds() - start.wall, processor_seconds() - start.processor};
}

static bool option(int argc, char **argv, const char *name, size_t *value)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], name) != 0)
            continue;
        if (value != NULL && i + 1 < argc)
            *value = (size_t)strtoull(argv[i + 1], NULL, 10);
        return true;
    }
    return false;
}

int main(int argc, char **argv)
{
    shape s = {22300000, 260000, 55000};
    size_t rank = 64, n_iterations = 3, n_threads = 0;
    option(argc, argv, "--ratings", &s.n_ratings);
    option(argc, argv, "--users", &s.n_users);
    option(argc, argv, "--films", &s.n_films);
    option(argc, argv, "--rank", &rank);
    option(argc, argv, "--iterations", &n_iterations);
    option(argc, argv, "--threads", &n_threads);

    const bt_ratings ratings = make_ratings(&s);
    bt_train_params params = bt_train_params_default();
    params.rank = (uint32_t)rank;
    params.n_threads = (uint32_t)n_threads;
    params.max_iter = 1; /* what comes before and after the iterations is in both, and goes by subtraction */
    const duration once = train(&ratings, &params, NULL);
    params.max_iter = (uint32_t)n_iterations + 1;
    const duration all = train(&ratings, &params, NULL);

    const simd_kernels *simd = NULL;
    simd_select(&simd, NULL);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    const double n = (double)n_iterations, wall = (all.wall - once.wall) / n;
    printf("{\"what\": \"als\", \"simd\": \"%s\", \"ratings\": %zu, \"users\": %zu, \"films\": %zu, \"rank\": %zu, "
           "\"threads\": %zu, "
           "\"seconds_per_iteration\": %.3f, \"processor_seconds_per_iteration\": %.3f, \"seconds_around\": %.3f, "
           "\"peak_mb\": %ld}\n",
           simd->name, ratings.n_ratings, s.n_users, s.n_films, rank, n_threads, wall, (all.processor - once.processor) / n,
           once.wall - wall, usage.ru_maxrss / 1024);
    if (option(argc, argv, "--losses", NULL)) {
        static bt_train_trace trace;
        train(&ratings, &params, &trace);
        for (uint32_t i = 0; i < trace.n_iterations; i++)
            printf("{\"iteration\": %u, \"loss\": %.9g}\n", i + 1, trace.loss[i]);
    }
    return 0;
}
