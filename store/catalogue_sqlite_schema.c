/* The schema of the SQLite catalogue, and how an older one becomes it.
 *
 * `PRAGMA user_version` is the number of steps that a file has been through, `application_id` says that it is ours. A change of
 * the schema is a new step at the end; released steps are never edited. All steps that a file lacks run in one transaction.
 *
 * title_key and title_word are an index made from the titles by bt_title_key. When that function changes what it returns, a step
 * has to fill them, film.sort_key and genre.key anew.
 */
#include <stdio.h>

#include "base/error.h"
#include "store/catalogue_sqlite.h"

enum { APPLICATION_ID = 0x42544341 }; /* "BTCA" */

static const char *const steps[] = {
    /* 1 */
    "CREATE TABLE film ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT," /* never reused */
    "  title TEXT NOT NULL, original_title TEXT,"
    "  year INTEGER NOT NULL, runtime INTEGER NOT NULL," /* 0: unknown; minutes */
    "  sort_key TEXT NOT NULL);"                         /* of the title, without its article */
    "CREATE INDEX film_by_title ON film (sort_key, id);"
    "CREATE INDEX film_by_year ON film (year DESC, sort_key, id);"

    /* Lists of names that are only read with their film, each in one column, cut by FILM_UNIT_SEPARATOR: a row a name would make an
     * import take twice as long. */
    "CREATE TABLE film_list ("
    "  film_id INTEGER PRIMARY KEY REFERENCES film ON DELETE CASCADE,"
    "  other_titles TEXT, countries TEXT, languages TEXT, directors TEXT, actors TEXT, themes TEXT);"

    "CREATE TABLE genre (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, key TEXT NOT NULL);"
    "CREATE TABLE film_genre ("
    "  film_id INTEGER NOT NULL REFERENCES film ON DELETE CASCADE, position INTEGER NOT NULL,"
    "  genre_id INTEGER NOT NULL REFERENCES genre, PRIMARY KEY (film_id, position)) WITHOUT ROWID;"
    "CREATE INDEX film_genre_by_genre ON film_genre (genre_id, film_id);"

    "CREATE TABLE film_text ("
    "  film_id INTEGER NOT NULL REFERENCES film ON DELETE CASCADE, language TEXT NOT NULL, source TEXT NOT NULL,"
    "  title TEXT, overview TEXT);"
    "CREATE UNIQUE INDEX film_text_of ON film_text (film_id, language, source);"

    "CREATE TABLE film_id ("
    "  source TEXT NOT NULL, value TEXT NOT NULL, film_id INTEGER NOT NULL REFERENCES film ON DELETE CASCADE,"
    "  PRIMARY KEY (source, value)) WITHOUT ROWID;"
    "CREATE INDEX film_id_of ON film_id (film_id);"

    "CREATE TABLE title_key (key TEXT NOT NULL, film_id INTEGER NOT NULL, PRIMARY KEY (key, film_id)) WITHOUT ROWID;"
    "CREATE TABLE title_word (word TEXT NOT NULL, film_id INTEGER NOT NULL, PRIMARY KEY (word, film_id)) WITHOUT ROWID;"

    "CREATE TABLE redirect (film_id INTEGER PRIMARY KEY, into_id INTEGER NOT NULL REFERENCES film);"
    "CREATE INDEX redirect_into ON redirect (into_id);"
    "CREATE TABLE data_source ("
    "  name TEXT PRIMARY KEY, title TEXT NOT NULL, licence TEXT NOT NULL, url TEXT, attribution TEXT) WITHOUT ROWID;"
    "CREATE TABLE value (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;",
    /* 2 */
    "ALTER TABLE film_list ADD COLUMN writers TEXT;"
    "ALTER TABLE film ADD COLUMN poster TEXT;",
};

enum { SCHEMA_VERSION = sizeof steps / sizeof *steps };

typedef struct schema_state {
    int64_t application, version, n_tables;
} schema_state;

static bt_status read_state(sqlite_catalogue *c, schema_state *out, bt_error *error)
{
    sqlite_call call = call_begin(c, "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)"
                                     " FROM pragma_application_id, pragma_user_version");
    while (call_row(&call))
        *out = (schema_state){call_int(&call, 0), call_int(&call, 1), call_int(&call, 2)};
    return call_end(&call, "opening", error);
}

/* Whether we may work with what is in the file; an empty one is fine. */
static bt_status check_state(const sqlite_catalogue *c, const schema_state *s, bt_error *error)
{
    const bool empty = s->n_tables == 0 && s->version == 0;
    if (!empty && s->application != APPLICATION_ID)
        return error_set(error, BT_BAD_FORMAT, "%s is the database of another program: name another data folder", c->path);
    if (s->version > SCHEMA_VERSION)
        return error_set(error, BT_VERSION,
                         "%s was written by a newer butaca (schema %lld, this program knows %d): use that one, or another data "
                         "folder",
                         c->path, (long long)s->version, SCHEMA_VERSION);
    return BT_OK;
}

static bt_status run_steps(sqlite_catalogue *c, int64_t from, bt_error *error)
{
    bt_status status = BT_OK;
    for (int64_t i = from; i < SCHEMA_VERSION && status == BT_OK; i++)
        status = sqlite_execute(c, steps[i], "making its tables", error);
    char pragmas[96];
    snprintf(pragmas, sizeof pragmas, "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION_ID, SCHEMA_VERSION);
    return status == BT_OK ? sqlite_execute(c, pragmas, "making its tables", error) : status;
}

/* All or nothing; another program may have been faster. */
static bt_status upgrade(sqlite_catalogue *c, bt_error *error)
{
    schema_state now = {0};
    bt_status status = sqlite_execute(c, "BEGIN IMMEDIATE", "making its tables", error);
    if (status != BT_OK)
        return status;
    status = read_state(c, &now, error);
    if (status == BT_OK)
        status = check_state(c, &now, error);
    if (status == BT_OK && now.version < SCHEMA_VERSION)
        status = run_steps(c, now.version, error);
    if (status == BT_OK)
        status = sqlite_execute(c, "COMMIT", "making its tables", error);
    if (status != BT_OK)
        sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

bt_status sqlite_prepare_schema(sqlite_catalogue *c, bt_error *error)
{
    schema_state now = {0};
    bt_status status = read_state(c, &now, error);
    if (status == BT_OK)
        status = check_state(c, &now, error);
    if (status != BT_OK)
        return status;
    if (!c->base.writable)
        return now.version == SCHEMA_VERSION
                   ? BT_OK
                   : error_set(error, BT_NOT_FOUND, "%s holds no films yet, or in an older form: import something into it",
                               c->path);
    status = sqlite_execute(c, "PRAGMA journal_mode = WAL", "opening", error);
    return status == BT_OK && now.version < SCHEMA_VERSION ? upgrade(c, error) : status;
}
