/* The data folder: who may write, what an import's crash leaves and how the next writer clears it up, which model is active. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utime.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/sections.h"
#include "store/folder.h"
#include "support/test.h"

static bt_error error;

/* --- helpers ------------------------------------------------------------------------------------------------------- */

static const char *data_path(void)
{
    return test_path("data");
}

static folder open_folder(folder_mode mode)
{
    folder f;
    CHECK_OK(folder_open(data_path(), mode, &f, &error), error);
    return f;
}

/* A file as ratings are: the container with one section. Only its fingerprint matters here, which `content` decides. */
static uint64_t write_ratings(const char *path, uint32_t content)
{
    sections_writer w = {0};
    uint64_t fingerprint = 0;
    CHECK_OK(sections_write_begin(&w, path, "ratings", 1, 1, &error), error);
    CHECK_OK(sections_write(&w, "values", &content, sizeof content, &error), error);
    CHECK_OK(sections_write_commit(&w, &fingerprint, &error), error);
    return fingerprint;
}

static uint64_t write_next(const folder *f, uint32_t content)
{
    char *next = folder_ratings_next(f);
    REQUIRE(next != NULL);
    const uint64_t fingerprint = write_ratings(next, content);
    bt_free(next);
    return fingerprint;
}

static catalogue *begin(const folder *f)
{
    catalogue *c = NULL;
    CHECK_OK(catalogue_open(f->catalogue_url, CATALOGUE_WRITE, &c, &error), error);
    CHECK_OK(catalogue_begin(c, &error), error);
    return c;
}

/* An import of one film and a ratings file. */
static uint64_t import(folder *f, const char *title, uint32_t content)
{
    const uint64_t fingerprint = write_next(f, content);
    catalogue *c = begin(f);
    film one = {.title = title};
    CHECK_OK(catalogue_put(c, &one, &error), error);
    CHECK_OK(folder_commit_import(f, c, fingerprint, &error), error);
    catalogue_close(c);
    return fingerprint;
}

/* What folder_ratings says: the file's name in the folder, or the status. */
static const char *ratings_now(const folder *f)
{
    static char text[64];
    arena a = {0};
    catalogue *c = NULL;
    const char *path = NULL;
    CHECK_OK(catalogue_open(f->catalogue_url, CATALOGUE_READ, &c, &error), error);
    const bt_status status = folder_ratings(f, c, &a, &path, &error);
    snprintf(text, sizeof text, "%s", status == BT_OK ? strrchr(path, '/') + 1 : bt_status_name(status));
    catalogue_close(c);
    arena_free(&a);
    return text;
}

static bool is_there(const char *name)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/%s", data_path(), name);
    return file_exists(path);
}

static void write_in_folder(const char *name, const char *text)
{
    char path[300];
    snprintf(path, sizeof path, "data/%s", name);
    test_write_file(path, text, strlen(text));
}

/* --- opening ------------------------------------------------------------------------------------------------------- */

TEST(a_folder_is_made_with_its_parts)
{
    folder f;
    char path[4200];
    snprintf(path, sizeof path, "%s/new/deep//", data_path());
    CHECK_OK(folder_open(path, FOLDER_WRITE, &f, &error), error);
    CHECK_CONTAINS(f.path, "/data/new/deep");
    CHECK(f.path[strlen(f.path) - 1] != '/');
    CHECK_CONTAINS(f.catalogue_url, "sqlite:");
    CHECK_CONTAINS(f.catalogue_url, "/new/deep/butaca.db");
    CHECK_CONTAINS(f.ratings_path, "/new/deep/ratings.bt");
    CHECK(file_is_folder(f.models_path) && file_is_folder(f.rejects_path));
    CHECK(f.lock >= 0);
    folder_close(&f);
    CHECK(f.path == NULL);
    folder_close(&f); /* again */
    folder_close(&(folder){0});
}

