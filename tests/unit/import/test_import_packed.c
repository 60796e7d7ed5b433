/* Gzip, single files and standard input. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/file.h"
#include "base/memory.h"
#include "import/source.h"
#include "support/import_sample.h"
#include "support/test.h"

static const char *sample_at(const char *name)
{
    const sample s = sample_default();
    return sample_folder(name, &s);
}

static import_summary import_into(const char *data, const char *path)
{
    bt_error error = {0};
    import_summary summary;
    CHECK_OK(sample_import(test_path(data), path, &summary, &error), error);
    return summary;
}

static size_t read_file(const char *path, char **bytes)
{
    bt_error error = {0};
    size_t size;
    CHECK_OK(file_read_whole(path, 1 << 24, bytes, &size, &error), error);
    return size;
}

/* Packs bytes as one gzip member at the end of a file. */
static void append_gzip(const char *path, const char *bytes, size_t size)
{
    gzFile out = gzopen(path, "ab");
    REQUIRE(out != NULL && gzwrite(out, bytes, (unsigned)size) == (int)size);
    REQUIRE(gzclose(out) == Z_OK);
}

/* ml/FILE becomes ml/FILE.gz; returns that path. */
static const char *pack(const char *ml, const char *file)
{
    static char path[4096], packed[4104];
    char *bytes;
    snprintf(path, sizeof path, "%s/%s", ml, file);
    snprintf(packed, sizeof packed, "%s.gz", path);
    const size_t size = read_file(path, &bytes);
    append_gzip(packed, bytes, size);
    bt_free(bytes);
    REQUIRE(unlink(path) == 0);
    return packed;
}

static void check_fails(const char *path, bt_status expected, const char *where, const char *what)
{
    bt_error error = {0};
    CHECK_STATUS(sample_import(test_path("data"), path, NULL, &error), expected);
    CHECK_CONTAINS(error.message, where);
    CHECK_CONTAINS(error.message, what);
    CHECK_INT(sample_look(test_path("data")).n_films, 0);
}

/* --- gzip -------------------------------------------------------------------------------------------------------------- */

TEST(a_folder_of_gz_files_is_the_same_as_one_without)
{
    import_into("plain", sample_at("a"));
    const char *b = sample_at("b");
    pack(b, "ratings.csv");
    pack(b, "movies.csv");
    pack(b, "links.csv");
    import_into("packed", b);
    const sample_state plain = sample_look(test_path("plain")), packed = sample_look(test_path("packed"));
    CHECK(plain.n_ratings > 0 && sample_state_equal(&plain, &packed));
}

TEST(gzip_is_known_by_its_content_whatever_it_is_called)
{
    const char *ml = sample_at("ml");
    const char *packed = pack(ml, "movies.csv");
    REQUIRE(rename(packed, test_path("films")) == 0);
    const import_summary got = import_into("data", test_path("films"));
    CHECK_INT(got.films_new, 60);
}

TEST(gzip_members_that_follow_each_other_are_one_text)
{
    append_gzip(test_path("m.gz"), "movieId,title,genres\n1,One (19", 30);
    append_gzip(test_path("m.gz"), "", 0);
    append_gzip(test_path("m.gz"), "90),Drama\n2,Two,Drama\n", 22);
    const import_summary got = import_into("data", test_path("m.gz"));
    CHECK_INT(got.films_new, 2);
}

TEST(a_gzip_file_cut_off_anywhere_is_refused)
{
    const char *packed = pack(sample_at("ml"), "movies.csv");
    char *bytes;
    const size_t size = read_file(packed, &bytes);
    for (size_t n = 2; n < size; n += n < 24 ? 1 : size / 40 + 1)
        check_fails(test_write_file("cut.gz", bytes, n), BT_CORRUPT, "cut.gz", "get it again");
    check_fails(test_write_file("cut.gz", bytes, size - 1), BT_CORRUPT, "cut.gz", "get it again");
    bt_free(bytes);
}

TEST(a_damaged_gzip_file_is_refused)
{
    const char *packed = pack(sample_at("ml"), "movies.csv");
    char *bytes;
    const size_t size = read_file(packed, &bytes);
    const size_t places[] = {2, 30, size / 2, size - 9, size - 5, size - 1}; /* method, content, CRC, length */
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        bytes[places[i]] ^= 0x55;
        check_fails(test_write_file("bad.gz", bytes, size), BT_CORRUPT, "bad.gz", "get it again");
        bytes[places[i]] ^= 0x55;
    }
    memcpy(bytes + size - 1, "garbage", 1);
    bt_free(bytes);
    FILE *file = fopen(packed, "ab");
    REQUIRE(file != NULL && fputs("garbage behind it", file) >= 0 && fclose(file) == 0);
    check_fails(packed, BT_CORRUPT, "movies.csv.gz", "get it again");
}

