/* The catalogue in SQLite: the contract of all catalogues (contract_catalogue.c, linked in), and what is SQLite's own: damaged
 * files, schemas of other versions, memory that runs out inside SQLite, a disk that fails.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "contract_catalogue.h"
#include "store/catalogue.h"
#include "support/test.h"

const char *contract_catalogue_url(void)
{
    static char url[4200];
    snprintf(url, sizeof url, "sqlite:%s", test_path("butaca.db"));
    return url;
}

/* --- helpers ------------------------------------------------------------------------------------------------------- */

enum { FILMS = 400 };

/* A catalogue of several hundred pages, closed. */
static void make_catalogue(void)
{
    catalogue *c = NULL;
    CHECK_OK(catalogue_open(contract_catalogue_url(), CATALOGUE_WRITE, &c, &error), error);
    CHECK_OK(catalogue_begin(c, &error), error);
    for (int i = 0; i < FILMS; i++) {
        char title[64], overview[1024];
        snprintf(title, sizeof title, "Film number %d", i);
        memset(overview, 'a' + i % 26, sizeof overview - 1);
        overview[sizeof overview - 1] = '\0';
        const film_text text = {"en", title, overview, "test"};
        const char *genre = i % 2 == 0 ? "Drama" : "Comedy";
        film f = {.title = title, .year = 1950 + i % 60, .genres = {&genre, 1}, .texts = &text, .n_texts = 1};
        CHECK_OK(catalogue_put(c, &f, &error), error);
    }
    CHECK_OK(catalogue_commit(c, &error), error);
    catalogue_close(c);
}

static void run_sql(const char *sql)
{
    sqlite3 *db = NULL;
    char *message = NULL;
    REQUIRE(sqlite3_open(test_path("butaca.db"), &db) == SQLITE_OK);
    if (!CHECK(sqlite3_exec(db, sql, NULL, NULL, &message) == SQLITE_OK))
        printf("    %s\n", message);
    sqlite3_free(message);
    sqlite3_close(db);
}

/* All that reading can do; the first failure. */
static bt_status look_at(void *context, const film *f, bt_error *e)
{
    (void)context;
    (void)e;
    CHECK(f->id != 0);
    return BT_OK;
}

static bt_status read_everything(void)
{
    catalogue *c = NULL;
    arena a = {0};
    film *films = NULL;
    film_card *cards = NULL;
    title_match *matches = NULL;
    film_names genres;
    size_t n = 0, total = 0;
    bt_status status = catalogue_open(contract_catalogue_url(), CATALOGUE_READ, &c, &error);
    if (status == BT_OK)
        status = catalogue_list(c, &(film_query){.text = "number"}, &a, &films, &n, &total, &error);
    if (status == BT_OK)
        status = catalogue_cards(c, &a, &cards, &n, &error);
    if (status == BT_OK)
        status = catalogue_each(c, look_at, NULL, &error);
    if (status == BT_OK)
        status = catalogue_genres(c, &a, &genres, &error);
    if (status == BT_OK)
        status = catalogue_find_title(c, "film", 20, &a, &matches, &n, &error);
    if (status == BT_OK)
        status = catalogue_check(c, &error);
    arena_free(&a);
    catalogue_close(c);
    return status;
}

/* --- files that are no catalogue ----------------------------------------------------------------------------------------- */

TEST(a_copy_is_written_and_the_file_stays_as_it_was)
{
    make_catalogue();
    char *before = NULL;
    size_t size = 0, n = 0;
    CHECK_OK(file_read_whole(test_path("butaca.db"), 1 << 24, &before, &size, &error), error);
    catalogue *c = NULL;
    CHECK_OK(catalogue_open(contract_catalogue_url(), CATALOGUE_COPY, &c, &error), error);
    CHECK_OK(catalogue_begin(c, &error), error);
    film f = {.title = "One more"};
    CHECK_OK(catalogue_put(c, &f, &error), error);
    CHECK_OK(catalogue_commit(c, &error), error);
    CHECK_OK(catalogue_count(c, &n, &error), error);
    CHECK_INT(n, FILMS + 1);
    catalogue_close(c);
    CHECK(test_file_holds(test_path("butaca.db"), before, size));
    CHECK_OK(catalogue_open(contract_catalogue_url(), CATALOGUE_COPY, &c, &error), error);
    CHECK_OK(catalogue_count(c, &n, &error), error);
    CHECK_INT(n, FILMS);
    catalogue_close(c);
    bt_free(before);
}

