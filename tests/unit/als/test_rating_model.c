/* The rating model against the same alternation written out plainly in float64; its edges; factors that must not be negative. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "als/dense.h"
#include "als/nonnegative.h"
#include "base/random.h"
#include "butaca/evaluate.h"
#include "butaca/rating_model.h"
#include "support/tastes.h"
#include "support/test.h"

static const tastes_params few = {.seed = 3, .n_users = 60, .n_films = 45, .n_groups = 3, .ratings_per_user = 12};

static bt_rating_params small_params(uint32_t rank)
{
    bt_rating_params params = bt_rating_params_default();
    params.rank = rank;
    params.max_iter = 4;
    params.n_threads = 2;
    return params;
}

static bt_rating_model *train(const bt_ratings *ratings, const bt_rating_params *params)
{
    bt_rating_model *model = NULL;
    bt_error error = {0};
    CHECK_OK(bt_rating_model_train(ratings, params, NULL, &model, &error), error);
    return model;
}

/* --- the reference: k factors, 1, bias a row, as the model's are, in float64 -------------------------------------------------- */

typedef struct reference {
    const bt_ratings *ratings;
    const bt_rating_params *params;
    double mean, *users, *films;
} reference;

/* Solves one row of `rows` from the other side's; is_user: which side it is. */
static void solve_row(const reference *r, bool is_user, size_t row)
{
    const size_t k = r->params->rank, n = k + 1, width = k + 2;
    double *a = calloc(n * n, sizeof *a), *b = calloc(n, sizeof *b);
    double *own = (is_user ? r->users : r->films) + row * width;
    size_t count = 0;
    for (size_t u = 0; u < r->ratings->n_users; u++) {
        for (uint64_t at = r->ratings->user_offsets[u]; at < r->ratings->user_offsets[u + 1]; at++) {
            const size_t film = r->ratings->films[at];
            if ((is_user ? u : film) != row)
                continue;
            const double *z = is_user ? r->films + film * width : r->users + u * width;
            const double target = 0.5 * r->ratings->half_stars[at] - r->mean - z[n];
            count++;
            for (size_t i = 0; i < n; i++) {
                b[i] += target * z[i];
                for (size_t j = 0; j < n; j++)
                    a[i * n + j] += z[i] * z[j];
            }
        }
    }
    for (size_t i = 0; i < n; i++)
        a[i * n + i] += i < k ? r->params->reg_param * (double)count : r->params->reg_bias;
    memset(own, 0, width * sizeof *own);
    if (count > 0) {
        REQUIRE(dense_cholesky(a, n, n));
        dense_substitute(a, n, n, b);
        memcpy(own, b, n * sizeof *b);
    }
    own[n] = own[k];
    own[k] = 1.0;
    free(a);
    free(b);
}

static reference reference_train(const bt_ratings *ratings, const bt_rating_params *params)
{
    const size_t k = params->rank, width = k + 2;
    reference r = {.ratings = ratings, .params = params};
    r.users = calloc(ratings->n_users * width, sizeof *r.users);
    r.films = calloc(ratings->n_films * width, sizeof *r.films);
    REQUIRE(r.users && r.films);
    for (size_t i = 0; i < ratings->n_ratings; i++)
        r.mean += 0.5 * ratings->half_stars[i] / (double)ratings->n_ratings;
    for (size_t film = 0; film < ratings->n_films; film++) {
        random_stream random = random_make(params->seed, film);
        for (size_t i = 0; i < k; i++)
            r.films[film * width + i] = 0.1 * sqrt(3.0 / (double)width) * (2.0 * random_unit(&random) - 1.0);
        r.films[film * width + k] = 1.0;
    }
    for (uint32_t iteration = 0; iteration < params->max_iter; iteration++) {
        for (size_t u = 0; u < ratings->n_users; u++)
            solve_row(&r, true, u);
        for (size_t i = 0; i < ratings->n_films; i++)
            solve_row(&r, false, i);
    }
    return r;
}

static void check_against_reference(const bt_ratings *ratings, const bt_rating_params *params)
{
    reference r = reference_train(ratings, params);
    bt_rating_model *model = train(ratings, params);
    const size_t k = params->rank, width = k + 2;
    for (size_t u = 0; u < ratings->n_users; u++) {
        for (size_t film = 0; film < ratings->n_films; film++) {
            const double *x = r.users + u * width, *y = r.films + film * width;
            double expected = r.mean + x[k + 1] + y[k + 1];
            for (size_t i = 0; i < k; i++)
                expected += x[i] * y[i];
            expected = fmin(fmax(expected, 0.5), 5.0);
            if (!CHECK_NEAR(bt_rating_model_predict(model, u, film), expected, 1e-3))
                return;
        }
    }
    bt_rating_model_close(model);
    free(r.users);
    free(r.films);
}

