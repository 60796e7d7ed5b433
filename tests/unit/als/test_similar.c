/* Similar films against the cosine computed plainly. */
#include <math.h>

#include "butaca/model.h"
#include "support/models.h"
#include "support/test.h"

enum { N_FILMS = 200, RANK = 9 };

static double cosine(const bt_model_info *info, size_t a, size_t b)
{
    double dot = 0.0, norm_a = 0.0, norm_b = 0.0;
    for (size_t j = 0; j < RANK; j++) {
        const double x = (double)info->film_factors[a * RANK + j], y = (double)info->film_factors[b * RANK + j];
        dot += x * y;
        norm_a += x * x;
        norm_b += y * y;
    }
    return norm_a * norm_b > 0.0 ? dot / sqrt(norm_a * norm_b) : 0.0;
}

TEST(the_nearest_by_cosine)
{
    bt_model *model = models_random(3, N_FILMS, RANK);
    const bt_model_info *info = bt_model_describe(model);
    bt_scored_film found[N_FILMS];
    size_t n = 0;
    bt_error error = {0};
    CHECK_OK(bt_model_similar(model, info->film_ids[17], N_FILMS, found, &n, &error), error);
    REQUIRE(n == N_FILMS - 1);
    for (size_t i = 0; i < n; i++) {
        CHECK(found[i].film_id != info->film_ids[17]);
        CHECK_NEAR(found[i].score, cosine(info, 17, found[i].film_id / 10 - 1), 1e-12);
        CHECK(i == 0 || found[i - 1].score > found[i].score ||
              (found[i - 1].score == found[i].score && found[i - 1].film_id < found[i].film_id));
    }
    bt_scored_film few[5];
    CHECK_OK(bt_model_similar(model, info->film_ids[17], 5, few, &n, &error), error);
    REQUIRE(n == 5);
    for (size_t i = 0; i < 5; i++)
        CHECK_INT(few[i].film_id, found[i].film_id);
    bt_model_close(model);
}

TEST(a_film_without_a_factor_resembles_nothing)
{
    bt_model *model = models_random(3, N_FILMS, RANK);
    bt_scored_film found[10];
    size_t n = 0;
    bt_error error = {0};
    CHECK_OK(bt_model_similar(model, tastes_film_id(0), 10, found, &n, &error), error);
    REQUIRE(n == 10);
    for (size_t i = 0; i < n; i++) {
        CHECK(found[i].score == 0.0);
        CHECK_INT(found[i].film_id, tastes_film_id(i + 1));
    }
    bt_model_close(model);
}

TEST(films_of_one_taste_are_near)
{
    const tastes_params params = {.seed = 1, .n_users = 200, .n_films = 60, .n_groups = 4, .ratings_per_user = 20};
    bt_model *model = models_trained(&params);
    bt_scored_film found[5];
    size_t n = 0;
    bt_error error = {0};
    CHECK_OK(bt_model_similar(model, tastes_film_id(2), 5, found, &n, &error), error);
    REQUIRE(n == 5);
    for (size_t i = 0; i < n; i++)
        CHECK_INT((found[i].film_id / 10 - 1) % 4, 2);
    bt_model_close(model);
}

TEST(an_unknown_film_is_not_found)
{
    bt_model *model = models_random(3, N_FILMS, RANK);
    bt_scored_film found[5];
    size_t n = 7;
    bt_error error = {0};
    CHECK_STATUS(bt_model_similar(model, 11, 5, found, &n, &error), BT_NOT_FOUND);
    CHECK_CONTAINS(error.message, "film 11");
    CHECK_INT(n, 0);
    bt_model_close(model);
}

TEST(memory_that_runs_out)
{
    bt_model *model = models_random(3, N_FILMS, RANK);
    EACH_FAILED_ALLOCATION
    {
        bt_scored_film found[5];
        size_t n = 0;
        const bt_status status = bt_model_similar(model, 20, 5, found, &n, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
    }
    bt_model_close(model);
}
