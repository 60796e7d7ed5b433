/* Reading films from SQLite: five look-ups by the film's id, one for each shape of row. */
#include <string.h>

#include "base/error.h"
#include "store/catalogue_sqlite.h"
#include "store/film.h"

static const char doing[] = "reading a film";

bt_status sqlite_resolve(catalogue *c, uint32_t id, uint32_t *resolved, bt_error *error)
{
    *resolved = id;
    sqlite_call call = call_begin(database_of(c), "SELECT into_id FROM redirect WHERE film_id = ?");
    call_bind_int(&call, id);
    while (call_row(&call))
        *resolved = (uint32_t)call_int(&call, 0);
    return call_end(&call, doing, error);
}

static bt_status read_row(sqlite_catalogue *c, arena *a, film *out, bt_error *error)
{
    bool found = false;
    sqlite_call call =
        call_begin(&c->db, "SELECT title, original_title, year, runtime, poster, votes, rating FROM film WHERE id = ?");
    call_bind_int(&call, out->id);
    while (call_row(&call)) {
        found = true;
        out->title = call_string(&call, 0, a);
        out->original_title = call_string(&call, 1, a);
        out->year = (int)call_int(&call, 2);
        out->runtime = (int)call_int(&call, 3);
        out->poster = call_string(&call, 4, a);
        out->votes = (uint32_t)call_int(&call, 5);
        out->rating = call_real(&call, 6);
    }
    const bt_status status = call_end(&call, doing, error);
    if (status == BT_OK && !found)
        return error_set(error, BT_NOT_FOUND, "there is no film with the id %u", out->id);
    return status;
}

film_names sqlite_split_names(sqlite_call *call, int column, arena *a)
{
    film_names_builder names = {0};
    char *name = call_string(call, column, a);
    while (name != NULL) {
        char *end = strchr(name, FILM_UNIT_SEPARATOR);
        if (end != NULL)
            *end++ = '\0';
        if (!film_names_add(&names, a, name))
            call_no_memory(call);
        name = end;
    }
    return film_names_of(&names);
}

static bt_status read_names(sqlite_catalogue *c, arena *a, film *out, bt_error *error)
{
    film_names *lists[] = {&out->other_titles, &out->countries, &out->languages, &out->directors,
                           &out->cast,         &out->themes,    &out->writers,   &out->tags};
    sqlite_call call =
        call_begin(&c->db, "SELECT other_titles, countries, languages, directors, actors, themes, writers, tags FROM film_list"
                           " WHERE film_id = ?");
    call_bind_int(&call, out->id);
    while (call_row(&call))
        for (int i = 0; i < (int)(sizeof lists / sizeof *lists); i++)
            *lists[i] = sqlite_split_names(&call, i, a);
    return call_end(&call, doing, error);
}

static bt_status read_genres(sqlite_catalogue *c, arena *a, film *out, bt_error *error)
{
    film_names_builder names = {0};
    sqlite_call call = call_begin(&c->db, "SELECT name FROM film_genre JOIN genre ON genre.id = genre_id WHERE film_id = ?"
                                          " ORDER BY position");
    call_bind_int(&call, out->id);
    while (call_row(&call)) {
        const char *name = call_string(&call, 0, a);
        if (name != NULL && !film_names_add(&names, a, name))
            call_no_memory(&call);
    }
    out->genres = film_names_of(&names);
    return call_end(&call, doing, error);
}

static bt_status read_texts(sqlite_catalogue *c, arena *a, film *out, bt_error *error)
{
    film_text *texts = NULL;
    size_t n = 0, capacity = 0;
    sqlite_call call = call_begin(&c->db, "SELECT language, source, title, overview FROM film_text WHERE film_id = ?"
                                          " ORDER BY language, source");
    call_bind_int(&call, out->id);
    while (call_row(&call)) {
        film_text *room = list_room(a, texts, n, &capacity, sizeof *texts);
        if (room == NULL) {
            call_no_memory(&call);
            break;
        }
        texts = room;
        texts[n++] = (film_text){.language = call_string(&call, 0, a),
                                 .source = call_string(&call, 1, a),
                                 .title = call_string(&call, 2, a),
                                 .overview = call_string(&call, 3, a)};
    }
    out->texts = texts;
    out->n_texts = n;
    return call_end(&call, doing, error);
}

static bt_status read_ids(sqlite_catalogue *c, arena *a, film *out, bt_error *error)
{
    film_id_pair *ids = NULL;
    size_t n = 0, capacity = 0;
    sqlite_call call = call_begin(&c->db, "SELECT source, value FROM film_id WHERE film_id = ? ORDER BY source, value");
    call_bind_int(&call, out->id);
    while (call_row(&call)) {
        film_id_pair *room = list_room(a, ids, n, &capacity, sizeof *ids);
        if (room == NULL) {
            call_no_memory(&call);
            break;
        }
        ids = room;
        ids[n++] = (film_id_pair){.source = call_string(&call, 0, a), .value = call_string(&call, 1, a)};
    }
    out->ids = ids;
    out->n_ids = n;
    return call_end(&call, doing, error);
}

bt_status sqlite_get(catalogue *base, uint32_t id, arena *a, film *out, bt_error *error)
{
    sqlite_catalogue *c = sqlite_of(base);
    *out = (film){.id = id};
    bt_status status = sqlite_make_indexes(c, error);
    if (status == BT_OK)
        status = read_row(c, a, out, error);
    if (status == BT_OK)
        status = read_names(c, a, out, error);
    if (status == BT_OK)
        status = read_genres(c, a, out, error);
    if (status == BT_OK)
        status = read_texts(c, a, out, error);
    return status == BT_OK ? read_ids(c, a, out, error) : status;
}

bt_status sqlite_get_texts(catalogue *base, uint32_t id, arena *a, film *out, bt_error *error)
{
    sqlite_catalogue *c = sqlite_of(base);
    *out = (film){.id = id};
    const bt_status status = sqlite_make_indexes(c, error);
    return status == BT_OK ? read_texts(c, a, out, error) : status;
}