TEST(a_gzip_bomb_is_refused_on_the_way)
{
    const size_t size = (64 << 20) + (1 << 20);
    char *zeros = malloc(size);
    REQUIRE(zeros != NULL);
    memset(zeros, '\n', size);
    memcpy(zeros, "movieId,title,genres\n1,One,Drama", 32);
    append_gzip(test_path("bomb.gz"), zeros, size);
    free(zeros);
    check_fails(test_path("bomb.gz"), BT_LIMIT, "bomb.gz", "more than 200-fold");
}

/* --- single files ------------------------------------------------------------------------------------------------------ */

TEST(the_four_files_one_by_one_come_to_the_same_as_together)
{
    const char *ml = sample_at("ml");
    import_into("together", ml);
    const char *const files[] = {"movies.csv", "links.csv", "ratings.csv", "tags.csv"};
    for (size_t i = 0; i < 4; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", ml, files[i]);
        CHECK_INT(import_into("alone", path).n_rejected, 0);
    }
    const sample_state together = sample_look(test_path("together")), alone = sample_look(test_path("alone"));
    CHECK(together.n_ratings > 0 && sample_state_equal(&together, &alone));

    bt_error error = {0};
    folder f;
    catalogue *c;
    uint32_t by_imdb, by_movielens;
    CHECK_OK(folder_open(test_path("alone"), FOLDER_READ, &f, &error), error);
    CHECK_OK(catalogue_open(f.catalogue_url, CATALOGUE_READ, &c, &error), error);
    CHECK_OK(catalogue_find_id(c, "imdb", "0000107", &by_imdb, &error), error);
    CHECK_OK(catalogue_find_id(c, "movielens", "7", &by_movielens, &error), error);
    CHECK_INT(by_imdb, by_movielens);
    catalogue_close(c);
    folder_close(&f);
}

TEST(ratings_alone_need_films)
{
    sample_at("ml");
    check_fails(test_path("ml/ratings.csv"), BT_BAD_FORMAT, "movies.csv", "import movies.csv first");
    check_fails(test_path("ml/links.csv"), BT_BAD_FORMAT, "movies.csv", "import movies.csv first");
}

TEST(films_alone_leave_no_ratings)
{
    sample_at("ml");
    const import_summary got = import_into("data", test_path("ml/movies.csv"));
    CHECK_INT(got.films_new, 60);
    CHECK_INT(got.n_ratings_total, 0);
    CHECK(!file_exists(test_path("data/ratings.bt")));
}

/* --- standard input ---------------------------------------------------------------------------------------------------- */

static void input_from_file(const char *path)
{
    const int fd = open(path, O_RDONLY);
    REQUIRE(fd >= 0 && dup2(fd, STDIN_FILENO) == STDIN_FILENO);
    close(fd);
}

/* A child writes the bytes into a pipe, some at a time. */
static void input_from_pipe(const char *bytes, size_t size, size_t piece)
{
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    fflush(stdout);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        close(ends[0]);
        for (size_t n; size > 0; bytes += n, size -= n) {
            n = size < piece ? size : piece;
            if (write(ends[1], bytes, n) != (ssize_t)n)
                break;
        }
        _exit(0);
    }
    close(ends[1]);
    REQUIRE(dup2(ends[0], STDIN_FILENO) == STDIN_FILENO);
    close(ends[0]);
}

TEST(standard_input_is_read_from_files_and_pipes)
{
    sample_at("ml");
    input_from_file(test_path("ml/movies.csv"));
    CHECK_INT(import_into("data", "-").films_new, 60);
    char *bytes;
    size_t size = read_file(test_path("ml/ratings.csv"), &bytes);
    input_from_pipe(bytes, size, 1);
    CHECK_INT(import_into("data", "-").ratings_new, 480);
    bt_free(bytes);
    size = read_file(pack(test_path("ml"), "links.csv"), &bytes);
    input_from_pipe(bytes, size, 3);
    CHECK_INT(import_into("data", "-").links, 60);
    bt_free(bytes);
}

