/* The catalogue and the data folder on a disk that fails: killed, without power, full or faulty at any point, what was committed is
 * there, what wasn't has left no trace, and the next writer goes on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/sections.h"
#include "store/folder.h"
#include "support/fault_vfs.h"
#include "support/faults.h"
#include "support/test.h"

/* --- helpers ------------------------------------------------------------------------------------------------------- */

static const char *path_in(const char *folder_path, const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder_path, name);
    return path;
}

/* What a run that went on after a fault may say. */
static void check_said(const faults_outcome *outcome)
{
    if (!outcome->finished)
        return;
    const bt_status status = outcome->error.status;
    bool said = true;
    if (outcome->mode == FAULTS_SHORT)
        said = CHECK_STATUS(status, BT_OK);
    else if (outcome->mode == FAULTS_NO_SPACE)
        said = CHECK(status == BT_OK || status == BT_NO_SPACE);
    else
        said = CHECK(status == BT_OK || status == BT_IO);
    if (status != BT_OK)
        said = CHECK_CONTAINS(outcome->error.message, "butaca-test-") && said; /* a path */
    if (!said)
        printf("    it said %s: %s\n", bt_status_name(status), outcome->error.message);
}

/* --- the catalogue: transactions of several films ------------------------------------------------------------------------- */

enum { TRANSACTIONS = 6, FILMS_EACH = 40 };

static bt_status store_some(catalogue *c, int transaction, bt_error *error)
{
    char overview[600];
    memset(overview, 'a' + transaction, sizeof overview - 1);
    overview[sizeof overview - 1] = '\0';
    bt_status status = catalogue_begin(c, error);
    for (int i = 0; i < FILMS_EACH && status == BT_OK; i++) {
        char title[64];
        snprintf(title, sizeof title, "Film %d of %d", i, transaction);
        const film_text text = {"en", NULL, overview, "test"};
        film f = {.title = title, .year = 1900 + i, .texts = &text, .n_texts = 1};
        status = catalogue_put(c, &f, error);
    }
    return status == BT_OK ? catalogue_commit(c, error) : status;
}

static bt_status store_all(const char *folder_path, void *context, bt_error *error)
{
    (void)context;
    char url[4200];
    catalogue *c = NULL;
    snprintf(url, sizeof url, "sqlite:%s", path_in(folder_path, "butaca.db"));
    if (!fault_vfs_install())
        return BT_UNSUPPORTED;
    bt_status status = catalogue_open(url, CATALOGUE_WRITE, &c, error);
    for (int i = 1; i <= TRANSACTIONS && status == BT_OK; i++) {
        status = store_some(c, i, error);
        if (status == BT_OK)
            faults_acknowledge((uint64_t)i);
    }
    catalogue_close(c);
    return status;
}

static void whole_transactions(const char *folder_path, const faults_outcome *outcome, void *context)
{
    size_t *n_partly = context, n = 0;
    char url[4200];
    catalogue *c = NULL;
    bt_error error = {0};
    check_said(outcome);
    snprintf(url, sizeof url, "sqlite:%s", path_in(folder_path, "butaca.db"));
    const bt_status status = catalogue_open(url, CATALOGUE_READ, &c, &error);
    if (status == BT_NOT_FOUND) {
        CHECK_INT(outcome->acknowledged, 0);
    } else if (CHECK_STATUS(status, BT_OK)) {
        CHECK_OK(catalogue_check(c, &error), error);
        CHECK_OK(catalogue_count(c, &n, &error), error);
        CHECK_INT(n % FILMS_EACH, 0);
        CHECK(n / FILMS_EACH >= outcome->acknowledged && n / FILMS_EACH <= TRANSACTIONS);
    }
    catalogue_close(c);
    *n_partly += n > 0 && n < (size_t)TRANSACTIONS * FILMS_EACH;

    CHECK_OK(catalogue_open(url, CATALOGUE_WRITE, &c, &error), error); /* and it goes on */
    CHECK_OK(store_some(c, TRANSACTIONS + 1, &error), error);
    CHECK_OK(catalogue_check(c, &error), error);
    size_t after = 0;
    CHECK_OK(catalogue_count(c, &after, &error), error);
    CHECK_INT(after, n + FILMS_EACH);
    catalogue_close(c);
}

