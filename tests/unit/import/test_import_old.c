/* MovieLens 100k, 1M and 10M: small data sets in exactly their formats, written here line by line as the originals' README files
 * describe them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "butaca/ratings.h"
#include "support/import_sample.h"
#include "support/test.h"

static import_summary import_ok(const char *path)
{
    bt_error error = {0};
    import_summary summary;
    CHECK_OK(sample_import(test_path("data"), path, &summary, &error), error);
    return summary;
}

/* --- what the folder then has ---------------------------------------------------------------------------------------- */

static void check_film(const char *source, const char *value, const char *title, int year, const char *genres)
{
    bt_error error = {0};
    folder f;
    catalogue *c;
    arena a = {0};
    film found = {0};
    uint32_t id;
    CHECK_OK(folder_open(test_path("data"), FOLDER_READ, &f, &error), error);
    CHECK_OK(catalogue_open(f.catalogue_url, CATALOGUE_READ, &c, &error), error);
    CHECK_OK(catalogue_find_id(c, source, value, &id, &error), error);
    CHECK_OK(catalogue_get(c, id, &a, &found, &error), error);
    CHECK_STR(found.title, title);
    CHECK_INT(found.year, year);
    char joined[256] = "";
    for (size_t i = 0; i < found.genres.n; i++)
        snprintf(joined + strlen(joined), sizeof joined - strlen(joined), "%s%s", i > 0 ? "|" : "", found.genres.items[i]);
    CHECK_STR(joined, genres);
    arena_free(&a);
    catalogue_close(c);
    folder_close(&f);
}

static void check_user(const char *key, size_t n_ratings)
{
    bt_error error = {0};
    const bt_ratings *r;
    CHECK_OK(bt_ratings_open(test_path("data/ratings.bt"), &r, &error), error);
    const size_t u = bt_ratings_find_user(r, key);
    if (CHECK(u != SIZE_MAX))
        CHECK_INT(r->user_offsets[u + 1] - r->user_offsets[u], n_ratings);
    bt_ratings_close(r);
}

/* --- the sets -------------------------------------------------------------------------------------------------------- */

static const char *write_1m(const char *name)
{
    const char *path = test_path(name);
    REQUIRE(mkdir(path, 0700) == 0);
    sample_write(path, "movies.dat",
                 "1::Toy Story (1995)::Animation|Children's|Comedy\n"
                 "73::Mis\xE9rables, Les (1995)::Drama|Musical\n"
                 "1193::One Flew Over the Cuckoo's Nest (1975)::Drama\n");
    sample_write(path, "ratings.dat",
                 "1::1193::5::978300760\n"
                 "1::73::3::978302109\n"
                 "6040::1::4::956704996\n");
    sample_write(path, "users.dat", "1::F::1::10::48067\n6040::M::25::6::11106\n");
    return path;
}

TEST(movielens_1m_comes_in_with_its_latin_1_titles)
{
    const import_summary got = import_ok(write_1m("ml-1m"));
    CHECK_STR(got.source, "movielens-1m");
    CHECK_INT(got.rows_read, 6);
    CHECK_INT(got.films_new, 3);
    CHECK_INT(got.ratings_new, 3);
    CHECK_INT(got.users, 2);
    CHECK_INT(got.n_rejected, 0);
    check_film("movielens", "73", "Les Misérables", 1995, "Drama|Musical");
    check_film("movielens", "1", "Toy Story", 1995, "Animation|Children's|Comedy");
    check_user("movielens-1m:1", 2);
    check_user("movielens-1m:6040", 1);
}

static const char *write_10m(const char *name)
{
    const char *path = test_path(name);
    REQUIRE(mkdir(path, 0700) == 0);
    sample_write(path, "movies.dat",
                 "1::Toy Story (1995)::Adventure|Animation|Children|Comedy|Fantasy\n"
                 "73::Mis\xC3\xA9rables, Les (1995)::Drama|War\n"
                 "8606::Pull My Daisy (1958)::(no genres listed)\n");
    sample_write(path, "ratings.dat", "1::1::5::838985046\n1::73::3.5::838983525\n2::8606::0.5::868245777\n");
    sample_write(path, "tags.dat", "15::1::pixar::1215184630\n20::73::hugo::1188263867\n");
    return path;
}

