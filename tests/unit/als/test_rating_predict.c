/* One person's predicted ratings: the fold against its equations in float64, intervals against ratings that were held out, the file. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "als/dense.h"
#include "als/rating_model.h"
#include "base/sections.h"
#include "butaca/evaluate.h"
#include "butaca/memory.h"
#include "support/tastes.h"
#include "support/test.h"

static const tastes_params few = {.seed = 3, .n_users = 60, .n_films = 45, .n_groups = 3, .ratings_per_user = 12};
static const tastes_params many = {.seed = 5, .n_users = 500, .n_films = 150, .n_groups = 4, .ratings_per_user = 40};

static bt_rating_params small_params(void)
{
    bt_rating_params params = bt_rating_params_default();
    params.rank = 8;
    params.max_iter = 4;
    params.n_threads = 2;
    return params;
}

static bt_rating_model *train(const bt_ratings *ratings)
{
    const bt_rating_params params = small_params();
    bt_rating_model *model = NULL;
    bt_error error = {0};
    CHECK_OK(bt_rating_model_train_calibrated(ratings, &params, NULL, &model, &error), error);
    REQUIRE(model != NULL);
    return model;
}

/* A user's ratings as a profile. */
static bt_profile profile_of(const bt_ratings *r, size_t user, bt_opinion *opinions)
{
    size_t n = 0;
    for (uint64_t i = r->user_offsets[user]; i < r->user_offsets[user + 1]; i++)
        opinions[n++] = (bt_opinion){.film_id = r->film_ids[r->films[i]], .half_stars = r->half_stars[i]};
    return (bt_profile){opinions, n};
}

static bt_predicted_rating predict(const bt_rating_model *model, const bt_profile *profile, uint32_t film_id)
{
    bt_predicted_rating out = {0};
    bt_error error = {0};
    CHECK_OK(bt_rating_predict(model, profile, &film_id, 1, &out, &error), error);
    return out;
}

/* --- predictions ------------------------------------------------------------------------------------------------------------ */

/* What the definition says, solved plainly. */
static double expected_stars(const bt_rating_model_info *m, const bt_ratings *r, size_t user, size_t film)
{
    enum { N = 9 };
    double a[N * N] = {0}, x[N] = {0};
    const uint64_t first = r->user_offsets[user], end = r->user_offsets[user + 1];
    for (uint64_t at = first; at < end; at++) {
        const float *z = m->film_factors + r->films[at] * m->stride;
        for (size_t i = 0; i < N; i++) {
            x[i] += (0.5 * r->half_stars[at] - m->mean - (double)z[N]) * (double)z[i];
            for (size_t j = 0; j < N; j++)
                a[i * N + j] += (double)z[i] * (double)z[j];
        }
    }
    for (size_t i = 0; i < N; i++)
        a[i * N + i] += i + 1 < N ? m->params.reg_param * (double)(end - first) : m->params.reg_bias;
    REQUIRE(dense_cholesky(a, N, N));
    dense_substitute(a, N, N, x);
    const float *y = m->film_factors + film * m->stride;
    double stars = m->mean + (double)y[N];
    for (size_t i = 0; i < N; i++)
        stars += x[i] * (double)y[i];
    return fmin(fmax(stars, 0.5), 5.0);
}

TEST(predictions_are_the_folds)
{
    const bt_ratings *ratings = tastes_ratings(&few);
    bt_rating_model *model = train(ratings);
    const bt_rating_model_info info = bt_rating_model_describe(model);
    for (size_t user = 0; user < ratings->n_users; user += 7) {
        bt_opinion opinions[64];
        const bt_profile profile = profile_of(ratings, user, opinions);
        for (size_t film = 0; film < ratings->n_films; film++) {
            const bt_predicted_rating p = predict(model, &profile, ratings->film_ids[film]);
            CHECK_NEAR(p.stars, expected_stars(&info, ratings, user, film), 1e-9);
            CHECK(p.known && 0.5 <= p.low && p.low <= p.stars && p.stars <= p.high && p.high <= 5.0);
        }
    }
    bt_rating_model_close(model);
    bt_ratings_close(ratings);
}