static void transactions_in(faults_mode mode)
{
    size_t n_partly = 0;
    const faults_case c = {.action = store_all, .verify = whole_transactions, .context = &n_partly};
    faults_run(&c, mode, 50);
    CHECK(mode == FAULTS_SHORT || n_partly > 5); /* the faults fell between commits */
}

TEST(transactions_survive_kills)
{
    transactions_in(FAULTS_KILL);
}

TEST(transactions_survive_dropped_writes)
{
    transactions_in(FAULTS_DROP);
}

TEST(transactions_survive_torn_writes)
{
    transactions_in(FAULTS_TEAR);
}

TEST(transactions_survive_a_full_disk)
{
    transactions_in(FAULTS_NO_SPACE);
}

TEST(transactions_survive_errors_and_short_writes)
{
    transactions_in(FAULTS_IO_ERROR);
    transactions_in(FAULTS_SHORT);
}

/* --- the folder: an import ------------------------------------------------------------------------------------------------ */

/* Writes the ratings that import number `n` brings, one section that says n. */
static bt_status write_next(const folder *f, uint32_t n, uint64_t *fingerprint, bt_error *error)
{
    sections_writer w = {0};
    char *next = folder_ratings_next(f);
    bt_status status = next != NULL ? BT_OK : BT_NO_MEMORY;
    if (status == BT_OK)
        status = sections_write_begin(&w, next, "ratings", 1, 1, error);
    if (status == BT_OK)
        status = sections_write(&w, "number", &n, sizeof n, error);
    if (status == BT_OK)
        status = sections_write_commit(&w, fingerprint, error);
    else
        sections_write_abort(&w);
    bt_free(next);
    return status;
}

static bt_status store_film(catalogue *c, uint32_t n, bt_error *error)
{
    char title[32];
    snprintf(title, sizeof title, "Film %u", n);
    film f = {.title = title};
    const bt_status status = catalogue_begin(c, error);
    return status == BT_OK ? catalogue_put(c, &f, error) : status;
}

/* Import number n: film n and ratings n. */
static bt_status import(const char *folder_path, uint32_t n, bt_error *error)
{
    folder f;
    catalogue *c = NULL;
    uint64_t fingerprint = 0;
    bt_status status = folder_open(path_in(folder_path, "data"), FOLDER_WRITE, &f, error);
    if (status != BT_OK)
        return status;
    status = write_next(&f, n, &fingerprint, error);
    if (status == BT_OK)
        status = catalogue_open(f.catalogue_url, CATALOGUE_WRITE, &c, error);
    if (status == BT_OK)
        status = store_film(c, n, error);
    if (status == BT_OK)
        status = folder_commit_import(&f, c, fingerprint, error);
    catalogue_close(c);
    folder_close(&f);
    return status;
}

static void import_first(const char *folder_path, void *context)
{
    (void)context;
    bt_error error = {0};
    CHECK_OK(import(folder_path, 1, &error), error);
}

static bt_status import_second(const char *folder_path, void *context, bt_error *error)
{
    (void)context;
    if (!fault_vfs_install())
        return BT_UNSUPPORTED;
    const bt_status status = import(folder_path, 2, error);
    if (status == BT_OK)
        faults_acknowledge(2);
    return status;
}

/* The number that the folder's ratings say, which has to be the number of its films. */
static uint32_t import_in(const folder *f)
{
    arena a = {0};
    catalogue *c = NULL;
    sections_file file = {0};
    bt_error error = {0};
    const char *path = NULL;
    const void *bytes = NULL;
    size_t n = 0, n_films = 0;
    CHECK_OK(catalogue_open(f->catalogue_url, CATALOGUE_READ, &c, &error), error);
    CHECK_OK(catalogue_count(c, &n_films, &error), error);
    CHECK_OK(folder_ratings(f, c, &a, &path, &error), error);
    CHECK_OK(sections_open(path, "ratings", 1, &file, &error), error);
    CHECK_OK(sections_verify(&file, path, &error), error);
    CHECK_OK(sections_find(&file, path, "number", sizeof(uint32_t), &bytes, &n, &error), error);
    uint32_t number = 0;
    memcpy(&number, bytes, sizeof number);
    CHECK_INT(number, n_films);
    sections_close(&file);
    catalogue_close(c);
    arena_free(&a);
    return number;
}

