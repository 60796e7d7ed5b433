/* Lists of films in SQLite: pages with filters, cards of all films, genres, titles by key.
 *
 * A page is two statements made for its filters (the total, the ids) and a read of each film. The cards are three walks side by
 * side, over films, their lists and their genres, all in the order of film ids: 60,000 films in some 80 ms, 56 bytes and the texts
 * each.
 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "butaca/text.h"
#include "store/catalogue_sqlite.h"
#include "store/film.h"

/* --- titles -------------------------------------------------------------------------------------------------------- */

/* The largest text that begins with a key is below the key and the last code point. */
#define LAST_CODE_POINT "char(1114111)"

static const char exact_sql[] = "SELECT id, title, year FROM film WHERE id IN (SELECT film_id FROM title_key WHERE key = ?1)"
                                " AND ?2 IN (0, year) ORDER BY year, id LIMIT ?3";
static const char prefix_sql[] = "SELECT id, title, year FROM film WHERE id IN (SELECT film_id FROM title_key"
                                 " WHERE key >= ?1 AND key < ?1 || " LAST_CODE_POINT ")"
                                 " AND ?2 IN (0, year) ORDER BY year, id LIMIT ?3";

/* A LIMIT as SQLite takes it. */
static int64_t limit_of(size_t n)
{
    return n < INT32_MAX ? (int64_t)n : INT32_MAX;
}

bt_status sqlite_titles(catalogue *c, const title_probe *probe, arena *a, title_list *list, bt_error *error)
{
    const bt_status status = sqlite_make_indexes(sqlite_of(c), error);
    if (status != BT_OK)
        return status;
    sqlite_call call = call_begin(database_of(c), probe->prefix ? prefix_sql : exact_sql);
    call_bind_text(&call, probe->key);
    call_bind_int(&call, probe->year);
    call_bind_int(&call, limit_of(probe->limit));
    while (call_row(&call)) {
        title_match *items = list_room(a, list->items, list->n, &list->capacity, sizeof *items);
        if (items == NULL) {
            call_no_memory(&call);
            break;
        }
        list->items = items;
        items[list->n++] = (title_match){.id = (uint32_t)call_int(&call, 0),
                                         .title = call_string(&call, 1, a),
                                         .year = (int)call_int(&call, 2),
                                         .exact = !probe->prefix};
    }
    return call_end(&call, "looking up a title", error);
}

/* --- pages --------------------------------------------------------------------------------------------------------- */

static bt_status count_filtered(sqlite_catalogue *c, const sqlite_filter *f, size_t *n, bt_error *error)
{
    char sql[SQLITE_WHERE_MAX + 64];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM film%s", f->where);
    sqlite_call call = call_begin_once(&c->db, sql);
    sqlite_bind_filter(&call, f);
    while (call_row(&call))
        *n = (size_t)call_int(&call, 0);
    return call_end(&call, "counting films", error);
}

/* The ids of the page. */
static bt_status read_page(sqlite_catalogue *c, const film_query *q, const sqlite_filter *f, arena *a, uint32_t **out,
                           size_t *n, bt_error *error)
{
    static const char *const orders[] = {[FILM_ORDER_ID] = "id",
                                         [FILM_ORDER_TITLE] = "sort_key, id",
                                         [FILM_ORDER_YEAR_DOWN] = "year DESC, sort_key, id",
                                         [FILM_ORDER_VOTES_DOWN] = "votes DESC, id",
                                         [FILM_ORDER_RATING_DOWN] = "merit DESC, id"};
    char sql[SQLITE_WHERE_MAX + 128];
    snprintf(sql, sizeof sql, "SELECT id FROM film%s ORDER BY %s LIMIT ? OFFSET ?", f->where, orders[q->order]);
    size_t capacity = 0;
    sqlite_call call = call_begin_once(&c->db, sql);
    sqlite_bind_filter(&call, f);
    call_bind_int(&call, q->limit > 0 ? limit_of(q->limit) : -1);
    call_bind_int(&call, limit_of(q->offset));
    while (call_row(&call)) {
        uint32_t *items = list_room(a, *out, *n, &capacity, sizeof *items);
        if (items == NULL) {
            call_no_memory(&call);
            break;
        }
        *out = items;
        items[(*n)++] = (uint32_t)call_int(&call, 0);
    }
    return call_end(&call, "listing films", error);
}

