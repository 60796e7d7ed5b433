/* An import over a folder that has something, on a disk that fails: killed, the power gone with all or part of what wasn't synced,
 * full, or with one broken operation. Afterwards the folder holds what it held before or all of the import, and importing again
 * brings the whole.
 */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "support/fault_vfs.h"
#include "support/faults.h"
#include "support/import_sample.h"
#include "support/test.h"

typedef struct import_fault {
    const char *old, *next; /* data sets */
    sample_state before, after;
    size_t n_before, n_after; /* how often each was found */
} import_fault;

static void set_up(const char *folder_path, void *context)
{
    const import_fault *t = context;
    bt_error error = {0};
    if (t->old)
        CHECK_OK(sample_import(folder_path, t->old, NULL, &error), error);
}

static bt_status act(const char *folder_path, void *context, bt_error *error)
{
    const import_fault *t = context;
    if (!fault_vfs_install())
        return BT_UNSUPPORTED;
    return sample_import(folder_path, t->next, NULL, error);
}

static bool is_disk_error(bt_status status)
{
    return status == BT_NO_SPACE || status == BT_IO;
}

static bool has_rejects(const char *folder_path)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/rejects/movielens-1.csv", folder_path);
    return file_exists(path);
}

static void look(const char *folder_path, const faults_outcome *outcome, void *context)
{
    import_fault *t = context;
    const sample_state found = sample_look(folder_path);
    const bool is_before = sample_state_equal(&found, &t->before), is_after = sample_state_equal(&found, &t->after);
    bool holds = CHECK(is_before || is_after);
    if (outcome->finished && outcome->error.status == BT_OK)
        holds = CHECK(is_after) && holds;
    else if (outcome->finished) {
        holds = CHECK(is_disk_error(outcome->error.status)) && holds;
        holds = CHECK(!has_rejects(folder_path)) && holds; /* of an import that failed nothing stays */
    }
    t->n_before += is_before;
    t->n_after += is_after;

    bt_error error = {0};
    CHECK_OK(sample_import(folder_path, t->next, NULL, &error), error);
    const sample_state again = sample_look(folder_path);
    holds = CHECK(sample_state_equal(&again, &t->after)) && holds;
    if (!holds)
        printf("%s at change %lu: %s\n", faults_mode_name(outcome->mode), (unsigned long)outcome->point,
               outcome->error.message);
}

/* Two overlapping data sets, the second with refused rows, so that every file of an import is written. */
static import_fault prepare(bool over_something)
{
    sample old = sample_default(), next = sample_default();
    next.n_users = 60;
    next.n_films = 90;
    next.seed = 5;
    next.time += 300;
    import_fault t = {0};
    bt_error error = {0};
    static char old_path[4096], next_path[4096];
    snprintf(old_path, sizeof old_path, "%s", sample_folder("old", &old));
    snprintf(next_path, sizeof next_path, "%s", sample_folder("next", &next));
    sample_write(next_path, "tags.csv", "userId,movieId,tag,timestamp\n1,1,fine,1\n1,1,refused,x\n");
    t.next = next_path;
    if (over_something) {
        t.old = old_path;
        CHECK_OK(sample_import(test_path("reference"), t.old, NULL, &error), error);
        t.before = sample_look(test_path("reference"));
    }
    CHECK_OK(sample_import(test_path("reference"), t.next, NULL, &error), error);
    t.after = sample_look(test_path("reference"));
    REQUIRE(!sample_state_equal(&t.before, &t.after));
    return t;
}

static void run(faults_mode mode, bool over_something)
{
    import_fault t = prepare(over_something);
    const faults_case c = {.setup = set_up, .action = act, .verify = look, .context = &t};
    const uint64_t n_changes = faults_run(&c, mode, 50);
    CHECK(n_changes > 20);
    CHECK(t.n_before > 0); /* both sides of the point of commit were seen */
    CHECK(t.n_after > 0);
}

TEST(killed_over_something)
{
    run(FAULTS_KILL, true);
}

TEST(power_gone_over_something)
{
    run(FAULTS_DROP, true);
}

TEST(power_gone_with_torn_writes_over_something)
{
    run(FAULTS_TEAR, true);
}

TEST(disk_full_over_something)
{
    run(FAULTS_NO_SPACE, true);
}

TEST(broken_operation_over_something)
{
    run(FAULTS_IO_ERROR, true);
}

TEST(killed_over_nothing)
{
    run(FAULTS_KILL, false);
}

TEST(power_gone_with_torn_writes_over_nothing)
{
    run(FAULTS_TEAR, false);
}

TEST(short_writes_do_no_harm)
{
    import_fault t = prepare(true);
    const faults_case c = {.setup = set_up, .action = act, .verify = look, .context = &t};
    faults_run(&c, FAULTS_SHORT, 1);
    CHECK_INT(t.n_before, 0);
}