static void one_import_or_both(const char *folder_path, const faults_outcome *outcome, void *context)
{
    size_t *n_old = context;
    folder f;
    bt_error error = {0};
    check_said(outcome);
    CHECK_OK(folder_open(path_in(folder_path, "data"), FOLDER_READ, &f, &error), error);
    const uint32_t before = import_in(&f);
    folder_close(&f);
    CHECK(before == 1 || before == 2);
    if (outcome->acknowledged == 2)
        CHECK_INT(before, 2);
    *n_old += before == 1;

    CHECK_OK(folder_open(path_in(folder_path, "data"), FOLDER_WRITE, &f, &error), error);
    CHECK_INT(import_in(&f), before);
    CHECK(!file_exists(path_in(f.path, "ratings.bt.next")) && !file_exists(path_in(f.path, "ratings.bt.next.tmp")));
    folder_close(&f);
    CHECK_OK(import(folder_path, before + 1, &error), error);
}

static void imports_in(faults_mode mode)
{
    size_t n_old = 0;
    const faults_case c = {import_first, import_second, one_import_or_both, &n_old};
    faults_run(&c, mode, 50);
    CHECK(mode == FAULTS_SHORT || n_old > 5);
}

TEST(an_import_survives_kills)
{
    imports_in(FAULTS_KILL);
}

TEST(an_import_survives_dropped_writes)
{
    imports_in(FAULTS_DROP);
}

TEST(an_import_survives_torn_writes)
{
    imports_in(FAULTS_TEAR);
}

TEST(an_import_survives_a_full_disk)
{
    imports_in(FAULTS_NO_SPACE);
}

TEST(an_import_survives_errors_and_short_writes)
{
    imports_in(FAULTS_IO_ERROR);
    imports_in(FAULTS_SHORT);
}

/* --- recovery itself -------------------------------------------------------------------------------------------------------- */

/* The state between the commit and the rename. */
static void stop_before_rename(const char *folder_path, void *context)
{
    (void)context;
    folder f;
    catalogue *c = NULL;
    bt_error error = {0};
    uint64_t fingerprint = 0;
    char value[17];
    import_first(folder_path, NULL);
    CHECK_OK(folder_open(path_in(folder_path, "data"), FOLDER_WRITE, &f, &error), error);
    CHECK_OK(write_next(&f, 2, &fingerprint, &error), error);
    CHECK_OK(catalogue_open(f.catalogue_url, CATALOGUE_WRITE, &c, &error), error);
    CHECK_OK(store_film(c, 2, &error), error);
    snprintf(value, sizeof value, "%016llx", (unsigned long long)fingerprint);
    CHECK_OK(catalogue_set_value(c, "ratings.fingerprint", value, &error), error);
    CHECK_OK(catalogue_commit(c, &error), error);
    catalogue_close(c);
    folder_close(&f);
    FILE *left = fopen(path_in(folder_path, "data/models/0123456789abcdef.btm.tmp"), "w");
    REQUIRE(left != NULL && fclose(left) == 0);
}

static bt_status recover(const char *folder_path, void *context, bt_error *error)
{
    (void)context;
    folder f;
    if (!fault_vfs_install())
        return BT_UNSUPPORTED;
    const bt_status status = folder_open(path_in(folder_path, "data"), FOLDER_WRITE, &f, error);
    if (status == BT_OK)
        folder_close(&f);
    return status;
}

