/* What a person gets in the end, as a ranker: a model's lists with what texts and the dial make of them (core/taste/), whole or without one
 * of their parts. */
#include "base/error.h"
#include "base/memory.h"
#include "evaluate/ranker.h"
#include "taste/taste.h"

typedef struct lists_ranker {
    ranker base;
    const bt_model *model;
    bt_text_join *texts; /* NULL: without */
    bt_recommend_params params;
    bool without_dislikes, without_damping;
} lists_ranker;

/* What diversity makes of scores: the places that it gives come first, above all other films. */
static bt_status spread_scores(const lists_ranker *r, const taste *t, double *scores, bt_error *error)
{
    enum { CANDIDATES = 500 };
    topk best = {0};
    uint32_t order[CANDIDATES];
    if (!topk_make(&best, CANDIDATES))
        return error_no_memory(error, "testing users");
    size_t next = 0;
    for (size_t film = 0; film < r->model->info.n_films; film++) {
        while (next < t->n_terms && t->terms[next].film < film)
            next++;
        if (next == t->n_terms || t->terms[next].film != film || t->terms[next].half_stars < BT_LIKE_HALF_STARS)
            topk_offer(&best, scores[film], (uint32_t)film);
    }
    const size_t n = topk_sort(&best);
    const bt_status status = taste_diversify(r->model, r->params.diversity, best.entries, n, n, order, error);
    for (size_t place = 0; status == BT_OK && place < n; place++)
        scores[best.entries[order[place]].film] = best.entries[0].score + (double)(n - place);
    topk_free(&best);
    return status;
}

static bt_status score_lists(const ranker *base, const fold_term *terms, size_t n, double *scores, bt_error *error)
{
    const lists_ranker *r = (const lists_ranker *)base;
    bt_opinion *opinions = memory_zeroed(n, sizeof *opinions);
    if (opinions == NULL)
        return error_no_memory(error, "testing users");
    size_t n_opinions = 0;
    for (size_t i = 0; i < n; i++)
        if (!r->without_dislikes || terms[i].half_stars > BT_DISLIKE_HALF_STARS)
            opinions[n_opinions++] =
                (bt_opinion){.film_id = r->model->info.film_ids[terms[i].film], .half_stars = terms[i].half_stars};
    const bt_profile profile = {opinions, n_opinions};
    taste t = {0};
    fold f = {0};
    bt_status status = taste_make(r->model, &profile, &r->params, &t, error);
    if (status == BT_OK)
        status = taste_fold(&t, false, &f, error);
    if (r->without_damping)
        f.exponent = 0.0;
    if (status == BT_OK)
        taste_scores(&t, &f, scores);
    if (status == BT_OK && r->params.diversity > 0.0)
        status = spread_scores(r, &t, scores, error);
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

static int dial_of(bt_ranker kind)
{
    if (kind == BT_RANKER_DIAL_1)
        return BT_DIAL_SAFE;
    return kind >= BT_RANKER_DIAL_3 && kind <= BT_RANKER_DIAL_5 ? (int)(kind - BT_RANKER_DIAL_3) + 3 : BT_DIAL_DEFAULT;
}

bt_status ranker_lists(bt_ranker kind, const bt_model *model, const bt_neighbours *texts, ranker **out, bt_error *error)
{
    lists_ranker *r = memory_zeroed(1, sizeof *r);
    if (r == NULL)
        return error_no_memory(error, "testing users");
    r->base = (ranker){model->info.n_films, model->info.likes, score_lists, free_lists};
    r->model = model;
    r->params = bt_recommend_params_default();
    r->params.dial = dial_of(kind);
    r->params.diversity = kind == BT_RANKER_DIVERSE ? 0.3 : 0.0;
    r->without_dislikes = kind == BT_RANKER_NO_DISLIKES;
    r->without_damping = kind == BT_RANKER_NO_DAMPING;
    bt_status status = BT_OK;
    if (texts != NULL && kind != BT_RANKER_NO_TEXTS)
        status = bt_text_join_make(texts, model, &r->texts, error);
    r->params.text = r->texts;
    *out = status == BT_OK ? &r->base : NULL;
    if (status != BT_OK)
        bt_free(r);
    return status;
}
