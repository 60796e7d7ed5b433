/* Calls of prepared statements, and what SQLite's result codes mean to a person.
 *
 * Kept statements stand in a small table of open addressing, keyed by the address of their SQL: finding one costs a comparison
 * or two, which counts when an import stores two million rows.
 */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "sqlite/database.h"

/* --- statements ---------------------------------------------------------------------------------------------------- */

static size_t slot_of(const database *d, const char *sql)
{
    size_t slot = ((uintptr_t)sql >> 3) % DATABASE_KEPT_STATEMENTS;
    for (size_t i = 0; i < DATABASE_KEPT_STATEMENTS; i++, slot = (slot + 1) % DATABASE_KEPT_STATEMENTS)
        if (d->kept[slot].sql == sql || d->kept[slot].sql == NULL)
            return slot;
    return DATABASE_KEPT_STATEMENTS; /* full */
}

static sqlite_call prepare(database *d, const char *sql, unsigned flags)
{
    sqlite_call call = {.d = d};
    call.result = sqlite3_prepare_v3(d->handle, sql, -1, flags, &call.statement, NULL);
    return call;
}

sqlite_call call_begin_once(database *d, const char *sql)
{
    return prepare(d, sql, 0);
}

sqlite_call call_begin(database *d, const char *sql)
{
    const size_t slot = slot_of(d, sql);
    if (slot == DATABASE_KEPT_STATEMENTS)
        return call_begin_once(d, sql);
    if (d->kept[slot].sql == sql)
        return (sqlite_call){.d = d, .statement = d->kept[slot].statement, .result = SQLITE_OK, .kept = true};

    sqlite_call call = prepare(d, sql, SQLITE_PREPARE_PERSISTENT);
    if (call.result == SQLITE_OK) {
        call.kept = true;
        d->kept[slot].sql = sql;
        d->kept[slot].statement = call.statement;
    }
    return call;
}

void database_drop_statements(database *d)
{
    for (size_t i = 0; i < DATABASE_KEPT_STATEMENTS; i++)
        sqlite3_finalize(d->kept[i].statement);
    memset(d->kept, 0, sizeof d->kept);
}

/* --- calls --------------------------------------------------------------------------------------------------------- */

static bool failed(const sqlite_call *call)
{
    return call->result != SQLITE_OK && call->result != SQLITE_ROW && call->result != SQLITE_DONE;
}

void call_bind_int(sqlite_call *call, int64_t value)
{
    if (!failed(call))
        call->result = sqlite3_bind_int64(call->statement, ++call->n_bound, value);
}

void call_bind_real(sqlite_call *call, double value)
{
    if (!failed(call))
        call->result = sqlite3_bind_double(call->statement, ++call->n_bound, value);
}

void call_bind_text(sqlite_call *call, const char *text)
{
    if (!failed(call))
        call->result = sqlite3_bind_text(call->statement, ++call->n_bound, text, -1, SQLITE_STATIC);
}

void call_bind_blob(sqlite_call *call, const void *bytes, size_t size)
{
    if (!failed(call))
        call->result = sqlite3_bind_blob64(call->statement, ++call->n_bound, bytes, size, SQLITE_STATIC);
}

bool call_row(sqlite_call *call)
{
    if (!failed(call))
        call->result = sqlite3_step(call->statement);
    return call->result == SQLITE_ROW;
}

int64_t call_int(const sqlite_call *call, int column)
{
    return sqlite3_column_int64(call->statement, column);
}

double call_real(const sqlite_call *call, int column)
{
    return sqlite3_column_double(call->statement, column);
}

const char *call_text(const sqlite_call *call, int column)
{
    return (const char *)sqlite3_column_text(call->statement, column);
}

void call_no_memory(sqlite_call *call)
{
    if (!failed(call))
        call->result = SQLITE_NOMEM;
}

char *call_string(sqlite_call *call, int column, arena *a)
{
    if (sqlite3_column_type(call->statement, column) == SQLITE_NULL)
        return NULL;
    const char *text = call_text(call, column);
    char *copy = text != NULL ? arena_string(a, text, (size_t)sqlite3_column_bytes(call->statement, column)) : NULL;
    if (copy == NULL)
        call_no_memory(call);
    return copy;
}