TEST(reading_needs_a_catalogue)
{
    folder f;
    CHECK_STATUS(folder_open(data_path(), FOLDER_READ, &f, &error), BT_NOT_FOUND);
    CHECK_CONTAINS(error.message, data_path());
    CHECK_CONTAINS(error.message, "butaca import");
    CHECK(!is_there(".")); /* nothing was made */
    f = open_folder(FOLDER_WRITE);
    folder_close(&f);
    CHECK_STATUS(folder_open(data_path(), FOLDER_READ, &f, &error), BT_NOT_FOUND);
    CHECK_CONTAINS(error.message, "no films");
    f = open_folder(FOLDER_WRITE);
    catalogue *c = begin(&f);
    catalogue_close(c);
    folder_close(&f);
    f = open_folder(FOLDER_READ);
    CHECK_INT(f.lock, -1);
    CHECK_STR(ratings_now(&f), "NOT_FOUND");
    CHECK_CONTAINS(error.message, "no ratings");
    folder_close(&f);
}

TEST(paths_that_are_no_folder)
{
    folder f;
    test_write_file("data", "x", 1);
    for (int mode = FOLDER_READ; mode <= FOLDER_WRITE; mode++) {
        CHECK_STATUS(folder_open(data_path(), (folder_mode)mode, &f, &error), BT_INVALID_ARGUMENT);
        CHECK_CONTAINS(error.message, "is a file");
        CHECK_CONTAINS(error.message, "--data");
    }
    char below[4200];
    snprintf(below, sizeof below, "%s/below", data_path());
    CHECK(folder_open(below, FOLDER_WRITE, &f, &error) != BT_OK);
    CHECK_CONTAINS(error.message, "/data");
    CHECK_STATUS(folder_open("", FOLDER_WRITE, &f, &error), BT_INVALID_ARGUMENT);

    char *large = memory_array(FOLDER_PATH_MAX + 2, 1);
    REQUIRE(large != NULL);
    memset(large, 'a', FOLDER_PATH_MAX + 1);
    large[FOLDER_PATH_MAX + 1] = '\0';
    CHECK_STATUS(folder_open(large, FOLDER_WRITE, &f, &error), BT_LIMIT);
    CHECK_CONTAINS(error.message, "3801");
    bt_free(large);
}

TEST(a_folder_that_may_not_be_written)
{
    test_give_up_root();
    folder f = open_folder(FOLDER_WRITE);
    folder_close(&f);
    REQUIRE(unlink(test_path("data/lock")) == 0 && chmod(data_path(), 0500) == 0);
    CHECK_STATUS(folder_open(data_path(), FOLDER_WRITE, &f, &error), BT_PERMISSION);
    CHECK_CONTAINS(error.message, data_path());
    CHECK_CONTAINS(error.message, "--data");
    CHECK(chmod(data_path(), 0700) == 0);
}

TEST(the_default_path)
{
    char *path = NULL;
    REQUIRE(setenv("BUTACA_DATA", "/films/here", 1) == 0);
    CHECK_OK(folder_default_path(&path, &error), error);
    CHECK_STR(path, "/films/here");
    bt_free(path);
    REQUIRE(setenv("BUTACA_DATA", "", 1) == 0 && setenv("HOME", "/home/lola", 1) == 0);
    CHECK_OK(folder_default_path(&path, &error), error);
    CHECK_STR(path, "/home/lola/.local/share/butaca");
    bt_free(path);
    REQUIRE(unsetenv("BUTACA_DATA") == 0 && unsetenv("HOME") == 0);
    CHECK_STATUS(folder_default_path(&path, &error), BT_INVALID_ARGUMENT);
    CHECK_CONTAINS(error.message, "--data");
    CHECK(path == NULL);
}

/* --- the lock ------------------------------------------------------------------------------------------------------ */

/* Opens for writing in another process, and says so through a pipe; it ends when `until` is closed. */
static pid_t hold_elsewhere(int *until)
{
    int ready[2], stop[2];
    char byte = 0;
    REQUIRE(pipe(ready) == 0 && pipe(stop) == 0);
    const pid_t child = fork();
    if (child == 0) {
        folder f;
        close(stop[1]);
        const bool held = folder_open(data_path(), FOLDER_WRITE, &f, NULL) == BT_OK;
        if (write(ready[1], held ? "y" : "n", 1) != 1 || read(stop[0], &byte, 1) != 0)
            _exit(2);
        _exit(held ? 0 : 1); /* without folder_close: the kernel gives the lock back */
    }
    REQUIRE(child > 0 && read(ready[0], &byte, 1) == 1);
    CHECK_INT(byte, 'y');
    close(ready[0]);
    close(ready[1]);
    close(stop[0]);
    *until = stop[1];
    return child;
}

