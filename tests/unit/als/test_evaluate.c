/* Evaluation: its splits, its metrics on a case worked out by hand, and that taste beats popularity where there is taste. */
#include "butaca/evaluate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "als/split.h"
#include "support/models.h"
#include "support/test.h"

static const tastes_params many = {.seed = 1, .n_users = 150, .n_films = 80, .n_groups = 4, .ratings_per_user = 20};

static bt_train_params small_params(void)
{
    bt_train_params params = bt_train_params_default();
    params.rank = 8;
    params.max_iter = 4;
    params.n_threads = 2;
    return params;
}

TEST(a_fifth_of_the_likes_is_held_out)
{
    const bt_ratings *ratings = tastes_ratings(&many);
    uint64_t order[64];
    uint8_t held_out[64], again[64], other[64];
    size_t n_moved = 0;
    for (size_t u = 0; u < ratings->n_users; u++) {
        const size_t first = (size_t)ratings->user_offsets[u], n = (size_t)ratings->user_offsets[u + 1] - first;
        const size_t n_likes = split_positives(ratings, u);
        const size_t expected = n_likes == 0 ? 0 : n_likes < 10 ? 1 : n_likes / 5;
        CHECK_INT(split_hold_out(ratings, u, 1, order, held_out), expected);
        size_t n_held_out = 0;
        for (size_t i = 0; i < n; i++) {
            n_held_out += held_out[i];
            CHECK(!held_out[i] || ratings->half_stars[first + i] >= 8);
        }
        CHECK_INT(n_held_out, expected);
        split_hold_out(ratings, u, 1, order, again);
        split_hold_out(ratings, u, 2, order, other);
        CHECK_BYTES(again, held_out, n);
        n_moved += memcmp(other, held_out, n) != 0;
    }
    CHECK(n_moved > ratings->n_users / 2);
    bt_ratings_close(ratings);
}

TEST(folds_are_of_like_size)
{
    const bt_ratings *ratings = tastes_ratings(&many);
    size_t sizes[SPLIT_FOLDS] = {0};
    for (size_t u = 0; u < ratings->n_users; u++)
        sizes[split_user_hash(ratings, u, 1) % SPLIT_FOLDS]++;
    for (size_t fold = 0; fold < SPLIT_FOLDS; fold++)
        CHECK(sizes[fold] > 15 && sizes[fold] < 45);
    bt_ratings_close(ratings);
}

TEST(a_part_keeps_its_users_whole)
{
    const bt_ratings *ratings = tastes_ratings(&many);
    uint8_t keep[150];
    for (size_t u = 0; u < 150; u++)
        keep[u] = u % 3 == 0;
    bt_ratings part = {0};
    bt_error error = {0};
    CHECK_OK(split_copy(ratings, keep, &part, &error), error);
    CHECK_INT(part.n_users, 50);
    CHECK_INT(part.n_films, ratings->n_films);
    for (size_t u = 0; u < part.n_users; u++) {
        const size_t from = (size_t)ratings->user_offsets[3 * u], n = (size_t)ratings->user_offsets[3 * u + 1] - from;
        const size_t to = (size_t)part.user_offsets[u];
        CHECK_INT(part.user_offsets[u + 1] - to, n);
        CHECK_BYTES(part.films + to, ratings->films + from, n * sizeof(uint32_t));
        CHECK_BYTES(part.half_stars + to, ratings->half_stars + from, n);
        CHECK_STR(part.user_keys + part.user_key_at[u], ratings->user_keys + ratings->user_key_at[3 * u]);
    }
    split_free(&part);
    bt_ratings_close(ratings);
}

/* One user likes films 1, 2, 3 of a model whose popular order is known: which one is held out is the split's choice, and with the
 * other two gone the held-out film's place follows from the numbers of likes. */
TEST(metrics_by_hand)
{
    bt_model *model = models_random(4, 12, 3);
    uint32_t *likes = (uint32_t *)(uintptr_t)bt_model_describe(model)->likes;
    for (size_t i = 0; i < 12; i++)
        likes[i] = (uint32_t)(100 - 2 * i); /* film 0 first, film 11 last */
    bt_rating rows[4] = {{0, tastes_film_id(1), 1, 10},
                         {0, tastes_film_id(2), 1, 9},
                         {0, tastes_film_id(3), 1, 8},
                         {0, tastes_film_id(0), 1, 5}};
    const char *key = "made:0";
    const bt_ratings *ratings = NULL;
    bt_error error = {0};
    CHECK_OK(bt_ratings_build(&(bt_rating_rows){rows, 4, &key, 1, "[]"}, 1, &ratings, NULL, &error), error);
    for (uint64_t seed = 0; seed < 5; seed++) {
        bt_evaluation result;
        CHECK_OK(bt_evaluate_held_out(model, ratings, seed, &result, &error), error);
        CHECK_INT(result.popularity.n_users, 1);
        /* Film 0 (a middling rating: it stays a candidate) is first, the held-out one second. */
        CHECK_NEAR(result.popularity.ndcg_10, 1.0 / log2(3.0), 1e-12);
        CHECK_NEAR(result.popularity.ndcg_100, 1.0 / log2(3.0), 1e-12);
        CHECK_NEAR(result.popularity.recall_20, 1.0, 0.0);
        CHECK_NEAR(result.als.recall_50, 1.0, 0.0);
        CHECK(result.als.ndcg_10 > 0.0 && result.als.ndcg_10 <= 1.0);
    }
    bt_ratings_close(ratings);
    bt_model_close(model);
}

