/* Seconds per iteration of exact ALS on a generated set (bench/set.h).
 *
 *     bench_als [--ratings N] [--users N] [--films N] [--rank K] [--iterations N] [--threads N] [--block | --exact] [--losses]
 *
 * Prints one JSON line. The time of the objective (--losses) is not part of an iteration. Memory: 9 bytes a rating for the set,
 * beside what training takes.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "bench/set.h"
#include "butaca/model.h"
#include "simd/simd.h"

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

int main(int argc, char **argv)
{
    set_shape s = {22300000, 260000, 55000};
    size_t rank = 64, n_iterations = 3, n_threads = 0;
    set_option(argc, argv, "--ratings", &s.n_ratings);
    set_option(argc, argv, "--users", &s.n_users);
    set_option(argc, argv, "--films", &s.n_films);
    set_option(argc, argv, "--rank", &rank);
    set_option(argc, argv, "--iterations", &n_iterations);
    set_option(argc, argv, "--threads", &n_threads);

    const bt_ratings ratings = set_make(&s);
    bt_train_params params = bt_train_params_default();
    params.rank = (uint32_t)rank;
    params.n_threads = (uint32_t)n_threads;
    params.solver = set_option(argc, argv, "--block", NULL)   ? BT_SOLVER_BLOCK
                    : set_option(argc, argv, "--exact", NULL) ? BT_SOLVER_EXACT
                                                              : BT_SOLVER_AUTO;
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
    if (set_option(argc, argv, "--losses", NULL)) {
        static bt_train_trace trace;
        train(&ratings, &params, &trace);
        for (uint32_t i = 0; i < trace.n_iterations; i++)
            printf("{\"iteration\": %u, \"loss\": %.9g}\n", i + 1, trace.loss[i]);
    }
    return 0;
}
