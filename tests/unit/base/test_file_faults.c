/* Replacing a file on a disk that fails: at every point and in every way the file is the old one or the new one, whole. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/sections.h"
#include "support/faults.h"
#include "support/test.h"

/* A way to write: `version` 1 or 2 of the content, and which of them is there (0: neither). */
typedef struct way {
    bt_status (*write)(const char *path, int version, bt_error *error);
    int (*version_at)(const char *path);
    size_t n_finished, n_old;
} way;

static const char *data_path(const char *folder, const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_old(const char *folder, void *context)
{
    bt_error error = {0};
    CHECK_OK(((way *)context)->write(data_path(folder, "file"), 1, &error), error);
}

static bt_status write_new(const char *folder, void *context, bt_error *error)
{
    const bt_status status = ((way *)context)->write(data_path(folder, "file"), 2, error);
    if (status == BT_OK)
        faults_acknowledge(2);
    return status;
}

static void old_or_new(const char *folder, const faults_outcome *outcome, void *context)
{
    way *w = context;
    const int version = w->version_at(data_path(folder, "file"));
    CHECK(version == 1 || version == 2);
    if (outcome->acknowledged == 2)
        CHECK_INT(version, 2);
    w->n_old += version == 1;
    w->n_finished += outcome->finished;
    if (!outcome->finished)
        return; /* killed: a temporary file may lie there */

    const bt_status status = outcome->error.status;
    if (outcome->mode == FAULTS_SHORT)
        CHECK_STATUS(status, BT_OK);
    if (outcome->mode == FAULTS_NO_SPACE) {
        CHECK(status == BT_OK || status == BT_NO_SPACE);
        CHECK_INT(version, status == BT_OK ? 2 : 1);
    }
    if (outcome->mode == FAULTS_IO_ERROR)
        CHECK_STATUS(status, BT_IO);
    if (status != BT_OK)
        CHECK_CONTAINS(outcome->error.message, folder);
    CHECK(!file_exists(data_path(folder, "file.tmp")));
}

static void old_or_new_everywhere(way *w)
{
    const faults_case c = {write_old, write_new, old_or_new, w};
    faults_run_all(&c, 30);
    CHECK(w->n_finished > 0);
    CHECK(w->n_old > 10); /* the faults did something */
}

/* --- a file of several buffers, one of them patched -------------------------------------------------------------------------- */

enum { MIB = 1 << 20 };

static size_t size_of(int version)
{
    return version == 1 ? 5000 : MIB + 7777;
}

/* Numbers that differ in every sector and every version. */
static uint8_t *content(int version)
{
    uint8_t *bytes = memory_array(size_of(version), 1);
    REQUIRE(bytes != NULL);
    for (size_t i = 0; i < size_of(version); i++)
        bytes[i] = (uint8_t)(i / 512 * 7 + i + (size_t)version * 101);
    return bytes;
}

static bt_status write_large(const char *path, int version, bt_error *error)
{
    uint8_t *bytes = content(version);
    file_replace f;
    bt_status status = file_replace_begin(&f, path, error);
    if (status == BT_OK)
        status = file_replace_write(&f, "a header to come", 16, error);
    if (status == BT_OK)
        status = file_replace_write(&f, bytes + 16, size_of(version) - 16, error);
    if (status == BT_OK)
        status = file_replace_patch(&f, 0, bytes, 16, error);
    if (status == BT_OK)
        status = file_replace_commit(&f, error);
    else
        file_replace_abort(&f);
    bt_free(bytes);
    return status;
}

static int large_version(const char *path)
{
    bt_error error = {0};
    char *actual;
    size_t size;
    CHECK_OK(file_read_whole(path, 10 * MIB, &actual, &size, &error), error);
    int found = 0;
    for (int version = 1; version <= 2; version++) {
        uint8_t *expected = content(version);
        if (size == size_of(version) && memcmp(actual, expected, size) == 0)
            found = version;
        bt_free(expected);
    }
    bt_free(actual);
    return found;
}

TEST(a_replaced_file_is_old_or_new)
{
    old_or_new_everywhere(&(way){write_large, large_version, 0, 0});
}

/* --- the container --------------------------------------------------------------------------------------------------- */

static bt_status write_sections(const char *path, int version, bt_error *error)
{
    enum { N = 300000 }; /* more than the buffer of 1 MiB takes */
    static uint32_t numbers[N];
    for (size_t i = 0; i < N; i++)
        numbers[i] = (uint32_t)((size_t)version * 100000 + i);
    sections_writer w;
    bt_status status = sections_write_begin(&w, path, "test", (uint32_t)version, 2, error);
    if (status == BT_OK)
        status = sections_write(&w, "numbers", numbers, sizeof numbers, error);
    if (status == BT_OK)
        status = sections_write(&w, "again", numbers, sizeof numbers / 2, error);
    if (status == BT_OK)
        return sections_write_commit(&w, NULL, error);
    sections_write_abort(&w);
    return status;
}

static int sections_version(const char *path)
{
    bt_error error = {0};
    sections_file f;
    CHECK_OK(sections_open(path, "test", 2, &f, &error), error);
    CHECK_OK(sections_verify(&f, path, &error), error);
    const void *numbers;
    size_t count;
    CHECK_OK(sections_find(&f, path, "numbers", 4, &numbers, &count, &error), error);
    uint32_t first;
    memcpy(&first, numbers, sizeof first);
    const int version = first == f.version * 100000 ? (int)f.version : 0;
    sections_close(&f);
    return version;
}

TEST(a_container_is_old_or_new)
{
    old_or_new_everywhere(&(way){write_sections, sections_version, 0, 0});
}

/* --- folders and names ----------------------------------------------------------------------------------------------- */

static bt_status make_and_fill(const char *folder, void *context, bt_error *error)
{
    (void)context;
    bt_status status = file_make_folder(data_path(folder, "a/b"), error);
    if (status == BT_OK)
        faults_acknowledge(1);
    if (status == BT_OK)
        status = write_sections(data_path(folder, "a/b/file"), 1, error);
    if (status == BT_OK)
        faults_acknowledge(2);
    char *to = status == BT_OK ? strdup(data_path(folder, "a/file")) : NULL;
    if (to != NULL)
        status = file_rename(data_path(folder, "a/b/file"), to, error);
    if (status == BT_OK)
        faults_acknowledge(3);
    free(to);
    return status;
}

static void acknowledged_is_there(const char *folder, const faults_outcome *outcome, void *context)
{
    (void)context;
    if (outcome->acknowledged >= 1)
        CHECK(file_is_folder(data_path(folder, "a/b")));
    const bool inner = file_exists(data_path(folder, "a/b/file")), outer = file_exists(data_path(folder, "a/file"));
    if (outcome->acknowledged >= 2)
        CHECK(inner != outer);
    if (outcome->acknowledged >= 3)
        CHECK(outer);
    if (outer)
        CHECK_INT(sections_version(data_path(folder, "a/file")), 1);
}

TEST(folders_and_renames_are_durable_when_they_return)
{
    faults_run_all(&(faults_case){.action = make_and_fill, .verify = acknowledged_is_there}, 50);
}