TEST(films_that_the_model_does_not_know_are_missed)
{
    bt_model *model = models_random(4, 12, 3);
    bt_rating rows[2] = {{0, 4000001, 1, 10}, {0, 4000002, 1, 9}};
    const char *key = "made:0";
    const bt_ratings *ratings = NULL;
    bt_error error = {0};
    CHECK_OK(bt_ratings_build(&(bt_rating_rows){rows, 2, &key, 1, "[]"}, 1, &ratings, NULL, &error), error);
    bt_evaluation result;
    CHECK_OK(bt_evaluate_held_out(model, ratings, 1, &result, &error), error);
    CHECK_NEAR(result.als.recall_20, 0.0, 0.0);
    CHECK_NEAR(result.popularity.ndcg_100, 0.0, 0.0);
    bt_ratings_close(ratings);
    bt_model_close(model);
}

TEST(taste_beats_popularity_where_there_is_taste)
{
    const bt_ratings *ratings = tastes_ratings(&many);
    const bt_train_params params = small_params();
    bt_evaluation result, again;
    bt_error error = {0};
    CHECK_OK(bt_evaluate_strong(ratings, &params, 1, NULL, &result, &error), error);
    CHECK(result.als.n_users > 100);
    CHECK_INT(result.als.n_users, result.popularity.n_users);
    CHECK(result.als.ndcg_10 > 1.5 * result.popularity.ndcg_10);
    CHECK(result.als.recall_20 > result.popularity.recall_20);
    bt_train_params one_thread = params;
    one_thread.n_threads = 1;
    CHECK_OK(bt_evaluate_strong(ratings, &one_thread, 1, NULL, &again, &error), error);
    CHECK_BYTES(&again.als, &result.als, sizeof result.als);
    CHECK_INT(result.rank, 8);
    bt_ratings_close(ratings);
}

TEST(people_who_were_held_out)
{
    bt_model *model = models_trained(&many);
    tastes_params others = many;
    others.first_user = 1000;
    const bt_ratings *ratings = tastes_ratings(&others);
    bt_evaluation result;
    bt_error error = {0};
    CHECK_OK(bt_evaluate_held_out(model, ratings, 1, &result, &error), error);
    CHECK_INT(result.als.n_users, others.n_users);
    CHECK(result.als.ndcg_10 > 1.5 * result.popularity.ndcg_10);
    bt_ratings_close(ratings);
    bt_model_close(model);
}

TEST(too_few_people_are_an_error)
{
    const tastes_params two = {.seed = 1, .n_users = 2, .n_films = 80, .n_groups = 2, .ratings_per_user = 20};
    const bt_ratings *ratings = tastes_ratings(&two);
    const bt_train_params params = small_params();
    bt_evaluation result;
    bt_error error = {0};
    CHECK_STATUS(bt_evaluate_strong(ratings, &params, 1, NULL, &result, &error), BT_INVALID_ARGUMENT);
    CHECK_CONTAINS(error.message, "too few users");
    bt_ratings_close(ratings);
}

static bool stop(void *context, const char *stage, const char *unit, uint64_t done, uint64_t total)
{
    (void)context, (void)stage, (void)unit, (void)done, (void)total;
    return false;
}

TEST(it_can_be_stopped)
{
    const bt_ratings *ratings = tastes_ratings(&many);
    const bt_train_params params = small_params();
    const bt_progress progress = {stop, NULL};
    bt_evaluation result;
    CHECK_STATUS(bt_evaluate_strong(ratings, &params, 1, &progress, &result, NULL), BT_CANCELLED);
    bt_ratings_close(ratings);
}

TEST(memory_that_runs_out_leaves_nothing_behind)
{
    const tastes_params some = {.seed = 1, .n_users = 40, .n_films = 20, .n_groups = 2, .ratings_per_user = 12};
    const bt_ratings *ratings = tastes_ratings(&some);
    bt_train_params params = small_params();
    params.rank = 2;
    params.max_iter = 1;
    params.n_threads = 1;
    EACH_FAILED_ALLOCATION
    {
        bt_evaluation result;
        const bt_status status = bt_evaluate_strong(ratings, &params, 1, NULL, &result, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
    }
    bt_ratings_close(ratings);
}