/* --- tests ------------------------------------------------------------------------------------------------------------------ */

TEST(predictions_follow_float64)
{
    const bt_ratings *ratings = tastes_ratings(&few);
    const uint32_t ranks[] = {0, 1, 8, 13, 14, 30};
    for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++) {
        bt_rating_params params = small_params(ranks[i]);
        check_against_reference(ratings, &params);
        params.reg_param = 0.02;
        params.max_iter = 2;
        check_against_reference(ratings, &params);
    }
    bt_ratings_close(ratings);
}

TEST(factors_say_more_than_biases)
{
    const tastes_params many = {.seed = 5, .n_users = 400, .n_films = 120, .n_groups = 4, .ratings_per_user = 30};
    const bt_ratings *ratings = tastes_ratings(&many);
    bt_rating_params params = small_params(8);
    params.max_iter = 10;
    for (int nonnegative = 0; nonnegative < 2; nonnegative++) {
        params.nonnegative = nonnegative == 1;
        bt_rating_evaluation result;
        bt_error error = {0};
        CHECK_OK(bt_evaluate_rmse(ratings, &params, 1, NULL, &result, &error), error);
        CHECK_INT(result.n_held_out + result.n_trained, ratings->n_ratings);
        CHECK_NEAR((double)result.n_held_out / (double)ratings->n_ratings, 0.1, 0.01);
        CHECK(result.als.rmse < 0.9 * result.biases.rmse);
        CHECK(result.als.mae < result.als.rmse);
    }
    bt_ratings_close(ratings);
}

TEST(the_number_of_threads_changes_no_byte)
{
    const bt_ratings *ratings = tastes_ratings(&few);
    bt_rating_params params = small_params(8);
    params.n_threads = 1;
    bt_rating_model *one = train(ratings, &params);
    params.n_threads = 5;
    bt_rating_model *five = train(ratings, &params);
    const bt_rating_model_info a = bt_rating_model_describe(one), b = bt_rating_model_describe(five);
    CHECK_BYTES(b.user_factors, a.user_factors, a.n_users * a.stride * sizeof(float));
    CHECK_BYTES(b.film_factors, a.film_factors, a.n_films * a.stride * sizeof(float));
    bt_rating_model_close(one);
    bt_rating_model_close(five);
    bt_ratings_close(ratings);
}

TEST(constant_ratings_are_predicted)
{
    const bt_ratings *drawn = tastes_ratings(&few);
    uint8_t *stars = malloc(drawn->n_ratings);
    REQUIRE(stars != NULL);
    memset(stars, 7, drawn->n_ratings);
    bt_ratings ratings = *drawn;
    ratings.half_stars = stars;
    const bt_rating_params params = small_params(8);
    bt_rating_model *model = train(&ratings, &params);
    for (size_t film = 0; film < ratings.n_films; film++)
        CHECK(bt_rating_model_predict(model, 3, film) == 3.5);
    bt_rating_model_close(model);
    free(stars);
    bt_ratings_close(drawn);
}

TEST(factors_are_not_negative_if_asked_for)
{
    const bt_ratings *ratings = tastes_ratings(&few);
    bt_rating_params params = small_params(6);
    params.nonnegative = true;
    bt_rating_model *model = train(ratings, &params);
    const bt_rating_model_info info = bt_rating_model_describe(model);
    size_t n_zero = 0, n_positive = 0;
    for (size_t film = 0; film < info.n_films; film++) {
        for (size_t i = 0; i < 6; i++) {
            const float value = info.film_factors[film * info.stride + i];
            CHECK(value >= 0.0f);
            n_zero += value == 0.0f;
            n_positive += value > 0.0f;
        }
    }
    CHECK(n_zero > 0 && n_positive > 0);
    bt_rating_model_close(model);
    bt_ratings_close(ratings);
}

