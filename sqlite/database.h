/* One SQLite file: opening it with its schema, and calls of prepared statements. What the catalogue, the event log, the histories
 * and the accounts have in common; each says in a `database_kind` what its tables are and what a person can do about a fault.
 *
 * The file is in WAL mode, so readers go on while one writes and see the state before it until it commits. Readers open the file
 * for writing too where they may: after a crash it is the first one to come, reader or not, that rolls back what was cut off;
 * query_only keeps them from more. In a folder that they may not write, a file without a WAL is read as it lies. A handle holds at most 16 MiB of pages and its prepared statements, and belongs to one thread
 * at a time.
 *
 * A statement is prepared once and kept, keyed by the address of its SQL:
 *
 *     sqlite_call call = call_begin(d, "SELECT title FROM film WHERE id = ?");
 *     call_bind_int(&call, id);
 *     while (call_row(&call))
 *         title = call_string(&call, 0, a);
 *     return call_end(&call, "reading a film", error);
 *
 * The first failure of a call stays: what follows does nothing, and call_end says it.
 */
#ifndef SQLITE_DATABASE_H
#define SQLITE_DATABASE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "butaca/status.h"

enum { DATABASE_KEPT_STATEMENTS = 64 }; /* a power of two, above the number of statements of any kind */

/* How far a commit goes: FULL is on the disk when it returns. NORMAL is whole after a crash, but the last commits may be gone: for
 * what can be made again. */
typedef enum database_safety { DATABASE_FULL, DATABASE_NORMAL } database_safety;

typedef struct database_kind {
    const char *name;         /* "catalogue", for messages */
    int32_t application;      /* its application_id: says that a file is one of this kind */
    const char *const *steps; /* of the schema: a change is a new one at the end; released steps are never edited */
    int n_steps;
    database_safety safety;
    bool trusted;        /* foreign keys aren't looked up at each write: they cost a savepoint and a search a row */
    bool forgets;        /* what is deleted is overwritten: for what people may ask to be erased */
    const char *missing; /* what to do where it isn't there: "import something first" */
    const char *damaged; /* what to do where it is damaged: "restore it from a backup" */
} database_kind;

typedef struct database {
    const database_kind *kind;
    sqlite3 *handle; /* NULL: closed */
    char *path;
    bool writable;
    bool without_wal; /* until database_enter_wal */
    struct {
        const char *sql;
        sqlite3_stmt *statement;
    } kept[DATABASE_KEPT_STATEMENTS];
} database;

/* Writable: makes it when it isn't there; else BT_NOT_FOUND then. Both upgrade an older schema. A newer one: BT_VERSION; damaged or
 * no database at all: BT_CORRUPT; another program's database: BT_BAD_FORMAT. On failure `d` is closed. */
bt_status database_open(database *d, const database_kind *kind, const char *path, bool writable, bt_error *error);
/* A writable copy in memory, as large as the file, which stays untouched; an empty one where there is no file. Closing forgets it. */
bt_status database_open_copy(database *d, const database_kind *kind, const char *path, bt_error *error);
void database_close(database *d); /* zeroed is fine; rolls back what isn't committed */

bt_status database_begin_write(database *d, const char *doing, bt_error *error); /* rolls back what a failure left open */
bt_status database_begin_read(database *d, const char *doing, bt_error *error); /* one state for all statements until the end */
bt_status database_commit(database *d, const char *doing, bt_error *error);
void database_rollback(database *d); /* where there is nothing to roll back: nothing */

/* Empties the WAL, whose frames still hold what was deleted. Where others are reading, the next checkpoint does it. */
void database_clear_wal(database *d);

/* For a transaction that fills an empty file: a rollback journal, so that what is new is written once. Readers that come during it
 * wait; where some are there already, nothing changes. */
void database_leave_wal(database *d);
void database_enter_wal(database *d); /* after it */

/* PRAGMA integrity_check: BT_CORRUPT with the first thing it found. */
bt_status database_check(database *d, bt_error *error);

/* The first row that the statement gives is a complaint, unless it is `ok`: BT_CORRUPT. `sql` is a literal. */
bt_status database_complain(database *d, const char *sql, const char *ok, bt_error *error);

/* --- calls (sqlite/call.c) ----------------------------------------------------------------------------------------- */

typedef struct sqlite_call {
    database *d;
    sqlite3_stmt *statement;
    int result;  /* of the last step; the first failure stays */
    int n_bound; /* parameters so far */
    bool kept;
} sqlite_call;

sqlite_call call_begin(database *d, const char *sql);      /* `sql` is a literal: its address names the statement */
sqlite_call call_begin_once(database *d, const char *sql); /* any text; prepared for this call */
void call_bind_int(sqlite_call *call, int64_t value);
void call_bind_real(sqlite_call *call, double value);
void call_bind_text(sqlite_call *call, const char *text);               /* NULL is NULL; must live until call_end */
void call_bind_blob(sqlite_call *call, const void *bytes, size_t size); /* the same */
bool call_row(sqlite_call *call);
int64_t call_int(const sqlite_call *call, int column);
double call_real(const sqlite_call *call, int column);
const char *call_text(const sqlite_call *call, int column);              /* until the next row; NULL for NULL */
char *call_string(sqlite_call *call, int column, arena *a);              /* a copy; NULL for NULL */
bool call_blob(sqlite_call *call, int column, void *bytes, size_t size); /* false: NULL; another size is damage */
void call_no_memory(sqlite_call *call);                                  /* what the caller needed wasn't there */
bt_status call_end(sqlite_call *call, const char *doing, bt_error *error);
bt_status call_run(sqlite_call *call, const char *doing, bt_error *error); /* no rows are wanted */

void database_drop_statements(database *d);
bt_status database_execute(database *d, const char *sql, const char *doing, bt_error *error);
bt_status database_failure(const database *d, int result, const char *doing, bt_error *error);

#endif
