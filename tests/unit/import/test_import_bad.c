/* Imports of what is damaged, foreign or odd: a clear error that names file and line and leaves the folder as it was, or refused
 * rows that are counted by reason and written to the rejects file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include "base/file.h"
#include "base/memory.h"
#include "import/source.h"
#include "support/import_sample.h"
#include "support/test.h"

static const char ratings_header[] = "userId,movieId,rating,timestamp\n";

static const char *sample_at(const char *name)
{
    const sample s = sample_default();
    return sample_folder(name, &s);
}

/* The import into a folder that has something fails with this, and the folder stays as it was. */
static void check_fails(const char *path, bt_status expected, const char *where, const char *what)
{
    const char *data = test_path("data");
    bt_error error = {0};
    if (!file_exists(data)) {
        const sample s = {
            .n_users = 3, .n_films = 4, .per_user = 2, .first_film = 900, .first_user = 900, .time = 1, .seed = 9};
        CHECK_OK(sample_import(data, sample_folder("before", &s), NULL, &error), error);
    }
    const sample_state before = sample_look(data);
    CHECK_STATUS(sample_import(data, path, NULL, &error), expected);
    CHECK_CONTAINS(error.message, where);
    CHECK_CONTAINS(error.message, what);
    const sample_state after = sample_look(data);
    CHECK(sample_state_equal(&before, &after));
    CHECK(!file_exists(test_path("data/rejects/movielens-1.csv")));
    CHECK(!file_exists(test_path("data/ratings.bt.next")));
}

/* One file of the sample replaced. */
static void check_file_fails(const char *file, const char *text, size_t size, const char *where, const char *what)
{
    static size_t n;
    char name[64], inner[128];
    snprintf(name, sizeof name, "ml%zu", n++);
    const char *ml = sample_at(name);
    snprintf(inner, sizeof inner, "%s/%s", name, file);
    test_write_file(inner, text, size);
    check_fails(ml, BT_BAD_FORMAT, where, what);
}

#define FAILS(file, text, where, what) check_file_fails(file, text, sizeof(text) - 1, where, what)

TEST(headers_that_are_wrong_are_refused_by_name_and_line)
{
    FAILS("ratings.csv", "", "ratings.csv:1:", "is empty");
    FAILS("ratings.csv", "\xEF\xBB\xBF", "ratings.csv:1:", "is empty");
    FAILS("ratings.csv", "userId,movieId,rating,timestamp\r\n", "ratings.csv:1:", "no row");
    FAILS("ratings.csv", "userId,movieId,rating\n1,1,4.0\n", "ratings.csv:1:", "no column timestamp");
    FAILS("ratings.csv", "user,movieId,rating,timestamp\n1,1,4.0,1\n", "ratings.csv:1:", "no column userId");
    FAILS("ratings.csv", "userId,movieId,rating,rating,timestamp\n1,1,4.0,4.0,1\n", "ratings.csv:1:", "rating stands twice");
    FAILS("ratings.csv", "1,1,4.0,964982703\n1,3,4.0,964981247\n",
          "ratings.csv:1:", "expected userId,movieId,rating,timestamp");
    FAILS("ratings.csv", "userId;movieId;rating;timestamp\n1;1;4.0;1\n", "ratings.csv:1:", "no column userId");
    FAILS("movies.csv", "movieId,genres\n1,Drama\n", "movies.csv:1:", "no column title");
    FAILS("movies.csv", "movieId,title,genres\n", "movies.csv:1:", "no row");
    FAILS("links.csv", "movieId,imdbId\n1,2\n", "links.csv:1:", "no column tmdbId");
    FAILS("tags.csv", "", "tags.csv:1:", "is empty");
}

TEST(bytes_that_are_no_text_are_refused_by_line)
{
    FAILS("ratings.csv", "userId,movieId,rating,timestamp\n1,1,4.0,1\n1,\0002,4.0,1\n", "ratings.csv:3:", "zero byte");
    FAILS("ratings.csv", "\xFF\xFEu\0s\0e\0r\0", "ratings.csv:1:", "UTF-16");
    FAILS("ratings.csv", "u\0s\0e\0r\0I\0d\0", "ratings.csv:1:", "zero byte");
    FAILS("ratings.csv", "userId,movieId,rating,timestamp\r1,1,4.0,1\r", "ratings.csv:1:", "carriage return");
    FAILS("movies.csv", "movieId,title,genres\n1,\"Never closes (1999),Drama\n2,Next (2000),Drama\n",
          "movies.csv:2:", "never closes");
    FAILS("ratings.csv", "PK\3\4 not really a zip", "ratings.csv:1:", "no column");
}

