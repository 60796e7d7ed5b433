/* Rows of a page. The first list is explained, so that it says which liked film brought what; the others are lists with one more
 * filter each. A film that stands in a row above is passed over, so each list is asked for some more films than a row shows.
 */
#include <string.h>

#include "app/state.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/sorted.h"
#include "store/film.h"

enum { POOL = 400, GEMS_PER_CENT = 2, CODE_MAX = 16, CODES_MAX = 256 };

static const double lift_min = 1.5; /* how much more often the liked films are from a country than films in general */

typedef struct rows_maker {
    const app *a;
    app_wish *wish;
    arena *memory;
    app_rows *out;
    uint32_t *used; /* film ids in rows so far */
    size_t n_used;
} rows_maker;

/* --- filling rows ---------------------------------------------------------------------------------------------------- */

static bool is_used(const rows_maker *m, uint32_t film_id)
{
    for (size_t i = 0; i < m->n_used; i++)
        if (m->used[i] == film_id)
            return true;
    return false;
}

typedef bool row_takes(const bt_recommendation *r, uint32_t film_id);

static bool any_film(const bt_recommendation *r, uint32_t film_id)
{
    (void)r;
    (void)film_id;
    return true;
}

static bool is_because(const bt_recommendation *r, uint32_t film_id)
{
    return r->n_reasons > 0 && r->reasons[0].film_id == film_id && r->reasons[0].share > 0.0;
}

/* A row of the list's films that `takes` says and that aren't shown yet; a short one is left out. */
static bt_status add_row(rows_maker *m, app_row row, const bt_list *list, row_takes *takes, bt_error *error)
{
    if (m->out->n == APP_ROWS_MAX)
        return BT_OK;
    row.films = arena_take(m->memory, m->wish->limit * sizeof *row.films);
    if (row.films == NULL)
        return error_no_memory(error, "making rows");
    for (size_t i = 0; i < list->n_films && row.n_films < m->wish->limit; i++)
        if (takes(&list->films[i], row.film_id) && !is_used(m, list->films[i].film_id))
            row.films[row.n_films++] = &list->films[i];
    if (row.n_films < APP_ROW_MIN && row.kind != APP_ROW_TOP)
        return BT_OK;
    for (size_t i = 0; i < row.n_films; i++)
        m->used[m->n_used++] = row.films[i]->film_id;
    m->out->rows[m->out->n++] = row;
    return BT_OK;
}

/* A list by the wish with another filter, long enough for a row of films that aren't shown yet. */
static bt_status list_with(rows_maker *m, const app_filter *filter, size_t limit, const bt_list **list, bt_error *error)
{
    app_wish wish = *m->wish;
    wish.filter = *filter;
    wish.limit = limit;
    wish.offset = 0;
    wish.explain = true;
    wish.reasons_max = m->wish->reasons_max > 0 ? m->wish->reasons_max : APP_REASONS_MAX;
    bt_list **out = &m->out->lists[m->out->n_lists];
    const bt_status status = app_recommend(m->a, &wish, out, error);
    m->out->n_lists += status == BT_OK;
    *list = *out;
    return status;
}

static bt_status add_filtered(rows_maker *m, app_row row, const app_filter *filter, bt_error *error)
{
    const bt_list *list = NULL;
    const bt_status status = list_with(m, filter, m->n_used + m->wish->limit, &list, error);
    return status == BT_OK ? add_row(m, row, list, any_film, error) : status;
}

/* --- because you liked … --------------------------------------------------------------------------------------------- */

/* The liked film, not shown yet as a reason, that brought most of the films that aren't in a row; 0: none brought enough. */
static uint32_t next_reason(const rows_maker *m, const bt_list *list, const uint32_t *done, size_t n_done)
{
    uint32_t best = 0;
    size_t best_count = APP_ROW_MIN - 1;
    for (size_t i = 0; i < list->n_films; i++) {
        const uint32_t film_id = list->films[i].n_reasons > 0 ? list->films[i].reasons[0].film_id : 0;
        bool known = film_id == 0 || film_id == best;
        for (size_t k = 0; k < n_done; k++)
            known |= done[k] == film_id;
        size_t count = 0;
        for (size_t k = i; !known && k < list->n_films; k++)
            count += is_because(&list->films[k], film_id) && !is_used(m, list->films[k].film_id);
        if (count > best_count) {
            best = film_id;
            best_count = count;
        }
    }
    return best;
}

static bt_status add_because(rows_maker *m, const bt_list *list, bt_error *error)
{
    uint32_t done[APP_ROWS_BECAUSE] = {0};
    bt_status status = BT_OK;
    for (size_t i = 0; i < APP_ROWS_BECAUSE && status == BT_OK; i++) {
        done[i] = next_reason(m, list, done, i);
        if (done[i] == 0)
            break;
        status = add_row(m, (app_row){.kind = APP_ROW_BECAUSE, .film_id = done[i]}, list, is_because, error);
    }
    return status;
}

/* --- from Spain ------------------------------------------------------------------------------------------------------ */

typedef struct country {
    char code[CODE_MAX];
    size_t n_films, n_liked;
} country;

static void count_countries(const film_card *card, bool liked, country *countries, size_t *n)
{
    static const char separators[] = {FILM_UNIT_SEPARATOR, '\0'};
    for (const char *text = card->countries; text != NULL && *text != '\0';) {
        const size_t length = strcspn(text, separators);
        size_t at = 0;
        while (at < *n && (strncmp(countries[at].code, text, length) != 0 || countries[at].code[length] != '\0'))
            at++;
        if (at == *n && *n < CODES_MAX && length < CODE_MAX)
            memcpy(countries[(*n)++].code, text, length);
        if (at < *n) {
            countries[at].n_films++;
            countries[at].n_liked += liked;
        }
        text += length + (text[length] != '\0');
    }
}

