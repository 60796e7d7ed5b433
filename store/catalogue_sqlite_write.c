/* Storing films in SQLite. A film that is stored already is taken out of the index of titles, loses its rows in the side tables,
 * and gets new ones: simpler than finding what changed, and the front asks for it only when something did.
 */
#include <string.h>

#include "base/error.h"
#include "butaca/memory.h"
#include "butaca/text.h"
#include "store/catalogue_sqlite.h"
#include "store/film.h"

static const char doing[] = "storing a film";

/* --- side tables --------------------------------------------------------------------------------------------------- */

static bt_status write_names(sqlite_catalogue *c, uint32_t id, const film *f, bt_error *error)
{
    const film_names *lists[] = {&f->other_titles, &f->countries, &f->languages, &f->directors,
                                 &f->cast,         &f->themes,    &f->writers,   &f->tags};
    sqlite_call call =
        call_begin(&c->db, "INSERT INTO film_list (film_id, other_titles, countries, languages, directors, actors,"
                           " themes, writers, tags) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    call_bind_int(&call, id);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const char *joined = NULL;
        if (!sqlite_join_names(lists[i], FILM_UNIT_SEPARATOR, &c->base.scratch, &joined))
            call_no_memory(&call);
        call_bind_text(&call, joined);
    }
    return call_run(&call, doing, error);
}

static bt_status find_genre(sqlite_catalogue *c, const char *name, int64_t *id, bt_error *error)
{
    sqlite_call call = call_begin(&c->db, "SELECT id FROM genre WHERE name = ?");
    call_bind_text(&call, name);
    while (call_row(&call))
        *id = call_int(&call, 0);
    return call_end(&call, doing, error);
}

static bt_status add_genre(sqlite_catalogue *c, const char *name, int64_t *id, bt_error *error)
{
    char *key = NULL;
    bt_status status = bt_title_key(name, strlen(name), &key, error);
    if (status != BT_OK)
        return status;
    sqlite_call call = call_begin(&c->db, "INSERT INTO genre (name, key) VALUES (?, ?)");
    call_bind_text(&call, name);
    call_bind_text(&call, key);
    status = call_run(&call, doing, error);
    *id = sqlite3_last_insert_rowid(c->db.handle);
    bt_free(key);
    return status;
}

/* The genre's id, a new one if it isn't known. The first few are remembered for the transaction; real data sets have some twenty. */
static bt_status genre_id(sqlite_catalogue *c, const char *name, int64_t *id, bt_error *error)
{
    for (size_t i = 0; i < c->n_genres; i++)
        if (strcmp(c->genres[i].name, name) == 0) {
            *id = c->genres[i].id;
            return BT_OK;
        }
    *id = 0;
    bt_status status = find_genre(c, name, id, error);
    if (status == BT_OK && *id == 0)
        status = add_genre(c, name, id, error);
    if (status == BT_OK && c->n_genres < SQLITE_KEPT_GENRES && strlen(name) < sizeof c->genres->name) {
        strcpy(c->genres[c->n_genres].name, name);
        c->genres[c->n_genres++].id = *id;
    }
    return status;
}

static bt_status write_genre(sqlite_catalogue *c, uint32_t id, size_t position, const char *name, bt_error *error)
{
    int64_t genre = 0;
    const bt_status status = genre_id(c, name, &genre, error);
    if (status != BT_OK)
        return status;
    sqlite_call call = call_begin(&c->db, "INSERT INTO film_genre (film_id, position, genre_id) VALUES (?, ?, ?)");
    call_bind_int(&call, id);
    call_bind_int(&call, (int64_t)position);
    call_bind_int(&call, genre);
    return call_run(&call, doing, error);
}

static bt_status write_text(sqlite_catalogue *c, uint32_t id, const film_text *t, bt_error *error)
{
    sqlite_call call =
        call_begin(&c->db, "INSERT INTO film_text (film_id, language, source, title, overview) VALUES (?, ?, ?, ?, ?)");
    call_bind_int(&call, id);
    call_bind_text(&call, t->language);
    call_bind_text(&call, t->source);
    call_bind_text(&call, t->title);
    call_bind_text(&call, t->overview);
    return call_run(&call, doing, error);
}

static bt_status write_lists(sqlite_catalogue *c, const film *f, uint32_t id, bt_error *error)
{
    bt_status status = write_names(c, id, f, error);
    for (size_t i = 0; i < f->genres.n && status == BT_OK; i++)
        status = write_genre(c, id, i, f->genres.items[i], error);
    for (size_t i = 0; i < f->n_texts && status == BT_OK; i++)
        status = write_text(c, id, &f->texts[i], error);
    for (size_t i = 0; i < f->n_ids && status == BT_OK; i++)
        status = sqlite_write_id(c, id, &f->ids[i], error);
    return status == BT_OK ? sqlite_index_film(c, f, id, error) : status;
}

