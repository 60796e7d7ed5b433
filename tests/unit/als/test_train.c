/* Training against alternating least squares written out plainly in float64; its edges, its threads, its failures. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "butaca/model.h"
#include "support/tastes.h"
#include "support/test.h"

/* --- the reference: dense, every cell visited, Gaussian elimination -------------------------------------------------------- */

typedef struct reference {
    size_t n_users, n_films, k;
    double *c, *p; /* n_users x n_films: confidence and preference of every cell */
    double *x, *y; /* n_users x k, n_films x k */
    double reg, exponent;
} reference;

static reference reference_make(const bt_ratings *ratings, const bt_train_params *params)
{
    reference r = {ratings->n_users,  ratings->n_films,    params->rank, NULL, NULL, NULL, NULL,
                   params->reg_param, params->reg_exponent};
    r.c = malloc(r.n_users * r.n_films * sizeof *r.c);
    r.p = calloc(r.n_users * r.n_films, sizeof *r.p);
    r.x = calloc(r.n_users * r.k, sizeof *r.x);
    r.y = calloc(r.n_films * r.k, sizeof *r.y);
    REQUIRE(r.c && r.p && r.x && r.y);
    for (size_t i = 0; i < r.n_users * r.n_films; i++)
        r.c[i] = 1.0;
    for (size_t u = 0; u < r.n_users; u++) {
        for (uint64_t at = ratings->user_offsets[u]; at < ratings->user_offsets[u + 1]; at++) {
            const size_t cell = u * r.n_films + ratings->films[at];
            const int half_stars = ratings->half_stars[at];
            r.c[cell] += params->alpha * (half_stars >= 8 ? 1.0 : half_stars >= 5 ? params->interest : params->aversion);
            r.p[cell] = half_stars >= 8 ? 1.0 : half_stars >= 5 && params->interest > 0.0 ? params->preference : 0.0;
        }
    }
    for (size_t i = 0; i < r.n_films; i++) {
        random_stream random = random_make(params->seed, i);
        for (size_t j = 0; j < r.k; j++)
            r.y[i * r.k + j] = (double)(float)(0.1 * sqrt(3.0 / (double)r.k) * (2.0 * random_unit(&random) - 1.0));
    }
    return r;
}

static void reference_free(reference *r)
{
    free(r->c);
    free(r->p);
    free(r->x);
    free(r->y);
}

/* Gaussian elimination with partial pivoting; a is k x (k + 1), the right side in its last column. */
static void eliminate(double *a, size_t k, double *x)
{
    const size_t width = k + 1;
    for (size_t p = 0; p < k; p++) {
        size_t best = p;
        for (size_t i = p + 1; i < k; i++)
            best = fabs(a[i * width + p]) > fabs(a[best * width + p]) ? i : best;
        for (size_t j = 0; j < width; j++) {
            const double kept = a[p * width + j];
            a[p * width + j] = a[best * width + j];
            a[best * width + j] = kept;
        }
        for (size_t i = p + 1; i < k; i++) {
            const double factor = a[i * width + p] / a[p * width + p];
            for (size_t j = p; j < width; j++)
                a[i * width + j] -= factor * a[p * width + j];
        }
    }
    for (size_t p = k; p-- > 0;) {
        double sum = a[p * width + k];
        for (size_t j = p + 1; j < k; j++)
            sum -= a[p * width + j] * x[j];
        x[p] = sum / a[p * width + p];
    }
}

/* Solves all rows of one side; cell (row, column) is at row * row_step + column * column_step. */
static void solve_side(const reference *r, double *rows, size_t n_rows, size_t row_step, const double *columns,
                       size_t n_columns, size_t column_step)
{
    const size_t k = r->k;
    double *a = malloc(k * (k + 1) * sizeof *a);
    for (size_t row = 0; row < n_rows; row++) {
        double sum_c = 0.0;
        memset(a, 0, k * (k + 1) * sizeof *a);
        for (size_t column = 0; column < n_columns; column++) {
            const size_t cell = row * row_step + column * column_step;
            const double *y = columns + column * k;
            sum_c += r->c[cell];
            for (size_t i = 0; i < k; i++) {
                for (size_t j = 0; j < k; j++)
                    a[i * (k + 1) + j] += r->c[cell] * y[i] * y[j];
                a[i * (k + 1) + k] += r->c[cell] * r->p[cell] * y[i];
            }
        }
        for (size_t i = 0; i < k; i++)
            a[i * (k + 1) + i] += r->reg * pow(sum_c, r->exponent);
        eliminate(a, k, rows + row * k);
    }
    free(a);
}