TEST(movielens_10m_comes_in_with_half_stars_and_tags)
{
    const import_summary got = import_ok(write_10m("ml-10M100K"));
    CHECK_STR(got.source, "movielens-10m");
    CHECK_INT(got.films_new, 3);
    CHECK_INT(got.ratings_new, 3);
    CHECK_INT(got.tags, 2);
    CHECK_INT(got.n_rejected, 0);
    check_film("movielens", "73", "Les Misérables", 1995, "Drama|War");
    check_film("movielens", "8606", "Pull My Daisy", 1958, "");
    check_user("movielens-10m:1", 2);
}

static const char *write_100k(const char *name)
{
    const char *path = test_path(name);
    REQUIRE(mkdir(path, 0700) == 0);
    sample_write(path, "u.item",
                 "1|Toy Story (1995)|01-Jan-1995||http://us.imdb.com/M/title-exact?Toy%20Story%20(1995)|"
                 "0|0|0|1|1|1|0|0|0|0|0|0|0|0|0|0|0|0|0\n"
                 "267|unknown||||1|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0\n"
                 "542|Pocahontas (1995)|01-Jan-1995||http://us.imdb.com/M/title-exact?Pocahontas%20(1995)|"
                 "0|0|0|1|1|0|0|0|0|0|0|0|1|0|1|0|0|0|0\n"
                 "1682|Scream of Stone (Schrei aus Stein) (1991)|08-Mar-1996||http://us.imdb.com/M/title-exact?Schrei%20aus%20"
                 "Stein%20(1991)|0|0|0|0|0|0|0|0|1|0|0|0|0|0|0|0|0|0|0\n"
                 "1633|\xC1 k\xF6ldum klaka (Cold Fever) (1994)|08-Mar-1996||http://us.imdb.com/M/title-exact?K%F6ldum%20Klaka|"
                 "0|0|0|0|0|0|0|0|1|0|0|0|0|0|0|0|0|0|0\n");
    sample_write(path, "u.data", "196\t1\t3\t881250949\n186\t542\t3\t891717742\n196\t267\t1\t878887116\n");
    sample_write(path, "u.user", "1|24|M|technician|85711\n");
    return path;
}

TEST(movielens_100k_comes_in_with_its_own_film_ids)
{
    const import_summary got = import_ok(write_100k("ml-100k"));
    CHECK_STR(got.source, "movielens-100k");
    CHECK_INT(got.films_new, 5);
    CHECK_INT(got.ratings_new, 3);
    CHECK_INT(got.n_rejected, 0);
    check_film("movielens-100k", "1", "Toy Story", 1995, "Animation|Children's|Comedy");
    check_film("movielens-100k", "267", "unknown", 0, "");
    check_film("movielens-100k", "542", "Pocahontas", 1995, "Animation|Children's|Musical|Romance");
    check_film("movielens-100k", "1633", "Á köldum klaka", 1994, "Drama");
    check_user("movielens-100k:196", 2);
}

TEST(people_of_different_sets_stay_apart_and_films_of_1m_and_latest_meet)
{
    const sample s = sample_default();
    import_ok(sample_folder("latest", &s));
    const import_summary got = import_ok(write_1m("ml-1m"));
    CHECK_INT(got.films_new, 2); /* 73 and 1193: film 1 is there */
    CHECK_INT(got.ratings_new, 3);
    CHECK_INT(got.n_users_total, 42);
    check_user("movielens:1", 12);
    check_user("movielens-1m:1", 2);
}