TEST(only_ratings_have_a_say)
{
    const bt_ratings *ratings = tastes_ratings(&few);
    bt_rating_model *model = train(ratings);
    bt_opinion opinions[64];
    const bt_profile nobody = {NULL, 0}, somebody = profile_of(ratings, 1, opinions);
    bt_opinion verdicts[3] = {{.film_id = ratings->film_ids[2], .verdict = BT_LIKE},
                              {.film_id = ratings->film_ids[3], .verdict = BT_DISLIKE, .seen = true},
                              {.film_id = ratings->film_ids[4], .want = true}};
    const bt_profile without_ratings = {verdicts, 3};
    const uint32_t film = ratings->film_ids[5], nowhere = UINT32_MAX;
    const bt_predicted_rating a = predict(model, &nobody, film), b = predict(model, &without_ratings, film);
    const bt_rating_model_info info = bt_rating_model_describe(model);
    CHECK_BYTES(&b.stars, &a.stars, sizeof a.stars);
    CHECK_NEAR(a.stars, info.mean + (double)info.film_factors[5 * info.stride + 9], 1e-9);
    CHECK(predict(model, &somebody, film).stars != a.stars);
    const bt_predicted_rating unknown = predict(model, &nobody, nowhere);
    CHECK(!unknown.known);
    CHECK_NEAR(unknown.stars, info.mean, 1e-9);
    CHECK(unknown.high - unknown.low > a.high - a.low);
    bt_rating_model_close(model);
    bt_ratings_close(ratings);
}

TEST(what_is_said_about_unknown_films_has_no_say)
{
    const bt_ratings *ratings = tastes_ratings(&few);
    bt_rating_model *model = train(ratings);
    bt_opinion unknown = {.film_id = UINT32_MAX, .half_stars = 1};
    const bt_profile nobody = {NULL, 0}, profile = {&unknown, 1};
    const bt_predicted_rating a = predict(model, &nobody, ratings->film_ids[0]),
                              b = predict(model, &profile, ratings->film_ids[0]);
    CHECK(a.stars == b.stars && a.low == b.low && a.high == b.high);
    bt_rating_model_close(model);
    bt_ratings_close(ratings);
}

/* --- intervals -------------------------------------------------------------------------------------------------------------- */

TEST(intervals_hold_four_of_five_held_out_ratings)
{
    const bt_ratings *ratings = tastes_ratings(&many);
    const bt_rating_params params = small_params();
    double covered = 0.0, first = 0.0, width = 0.0, width_1 = 0.0;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        bt_rating_evaluation e;
        bt_error error = {0};
        CHECK_OK(bt_evaluate_rmse(ratings, &params, seed, NULL, &e, &error), error);
        CHECK_INT(e.intervals[BT_SHOWN_ALL].n, e.n_held_out);
        CHECK_INT(e.intervals[BT_SHOWN_FEW].n, e.n_held_out); /* nobody has a hundred */
        CHECK_INT(e.intervals[BT_SHOWN_MANY].n, 0);
        CHECK(e.intervals[BT_SHOWN_ALL].rmse == e.als.rmse);
        covered += e.intervals[BT_SHOWN_ALL].coverage / 5.0;
        first += e.intervals[BT_SHOWN_1].coverage / 5.0;
        width += e.intervals[BT_SHOWN_ALL].width / 5.0;
        width_1 += e.intervals[BT_SHOWN_1].width / 5.0;
    }
    CHECK(covered > 0.78 && covered < 0.82);
    CHECK(first > 0.6);
    CHECK(width > 0.5 && width < width_1 && width_1 < 4.4);
    bt_ratings_close(ratings);
}

TEST(who_rates_as_predicted_gets_narrower_intervals)
{
    const bt_ratings *ratings = tastes_ratings(&many);
    bt_rating_model *model = train(ratings);
    bt_opinion steady[30], wild[30];
    for (size_t i = 0; i < 30; i++) {
        const bt_profile nobody = {NULL, 0};
        const double stars = predict(model, &nobody, ratings->film_ids[i]).stars;
        steady[i] = (bt_opinion){.film_id = ratings->film_ids[i], .half_stars = (uint8_t)lrint(2.0 * stars)};
        wild[i] = (bt_opinion){.film_id = ratings->film_ids[i], .half_stars = (i * 7) % 3 == 0 ? 10 : (i * 7) % 3 == 1 ? 1 : 6};
    }
    const bt_profile a = {steady, 30}, b = {wild, 30};
    const bt_predicted_rating narrow = predict(model, &a, ratings->film_ids[100]),
                              wide = predict(model, &b, ratings->film_ids[100]);
    CHECK(narrow.high - narrow.low < 0.7 * (wide.high - wide.low));
    bt_rating_model_close(model);
    bt_ratings_close(ratings);
}

