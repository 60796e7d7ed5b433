/* Facets and votes in SQLite. Facets are one statement: the films that pass, once, and over them a count of each genre, code and
 * decade. Votes are written where they changed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "store/catalogue_sqlite.h"
#include "store/film.h"

/* --- facets ------------------------------------------------------------------------------------------------------------ */

enum { FACET_GENRE, FACET_CODE, FACET_DECADE };

/* `of(column)`: whether a row counts. Each part walks through one index in the order of its groups. */
#define COUNT_EACH(of)                                                                                              \
    "SELECT 0, name, count(*) FROM film_genre JOIN genre ON genre.id = genre_id WHERE " of(                         \
        "film_id") " GROUP BY genre_id"                                                                             \
                   " UNION ALL SELECT 1, code, count(*) FROM film_code WHERE " of(                                  \
                       "film_id") " GROUP BY code"                                                                  \
                                  " UNION ALL SELECT 2, year / 10 * 10, count(*) FROM film WHERE year > 0 AND " of( \
                                      "id") " GROUP BY 2"
#define OF_ALL(column) "true"
#define OF_PASSED(column) column " IN (SELECT id FROM passed)"

static const char facets_of_all_sql[] = COUNT_EACH(OF_ALL),
                  facets_sql[] = "WITH passed (id) AS MATERIALIZED (SELECT id FROM film%s) " COUNT_EACH(OF_PASSED);

/* The list that a row belongs to, and the name in it: codes as people write them, countries in capitals. */
static film_facet_list *list_of(film_facets *out, int64_t kind, char **name)
{
    if (kind == FACET_GENRE)
        return &out->genres;
    if (kind == FACET_DECADE)
        return &out->decades;
    const bool country = (*name)[0] == SQLITE_COUNTRY;
    *name += 2;
    for (char *at = *name; country && *at != '\0'; at++)
        if (*at >= 'a' && *at <= 'z')
            *at = (char)(*at - 'a' + 'A');
    return country ? &out->countries : &out->languages;
}

static int most_first(const void *left, const void *right)
{
    const film_facet *a = left, *b = right;
    return a->n_films != b->n_films ? (a->n_films < b->n_films) - (a->n_films > b->n_films) : strcmp(a->name, b->name);
}

static bt_status read_facets(sqlite_catalogue *c, const sqlite_filter *f, arena *a, film_facets *out, bt_error *error)
{
    char sql[SQLITE_WHERE_MAX + sizeof facets_sql];
    snprintf(sql, sizeof sql, f->where[0] != '\0' ? facets_sql : facets_of_all_sql, f->where);
    film_facet_list *const lists[] = {&out->genres, &out->countries, &out->languages, &out->decades};
    size_t capacities[sizeof lists / sizeof *lists] = {0};
    sqlite_call call = call_begin_once(&c->db, sql);
    sqlite_bind_filter(&call, f);
    while (call_row(&call)) {
        char *name = call_string(&call, 1, a);
        if (name == NULL)
            break;
        film_facet_list *list = list_of(out, call_int(&call, 0), &name);
        size_t at = 0;
        while (lists[at] != list)
            at++;
        film_facet *items = list_room(a, list->items, list->n, &capacities[at], sizeof *items);
        if (items == NULL) {
            call_no_memory(&call);
            break;
        }
        list->items = items;
        items[list->n++] = (film_facet){name, (size_t)call_int(&call, 2)};
    }
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (lists[i]->n > 0)
            qsort(lists[i]->items, lists[i]->n, sizeof *lists[i]->items, most_first);
    return call_end(&call, "counting films", error);
}

bt_status sqlite_facets(catalogue *c, const film_query *q, arena *a, film_facets *out, bt_error *error)
{
    sqlite_filter filter;
    bt_status status = sqlite_make_indexes(sqlite_of(c), error);
    if (status != BT_OK)
        return status;
    status = sqlite_make_filter(&filter, q, error);
    if (status == BT_OK)
        status = read_facets(sqlite_of(c), &filter, a, out, error);
    sqlite_free_filter(&filter);
    return status;
}

/* --- votes ------------------------------------------------------------------------------------------------------------- */

static double mean_of_all(const film_votes *votes, size_t n)
{
    double stars = 0, all = 0;
    for (size_t i = 0; i < n; i++) {
        stars += votes[i].mean * votes[i].n;
        all += votes[i].n;
    }
    return all > 0 ? stars / all : 0;
}

static bt_status put_vote(sqlite_catalogue *c, const film_votes *v, double prior, bt_error *error)
{
    const double merit = (v->mean * v->n + prior * FILM_VOTES_PRIOR) / (v->n + (double)FILM_VOTES_PRIOR);
    sqlite_call call = call_begin(&c->db, "UPDATE film SET votes = ?1, rating = ?2, merit = ?3 WHERE id = ?4"
                                          " AND (votes <> ?1 OR rating <> ?2 OR merit <> ?3)");
    call_bind_int(&call, v->n);
    call_bind_real(&call, v->mean);
    call_bind_real(&call, merit);
    call_bind_int(&call, v->film_id);
    return call_run(&call, "storing how films are rated", error);
}

/* Films between two ids have no votes (any more). */
static bt_status clear_between(sqlite_catalogue *c, int64_t after, int64_t before, bt_error *error)
{
    if (after + 1 >= before)
        return BT_OK;
    sqlite_call call =
        call_begin(&c->db, "UPDATE film SET votes = 0, rating = 0, merit = 0 WHERE id > ? AND id < ? AND votes > 0");
    call_bind_int(&call, after);
    call_bind_int(&call, before);
    return call_run(&call, "storing how films are rated", error);
}

bt_status sqlite_put_votes(catalogue *base, const film_votes *votes, size_t n, bt_error *error)
{
    sqlite_catalogue *c = sqlite_of(base);
    const double prior = mean_of_all(votes, n);
    int64_t last = 0;
    bt_status status = BT_OK;
    for (size_t i = 0; i < n && status == BT_OK; i++) {
        status = clear_between(c, last, votes[i].film_id, error);
        if (status == BT_OK)
            status = put_vote(c, &votes[i], prior, error);
        last = votes[i].film_id;
    }
    return status == BT_OK ? clear_between(c, last, INT64_C(1) << 32, error) : status;
}
