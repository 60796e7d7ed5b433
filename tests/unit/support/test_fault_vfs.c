/* SQLite on the failing disk: a transaction whose COMMIT returned is there after every kill, drop and tear, one that was not
 * committed leaves nothing, and a setting that is known to be too weak is found out.
 */
#include "support/fault_vfs.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "support/faults.h"
#include "support/test.h"

enum { TRANSACTIONS = 8, ROWS = 40 }; /* rows of a transaction, 300 bytes each: several pages */

typedef struct setting {
    const char *pragmas;
    size_t n_runs, n_lost; /* runs that lost something acknowledged */
    bool may_lose;
} setting;

static const char *database(const char *folder)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/test.db", folder);
    return path;
}

static bt_status run(sqlite3 *db, const char *sql, bt_error *error)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return BT_OK;
    return error_set(error, BT_IO, "%s: %s", sql, sqlite3_errmsg(db));
}

/* Transaction t: its number in every row, and the sum of all so far in one that is updated. */
static bt_status transact(sqlite3 *db, int t, const char *last, bt_error *error)
{
    char sql[256];
    bt_status status = run(db, "BEGIN IMMEDIATE", error);
    snprintf(sql, sizeof sql, "INSERT INTO rows (t, filler) VALUES (%d, hex(randomblob(150)))", t);
    for (int i = 0; i < ROWS && status == BT_OK; i++)
        status = run(db, sql, error);
    snprintf(sql, sizeof sql, "UPDATE total SET n = n + %d", ROWS);
    if (status == BT_OK)
        status = run(db, sql, error);
    return status == BT_OK ? run(db, last, error) : status;
}

static bt_status make_tables(sqlite3 *db, bt_error *error)
{
    return run(
        db,
        "BEGIN; CREATE TABLE rows (id INTEGER PRIMARY KEY, t INTEGER, filler TEXT); CREATE INDEX rows_t ON rows (t, filler);"
        "CREATE TABLE total (n INTEGER); INSERT INTO total VALUES (0); COMMIT",
        error);
}

static bt_status work(sqlite3 *db, const setting *s, bt_error *error)
{
    bt_status status = run(db, s->pragmas, error);
    if (status == BT_OK)
        status = make_tables(db, error);
    if (status == BT_OK)
        faults_acknowledge(1);
    for (int t = 1; t <= TRANSACTIONS && status == BT_OK; t++) {
        status = transact(db, -t, "ROLLBACK", error);
        if (status == BT_OK)
            status = transact(db, t, "COMMIT", error);
        if (status == BT_OK)
            faults_acknowledge((uint64_t)t + 1);
    }
    return status;
}

static bt_status act(const char *folder, void *context, bt_error *error)
{
    if (!fault_vfs_install())
        return error_set(error, BT_UNSUPPORTED, "SQLite took no VFS");
    sqlite3 *db = NULL;
    bt_status status = BT_OK;
    if (sqlite3_open(database(folder), &db) != SQLITE_OK)
        status = error_set(error, BT_IO, "open: %s", sqlite3_errmsg(db));
    if (status == BT_OK)
        status = work(db, context, error);
    sqlite3_close(db);
    return status;
}

static int64_t number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement;
    int64_t value = -1;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
        value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

static void look(const char *folder, const faults_outcome *outcome, void *context)
{
    setting *s = context;
    sqlite3 *db = NULL;
    REQUIRE(sqlite3_open(database(folder), &db) == SQLITE_OK);
    CHECK_INT(number(db, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);

    const bool tables = number(db, "SELECT count(*) FROM sqlite_master WHERE name = 'total'") == 1;
    const int64_t n = tables ? number(db, "SELECT n FROM total") / ROWS : -1; /* whole transactions */
    if (tables) {
        CHECK_INT(number(db, "SELECT count(*) FROM rows"), n * ROWS);
        CHECK_INT(number(db, "SELECT count(*) FROM rows WHERE t < 1"), 0);
        CHECK_INT(number(db, "SELECT count(DISTINCT t) FROM rows"), n);
    }
    const bool lost = n + 1 < (int64_t)outcome->acknowledged;
    if (!s->may_lose)
        CHECK(!lost);
    s->n_runs++;
    s->n_lost += lost;
    sqlite3_close(db);
}

static setting examine(const char *pragmas, faults_mode mode, uint64_t n_points, bool may_lose)
{
    setting s = {.pragmas = pragmas, .may_lose = may_lose};
    const uint64_t n = faults_run(&(faults_case){.action = act, .verify = look, .context = &s}, mode, n_points);
    CHECK(n > 50);
    return s;
}

static const char wal[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 20";
static const char rollback[] = "PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA";
static const char truncated[] = "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL";

TEST(commits_survive_kills)
{
    examine(wal, FAULTS_KILL, 15, false);
    examine(rollback, FAULTS_KILL, 15, false);
}

TEST(commits_in_the_wal_survive_dropped_writes)
{
    examine(wal, FAULTS_DROP, 40, false);
}

TEST(commits_in_the_wal_survive_torn_writes)
{
    examine(wal, FAULTS_TEAR, 40, false);
}

TEST(commits_with_a_rollback_journal_survive_dropped_and_torn_writes)
{
    examine(rollback, FAULTS_DROP, 25, false);
    examine(rollback, FAULTS_TEAR, 25, false);
    examine(truncated, FAULTS_DROP, 25, false);
    examine(truncated, FAULTS_TEAR, 25, false);
}

/* The faults reach the database: NORMAL in WAL mode doesn't sync commits, as SQLite documents. */
TEST(commits_that_are_not_synced_are_lost)
{
    CHECK(examine("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL", FAULTS_DROP, 25, true).n_lost > 5);
    /* DELETE without EXTRA: the journal's removal is not durable, and the journal comes back and takes the commit away. */
    CHECK(examine("PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL", FAULTS_DROP, 60, true).n_lost > 0);
}

TEST(errors_of_the_disk_roll_back)
{
    examine(wal, FAULTS_NO_SPACE, 20, false);
    examine(wal, FAULTS_IO_ERROR, 20, false);
    examine(rollback, FAULTS_IO_ERROR, 20, false);
}
