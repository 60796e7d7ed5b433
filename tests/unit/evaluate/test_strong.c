/* Evaluation: its splits, its metrics on a case worked out by hand, and that taste beats popularity where there is taste. */
#include "butaca/evaluate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate/split.h"
#include "support/models.h"
#include "support/test.h"

enum { EVERYTHING = (1 << BT_N_RANKERS) - 1 };

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
    split s = {0}, again = {0}, other = {0};
    bt_error error = {0};
    CHECK_OK(split_make(ratings, &s, &error), error);
    CHECK_OK(split_make(ratings, &again, &error), error);
    CHECK_OK(split_make(ratings, &other, &error), error);
    split_everybody(&s, ratings, 1, 1);
    split_everybody(&again, ratings, 1, 1);
    split_everybody(&other, ratings, 2, 1);
    CHECK_BYTES(again.role, s.role, ratings->n_ratings);
    size_t n_moved = 0;
    for (size_t u = 0; u < ratings->n_users; u++) {
        const size_t n_likes = split_positives(ratings, u);
        size_t n_wanted = 0;
        bool moved = false;
        for (uint64_t i = ratings->user_offsets[u]; i < ratings->user_offsets[u + 1]; i++) {
            n_wanted += s.role[i] == BT_SPLIT_WANTED;
            moved |= s.role[i] != other.role[i];
            CHECK(s.role[i] != BT_SPLIT_WANTED || ratings->half_stars[i] >= 8);
            CHECK((s.role[i] == BT_SPLIT_TRAINS) == (n_likes == 0));
        }
        CHECK_INT(n_wanted, n_likes == 0 ? 0 : n_likes < 10 ? 1 : n_likes / 5);
        n_moved += moved;
    }
    CHECK(n_moved > ratings->n_users / 2);
    split_free(&s);
    split_free(&again);
    split_free(&other);
    bt_ratings_close(ratings);
}

TEST(the_last_fifth_by_time_is_held_out)
{
    const bt_ratings *ratings = tastes_ratings(&many);
    uint8_t *role = malloc(ratings->n_ratings);
    bt_error error = {0};
    CHECK_OK(bt_split_temporal(ratings, 1, role, &error), error);
    for (size_t u = 0; u < ratings->n_users; u++) {
        uint32_t last_known = 0, first_wanted = UINT32_MAX;
        size_t n_wanted = 0;
        for (uint64_t i = ratings->user_offsets[u]; i < ratings->user_offsets[u + 1]; i++) {
            const uint32_t time = ratings->times[i];
            const bool low = ratings->half_stars[i] <= 4, like = ratings->half_stars[i] >= 8;
            n_wanted += role[i] == BT_SPLIT_WANTED;
            if (role[i] == BT_SPLIT_FOLDS_IN && time > last_known)
                last_known = time;
            if (role[i] == BT_SPLIT_WANTED && time < first_wanted)
                first_wanted = time;
            CHECK(role[i] != BT_SPLIT_WANTED || like);
            CHECK(role[i] != BT_SPLIT_UNWANTED || low);
            CHECK(role[i] != BT_SPLIT_LEFT_OUT || (!low && !like));
        }
        const size_t n_likes = split_positives(ratings, u);
        CHECK_INT(n_wanted, n_likes < 5 ? 0 : n_likes / 5);
        CHECK(n_wanted == 0 || last_known <= first_wanted);
    }
    free(role);
    bt_ratings_close(ratings);
}