TEST(a_file_of_refused_rows_only_is_an_error)
{
    FAILS("ratings.csv", "userId,movieId,rating,timestamp\n1,1,NaN,1\n1,2,inf,2\n",
          "ratings.csv:2:", "not a number; all 2 rows of the file were refused");
    FAILS("ratings.csv", "userId,movieId,rating,timestamp\n1,999999,4.0,1\n", "ratings.csv:2:", "no film file");
    FAILS("movies.csv", "movieId,title,genres\n1,Am\xE9lie (2001),Comedy\n", "movies.csv:2:", "not UTF-8");
}

/* --- rows ------------------------------------------------------------------------------------------------------------ */

static void check_rejects(const char *expected)
{
    bt_error error = {0};
    char *text;
    size_t size;
    CHECK_OK(file_read_whole(test_path("data/rejects/movielens-1.csv"), 1 << 24, &text, &size, &error), error);
    CHECK_STR(text, expected);
    bt_free(text);
}

/* The rejects file for rows of `file` refused in the sample "ml". */
static void expect_line(char *out, const char *file, const char *rest)
{
    sprintf(out + strlen(out), "\"%s/%s\",%s\n", test_path("ml"), file, rest);
}

TEST(refused_ratings_are_counted_by_reason_with_their_line)
{
    const char *ml = sample_at("ml");
    sample_write(ml, "ratings.csv",
                 "userId,movieId,rating,timestamp\n"
                 "1,1,4.0,100\n"
                 "1,2,NaN,100\n"
                 "1,3,inf,100\n"
                 "1,4,1e3,100\n"
                 "1,5,-1,100\n"
                 "1,6,3.7,100\n"
                 "1,7,5.5,100\n"
                 "4294967296,8,4.0,100\n"
                 "1,0,4.0,100\n"
                 "x,9,4.0,100\n"
                 "1,10,4.0,-5\n"
                 "1,11,4.0,4294967296\n"
                 "1,12,4.0,soon\n"
                 "1,13,4.0\n"
                 "1,14,4.0,100,\"extra, \"\"quoted\"\"\"\n"
                 "1,777,4.0,100\n"
                 "1,15,,100\n"
                 "4294967295,16,0.5,4294967295\n");
    bt_error error = {0};
    import_summary got;
    CHECK_OK(sample_import(test_path("data"), ml, &got, &error), error);
    CHECK_INT(got.ratings_new, 2);
    CHECK_INT(got.n_rejected, 16);
    CHECK_INT(got.rejected[IMPORT_REJECT_NUMBER], 4);
    CHECK_INT(got.rejected[IMPORT_REJECT_RATING], 4);
    CHECK_INT(got.rejected[IMPORT_REJECT_ID], 3);
    CHECK_INT(got.rejected[IMPORT_REJECT_TIME], 2);
    CHECK_INT(got.rejected[IMPORT_REJECT_COLUMNS], 2);
    CHECK_INT(got.rejected[IMPORT_REJECT_UNKNOWN_FILM], 1);
    CHECK_STR(got.rejects_path, test_path("data/rejects/movielens-1.csv"));

    static char expected[65536] = "file,line,reason,row\n";
    expect_line(expected, "ratings.csv", "3,\"not a number\",\"1,2,NaN,100\"");
    expect_line(expected, "ratings.csv", "4,\"not a number\",\"1,3,inf,100\"");
    expect_line(expected, "ratings.csv", "5,\"rating is not 0.5 to 5 in steps of 0.5\",\"1,4,1e3,100\"");
    expect_line(expected, "ratings.csv", "6,\"rating is not 0.5 to 5 in steps of 0.5\",\"1,5,-1,100\"");
    expect_line(expected, "ratings.csv", "7,\"rating is not 0.5 to 5 in steps of 0.5\",\"1,6,3.7,100\"");
    expect_line(expected, "ratings.csv", "8,\"rating is not 0.5 to 5 in steps of 0.5\",\"1,7,5.5,100\"");
    expect_line(expected, "ratings.csv", "9,\"id is not a positive whole number below 2^32\",\"4294967296,8,4.0,100\"");
    expect_line(expected, "ratings.csv", "10,\"id is not a positive whole number below 2^32\",\"1,0,4.0,100\"");
    expect_line(expected, "ratings.csv", "11,\"id is not a positive whole number below 2^32\",\"x,9,4.0,100\"");
    expect_line(expected, "ratings.csv", "12,\"timestamp is not seconds from 1970 to 2106\",\"1,10,4.0,-5\"");
    expect_line(expected, "ratings.csv", "13,\"timestamp is not seconds from 1970 to 2106\",\"1,11,4.0,4294967296\"");
    expect_line(expected, "ratings.csv", "14,\"not a number\",\"1,12,4.0,soon\"");
    expect_line(expected, "ratings.csv", "15,\"wrong number of columns\",\"1,13,4.0\"");
    expect_line(expected, "ratings.csv",
                "16,\"wrong number of columns\",\"1,14,4.0,100,\"\"extra, \"\"\"\"quoted\"\"\"\"\"\"\"");
    expect_line(expected, "ratings.csv", "17,\"its film is in no film file\",\"1,777,4.0,100\"");
    expect_line(expected, "ratings.csv", "18,\"not a number\",\"1,15,,100\"");
    check_rejects(expected);
}