TEST(too_few_ratings_to_calibrate_say_nothing)
{
    const tastes_params tiny = {.seed = 3, .n_users = 3, .n_films = 5, .n_groups = 1, .ratings_per_user = 3};
    const bt_ratings *ratings = tastes_ratings(&tiny);
    bt_rating_model *model = train(ratings);
    const bt_profile nobody = {NULL, 0};
    const bt_predicted_rating p = predict(model, &nobody, ratings->film_ids[0]);
    CHECK(p.low == 0.5 && p.high == 5.0);
    bt_rating_model_close(model);
    bt_ratings_close(ratings);
}

TEST(a_model_that_is_not_calibrated_has_no_intervals)
{
    const bt_ratings *ratings = tastes_ratings(&few);
    const bt_rating_params params = small_params();
    bt_rating_model *model = NULL;
    bt_error error = {0};
    CHECK_OK(bt_rating_model_train(ratings, &params, NULL, &model, &error), error);
    const bt_profile nobody = {NULL, 0};
    const bt_predicted_rating p = predict(model, &nobody, ratings->film_ids[0]);
    CHECK(p.low == p.stars && p.high == p.stars);
    bt_rating_model_close(model);
    bt_ratings_close(ratings);
}

TEST(the_number_of_threads_changes_no_interval)
{
    const bt_ratings *ratings = tastes_ratings(&many);
    bt_rating_params params = small_params();
    double spread[2], quantile[2];
    for (uint32_t i = 0; i < 2; i++) {
        params.n_threads = 1 + 4 * i;
        bt_rating_model *model = NULL;
        bt_error error = {0};
        CHECK_OK(bt_rating_model_train_calibrated(ratings, &params, NULL, &model, &error), error);
        spread[i] = bt_rating_model_describe(model).spread;
        quantile[i] = bt_rating_model_describe(model).quantile;
        bt_rating_model_close(model);
    }
    CHECK(spread[0] == spread[1] && quantile[0] == quantile[1] && spread[0] > 0.0 && quantile[0] > 0.0);
    bt_ratings_close(ratings);
}

/* --- the file --------------------------------------------------------------------------------------------------------------- */

static const char *write_model(void)
{
    const bt_ratings *ratings = tastes_ratings(&few);
    bt_rating_model *model = train(ratings);
    bt_error error = {0};
    CHECK_OK(bt_rating_model_write(model, test_path("rating.bt"), NULL, &error), error);
    bt_rating_model_close(model);
    bt_ratings_close(ratings);
    return test_path("rating.bt");
}

TEST(what_was_written_comes_back)
{
    const bt_ratings *ratings = tastes_ratings(&few);
    bt_rating_model *model = train(ratings), *opened = NULL;
    bt_error error = {0};
    CHECK_OK(bt_rating_model_write(model, test_path("rating.bt"), NULL, &error), error);
    CHECK_OK(bt_rating_model_open(test_path("rating.bt"), &opened, &error), error);
    bt_opinion opinions[64];
    const bt_profile profile = profile_of(ratings, 9, opinions);
    bt_predicted_rating a[45], b[45];
    CHECK_OK(bt_rating_predict(model, &profile, ratings->film_ids, ratings->n_films, a, &error), error);
    CHECK_OK(bt_rating_predict(opened, &profile, ratings->film_ids, ratings->n_films, b, &error), error);
    for (size_t i = 0; i < ratings->n_films; i++)
        CHECK(a[i].stars == b[i].stars && a[i].low == b[i].low && a[i].high == b[i].high);
    const bt_rating_model_info info = bt_rating_model_describe(opened);
    CHECK_INT(info.n_users, 60);
    CHECK_INT(info.n_ratings, ratings->n_ratings);
    CHECK(info.user_factors == NULL);
    bt_rating_model_close(model);
    bt_rating_model_close(opened);
    bt_ratings_close(ratings);
}

static bt_status open_bytes(const char *bytes, size_t size, bt_error *error)
{
    bt_rating_model *model = NULL;
    const bt_status status = bt_rating_model_open(test_write_file("damaged.bt", bytes, size), &model, error);
    CHECK((model != NULL) == (status == BT_OK));
    bt_rating_model_close(model);
    return status;
}