TEST(one_program_writes_and_others_are_told_which)
{
    int until = -1, how = 0;
    folder f = open_folder(FOLDER_WRITE);
    catalogue_close(begin(&f));
    folder_close(&f);
    const pid_t holder = hold_elsewhere(&until);
    char name[64];
    snprintf(name, sizeof name, "process %ld", (long)holder);
    CHECK_STATUS(folder_open(data_path(), FOLDER_WRITE, &f, &error), BT_BUSY);
    CHECK_CONTAINS(error.message, name);
    CHECK_CONTAINS(error.message, data_path());
    CHECK_CONTAINS(error.message, "--data");
    f = open_folder(FOLDER_READ); /* readers need no lock */
    folder_close(&f);

    close(until);
    REQUIRE(waitpid(holder, &how, 0) == holder);
    CHECK_INT(how, 0);
    f = open_folder(FOLDER_WRITE);
    folder again;
    CHECK_STATUS(folder_open(data_path(), FOLDER_WRITE, &again, &error), BT_BUSY); /* the same process twice */
    folder_close(&f);
    f = open_folder(FOLDER_WRITE);
    folder_close(&f);
}

TEST(a_lock_file_without_a_process_in_it)
{
    folder f = open_folder(FOLDER_WRITE), other;
    write_in_folder("lock", "");
    CHECK_STATUS(folder_open(data_path(), FOLDER_WRITE, &other, &error), BT_BUSY);
    CHECK_CONTAINS(error.message, "another butaca;");
    folder_close(&f);
}

/* --- imports ------------------------------------------------------------------------------------------------------- */

TEST(an_import_is_visible_when_it_is_committed)
{
    folder f = open_folder(FOLDER_WRITE);
    import(&f, "One", 1);
    CHECK_STR(ratings_now(&f), "ratings.bt");
    CHECK(!is_there("ratings.bt.next"));
    import(&f, "Two", 2);
    CHECK_STR(ratings_now(&f), "ratings.bt");
    import(&f, "Two again", 2); /* the same ratings */
    CHECK_STR(ratings_now(&f), "ratings.bt");
    folder_close(&f);
}

TEST(an_import_without_ratings_leaves_them_alone)
{
    folder f = open_folder(FOLDER_WRITE);
    catalogue *c = begin(&f);
    CHECK_OK(folder_commit_import(&f, c, 0, &error), error);
    catalogue_close(c);
    CHECK_STR(ratings_now(&f), "NOT_FOUND");
    import(&f, "One", 1);
    c = begin(&f);
    film two = {.title = "Two"};
    CHECK_OK(catalogue_put(c, &two, &error), error);
    CHECK_OK(folder_commit_import(&f, c, 0, &error), error);
    catalogue_close(c);
    CHECK_STR(ratings_now(&f), "ratings.bt");
    folder_close(&f);
}

TEST(ratings_that_are_not_the_ones_that_the_import_says)
{
    folder f = open_folder(FOLDER_WRITE);
    import(&f, "One", 1);
    const uint64_t two = write_next(&f, 2);
    catalogue *c = begin(&f);
    film lost = {.title = "Lost"};
    size_t n = 0;
    CHECK_OK(catalogue_put(c, &lost, &error), error);
    CHECK_STATUS(folder_commit_import(&f, c, two + 1, &error), BT_INVALID_ARGUMENT);
    CHECK_CONTAINS(error.message, "ratings.bt.next");
    CHECK_OK(catalogue_count(c, &n, &error), error);
    CHECK_INT(n, 1); /* rolled back */
    CHECK_STATUS(catalogue_commit(c, &error), BT_INVALID_ARGUMENT);
    catalogue_close(c);
    folder_close(&f);
}

