/* Lists: the model's films pass the filters first, then the library ranks what is left, so that `limit` films come back whenever
 * so many exist. A filter costs one pass over the model's films; nothing is kept between calls.
 */
#include "app/state.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/sorted.h"

/* "Horror, Sci-Fi, …", for a message. */
static void write_genres(const film_names *genres, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < genres->n && used < size; i++) {
        const int n = snprintf(out + used, size - used, "%s%s", i > 0 ? ", " : "", genres->items[i]);
        used += n > 0 ? (size_t)n : 0;
    }
}

static bt_status genre_bit(const app *a, const char *name, uint64_t *bit, bt_error *error)
{
    char *key = NULL;
    bt_status status = bt_title_key(name, strlen(name), &key, error);
    if (status != BT_OK)
        return status;
    size_t i = 0;
    while (i < a->genres.n && strcmp(a->genre_keys[i], key) != 0)
        i++;
    bt_free(key);
    if (i < a->genres.n && i < 64) {
        *bit = UINT64_C(1) << i;
        return BT_OK;
    }
    char known[BT_ERROR_MESSAGE_SIZE];
    write_genres(&a->genres, known, sizeof known);
    return error_set(error, BT_NOT_FOUND, "no genre is called \"%s\"; there are: %s", name, known);
}

static bool passes(const film_card *card, const app_filter *filter, uint64_t genres)
{
    if (card == NULL) /* known to model or index, but not to the catalogue: nobody could say what it is */
        return false;
    if (filter == NULL)
        return true;
    if (filter->n_genres > 0 && (card->genres & genres) == 0)
        return false;
    if (filter->from_year == 0 && filter->to_year == 0)
        return true;
    return card->year != 0 && (filter->from_year == 0 || card->year >= filter->from_year) &&
           (filter->to_year == 0 || card->year <= filter->to_year);
}

bt_status app_pass_cards(const app *a, const app_filter *filter, const film_card *const *cards, size_t n, uint8_t **out,
                         bt_error *error)
{
    uint64_t genres = 0;
    for (size_t i = 0; filter != NULL && i < filter->n_genres; i++) {
        uint64_t bit = 0;
        const bt_status status = genre_bit(a, filter->genres[i], &bit, error);
        if (status != BT_OK)
            return status;
        genres |= bit;
    }
    uint8_t *mask = memory_array(n, 1);
    if (mask == NULL)
        return error_no_memory(error, "filtering films");
    for (size_t i = 0; i < n; i++)
        mask[i] = passes(cards[i], filter, genres);
    *out = mask;
    return BT_OK;
}

bt_status app_make_mask(const app *a, const app_filter *filter, uint8_t **out, bt_error *error)
{
    const bt_model_info *info = bt_model_describe(a->model);
    const bt_status status = app_pass_cards(a, filter, a->model_cards, info->n_films, out, error);
    for (size_t i = 0; status == BT_OK && filter != NULL && i < filter->n_without; i++) {
        const size_t at = sorted_find(info->film_ids, info->n_films, filter->without[i]);
        if (at != SIZE_MAX)
            (*out)[at] = 0;
    }
    return status;
}

bt_status app_recommend(const app *a, bt_opinion *opinions, size_t n_opinions, const app_filter *filter, size_t limit,
                        bool explain, bt_list **out, bt_error *error)
{
    *out = NULL;
    uint8_t *mask = NULL;
    bt_status status = app_need_model(a, error);
    if (status == BT_OK)
        status = bt_profile_sort(opinions, n_opinions, error);
    if (status == BT_OK)
        status = app_make_mask(a, filter, &mask, error);
    if (status != BT_OK)
        return status;
    bt_recommend_params params = bt_recommend_params_default();
    params.limit = limit;
    params.allowed = mask;
    params.genres = a->model_genres;
    params.explain = explain;
    const bt_profile profile = {opinions, n_opinions};
    status = bt_recommend(a->model, &profile, &params, out, error);
    bt_free(mask);
    return status;
}

/* Whether the model knows the film; the message names it as people do. */
static bt_status need_film(const app *a, uint32_t film_id, bt_error *error)
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

bt_status app_explain(const app *a, bt_opinion *opinions, size_t n_opinions, uint32_t film_id, bt_list **out, bt_error *error)
{
    *out = NULL;
    bt_status status = need_film(a, film_id, error);
    if (status == BT_OK)
        status = bt_profile_sort(opinions, n_opinions, error);
    if (status != BT_OK)
        return status;
    const bt_profile profile = {opinions, n_opinions};
    return bt_explain(a->model, &profile, film_id, out, error);
}

bt_status app_similar(const app *a, uint32_t film_id, size_t limit, arena *memory, bt_scored_film **out, size_t *n,
                      bt_error *error)
{
    *n = 0;
    const bt_status status = need_film(a, film_id, error);
    if (status != BT_OK)
        return status;
    const size_t n_films = bt_model_describe(a->model)->n_films;
    const size_t room = limit < n_films ? limit : n_films;
    *out = arena_take(memory, (room > 0 ? room : 1) * sizeof **out);
    if (*out == NULL)
        return error_no_memory(error, "looking for similar films");
    return bt_model_similar(a->model, film_id, room, *out, n, error);
}