static double reference_loss(const reference *r)
{
    double loss = 0.0;
    for (size_t u = 0; u < r->n_users; u++) {
        double sum_c = 0.0, norm = 0.0;
        for (size_t i = 0; i < r->n_films; i++) {
            double score = 0.0;
            for (size_t j = 0; j < r->k; j++)
                score += r->x[u * r->k + j] * r->y[i * r->k + j];
            const double missing = r->p[u * r->n_films + i] - score;
            loss += r->c[u * r->n_films + i] * missing * missing;
            sum_c += r->c[u * r->n_films + i];
        }
        for (size_t j = 0; j < r->k; j++)
            norm += r->x[u * r->k + j] * r->x[u * r->k + j];
        loss += r->reg * pow(sum_c, r->exponent) * norm;
    }
    for (size_t i = 0; i < r->n_films; i++) {
        double sum_c = 0.0, norm = 0.0;
        for (size_t u = 0; u < r->n_users; u++)
            sum_c += r->c[u * r->n_films + i];
        for (size_t j = 0; j < r->k; j++)
            norm += r->y[i * r->k + j] * r->y[i * r->k + j];
        loss += r->reg * pow(sum_c, r->exponent) * norm;
    }
    return loss;
}

/* The loss at each iteration; with `in_basis` the factors, too, which a rotation would have turned. */
static void check_training(const bt_ratings *ratings, const bt_train_params *params, bool in_basis)
{
    bt_train_trace trace;
    bt_model *model = NULL;
    bt_error error = {0};
    CHECK_OK(bt_model_train(ratings, params, NULL, &trace, &model, &error), error);
    CHECK_INT(trace.n_iterations, params->max_iter);
    reference r = reference_make(ratings, params);
    for (size_t iteration = 0; iteration < params->max_iter; iteration++) {
        solve_side(&r, r.x, r.n_users, r.n_films, r.y, r.n_films, 1);
        solve_side(&r, r.y, r.n_films, 1, r.x, r.n_users, r.n_films);
        const double expected = reference_loss(&r);
        if (!CHECK_NEAR(trace.loss[iteration], expected, 1e-3 * expected))
            break;
    }
    /* More than is promised, but true here: the factors themselves follow. */
    const bt_model_info *info = bt_model_describe(model);
    for (size_t i = 0; in_basis && i < r.n_films * r.k; i++)
        if (!CHECK_NEAR(info->film_factors[i], r.y[i], 2e-3))
            break;
    reference_free(&r);
    bt_model_close(model);
}

static void check_against_reference(const bt_ratings *ratings, const bt_train_params *params)
{
    check_training(ratings, params, true);
}

/* --- tests ------------------------------------------------------------------------------------------------------------------ */

static const tastes_params few = {.seed = 3, .n_users = 60, .n_films = 45, .n_groups = 3, .ratings_per_user = 12};

static bt_train_params small_params(uint32_t rank)
{
    bt_train_params params = bt_train_params_default();
    params.rank = rank;
    params.max_iter = 6;
    params.n_threads = 2;
    return params;
}

TEST(loss_follows_float64)
{
    const bt_ratings *ratings = tastes_ratings(&few);
    bt_train_params params = small_params(8);
    check_against_reference(ratings, &params);
    params.reg_exponent = 0.5;
    params.reg_param = 0.3;
    params.aversion = 2.0;
    check_against_reference(ratings, &params);
    params.interest = 0.0;
    params.aversion = 0.0;
    params.alpha = 100.0;
    check_against_reference(ratings, &params);
    bt_ratings_close(ratings);
}

