/* Ranked lists: fold in, filter, score, select, explain.
 *
 * Memory for one call: 9 bytes a film of the model, 8 (rank^2 + rank) bytes for the fold-in, 16 bytes a candidate, 24 bytes a film of
 * the list and reason.
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
    return (bt_recommend_params){.limit = 20, .dial = BT_DIAL_DEFAULT, .text_like = 0.1, .text_dislike = 1.0};
}

enum { DIVERSITY_CANDIDATES = 500 };

/* A film of the list. */
typedef struct pick {
    topk_entry film;
    size_t rank; /* by score alone, from 1 */
} pick;

/* One list in the making. */
typedef struct ranking {
    const bt_model *model;
    const bt_recommend_params *params;
    taste taste;
    fold fold;              /* zeroed by popularity */
    uint8_t *allowed;       /* n_films: may stand in the list */
    size_t n_allowed;       /* how many of them may */
    topk_entry *candidates; /* n_candidates, best first */
    size_t n_candidates;
    pick *picks; /* n_picks: the page */
    size_t n_picks;
} ranking;

static size_t count_allowed(const uint8_t *allowed, size_t n)
{
    uint32_t count = 0; /* half a size_t: twice as many to a vector */
    for (size_t i = 0; i < n; i++)
        count += allowed[i] != 0;
    return count;
}

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
    r->n_allowed = r->params->allowed != NULL ? count_allowed(r->allowed, info->n_films) : info->n_films;
    for (size_t i = 0; i < profile->n_opinions; i++) {
        if (!bt_opinion_known(&profile->opinions[i]))
            continue;
        const size_t film = sorted_find(info->film_ids, info->n_films, profile->opinions[i].film_id);
        if (film == SIZE_MAX || !r->allowed[film])
            continue;
        r->allowed[film] = 0;
        r->n_allowed--;
    }
    return BT_OK;
}

/* How many of the best films the page is taken from. */
static size_t candidates_wanted(const ranking *r)
{
    const size_t n_films = r->model->info.n_films, offset = r->params->offset < n_films ? r->params->offset : n_films;
    size_t wanted = r->params->limit < n_films - offset ? offset + r->params->limit : n_films;
    if (r->params->diversity > 0.0 && wanted < DIVERSITY_CANDIDATES)
        wanted = DIVERSITY_CANDIDATES < n_films ? DIVERSITY_CANDIDATES : n_films;
    return wanted;
}

static bt_status rank_by_taste(ranking *r, bt_error *error)
{
    bt_status status = taste_fold(&r->taste, r->params->explain, &r->fold, error);
    if (status != BT_OK)
        return status;
    topk best = {0};
    status = taste_best(&r->taste, &r->fold, r->allowed, candidates_wanted(r), &best, error);
    r->n_candidates = best.n;
    r->candidates = best.entries;
    return status;
}

static bt_status rank_popular(ranking *r, bt_error *error)
{
    const size_t wanted = candidates_wanted(r);
    r->candidates = memory_array(wanted, sizeof *r->candidates);
    if (r->candidates == NULL)
        return error_no_memory(error, "making a list");
    return taste_popular(r->model, r->allowed, r->params->genres, wanted, r->candidates, &r->n_candidates, error);
}

/* The page: places [offset, offset + limit) of the order that diversity gives the first candidates. */
static bt_status pick_page(ranking *r, bt_error *error)
{
    const size_t offset = r->params->offset < r->n_candidates ? r->params->offset : r->n_candidates;
    const size_t rest = r->n_candidates - offset;
    r->n_picks = r->params->limit < rest ? r->params->limit : rest;
    r->picks = memory_array(r->n_picks, sizeof *r->picks);
    const size_t spread = r->params->diversity > 0.0 ? r->n_candidates : 0;
    const size_t n = spread < DIVERSITY_CANDIDATES ? spread : DIVERSITY_CANDIDATES;
    uint32_t *order = memory_array(n, sizeof *order);
    bt_status status = r->picks != NULL && order != NULL ? BT_OK : error_no_memory(error, "making a list");
    if (status == BT_OK && n > 0)
        status = taste_diversify(r->model, r->params->diversity, r->candidates, n, offset + r->n_picks, order, error);
    for (size_t i = 0; status == BT_OK && i < r->n_picks; i++) {
        const size_t from = offset + i < n ? order[offset + i] : offset + i;
        r->picks[i] = (pick){r->candidates[from], from + 1};
    }
    bt_free(order);
    return status;
}