TEST(a_copy_of_no_file_is_empty_and_makes_none)
{
    size_t n = 1;
    catalogue *c = NULL;
    CHECK_OK(catalogue_open(contract_catalogue_url(), CATALOGUE_COPY, &c, &error), error);
    CHECK_OK(catalogue_count(c, &n, &error), error);
    CHECK_INT(n, 0);
    catalogue_close(c);
    CHECK(!file_exists(test_path("butaca.db")));
}

TEST(a_copy_of_what_is_no_catalogue)
{
    catalogue *c = NULL;
    test_write_file("butaca.db", "no database at all, but long enough to look like one to whoever reads on", 72);
    CHECK_STATUS(catalogue_open(contract_catalogue_url(), CATALOGUE_COPY, &c, &error), BT_CORRUPT);
    CHECK_CONTAINS(error.message, test_path("butaca.db"));
}

TEST(a_file_that_is_no_database)
{
    static const char text[] = "userId,movieId,rating,timestamp\n1,1,4.0,964982703\n";
    char large[5000];
    memset(large, 'x', sizeof large);
    const struct {
        const void *bytes;
        size_t size;
    } files[] = {{text, sizeof text - 1}, {large, sizeof large}, {"SQLite format 3", 16}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        const char *path = test_write_file("butaca.db", files[i].bytes, files[i].size);
        for (int mode = CATALOGUE_READ; mode <= CATALOGUE_WRITE; mode++) {
            catalogue *c = NULL;
            CHECK_STATUS(catalogue_open(contract_catalogue_url(), (catalogue_mode)mode, &c, &error), BT_CORRUPT);
            CHECK_CONTAINS(error.message, path);
            CHECK_CONTAINS(error.message, "backup");
        }
        struct stat info;
        CHECK(stat(path, &info) == 0 && (size_t)info.st_size == files[i].size); /* untouched */
    }
}

TEST(an_empty_file_is_a_catalogue_that_was_never_made)
{
    catalogue *c = NULL;
    test_write_file("butaca.db", "", 0);
    CHECK_STATUS(catalogue_open(contract_catalogue_url(), CATALOGUE_READ, &c, &error), BT_NOT_FOUND);
    CHECK_CONTAINS(error.message, "import");
    make_catalogue();
    CHECK_STATUS(read_everything(), BT_OK);
}

TEST(names_that_are_no_files)
{
    catalogue *c = NULL;
    char url[4300];
    CHECK_STATUS(catalogue_open("sqlite:", CATALOGUE_WRITE, &c, &error), BT_INVALID_ARGUMENT);
    snprintf(url, sizeof url, "sqlite:%s/none/butaca.db", test_tmpdir());
    CHECK_STATUS(catalogue_open(url, CATALOGUE_WRITE, &c, &error), BT_IO);
    CHECK_CONTAINS(error.message, "none/butaca.db");
    snprintf(url, sizeof url, "sqlite:%s", test_tmpdir());
    CHECK(catalogue_open(url, CATALOGUE_WRITE, &c, &error) != BT_OK);
    CHECK_CONTAINS(error.message, test_tmpdir());
}

TEST(the_database_of_another_program_is_left_alone)
{
    run_sql("CREATE TABLE bookmarks (url TEXT)");
    for (int mode = CATALOGUE_READ; mode <= CATALOGUE_WRITE; mode++) {
        catalogue *c = NULL;
        CHECK_STATUS(catalogue_open(contract_catalogue_url(), (catalogue_mode)mode, &c, &error), BT_BAD_FORMAT);
        CHECK_CONTAINS(error.message, "butaca.db");
        CHECK_CONTAINS(error.message, "another program");
    }
    CHECK(!file_exists(test_path("butaca.db-wal")));
    run_sql("INSERT INTO bookmarks VALUES ('x')");
}