TEST(many_short_rows_follow_float64)
{
    const tastes_params shapes[] = {
        {.seed = 6, .n_users = 300, .n_films = 60, .n_groups = 3, .ratings_per_user = 10}, /* users' rows are short */
        {.seed = 6, .n_users = 60, .n_films = 400, .n_groups = 3, .ratings_per_user = 30}, /* films' rows */
    };
    for (size_t i = 0; i < 2; i++) {
        const bt_ratings *ratings = tastes_ratings(&shapes[i]);
        bt_train_params params = small_params(24);
        check_training(ratings, &params, false);
        params.interest = 0.0; /* ratings without a say */
        params.aversion = 0.0;
        check_training(ratings, &params, false);
        bt_ratings_close(ratings);
    }
}

TEST(rank_one_and_ranks_above_the_number_of_films)
{
    const bt_ratings *ratings = tastes_ratings(&few);
    const uint32_t ranks[] = {1, 46, 70};
    for (size_t i = 0; i < 3; i++) {
        const bt_train_params params = small_params(ranks[i]);
        check_against_reference(ratings, &params);
    }
    bt_ratings_close(ratings);
}

TEST(high_ranks_follow_float64)
{
    const bt_ratings *ratings = tastes_ratings(&few);
    const uint32_t ranks[] = {2, 127, 129, 256};
    for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++) {
        bt_train_params params = small_params(ranks[i]);
        params.max_iter = 2;
        check_training(ratings, &params, false);
    }
    bt_ratings_close(ratings);
}

/* What alternating least squares promises at any rank: no half-iteration raises the objective. */
TEST(no_factor_of_a_nonnegative_model_is_below_zero)
{
    const bt_ratings *ratings = tastes_ratings(&few);
    bt_train_params params = bt_train_params_default();
    params.rank = 9;
    params.max_iter = 6;
    params.nonnegative = true;
    bt_train_trace trace, freely;
    bt_model *model = NULL;
    bt_error error = {0};
    CHECK_OK(bt_model_train(ratings, &params, NULL, &trace, &model, &error), error);
    const bt_model_info *info = bt_model_describe(model);
    size_t n_zero = 0;
    for (size_t i = 0; i < info->n_films * info->params.rank; i++) {
        CHECK(info->film_factors[i] >= 0.0f);
        n_zero += info->film_factors[i] == 0.0f;
    }
    CHECK(n_zero > 0);
    for (uint32_t i = 1; i < trace.n_iterations; i++)
        CHECK(trace.loss[i] <= trace.loss[i - 1]);
    bt_model_close(model);
    params.nonnegative = false;
    CHECK_OK(bt_model_train(ratings, &params, NULL, &freely, &model, &error), error);
    CHECK(freely.loss[5] < trace.loss[5]); /* a bound costs something */
    bt_model_close(model);
    params.nonnegative = true;
    params.solver = BT_SOLVER_BLOCK;
    CHECK_STATUS(bt_model_train(ratings, &params, NULL, NULL, &model, &error), BT_INVALID_ARGUMENT);
    CHECK_CONTAINS(error.message, "nonnegative");
    bt_ratings_close(ratings);
}

/* Rank 70 is a block and a rest: the objective never rises, ends where the exact solver's does, whatever the threads. */
TEST(blocks_reach_the_loss_of_the_exact_solver)
{
    const bt_ratings *ratings = tastes_ratings(&few);
    bt_train_params params = bt_train_params_default();
    params.rank = 70;
    params.max_iter = 15;
    params.solver = BT_SOLVER_EXACT;
    bt_train_trace exact, blocks, again;
    bt_model *model = NULL;
    bt_error error = {0};
    CHECK_OK(bt_model_train(ratings, &params, NULL, &exact, &model, &error), error);
    bt_model_close(model);
    params.solver = BT_SOLVER_BLOCK;
    params.n_threads = 1;
    CHECK_OK(bt_model_train(ratings, &params, NULL, &blocks, &model, &error), error);
    bt_model_close(model);
    params.n_threads = 3;
    CHECK_OK(bt_model_train(ratings, &params, NULL, &again, &model, &error), error);
    bt_model_close(model);
    for (uint32_t i = 1; i < 15; i++)
        CHECK(blocks.loss[i] <= blocks.loss[i - 1]);
    CHECK_NEAR(blocks.loss[14] / exact.loss[14], 1.0, 0.01);
    CHECK_BYTES(blocks.loss, again.loss, sizeof blocks.loss[0] * 15);
    bt_ratings_close(ratings);
}