static bt_status delete_lists(sqlite_catalogue *c, const film *stored, bt_error *error)
{
    static const char *const tables[] = {"DELETE FROM film_list WHERE film_id = ?", "DELETE FROM film_genre WHERE film_id = ?",
                                         "DELETE FROM film_text WHERE film_id = ?", "DELETE FROM film_id WHERE film_id = ?"};
    bt_status status = sqlite_unindex_film(c, stored, stored->id, error);
    for (size_t i = 0; i < sizeof tables / sizeof *tables && status == BT_OK; i++) {
        sqlite_call call = call_begin(&c->db, tables[i]);
        call_bind_int(&call, stored->id);
        status = call_run(&call, doing, error);
    }
    return status;
}

/* --- films --------------------------------------------------------------------------------------------------------- */

static bt_status write_row(sqlite_catalogue *c, const film *f, uint32_t *id, bt_error *error)
{
    char *key = NULL;
    bt_status status = bt_title_key(f->title, strlen(f->title), &key, error);
    if (status != BT_OK)
        return status;
    sqlite_call call =
        call_begin(&c->db, "INSERT INTO film (id, title, original_title, year, runtime, sort_key, poster)"
                           " VALUES (nullif(?, 0), ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET title = excluded.title,"
                           " original_title = excluded.original_title, year = excluded.year,"
                           " runtime = excluded.runtime, sort_key = excluded.sort_key,"
                           " poster = excluded.poster");
    call_bind_int(&call, *id);
    call_bind_text(&call, f->title);
    call_bind_text(&call, f->original_title);
    call_bind_int(&call, f->year);
    call_bind_int(&call, f->runtime);
    call_bind_text(&call, bt_title_key_bare(key));
    call_bind_text(&call, f->poster);
    status = call_run(&call, doing, error);
    bt_free(key);
    if (status != BT_OK || *id != 0)
        return status;

    const sqlite3_int64 given = sqlite3_last_insert_rowid(c->db.handle);
    if (given > UINT32_MAX)
        return error_set(error, BT_LIMIT, "%s: all 2^32 film ids are used up", c->db.path);
    *id = (uint32_t)given;
    return BT_OK;
}

bt_status sqlite_write_film(catalogue *base, const film *stored, const film *f, uint32_t *id, bt_error *error)
{
    sqlite_catalogue *c = sqlite_of(base);
    bt_status status = stored != NULL ? delete_lists(c, stored, error) : BT_OK;
    if (status == BT_OK)
        status = write_row(c, f, id, error);
    return status == BT_OK ? write_lists(c, f, *id, error) : status;
}

bt_status sqlite_put_tags(catalogue *base, uint32_t id, const film_names *tags, bool *changed, bt_error *error)
{
    sqlite_catalogue *c = sqlite_of(base);
    const char *joined = NULL;
    if (!sqlite_join_names(tags, FILM_UNIT_SEPARATOR, &c->base.scratch, &joined))
        return error_no_memory(error, "storing a film's tags");
    sqlite_call call = call_begin(&c->db, "UPDATE film_list SET tags = ?1 WHERE film_id = ?2 AND tags IS NOT ?1");
    call_bind_text(&call, joined);
    call_bind_int(&call, id);
    const bt_status status = call_run(&call, "storing a film's tags", error);
    *changed = status == BT_OK && sqlite3_changes(c->db.handle) > 0;
    return status;
}

bt_status sqlite_retire_film(catalogue *base, const film *stored, uint32_t into, bt_error *error)
{
    static const char *const statements[] = {"UPDATE redirect SET into_id = ?1 WHERE into_id = ?2",
                                             "INSERT INTO redirect (into_id, film_id) VALUES (?1, ?2)",
                                             "DELETE FROM film WHERE id = ?2 AND id <> ?1"};
    sqlite_catalogue *c = sqlite_of(base);
    bt_status status = delete_lists(c, stored, error);
    for (size_t i = 0; i < sizeof statements / sizeof *statements && status == BT_OK; i++) {
        sqlite_call call = call_begin(&c->db, statements[i]);
        call_bind_int(&call, into);
        call_bind_int(&call, stored->id);
        status = call_run(&call, "merging two films", error);
    }
    return status;
}
