/* Ranked lists: fold in, filter, score, select, explain.
 *
 * Memory for one call: 17 bytes a film of the model, 8 (rank^2 + rank) bytes for the fold-in, 24 bytes a film of the list and
 * reason.
 */
#include "butaca/recommend.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/sorted.h"
#include "taste/taste.h"

bt_recommend_params bt_recommend_params_default(void)
{
    return (bt_recommend_params){.limit = 20};
}

/* One list in the making. */
typedef struct ranking {
    const bt_model *model;
    const bt_recommend_params *params;
    taste taste;
    fold fold;         /* zeroed by popularity */
    uint8_t *allowed;  /* n_films: may stand in the list */
    topk_entry *picks; /* n_picks */
    size_t n_picks;
} ranking;

/* Filters come before ranking: what the person knows and what the caller leaves out. */
static bt_status set_allowed(ranking *r, const bt_profile *profile, bt_error *error)
{
    const bt_model_info *info = &r->model->info;
    r->allowed = memory_array(info->n_films, 1);
    if (r->allowed == NULL)
        return error_no_memory(error, "making a list");
    if (r->params->allowed != NULL)
        memcpy(r->allowed, r->params->allowed, info->n_films);
    else
        memset(r->allowed, 1, info->n_films);
    for (size_t i = 0; i < profile->n_opinions; i++) {
        if (!bt_opinion_known(&profile->opinions[i]))
            continue;
        const size_t film = sorted_find(info->film_ids, info->n_films, profile->opinions[i].film_id);
        if (film != SIZE_MAX)
            r->allowed[film] = 0;
    }
    return BT_OK;
}

static bt_status pick_by_taste(ranking *r, bt_error *error)
{
    const size_t n_films = r->model->info.n_films, limit = r->params->limit < n_films ? r->params->limit : n_films;
    bt_status status = fold_in(r->model, r->taste.terms, r->taste.n_terms, r->params->explain, &r->fold, error);
    if (status != BT_OK)
        return status;
    topk best = {0};
    double *scores = memory_array(n_films, sizeof *scores);
    if (scores == NULL || !topk_make(&best, limit)) {
        bt_free(scores);
        return error_no_memory(error, "making a list");
    }
    fold_scores(r->model, &r->fold, scores);
    for (size_t i = 0; i < n_films; i++)
        if (r->allowed[i])
            topk_offer(&best, scores[i], (uint32_t)i);
    r->n_picks = topk_sort(&best);
    r->picks = best.entries;
    bt_free(scores);
    return BT_OK;
}

static bt_status pick_popular(ranking *r, bt_error *error)
{
    const size_t n_films = r->model->info.n_films, limit = r->params->limit < n_films ? r->params->limit : n_films;
    r->picks = memory_array(limit, sizeof *r->picks);
    if (r->picks == NULL)
        return error_no_memory(error, "making a list");
    return taste_popular(r->model, r->allowed, r->params->genres, limit, r->picks, &r->n_picks, error);
}

static bt_status list_of(const ranking *r, bool with_reasons, bt_list **out, bt_error *error)
{
    const size_t n_reasons = with_reasons ? r->taste.n_terms : 0, k = r->model->info.params.rank;
    double *solved = memory_array(k, sizeof *solved);
    list_object *list = NULL;
    const bt_status status =
        solved != NULL ? list_make(r->n_picks, n_reasons, &list, error) : error_no_memory(error, "making a list");
    if (status == BT_OK) {
        list->view.basis = r->taste.n_likes > 0 ? BT_BASIS_TASTE : BT_BASIS_POPULARITY;
        list->view.n_unknown = r->taste.n_unknown;
        for (size_t i = 0; i < r->n_picks; i++) {
            list->films[i].film_id = r->model->info.film_ids[r->picks[i].film];
            list->films[i].score = r->picks[i].score;
            if (n_reasons > 0)
                taste_explain(&r->taste, &r->fold, r->picks[i].film, solved, list->reasons + i * n_reasons);
        }
        *out = &list->view;
    }
    bt_free(solved);
    return status;
}

static void ranking_free(ranking *r)
{
    taste_free(&r->taste);
    fold_free(&r->fold);
    bt_free(r->allowed);
    bt_free(r->picks);
}

bt_status bt_recommend(const bt_model *model, const bt_profile *profile, const bt_recommend_params *params, bt_list **out,
                       bt_error *error)
{
    *out = NULL;
    if (params->limit == 0)
        return error_set(error, BT_INVALID_ARGUMENT, "a list of 0 films was asked for, expected at least 1");
    ranking r = {.model = model, .params = params};
    bt_status status = taste_make(model, profile, &r.taste, error);
    const bool by_taste = r.taste.n_likes > 0;
    if (status == BT_OK)
        status = set_allowed(&r, profile, error);
    if (status == BT_OK)
        status = by_taste ? pick_by_taste(&r, error) : pick_popular(&r, error);
    if (status == BT_OK)
        status = list_of(&r, by_taste && params->explain, out, error);
    ranking_free(&r);
    return status;
}

bt_status bt_explain(const bt_model *model, const bt_profile *profile, uint32_t film_id, bt_list **out, bt_error *error)
{
    *out = NULL;
    const size_t film = sorted_find(model->info.film_ids, model->info.n_films, film_id);
    if (film == SIZE_MAX)
        return error_set(error, BT_NOT_FOUND, "film %" PRIu32 " is not in the model: nobody had rated it", film_id);
    topk_entry pick = {.film = (uint32_t)film};
    ranking r = {.model = model};
    bt_status status = taste_make(model, profile, &r.taste, error);
    if (status == BT_OK && r.taste.n_likes == 0)
        status =
            error_set(error, BT_INVALID_ARGUMENT, "the profile likes no film of the model, so nothing can be explained by it");
    if (status == BT_OK)
        status = fold_in(model, r.taste.terms, r.taste.n_terms, true, &r.fold, error);
    if (status == BT_OK) {
        const size_t k = r.fold.rank;
        pick.score = model->simd->dot(model->info.film_factors + film * k, r.fold.x, k) * fold_scale(model, &r.fold, film);
        r.picks = &pick;
        r.n_picks = 1;
        status = list_of(&r, true, out, error);
        r.picks = NULL;
    }
    ranking_free(&r);
    return status;
}