/* The films of these ids. */
static bt_status read_films(catalogue *c, const uint32_t *ids, size_t n, arena *a, film **out, bt_error *error)
{
    if (n == 0)
        return BT_OK;
    *out = arena_take(a, n * sizeof **out);
    bt_status status = *out != NULL ? BT_OK : error_no_memory(error, "listing films");
    for (size_t i = 0; i < n && status == BT_OK; i++)
        status = sqlite_get(c, ids[i], a, &(*out)[i], error);
    return status;
}

static bt_status list_in_snapshot(sqlite_catalogue *c, const film_query *q, arena *a, film **out, size_t *n, size_t *n_total,
                                  bt_error *error)
{
    sqlite_filter filter;
    uint32_t *ids = NULL;
    bt_status status = sqlite_make_filter(&filter, q, error);
    if (status == BT_OK)
        status = count_filtered(c, &filter, n_total, error);
    if (status == BT_OK)
        status = read_page(c, q, &filter, a, &ids, n, error);
    sqlite_free_filter(&filter);
    return status == BT_OK ? read_films(&c->base, ids, *n, a, out, error) : status;
}

static bt_status check_order(const film_query *q, bt_error *error)
{
    if (q->order < FILM_ORDER_ID || q->order > FILM_ORDER_RATING_DOWN)
        return error_set(error, BT_INVALID_ARGUMENT, "films can't be listed in order %d", (int)q->order);
    return BT_OK;
}

bt_status sqlite_list(catalogue *base, const film_query *q, arena *a, film **out, size_t *n, size_t *n_total, bt_error *error)
{
    sqlite_catalogue *c = sqlite_of(base);
    bt_status status = check_order(q, error);
    if (status == BT_OK)
        status = sqlite_begin_snapshot(c, error);
    if (status != BT_OK)
        return status;
    status = list_in_snapshot(c, q, a, out, n, n_total, error);
    sqlite_end_snapshot(c);
    return status;
}

bt_status sqlite_list_ids(catalogue *base, const film_query *q, arena *a, uint32_t **out, size_t *n, bt_error *error)
{
    sqlite_filter filter;
    bt_status status = check_order(q, error);
    if (status != BT_OK)
        return status;
    status = sqlite_make_indexes(sqlite_of(base), error);
    if (status != BT_OK)
        return status;
    status = sqlite_make_filter(&filter, q, error);
    if (status == BT_OK)
        status = read_page(sqlite_of(base), q, &filter, a, out, n, error);
    sqlite_free_filter(&filter);
    return status;
}

/* --- genres -------------------------------------------------------------------------------------------------------- */

enum { CARD_GENRES_MAX = 64 };

/* Those that a film has, in order of their name; `ids` (may be NULL) gets the table's ids of the first 64. */
static bt_status read_genres(sqlite_catalogue *c, arena *a, film_names *out, int64_t *ids, bt_error *error)
{
    film_names_builder names = {0};
    sqlite_call call =
        call_begin(&c->db, "SELECT name, id FROM genre WHERE EXISTS (SELECT 1 FROM film_genre WHERE genre_id = genre.id)"
                           " ORDER BY name");
    while (call_row(&call)) {
        const char *name = call_string(&call, 0, a);
        if (ids != NULL && names.n < CARD_GENRES_MAX)
            ids[names.n] = call_int(&call, 1);
        if (name != NULL && !film_names_add(&names, a, name))
            call_no_memory(&call);
    }
    *out = film_names_of(&names);
    return call_end(&call, "reading the genres", error);
}