/* Beyond what is kept for looking at it. */
TEST(standard_input_may_be_long)
{
    enum { N = 200000 };
    FILE *file = fopen(test_path("long.csv"), "wb");
    REQUIRE(file != NULL);
    fputs("movieId,title,genres\n1,One,Drama\n", file);
    REQUIRE(fclose(file) == 0);
    import_into("data", test_path("long.csv"));
    file = fopen(test_path("long.csv"), "wb");
    REQUIRE(file != NULL);
    fputs("userId,movieId,rating,timestamp\n", file);
    for (unsigned i = 1; i <= N; i++)
        fprintf(file, "%u,1,4.0,%u\n", i, i);
    REQUIRE(fclose(file) == 0);
    input_from_file(test_path("long.csv"));
    CHECK_INT(import_into("data", "-").ratings_new, N);
}

TEST(a_pipe_that_ends_early_is_told_apart)
{
    input_from_pipe("", 0, 1);
    check_fails("-", BT_BAD_FORMAT, "standard input", "is empty");
    input_from_pipe("movieId,title,genres\n", 21, 4);
    check_fails("-", BT_BAD_FORMAT, "standard input:1:", "no row after it");
    input_from_pipe("movieId,title,genres\n1,\"One", 27, 4);
    check_fails("-", BT_BAD_FORMAT, "standard input:2:", "never closes");
    input_from_pipe("\x1f\x8b\x08", 3, 4);
    check_fails("-", BT_CORRUPT, "standard input", "cut off");
    input_from_pipe("movieId,title,genres\n1,One,Drama\n2,Tw", 37, 4);
    const import_summary got = import_into("data", "-");
    CHECK_INT(got.films_new, 1);
    CHECK_INT(got.rejected[IMPORT_REJECT_COLUMNS], 1);
}

TEST(what_standard_input_cannot_be_is_said)
{
    const char *zip = sample_zip("ml.zip", sample_at("ml"), "ml/");
    input_from_file(zip);
    check_fails("-", BT_UNSUPPORTED, "standard input", "name the file");
    const int unreadable = open("/dev/null", O_WRONLY);
    REQUIRE(unreadable >= 0 && dup2(unreadable, STDIN_FILENO) == STDIN_FILENO);
    check_fails("-", BT_IO, "standard input", "cannot read");
    input_from_pipe("hello\n", 6, 6);
    check_fails("-", BT_BAD_FORMAT, "standard input", "expected MovieLens");
}

TEST(packed_input_survives_any_failed_allocation)
{
    const sample s = {.n_users = 3, .n_films = 4, .per_user = 2, .first_film = 1, .first_user = 1, .time = 1, .seed = 9};
    const char *packed = pack(sample_folder("ml", &s), "movies.csv");
    bool failed = true;
    for (size_t n = 1; failed; n++) {
        char data[32];
        snprintf(data, sizeof data, "data%zu", n);
        input_from_file(packed);
        const size_t held = test_live_blocks();
        bt_error error = {0};
        test_fail_alloc_at(n);
        const bt_status status = sample_import(test_path(data), "-", NULL, &error);
        failed = test_alloc_failed();
        test_fail_alloc_at(0);
        if (!CHECK(status == BT_OK || (failed && status == BT_NO_MEMORY)))
            printf("allocation %zu: %s: %s\n", n, bt_status_name(status), error.message);
        CHECK_INT(test_live_blocks(), held);
    }
}

/* --- breaks ------------------------------------------------------------------------------------------------------------ */

/* Carriage returns alone become blanks, whatever the sizes in which the text is read; CRLF and the last byte stay. */
TEST(carriage_returns_alone_are_mended_at_any_cut)
{
    static const char text[] = "\ra\r\nb\rc\r\r\n\r\r\rd\r\n\re\r", mended[] = " a\r\nb c \r\n   d\r\n e\r";
    bt_error error = {0};
    source *s;
    CHECK_OK(source_open(test_write_file("breaks", text, sizeof text - 1), &s, &error), error);
    for (size_t size = 1; size < sizeof text + 1; size++) {
        source_stream *stream;
        char got[64] = "";
        size_t n = 1, total = 0;
        CHECK_OK(source_stream_open(s, 0, &stream, &error), error);
        source_stream_mend_breaks(stream);
        for (; n > 0 && total + size < sizeof got; total += n)
            CHECK_OK(source_stream_read(stream, got + total, size, &n, &error), error);
        CHECK_INT(total, sizeof text - 1);
        if (!CHECK_BYTES(got, mended, sizeof mended - 1))
            printf("read by %zu bytes\n", size);
        source_stream_close(stream);
    }
    source_close(s);
}
