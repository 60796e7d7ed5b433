/* Training with several threads, and one model that many threads ask at once. */
#include <pthread.h>
#include <string.h>

#include "butaca/evaluate.h"
#include "butaca/recommend.h"
#include "support/models.h"
#include "support/test.h"

static const tastes_params many = {.seed = 1, .n_users = 400, .n_films = 150, .n_groups = 4, .ratings_per_user = 20};

static bt_model *train(const bt_ratings *ratings, uint32_t n_threads, bt_train_trace *trace)
{
    bt_train_params params = bt_train_params_default();
    params.rank = 10;
    params.max_iter = 3;
    params.n_threads = n_threads;
    bt_model *model = NULL;
    bt_error error = {0};
    CHECK_OK(bt_model_train(ratings, &params, NULL, trace, &model, &error), error);
    return model;
}

TEST(threads_share_training)
{
    const bt_ratings *ratings = tastes_ratings(&many);
    bt_train_trace trace_1, trace_4;
    bt_model *one = train(ratings, 1, &trace_1), *four = train(ratings, 4, &trace_4);
    const bt_model_info *a = bt_model_describe(one), *b = bt_model_describe(four);
    CHECK_BYTES(b->film_factors, a->film_factors, a->n_films * 10 * sizeof(float));
    CHECK_BYTES(trace_4.loss, trace_1.loss, 3 * sizeof(double));
    bt_model_close(one);
    bt_model_close(four);
    bt_ratings_close(ratings);
}

TEST(threads_share_evaluation)
{
    const bt_ratings *ratings = tastes_ratings(&many);
    bt_train_params params = bt_train_params_default();
    params.rank = 10;
    params.max_iter = 2;
    params.n_threads = 3;
    bt_evaluation result;
    bt_error error = {0};
    CHECK_OK(bt_evaluate_strong(
                 ratings,
                 &(bt_evaluate_params){.als = &params, .first_seed = 1, .n_seeds = 1, .rankers = (1 << BT_N_RANKERS) - 1}, NULL,
                 &result, &error),
             error);
    CHECK(result.of[BT_RANKER_ALS].mean[BT_NDCG_10] > result.of[BT_RANKER_POPULARITY].mean[BT_NDCG_10]);
    bt_ratings_close(ratings);
}

typedef struct asker {
    const bt_model *model;
    uint32_t film_id;
    uint32_t first; /* of the list */
} asker;

static void *ask(void *context)
{
    asker *a = context;
    bt_opinion like = {.film_id = a->film_id, .verdict = BT_LIKE};
    const bt_profile profile = {&like, 1};
    bt_recommend_params params = bt_recommend_params_default();
    params.explain = true;
    for (int round = 0; round < 20; round++) {
        bt_list *list = NULL;
        if (!CHECK_STATUS(bt_recommend(a->model, &profile, &params, &list, NULL), BT_OK))
            return NULL;
        CHECK(round == 0 || a->first == list->films[0].film_id);
        a->first = list->films[0].film_id;
        bt_list_free(list);
    }
    return NULL;
}

TEST(many_ask_one_model)
{
    const bt_ratings *ratings = tastes_ratings(&many);
    bt_model *model = train(ratings, 2, NULL);
    pthread_t threads[4];
    asker askers[4];
    for (uint32_t i = 0; i < 4; i++) {
        askers[i] = (asker){.model = model, .film_id = tastes_film_id(i)};
        REQUIRE(pthread_create(&threads[i], NULL, ask, &askers[i]) == 0);
    }
    for (uint32_t i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        CHECK_INT((askers[i].first / 10 - 1) % many.n_groups, i);
    }
    bt_model_close(model);
    bt_ratings_close(ratings);
}
