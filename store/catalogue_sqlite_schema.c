/* The schema of the SQLite catalogue.
 *
 * title_key and title_words are an index made from the titles by bt_title_key. When that function changes what it returns, a step
 * has to fill them, film.sort_key and genre.key anew.
 */
#include "store/catalogue_sqlite.h"

#define FILM_BY_TITLE "CREATE INDEX film_by_title ON film (sort_key, id);"
#define FILM_BY_YEAR "CREATE INDEX film_by_year ON film (year DESC, sort_key, id);"
#define FILM_BY_VOTES "CREATE INDEX film_by_votes ON film (votes DESC, id);"
#define FILM_BY_RATING "CREATE INDEX film_by_rating ON film (merit DESC, id);"
#define FILM_TEXT_OF "CREATE UNIQUE INDEX film_text_of ON film_text (film_id, language, source);"
#define FILM_ID_OF "CREATE INDEX film_id_of ON film_id (film_id);"
#define FILM_GENRE_BY_GENRE "CREATE INDEX film_genre_by_genre ON film_genre (genre_id, film_id);"

static const char *const steps[] = {
    /* 1 */
    "CREATE TABLE film ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT," /* never reused */
    "  title TEXT NOT NULL, original_title TEXT,"
    "  year INTEGER NOT NULL, runtime INTEGER NOT NULL," /* 0: unknown; minutes */
    "  sort_key TEXT NOT NULL);"                         /* of the title, without its article */
    FILM_BY_TITLE FILM_BY_YEAR

    /* Lists of names that are only read with their film, each in one column, cut by FILM_UNIT_SEPARATOR: a row a name would make an
     * import take twice as long. */
    "CREATE TABLE film_list ("
    "  film_id INTEGER PRIMARY KEY REFERENCES film ON DELETE CASCADE,"
    "  other_titles TEXT, countries TEXT, languages TEXT, directors TEXT, actors TEXT, themes TEXT);"

    "CREATE TABLE genre (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, key TEXT NOT NULL);"
    "CREATE TABLE film_genre ("
    "  film_id INTEGER NOT NULL REFERENCES film ON DELETE CASCADE, position INTEGER NOT NULL,"
    "  genre_id INTEGER NOT NULL REFERENCES genre, PRIMARY KEY (film_id, position)) WITHOUT ROWID;" FILM_GENRE_BY_GENRE

    "CREATE TABLE film_text ("
    "  film_id INTEGER NOT NULL REFERENCES film ON DELETE CASCADE, language TEXT NOT NULL, source TEXT NOT NULL,"
    "  title TEXT, overview TEXT);" FILM_TEXT_OF

    "CREATE TABLE film_id ("
    "  source TEXT NOT NULL, value TEXT NOT NULL, film_id INTEGER NOT NULL REFERENCES film ON DELETE CASCADE,"
    "  PRIMARY KEY (source, value)) WITHOUT ROWID;" FILM_ID_OF

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

    /* 3: the words of a film's titles in one row, " the matrix matriz ", that lists by words walk through: 60,000 films in some 10 ms.
     * A row a word and film took half of an import's time. */
    "CREATE TABLE title_words (film_id INTEGER PRIMARY KEY, words TEXT NOT NULL);"
    "INSERT INTO title_words (film_id, words) SELECT film_id, ' ' || group_concat(word, ' ') || ' ' FROM title_word"
    "  GROUP BY film_id;"
    "DROP TABLE title_word;",

    /* 4: countries and languages to filter by ("c:us", "l:en"), what people tag, and how they rate: `rating` is the mean, `merit` what
     * films are ordered by. */
    "ALTER TABLE film_list ADD COLUMN tags TEXT;"
    "ALTER TABLE film ADD COLUMN votes INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE film ADD COLUMN rating REAL NOT NULL DEFAULT 0;"
    "ALTER TABLE film ADD COLUMN merit REAL NOT NULL DEFAULT 0;" FILM_BY_VOTES FILM_BY_RATING
    "CREATE TABLE film_code (code TEXT NOT NULL, film_id INTEGER NOT NULL, PRIMARY KEY (code, film_id)) WITHOUT ROWID;"
    "WITH RECURSIVE cut (kind, film_id, code, rest) AS ("
    "  SELECT 'c:', film_id, '', countries || char(31) FROM film_list WHERE countries IS NOT NULL"
    "  UNION ALL SELECT 'l:', film_id, '', languages || char(31) FROM film_list WHERE languages IS NOT NULL"
    "  UNION ALL SELECT kind, film_id, substr(rest, 1, instr(rest, char(31)) - 1), substr(rest, instr(rest, char(31)) + 1)"
    "    FROM cut WHERE rest <> '')"
    "INSERT OR IGNORE INTO film_code (code, film_id) SELECT kind || lower(code), film_id FROM cut WHERE code <> '';",
};

const database_kind catalogue_kind = {
    .name = "catalogue",
    .application = 0x42544341, /* "BTCA" */
    .steps = steps,
    .n_steps = sizeof steps / sizeof *steps,
    .safety = DATABASE_FULL,
    .trusted = true, /* catalogue_sqlite_write.c keeps them, catalogue_check looks */
    .missing = "import something first",
    .damaged = "restore it from a backup, or move it away with its ratings and import again",
};

bt_status sqlite_drop_indexes(sqlite_catalogue *c, bt_error *error)
{
    const bt_status status = database_execute(
        &c->db,
        "DROP INDEX film_by_title; DROP INDEX film_by_year; DROP INDEX film_by_votes; DROP INDEX film_by_rating;"
        "DROP INDEX film_genre_by_genre; DROP INDEX film_text_of; DROP INDEX film_id_of",
        "beginning to write", error);
    c->without_indexes = status == BT_OK;
    return status;
}

bt_status sqlite_make_indexes(sqlite_catalogue *c, bt_error *error)
{
    if (!c->without_indexes)
        return BT_OK;
    bt_status status = sqlite_write_keys(c, error);
    if (status == BT_OK)
        status = sqlite_write_ids(c, error);
    if (status == BT_OK)
        status = database_execute(
            &c->db, FILM_BY_TITLE FILM_BY_YEAR FILM_BY_VOTES FILM_BY_RATING FILM_GENRE_BY_GENRE FILM_TEXT_OF FILM_ID_OF,
            "storing films", error);
    c->without_indexes = status != BT_OK; /* after a failure the transaction can only be rolled back */
    return status;
}
