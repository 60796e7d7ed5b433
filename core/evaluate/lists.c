/* What a person gets in the end, as a ranker: a model's lists with what texts and the dial make of them (core/taste/). */
#include "base/error.h"
#include "base/memory.h"
#include "evaluate/ranker.h"
#include "taste/taste.h"

typedef struct lists_ranker {
    ranker base;
    const bt_model *model;
    bt_text_join *texts; /* NULL: without */
    bt_recommend_params params;
} lists_ranker;

static bt_status score_lists(const ranker *base, const fold_term *terms, size_t n, double *scores, bt_error *error)
{
    const lists_ranker *r = (const lists_ranker *)base;
    bt_opinion *opinions = memory_zeroed(n, sizeof *opinions);
    if (opinions == NULL)
        return error_no_memory(error, "testing users");
    for (size_t i = 0; i < n; i++)
        opinions[i] = (bt_opinion){.film_id = r->model->info.film_ids[terms[i].film], .half_stars = terms[i].half_stars};
    const bt_profile profile = {opinions, n};
    taste t = {0};
    fold f = {0};
    bt_status status = taste_make(r->model, &profile, &r->params, &t, error);
    if (status == BT_OK)
        status = taste_fold(&t, false, &f, error);
    if (status == BT_OK)
        taste_scores(&t, &f, scores);
    fold_free(&f);
    taste_free(&t);
    bt_free(opinions);
    return status;
}

static void free_lists(ranker *base)
{
    bt_text_join_free(((lists_ranker *)base)->texts);
    bt_free(base);
}

bt_status ranker_lists(const bt_model *model, const bt_neighbours *texts, int dial, ranker **out, bt_error *error)
{
    lists_ranker *r = memory_zeroed(1, sizeof *r);
    if (r == NULL)
        return error_no_memory(error, "testing users");
    r->base = (ranker){model->info.n_films, model->info.likes, score_lists, free_lists};
    r->model = model;
    r->params = bt_recommend_params_default();
    r->params.dial = dial;
    bt_status status = BT_OK;
    if (texts != NULL)
        status = bt_text_join_make(texts, model, &r->texts, error);
    r->params.text = r->texts;
    *out = status == BT_OK ? &r->base : NULL;
    if (status != BT_OK)
        bt_free(r);
    return status;
}
