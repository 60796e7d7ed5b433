/* The catalogue in one SQLite file: opening, transactions, and the small tables.
 *
 * The file is in WAL mode, so readers go on while an import writes and see the state before it until it commits; a commit is
 * synced before it returns (synchronous = FULL). Readers open the file for writing too where they may: after a crash it is the
 * first one to come, reader or not, that rolls back what was cut off; query_only keeps them from more. A handle holds at most 16 MiB of pages and its prepared statements.
 */
#include "store/catalogue_sqlite.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "store/film.h"

enum { BUSY_MILLISECONDS = 5000 };

/* --- transactions -------------------------------------------------------------------------------------------------- */

static const char begin_sql[] = "BEGIN IMMEDIATE", read_sql[] = "BEGIN", commit_sql[] = "COMMIT", rollback_sql[] = "ROLLBACK";

static void roll_back(sqlite_catalogue *c)
{
    sqlite_call call = call_begin(c, rollback_sql);
    call_run(&call, "rolling back", NULL);
}

/* A rollback that had no memory left the old transaction open: it is done now. */
static bt_status start(sqlite_catalogue *c, const char *sql, const char *doing, bt_error *error)
{
    if (!sqlite3_get_autocommit(c->db))
        roll_back(c);
    sqlite_call call = call_begin(c, sql);
    return call_run(&call, doing, error);
}

static bt_status begin(catalogue *c, bt_error *error)
{
    return start(sqlite_of(c), begin_sql, "beginning to write", error);
}

static bt_status commit(catalogue *c, bt_error *error)
{
    sqlite_call call = call_begin(sqlite_of(c), commit_sql);
    return call_run(&call, "storing films", error);
}

/* Some failures have rolled back already; then this one has nothing to do. */
static void rollback(catalogue *c)
{
    roll_back(sqlite_of(c));
}

bt_status sqlite_begin_snapshot(sqlite_catalogue *c, bt_error *error)
{
    return c->base.open ? BT_OK : start(c, read_sql, "reading", error);
}

void sqlite_end_snapshot(sqlite_catalogue *c)
{
    if (!c->base.open)
        roll_back(c);
}

/* Prepares a statement now, so that the call has it even if memory is short. */
static bt_status keep(sqlite_catalogue *c, const char *sql, bt_error *error)
{
    sqlite_call call = call_begin(c, sql);
    return call_end(&call, "opening", error);
}

/* --- values and sources -------------------------------------------------------------------------------------------- */

static bt_status set_value(catalogue *c, const char *name, const char *value, bt_error *error)
{
    sqlite_call call = call_begin(sqlite_of(c), "INSERT INTO value (name, value) VALUES (?, ?)"
                                                " ON CONFLICT DO UPDATE SET value = excluded.value");
    call_bind_text(&call, name);
    call_bind_text(&call, value);
    return call_run(&call, "storing a value", error);
}

static bt_status get_value(catalogue *c, const char *name, arena *a, const char **value, bt_error *error)
{
    sqlite_call call = call_begin(sqlite_of(c), "SELECT value FROM value WHERE name = ?");
    call_bind_text(&call, name);
    while (call_row(&call))
        *value = call_string(&call, 0, a);
    return call_end(&call, "reading a value", error);
}

static bt_status put_source(catalogue *c, const data_source *s, bt_error *error)
{
    sqlite_call call =
        call_begin(sqlite_of(c), "INSERT INTO data_source (name, title, licence, url, attribution) VALUES (?, ?, ?, ?, ?)"
                                 " ON CONFLICT DO UPDATE SET title = excluded.title, licence = excluded.licence,"
                                 " url = excluded.url, attribution = excluded.attribution");
    call_bind_text(&call, s->name);
    call_bind_text(&call, s->title);
    call_bind_text(&call, s->licence);
    call_bind_text(&call, s->url);
    call_bind_text(&call, s->attribution);
    return call_run(&call, "storing a data source", error);
}

static bt_status sources(catalogue *c, arena *a, data_source **out, size_t *n, bt_error *error)
{
    size_t capacity = 0;
    sqlite_call call = call_begin(sqlite_of(c), "SELECT name, title, licence, url, attribution FROM data_source ORDER BY name");
    while (call_row(&call)) {
        data_source *items = list_room(a, *out, *n, &capacity, sizeof *items);
        if (items == NULL) {
            call_no_memory(&call);
            break;
        }
        *out = items;
        items[(*n)++] = (data_source){.name = call_string(&call, 0, a),
                                      .title = call_string(&call, 1, a),
                                      .licence = call_string(&call, 2, a),
                                      .url = call_string(&call, 3, a),
                                      .attribution = call_string(&call, 4, a)};
    }
    return call_end(&call, "reading the data sources", error);
}

/* --- ids ----------------------------------------------------------------------------------------------------------- */

static bt_status find_id(catalogue *c, const char *source, const char *value, uint32_t *id, bt_error *error)
{
    sqlite_call call = call_begin(sqlite_of(c), "SELECT film_id FROM film_id WHERE source = ? AND value = ?");
    call_bind_text(&call, source);
    call_bind_text(&call, value);
    while (call_row(&call))
        *id = (uint32_t)call_int(&call, 0);
    return call_end(&call, "looking up an id", error);
}

