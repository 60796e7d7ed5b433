/* Opening a database: the connection, the schema and how an older one becomes it, transactions.
 *
 * `PRAGMA user_version` is the number of steps that a file has been through, `application_id` says whose it is. All steps that a
 * file lacks run in one transaction.
 */
#include "sqlite/database.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

enum { BUSY_MILLISECONDS = 5000 };

/* --- transactions -------------------------------------------------------------------------------------------------- */

static const char write_sql[] = "BEGIN IMMEDIATE", read_sql[] = "BEGIN", commit_sql[] = "COMMIT", rollback_sql[] = "ROLLBACK";

/* Some failures have rolled back already; then this one has nothing to do. */
void database_rollback(database *d)
{
    sqlite_call call = call_begin(d, rollback_sql);
    call_run(&call, "rolling back", NULL);
}

/* A rollback that had no memory left the old transaction open: it is done now. */
static bt_status begin(database *d, const char *sql, const char *doing, bt_error *error)
{
    if (!sqlite3_get_autocommit(d->handle))
        database_rollback(d);
    sqlite_call call = call_begin(d, sql);
    return call_run(&call, doing, error);
}

bt_status database_begin_write(database *d, const char *doing, bt_error *error)
{
    return begin(d, write_sql, doing, error);
}

bt_status database_begin_read(database *d, const char *doing, bt_error *error)
{
    return begin(d, read_sql, doing, error);
}

bt_status database_commit(database *d, const char *doing, bt_error *error)
{
    sqlite_call call = call_begin(d, commit_sql);
    return call_run(&call, doing, error);
}