TEST(importing_an_old_set_twice_changes_nothing)
{
    const char *path = write_1m("ml-1m");
    import_ok(path);
    const sample_state before = sample_look(test_path("data"));
    const import_summary again = import_ok(path);
    const sample_state after = sample_look(test_path("data"));
    CHECK_INT(again.ratings_same, 3);
    CHECK_INT(again.ratings_new + again.films_new, 0);
    CHECK(sample_state_equal(&before, &after));
}

/* --- bad lines -------------------------------------------------------------------------------------------------------- */

static void check_ratings_fail(const char *text, size_t size, const char *where, const char *what)
{
    static size_t n;
    char name[32], file[64];
    snprintf(name, sizeof name, "bad%zu", n++);
    snprintf(file, sizeof file, "%s/ratings.dat", name);
    const char *path = write_1m(name);
    test_write_file(file, text, size);
    bt_error error = {0};
    CHECK_STATUS(sample_import(test_path("data"), path, NULL, &error), BT_BAD_FORMAT);
    CHECK_CONTAINS(error.message, where);
    CHECK_CONTAINS(error.message, what);
    CHECK_INT(sample_look(test_path("data")).n_films, 0);
}

#define FAILS(text, where, what) check_ratings_fail(text, sizeof(text) - 1, where, what)

TEST(files_of_lines_that_are_wrong_are_refused_by_line)
{
    FAILS("", "ratings.dat:1:", "is empty");
    FAILS("\xEF\xBB\xBF", "ratings.dat:1:", "is empty");
    FAILS("1,1193,5,978300760\n", "ratings.dat:1:", "wrong number of columns; all 1 lines");
    FAILS("1::1::5::1\n1::1::5\0::1\n", "ratings.dat:2:", "zero byte");
    FAILS("1\0:\0:\0", "ratings.dat:1:", "zero byte");
    FAILS("\xFF\xFE"
          "1\0:\0:\0",
          "ratings.dat:1:", "UTF-16");
    FAILS("1::1::5::1\r1::73::5::1\r", "ratings.dat:1:", "carriage return");
    FAILS("1::9999::5::1\n\n2::1::9::1\n", "ratings.dat:1:", "no film file; all 2 lines");
    char *text = malloc(70000);
    REQUIRE(text != NULL);
    memset(text, '1', 70000);
    memcpy(text, "1::1::5::1\n", 11);
    check_ratings_fail(text, 70000, "ratings.dat:2:", "longer than 65536 bytes");
    free(text);
}

TEST(refused_lines_are_counted_and_written_with_their_number)
{
    const char *path = write_1m("ml-1m");
    sample_write(path, "ratings.dat",
                 "\xEF\xBB\xBF"
                 "1::1::5::978300760\r\n"
                 "1::73::6::1\n"
                 "1::73::x::1\n"
                 "1::73::5\n"
                 "1::73::5::1::1\n"
                 "0::73::5::1\n"
                 "-1::73::5::1\n"
                 "1::73::5::978300760000\n"
                 "1::74::5::1\n"
                 "2::1::0.5::1");
    sample_write(
        path, "movies.dat",
        "1::Toy Story (1995)::Comedy\nx::Nothing::Drama\n1::Again (1990)::Drama\n2:: ::Drama\n73::Misérables (1995)::\n");
    const import_summary got = import_ok(path);
    CHECK_INT(got.ratings_new, 2);
    CHECK_INT(got.films_new, 2);
    CHECK_INT(got.rejected[IMPORT_REJECT_RATING], 1);
    CHECK_INT(got.rejected[IMPORT_REJECT_NUMBER], 1);
    CHECK_INT(got.rejected[IMPORT_REJECT_COLUMNS], 2);
    CHECK_INT(got.rejected[IMPORT_REJECT_ID], 3);
    CHECK_INT(got.rejected[IMPORT_REJECT_TIME], 1);
    CHECK_INT(got.rejected[IMPORT_REJECT_UNKNOWN_FILM], 1);
    CHECK_INT(got.rejected[IMPORT_REJECT_DUPLICATE], 1);
    CHECK_INT(got.rejected[IMPORT_REJECT_TITLE], 1);
    CHECK_INT(got.n_rejected, 11);
    bt_error error = {0};
    char *text;
    size_t size;
    CHECK_OK(file_read_whole(got.rejects_path, 1 << 20, &text, &size, &error), error);
    CHECK_CONTAINS(text, "/ratings.dat\",9,\"its film is in no film file\",\"1::74::5::1\"\n");
    bt_free(text);
}

