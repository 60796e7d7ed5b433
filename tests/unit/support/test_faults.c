/* The failing disk itself: it has to lose what was not synced, keep what was, and find programs that sync too little. */
#include "support/faults.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "support/test.h"

/* --- small programs over the door ---------------------------------------------------------------------------------------- */

/* Good until the fourth call after it. */
static const char *in(const char *folder, const char *name)
{
    static char paths[4][4096];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void put(const char *folder, const char *name, int flags, const char *text, bool sync)
{
    const file_door *door = file_get_door();
    const int fd = door->open(in(folder, name), O_WRONLY | flags, 0600);
    if (fd < 0 || door->write(fd, text, strlen(text)) != (ssize_t)strlen(text) || (sync && door->sync(fd) != 0))
        abort();
    door->close(fd);
}

static void sync_folder(const char *folder)
{
    if (file_sync_folder(folder, NULL) != BT_OK)
        abort();
}

/* The text of a small file, "-" if there is none. */
static const char *text_of(const char *folder, const char *name)
{
    static char texts[4][64];
    static int next;
    char *text = texts[next++ % 4];
    strcpy(text, "-");
    FILE *file = fopen(in(folder, name), "rb");
    if (file != NULL) {
        text[fread(text, 1, 63, file)] = '\0';
        fclose(file);
    }
    return text;
}

/* What a power loss right after the action leaves. */
static void after_drop(const faults_case *c)
{
    faults_run(c, FAULTS_DROP, 1);
}

/* --- what is kept, what is lost ------------------------------------------------------------------------------------------ */

static void three_files(const char *folder, void *context)
{
    (void)context;
    put(folder, "a", O_CREAT, "aaaa", false);
    put(folder, "b", O_CREAT, "bbbb", false);
    put(folder, "c", O_CREAT, "cccc", false);
}

static bt_status change_everything(const char *folder, void *context, bt_error *error)
{
    (void)context, (void)error;
    const file_door *door = file_get_door();
    put(folder, "a", O_TRUNC, "A", false); /* emptied and written */
    put(folder, "b", 0, "BB", false);      /* written over in part */
    const int fd = door->open(in(folder, "b"), O_WRONLY, 0);
    door->write_at(fd, "far", 3, 20);
    door->truncate(fd, 21);
    door->close(fd);
    put(folder, "new", O_CREAT | O_EXCL, "new", true); /* its bytes are synced, its name isn't */
    door->rename(in(folder, "new"), in(folder, "c"));
    door->unlink(in(folder, "a"));
    door->mkdir(in(folder, "d"), 0700);
    put(in(folder, "d"), "e", O_CREAT, "eeee", true);
    return BT_OK;
}

static void all_is_old(const char *folder, const faults_outcome *outcome, void *context)
{
    (void)context;
    if (outcome->mode != FAULTS_DROP)
        return;
    CHECK_STR(text_of(folder, "a"), "aaaa");
    CHECK_STR(text_of(folder, "b"), "bbbb");
    CHECK_STR(text_of(folder, "c"), "cccc");
    CHECK_STR(text_of(folder, "new"), "-");
    CHECK(!file_exists(in(folder, "d")));
}

TEST(what_is_not_synced_is_lost)
{
    const faults_case c = {.setup = three_files, .action = change_everything, .verify = all_is_old};
    CHECK_INT(faults_run(&c, FAULTS_DROP, 100), 14);
}

static bt_status change_and_sync(const char *folder, void *context, bt_error *error)
{
    (void)context, (void)error;
    const file_door *door = file_get_door();
    put(folder, "a", O_TRUNC, "A", true);
    put(folder, "new", O_CREAT, "new", true);
    door->rename(in(folder, "new"), in(folder, "c"));
    door->unlink(in(folder, "b"));
    door->mkdir(in(folder, "d"), 0700);
    sync_folder(folder);
    put(in(folder, "d"), "e", O_CREAT, "eeee", true);
    sync_folder(in(folder, "d"));
    return BT_OK;
}

static void all_is_new(const char *folder, const faults_outcome *outcome, void *context)
{
    (void)context;
    if (!outcome->finished)
        return;
    CHECK_STR(text_of(folder, "a"), "A");
    CHECK_STR(text_of(folder, "b"), "-");
    CHECK_STR(text_of(folder, "c"), "new");
    CHECK_STR(text_of(folder, "new"), "-");
    CHECK_STR(text_of(folder, "d/e"), "eeee");
}

TEST(what_is_synced_is_kept)
{
    const faults_case c = {.setup = three_files, .action = change_and_sync, .verify = all_is_new};
    faults_run(&c, FAULTS_KILL, 100);
    faults_run(&c, FAULTS_DROP, 100);
    faults_run(&c, FAULTS_TEAR, 100);
}

static bt_status bytes_without_name(const char *folder, void *context, bt_error *error)
{
    (void)context, (void)error;
    put(folder, "x", O_CREAT, "x", true);
    put(folder, "y", O_CREAT, "y", false);
    sync_folder(folder);
    return BT_OK;
}

static void names_without_bytes(const char *folder, const faults_outcome *outcome, void *context)
{
    (void)context;
    if (!outcome->finished || outcome->mode != FAULTS_DROP)
        return;
    CHECK_STR(text_of(folder, "x"), "x");
    CHECK_STR(text_of(folder, "y"), "");
}

TEST(names_and_bytes_are_synced_apart)
{
    after_drop(&(faults_case){.action = bytes_without_name, .verify = names_without_bytes});
}

/* A process that dies loses nothing that it wrote. */
static void killed_in_between(const char *folder, const faults_outcome *outcome, void *context)
{
    (void)context;
    if (outcome->mode != FAULTS_KILL)
        return;
    CHECK_STR(text_of(folder, "x"), outcome->point <= 1 ? "-" : outcome->point == 2 ? "" : "x");
    CHECK_STR(text_of(folder, "y"), outcome->point <= 4 ? "-" : outcome->point == 5 ? "" : "y");
    CHECK_INT(outcome->finished, outcome->point == 7);
}

TEST(a_killed_process_leaves_what_it_wrote)
{
    const faults_case c = {.action = bytes_without_name, .verify = killed_in_between};
    CHECK_INT(faults_run(&c, FAULTS_KILL, 100), 6);
}

/* --- tearing --------------------------------------------------------------------------------------------------------- */

enum { SECTOR = 512, SECTORS = 40, TORN_SIZE = SECTORS * SECTOR };

static void old_sectors(const char *folder, void *context)
{
    (void)context;
    static char bytes[TORN_SIZE];
    memset(bytes, 'o', sizeof bytes);
    FILE *file = fopen(in(folder, "t"), "wb");
    REQUIRE(file != NULL && fwrite(bytes, 1, sizeof bytes, file) == sizeof bytes && fclose(file) == 0);
}

static bt_status new_sectors(const char *folder, void *context, bt_error *error)
{
    (void)context, (void)error;
    static char bytes[TORN_SIZE];
    memset(bytes, 'n', sizeof bytes);
    const file_door *door = file_get_door();
    const int fd = door->open(in(folder, "t"), O_WRONLY, 0);
    door->write(fd, bytes, sizeof bytes / 2);
    door->write(fd, bytes, sizeof bytes / 2);
    memset(bytes, 'm', sizeof bytes);
    door->write_at(fd, bytes, 100, TORN_SIZE / 4 + 50); /* a second write into one sector, in part */
    door->close(fd);
    return BT_OK;
}

typedef struct tear_counts {
    size_t old, new, runs_with_both;
} tear_counts;

static void sectors_are_whole(const char *folder, const faults_outcome *outcome, void *context)
{
    if (outcome->mode != FAULTS_TEAR || !outcome->finished)
        return;
    tear_counts *counts = context;
    char *bytes;
    size_t size, n_old = 0, n_new = 0;
    bt_error error = {0};
    CHECK_OK(file_read_whole(in(folder, "t"), 1 << 20, &bytes, &size, &error), error);
    REQUIRE(size == TORN_SIZE);
    for (size_t s = 0; s < SECTORS; s++) {
        const char *sector = bytes + s * SECTOR;
        n_old += sector[0] == 'o';
        n_new += sector[0] == 'n';
        for (size_t i = 0; i < SECTOR; i++) {
            const bool second = sector[i] == 'm' && s == SECTORS / 4 && i >= 50 && i < 150 && sector[0] == 'n';
            if (!CHECK(second || sector[i] == sector[0]))
                return;
        }
    }
    CHECK_INT(n_old + n_new, SECTORS);
    counts->old += n_old;
    counts->new += n_new;
    counts->runs_with_both += n_old > 0 && n_new > 0;
    bt_free(bytes);
}

TEST(unsynced_writes_are_torn_at_sectors)
{
    tear_counts counts = {0};
    faults_run(&(faults_case){old_sectors, new_sectors, sectors_are_whole, &counts}, FAULTS_TEAR, 100);
    CHECK(counts.runs_with_both > 10);
    CHECK(counts.old > 100 && counts.new > 100);
}

/* --- programs that sync too little are found ------------------------------------------------------------------------------ */

typedef struct verdicts {
    size_t runs, neither, lost; /* neither the old nor the new text; old although the new one was acknowledged */
    bool sync_file, sync_folder;
} verdicts;

static const char old_text[] = "old old old", new_text[] = "the new text";

static void an_old_file(const char *folder, void *context)
{
    (void)context;
    put(folder, "f", O_CREAT, old_text, false);
}

static bt_status replace_carelessly(const char *folder, void *context, bt_error *error)
{
    (void)error;
    const verdicts *v = context;
    put(folder, "f.tmp", O_CREAT | O_TRUNC, new_text, v->sync_file);
    file_get_door()->rename(in(folder, "f.tmp"), in(folder, "f"));
    if (v->sync_folder)
        sync_folder(folder);
    faults_acknowledge(1);
    return BT_OK;
}

static void count_verdicts(const char *folder, const faults_outcome *outcome, void *context)
{
    verdicts *v = context;
    const char *text = text_of(folder, "f");
    const bool is_new = strcmp(text, new_text) == 0, is_old = strcmp(text, old_text) == 0;
    v->runs++;
    v->neither += !is_new && !is_old;
    v->lost += is_old && outcome->acknowledged == 1;
}

static verdicts judge(faults_mode mode, bool sync_file, bool sync_the_folder)
{
    verdicts v = {.sync_file = sync_file, .sync_folder = sync_the_folder};
    faults_run(&(faults_case){an_old_file, replace_carelessly, count_verdicts, &v}, mode, 60);
    CHECK(v.runs > 1);
    return v;
}

TEST(a_rename_before_the_bytes_are_safe_is_found)
{
    CHECK(judge(FAULTS_DROP, false, true).neither > 0);
    CHECK(judge(FAULTS_TEAR, false, true).neither > 0);
    CHECK(judge(FAULTS_TEAR, false, false).neither > 0);
    CHECK_INT(judge(FAULTS_KILL, false, false).neither, 0); /* a kill doesn't show it */
}

TEST(an_acknowledgement_before_the_name_is_safe_is_found)
{
    CHECK(judge(FAULTS_DROP, true, false).lost > 0);
    CHECK(judge(FAULTS_TEAR, true, false).lost > 0);
    CHECK_INT(judge(FAULTS_DROP, true, false).neither, 0);
}

TEST(a_careful_program_passes)
{
    for (faults_mode mode = FAULTS_KILL; mode <= FAULTS_TEAR; mode++) {
        const verdicts v = judge(mode, true, true);
        CHECK_INT(v.neither + v.lost, 0);
    }
}

/* --- failures that the process sees --------------------------------------------------------------------------------------- */

typedef struct results {
    ssize_t write[3];
    int reason[3], sync, unlink, mkdir;
} results;

/* What five calls returned, as text in the error: it comes back to the parent. */
static bt_status call_and_tell(const char *folder, void *context, bt_error *error)
{
    (void)context;
    const file_door *door = file_get_door();
    results r = {0};
    const int fd = door->open(in(folder, "f"), O_WRONLY | O_CREAT, 0600); /* change 1 */
    for (int i = 0; i < 3; i++) {                                         /* 2, 3, 4 */
        errno = 0;
        r.write[i] = door->write(fd, "0123456789", 10);
        r.reason[i] = errno;
    }
    r.sync = door->sync(fd);                                    /* 5 */
    r.unlink = door->unlink(in(folder, "g"));                   /* 6 */
    r.mkdir = door->mkdir(in(folder, "d"), 0700) != 0 ? -1 : 0; /* 7 */
    error_set(error, BT_OK, "%d %d %d; %d %d %d; %d %d %d", (int)r.write[0], (int)r.write[1], (int)r.write[2],
              r.reason[0] == ENOSPC, r.reason[1] == ENOSPC, r.reason[1] == EIO, r.sync, r.unlink, r.mkdir);
    return BT_OK;
}

static void make_g(const char *folder, void *context)
{
    (void)context;
    put(folder, "g", O_CREAT, "g", false);
}

static void told(const char *folder, const faults_outcome *outcome, void *context)
{
    (void)context;
    const size_t written = strlen(text_of(folder, "f"));
    if (outcome->mode == FAULTS_COUNT)
        CHECK_INT(written, 30);
    if (outcome->mode == FAULTS_SHORT)
        CHECK(written >= 3 && written < 30);
    if (outcome->point == 3 && (outcome->mode == FAULTS_NO_SPACE || outcome->mode == FAULTS_IO_ERROR))
        CHECK_STR(outcome->error.message,
                  outcome->mode == FAULTS_NO_SPACE ? "10 5 -1; 0 0 0; 0 0 -1" : "10 -1 10; 0 0 1; 0 0 0");
}

TEST(failures_are_returned_and_the_process_goes_on)
{
    const faults_case c = {.setup = make_g, .action = call_and_tell, .verify = told};
    for (faults_mode mode = FAULTS_NO_SPACE; mode <= FAULTS_SHORT; mode++)
        CHECK_INT(faults_run(&c, mode, 7), 7);
}