/* What a crash leaves, made by hand; the fault tests make it by crashing. */
TEST(a_crash_before_the_commit_leaves_nothing)
{
    folder f = open_folder(FOLDER_WRITE);
    import(&f, "One", 1);
    write_next(&f, 2);
    folder_close(&f);

    f = open_folder(FOLDER_READ);
    CHECK_STR(ratings_now(&f), "ratings.bt");
    CHECK(is_there("ratings.bt.next")); /* a reader changes nothing */
    folder_close(&f);
    f = open_folder(FOLDER_WRITE);
    CHECK(!is_there("ratings.bt.next"));
    CHECK_STR(ratings_now(&f), "ratings.bt");
    folder_close(&f);
}

TEST(a_crash_while_ratings_are_written_leaves_nothing)
{
    folder f = open_folder(FOLDER_WRITE);
    import(&f, "One", 1);
    folder_close(&f);
    write_in_folder("ratings.bt.next", "BUTACA\r\nratin");
    write_in_folder("ratings.bt.next.tmp", "BUT");
    write_in_folder("models/0123456789abcdef.btm.tmp", "BUT");
    write_in_folder("rejects/x.csv.tmp", "1");
    f = open_folder(FOLDER_WRITE);
    CHECK(!is_there("ratings.bt.next") && !is_there("ratings.bt.next.tmp"));
    CHECK(!is_there("models/0123456789abcdef.btm.tmp") && !is_there("rejects/x.csv.tmp"));
    CHECK_STR(ratings_now(&f), "ratings.bt");
    folder_close(&f);
}

TEST(a_crash_in_the_first_import_leaves_an_empty_folder)
{
    folder f = open_folder(FOLDER_WRITE);
    write_next(&f, 1);
    folder_close(&f);
    f = open_folder(FOLDER_WRITE);
    CHECK(!is_there("ratings.bt.next"));
    write_next(&f, 1);
    catalogue_close(begin(&f)); /* the catalogue was made, nothing committed */
    folder_close(&f);
    f = open_folder(FOLDER_WRITE);
    CHECK(!is_there("ratings.bt.next"));
    CHECK_STR(ratings_now(&f), "NOT_FOUND");
    folder_close(&f);
}

/* Commits what names ratings.bt.next, and stops before it is renamed. */
static void commit_without_renaming(folder *f, uint32_t content)
{
    char value[17];
    snprintf(value, sizeof value, "%016" PRIx64, write_next(f, content));
    catalogue *c = begin(f);
    CHECK_OK(catalogue_set_value(c, "ratings.fingerprint", value, &error), error);
    CHECK_OK(catalogue_commit(c, &error), error);
    catalogue_close(c);
}

TEST(a_crash_after_the_commit_loses_nothing)
{
    folder f = open_folder(FOLDER_WRITE);
    import(&f, "One", 1);
    commit_without_renaming(&f, 2);
    folder_close(&f);

    f = open_folder(FOLDER_READ);
    CHECK_STR(ratings_now(&f), "ratings.bt.next");
    folder_close(&f);
    f = open_folder(FOLDER_WRITE);
    CHECK(!is_there("ratings.bt.next"));
    CHECK_STR(ratings_now(&f), "ratings.bt");
    import(&f, "Three", 3);
    CHECK_STR(ratings_now(&f), "ratings.bt");
    folder_close(&f);
}

TEST(damaged_ratings_are_named_and_kept)
{
    folder f = open_folder(FOLDER_WRITE);
    import(&f, "One", 1);
    commit_without_renaming(&f, 2);
    folder_close(&f);
    write_in_folder("ratings.bt.next", "nothing like ratings");
    for (int mode = FOLDER_READ; mode <= FOLDER_WRITE; mode++) {
        f = open_folder((folder_mode)mode);
        CHECK_STR(ratings_now(&f), "CORRUPT");
        CHECK_CONTAINS(error.message, "ratings.bt");
        CHECK_CONTAINS(error.message, "backup");
        CHECK(is_there("ratings.bt.next") && is_there("ratings.bt"));
        folder_close(&f);
    }
    REQUIRE(unlink(test_path("data/ratings.bt")) == 0);
    f = open_folder(FOLDER_WRITE);
    CHECK_STR(ratings_now(&f), "CORRUPT");
    folder_close(&f);
}