TEST(refused_films_links_and_tags_are_counted)
{
    const char *ml = sample_at("ml");
    static char long_title[6000];
    snprintf(long_title, sizeof long_title,
             "movieId,title,genres\n1,One (1990),Drama\n2,Am\xE9lie "
             "(2001),Comedy\n1,Again,Drama\n0,Zero,Drama\n3,,Drama\n4,%04500d,Drama\n",
             7);
    sample_write(ml, "movies.csv", long_title);
    sample_write(ml, "links.csv", "movieId,imdbId,tmdbId\n1,0000001,\n1,0000002,2\n2,tt12,5\n3,,\n");
    sample_write(ml, "tags.csv",
                 "userId,movieId,tag,timestamp\n1,1,good,1\n1,1,b\xE9,1\n1,9,x,1\n1,1,x,y\n1,1,x,-1\n0,1,x,1\n");
    sample_write(ml, "ratings.csv", "userId,movieId,rating,timestamp\n1,1,4.0,1\n");
    bt_error error = {0};
    import_summary got;
    CHECK_OK(sample_import(test_path("data"), ml, &got, &error), error);
    CHECK_INT(got.films_new, 1);
    CHECK_INT(got.links, 2);
    CHECK_INT(got.tags, 1);
    CHECK_INT(got.rejected[IMPORT_REJECT_ENCODING], 2);
    CHECK_INT(got.rejected[IMPORT_REJECT_DUPLICATE], 2);
    CHECK_INT(got.rejected[IMPORT_REJECT_ID], 3);
    CHECK_INT(got.rejected[IMPORT_REJECT_TITLE], 1);
    CHECK_INT(got.rejected[IMPORT_REJECT_LENGTH], 1);
    CHECK_INT(got.rejected[IMPORT_REJECT_UNKNOWN_FILM], 1);
    CHECK_INT(got.rejected[IMPORT_REJECT_NUMBER], 1);
    CHECK_INT(got.rejected[IMPORT_REJECT_TIME], 1);
    CHECK_INT(got.n_rejected, 12);
    for (size_t i = 0; i < IMPORT_REJECT_COUNT; i++)
        CHECK(strlen(import_reject_text((import_reject)i)) > 5);
    CHECK_STR(import_reject_text(IMPORT_REJECT_COUNT), "unknown reason");

    CHECK_OK(sample_import(test_path("data"), ml, &got, &error), error);
    CHECK_STR(got.rejects_path, test_path("data/rejects/movielens-2.csv"));
}

