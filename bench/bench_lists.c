/* Ranked lists: what one list costs on one core, and what the lists of all users cost on all of them.
 *
 *     bench_lists [--films N] [--rank K] [--opinions N] [--limit N]
 *
 * One list is bt_recommend for a profile of N opinions: fold-in, scores of all films, the best `limit`, and with reasons every
 * opinion's share in each of them. Prints one JSON line for each way: the best time of a call. The model is trained for one
 * iteration on a generated set (bench/set.h): its values don't matter here.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench/set.h"
#include "butaca/model.h"
#include "butaca/profile.h"
#include "butaca/recommend.h"

enum { PASSES = 60, OPINIONS_MAX = 10000 };

static double seconds(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void stop(const bt_error *error)
{
    fprintf(stderr, "bench_lists: %s\n", error->message);
    exit(1);
}

/* Every fourth opinion is a dislike; films are spread over the catalogue. */
static void make_opinions(bt_opinion *opinions, size_t n, size_t n_films)
{
    for (size_t i = 0; i < n; i++)
        opinions[i] = (bt_opinion){.film_id = (uint32_t)(1 + i * n_films / n), .half_stars = i % 4 == 3 ? 3 : 9, .seen = true};
}

static void measure(const bt_model *model, const bt_profile *profile, size_t limit, bool explain)
{
    bt_recommend_params params = bt_recommend_params_default();
    params.limit = limit;
    params.explain = explain;
    double best = 1e9;
    for (size_t pass = 0; pass < PASSES; pass++) {
        bt_list *list = NULL;
        bt_error error = {0};
        const double begin = seconds();
        if (bt_recommend(model, profile, &params, &list, &error) != BT_OK)
            stop(&error);
        bt_list_free(list);
        const double taken = seconds() - begin;
        best = taken < best ? taken : best;
    }
    const bt_model_info *info = bt_model_describe(model);
    printf("{\"what\": \"list\", \"reasons\": %s, \"films\": %zu, \"rank\": %u, \"opinions\": %zu, \"limit\": %zu, \"ms\": "
           "%.3f}\n",
           explain ? "true" : "false", info->n_films, info->params.rank, profile->n_opinions, limit, best * 1e3);
}

int main(int argc, char **argv)
{
    set_shape s = {.n_films = 60000};
    size_t rank = 64, n_opinions = 100, limit = 20;
    set_option(argc, argv, "--films", &s.n_films);
    set_option(argc, argv, "--rank", &rank);
    set_option(argc, argv, "--opinions", &n_opinions);
    set_option(argc, argv, "--limit", &limit);
    s.n_users = s.n_films / 4;
    s.n_ratings = 10 * s.n_films;
    if (n_opinions > OPINIONS_MAX || n_opinions > s.n_films || s.n_users == 0) {
        fputs("bench_lists: too many opinions or too few films\n", stderr);
        return 2;
    }

    const bt_ratings ratings = set_make(&s);
    bt_train_params params = bt_train_params_default();
    params.rank = (uint32_t)rank;
    params.max_iter = 1;
    bt_model *model = NULL;
    bt_error error = {0};
    if (bt_model_train(&ratings, &params, NULL, NULL, &model, &error) != BT_OK)
        stop(&error);
    static bt_opinion opinions[OPINIONS_MAX];
    make_opinions(opinions, n_opinions, s.n_films);
    const bt_profile profile = {opinions, n_opinions};
    measure(model, &profile, limit, false);
    measure(model, &profile, limit, true);
    bt_model_close(model);
    return 0;
}