TEST(a_fingerprint_that_is_none)
{
    folder f = open_folder(FOLDER_WRITE);
    static const char *const values[] = {"", "xyz", "12 34", "0"};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        catalogue *c = begin(&f);
        CHECK_OK(catalogue_set_value(c, "ratings.fingerprint", values[i], &error), error);
        CHECK_OK(catalogue_commit(c, &error), error);
        catalogue_close(c);
        CHECK_STR(ratings_now(&f), "CORRUPT");
        CHECK_CONTAINS(error.message, "16 hexadecimal digits");
    }
    folder_close(&f);
}

/* --- models -------------------------------------------------------------------------------------------------------- */

static void write_model(const char *id, const char *text, time_t written)
{
    char path[64];
    snprintf(path, sizeof path, "models/%s.btm", id);
    write_in_folder(path, text);
    char whole[4200];
    snprintf(whole, sizeof whole, "%s/%s", data_path(), path);
    CHECK(utime(whole, &(struct utimbuf){.actime = written, .modtime = written}) == 0);
}

/* The ids' first four digits, newest first, a star behind the active one. */
static const char *models_now(const folder *f)
{
    static char text[256];
    arena a = {0};
    folder_model *models = NULL;
    size_t n = 0, used = 0;
    CHECK_OK(folder_models(f, &a, &models, &n, &error), error);
    text[0] = '\0';
    for (size_t i = 0; i < n; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%.4s%s", i > 0 ? " " : "", models[i].id,
                                 models[i].active ? "*" : "");
    arena_free(&a);
    return text;
}

static const char *active_now(const folder *f)
{
    static char text[64];
    arena a = {0};
    const char *path = NULL;
    const bt_status status = folder_model_active(f, &a, &path, &error);
    snprintf(text, sizeof text, "%s", status == BT_OK ? strrchr(path, '/') + 1 : bt_status_name(status));
    arena_free(&a);
    return text;
}

static folder with_models(void)
{
    folder f = open_folder(FOLDER_WRITE);
    write_model("aaaa000000000001", "one", 1000);
    write_model("aaaa000000000002", "three", 3000);
    write_model("bbbb000000000003", "five", 2000);
    write_in_folder("models/notes.txt", "x");
    write_in_folder("models/aaaa.btm", "x");
    write_in_folder("models/AAAA000000000009.btm", "x");
    return f;
}

TEST(models_are_listed_newest_first)
{
    folder f = open_folder(FOLDER_WRITE);
    CHECK_STR(models_now(&f), "");
    CHECK_STR(active_now(&f), "NOT_FOUND");
    CHECK_CONTAINS(error.message, "butaca train");
    folder_close(&f);
    f = with_models();
    arena a = {0};
    folder_model *models = NULL;
    size_t n = 0;
    CHECK_OK(folder_models(&f, &a, &models, &n, &error), error);
    REQUIRE(n == 3);
    CHECK_STR(models[0].id, "aaaa000000000002");
    CHECK_INT(models[0].written, 3000);
    CHECK_INT(models[0].size, 5);
    CHECK(!models[0].active);
    CHECK_STR(models_now(&f), "aaaa bbbb aaaa");
    arena_free(&a);
    folder_close(&f);
}

TEST(a_model_is_activated_by_its_id_or_the_beginning_of_it)
{
    char id[17];
    folder f = with_models();
    CHECK_OK(folder_model_activate(&f, "bbbb", id, &error), error);
    CHECK_STR(id, "bbbb000000000003");
    CHECK_STR(active_now(&f), "bbbb000000000003.btm");
    CHECK_STR(models_now(&f), "aaaa bbbb* aaaa");
    CHECK_OK(folder_model_activate(&f, "aaaa000000000001", id, &error), error);
    CHECK_OK(folder_model_activate(&f, "bbbb", id, &error), error);
    CHECK_OK(folder_model_activate(&f, "bbbb0", id, &error), error); /* it is already */

    char *text = NULL;
    size_t size = 0;
    CHECK_OK(file_read_whole(test_path("data/models/active"), 1000, &text, &size, &error), error);
    CHECK_STR(text, "bbbb000000000003\naaaa000000000001\n");
    bt_free(text);
    folder_close(&f);
}