static void both_imports(const char *folder_path, const faults_outcome *outcome, void *context)
{
    (void)context;
    folder f;
    bt_error error = {0};
    check_said(outcome);
    for (int mode = FOLDER_READ; mode <= FOLDER_WRITE; mode++) {
        CHECK_OK(folder_open(path_in(folder_path, "data"), (folder_mode)mode, &f, &error), error);
        CHECK_INT(import_in(&f), 2);
        folder_close(&f);
    }
    CHECK(!file_exists(path_in(folder_path, "data/models/0123456789abcdef.btm.tmp")));
}

TEST(a_recovery_that_is_cut_off_loses_nothing)
{
    const faults_case c = {.setup = stop_before_rename, .action = recover, .verify = both_imports};
    faults_run_all(&c, 50);
}

/* --- the active model -------------------------------------------------------------------------------------------------------- */

static const char *const model_ids[] = {"aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"};

static bt_status activate(const char *folder_path, const char *id, bt_error *error)
{
    char full_id[17];
    folder f;
    bt_status status = folder_open(path_in(folder_path, "data"), FOLDER_WRITE, &f, error);
    if (status != BT_OK)
        return status;
    status = folder_model_activate(&f, id, full_id, error);
    folder_close(&f);
    return status;
}

static void two_models(const char *folder_path, void *context)
{
    (void)context;
    bt_error error = {0};
    import_first(folder_path, NULL);
    for (size_t i = 0; i < 2; i++) {
        char path[4200];
        snprintf(path, sizeof path, "%s/data/models/%s.btm", folder_path, model_ids[i]);
        FILE *file = fopen(path, "w");
        REQUIRE(file != NULL && fclose(file) == 0);
    }
    CHECK_OK(activate(folder_path, model_ids[0], &error), error);
}

static bt_status activate_second(const char *folder_path, void *context, bt_error *error)
{
    (void)context;
    const bt_status status = activate(folder_path, "bbbb", error);
    if (status == BT_OK)
        faults_acknowledge(1);
    return status;
}

static void second_model_active(const char *folder_path, void *context)
{
    bt_error error = {0};
    two_models(folder_path, context);
    CHECK_OK(activate(folder_path, "bbbb", &error), error);
}

static bt_status roll_back(const char *folder_path, void *context, bt_error *error)
{
    (void)context;
    char full_id[17];
    folder f;
    bt_status status = folder_open(path_in(folder_path, "data"), FOLDER_WRITE, &f, error);
    if (status != BT_OK)
        return status;
    status = folder_model_rollback(&f, full_id, error);
    folder_close(&f);
    if (status == BT_OK)
        faults_acknowledge(1);
    return status;
}

typedef struct active_change {
    size_t after; /* which of the models is active afterwards; the other one was before */
    size_t n_old; /* runs that left the one before */
} active_change;

static void one_model_is_active(const char *folder_path, const faults_outcome *outcome, void *context)
{
    active_change *change = context;
    arena a = {0};
    folder f;
    bt_error error = {0};
    const char *path = NULL;
    check_said(outcome);
    CHECK_OK(folder_open(path_in(folder_path, "data"), FOLDER_WRITE, &f, &error), error);
    CHECK_OK(folder_model_active(&f, &a, &path, &error), error);
    const bool is_new = strstr(path, model_ids[change->after]) != NULL;
    CHECK(is_new || strstr(path, model_ids[1 - change->after]) != NULL);
    CHECK(is_new || outcome->acknowledged == 0);
    CHECK(!file_exists(path_in(f.models_path, "active.tmp")));
    change->n_old += !is_new;
    folder_close(&f);
    arena_free(&a);
}

TEST(a_model_is_active_before_and_after)
{
    active_change change = {.after = 1};
    const faults_case c = {two_models, activate_second, one_model_is_active, &change};
    faults_run_all(&c, 50);
    CHECK(change.n_old > 5);
}

TEST(a_rollback_happens_or_not)
{
    active_change change = {.after = 0};
    const faults_case c = {second_model_active, roll_back, one_model_is_active, &change};
    faults_run_all(&c, 50);
    CHECK(change.n_old > 5);
}