TEST(nonnegative_solutions_obey_karush_kuhn_tucker)
{
    enum { N = 12, BOUND = 11, LD = 16 };
    random_stream random = random_make(4, 4);
    for (int round = 0; round < 50; round++) {
        double rows[2 * N][N], a[N * LD] = {0}, b[N], x[N] = {0}, gradient[N];
        for (size_t r = 0; r < 2 * N; r++)
            for (size_t i = 0; i < N; i++)
                rows[r][i] = 2.0 * random_unit(&random) - 1.0;
        for (size_t i = 0; i < N; i++) {
            b[i] = 2.0 * random_unit(&random) - 1.0;
            for (size_t j = 0; j < N; j++)
                for (size_t r = 0; r < 2 * N; r++)
                    a[i * LD + j] += rows[r][i] * rows[r][j];
        }
        REQUIRE(nonnegative_solve(a, N, BOUND, LD, b, 1e-9, x, gradient));
        for (size_t i = 0; i < N; i++) {
            double g = -b[i];
            for (size_t j = 0; j < N; j++)
                g += a[i * LD + j] * x[j];
            if (i < BOUND && x[i] == 0.0)
                CHECK(g >= -2e-9);
            else
                CHECK_NEAR(g, 0.0, 2e-9);
            CHECK(i == BOUND || x[i] >= 0.0);
        }
    }
}

TEST(what_cannot_be_solved_is_an_error)
{
    const bt_ratings *ratings = tastes_ratings(&few);
    bt_rating_params params = small_params(40);
    params.reg_param = 0.0; /* 40 numbers from 12 ratings */
    bt_rating_model *model = NULL;
    bt_error error = {0};
    CHECK_STATUS(bt_rating_model_train(ratings, &params, NULL, &model, &error), BT_NUMERIC);
    CHECK_CONTAINS(error.message, "regParam");
    CHECK(model == NULL);
    bt_ratings_close(ratings);
}

TEST(parameters_out_of_range_are_named)
{
    const bt_ratings *ratings = tastes_ratings(&few);
    bt_rating_params bad[5];
    for (size_t i = 0; i < 5; i++)
        bad[i] = small_params(4);
    bad[0].rank = BT_RATING_RANK_MAX + 1;
    bad[1].max_iter = 0;
    bad[2].reg_param = NAN;
    bad[3].reg_bias = 0.0;
    bad[4].n_threads = 100000;
    const char *const names[] = {"rank", "maxIter", "regParam", "regBias", "threads"};
    for (size_t i = 0; i < 5; i++) {
        bt_rating_model *model = NULL;
        bt_error error = {0};
        const bt_status status = bt_rating_model_train(ratings, &bad[i], NULL, &model, &error);
        CHECK(status == BT_INVALID_ARGUMENT || status == BT_LIMIT);
        CHECK_CONTAINS(error.message, names[i]);
        CHECK(model == NULL);
    }
    bt_ratings one = *ratings;
    one.n_ratings = 0;
    bt_rating_model *model = NULL;
    const bt_rating_params params = small_params(4);
    CHECK_STATUS(bt_rating_model_train(&one, &params, NULL, &model, NULL), BT_INVALID_ARGUMENT);
    bt_ratings_close(ratings);
}

static bool stop(void *context, const char *stage, const char *unit, uint64_t done, uint64_t total)
{
    (void)context, (void)stage, (void)unit, (void)done, (void)total;
    return false;
}

TEST(training_can_be_stopped)
{
    const bt_ratings *ratings = tastes_ratings(&few);
    const bt_rating_params params = small_params(4);
    const bt_progress progress = {stop, NULL};
    bt_rating_model *model = NULL;
    CHECK_STATUS(bt_rating_model_train(ratings, &params, &progress, &model, NULL), BT_CANCELLED);
    CHECK(model == NULL);
    bt_ratings_close(ratings);
}

TEST(too_few_ratings_are_no_test)
{
    const tastes_params tiny = {.seed = 3, .n_users = 1, .n_films = 1, .n_groups = 1, .ratings_per_user = 1};
    const bt_ratings *ratings = tastes_ratings(&tiny);
    const bt_rating_params params = small_params(1);
    bt_rating_evaluation result;
    bt_error error = {0};
    CHECK_STATUS(bt_evaluate_rmse(ratings, &params, 1, NULL, &result, &error), BT_INVALID_ARGUMENT);
    CHECK_CONTAINS(error.message, "too few");
    bt_ratings_close(ratings);
}

TEST(memory_that_runs_out_leaves_nothing_behind)
{
    const bt_ratings *ratings = tastes_ratings(&few);
    bt_rating_params params = small_params(4);
    params.max_iter = 1;
    EACH_FAILED_ALLOCATION
    {
        bt_rating_evaluation result;
        const bt_status status = bt_evaluate_rmse(ratings, &params, 1, NULL, &result, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
    }
    bt_ratings_close(ratings);
}