/* tests/cli/test_schemas.py opens one of each earlier version with all its data; here the words, which a step makes anew. */
TEST(an_older_schema_is_upgraded_by_who_comes_first)
{
    make_catalogue();
    run_sql(
        "DROP INDEX film_by_votes; DROP INDEX film_by_rating; ALTER TABLE film DROP COLUMN votes;"
        "ALTER TABLE film DROP COLUMN rating; ALTER TABLE film DROP COLUMN merit; ALTER TABLE film_list DROP COLUMN tags;"
        "DROP TABLE film_code; UPDATE film_list SET countries = 'US' || char(31) || 'ES', languages = 'en' WHERE film_id = 1;"
        "ALTER TABLE film DROP COLUMN poster; ALTER TABLE film_list DROP COLUMN writers; DROP TABLE title_words;"
        "CREATE TABLE title_word (word TEXT NOT NULL, film_id INTEGER NOT NULL, PRIMARY KEY (word, film_id)) WITHOUT ROWID;"
        "INSERT INTO title_word (word, film_id) VALUES ('film', 1), ('number', 1), ('0', 1), ('other', 2);"
        "PRAGMA user_version = 1");
    catalogue *c = NULL;
    CHECK_OK(catalogue_open(contract_catalogue_url(), CATALOGUE_READ, &c, &error), error);
    CHECK_STR(listed(c, (film_query){.text = "number film"}), "1 of 1");
    CHECK_STR(listed(c, (film_query){.country = "es", .language = "en"}), "1 of 1");
    CHECK_STATUS(catalogue_begin(c, &error), BT_INVALID_ARGUMENT); /* a reader it stays */
    CHECK_STR(listed(c, (film_query){.text = "oth"}), "2 of 1");
    CHECK_INT(count(c), FILMS);
    catalogue_close(c);
    CHECK_STATUS(read_everything(), BT_OK);
}

TEST(a_newer_schema_is_left_alone)
{
    make_catalogue();
    run_sql("PRAGMA user_version = 99; CREATE TABLE tomorrow (x)");
    for (int mode = CATALOGUE_READ; mode <= CATALOGUE_WRITE; mode++) {
        catalogue *c = NULL;
        CHECK_STATUS(catalogue_open(contract_catalogue_url(), (catalogue_mode)mode, &c, &error), BT_VERSION);
        CHECK_CONTAINS(error.message, "butaca.db");
        CHECK_CONTAINS(error.message, "99");
    }
    run_sql("DROP TABLE tomorrow");
}

/* --- the first films ------------------------------------------------------------------------------------------------------ */

