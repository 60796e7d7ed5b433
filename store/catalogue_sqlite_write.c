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

/* --- the index of titles ------------------------------------------------------------------------------------------- */

typedef struct index_sql {
    const char *key, *word;
} index_sql;

static const index_sql adding = {"INSERT OR IGNORE INTO title_key (key, film_id) VALUES (?, ?)",
                                 "INSERT OR IGNORE INTO title_word (word, film_id) VALUES (?, ?)"};
static const index_sql removing = {"DELETE FROM title_key WHERE key = ? AND film_id = ?",
                                   "DELETE FROM title_word WHERE word = ? AND film_id = ?"};

static bt_status run_on(sqlite_catalogue *c, const char *sql, const char *text, uint32_t id, bt_error *error)
{
    sqlite_call call = call_begin(&c->db, sql);
    call_bind_text(&call, text);
    call_bind_int(&call, id);
    return call_run(&call, doing, error);
}

static bt_status index_title(sqlite_catalogue *c, const index_sql *sql, const char *title, uint32_t id, bt_error *error)
{
    char *key = NULL;
    bt_status status = bt_title_key(title, strlen(title), &key, error);
    if (status == BT_OK && key[0] != '\0')
        status = run_on(c, sql->key, key, id, error);
    char *rest = NULL;
    for (char *word = status == BT_OK ? strtok_r(key, " ", &rest) : NULL; word != NULL && status == BT_OK;
         word = strtok_r(NULL, " ", &rest))
        status = run_on(c, sql->word, word, id, error);
    bt_free(key);
    return status;
}

/* Title number i of a film, of all that find it; NULL: it lacks that one. */
static const char *title_of(const film *f, size_t i)
{
    if (i < 2)
        return i == 0 ? f->title : f->original_title;
    i -= 2;
    return i < f->other_titles.n ? f->other_titles.items[i] : f->texts[i - f->other_titles.n].title;
}

static bool is_repeated(const film *f, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (title_of(f, j) != NULL && strcmp(title_of(f, j), title_of(f, i)) == 0)
            return true;
    return false;
}

static bt_status index_all(sqlite_catalogue *c, const index_sql *sql, const film *f, uint32_t id, bt_error *error)
{
    bt_status status = BT_OK;
    for (size_t i = 0; i < 2 + f->other_titles.n + f->n_texts && status == BT_OK; i++)
        if (title_of(f, i) != NULL && !is_repeated(f, i))
            status = index_title(c, sql, title_of(f, i), id, error);
    return status;
}

/* --- side tables --------------------------------------------------------------------------------------------------- */

/* Names in one text, cut by FILM_UNIT_SEPARATOR; *out NULL if there are none. */
static bool join_names(const film_names *names, arena *a, const char **out)
{
    size_t size = 0;
    for (size_t i = 0; i < names->n; i++)
        size += strlen(names->items[i]) + 1;
    *out = NULL;
    if (size == 0)
        return true;
    char *text = arena_take(a, size), *end = text;
    if (text == NULL)
        return false;
    for (size_t i = 0; i < names->n; i++) {
        const size_t n = strlen(names->items[i]);
        memcpy(end, names->items[i], n);
        end += n;
        *end++ = FILM_UNIT_SEPARATOR;
    }
    end[-1] = '\0';
    *out = text;
    return true;
}

static bt_status write_names(sqlite_catalogue *c, uint32_t id, const film *f, bt_error *error)
{
    const film_names *lists[] = {&f->other_titles, &f->countries, &f->languages, &f->directors,
                                 &f->cast,         &f->themes,    &f->writers};
    sqlite_call call =
        call_begin(&c->db, "INSERT INTO film_list (film_id, other_titles, countries, languages, directors, actors,"
                           " themes, writers) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    call_bind_int(&call, id);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const char *joined = NULL;
        if (!join_names(lists[i], &c->base.scratch, &joined))
            call_no_memory(&call);
        call_bind_text(&call, joined);
    }
    return call_run(&call, doing, error);
}

static bt_status add_genre(sqlite_catalogue *c, const char *name, bt_error *error)
{
    char *key = NULL;
    bt_status status = bt_title_key(name, strlen(name), &key, error);
    if (status != BT_OK)
        return status;
    sqlite_call call = call_begin(&c->db, "INSERT INTO genre (name, key) VALUES (?, ?)");
    call_bind_text(&call, name);
    call_bind_text(&call, key);
    status = call_run(&call, doing, error);
    bt_free(key);
    return status;
}

/* *written: false if there is no genre of this name yet. */
static bt_status refer_to_genre(sqlite_catalogue *c, uint32_t id, size_t position, const char *name, bool *written,
                                bt_error *error)
{
    sqlite_call call = call_begin(&c->db, "INSERT INTO film_genre (film_id, position, genre_id)"
                                          " SELECT ?, ?, id FROM genre WHERE name = ?");
    call_bind_int(&call, id);
    call_bind_int(&call, (int64_t)position);
    call_bind_text(&call, name);
    const bt_status status = call_run(&call, doing, error);
    *written = sqlite3_changes(c->db.handle) > 0;
    return status;
}

static bt_status write_genre(sqlite_catalogue *c, uint32_t id, size_t position, const char *name, bt_error *error)
{
    bool written = false;
    bt_status status = refer_to_genre(c, id, position, name, &written, error);
    if (status != BT_OK || written)
        return status;
    status = add_genre(c, name, error);
    return status == BT_OK ? refer_to_genre(c, id, position, name, &written, error) : status;
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

static bt_status write_id(sqlite_catalogue *c, uint32_t id, const film_id_pair *pair, bt_error *error)
{
    sqlite_call call = call_begin(&c->db, "INSERT INTO film_id (source, value, film_id) VALUES (?, ?, ?)");
    call_bind_text(&call, pair->source);
    call_bind_text(&call, pair->value);
    call_bind_int(&call, id);
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
        status = write_id(c, id, &f->ids[i], error);
    return status == BT_OK ? index_all(c, &adding, f, id, error) : status;
}

static bt_status delete_lists(sqlite_catalogue *c, const film *stored, bt_error *error)
{
    static const char *const tables[] = {"DELETE FROM film_list WHERE film_id = ?", "DELETE FROM film_genre WHERE film_id = ?",
                                         "DELETE FROM film_text WHERE film_id = ?", "DELETE FROM film_id WHERE film_id = ?"};
    bt_status status = index_all(c, &removing, stored, stored->id, error);
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