static bt_status all_ids(catalogue *c, const char *source, catalogue_each_id *each, void *context, bt_error *error)
{
    sqlite_call call = call_begin(sqlite_of(c), "SELECT value, film_id FROM film_id WHERE source = ?");
    call_bind_text(&call, source);
    while (call_row(&call)) {
        const char *value = call_text(&call, 0);
        if (value == NULL)
            call_no_memory(&call);
        else if (!each(context, value, (uint32_t)call_int(&call, 1)))
            break;
    }
    return call_end(&call, "reading the films' ids", error);
}

static bt_status count(catalogue *c, size_t *n_films, bt_error *error)
{
    sqlite_call call = call_begin(sqlite_of(c), "SELECT count(*) FROM film");
    while (call_row(&call))
        *n_films = (size_t)call_int(&call, 0);
    return call_end(&call, "counting films", error);
}

/* --- the check of itself ------------------------------------------------------------------------------------------- */

/* The first row that the statement gives is a complaint. */
static bt_status complain(sqlite_catalogue *c, const char *sql, const char *ok, bt_error *error)
{
    char found[256] = "";
    sqlite_call call = call_begin(c, sql);
    while (call_row(&call)) {
        const char *text = call_text(&call, 0);
        if (text == NULL)
            call_no_memory(&call);
        else if (found[0] == '\0' && strcmp(text, ok) != 0)
            snprintf(found, sizeof found, "%s", text);
    }
    const bt_status status = call_end(&call, "checking it", error);
    if (status != BT_OK || found[0] == '\0')
        return status;
    return error_set(error, BT_CORRUPT, "%s is damaged: %s; restore it from a backup, or move it away and import again",
                     c->path, found);
}

static bt_status check(catalogue *c, bt_error *error)
{
    const bt_status status = complain(sqlite_of(c), "PRAGMA integrity_check(10)", "ok", error);
    if (status != BT_OK)
        return status;
    return complain(sqlite_of(c),
                    "SELECT 'a row of ' || \"table\" || ' belongs to no film or genre' FROM pragma_foreign_key_check", "",
                    error);
}

/* --- opening ------------------------------------------------------------------------------------------------------- */

static void close_handle(catalogue *c)
{
    sqlite_catalogue *s = sqlite_of(c);
    sqlite_drop_statements(s);
    sqlite3_close(s->db);
    bt_free(s->path);
    bt_free(s);
}

static const catalogue_ops sqlite_ops = {
    .close = close_handle,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .write_film = sqlite_write_film,
    .retire_film = sqlite_retire_film,
    .put_source = put_source,
    .set_value = set_value,
    .resolve = sqlite_resolve,
    .get = sqlite_get,
    .get_value = get_value,
    .count = count,
    .find_id = find_id,
    .all_ids = all_ids,
    .titles = sqlite_titles,
    .list = sqlite_list,
    .list_ids = sqlite_list_ids,
    .each = sqlite_each,
    .cards = sqlite_cards,
    .genres = sqlite_genres,
    .sources = sources,
    .check = check,
};

static bt_status connect(sqlite_catalogue *s, bt_error *error)
{
    const int create = s->base.writable ? SQLITE_OPEN_CREATE : 0;
    const int result = sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READWRITE | create | SQLITE_OPEN_NOMUTEX, NULL);
    if (result != SQLITE_OK)
        return s->db != NULL ? sqlite_failure(s, result, "opening", error) : error_no_memory(error, "opening the catalogue");
    if (s->base.writable && sqlite3_db_readonly(s->db, "main")) /* SQLite makes do with less than was asked for */
        return sqlite_failure(s, SQLITE_READONLY, "opening", error);
    sqlite3_extended_result_codes(s->db, 1);
    sqlite3_busy_timeout(s->db, BUSY_MILLISECONDS);
    bt_status status = sqlite_execute(
        s, "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY",
        "opening", error);
    if (status == BT_OK && !s->base.writable)
        status = sqlite_execute(s, "PRAGMA query_only = ON", "opening", error);
    if (status == BT_OK)
        status = keep(s, rollback_sql, error);
    return status == BT_OK ? sqlite_prepare_schema(s, error) : status;
}

bt_status catalogue_sqlite_open(const char *address, catalogue_mode mode, catalogue **out, bt_error *error)
{
    if (address[0] == '\0')
        return error_set(error, BT_INVALID_ARGUMENT, "'sqlite:' names no file: expected sqlite:PATH");
    if (mode == CATALOGUE_READ && !file_exists(address))
        return error_set(error, BT_NOT_FOUND, "there is no catalogue at %s: import something first", address);

    sqlite_catalogue *s = memory_zeroed(1, sizeof *s);
    char *path = memory_string(address, strlen(address));
    if (s == NULL || path == NULL) {
        bt_free(s);
        bt_free(path);
        return error_no_memory(error, "opening the catalogue");
    }
    s->base.ops = &sqlite_ops;
    s->base.writable = mode == CATALOGUE_WRITE;
    s->path = path;
    const bt_status status = connect(s, error);
    if (status != BT_OK) {
        close_handle(&s->base);
        return status;
    }
    *out = &s->base;
    return BT_OK;
}
