/* Opening a data folder for reading: the catalogue's cards, the active model, and the joins between them, all made once. */
#include "app/state.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/sorted.h"

static bt_status load_genres(app *a, bt_error *error)
{
    bt_status status = catalogue_genres(a->catalogue, &a->memory, &a->genres, error);
    if (status != BT_OK)
        return status;
    a->genre_keys = arena_take(&a->memory, a->genres.n * sizeof *a->genre_keys);
    if (a->genre_keys == NULL)
        return error_no_memory(error, "reading the genres");
    for (size_t i = 0; i < a->genres.n; i++) {
        char *key = NULL;
        status = bt_title_key(a->genres.items[i], strlen(a->genres.items[i]), &key, error);
        if (status != BT_OK)
            return status;
        a->genre_keys[i] = arena_string(&a->memory, key, strlen(key));
        bt_free(key);
        if (a->genre_keys[i] == NULL)
            return error_no_memory(error, "reading the genres");
    }
    return BT_OK;
}

static bt_status count_genres(app *a, bt_error *error)
{
    a->genre_films = arena_take(&a->memory, (a->genres.n + 1) * sizeof *a->genre_films);
    if (a->genre_films == NULL)
        return error_no_memory(error, "counting genres");
    for (size_t bit = 0; bit < a->genres.n; bit++) {
        a->genre_films[bit] = 0;
        for (size_t i = 0; bit < 64 && i < a->n_cards; i++)
            a->genre_films[bit] += a->cards[i].genres >> bit & 1;
    }
    return BT_OK;
}

static bt_status load_films(app *a, bt_error *error)
{
    bt_status status = catalogue_open(a->folder.catalogue_url, CATALOGUE_READ, &a->catalogue, error);
    if (status == BT_OK)
        status = catalogue_version(a->catalogue, &a->catalogue_version, error);
    if (status == BT_OK)
        status = catalogue_cards(a->catalogue, &a->memory, &a->cards, &a->n_cards, error);
    if (status == BT_OK)
        status = load_genres(a, error);
    if (status == BT_OK)
        status = count_genres(a, error);
    return status;
}

/* Both the model's films and the cards ascend by id: one merge joins them. */
static bt_status join_model(app *a, bt_error *error)
{
    const bt_model_info *info = bt_model_describe(a->model);
    a->model_cards = arena_take(&a->memory, info->n_films * sizeof *a->model_cards);
    a->model_genres = arena_take(&a->memory, info->n_films * sizeof *a->model_genres);
    if (a->model_cards == NULL || a->model_genres == NULL)
        return error_no_memory(error, "joining the model with the catalogue");
    size_t card = 0;
    for (size_t i = 0; i < info->n_films; i++) {
        while (card < a->n_cards && a->cards[card].id < info->film_ids[i])
            card++;
        const bool known = card < a->n_cards && a->cards[card].id == info->film_ids[i];
        a->model_cards[i] = known ? &a->cards[card] : NULL;
        a->model_genres[i] = known ? a->cards[card].genres : 0;
    }
    return BT_OK;
}

/* Lists need no predictions, so a rating model that is missing or damaged is no reason not to open (butaca doctor names it). */
static bt_status load_ratings(app *a, uint64_t fingerprint, bt_error *error)
{
    const char *path = NULL;
    bt_status status = folder_rating_path(&a->folder, fingerprint, &a->memory, &path, error);
    if (status != BT_OK)
        return status;
    if (file_exists(path))
        status = bt_rating_model_open(path, &a->ratings, &a->no_ratings);
    else
        error_set(&a->no_ratings, BT_NOT_FOUND, "the model in use has no rating model: train again (butaca train)");
    return status == BT_NO_MEMORY ? error_set(error, status, "%s", a->no_ratings.message) : BT_OK;
}

static bt_status load_model(app *a, bt_error *error)
{
    const char *path = NULL;
    bt_status status = folder_model_active(&a->folder, &a->memory, &path, &a->no_model);
    if (status == BT_NOT_FOUND) /* nothing was trained yet, or its file is gone: films can be shown all the same */
        return BT_OK;
    if (status == BT_OK)
        status = bt_model_open(path, &a->model, &a->no_model);
    if (status != BT_OK)
        return error_set(error, status, "%s; butaca doctor says what mends it", a->no_model.message);
    static const char digits[] = "0123456789abcdef";
    const uint64_t fingerprint = bt_model_describe(a->model)->fingerprint;
    for (int i = 0; i < 16; i++)
        a->model_id[i] = digits[(fingerprint >> (60 - 4 * i)) & 15];
    status = load_ratings(a, fingerprint, error);
    return status == BT_OK ? join_model(a, error) : status;
}

bt_status app_open(const char *data_path, app **out, bt_error *error)
{
    *out = NULL;
    app *a = memory_zeroed(1, sizeof *a);
    if (a == NULL)
        return error_no_memory(error, "opening the data folder");
    a->folder.lock = -1;
    bt_status status = folder_open(data_path, FOLDER_READ, &a->folder, error);
    if (status == BT_OK)
        status = meaning_place_new(&a->meaning, error);
    if (status == BT_OK)
        status = onboarding_place_new(&a->onboarding, error);
    if (status == BT_OK)
        status = load_films(a, error);
    if (status == BT_OK)
        status = load_model(a, error);
    if (status != BT_OK) {
        app_close(a);
        return status;
    }
    *out = a;
    return BT_OK;
}

void app_close(app *a)
{
    if (a == NULL)
        return;
    onboarding_place_free(a->onboarding);
    meaning_place_free(a->meaning);
    bt_search_index_free(a->search);
    bt_text_join_free(a->texts);
    bt_neighbours_close(a->neighbours);
    bt_model_close(a->model);
    bt_rating_model_close(a->ratings);
    catalogue_close(a->catalogue);
    if (a->folder.path != NULL)
        folder_close(&a->folder);
    arena_free(&a->memory);
    bt_free(a);
}

const folder *app_folder(const app *a)
{
    return &a->folder;
}

catalogue *app_catalogue(const app *a)
{
    return a->catalogue;
}

bt_status app_open_catalogue(const app *a, catalogue **out, bt_error *error)
{
    return catalogue_open(a->folder.catalogue_url, CATALOGUE_READ, out, error);
}

const bt_model *app_model(const app *a)
{
    return a->model;
}

const char *app_model_id(const app *a)
{
    return a->model != NULL ? a->model_id : NULL;
}

bt_status app_need_model(const app *a, bt_error *error)
{
    return a->model != NULL ? BT_OK : error_set(error, a->no_model.status, "%s", a->no_model.message);
}

bt_status app_predict_ratings(const app *a, const bt_profile *profile, const uint32_t *film_ids, size_t n,
                              bt_predicted_rating *out, bt_error *error)
{
    const bt_status status = app_need_model(a, error);
    if (status != BT_OK)
        return status;
    if (a->ratings == NULL)
        return error_set(error, a->no_ratings.status, "%s", a->no_ratings.message);
    return bt_rating_predict(a->ratings, profile, film_ids, n, out, error);
}

const film_card *app_card(const app *a, uint32_t film_id)
{
    const size_t at = sorted_find_in(a->cards, a->n_cards, sizeof *a->cards, film_id);
    return at != SIZE_MAX ? &a->cards[at] : NULL;
}

const film_names *app_genres(const app *a)
{
    return &a->genres;
}

const size_t *app_genre_films(const app *a)
{
    return a->genre_films;
}