TEST(a_row_of_ten_megabytes_is_one_refused_row)
{
    const char *ml = sample_at("ml");
    const size_t size = 10 << 20;
    char *text = malloc(size);
    REQUIRE(text != NULL);
    memset(text, '7', size);
    memcpy(text, "userId,movieId,rating,timestamp\n1,1,4.0,", 40);
    memcpy(text + size - 14, "\n2,1,3.5,1234\n", 14);
    test_write_file("ml/ratings.csv", text, size);
    free(text);
    bt_error error = {0};
    import_summary got;
    CHECK_OK(sample_import(test_path("data"), ml, &got, &error), error);
    CHECK_INT(got.ratings_new, 1);
    CHECK_INT(got.n_rejected, 1);
    struct stat info;
    REQUIRE(stat(got.rejects_path, &info) == 0);
    CHECK(info.st_size < 4096 + 300);
}

TEST(a_data_set_cut_off_in_a_row_refuses_that_row)
{
    const char *ml = sample_at("ml");
    sample_write(ml, "ratings.csv", "userId,movieId,rating,timestamp\r\n1,1,4.0,100\r\n1,2,4.");
    bt_error error = {0};
    import_summary got;
    CHECK_OK(sample_import(test_path("data"), ml, &got, &error), error);
    CHECK_INT(got.ratings_new, 1);
    CHECK_INT(got.rejected[IMPORT_REJECT_COLUMNS], 1);
}

TEST(columns_may_come_in_any_order_and_with_others_between)
{
    const char *ml = sample_at("ml");
    sample_write(ml, "ratings.csv", "timestamp,extra,rating,movieId,userId\n100,x,4.5,7,3\n");
    bt_error error = {0};
    import_summary got;
    CHECK_OK(sample_import(test_path("data"), ml, &got, &error), error);
    CHECK_INT(got.ratings_new, 1);
    CHECK_INT(got.n_rejected, 0);
}

TEST(links_and_tags_may_be_missing)
{
    const char *ml = sample_at("ml");
    REQUIRE(unlink(test_path("ml/links.csv")) == 0 && unlink(test_path("ml/tags.csv")) == 0);
    bt_error error = {0};
    import_summary got;
    CHECK_OK(sample_import(test_path("data"), ml, &got, &error), error);
    CHECK_INT(got.links + got.tags, 0);
    CHECK_INT(got.films_new, 60);
}

/* --- places ---------------------------------------------------------------------------------------------------------- */

TEST(paths_that_hold_no_data_set_are_told_what_was_found)
{
    check_fails(test_path("nowhere"), BT_NOT_FOUND, "nowhere", "cannot read");
    REQUIRE(mkdir(test_path("empty"), 0700) == 0);
    check_fails(test_path("empty"), BT_BAD_FORMAT, "/empty holds no file", "expected MovieLens");
    REQUIRE(mkdir(test_path("photos"), 0700) == 0);
    test_write_file("photos/a.jpg", "x", 1);
    test_write_file("photos/b.jpg", "x", 1);
    check_fails(test_path("photos"), BT_BAD_FORMAT, "holds", "a.jpg");
    check_fails(test_path("photos"), BT_BAD_FORMAT, "holds", "demo (films.jsonl");
    check_fails(test_write_file("a.txt", "hello\n", 6), BT_BAD_FORMAT, "a.txt", "expected MovieLens");
    REQUIRE(mkdir(test_path("half"), 0700) == 0);
    test_write_file("half/ratings.csv", "userId,movieId,rating,timestamp\n1,1,4.0,1\n", 42);
    check_fails(test_path("half"), BT_BAD_FORMAT, "half/ratings.csv", "no file movies.csv");
    REQUIRE(unlink(test_path("half/ratings.csv")) == 0);
    test_write_file("half/movies.csv", "movieId,title,genres\n1,One,Drama\n", 33);
    check_fails(test_path("half"), BT_BAD_FORMAT, "half/movies.csv", "no file ratings.csv");
    REQUIRE(mkfifo(test_path("pipe"), 0600) == 0);
    check_fails(test_path("pipe"), BT_INVALID_ARGUMENT, "pipe", "neither a file nor a folder");
}