static bool is_liked(const app_wish *wish, uint32_t film_id)
{
    const size_t at = sorted_find_in(wish->opinions, wish->n_opinions, sizeof *wish->opinions, film_id);
    return at != SIZE_MAX && bt_opinion_taste(&wish->opinions[at]) == BT_LIKE;
}

/* The country with the greatest share of the liked films over its share of all. NULL: none is special. */
static bt_status special_country(const rows_maker *m, const char **code, bt_error *error)
{
    country *countries = arena_take(m->memory, CODES_MAX * sizeof *countries);
    if (countries == NULL)
        return error_no_memory(error, "making rows");
    memset(countries, 0, CODES_MAX * sizeof *countries);
    size_t n = 0, n_liked = 0;
    for (size_t i = 0; i < m->a->n_cards; i++) {
        const bool liked = is_liked(m->wish, m->a->cards[i].id);
        n_liked += liked;
        count_countries(&m->a->cards[i], liked, countries, &n);
    }
    double best = lift_min;
    *code = NULL;
    for (size_t i = 0; i < n && n_liked > 0; i++) {
        const double lift =
            (double)countries[i].n_liked / (double)n_liked * (double)m->a->n_cards / (double)countries[i].n_films;
        if (countries[i].n_films > APP_ROW_MIN && lift > best) {
            best = lift;
            *code = countries[i].code;
        }
    }
    return BT_OK;
}

static bt_status add_country(rows_maker *m, bt_error *error)
{
    const char *code = NULL;
    bt_status status = m->wish->filter.n_countries == 0 ? special_country(m, &code, error) : BT_OK;
    if (status != BT_OK || code == NULL)
        return status;
    app_filter filter = m->wish->filter;
    filter.countries = &code;
    filter.n_countries = 1;
    return add_filtered(m, (app_row){.kind = APP_ROW_COUNTRY, .name = code}, &filter, error);
}

/* --- new to you ------------------------------------------------------------------------------------------------------ */

/* The genre with the most likes of all people among those that no film of the profile has; NULL: all are known. */
static const char *new_genre(const rows_maker *m)
{
    const app *a = m->a;
    const bt_model_info *info = bt_model_describe(a->model);
    uint64_t known = 0, likes[64] = {0};
    for (size_t i = 0; i < m->wish->n_opinions; i++) {
        const film_card *card = app_card(a, m->wish->opinions[i].film_id);
        known |= card != NULL ? card->genres : 0;
    }
    for (size_t i = 0; i < info->n_films; i++)
        for (uint64_t rest = a->model_genres[i] & ~known; rest != 0; rest &= rest - 1)
            likes[__builtin_ctzll(rest)] += info->likes[i];
    size_t best = 0;
    for (size_t i = 1; i < 64; i++)
        best = likes[i] > likes[best] ? i : best;
    return likes[best] > 0 && best < a->genres.n ? a->genres.items[best] : NULL;
}

static bt_status add_new(rows_maker *m, bt_error *error)
{
    const char *genre = m->wish->n_opinions > 0 && m->wish->filter.n_genres == 0 ? new_genre(m) : NULL;
    if (genre == NULL)
        return BT_OK;
    app_filter filter = m->wish->filter;
    filter.genres = &genre;
    filter.n_genres = 1;
    return add_filtered(m, (app_row){.kind = APP_ROW_NEW, .name = genre}, &filter, error);
}

/* --- all of them ----------------------------------------------------------------------------------------------------- */

static bt_status add_gems(rows_maker *m, bt_error *error)
{
    app_filter filter = m->wish->filter;
    const size_t bound = bt_model_describe(m->a->model)->n_users * GEMS_PER_CENT / 100;
    filter.to_likes = bound > 0 ? (uint32_t)bound : 1;
    return add_filtered(m, (app_row){.kind = APP_ROW_GEMS}, &filter, error);
}

bt_status app_make_rows(const app *a, app_wish *wish, arena *memory, app_rows *out, bt_error *error)
{
    *out = (app_rows){0};
    rows_maker m = {.a = a, .wish = wish, .memory = memory, .out = out};
    m.used = arena_take(memory, (APP_ROWS_MAX * wish->limit + 1) * sizeof *m.used);
    const bt_list *list = NULL;
    bt_status status =
        m.used != NULL ? bt_profile_sort(wish->opinions, wish->n_opinions, error) : error_no_memory(error, "making rows");
    if (status == BT_OK)
        status = list_with(&m, &wish->filter, POOL > wish->limit ? POOL : wish->limit, &list, error);
    if (status == BT_OK)
        status = add_row(&m, (app_row){.kind = APP_ROW_TOP}, list, any_film, error);
    const bool by_taste = status == BT_OK && list->basis == BT_BASIS_TASTE;
    if (by_taste)
        status = add_because(&m, list, error);
    if (status == BT_OK && by_taste)
        status = add_country(&m, error);
    if (status == BT_OK && by_taste)
        status = add_gems(&m, error);
    if (status == BT_OK)
        status = add_new(&m, error);
    if (status != BT_OK)
        app_rows_free(out);
    return status;
}

void app_rows_free(app_rows *rows)
{
    for (size_t i = 0; i < rows->n_lists; i++)
        bt_list_free(rows->lists[i]);
    *rows = (app_rows){0};
}