TEST(the_highest_rank_trains)
{
    const tastes_params fewer = {.seed = 5, .n_users = 8, .n_films = 6, .n_groups = 2, .ratings_per_user = 3};
    const bt_ratings *ratings = tastes_ratings(&fewer);
    bt_train_params params = small_params(BT_RANK_MAX);
    params.max_iter = 2;
    bt_train_trace trace;
    bt_model *model = NULL;
    bt_error error = {0};
    CHECK_OK(bt_model_train(ratings, &params, NULL, &trace, &model, &error), error);
    CHECK_INT(bt_model_describe(model)->params.rank, BT_RANK_MAX);
    for (uint32_t i = 1; i < trace.n_iterations; i++)
        CHECK(trace.loss[i] <= trace.loss[i - 1] * (1.0 + 1e-6));
    bt_model_close(model);
    bt_ratings_close(ratings);
}

TEST(one_user_and_one_film)
{
    const tastes_params shapes[] = {
        {.seed = 3, .n_users = 1, .n_films = 45, .n_groups = 1, .ratings_per_user = 12},
        {.seed = 3, .n_users = 30, .n_films = 1, .n_groups = 1, .ratings_per_user = 1},
        {.seed = 3, .n_users = 1, .n_films = 1, .n_groups = 1, .ratings_per_user = 2},
    };
    for (size_t i = 0; i < 3; i++) {
        const bt_ratings *ratings = tastes_ratings(&shapes[i]);
        const bt_train_params params = small_params(4);
        check_against_reference(ratings, &params);
        bt_ratings_close(ratings);
    }
}

TEST(without_regularization_the_result_is_defined)
{
    const bt_ratings *ratings = tastes_ratings(&few);
    bt_train_params params = small_params(8);
    params.reg_param = 0.0;
    check_against_reference(ratings, &params);
    params.rank = 64; /* above the number of films: no solution is the only one */
    bt_model *model = NULL;
    bt_error error = {0};
    CHECK_STATUS(bt_model_train(ratings, &params, NULL, NULL, &model, &error), BT_NUMERIC);
    CHECK_CONTAINS(error.message, "regParam");
    CHECK(model == NULL);
    bt_ratings_close(ratings);
}

TEST(the_number_of_threads_changes_no_byte)
{
    enum { RANK = 32 }; /* more than most rows have ratings */
    const tastes_params many = {.seed = 5, .n_users = 700, .n_films = 300, .n_groups = 7, .ratings_per_user = 20};
    const bt_ratings *ratings = tastes_ratings(&many);
    bt_model *first = NULL;
    for (uint32_t n_threads = 1; n_threads <= 7; n_threads += n_threads == 1 ? 1 : 5) {
        bt_train_params params = small_params(RANK);
        params.n_threads = n_threads;
        params.max_iter = 3;
        bt_model *model = NULL;
        bt_error error = {0};
        CHECK_OK(bt_model_train(ratings, &params, NULL, NULL, &model, &error), error);
        if (first != NULL) {
            const bt_model_info *a = bt_model_describe(first), *b = bt_model_describe(model);
            CHECK_BYTES(b->film_factors, a->film_factors, a->n_films * RANK * sizeof(float));
            CHECK_BYTES(b->gram, a->gram, RANK * RANK * sizeof(double));
            bt_model_close(model);
        } else {
            first = model;
        }
    }
    bt_model_close(first);
    bt_ratings_close(ratings);
}