bt_status sqlite_genres(catalogue *c, arena *a, film_names *out, bt_error *error)
{
    return read_genres(sqlite_of(c), a, out, NULL, error);
}

/* --- cards --------------------------------------------------------------------------------------------------------- */

static bt_status read_cards(sqlite_catalogue *c, arena *a, film_card *cards, size_t room, size_t *n, bt_error *error)
{
    sqlite_call call = call_begin(&c->db, "SELECT id, year, title, runtime FROM film ORDER BY id");
    while (*n < room && call_row(&call))
        cards[(*n)++] = (film_card){.id = (uint32_t)call_int(&call, 0),
                                    .year = (int)call_int(&call, 1),
                                    .title = call_string(&call, 2, a),
                                    .runtime = (int)call_int(&call, 3)};
    return call_end(&call, "reading all films", error);
}

static bt_status read_card_lists(sqlite_catalogue *c, arena *a, film_card *cards, size_t n, bt_error *error)
{
    size_t at = 0;
    sqlite_call call = call_begin(&c->db, "SELECT film_id, countries, languages FROM film_list"
                                          " WHERE countries IS NOT NULL OR languages IS NOT NULL ORDER BY film_id");
    while (call_row(&call)) {
        const int64_t film_id = call_int(&call, 0);
        while (at < n && cards[at].id < film_id)
            at++;
        if (at < n && cards[at].id == film_id) {
            cards[at].countries = call_string(&call, 1, a);
            cards[at].languages = call_string(&call, 2, a);
        }
    }
    return call_end(&call, "reading all films' countries and languages", error);
}

static uint64_t bit_of(const int64_t *ids, size_t n, int64_t id)
{
    for (size_t i = 0; i < n; i++)
        if (ids[i] == id)
            return UINT64_C(1) << i;
    return 0; /* beyond the 64th */
}

static bt_status read_card_genres(sqlite_catalogue *c, const int64_t *ids, size_t n_ids, film_card *cards, size_t n,
                                  bt_error *error)
{
    size_t at = 0;
    sqlite_call call = call_begin(&c->db, "SELECT film_id, genre_id FROM film_genre ORDER BY film_id");
    while (call_row(&call)) {
        const int64_t film_id = call_int(&call, 0);
        while (at < n && cards[at].id < film_id)
            at++;
        if (at < n && cards[at].id == film_id)
            cards[at].genres |= bit_of(ids, n_ids, call_int(&call, 1));
    }
    return call_end(&call, "reading all films' genres", error);
}

static bt_status cards_in_snapshot(sqlite_catalogue *c, arena *a, film_card **out, size_t *n, bt_error *error)
{
    int64_t ids[CARD_GENRES_MAX];
    film_names genres = {0};
    size_t room = 0;
    bt_status status = c->base.ops->count(&c->base, &room, error);
    if (status == BT_OK)
        status = read_genres(c, a, &genres, ids, error);
    if (status != BT_OK)
        return status;
    *out = arena_take(a, room * sizeof **out);
    if (*out == NULL)
        return error_no_memory(error, "reading all films");
    status = read_cards(c, a, *out, room, n, error);
    const size_t n_ids = genres.n < CARD_GENRES_MAX ? genres.n : CARD_GENRES_MAX;
    if (status == BT_OK)
        status = read_card_lists(c, a, *out, *n, error);
    return status == BT_OK ? read_card_genres(c, ids, n_ids, *out, *n, error) : status;
}

bt_status sqlite_cards(catalogue *base, arena *a, film_card **out, size_t *n, bt_error *error)
{
    sqlite_catalogue *c = sqlite_of(base);
    bt_status status = sqlite_begin_snapshot(c, error);
    if (status != BT_OK)
        return status;
    status = cards_in_snapshot(c, a, out, n, error);
    sqlite_end_snapshot(c);
    return status;
}