/* The names of all indexes that the schema makes. */
static const char *indexes(void)
{
    static char names[512];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    names[0] = '\0';
    REQUIRE(sqlite3_open(test_path("butaca.db"), &db) == SQLITE_OK);
    REQUIRE(sqlite3_prepare_v2(db,
                               "SELECT group_concat(name, ' ') FROM (SELECT name FROM sqlite_schema WHERE type = 'index'"
                               " AND sql IS NOT NULL ORDER BY name)",
                               -1, &statement, NULL) == SQLITE_OK);
    REQUIRE(sqlite3_step(statement) == SQLITE_ROW);
    snprintf(names, sizeof names, "%s", (const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return names;
}

static const char all_indexes[] =
    "film_by_rating film_by_title film_by_votes film_by_year film_genre_by_genre film_id_of film_text_of redirect_into";

/* --- how lists are found --------------------------------------------------------------------------------------------------- */

/* SQLite's plan for a statement, its steps joined by "; ". */
static const char *plan_of(const char *sql)
{
    static char plan[1024];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    char explained[1024];
    size_t used = 0;
    plan[0] = '\0';
    snprintf(explained, sizeof explained, "EXPLAIN QUERY PLAN %s", sql);
    REQUIRE(sqlite3_open(test_path("butaca.db"), &db) == SQLITE_OK);
    REQUIRE(sqlite3_prepare_v2(db, explained, -1, &statement, NULL) == SQLITE_OK);
    while (sqlite3_step(statement) == SQLITE_ROW)
        used += (size_t)snprintf(plan + used, sizeof plan - used, "%s; ", (const char *)sqlite3_column_text(statement, 3));
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return plan;
}

/* Pages without filters walk through an index in its order, and filters by genre, country and language search in one. */
TEST(lists_are_not_sorted_where_an_index_has_their_order)
{
    make_catalogue();
    static const char *const orders[] = {"sort_key, id", "year DESC, sort_key, id", "votes DESC, id", "merit DESC, id"};
    static const char *const indexes_of[] = {"film_by_title", "film_by_year", "film_by_votes", "film_by_rating"};
    char sql[256];
    for (size_t i = 0; i < COUNT(orders); i++) {
        snprintf(sql, sizeof sql, "SELECT id FROM film ORDER BY %s LIMIT ? OFFSET ?", orders[i]);
        const char *plan = plan_of(sql);
        CHECK_CONTAINS(plan, indexes_of[i]);
        CHECK(strstr(plan, "TEMP B-TREE") == NULL);
    }
    CHECK_CONTAINS(plan_of("SELECT id FROM film WHERE year >= ? ORDER BY year DESC, sort_key, id LIMIT 20"),
                   "SEARCH film USING COVERING INDEX film_by_year");
    CHECK_CONTAINS(plan_of("SELECT film_id FROM film_code WHERE code = ?"), "SEARCH film_code USING PRIMARY KEY");
    CHECK_CONTAINS(plan_of("SELECT film_id FROM film_genre JOIN genre ON genre.id = genre_id WHERE key = ?"),
                   "SEARCH film_genre USING COVERING INDEX film_genre_by_genre");
    CHECK_CONTAINS(plan_of("SELECT film_id FROM title_key WHERE key = ?"), "SEARCH title_key USING PRIMARY KEY");
}

TEST(the_first_films_leave_all_indexes)
{
    catalogue *c = writing();
    put_title(c, "Alien", 1979);
    catalogue_rollback(c);
    CHECK_STR(indexes(), all_indexes);
    CHECK_OK(catalogue_begin(c, &error), error);
    CHECK_OK(catalogue_commit(c, &error), error); /* none came */
    CHECK_STR(indexes(), all_indexes);
    CHECK_OK(catalogue_begin(c, &error), error);
    put_title(c, "Alien", 1979);
    put_title(c, "Aliens", 1986);
    CHECK_OK(catalogue_commit(c, &error), error);
    CHECK_STR(indexes(), all_indexes);
    CHECK_OK(catalogue_begin(c, &error), error);
    put_title(c, "Alien 3", 1992);
    CHECK_OK(catalogue_commit(c, &error), error);
    CHECK_STR(indexes(), all_indexes);
    CHECK_STR(listed(c, (film_query){.order = FILM_ORDER_YEAR_DOWN}), "3 2 1 of 3");
    catalogue_close(c);
}

/* A film that comes twice is read before it is stored again, which needs the indexes. */
TEST(a_film_that_comes_twice_among_the_first_ones)
{
    catalogue *c = writing();
    const film_id_pair id = {"imdb", "0078748"};
    const film_text english = {"en", NULL, "In space no one can hear you scream.", "a"}, spanish = {"es", "Alien", NULL, "b"};
    CHECK_INT(put(c, (film){.title = "Alien", .ids = &id, .n_ids = 1, .texts = &english, .n_texts = 1}), 1);
    CHECK_INT(put(c, (film){.title = "Alien", .year = 1979, .ids = &id, .n_ids = 1, .texts = &spanish, .n_texts = 1}), 1);
    CHECK_INT(put_title(c, "Aliens", 1986), 2);
    CHECK_OK(catalogue_commit(c, &error), error);
    CHECK_STR(indexes(), all_indexes);
    arena a = {0};
    const film f = get(c, 1, &a);
    CHECK_INT(f.n_texts, 2);
    CHECK_INT(f.n_ids, 1);
    CHECK_INT(f.year, 1979);
    CHECK_STR(listed(c, (film_query){.text = "alien"}), "1 2 of 2");
    arena_free(&a);
    catalogue_close(c);
}

TEST(genres_are_known_again_after_a_rollback)
{
    catalogue *c = writing();
    put(c, (film){.title = "Alien", .genres = NAMES("Horror")});
    catalogue_rollback(c);
    CHECK_OK(catalogue_begin(c, &error), error);
    put(c, (film){.title = "Heat", .genres = NAMES("Crime", "Horror")});
    CHECK_OK(catalogue_commit(c, &error), error);
    CHECK_STR(listed(c, (film_query){.genre = "horror"}), "1 of 1");
    CHECK_STATUS(catalogue_check(c, &error), BT_OK);
    catalogue_close(c);
}

/* --- damage ---------------------------------------------------------------------------------------------------------- */

TEST(a_file_that_was_cut)
{
    make_catalogue();
    struct stat info;
    const char *path = test_path("butaca.db");
    REQUIRE(stat(path, &info) == 0);
    for (off_t size = info.st_size - 4096; size > 0; size -= info.st_size / 7) {
        REQUIRE(truncate(path, size) == 0);
        CHECK_STATUS(read_everything(), BT_CORRUPT);
        CHECK_CONTAINS(error.message, path);
    }
}

TEST(pages_that_were_overwritten)
{
    make_catalogue();
    char *bytes = NULL;
    size_t size = 0, n_found = 0, n_pages = 0;
    const char *path = test_path("butaca.db");
    CHECK_OK(file_read_whole(path, 64 << 20, &bytes, &size, &error), error);
    for (size_t page = 0; page < size / 4096; page += 5, n_pages++) {
        char *damaged = memory_string(bytes, size);
        REQUIRE(damaged != NULL);
        for (size_t i = 0; i < 4096; i++)
            damaged[page * 4096 + i] ^= (char)0xA5;
        test_write_file("butaca.db", damaged, size);
        bt_free(damaged);
        const bt_status status = read_everything();
        if (status != BT_CORRUPT && status != BT_OK)
            printf("    page %zu: %s\n", page, error.message);
        n_found += status == BT_CORRUPT;
        CHECK(status == BT_CORRUPT || status == BT_OK); /* an overflow page of text is only text */
        if (status == BT_CORRUPT)
            CHECK_CONTAINS(error.message, path);
    }
    CHECK(n_pages > 20);
    CHECK(n_found > n_pages / 2);
    bt_free(bytes);
}

TEST(a_row_that_belongs_to_no_film_is_found_by_the_check)
{
    catalogue *c = NULL;
    make_catalogue();
    run_sql("PRAGMA foreign_keys = OFF; DELETE FROM film WHERE id = 5");
    CHECK_OK(catalogue_open(contract_catalogue_url(), CATALOGUE_READ, &c, &error), error);
    CHECK_STATUS(catalogue_check(c, &error), BT_CORRUPT);
    CHECK_CONTAINS(error.message, "butaca.db");
    catalogue_close(c);
}

TEST(a_failed_write_can_only_be_rolled_back)
{
    catalogue *c = NULL;
    make_catalogue();
    run_sql("CREATE TRIGGER refuse BEFORE INSERT ON film_text WHEN NEW.source = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END");
    CHECK_OK(catalogue_open(contract_catalogue_url(), CATALOGUE_WRITE, &c, &error), error);
    CHECK_OK(catalogue_begin(c, &error), error);
    const film_text text = {"en", "T", NULL, "bad"};
    film f = {.title = "Half", .texts = &text, .n_texts = 1}, next = {.title = "Next"};
    CHECK(catalogue_put(c, &f, &error) != BT_OK);
    CHECK_STATUS(catalogue_put(c, &next, &error), BT_INVALID_ARGUMENT);
    CHECK_STATUS(catalogue_commit(c, &error), BT_INVALID_ARGUMENT);
    CHECK_CONTAINS(error.message, "roll back");
    CHECK_OK(catalogue_begin(c, &error), error);
    CHECK_OK(catalogue_put(c, &next, &error), error);
    CHECK_OK(catalogue_commit(c, &error), error);
    size_t n = 0;
    CHECK_OK(catalogue_count(c, &n, &error), error);
    CHECK_INT(n, FILMS + 1);
    catalogue_close(c);
}

TEST(a_file_that_may_not_be_written)
{
    catalogue *c = NULL;
    test_give_up_root();
    make_catalogue();
    CHECK(chmod(test_path("butaca.db"), 0400) == 0);
    CHECK_STATUS(catalogue_open(contract_catalogue_url(), CATALOGUE_WRITE, &c, &error), BT_PERMISSION);
    CHECK_CONTAINS(error.message, "butaca.db");
    CHECK_STATUS(read_everything(), BT_OK);
    CHECK(chmod(test_path("butaca.db"), 0) == 0);
    CHECK_STATUS(catalogue_open(contract_catalogue_url(), CATALOGUE_READ, &c, &error), BT_PERMISSION);
}

/* Readers keep their shared memory beside the file. */
TEST(a_folder_that_may_not_be_written)
{
    test_give_up_root();
    make_catalogue();
    CHECK(chmod(test_tmpdir(), 0500) == 0);
    CHECK_STATUS(read_everything(), BT_PERMISSION);
    CHECK_CONTAINS(error.message, "butaca.db");
    CHECK_CONTAINS(error.message, "folder");
    CHECK(chmod(test_tmpdir(), 0700) == 0);
}

/* --- memory inside SQLite ------------------------------------------------------------------------------------------------ */

static sqlite3_mem_methods real;
static size_t fail_at, n_allocations; /* fail_at 0: never */

static bool fails_now(void)
{
    return ++n_allocations == fail_at;
}

static void *failing_malloc(int size)
{
    return fails_now() ? NULL : real.xMalloc(size);
}

static void *failing_realloc(void *block, int size)
{
    return fails_now() ? NULL : real.xRealloc(block, size);
}

static void install_failing_memory(void)
{
    sqlite3_shutdown();
    REQUIRE(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real) == SQLITE_OK);
    sqlite3_mem_methods failing = real;
    failing.xMalloc = failing_malloc;
    failing.xRealloc = failing_realloc;
    REQUIRE(sqlite3_config(SQLITE_CONFIG_MALLOC, &failing) == SQLITE_OK);
}

static bt_status store_one(void)
{
    catalogue *c = NULL;
    const film_id_pair id = {"movielens", "1"};
    film f = {.title = "Roma", .year = 2018, .ids = &id, .n_ids = 1};
    bt_status status = catalogue_open(contract_catalogue_url(), CATALOGUE_WRITE, &c, &error);
    if (status == BT_OK)
        status = catalogue_begin(c, &error);
    if (status == BT_OK)
        status = catalogue_put(c, &f, &error);
    if (status == BT_OK)
        status = catalogue_commit(c, &error);
    catalogue_close(c);
    return status;
}

TEST(sqlite_without_memory_is_no_memory)
{
    install_failing_memory();
    size_t n_failed = 0;
    for (size_t at = 1;; at += 1 + at / 32) { /* each of the first ones, then some */
        fail_at = at;
        n_allocations = 0;
        error = (bt_error){0};
        bt_status status = store_one();
        if (status == BT_OK)
            status = read_everything();
        fail_at = 0;
        /* SQLite does without some (a lookaside buffer, a sorter's cache): then nothing failed. */
        if (!CHECK(status == BT_OK || status == BT_NO_MEMORY))
            printf("    allocation %zu: %s\n", at, error.message);
        n_failed += status == BT_NO_MEMORY;
        CHECK_STATUS(store_one(), BT_OK);
        CHECK_STATUS(read_everything(), BT_OK);
        if (n_allocations < at)
            break;
    }
    CHECK(n_failed > 50);
}