TEST(a_folder_in_place_of_a_file_is_named)
{
    const char *ml = sample_at("ml");
    REQUIRE(unlink(test_path("ml/ratings.csv")) == 0 && mkdir(test_path("ml/ratings.csv"), 0700) == 0);
    check_fails(ml, BT_BAD_FORMAT, "movies.csv", "the folder ratings.csv");
}

TEST(what_may_not_be_read_is_named)
{
    const char *ml = sample_at("ml");
    test_give_up_root();
    REQUIRE(chmod(test_path("ml/movies.csv"), 0) == 0);
    check_fails(ml, BT_PERMISSION, "movies.csv", "cannot read");
    REQUIRE(chmod(ml, 0) == 0);
    check_fails(ml, BT_PERMISSION, "/ml", "cannot");
    chmod(ml, 0700);
}

TEST(more_files_than_a_data_set_has_are_refused)
{
    REQUIRE(mkdir(test_path("many"), 0700) == 0);
    for (size_t i = 0; i < 4100; i++) {
        char name[32];
        snprintf(name, sizeof name, "many/%zu", i);
        test_write_file(name, "", 0);
    }
    check_fails(test_path("many"), BT_LIMIT, "many", "more than 4096 files");
}

/* --- zips ------------------------------------------------------------------------------------------------------------ */

static size_t read_file(const char *path, char **bytes)
{
    bt_error error = {0};
    size_t size;
    CHECK_OK(file_read_whole(path, 1 << 24, bytes, &size, &error), error);
    return size;
}

TEST(a_zip_cut_off_anywhere_is_refused)
{
    const char *path = sample_zip("ml.zip", sample_at("ml"), "ml/");
    char *bytes;
    const size_t size = read_file(path, &bytes);
    for (size_t n = 4; n < size; n += size / 40 + 1)
        check_fails(test_write_file("cut.zip", bytes, n), BT_CORRUPT, "cut.zip", "get it again");
    bt_free(bytes);
}

/* Where an entry's data begins: behind its local header. */
static size_t entry_data(const char *bytes, size_t size, const char *name)
{
    for (size_t i = 30; i + strlen(name) < size; i++)
        if (memcmp(bytes + i, name, strlen(name)) == 0)
            return i + strlen(name) + (size_t)(unsigned char)bytes[i - 2];
    return 0;
}

TEST(a_damaged_entry_is_named)
{
    const char *path = sample_zip("ml.zip", sample_at("ml"), "ml/");
    char *bytes;
    const size_t size = read_file(path, &bytes), at = entry_data(bytes, size, "ml/ratings.csv");
    REQUIRE(at > 0);
    for (size_t i = 0; i < 200; i += 20) {
        bytes[at + i] ^= 0x55;
        const char *damaged = test_write_file("damaged.zip", bytes, size);
        bt_error error = {0};
        const bt_status status = sample_import(test_path("data"), damaged, NULL, &error);
        CHECK(status == BT_CORRUPT || status == BT_BAD_FORMAT);
        CHECK_CONTAINS(error.message, "damaged.zip:ml/ratings.csv");
        CHECK_INT(sample_look(test_path("data")).n_films, 0);
        bytes[at + i] ^= 0x55;
    }
    bt_free(bytes);
}

static const char *zip_of(const char *name, const char *entry, const void *content, size_t size)
{
    const char *path = test_path(name);
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, NULL);
    REQUIRE(zip != NULL);
    if (entry) {
        zip_source_t *from = zip_source_buffer(zip, content, size, 0);
        REQUIRE(from != NULL && zip_file_add(zip, entry, from, 0) >= 0);
    }
    REQUIRE(zip_close(zip) == 0);
    return path;
}

TEST(a_zip_in_a_zip_is_told_what_was_found)
{
    char *bytes;
    const size_t size = read_file(sample_zip("ml.zip", sample_at("ml"), "ml/"), &bytes);
    check_fails(zip_of("outer.zip", "inner.zip", bytes, size), BT_BAD_FORMAT, "outer.zip:inner.zip", "is a zip archive inside");
    bt_free(bytes);
}