TEST(rolling_back_goes_to_the_models_before)
{
    char id[17];
    folder f = with_models();
    CHECK_STATUS(folder_model_rollback(&f, id, &error), BT_NOT_FOUND); /* none was ever active */
    const char *const activated[] = {"aaaa000000000001", "bbbb", "aaaa000000000002"};
    for (size_t i = 0; i < 3; i++)
        CHECK_OK(folder_model_activate(&f, activated[i], id, &error), error);
    CHECK_OK(folder_model_rollback(&f, id, &error), error);
    CHECK_STR(id, "bbbb000000000003");
    CHECK_STR(active_now(&f), "bbbb000000000003.btm");
    CHECK_OK(folder_model_rollback(&f, id, &error), error);
    CHECK_STR(active_now(&f), "aaaa000000000001.btm");
    CHECK_STATUS(folder_model_rollback(&f, id, &error), BT_NOT_FOUND);
    CHECK_CONTAINS(error.message, "butaca model list");
    CHECK_STR(active_now(&f), "aaaa000000000001.btm");
    catalogue_close(begin(&f));
    folder_close(&f);
    f = open_folder(FOLDER_READ);
    CHECK_STATUS(folder_model_rollback(&f, id, &error), BT_INVALID_ARGUMENT);
    folder_close(&f);
}

TEST(rolling_back_passes_over_files_that_are_gone)
{
    char id[17];
    folder f = with_models();
    const char *const activated[] = {"aaaa000000000001", "bbbb", "aaaa000000000002"};
    for (size_t i = 0; i < 3; i++)
        CHECK_OK(folder_model_activate(&f, activated[i], id, &error), error);
    REQUIRE(remove(test_path("data/models/bbbb000000000003.btm")) == 0);
    CHECK_OK(folder_model_rollback(&f, id, &error), error);
    CHECK_STR(id, "aaaa000000000001");
    folder_close(&f);
}

