/* Filters: which films may come, one byte each, in one pass over cards that are in memory. A text query costs a search.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "app/state.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/sorted.h"
#include "store/film.h"

/* --- cards ----------------------------------------------------------------------------------------------------------- */

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

static bool same_code(const char *text, size_t length, const char *name)
{
    size_t i = 0;
    while (i < length && tolower((unsigned char)text[i]) == tolower((unsigned char)name[i]) && name[i] != '\0')
        i++;
    return i == length && name[i] == '\0';
}

bool app_has_code(const char *text, const char *const *names, size_t n)
{
    static const char separators[] = {FILM_UNIT_SEPARATOR, '\0'};
    while (text != NULL && *text != '\0') {
        const size_t length = strcspn(text, separators);
        for (size_t i = 0; i < n; i++)
            if (same_code(text, length, names[i]))
                return true;
        text += length + (text[length] != '\0');
    }
    return false;
}

/* Whether a number that may be unknown (0) is within bounds that may be open (0). */
static bool within(int number, int from, int to)
{
    if (from == 0 && to == 0)
        return true;
    return number != 0 && (from == 0 || number >= from) && (to == 0 || number <= to);
}

static bool passes(const film_card *card, const app_filter *filter, uint64_t genres)
{
    if (card == NULL) /* known to model or index, but not to the catalogue: nobody could say what it is */
        return false;
    if (filter == NULL)
        return true;
    return (filter->n_genres == 0 || (card->genres & genres) != 0) && within(card->year, filter->from_year, filter->to_year) &&
           within(card->runtime, filter->from_runtime, filter->to_runtime) &&
           (filter->n_languages == 0 || app_has_code(card->languages, filter->languages, filter->n_languages)) &&
           (filter->n_countries == 0 || app_has_code(card->countries, filter->countries, filter->n_countries));
}

/* Nothing of a card, that is: the others are asked elsewhere. */
static bool asks_nothing(const app_filter *f)
{
    return f == NULL || (f->n_genres == 0 && f->n_languages == 0 && f->n_countries == 0 && f->from_year == 0 &&
                         f->to_year == 0 && f->from_runtime == 0 && f->to_runtime == 0);
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
    filter = asks_nothing(filter) ? NULL : filter; /* then no card is looked at */
    for (size_t i = 0; i < n; i++)
        mask[i] = passes(cards[i], filter, genres);
    *out = mask;
    return BT_OK;
}

/* --- the model's films ----------------------------------------------------------------------------------------------- */

/* Leaves in `mask` the films of `ids`, which come in any order. */
static bt_status keep_only(const bt_model_info *info, const uint32_t *ids, size_t n, uint8_t *mask, bt_error *error)
{
    uint8_t *named = memory_zeroed(info->n_films, 1);
    if (named == NULL)
        return error_no_memory(error, "filtering films");
    for (size_t i = 0; i < n; i++) {
        const size_t at = sorted_find(info->film_ids, info->n_films, ids[i]);
        if (at != SIZE_MAX)
            named[at] = 1;
    }
    for (size_t i = 0; i < info->n_films; i++)
        mask[i] &= named[i];
    bt_free(named);
    return BT_OK;
}

static bt_status keep_found(const app *a, const char *text, uint8_t *mask, bt_error *error)
{
    arena memory = {0};
    app_found found;
    const size_t all = a->search != NULL ? bt_search_describe(a->search).n_films : 1;
    bt_status status = app_search(a, text, NULL, all > 0 ? all : 1, &memory, &found, error);
    uint32_t *ids = status == BT_OK ? arena_take(&memory, (found.n + 1) * sizeof *ids) : NULL;
    if (status == BT_OK && ids == NULL)
        status = error_no_memory(error, "filtering films");
    if (status == BT_OK) {
        for (size_t i = 0; i < found.n; i++)
            ids[i] = found.hits[i].film_id;
        status = keep_only(bt_model_describe(a->model), ids, found.n, mask, error);
    }
    arena_free(&memory);
    return status;
}

static void keep_liked(const bt_model_info *info, const app_filter *filter, uint8_t *mask)
{
    for (size_t i = 0; i < info->n_films; i++)
        if (info->likes[i] < filter->from_likes || (filter->to_likes != 0 && info->likes[i] > filter->to_likes))
            mask[i] = 0;
}

bt_status app_make_mask(const app *a, const app_filter *filter, uint8_t **out, bt_error *error)
{
    const bt_model_info *info = bt_model_describe(a->model);
    bt_status status = app_pass_cards(a, filter, a->model_cards, info->n_films, out, error);
    if (status != BT_OK || filter == NULL)
        return status;
    if (filter->text != NULL)
        status = keep_found(a, filter->text, *out, error);
    if (status == BT_OK && filter->only != NULL)
        status = keep_only(info, filter->only, filter->n_only, *out, error);
    if (filter->from_likes != 0 || filter->to_likes != 0)
        keep_liked(info, filter, *out);
    for (size_t i = 0; i < filter->n_without; i++) {
        const size_t at = sorted_find(info->film_ids, info->n_films, filter->without[i]);
        if (at != SIZE_MAX)
            (*out)[at] = 0;
    }
    if (status != BT_OK) {
        bt_free(*out);
        *out = NULL;
    }
    return status;
}