TEST(a_zip_of_one_file_is_that_file)
{
    static const char movies[] = "movieId,title,genres\n1,One (1990),Drama\n";
    bt_error error = {0};
    import_summary got;
    CHECK_OK(sample_import(test_path("data"), zip_of("one.zip", "a/any name", movies, sizeof movies - 1), &got, &error), error);
    CHECK_INT(got.films_new, 1);
    check_fails(zip_of("other.zip", "a/photo.jpg", "\xFF\xD8 x\n", 5), BT_BAD_FORMAT,
                "other.zip:a/photo.jpg:1:", "no data set begins");
}

TEST(an_empty_zip_is_told)
{
    static const char end[22] = {'P', 'K', 5, 6};
    check_fails(test_write_file("empty.zip", end, sizeof end), BT_BAD_FORMAT, "empty.zip", "holds no file");
}

TEST(a_zip_bomb_is_refused_before_it_is_unpacked)
{
    const size_t size = (64 << 20) + 4096;
    char *zeros = calloc(1, size);
    REQUIRE(zeros != NULL);
    memset(zeros, '\n', size);
    memcpy(zeros, ratings_header, sizeof ratings_header - 1);
    const char *path = test_path("bomb.zip");
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, NULL);
    REQUIRE(zip != NULL);
    REQUIRE(zip_file_add(zip, "ratings.csv", zip_source_buffer(zip, zeros, size, 0), 0) >= 0);
    static const char movies[] = "movieId,title,genres\n1,One,Drama\n";
    REQUIRE(zip_file_add(zip, "movies.csv", zip_source_buffer(zip, movies, sizeof movies - 1, 0), 0) >= 0);
    REQUIRE(zip_close(zip) == 0);
    free(zeros);
    check_fails(path, BT_LIMIT, "bomb.zip:ratings.csv", "more than 200-fold");
}

/* The directory says fewer bytes than the entry has: no byte more is taken. */
TEST(an_entry_of_another_size_than_declared_is_refused)
{
    const char *path = sample_zip("ml.zip", sample_at("ml"), "");
    char *bytes;
    const size_t size = read_file(path, &bytes);
    size_t changed = 0;
    for (size_t i = 0; i + 57 < size; i++) /* the central directory's entry: signature, 24: uncompressed size, 46: name */
        if (memcmp(bytes + i, "PK\1\2", 4) == 0 && memcmp(bytes + i + 46, "ratings.csv", 11) == 0) {
            bytes[i + 25] = (char)(bytes[i + 25] - 1);
            changed++;
        }
    CHECK_INT(changed, 1);
    check_fails(test_write_file("lies.zip", bytes, size), BT_CORRUPT, "lies.zip:ratings.csv", "");
    bt_free(bytes);
}

/* However much lies in an entry: no byte beyond the declared size is handed on. */
TEST(no_more_bytes_come_than_an_entry_declares)
{
    static char content[300000];
    memset(content, 'x', sizeof content);
    char *bytes;
    const size_t size = read_file(zip_of("long.zip", "ratings.csv", content, sizeof content), &bytes);
    for (size_t i = 0; i + 57 < size; i++)
        if (memcmp(bytes + i, "PK\1\2", 4) == 0)
            memcpy(bytes + i + 24, "\1\0\1\0", 4); /* 65,537 bytes, it says */
    bt_error error = {0};
    source *s;
    source_stream *stream;
    CHECK_OK(source_open(test_write_file("lies.zip", bytes, size), &s, &error), error);
    CHECK_INT(source_size(s, 0), 65537);
    CHECK_OK(source_stream_open(s, 0, &stream, &error), error);
    size_t n = 0, total = 0;
    bt_status status;
    while ((status = source_stream_read(stream, content, 1000, &n, &error)) == BT_OK && n > 0)
        total += n;
    CHECK_STATUS(status, BT_CORRUPT);
    CHECK_CONTAINS(error.message, "lies.zip:ratings.csv");
    CHECK(total <= 65537);
    source_stream_close(stream);
    source_close(s);
    bt_free(bytes);
}

/* --- the demo -------------------------------------------------------------------------------------------------------- */