/* One film that all of 70,000 people rated, so that all threads sum its equations; few others. */
static const bt_ratings *one_film_for_all(void)
{
    enum { PEOPLE = 70000, FILMS = 20 };
    bt_rating *rows = calloc(2 * PEOPLE, sizeof *rows);
    char(*names)[16] = calloc(PEOPLE, sizeof *names);
    const char **keys = calloc(PEOPLE, sizeof *keys);
    REQUIRE(rows && names && keys);
    random_stream random = random_make(8, 8);
    for (uint32_t u = 0; u < PEOPLE; u++) {
        snprintf(names[u], sizeof names[u], "made:%u", u);
        keys[u] = names[u];
        rows[2 * u] = (bt_rating){u, 1, 0, (uint8_t)(1 + random_below(&random, 10))};
        rows[2 * u + 1] = (bt_rating){u, 2 + (uint32_t)random_below(&random, FILMS), 0, 8};
    }
    const bt_rating_rows all = {rows, 2 * PEOPLE, keys, PEOPLE, NULL};
    const bt_ratings *ratings = NULL;
    bt_error error = {0};
    CHECK_OK(bt_ratings_build(&all, 1, &ratings, NULL, &error), error);
    free(rows);
    free(names);
    free(keys);
    return ratings;
}

TEST(a_film_that_all_rated_is_shared_by_threads)
{
    const bt_ratings *ratings = one_film_for_all();
    bt_model *one = NULL, *three = NULL;
    bt_error error = {0};
    bt_train_params params = small_params(6);
    params.max_iter = 2;
    check_training(ratings, &params, false);
    params.n_threads = 1;
    CHECK_OK(bt_model_train(ratings, &params, NULL, NULL, &one, &error), error);
    params.n_threads = 3;
    CHECK_OK(bt_model_train(ratings, &params, NULL, NULL, &three, &error), error);
    const bt_model_info *a = bt_model_describe(one), *b = bt_model_describe(three);
    CHECK_BYTES(b->film_factors, a->film_factors, a->n_films * 6 * sizeof(float));
    bt_model_close(one);
    bt_model_close(three);
    bt_ratings_close(ratings);
}

TEST(another_seed_gives_other_factors)
{
    const bt_ratings *ratings = tastes_ratings(&few);
    bt_train_params params = small_params(8);
    bt_model *a = NULL, *b = NULL;
    bt_error error = {0};
    CHECK_OK(bt_model_train(ratings, &params, NULL, NULL, &a, &error), error);
    params.seed++;
    CHECK_OK(bt_model_train(ratings, &params, NULL, NULL, &b, &error), error);
    CHECK(memcmp(bt_model_describe(a)->film_factors, bt_model_describe(b)->film_factors, 8 * sizeof(float)) != 0);
    bt_model_close(a);
    bt_model_close(b);
    bt_ratings_close(ratings);
}

TEST(the_default_rank_leaves_films_related)
{
    const size_t n_films[] = {3, 45, 300, 900};
    for (size_t i = 0; i < 4; i++) {
        const tastes_params shape = {.seed = 3, .n_users = 60, .n_films = n_films[i], .n_groups = 1, .ratings_per_user = 200};
        const bt_ratings *ratings = tastes_ratings(&shape);
        const size_t eighth = ratings->n_films / 8, expected = eighth < 1 ? 1 : eighth > 128 ? 128 : eighth;
        bt_train_params params = bt_train_params_default();
        params.max_iter = 1;
        bt_train_trace trace;
        bt_model *model = NULL;
        bt_error error = {0};
        CHECK_OK(bt_model_train(ratings, &params, NULL, &trace, &model, &error), error);
        CHECK_INT(bt_model_describe(model)->params.rank, expected);
        CHECK_INT(trace.rank, expected);
        bt_model_close(model);
        bt_ratings_close(ratings);
    }
}

TEST(a_model_says_what_it_is)
{
    const bt_ratings *ratings = tastes_ratings(&few);
    const bt_train_params params = small_params(8);
    bt_model *model = NULL;
    bt_error error = {0};
    CHECK_OK(bt_model_train(ratings, &params, NULL, NULL, &model, &error), error);
    const bt_model_info *info = bt_model_describe(model);
    CHECK_INT(info->n_films, ratings->n_films);
    CHECK_INT(info->n_users, ratings->n_users);
    CHECK_INT(info->n_ratings, ratings->n_ratings);
    CHECK_STR(info->sources, ratings->sources);
    size_t likes = 0, expected_likes = 0;
    uint32_t latest = 0;
    for (size_t i = 0; i < info->n_films; i++)
        likes += info->likes[i];
    for (size_t i = 0; i < ratings->n_ratings; i++) {
        expected_likes += ratings->half_stars[i] >= 8;
        latest = ratings->times[i] > latest ? ratings->times[i] : latest;
    }
    CHECK_INT(likes, expected_likes);
    CHECK_INT(info->data_time, latest);
    for (size_t i = 0; i < 8; i++) { /* G = Y'Y */
        for (size_t j = 0; j < 8; j++) {
            double sum = 0.0;
            for (size_t f = 0; f < info->n_films; f++)
                sum += (double)info->film_factors[f * 8 + i] * (double)info->film_factors[f * 8 + j];
            CHECK_NEAR(info->gram[i * 8 + j], sum, 1e-9);
        }
    }
    bt_model_close(model);
    bt_ratings_close(ratings);
}

