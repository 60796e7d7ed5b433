/* The catalogue in one SQLite file: opening, transactions, and the small tables. A commit is synced before it returns. */
#include "store/catalogue_sqlite.h"

#include "base/error.h"
#include "base/memory.h"
#include "store/film.h"

/* --- transactions -------------------------------------------------------------------------------------------------- */

static bt_status has_films(database *d, bool *has, bt_error *error)
{
    sqlite_call call = call_begin(d, "SELECT 1 FROM film LIMIT 1");
    *has = false;
    while (call_row(&call))
        *has = true;
    return call_end(&call, "beginning to write", error);
}

static bt_status begin_first(sqlite_catalogue *c, bt_error *error)
{
    bool has = true;
    const bt_status status = has_films(&c->db, &has, error);
    return status == BT_OK && !has ? sqlite_drop_indexes(c, error) : status;
}

/* The first films come without indexes, and straight into the file instead of by way of the WAL, from which they would be written a
 * second time: in a quarter less time. */
static bt_status begin(catalogue *base, bt_error *error)
{
    sqlite_catalogue *c = sqlite_of(base);
    bool has = true;
    c->n_genres = 0;
    c->without_indexes = false;
    bt_status status = has_films(&c->db, &has, error);
    if (status == BT_OK && !has)
        database_leave_wal(&c->db);
    if (status == BT_OK)
        status = database_begin_write(&c->db, "beginning to write", error);
    if (status != BT_OK)
        return status;
    status = begin_first(c, error);
    if (status != BT_OK) {
        database_rollback(&c->db);
        database_enter_wal(&c->db);
    }
    return status;
}

static bt_status commit(catalogue *base, bt_error *error)
{
    sqlite_catalogue *c = sqlite_of(base);
    bt_status status = sqlite_make_indexes(c, error);
    if (status == BT_OK)
        status = database_commit(&c->db, "storing films", error);
    if (status == BT_OK)
        database_enter_wal(&c->db);
    return status;
}

static void rollback(catalogue *c)
{
    sqlite_forget_keys(sqlite_of(c));
    sqlite_forget_ids(sqlite_of(c));
    database_rollback(database_of(c));
    database_enter_wal(database_of(c));
}

bt_status sqlite_begin_snapshot(sqlite_catalogue *c, bt_error *error)
{
    return c->base.open ? sqlite_make_indexes(c, error) : database_begin_read(&c->db, "reading", error);
}

void sqlite_end_snapshot(sqlite_catalogue *c)
{
    if (!c->base.open)
        database_rollback(&c->db);
}

/* --- values and sources -------------------------------------------------------------------------------------------- */

static bt_status set_value(catalogue *c, const char *name, const char *value, bt_error *error)
{
    sqlite_call call = call_begin(database_of(c), "INSERT INTO value (name, value) VALUES (?, ?)"
                                                  " ON CONFLICT DO UPDATE SET value = excluded.value");
    call_bind_text(&call, name);
    call_bind_text(&call, value);
    return call_run(&call, "storing a value", error);
}

static bt_status get_value(catalogue *c, const char *name, arena *a, const char **value, bt_error *error)
{
    sqlite_call call = call_begin(database_of(c), "SELECT value FROM value WHERE name = ?");
    call_bind_text(&call, name);
    while (call_row(&call))
        *value = call_string(&call, 0, a);
    return call_end(&call, "reading a value", error);
}

static bt_status put_source(catalogue *c, const data_source *s, bt_error *error)
{
    sqlite_call call =
        call_begin(database_of(c), "INSERT INTO data_source (name, title, licence, url, attribution) VALUES (?, ?, ?, ?, ?)"
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
    sqlite_call call =
        call_begin(database_of(c), "SELECT name, title, licence, url, attribution FROM data_source ORDER BY name");
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

/* --- films -------------------------------------------------------------------------------------------------------- */

static bt_status count(catalogue *c, size_t *n_films, bt_error *error)
{
    sqlite_call call = call_begin(database_of(c), "SELECT count(*) FROM film");
    while (call_row(&call))
        *n_films = (size_t)call_int(&call, 0);
    return call_end(&call, "counting films", error);
}

/* --- the check of itself ------------------------------------------------------------------------------------------- */

static bt_status check(catalogue *c, bt_error *error)
{
    const bt_status status = database_check(database_of(c), error);
    if (status != BT_OK)
        return status;
    return database_complain(database_of(c),
                             "SELECT 'a row of ' || \"table\" || ' belongs to no film or genre' FROM pragma_foreign_key_check",
                             "", error);
}

/* --- opening ------------------------------------------------------------------------------------------------------- */

static void close_handle(catalogue *c)
{
    database_close(database_of(c));
    bt_free(sqlite_of(c));
}

static const catalogue_ops sqlite_ops = {
    .close = close_handle,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .write_film = sqlite_write_film,
    .retire_film = sqlite_retire_film,
    .put_source = put_source,
    .put_tags = sqlite_put_tags,
    .put_votes = sqlite_put_votes,
    .set_value = set_value,
    .resolve = sqlite_resolve,
    .get = sqlite_get,
    .get_texts = sqlite_get_texts,
    .get_value = get_value,
    .count = count,
    .find_id = sqlite_find_id,
    .all_ids = sqlite_all_ids,
    .titles = sqlite_titles,
    .list = sqlite_list,
    .facets = sqlite_facets,
    .list_ids = sqlite_list_ids,
    .each = sqlite_each,
    .cards = sqlite_cards,
    .genres = sqlite_genres,
    .sources = sources,
    .check = check,
};

bt_status catalogue_sqlite_open(const char *address, catalogue_mode mode, catalogue **out, bt_error *error)
{
    if (address[0] == '\0')
        return error_set(error, BT_INVALID_ARGUMENT, "'sqlite:' names no file: expected sqlite:PATH");
    sqlite_catalogue *s = memory_zeroed(1, sizeof *s);
    if (s == NULL)
        return error_no_memory(error, "opening the catalogue");
    s->base.ops = &sqlite_ops;
    s->base.writable = mode != CATALOGUE_READ;
    bt_status status = mode == CATALOGUE_COPY ? database_open_copy(&s->db, &catalogue_kind, address, error)
                                              : database_open(&s->db, &catalogue_kind, address, s->base.writable, error);
    if (status == BT_OK)
        status = sqlite_add_functions(s, error);
    if (status == BT_OK)
        *out = &s->base;
    else
        close_handle(&s->base);
    return status;
}