bool call_blob(sqlite_call *call, int column, void *bytes, size_t size)
{
    if (sqlite3_column_type(call->statement, column) == SQLITE_NULL)
        return false;
    const void *found = sqlite3_column_blob(call->statement, column);
    if ((size_t)sqlite3_column_bytes(call->statement, column) == size && found != NULL)
        memcpy(bytes, found, size);
    else
        call->result = found != NULL ? SQLITE_CORRUPT : SQLITE_NOMEM;
    return !failed(call);
}

bt_status call_end(sqlite_call *call, const char *doing, bt_error *error)
{
    const bt_status status = failed(call) ? database_failure(call->d, call->result, doing, error) : BT_OK;
    if (call->kept) {
        sqlite3_reset(call->statement);
        sqlite3_clear_bindings(call->statement);
    } else {
        sqlite3_finalize(call->statement);
    }
    call->statement = NULL;
    return status;
}

bt_status call_run(sqlite_call *call, const char *doing, bt_error *error)
{
    while (call_row(call))
        continue;
    return call_end(call, doing, error);
}

bt_status database_execute(database *d, const char *sql, const char *doing, bt_error *error)
{
    const int result = sqlite3_exec(d->handle, sql, NULL, NULL, NULL);
    return result == SQLITE_OK ? BT_OK : database_failure(d, result, doing, error);
}

/* --- failures ------------------------------------------------------------------------------------------------------ */

static bt_status damaged(const database *d, const char *doing, bt_error *error)
{
    return error_set(error, BT_CORRUPT, "%s: %s: the %s is damaged (%s); %s", d->path, doing, d->kind->name,
                     sqlite3_errmsg(d->handle), d->kind->damaged);
}

/* Why the last write to the WAL failed; 0: not known. SQLite itself takes only ENOSPC for a full disk, not a quota or a limit. */
static int wal_errno(const database *d)
{
    sqlite3_file *wal = NULL;
    int reason = 0;
    if (sqlite3_file_control(d->handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal) != SQLITE_OK || wal == NULL ||
        wal->pMethods == NULL || wal->pMethods->xFileControl(wal, SQLITE_FCNTL_LAST_ERRNO, &reason) != SQLITE_OK)
        return 0;
    return reason;
}

/* An input/output error, with the system's reason where SQLite knows it. ENOENT is not to be believed: SQLite, refused a file for
 * writing, tries to read it, and it is that which fails. "Not found" would mean that there is nothing to lose. */
static bt_status io_failure(const database *d, int result, const char *doing, bt_error *error)
{
    int reason = result == SQLITE_IOERR_WRITE ? wal_errno(d) : 0;
    if (reason == 0)
        reason = sqlite3_system_errno(d->handle);
    if (reason != 0 && reason != ENOENT)
        return error_system(error, reason, "%s: %s", d->path, doing);
    return error_set(error, BT_IO, "%s: %s: %s", d->path, doing, sqlite3_errmsg(d->handle));
}

bt_status database_failure(const database *d, int result, const char *doing, bt_error *error)
{
    if (result == SQLITE_IOERR_NOMEM)
        return error_no_memory(error, doing);
    switch (result & 0xFF) {
    case SQLITE_NOMEM:
        return error_no_memory(error, doing);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return error_set(error, BT_BUSY, "%s: %s: another program is writing to it; try again when it is done", d->path, doing);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return damaged(d, doing, error);
    case SQLITE_FULL:
        return error_set(error, BT_NO_SPACE, "%s: %s: no space left on the device; free some and try again", d->path, doing);
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return error_set(error, BT_PERMISSION, "%s: %s: may not be written; check the owner of the file and its folder",
                         d->path, doing);
    case SQLITE_TOOBIG:
        return error_set(error, BT_LIMIT, "%s: %s: text or statement too long", d->path, doing);
    default:
        return io_failure(d, result, doing, error);
    }
}