TEST(parameters_out_of_range_are_named)
{
    const bt_ratings *ratings = tastes_ratings(&few);
    const struct {
        const char *name;
        size_t offset;
        double value;
    } bad[] = {
        {"regParam", offsetof(bt_train_params, reg_param), -1.0},
        {"regParam", offsetof(bt_train_params, reg_param), NAN},
        {"alpha", offsetof(bt_train_params, alpha), 0.0},
        {"alpha", offsetof(bt_train_params, alpha), INFINITY},
        {"interest", offsetof(bt_train_params, interest), 1.5},
        {"aversion", offsetof(bt_train_params, aversion), -0.1},
        {"damping", offsetof(bt_train_params, damping), 2.0},
        {"preference", offsetof(bt_train_params, preference), NAN},
        {"foldPreference", offsetof(bt_train_params, fold_preference), -0.5},
        {"regExponent", offsetof(bt_train_params, reg_exponent), 1.1},
    };
    bt_model *model = NULL;
    bt_error error = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        bt_train_params params = small_params(8);
        memcpy((char *)&params + bad[i].offset, &bad[i].value, sizeof(double));
        CHECK_STATUS(bt_model_train(ratings, &params, NULL, NULL, &model, &error), BT_INVALID_ARGUMENT);
        CHECK_CONTAINS(error.message, bad[i].name);
    }
    bt_train_params params = small_params(BT_RANK_MAX + 1);
    CHECK_STATUS(bt_model_train(ratings, &params, NULL, NULL, &model, &error), BT_INVALID_ARGUMENT);
    params = small_params(8);
    params.max_iter = 0;
    CHECK_STATUS(bt_model_train(ratings, &params, NULL, NULL, &model, &error), BT_INVALID_ARGUMENT);
    CHECK_CONTAINS(error.message, "maxIter");
    params = small_params(8);
    params.n_threads = 100000;
    CHECK_STATUS(bt_model_train(ratings, &params, NULL, NULL, &model, &error), BT_INVALID_ARGUMENT);
    bt_ratings_close(ratings);
}

TEST(ratings_that_break_their_contract_are_refused)
{
    const bt_ratings *good = tastes_ratings(&few);
    const bt_train_params params = small_params(8);
    uint8_t *stars = malloc(good->n_ratings);
    uint32_t *films = malloc(good->n_ratings * sizeof *films);
    uint64_t *offsets = malloc((good->n_users + 1) * sizeof *offsets);
    REQUIRE(stars && films && offsets);
    memcpy(stars, good->half_stars, good->n_ratings);
    memcpy(films, good->films, good->n_ratings * sizeof *films);
    memcpy(offsets, good->user_offsets, (good->n_users + 1) * sizeof *offsets);
    bt_ratings bad = *good;
    bad.half_stars = stars;
    bad.films = films;
    bad.user_offsets = offsets;
    bt_model *model = NULL;
    bt_error error = {0};
    for (int value = 0; value <= 255; value += value == 0 ? 11 : 244) {
        stars[7] = (uint8_t)value;
        CHECK_STATUS(bt_model_train(&bad, &params, NULL, NULL, &model, &error), BT_INVALID_ARGUMENT);
        CHECK_CONTAINS(error.message, "rating 7");
    }
    stars[7] = good->half_stars[7];
    films[9] = (uint32_t)good->n_films;
    CHECK_STATUS(bt_model_train(&bad, &params, NULL, NULL, &model, &error), BT_INVALID_ARGUMENT);
    films[9] = good->films[9];
    offsets[3] = offsets[4] + 1;
    CHECK_STATUS(bt_model_train(&bad, &params, NULL, NULL, &model, &error), BT_INVALID_ARGUMENT);
    offsets[3] = good->user_offsets[3];
    bad.n_ratings--;
    CHECK_STATUS(bt_model_train(&bad, &params, NULL, NULL, &model, &error), BT_INVALID_ARGUMENT);
    bad = *good;
    bad.n_ratings = 0;
    CHECK_STATUS(bt_model_train(&bad, &params, NULL, NULL, &model, &error), BT_INVALID_ARGUMENT);
    CHECK_CONTAINS(error.message, "import");
    free(stars);
    free(films);
    free(offsets);
    bt_ratings_close(good);
}