TEST(ids_that_name_no_model)
{
    char id[17];
    folder f = with_models();
    CHECK_STATUS(folder_model_activate(&f, "aaaa", id, &error), BT_AMBIGUOUS);
    CHECK_CONTAINS(error.message, "2 models");
    CHECK_STATUS(folder_model_activate(&f, "cccc", id, &error), BT_NOT_FOUND);
    CHECK_CONTAINS(error.message, "butaca model list");
    static const char *const bad[] = {"", "aaa", "bbbb0000000000033", "BBBB", "../../x", "bbb*"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_STATUS(folder_model_activate(&f, bad[i], id, &error), BT_INVALID_ARGUMENT);
    CHECK_STR(active_now(&f), "NOT_FOUND");
    catalogue_close(begin(&f));
    folder_close(&f);
    f = open_folder(FOLDER_READ);
    CHECK_STATUS(folder_model_activate(&f, "bbbb", id, &error), BT_INVALID_ARGUMENT);
    folder_close(&f);
}

TEST(an_active_model_that_is_gone)
{
    char id[17];
    folder f = with_models();
    CHECK_OK(folder_model_activate(&f, "bbbb", id, &error), error);
    REQUIRE(unlink(test_path("data/models/bbbb000000000003.btm")) == 0);
    CHECK_STR(active_now(&f), "NOT_FOUND");
    CHECK_CONTAINS(error.message, "bbbb000000000003");
    CHECK_STR(models_now(&f), "aaaa aaaa");
    folder_close(&f);
}

TEST(an_active_file_that_is_damaged)
{
    char id[17];
    folder f = with_models();
    static const char *const bad[] = {"bbbb\n", "bbbb000000000003\nzzzz\n", "BBBB000000000003\n", "bbbb00000000000333\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_in_folder("models/active", bad[i]);
        CHECK_STR(active_now(&f), "CORRUPT");
        CHECK_CONTAINS(error.message, "models/active:");
        CHECK_STATUS(folder_model_activate(&f, "bbbb", id, &error), BT_CORRUPT);
    }
    write_in_folder("models/active", "");
    CHECK_STR(active_now(&f), "NOT_FOUND");
    CHECK_OK(folder_model_activate(&f, "bbbb", id, &error), error);
    folder_close(&f);
}

TEST(the_history_of_models_is_bounded)
{
    enum { MODELS = 20 };
    char id[17], name[17];
    folder f = open_folder(FOLDER_WRITE);
    for (int i = 0; i < MODELS; i++) {
        snprintf(name, sizeof name, "%016x", i + 1);
        write_model(name, "x", 1000 + i);
        CHECK_OK(folder_model_activate(&f, name, id, &error), error);
    }
    struct stat info;
    REQUIRE(stat(test_path("data/models/active"), &info) == 0);
    CHECK_INT(info.st_size, 16 * 17);
    CHECK_STR(active_now(&f), "0000000000000014.btm");
    folder_close(&f);
}

TEST(a_models_path_is_its_fingerprint)
{
    arena a = {0};
    const char *path = NULL;
    folder f = open_folder(FOLDER_WRITE);
    CHECK_OK(folder_model_path(&f, 0xAB, &a, &path, &error), error);
    CHECK_CONTAINS(path, "/data/models/00000000000000ab.btm");
    arena_free(&a);
    folder_close(&f);
}

/* --- memory -------------------------------------------------------------------------------------------------------- */

static bt_status use_all(uint32_t content)
{
    folder f;
    arena a = {0};
    catalogue *c = NULL;
    folder_model *models = NULL;
    const char *path = NULL;
    char id[17], *next = NULL;
    size_t n = 0;
    uint64_t fingerprint = 0;
    sections_writer w = {0};
    bt_status status = folder_open(data_path(), FOLDER_WRITE, &f, &error);
    if (status == BT_OK && (next = folder_ratings_next(&f)) == NULL)
        status = BT_NO_MEMORY;
    if (status == BT_OK)
        status = sections_write_begin(&w, next, "ratings", 1, 1, &error);
    if (status == BT_OK && (status = sections_write(&w, "values", &content, sizeof content, &error)) != BT_OK)
        sections_write_abort(&w);
    if (status == BT_OK)
        status = sections_write_commit(&w, &fingerprint, &error);
    if (status == BT_OK)
        status = catalogue_open(f.catalogue_url, CATALOGUE_WRITE, &c, &error);
    if (status == BT_OK)
        status = catalogue_begin(c, &error);
    if (status == BT_OK)
        status = folder_commit_import(&f, c, fingerprint, &error);
    if (status == BT_OK)
        status = folder_ratings(&f, c, &a, &path, &error);
    if (status == BT_OK)
        status = folder_model_activate(&f, content % 2 == 0 ? "aaaa" : "bbbb", id, &error);
    if (status == BT_OK)
        status = folder_models(&f, &a, &models, &n, &error);
    if (status == BT_OK)
        status = folder_model_active(&f, &a, &path, &error);
    catalogue_close(c);
    arena_free(&a);
    bt_free(next);
    folder_close(&f);
    return status;
}

TEST(without_memory_the_folder_stays_whole)
{
    folder f = open_folder(FOLDER_WRITE);
    write_model("aaaa000000000001", "one", 1000);
    write_model("bbbb000000000002", "two", 2000);
    import(&f, "One", 1000);
    folder_close(&f);
    uint32_t content = 0;
    size_t n_failed = 0;
    EACH_FAILED_ALLOCATION
    {
        error = (bt_error){0};
        const bt_status status = use_all(++content);
        const bool failed = test_alloc_failed();
        if (!CHECK_STATUS(status, failed ? BT_NO_MEMORY : BT_OK))
            printf("    %s\n", error.message);
        if (!failed)
            continue; /* the next allocation might be the one */
        n_failed++;
        f = open_folder(FOLDER_WRITE);
        CHECK_STR(ratings_now(&f), "ratings.bt");
        folder_close(&f);
    }
    CHECK(n_failed > 20);
}