TEST(half_of_the_dislikes_can_be_held_out_and_nothing_else_changes)
{
    const bt_ratings *ratings = tastes_ratings(&many);
    split plain = {0}, holding = {0};
    bt_error error = {0};
    size_t n_dislikes = 0, n_unwanted = 0;
    CHECK_OK(split_make(ratings, &plain, &error), error);
    CHECK_OK(split_make(ratings, &holding, &error), error);
    holding.holds_dislikes = true;
    split_strong(&plain, ratings, 1, 2);
    split_strong(&holding, ratings, 1, 2);
    for (uint64_t i = 0; i < ratings->n_ratings; i++) {
        const bool dislike = plain.role[i] == BT_SPLIT_FOLDS_IN && ratings->half_stars[i] <= BT_DISLIKE_HALF_STARS;
        n_dislikes += dislike;
        n_unwanted += holding.role[i] == BT_SPLIT_UNWANTED;
        CHECK(holding.role[i] == plain.role[i] || (dislike && holding.role[i] == BT_SPLIT_UNWANTED));
    }
    CHECK(n_dislikes > 40 && 4 * n_unwanted > n_dislikes && 4 * n_unwanted < 3 * n_dislikes);
    split_free(&plain);
    split_free(&holding);
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
    uint8_t *keep = calloc(ratings->n_ratings, 1);
    for (size_t u = 0; u < 150; u += 3)
        memset(keep + ratings->user_offsets[u], 1, (size_t)(ratings->user_offsets[u + 1] - ratings->user_offsets[u]));
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
    split_release(&part);
    free(keep);
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
        CHECK_INT(result.n_users, 1);
        /* Film 0 (a middling rating: it stays a candidate) is first, the held-out one second. */
        CHECK_NEAR(result.of[BT_RANKER_POPULARITY].mean[BT_NDCG_10], 1.0 / log2(3.0), 1e-12);
        CHECK_NEAR(result.of[BT_RANKER_POPULARITY].mean[BT_NDCG_100], 1.0 / log2(3.0), 1e-12);
        CHECK_NEAR(result.of[BT_RANKER_POPULARITY].mean[BT_RECALL_20], 1.0, 0.0);
        CHECK_NEAR(result.of[BT_RANKER_ALS].mean[BT_RECALL_50], 1.0, 0.0);
        CHECK(result.of[BT_RANKER_ALS].mean[BT_NDCG_10] > 0.0 && result.of[BT_RANKER_ALS].mean[BT_NDCG_10] <= 1.0);
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
    CHECK_NEAR(result.of[BT_RANKER_ALS].mean[BT_RECALL_20], 0.0, 0.0);
    CHECK_NEAR(result.of[BT_RANKER_POPULARITY].mean[BT_NDCG_100], 0.0, 0.0);
    bt_ratings_close(ratings);
    bt_model_close(model);
}

TEST(taste_beats_popularity_where_there_is_taste)
{
    const bt_ratings *ratings = tastes_ratings(&many);
    const bt_train_params params = small_params();
    bt_evaluation result, again;
    bt_error error = {0};
    CHECK_OK(bt_evaluate_strong(ratings,
                                &(bt_evaluate_params){.als = &params, .first_seed = 1, .n_seeds = 1, .rankers = EVERYTHING},
                                NULL, &result, &error),
             error);
    CHECK(result.n_users > 100);
    CHECK(result.of[BT_RANKER_ALS].mean[BT_NDCG_10] > 1.5 * result.of[BT_RANKER_POPULARITY].mean[BT_NDCG_10]);
    CHECK(result.of[BT_RANKER_ALS].mean[BT_RECALL_20] > result.of[BT_RANKER_POPULARITY].mean[BT_RECALL_20]);
    bt_train_params one_thread = params;
    one_thread.n_threads = 1;
    CHECK_OK(bt_evaluate_strong(ratings,
                                &(bt_evaluate_params){.als = &one_thread, .first_seed = 1, .n_seeds = 1, .rankers = EVERYTHING},
                                NULL, &again, &error),
             error);
    CHECK_BYTES(&again, &result, sizeof result);
    CHECK_INT(result.rank, 8);
    for (int kind = 0; kind < BT_N_RANKERS; kind++)
        CHECK(result.of[kind].mean[BT_NDCG_10] >= result.of[BT_RANKER_POPULARITY].mean[BT_NDCG_10]);
    CHECK(result.of[BT_RANKER_EASE].coverage_20 > 0.0 && result.of[BT_RANKER_KNN].mean[BT_NOVELTY_20] > 0.0);
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
    CHECK_INT(result.n_users, others.n_users);
    CHECK(result.of[BT_RANKER_ALS].mean[BT_NDCG_10] > 1.5 * result.of[BT_RANKER_POPULARITY].mean[BT_NDCG_10]);
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
    CHECK_STATUS(bt_evaluate_strong(ratings,
                                    &(bt_evaluate_params){.als = &params, .first_seed = 1, .n_seeds = 1, .rankers = EVERYTHING},
                                    NULL, &result, &error),
                 BT_INVALID_ARGUMENT);
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
    CHECK_STATUS(bt_evaluate_strong(ratings, &(bt_evaluate_params){.als = &params, .first_seed = 1, .n_seeds = 1, .rankers = 0},
                                    &progress, &result, NULL),
                 BT_CANCELLED);
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
        const bt_status status = bt_evaluate_strong(
            ratings, &(bt_evaluate_params){.als = &params, .first_seed = 1, .n_seeds = 1, .rankers = EVERYTHING}, NULL, &result,
            NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
    }
    bt_ratings_close(ratings);
}