/* The n_shown largest reasons, and what the others add up to. */
static void explain_pick(const explainer *e, size_t film, size_t n_shown, bt_reason *shown, bt_recommendation *out)
{
    const bt_reason *all = explainer_run(e, film);
    memcpy(shown, all, n_shown * sizeof *shown);
    out->n_others = e->taste->n_terms - n_shown;
    for (size_t i = n_shown; i < e->taste->n_terms; i++)
        out->others += all[i].share;
}

static void fill_list(const ranking *r, const explainer *e, size_t n_shown, list_object *list)
{
    list->view.basis = r->taste.n_likes > 0 ? BT_BASIS_TASTE : BT_BASIS_POPULARITY;
    list->view.n_unknown = r->taste.n_unknown;
    list->view.n_total = r->n_allowed;
    for (size_t i = 0; i < r->n_picks; i++) {
        const topk_entry film = r->picks[i].film;
        list->films[i].film_id = r->model->info.film_ids[film.film];
        list->films[i].score = film.score;
        list->films[i].rank = r->picks[i].rank;
        if (n_shown > 0)
            explain_pick(e, film.film, n_shown, list->reasons + i * n_shown, &list->films[i]);
    }
}

static bt_status list_of(const ranking *r, bool with_reasons, bt_list **out, bt_error *error)
{
    const size_t n_terms = with_reasons ? r->taste.n_terms : 0, bound = r->params->reasons_max;
    const size_t n_shown = bound > 0 && bound < n_terms ? bound : n_terms;
    explainer e = {0};
    list_object *list = NULL;
    bt_status status = BT_OK;
    if (n_shown > 0 && !explainer_make(&r->taste, &r->fold, &e))
        status = error_no_memory(error, "making a list");
    if (status == BT_OK)
        status = list_make(r->n_picks, n_shown, &list, error);
    if (status == BT_OK) {
        fill_list(r, &e, n_shown, list);
        *out = &list->view;
    }
    explainer_free(&e);
    return status;
}

static void ranking_free(ranking *r)
{
    taste_free(&r->taste);
    fold_free(&r->fold);
    bt_free(r->allowed);
    bt_free(r->candidates);
    bt_free(r->picks);
}

bt_status bt_recommend(const bt_model *model, const bt_profile *profile, const bt_recommend_params *params, bt_list **out,
                       bt_error *error)
{
    *out = NULL;
    if (params->limit == 0)
        return error_set(error, BT_INVALID_ARGUMENT, "a list of 0 films was asked for, expected at least 1");
    ranking r = {.model = model, .params = params};
    bt_status status = taste_make(model, profile, params, &r.taste, error);
    const bool by_taste = r.taste.n_likes > 0;
    if (status == BT_OK)
        status = set_allowed(&r, profile, error);
    if (status == BT_OK)
        status = by_taste ? rank_by_taste(&r, error) : rank_popular(&r, error);
    if (status == BT_OK)
        status = pick_page(&r, error);
    if (status == BT_OK)
        status = list_of(&r, by_taste && params->explain, out, error);
    ranking_free(&r);
    return status;
}

/* The film's own score and reasons, for a profile with a like. */
static bt_status explain_film(ranking *r, size_t film, bt_list **out, bt_error *error)
{
    pick one = {.film = {.film = (uint32_t)film}, .rank = 1};
    double *scores = memory_array(r->model->info.n_films, sizeof *scores);
    if (scores == NULL)
        return error_no_memory(error, "explaining a film");
    bt_status status = taste_fold(&r->taste, true, &r->fold, error);
    if (status == BT_OK) {
        taste_scores(&r->taste, &r->fold, scores);
        one.film.score = scores[film];
        r->picks = &one;
        r->n_picks = r->n_allowed = 1;
        status = list_of(r, true, out, error);
        r->picks = NULL;
    }
    bt_free(scores);
    return status;
}

bt_status bt_explain(const bt_model *model, const bt_profile *profile, uint32_t film_id, const bt_recommend_params *params,
                     bt_list **out, bt_error *error)
{
    *out = NULL;
    const bt_recommend_params plain = bt_recommend_params_default();
    const size_t film = sorted_find(model->info.film_ids, model->info.n_films, film_id);
    if (film == SIZE_MAX)
        return error_set(error, BT_NOT_FOUND, "film %" PRIu32 " is not in the model: nobody had rated it", film_id);
    ranking r = {.model = model, .params = params != NULL ? params : &plain};
    bt_status status = taste_make(model, profile, r.params, &r.taste, error);
    if (status == BT_OK && r.taste.n_likes == 0)
        status =
            error_set(error, BT_INVALID_ARGUMENT, "the profile likes no film of the model, so nothing can be explained by it");
    if (status == BT_OK)
        status = explain_film(&r, film, out, error);
    ranking_free(&r);
    return status;
}
