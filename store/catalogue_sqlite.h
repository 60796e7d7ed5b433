/* The SQLite back end's own interface: a handle, and calls of prepared statements.
 *
 * A statement is prepared once and kept, keyed by the address of its SQL:
 *
 *     sqlite_call call = call_begin(c, "SELECT title FROM film WHERE id = ?");
 *     call_bind_int(&call, id);
 *     while (call_row(&call))
 *         title = call_string(&call, 0, a);
 *     return call_end(&call, "reading a film", error);
 *
 * The first failure of a call stays: what follows does nothing, and call_end says it.
 */
#ifndef STORE_CATALOGUE_SQLITE_H
#define STORE_CATALOGUE_SQLITE_H

#include <sqlite3.h>

#include "store/catalogue_backend.h"

enum { SQLITE_KEPT_STATEMENTS = 64 }; /* a power of two, above the number of statements in the program */

typedef struct sqlite_catalogue {
    catalogue base;
    sqlite3 *db;
    char *path;
    struct {
        const char *sql;
        sqlite3_stmt *statement;
    } kept[SQLITE_KEPT_STATEMENTS];
} sqlite_catalogue;

static inline sqlite_catalogue *sqlite_of(catalogue *c)
{
    return (sqlite_catalogue *)c;
}

/* --- calls (catalogue_sqlite_call.c) ------------------------------------------------------------------------------- */

typedef struct sqlite_call {
    sqlite_catalogue *c;
    sqlite3_stmt *statement;
    int result;  /* of the last step; the first failure stays */
    int n_bound; /* parameters so far */
    bool kept;
} sqlite_call;

sqlite_call call_begin(sqlite_catalogue *c, const char *sql);      /* `sql` is a literal: its address names the statement */
sqlite_call call_begin_once(sqlite_catalogue *c, const char *sql); /* any text; prepared for this call */
void call_bind_int(sqlite_call *call, int64_t value);
void call_bind_text(sqlite_call *call, const char *text); /* NULL is NULL; must live until call_end */
bool call_row(sqlite_call *call);
int64_t call_int(const sqlite_call *call, int column);
const char *call_text(const sqlite_call *call, int column); /* until the next row; NULL for NULL */
char *call_string(sqlite_call *call, int column, arena *a); /* a copy; NULL for NULL */
void call_no_memory(sqlite_call *call);                     /* what the caller needed for the row wasn't there */
bt_status call_end(sqlite_call *call, const char *doing, bt_error *error);
bt_status call_run(sqlite_call *call, const char *doing, bt_error *error); /* no rows are wanted */

void sqlite_drop_statements(sqlite_catalogue *c);
bt_status sqlite_execute(sqlite_catalogue *c, const char *sql, const char *doing, bt_error *error);
bt_status sqlite_failure(const sqlite_catalogue *c, int result, const char *doing, bt_error *error);

/* One read transaction around all statements of a list, so that they see one state; inside a write it is there already. */
bt_status sqlite_begin_snapshot(sqlite_catalogue *c, bt_error *error);
void sqlite_end_snapshot(sqlite_catalogue *c);

/* The names in a column of film_list: one copy of its text, cut in place. */
film_names sqlite_split_names(sqlite_call *call, int column, arena *a);

/* --- the operations ------------------------------------------------------------------------------------------------ */

/* Makes or upgrades the schema (writable), or checks that it is there and known. */
bt_status sqlite_prepare_schema(sqlite_catalogue *c, bt_error *error);

bt_status sqlite_write_film(catalogue *c, const film *stored, const film *f, uint32_t *id, bt_error *error);
bt_status sqlite_retire_film(catalogue *c, const film *stored, uint32_t into, bt_error *error);

bt_status sqlite_resolve(catalogue *c, uint32_t id, uint32_t *resolved, bt_error *error);
bt_status sqlite_get(catalogue *c, uint32_t id, arena *a, film *out, bt_error *error);
bt_status sqlite_each(catalogue *c, catalogue_each_film *each, void *context, bt_error *error);
bt_status sqlite_titles(catalogue *c, const title_probe *probe, arena *a, title_list *list, bt_error *error);
bt_status sqlite_list(catalogue *c, const film_query *q, arena *a, film **out, size_t *n, size_t *n_total, bt_error *error);
bt_status sqlite_list_ids(catalogue *c, const film_query *q, arena *a, uint32_t **out, size_t *n, bt_error *error);
bt_status sqlite_cards(catalogue *c, arena *a, film_card **out, size_t *n, bt_error *error);
bt_status sqlite_genres(catalogue *c, arena *a, film_names *out, bt_error *error);

#endif