TEST(half_of_an_old_set_is_a_near_miss)
{
    const char *path = write_100k("ml-100k");
    bt_error error = {0};
    REQUIRE(unlink(test_path("ml-100k/u.item")) == 0);
    CHECK_STATUS(sample_import(test_path("data"), path, NULL, &error), BT_BAD_FORMAT);
    CHECK_CONTAINS(error.message, "no file u.item");
    path = write_1m("ml-1m");
    REQUIRE(unlink(test_path("ml-1m/ratings.dat")) == 0);
    CHECK_STATUS(sample_import(test_path("data"), path, NULL, &error), BT_BAD_FORMAT);
    CHECK_CONTAINS(error.message, "no file ratings.dat");
}

/* Imports one file of a set, under another name, into a folder of its own. */
static import_summary import_alone(const char *set, const char *file)
{
    char from[4096], name[64];
    bt_error error = {0};
    import_summary got;
    char *text;
    size_t size;
    snprintf(from, sizeof from, "%s/%s", set, file);
    snprintf(name, sizeof name, "alone-%s", strchr(file, '.') + 1);
    CHECK_OK(file_read_whole(from, 1 << 20, &text, &size, &error), error);
    CHECK_OK(sample_import(test_path("alone"), test_write_file(name, text, size), &got, &error), error);
    bt_free(text);
    return got;
}

static void check_one_by_one(const char *set, const char *const *files, size_t n, size_t n_tags)
{
    size_t tags = 0;
    const import_summary whole = import_ok(set);
    for (size_t i = 0; i < n; i++) {
        const import_summary got = import_alone(set, files[i]);
        CHECK_STR(got.source, whole.source);
        tags += got.tags;
    }
    CHECK_INT(tags, n_tags);
    const sample_state together = sample_look(test_path("data")), alone = sample_look(test_path("alone"));
    CHECK(together.n_ratings > 0 && sample_state_equal(&together, &alone));
}

TEST(files_of_10m_one_by_one_come_to_the_same_as_together)
{
    static const char *const files[] = {"movies.dat", "ratings.dat", "tags.dat"};
    const char *path = write_10m("ml-10m");
    bt_error error = {0};
    char ratings[4096];
    snprintf(ratings, sizeof ratings, "%s/ratings.dat", path);
    CHECK_STATUS(sample_import(test_path("none"), ratings, NULL, &error), BT_BAD_FORMAT);
    CHECK_CONTAINS(error.message, "import movies.dat first");
    check_one_by_one(path, files, 3, 2);
}

TEST(files_of_100k_one_by_one_come_to_the_same_as_together)
{
    static const char *const files[] = {"u.item", "u.data"};
    check_one_by_one(write_100k("ml-100k"), files, 2, 0);
}

/* Many lines, so that they cross the reader's buffer at every place. */
TEST(no_line_is_lost_where_the_buffer_ends)
{
    const char *path = write_1m("ml-1m");
    FILE *file = fopen(test_path("ml-1m/ratings.dat"), "wb");
    REQUIRE(file != NULL);
    enum { N = 20000 };
    for (unsigned i = 1; i <= N; i++)
        fprintf(file, "%u::%u::%u::%u\n", i, i % 2 ? 1u : 73u, 1 + i % 5, 900000000 + i * i % 1000);
    REQUIRE(fclose(file) == 0);
    const import_summary got = import_ok(path);
    CHECK_INT(got.ratings_new, N);
    CHECK_INT(got.users, N);
    CHECK_INT(got.n_rejected, 0);
}

TEST(an_old_set_survives_any_failed_allocation)
{
    sample_import_without_memory(write_100k("ml-100k"));
}
