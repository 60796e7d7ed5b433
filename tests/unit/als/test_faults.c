/* What training makes of ratings and parameters that are hard on it: values that are finite, in a model that can be written and
 * opened, or BT_NUMERIC and no model.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "butaca/model.h"
#include "butaca/rating_model.h"
#include "support/tastes.h"
#include "support/test.h"

static bool are_finite(const float *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(values[i]))
            return false;
    return true;
}

/* Returns whether there is a model. */
static bool check_outcome(const bt_ratings *ratings, const bt_train_params *params)
{
    static bt_train_trace trace;
    bt_model *model = NULL, *opened = NULL;
    bt_error error = {0};
    const bt_status status = bt_model_train(ratings, params, NULL, &trace, &model, &error);
    if (status != BT_OK) {
        CHECK_STATUS(status, BT_NUMERIC);
        CHECK_CONTAINS(error.message, "regParam");
        CHECK(model == NULL);
        return false;
    }
    const bt_model_info *info = bt_model_describe(model);
    CHECK(are_finite(info->film_factors, info->n_films * info->params.rank));
    for (uint32_t i = 0; i < trace.n_iterations; i++)
        CHECK(isfinite(trace.loss[i]));
    CHECK_OK(bt_model_write(model, test_path("model"), NULL, &error), error);
    CHECK_OK(bt_model_open(test_path("model"), &opened, &error), error); /* refuses what isn't finite */
    bt_model_close(opened);
    bt_model_close(model);
    return true;
}

/* Copies of one person's ratings: equations of as little rank as can be. */
static bt_ratings *copies(size_t n_users, size_t n_films, uint8_t half_stars)
{
    bt_ratings *r = calloc(1, sizeof *r);
    uint64_t *offsets = calloc(n_users + 1, sizeof *offsets), *keys = calloc(n_users, sizeof *keys);
    uint32_t *ids = calloc(n_films, sizeof *ids), *films = calloc(n_users * n_films, sizeof *films);
    uint8_t *stars = malloc(n_users * n_films);
    uint32_t *times = calloc(n_users * n_films, sizeof *times);
    REQUIRE(r && offsets && keys && ids && films && stars && times);
    for (size_t u = 0; u < n_users; u++)
        offsets[u + 1] = (u + 1) * n_films;
    for (size_t i = 0; i < n_films; i++)
        ids[i] = (uint32_t)i + 1;
    for (size_t i = 0; i < n_users * n_films; i++)
        films[i] = (uint32_t)(i % n_films);
    memset(stars, half_stars, n_users * n_films);
    *r = (bt_ratings){.n_users = n_users,
                      .n_films = n_films,
                      .n_ratings = n_users * n_films,
                      .film_ids = ids,
                      .user_offsets = offsets,
                      .films = films,
                      .half_stars = stars,
                      .times = times,
                      .user_keys = "",
                      .user_key_at = keys,
                      .sources = "[]"};
    return r;
}

static void release(bt_ratings *r)
{
    free((void *)(uintptr_t)r->user_offsets);
    free((void *)(uintptr_t)r->user_key_at);
    free((void *)(uintptr_t)r->film_ids);
    free((void *)(uintptr_t)r->films);
    free((void *)(uintptr_t)r->half_stars);
    free((void *)(uintptr_t)r->times);
    free(r);
}

static bt_train_params params_of(uint32_t rank)
{
    bt_train_params params = bt_train_params_default();
    params.rank = rank;
    params.max_iter = 3;
    params.n_threads = 2;
    return params;
}

TEST(extreme_parameters_give_a_finite_model_or_an_error)
{
    const tastes_params shapes[] = {
        {.seed = 3, .n_users = 40, .n_films = 30, .n_groups = 3, .ratings_per_user = 12},
        {.seed = 3, .n_users = 250, .n_films = 60, .n_groups = 3, .ratings_per_user = 5}, /* short rows: rotated */
    };
    const double regs[] = {0.0, 1e-30, 1e-9, 1e9}, alphas[] = {1e-9, 4.0, 1e9}, aversions[] = {0.0, 0.3, 1e9};
    size_t n_models = 0;
    for (size_t shape = 0; shape < 2; shape++) {
        const bt_ratings *ratings = tastes_ratings(&shapes[shape]);
        for (size_t i = 0; i < 4 * 3 * 3; i++) {
            bt_train_params params = params_of(i % 2 == 0 ? 8 : 20);
            params.reg_param = regs[i % 4];
            params.alpha = alphas[i / 4 % 3];
            params.aversion = aversions[i / 12];
            n_models += check_outcome(ratings, &params);
        }
        bt_ratings_close(ratings);
    }
    CHECK(n_models >= 36); /* not by refusing everything */
}

TEST(people_who_all_rate_alike)
{
    const uint8_t stars[] = {1, 5, 10};
    for (size_t i = 0; i < 3; i++) {
        bt_ratings *ratings = copies(300, 12, stars[i]);
        bt_train_params params = params_of(16); /* the equations' rank is 1 */
        CHECK(check_outcome(ratings, &params));
        params.reg_param = 1e-12;
        check_outcome(ratings, &params);
        params.reg_param = 0.0;
        CHECK(check_outcome(ratings, &params) == (stars[i] == 1)); /* all rows are 0, or nothing decides */
        release(ratings);
    }
}

TEST(one_person_with_a_million_ratings)
{
    bt_ratings *ratings = copies(1, 1000000, 9);
    bt_train_params params = params_of(2);
    params.max_iter = 1;
    CHECK(check_outcome(ratings, &params));
    release(ratings);
}

TEST(predicted_ratings_stay_on_the_scale)
{
    const tastes_params shape = {.seed = 3, .n_users = 60, .n_films = 45, .n_groups = 3, .ratings_per_user = 12};
    const bt_ratings *ratings = tastes_ratings(&shape);
    const double regs[] = {0.0, 1e-30, 1e-9, 1e9};
    for (size_t i = 0; i < 4; i++) {
        for (uint32_t rank = 4; rank <= 40; rank += 18) {
            bt_rating_params params = bt_rating_params_default();
            params.rank = rank;
            params.max_iter = 3;
            params.reg_param = regs[i];
            bt_rating_model *model = NULL;
            bt_error error = {0};
            const bt_status status = bt_rating_model_train(ratings, &params, NULL, &model, &error);
            CHECK(status == BT_OK || status == BT_NUMERIC);
            if (status == BT_OK) {
                const bt_rating_model_info info = bt_rating_model_describe(model);
                CHECK(are_finite(info.user_factors, info.n_users * info.stride));
                CHECK(are_finite(info.film_factors, info.n_films * info.stride));
            }
            for (size_t u = 0; status == BT_OK && u < ratings->n_users; u++) {
                const double rating = bt_rating_model_predict(model, u, u % ratings->n_films);
                CHECK(rating >= 0.5 && rating <= 5.0);
            }
            bt_rating_model_close(model);
        }
    }
    bt_ratings_close(ratings);
}