TEST(damaged_files_are_refused)
{
    char *bytes = NULL;
    size_t n = 0;
    bt_error error = {0};
    CHECK_OK(file_read_whole(write_model(), 1 << 24, &bytes, &n, &error), error);
    for (size_t size = 0; size < n; size += size < 400 ? 7 : 61)
        CHECK(open_bytes(bytes, size, &error) != BT_OK);
    for (size_t at = 0; at < n; at += at < 300 ? 1 : 997) {
        const bool padding = bytes[at] == 0; /* zeros between sections are checked, too, or are a value */
        bytes[at] = (char)(bytes[at] ^ 0x10);
        CHECK(open_bytes(bytes, n, &error) != BT_OK || padding);
        bytes[at] = (char)(bytes[at] ^ 0x10);
    }
    CHECK_OK(open_bytes(bytes, n, &error), error);
    bt_free(bytes);
}

/* Whole files with one value of a section replaced. */
static void check_value_refused(const char *name, size_t offset, const void *value, size_t size)
{
    bt_error error = {0};
    sections_file f = {0};
    sections_writer out;
    CHECK_OK(sections_open(test_path("rating.bt"), "rating", 1, &f, &error), error);
    CHECK_OK(sections_write_begin(&out, test_path("changed.bt"), "rating", 1, f.n_sections, &error), error);
    for (size_t s = 0; s < f.n_sections; s++) {
        uint8_t *bytes = malloc(f.table[s].size);
        REQUIRE(bytes != NULL);
        memcpy(bytes, f.map.bytes + f.table[s].offset, f.table[s].size);
        if (strcmp(f.table[s].name, name) == 0)
            memcpy(bytes + offset, value, size);
        CHECK_OK(sections_write(&out, f.table[s].name, bytes, f.table[s].size, &error), error);
        free(bytes);
    }
    CHECK_OK(sections_write_commit(&out, NULL, &error), error);
    sections_close(&f);
    bt_rating_model *model = NULL;
    CHECK_STATUS(bt_rating_model_open(test_path("changed.bt"), &model, &error), BT_CORRUPT);
    CHECK_CONTAINS(error.message, name);
    CHECK(model == NULL);
}

TEST(values_that_make_no_sense_are_refused)
{
    write_model();
    const float nan32 = NAN, two = 2.0f;
    const double nan64 = NAN, zero64 = 0.0, negative = -1.0, infinite = INFINITY;
    const uint32_t zero = 0, large = 1001;
    const uint64_t narrow = 9;
    check_value_refused("params", 0, &large, sizeof large);        /* rank */
    check_value_refused("params", 8, &nan64, sizeof nan64);        /* regParam */
    check_value_refused("params", 16, &zero64, sizeof zero64);     /* regBias */
    check_value_refused("params", 64, &narrow, sizeof narrow);     /* stride */
    check_value_refused("params", 72, &zero64, sizeof zero64);     /* mean */
    check_value_refused("params", 80, &negative, sizeof negative); /* spread */
    check_value_refused("params", 88, &infinite, sizeof infinite); /* quantile */
    check_value_refused("film_ids", 4, &zero, sizeof zero);
    check_value_refused("films", 8, &nan32, sizeof nan32);
    check_value_refused("films", 4 * 8, &two, sizeof two);     /* the 1 behind the factors */
    check_value_refused("films", 4 * 9, &nan32, sizeof nan32); /* the bias */
}

TEST(memory_that_runs_out_leaves_nothing_behind)
{
    const bt_ratings *ratings = tastes_ratings(&few);
    const char *path = write_model();
    bt_rating_model *model = NULL;
    bt_error error = {0};
    EACH_FAILED_ALLOCATION
    {
        const bt_status status = bt_rating_model_open(path, &model, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        bt_rating_model_close(model);
    }
    CHECK_OK(bt_rating_model_open(path, &model, &error), error);
    bt_opinion opinions[64];
    const bt_profile profile = profile_of(ratings, 2, opinions);
    EACH_FAILED_ALLOCATION
    {
        bt_predicted_rating out;
        const bt_status status = bt_rating_predict(model, &profile, ratings->film_ids, 1, &out, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
    }
    EACH_FAILED_ALLOCATION
    {
        const bt_status status = bt_rating_model_write(model, test_path("again.bt"), NULL, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
    }
    bt_rating_model_close(model);
    bt_ratings_close(ratings);
}
