/* The recommender and the popular films as rankers. */
#include "evaluate/ranker.h"

#include "base/error.h"
#include "base/memory.h"
#include "butaca/recommend.h"

void ranker_free(ranker *r)
{
    if (r != NULL)
        r->free(r);
}

uint32_t *ranker_count_likes(const bt_ratings *ratings)
{
    uint32_t *likes = memory_zeroed(ratings->n_films, sizeof *likes);
    for (size_t i = 0; likes != NULL && i < ratings->n_ratings; i++)
        likes[ratings->films[i]] += ratings->half_stars[i] >= BT_LIKE_HALF_STARS;
    return likes;
}

/* --- ALS ---------------------------------------------------------------------------------------------------------------- */

typedef struct als_ranker {
    ranker base;
    const bt_model *model;
    bt_model *owned; /* NULL: the caller's */
} als_ranker;

static bt_status score_als(const ranker *r, const fold_term *terms, size_t n, double *scores, bt_error *error)
{
    const bt_model *model = ((const als_ranker *)r)->model;
    fold f;
    const bt_status status = fold_in(model, terms, n, false, &f, error);
    if (status != BT_OK)
        return status;
    fold_scores(model, &f, scores);
    fold_free(&f);
    return BT_OK;
}

static void free_als(ranker *r)
{
    bt_model_close(((als_ranker *)r)->owned);
    bt_free(r);
}

bt_status ranker_of_model(const bt_model *model, ranker **out, bt_error *error)
{
    als_ranker *r = memory_zeroed(1, sizeof *r);
    if (r == NULL)
        return error_no_memory(error, "testing users");
    r->base = (ranker){model->info.n_films, model->info.likes, score_als, free_als};
    r->model = model;
    *out = &r->base;
    return BT_OK;
}

static bt_status train_als(const bt_ratings *training, const ranker_params *params, ranker **out, bt_error *error)
{
    bt_model *model = NULL;
    bt_status status = bt_model_train(training, params->als, params->progress, NULL, &model, error);
    if (status == BT_OK)
        status = ranker_of_model(model, out, error);
    if (status == BT_OK)
        ((als_ranker *)*out)->owned = model;
    else
        bt_model_close(model);
    return status;
}

const bt_model *ranker_model(const ranker *als)
{
    return ((const als_ranker *)als)->model;
}

/* --- popularity --------------------------------------------------------------------------------------------------------- */

bt_status ranker_score_likes(const ranker *r, const fold_term *terms, size_t n, double *scores, bt_error *error)
{
    (void)terms, (void)n, (void)error;
    for (size_t i = 0; i < r->n_films; i++)
        scores[i] = (double)r->likes[i];
    return BT_OK;
}

static void free_popularity(ranker *r)
{
    bt_free((void *)(uintptr_t)r->likes);
    bt_free(r);
}

bt_status ranker_popularity(const bt_ratings *training, ranker **out, bt_error *error)
{
    ranker *r = memory_zeroed(1, sizeof *r);
    uint32_t *likes = ranker_count_likes(training);
    if (r == NULL || likes == NULL) {
        bt_free(r);
        bt_free(likes);
        return error_no_memory(error, "counting likes");
    }
    *r = (ranker){training->n_films, likes, ranker_score_likes, free_popularity};
    *out = r;
    return BT_OK;
}

bt_status ranker_make(bt_ranker kind, const bt_ratings *training, const ranker_params *params, ranker **out, bt_error *error)
{
    *out = NULL;
    switch (kind) {
    case BT_RANKER_ALS:
        return train_als(training, params, out, error);
    case BT_RANKER_LISTS:
    case BT_RANKER_DIAL_1:
    case BT_RANKER_DIAL_3:
    case BT_RANKER_DIAL_4:
    case BT_RANKER_DIAL_5:
    case BT_RANKER_NO_TEXTS:
    case BT_RANKER_NO_DISLIKES:
    case BT_RANKER_NO_DAMPING:
    case BT_RANKER_DIVERSE:
        return ranker_lists(kind, params->model, params->texts, out, error);
    case BT_RANKER_EASE:
    case BT_RANKER_EASE_MIDDLING:
        return ranker_ease(training, kind == BT_RANKER_EASE_MIDDLING, params->threads, out, error);
    case BT_RANKER_KNN:
        return ranker_knn(training, params->threads, out, error);
    case BT_RANKER_ASKED:
    case BT_RANKER_ASKED_POPULAR:
    case BT_RANKER_POPULAR_ORDINARY:
        return ranker_answers(kind, training, params->model, out, error);
    case BT_RANKER_POPULARITY:
        return ranker_popularity(training, out, error);
    case BT_N_RANKERS:
        break;
    }
    return error_set(error, BT_INVALID_ARGUMENT, "ranker %d doesn't exist", (int)kind);
}