TEST(demo_films_that_are_none_are_refused_by_line)
{
    static const char good[] = "{\"id\":1,\"title\":\"One\"}\n";
    static const char *const bad[] = {
        "not json",
        "[]",
        "{\"title\":\"x\"}",
        "{\"id\":0,\"title\":\"x\"}",
        "{\"id\":4294967296,\"title\":\"x\"}",
        "{\"id\":\"7\",\"title\":\"x\"}",
        "{\"id\":7}",
        "{\"id\":7,\"title\":5}",
        "{\"id\":7,\"title\":\"\"}",
        "{\"id\":7,\"title\":\"x\",\"year\":\"1999\"}",
        "{\"id\":7,\"title\":\"x\",\"year\":99999}",
        "{\"id\":7,\"title\":\"x\",\"genres\":\"Drama\"}",
        "{\"id\":7,\"title\":\"x\",\"genres\":[1]}",
        "{\"id\":7,\"title\":\"x\",\"synopsis\":\"text\"}",
        "{\"id\":7,\"title\":\"x\",\"synopsis\":{\"es\":1}}",
        "{\"id\":7,\"title\":\"x\",\"title\":\"y\"}",
        "{\"id\":7,\"title\":\"b\xE9\"}",
        "{\"id\":7,\"title\":\"x\\u0000y\"}",
        "{\"id\":1,\"title\":\"Again\"}",
    };
    REQUIRE(mkdir(test_path("demo"), 0700) == 0);
    sample_write(test_path("demo"), "ratings.csv", "userId,movieId,rating,timestamp\n42,1,5.0,10\n");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[256], data[32];
        snprintf(text, sizeof text, "%s%s\n", good, bad[i]);
        snprintf(data, sizeof data, "demo-data%zu", i);
        sample_write(test_path("demo"), "films.jsonl", text);
        bt_error error = {0};
        import_summary got;
        CHECK_OK(sample_import(test_path(data), test_path("demo"), &got, &error), error);
        CHECK_INT(got.films_new, 1);
        if (!CHECK_INT(got.n_rejected, 1))
            printf("accepted: %s\n", bad[i]);
    }
    sample_write(test_path("demo"), "films.jsonl", "\n{\n");
    check_fails(test_path("demo"), BT_BAD_FORMAT, "films.jsonl:2:", "not a film");
    sample_write(test_path("demo"), "films.jsonl", "");
    check_fails(test_path("demo"), BT_BAD_FORMAT, "films.jsonl:1:", "is empty");
    REQUIRE(unlink(test_path("demo/ratings.csv")) == 0);
    check_fails(test_path("demo"), BT_BAD_FORMAT, "films.jsonl", "no file ratings.csv");
}

/* --- memory ---------------------------------------------------------------------------------------------------------- */

TEST(an_import_survives_any_failed_allocation)
{
    const sample s = {.n_users = 3, .n_films = 4, .per_user = 2, .first_film = 1, .first_user = 1, .time = 1, .seed = 9};
    const char *ml = sample_folder("ml", &s), *zip = sample_zip("ml.zip", ml, "ml/");
    bt_error error = {0};
    CHECK_OK(sample_import(test_path("whole"), ml, NULL, &error), error);
    const sample_state whole = sample_look(test_path("whole")), nothing = {0};
    bool failed = true;
    for (size_t n = 1; failed; n++) {
        char data[32];
        snprintf(data, sizeof data, "data%zu", n);
        const size_t held = test_live_blocks();
        error = (bt_error){0};
        test_fail_alloc_at(n);
        const bt_status status = sample_import(test_path(data), zip, NULL, &error);
        failed = test_alloc_failed();
        test_fail_alloc_at(0);
        if (!CHECK(status == BT_OK || (failed && status == BT_NO_MEMORY)))
            printf("allocation %zu: %s: %s\n", n, bt_status_name(status), error.message);
        CHECK_INT(test_live_blocks(), held);
        /* past the point of commit an error says that the import is stored */
        const bool stored = status == BT_OK || strstr(error.message, "the import is stored");
        const sample_state state = sample_look(test_path(data));
        if (!CHECK(sample_state_equal(&state, stored ? &whole : &nothing)))
            printf("allocation %zu: %s: %s\n", n, bt_status_name(status), error.message);
    }
}
