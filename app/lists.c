/* Lists: the model's films pass the filters first, then the library ranks what is left, so that `limit` films come back whenever
 * so many exist. Nothing is kept between calls.
 */
#include <stdlib.h>
#include <string.h>

#include "app/state.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/sorted.h"

app_wish app_wish_default(void)
{
    return (app_wish){.limit = 20, .reasons_max = APP_REASONS_MAX, .dial = BT_DIAL_DEFAULT};
}

static int by_film(const void *left, const void *right)
{
    const bt_opinion_weight *a = left, *b = right;
    return (a->film_id > b->film_id) - (a->film_id < b->film_id);
}

static bt_status sort_wish(app_wish *wish, bt_error *error)
{
    if (wish->n_weights > 0)
        qsort(wish->weights, wish->n_weights, sizeof *wish->weights, by_film);
    return bt_profile_sort(wish->opinions, wish->n_opinions, error);
}

bt_recommend_params app_params_of(const app *a, const app_wish *wish)
{
    bt_recommend_params params = bt_recommend_params_default();
    params.limit = wish->limit;
    params.offset = wish->offset;
    params.genres = a->model_genres;
    params.explain = wish->explain;
    params.reasons_max = wish->reasons_max;
    params.diversity = wish->diversity;
    params.dial = wish->dial;
    params.weights = wish->weights;
    params.n_weights = wish->n_weights;
    params.text = wish->without_texts ? NULL : a->texts;
    return params;
}

uint64_t app_lists_id(const app *a)
{
    const uint64_t model = a->model != NULL ? bt_model_describe(a->model)->fingerprint : 0;
    return random_mix(random_mix(a->catalogue_version) ^ model ^
                      (a->texts != NULL ? random_mix(bt_neighbours_describe(a->neighbours)->fingerprint + 1) : 0));
}

bt_status app_recommend(const app *a, app_wish *wish, bt_list **out, bt_error *error)
{
    *out = NULL;
    uint8_t *mask = NULL;
    bt_status status = app_need_model(a, error);
    if (status == BT_OK)
        status = sort_wish(wish, error);
    if (status == BT_OK)
        status = app_make_mask(a, &wish->filter, &mask, error);
    if (status != BT_OK)
        return status;
    bt_recommend_params params = app_params_of(a, wish);
    params.allowed = mask;
    const bt_profile profile = {wish->opinions, wish->n_opinions};
    status = bt_recommend(a->model, &profile, &params, out, error);
    bt_free(mask);
    return status;
}

bt_status app_ranks(const app *a, app_wish *wish, const bt_list *list, size_t *ranks, bt_error *error)
{
    app_wish whole = *wish;
    bt_list *before = NULL;
    const bt_status status = app_need_model(a, error);
    if (status != BT_OK)
        return status;
    whole.limit = bt_model_describe(a->model)->n_films;
    whole.limit += whole.limit == 0;
    whole.offset = 0;
    whole.explain = false;
    whole.diversity = 0;
    const bt_status ranked = app_recommend(a, &whole, &before, error);
    for (size_t i = 0; ranked == BT_OK && i < list->n_films; i++) {
        ranks[i] = 0;
        for (size_t k = 0; k < before->n_films && ranks[i] == 0; k++)
            if (before->films[k].film_id == list->films[i].film_id)
                ranks[i] = k + 1;
    }
    bt_list_free(before);
    return ranked;
}

bt_status app_need_film(const app *a, uint32_t film_id, bt_error *error)
{
    const bt_status status = app_need_model(a, error);
    if (status != BT_OK)
        return status;
    const bt_model_info *info = bt_model_describe(a->model);
    if (sorted_find(info->film_ids, info->n_films, film_id) != SIZE_MAX)
        return BT_OK;
    const film_card *card = app_card(a, film_id);
    return error_set(error, BT_NOT_FOUND, "the model doesn't know %s: nobody had rated it when it was trained",
                     card != NULL ? card->title : "a film with this id");
}

bt_status app_explain(const app *a, app_wish *wish, uint32_t film_id, bt_list **out, bt_error *error)
{
    *out = NULL;
    bt_status status = app_need_film(a, film_id, error);
    if (status == BT_OK)
        status = sort_wish(wish, error);
    if (status != BT_OK)
        return status;
    const bt_profile profile = {wish->opinions, wish->n_opinions};
    const bt_recommend_params params = app_params_of(a, wish);
    return bt_explain(a->model, &profile, film_id, &params, out, error);
}
bt_status app_predict_list(const app *a, const app_wish *wish, const bt_list *list, arena *memory, bt_predicted_rating **out,
                           bt_error *error)
{
    *out = NULL;
    if (!wish->predict)
        return BT_OK;
    const size_t n = list->n_films;
    uint32_t *ids = arena_take(memory, (n + 1) * sizeof *ids);
    bt_predicted_rating *predicted = arena_take(memory, (n + 1) * sizeof *predicted);
    if (ids == NULL || predicted == NULL)
        return error_no_memory(error, "predicting ratings");
    for (size_t i = 0; i < n; i++) {
        ids[i] = list->films[i].film_id;
        predicted[i] = (bt_predicted_rating){0};
    }
    *out = predicted;
    if (a->ratings == NULL)
        return BT_OK;
    const bt_profile profile = {wish->opinions, wish->n_opinions};
    return app_predict_ratings(a, &profile, ids, n, predicted, error);
}