/* A film of the list that nobody rated any more: what evaluation's training parts look like. */
TEST(films_without_ratings_are_exactly_zero)
{
    const bt_ratings *ratings = tastes_ratings(&few);
    bt_ratings part = *ratings;
    part.n_users = 5;
    part.n_ratings = (size_t)ratings->user_offsets[5];
    uint8_t *rated = calloc(ratings->n_films, 1);
    for (size_t i = 0; i < part.n_ratings; i++)
        rated[part.films[i]] = 1;
    const bt_train_params params = small_params(8);
    bt_model *model = NULL;
    bt_error error = {0};
    CHECK_OK(bt_model_train(&part, &params, NULL, NULL, &model, &error), error);
    size_t n_empty = 0;
    for (size_t f = 0; f < ratings->n_films; f++) {
        for (size_t j = 0; !rated[f] && j < 8; j++)
            CHECK(bt_model_describe(model)->film_factors[f * 8 + j] == 0.0f);
        n_empty += !rated[f];
    }
    CHECK(n_empty > 0);
    bt_model_close(model);
    free(rated);
    bt_ratings_close(ratings);
}

/* --- progress --------------------------------------------------------------------------------------------------------------- */

typedef struct watcher {
    size_t calls, stop_at; /* 0: never */
    uint64_t last, total;
} watcher;

static bool watch(void *context, const char *stage, const char *unit, uint64_t done, uint64_t total)
{
    watcher *w = context;
    CHECK_STR(stage, "training");
    CHECK_STR(unit, "iterations");
    CHECK(done >= w->last && done <= total);
    w->last = done;
    w->total = total;
    return ++w->calls != w->stop_at;
}

TEST(progress_ends_at_the_last_iteration)
{
    const bt_ratings *ratings = tastes_ratings(&few);
    const bt_train_params params = small_params(8);
    watcher w = {0};
    const bt_progress progress = {watch, &w};
    bt_model *model = NULL;
    bt_error error = {0};
    CHECK_OK(bt_model_train(ratings, &params, &progress, NULL, &model, &error), error);
    CHECK(w.calls >= 1);
    CHECK_INT(w.last, 6);
    CHECK_INT(w.total, 6);
    bt_model_close(model);
    bt_ratings_close(ratings);
}

TEST(training_can_be_stopped)
{
    const bt_ratings *ratings = tastes_ratings(&few);
    const bt_train_params params = small_params(8);
    watcher w = {.stop_at = 1};
    const bt_progress progress = {watch, &w};
    bt_model *model = NULL;
    bt_error error = {0};
    CHECK_STATUS(bt_model_train(ratings, &params, &progress, NULL, &model, &error), BT_CANCELLED);
    CHECK_CONTAINS(error.message, "stopped");
    CHECK(model == NULL);
    CHECK_INT(w.calls, 1);
    bt_ratings_close(ratings);
}

TEST(memory_that_runs_out_leaves_nothing_behind)
{
    const bt_ratings *ratings = tastes_ratings(&few);
    bt_train_params params = small_params(8);
    params.max_iter = 1;
    EACH_FAILED_ALLOCATION
    {
        bt_train_trace trace;
        bt_model *model = NULL;
        const bt_status status = bt_model_train(ratings, &params, NULL, &trace, &model, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        CHECK((model != NULL) == (status == BT_OK));
        bt_model_close(model);
    }
    bt_ratings_close(ratings);
}