void database_clear_wal(database *d)
{
    sqlite3_wal_checkpoint_v2(d->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

/* TRUNCATE, as a journal whose removal isn't synced takes back a commit when the power goes (tests/faults.md). The mode isn't the
 * file's but for WAL or not: who crashes in between leaves it to the next one that opens the file for writing; failures leave it, too. */
void database_leave_wal(database *d)
{
    d->without_wal = sqlite3_exec(d->handle, "PRAGMA journal_mode = TRUNCATE", NULL, NULL, NULL) == SQLITE_OK;
}

void database_enter_wal(database *d)
{
    if (d->without_wal)
        sqlite3_exec(d->handle, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
    d->without_wal = false;
}

/* Prepares a statement now, so that the call has it even if memory is short. */
static bt_status keep(database *d, const char *sql, bt_error *error)
{
    sqlite_call call = call_begin(d, sql);
    return call_end(&call, "opening", error);
}

/* --- the check of itself ------------------------------------------------------------------------------------------- */

bt_status database_complain(database *d, const char *sql, const char *ok, bt_error *error)
{
    char found[256] = "";
    sqlite_call call = call_begin(d, sql);
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
    return error_set(error, BT_CORRUPT, "%s is damaged: %s; %s", d->path, found, d->kind->damaged);
}

bt_status database_check(database *d, bt_error *error)
{
    return database_complain(d, "PRAGMA integrity_check(10)", "ok", error);
}

/* --- the schema ---------------------------------------------------------------------------------------------------- */

typedef struct schema_state {
    int64_t application, version, n_tables;
} schema_state;

static bt_status read_state(database *d, schema_state *out, bt_error *error)
{
    sqlite_call call = call_begin(d, "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)"
                                     " FROM pragma_application_id, pragma_user_version");
    while (call_row(&call))
        *out = (schema_state){call_int(&call, 0), call_int(&call, 1), call_int(&call, 2)};
    return call_end(&call, "opening", error);
}

/* Whether we may work with what is in the file; an empty one is fine. */
static bt_status check_state(const database *d, const schema_state *s, bt_error *error)
{
    const bool empty = s->n_tables == 0 && s->version == 0;
    if (!empty && s->application != d->kind->application)
        return error_set(error, BT_BAD_FORMAT, "%s is the database of another program: name another data folder", d->path);
    if (s->version > d->kind->n_steps)
        return error_set(error, BT_VERSION,
                         "%s was written by a newer butaca (schema %lld, this program knows %d): use that one, or another data "
                         "folder",
                         d->path, (long long)s->version, d->kind->n_steps);
    return BT_OK;
}

static bt_status run_steps(database *d, int64_t from, bt_error *error)
{
    bt_status status = BT_OK;
    for (int64_t i = from; i < d->kind->n_steps && status == BT_OK; i++)
        status = database_execute(d, d->kind->steps[i], "making its tables", error);
    char pragmas[96];
    snprintf(pragmas, sizeof pragmas, "PRAGMA application_id = %d; PRAGMA user_version = %d", d->kind->application,
             d->kind->n_steps);
    return status == BT_OK ? database_execute(d, pragmas, "making its tables", error) : status;
}

/* All or nothing; another program may have been faster. */
static bt_status upgrade(database *d, bt_error *error)
{
    schema_state now = {0};
    bt_status status = database_execute(d, "BEGIN IMMEDIATE", "making its tables", error);
    if (status != BT_OK)
        return status;
    status = read_state(d, &now, error);
    if (status == BT_OK)
        status = check_state(d, &now, error);
    if (status == BT_OK && now.version < d->kind->n_steps)
        status = run_steps(d, now.version, error);
    if (status == BT_OK)
        status = database_execute(d, "COMMIT", "making its tables", error);
    if (status != BT_OK)
        sqlite3_exec(d->handle, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

/* A reader upgrades what an older program left, too: else nobody could read it before the next import. */
static bt_status upgrade_for_reading(database *d, bt_error *error)
{
    bt_status status = database_execute(d, "PRAGMA query_only = OFF", "opening", error);
    if (status == BT_OK)
        status = upgrade(d, error);
    return status == BT_OK ? database_execute(d, "PRAGMA query_only = ON", "opening", error) : status;
}

static bt_status prepare_schema(database *d, bt_error *error)
{
    schema_state now = {0};
    bt_status status = read_state(d, &now, error);
    if (status == BT_OK)
        status = check_state(d, &now, error);
    if (status != BT_OK)
        return status;
    const bool current = now.version == d->kind->n_steps;
    if (!d->writable && now.version == 0)
        return error_set(error, BT_NOT_FOUND, "%s holds no %s yet: %s", d->path, d->kind->name, d->kind->missing);
    if (!d->writable)
        return current ? BT_OK : upgrade_for_reading(d, error);
    status = database_execute(d, "PRAGMA journal_mode = WAL", "opening", error);
    if (status == BT_BUSY && current) /* somebody fills it now (database_leave_wal), and takes the WAL up again */
        status = BT_OK;
    return status == BT_OK && !current ? upgrade(d, error) : status;
}

/* --- opening ------------------------------------------------------------------------------------------------------- */

/* Copies the file into the empty database that is open. What it is shows afterwards. */
static bt_status copy_from(database *d, const char *path, bt_error *error)
{
    sqlite3 *from = NULL;
    int result = sqlite3_open_v2(path, &from, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (result == SQLITE_OK) {
        sqlite3_busy_timeout(from, BUSY_MILLISECONDS);
        sqlite3_backup *backup = sqlite3_backup_init(d->handle, "main", from, "main");
        if (backup != NULL) {
            sqlite3_backup_step(backup, -1);
            sqlite3_backup_finish(backup);
        }
        result = sqlite3_errcode(d->handle);
    }
    sqlite3_close(from);
    return result == SQLITE_OK || result == SQLITE_DONE ? BT_OK : database_failure(d, result, "copying", error);
}

/* The path as a URI of a file that doesn't change. */
static const char *still_uri(const char *path, arena *a)
{
    char *uri = arena_take(a, 3 * strlen(path) + sizeof "file:?immutable=1"), *at = uri;
    if (uri == NULL)
        return NULL;
    at += sprintf(at, "file:");
    for (const char *c = path; *c != '\0'; c++)
        at += sprintf(at, strchr("%?#", *c) != NULL ? "%%%02X" : "%c", (unsigned char)*c);
    sprintf(at, "?immutable=1");
    return uri;
}

/* A reader of WAL needs files beside the database, which it can't make in a folder that it may not write. Where none is there, nobody
 * has the database open, and it can be read as it lies. */
static int open_reading(database *d, arena *a)
{
    const char *slash = strrchr(d->path, '/');
    const char *folder = arena_format(a, "%.*s", slash != NULL ? (int)(slash - d->path) + 1 : 1, slash != NULL ? d->path : ".");
    const char *wal = arena_format(a, "%s-wal", d->path);
    const char *uri = still_uri(d->path, a);
    if (folder == NULL || wal == NULL || uri == NULL)
        return SQLITE_NOMEM;
    if (access(folder, W_OK) != 0 && !file_exists(wal))
        return sqlite3_open_v2(uri, &d->handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
    return sqlite3_open_v2(d->path, &d->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
}

static int open_handle(database *d, const char *file)
{
    arena memory = {0};
    const int result =
        d->writable ? sqlite3_open_v2(file, &d->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL)
                    : open_reading(d, &memory);
    arena_free(&memory);
    return result;
}

/* SQLite counts its memory under a lock that every allocation takes; nobody asks for the count. Does nothing once SQLite runs. */
static void leave_memory_uncounted(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* `file` is d->path, or ":memory:" for a copy of it. */
static bt_status connect(database *d, const char *file, bt_error *error)
{
    static pthread_once_t configured = PTHREAD_ONCE_INIT;
    pthread_once(&configured, leave_memory_uncounted);
    const int result = open_handle(d, file);
    if (result != SQLITE_OK)
        return d->handle != NULL ? database_failure(d, result, "opening", error) : error_no_memory(error, "opening a database");
    if (d->writable && sqlite3_db_readonly(d->handle, "main")) /* SQLite makes do with less than was asked for */
        return database_failure(d, SQLITE_READONLY, "opening", error);
    sqlite3_extended_result_codes(d->handle, 1);
    sqlite3_busy_timeout(d->handle, BUSY_MILLISECONDS);
    bt_status status = database_execute(d, "PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY", "opening", error);
    if (status == BT_OK)
        status =
            database_execute(d, d->kind->trusted ? "PRAGMA foreign_keys = OFF" : "PRAGMA foreign_keys = ON", "opening", error);
    const char *safety = d->kind->safety == DATABASE_FULL ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL";
    if (status == BT_OK)
        status = database_execute(d, safety, "opening", error);
    if (status == BT_OK && d->kind->forgets)
        status = database_execute(d, "PRAGMA secure_delete = ON", "opening", error);
    if (status == BT_OK && !d->writable)
        status = database_execute(d, "PRAGMA query_only = ON", "opening", error);
    if (status == BT_OK && file != d->path && file_exists(d->path))
        status = copy_from(d, d->path, error);
    if (status == BT_OK)
        status = keep(d, rollback_sql, error);
    return status == BT_OK ? prepare_schema(d, error) : status;
}

bt_status database_open(database *d, const database_kind *kind, const char *path, bool writable, bt_error *error)
{
    *d = (database){.kind = kind, .writable = writable};
    if (path[0] == '\0')
        return error_set(error, BT_INVALID_ARGUMENT, "no file is named for the %s", kind->name);
    if (!writable && !file_exists(path))
        return error_set(error, BT_NOT_FOUND, "there is no %s at %s: %s", kind->name, path, kind->missing);
    d->path = memory_string(path, strlen(path));
    const bt_status status = d->path != NULL ? connect(d, d->path, error) : error_no_memory(error, "opening a database");
    if (status != BT_OK)
        database_close(d);
    return status;
}

bt_status database_open_copy(database *d, const database_kind *kind, const char *path, bt_error *error)
{
    *d = (database){.kind = kind, .writable = true};
    d->path = memory_string(path, strlen(path));
    const bt_status status = d->path != NULL ? connect(d, ":memory:", error) : error_no_memory(error, "opening a database");
    if (status != BT_OK)
        database_close(d);
    return status;
}

void database_close(database *d)
{
    database_drop_statements(d);
    sqlite3_close(d->handle);
    bt_free(d->path);
    *d = (database){0};
}
