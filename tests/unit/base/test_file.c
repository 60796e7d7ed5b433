/* The file door's helpers on a healthy disk, and what they say about files that aren't as expected. Disks that fail are in
 * test_file_faults.c.
 */
#include "base/file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "support/test.h"

/* Whether the file has exactly these bytes. */
static bool has_content(const char *path, const void *expected, size_t size)
{
    bt_error error = {0};
    char *bytes;
    size_t n;
    CHECK_OK(file_read_whole(path, 64 << 20, &bytes, &n, &error), error);
    const bool same = n == size && (size == 0 || memcmp(bytes, expected, size) == 0);
    bt_free(bytes);
    return same;
}

static bt_status write_text(const char *path, const char *text, bt_error *error)
{
    file_replace f;
    bt_status status = file_replace_begin(&f, path, error);
    if (status == BT_OK)
        status = file_replace_write(&f, text, strlen(text), error);
    if (status == BT_OK)
        return file_replace_commit(&f, error);
    file_replace_abort(&f);
    return status;
}

/* --- reading ------------------------------------------------------------------------------------------------------- */

TEST(a_mapped_file_has_its_bytes)
{
    bt_error error = {0};
    file_map map;
    CHECK_OK(file_map_open(test_write_file("a", "abc", 3), &map, &error), error);
    CHECK_INT(map.size, 3);
    CHECK_BYTES(map.bytes, "abc", 3);
    file_unmap(&map);
    CHECK(map.bytes == NULL && map.size == 0);
    file_unmap(&map);

    CHECK_OK(file_map_open(test_write_file("empty", "", 0), &map, &error), error);
    CHECK(map.bytes == NULL && map.size == 0);
    file_unmap(&map);
}

TEST(a_file_is_read_whole_up_to_the_limit)
{
    bt_error error = {0};
    const char *path = test_write_file("a", "ab\0cd", 5);
    char *bytes;
    size_t size;
    CHECK_OK(file_read_whole(path, 5, &bytes, &size, &error), error);
    CHECK_INT(size, 5);
    CHECK_BYTES(bytes, "ab\0cd\0", 6);
    bt_free(bytes);
    CHECK_STATUS(file_read_whole(path, 4, &bytes, &size, &error), BT_LIMIT);
    CHECK_CONTAINS(error.message, "has 5 bytes, at most 4 are read");
    CHECK(bytes == NULL && size == 0);

    test_fail_alloc_at(1);
    CHECK_STATUS(file_read_whole(path, 5, &bytes, &size, &error), BT_NO_MEMORY);
    CHECK_OK(file_read_whole(test_write_file("empty", "", 0), 0, &bytes, &size, &error), error);
    CHECK_STR(bytes, "");
    bt_free(bytes);
}

TEST(what_is_no_file_is_not_read)
{
    bt_error error = {0};
    file_map map;
    char *bytes;
    size_t size;
    CHECK_STATUS(file_map_open(test_path("nowhere"), &map, &error), BT_NOT_FOUND);
    CHECK_CONTAINS(error.message, "nowhere: No such file");
    CHECK_STATUS(file_map_open(test_tmpdir(), &map, &error), BT_BAD_FORMAT);
    CHECK_CONTAINS(error.message, "is a folder");
    CHECK_STATUS(file_read_whole(test_tmpdir(), 100, &bytes, &size, &error), BT_BAD_FORMAT);

    const char *pipe = test_path("pipe"); /* has no writer: opening it must not wait for one */
    REQUIRE(mkfifo(pipe, 0600) == 0);
    CHECK_STATUS(file_map_open(pipe, &map, &error), BT_BAD_FORMAT);
    CHECK_CONTAINS(error.message, "is not a regular file");
}

TEST(a_file_without_permission_says_so)
{
    if (geteuid() == 0) { /* root may read everything: the status is checked in test_status.c */
        CHECK_INT(geteuid(), 0);
        return;
    }
    bt_error error = {0};
    file_map map;
    const char *path = test_write_file("secret", "x", 1);
    REQUIRE(chmod(path, 0) == 0);
    CHECK_STATUS(file_map_open(path, &map, &error), BT_PERMISSION);
}

/* A door whose reads are interrupted and short, as on a slow network file system. */
static ssize_t trickle(int fd, void *buffer, size_t size)
{
    static int calls;
    if (calls++ % 2 == 0) {
        errno = EINTR;
        return -1;
    }
    return read(fd, buffer, size > 3 ? 3 : size);
}

static ssize_t broken(int fd, void *buffer, size_t size)
{
    (void)fd, (void)buffer, (void)size;
    errno = EIO;
    return -1;
}

TEST(short_and_interrupted_reads_are_continued)
{
    const char *path = test_write_file("a", "0123456789", 10);
    file_door slow = file_door_posix;
    slow.read = trickle;
    file_set_door(&slow);
    CHECK(file_get_door() == &slow);
    CHECK(has_content(path, "0123456789", 10));

    slow.read = broken;
    bt_error error = {0};
    char *bytes;
    size_t size;
    CHECK_STATUS(file_read_whole(path, 100, &bytes, &size, &error), BT_IO);
    CHECK_CONTAINS(error.message, "cannot read");
    CHECK(bytes == NULL);
    file_set_door(NULL);
    CHECK(file_get_door() == &file_door_posix);
}

TEST(files_and_folders_are_told_apart)
{
    const char *file = test_write_file("a", "", 0);
    CHECK(file_exists(file) && !file_is_folder(file));
    CHECK(file_exists(test_tmpdir()) && file_is_folder(test_tmpdir()));
    CHECK(!file_exists(test_path("b")) && !file_is_folder(test_path("b")));
}

/* --- replacing ----------------------------------------------------------------------------------------------------- */

TEST(the_old_file_stays_until_commit)
{
    bt_error error = {0};
    const char *path = test_write_file("a", "old", 3), *temporary = test_path("a.tmp");
    file_replace f;
    CHECK_OK(file_replace_begin(&f, path, &error), error);
    CHECK_OK(file_replace_write(&f, "new!", 4, &error), error);
    CHECK(has_content(path, "old", 3));
    CHECK(file_exists(temporary));
    CHECK_OK(file_replace_commit(&f, &error), error);
    CHECK(has_content(path, "new!", 4));
    CHECK(!file_exists(temporary));
    file_replace_abort(&f); /* ended: nothing to do */
    CHECK(has_content(path, "new!", 4));
}

TEST(an_aborted_replacement_changes_nothing)
{
    bt_error error = {0};
    const char *path = test_write_file("a", "old", 3);
    file_replace f = {0};
    file_replace_abort(&f);
    CHECK_OK(file_replace_begin(&f, path, &error), error);
    CHECK_OK(file_replace_write(&f, "new!", 4, &error), error);
    file_replace_abort(&f);
    CHECK(has_content(path, "old", 3));
    CHECK(!file_exists(test_path("a.tmp")));
}

TEST(what_a_killed_writer_left_is_written_over)
{
    bt_error error = {0};
    test_write_file("a.tmp", "a long half-written file", 24);
    CHECK_OK(write_text(test_path("a"), "new", &error), error);
    CHECK(has_content(test_path("a"), "new", 3));
}

/* Sizes around the buffer's, in parts of many sizes. */
TEST(large_files_are_written_whole)
{
    enum { MIB = 1 << 20, SIZE = 3 * MIB + 17 };
    static const size_t parts[] = {1000, 4096, MIB - 1, MIB, MIB + 1, SIZE};
    uint8_t *bytes = memory_array(SIZE, 1);
    REQUIRE(bytes != NULL);
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (uint8_t)(i * 31 + i / 251);

    for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
        bt_error error = {0};
        file_replace f;
        CHECK_OK(file_replace_begin(&f, test_path("large"), &error), error);
        for (size_t at = 0; at < SIZE; at += parts[p]) {
            const size_t n = SIZE - at < parts[p] ? SIZE - at : parts[p];
            CHECK_OK(file_replace_write(&f, bytes + at, n, &error), error);
        }
        CHECK_INT(f.size, SIZE);
        CHECK_OK(file_replace_commit(&f, &error), error);
        CHECK(has_content(test_path("large"), bytes, SIZE));
    }
    bt_free(bytes);
}

TEST(alignment_fills_with_zeros)
{
    bt_error error = {0};
    file_replace f;
    CHECK_OK(file_replace_begin(&f, test_path("a"), &error), error);
    CHECK_OK(file_replace_align(&f, 64, &error), error);
    CHECK_INT(f.size, 0);
    CHECK_OK(file_replace_write(&f, "x", 1, &error), error);
    CHECK_OK(file_replace_align(&f, 8, &error), error);
    CHECK_INT(f.size, 8);
    CHECK_OK(file_replace_align(&f, 256, &error), error);
    CHECK_INT(f.size, 256);
    CHECK_OK(file_replace_commit(&f, &error), error);
    char expected[256] = "x";
    CHECK(has_content(test_path("a"), expected, sizeof expected));
}

TEST(patches_change_bytes_written_before)
{
    bt_error error = {0};
    file_replace f;
    CHECK_OK(file_replace_begin(&f, test_path("a"), &error), error);
    CHECK_OK(file_replace_write(&f, "________", 8, &error), error);
    CHECK_OK(file_replace_patch(&f, 2, "ab", 2, &error), error);
    CHECK_OK(file_replace_write(&f, "end", 3, &error), error);
    CHECK_OK(file_replace_patch(&f, 10, "D", 1, &error), error);
    CHECK_STATUS(file_replace_patch(&f, 10, "xy", 2, &error), BT_INVALID_ARGUMENT);
    CHECK_CONTAINS(error.message, "beyond the 11 bytes");
    CHECK_STATUS(file_replace_patch(&f, UINT64_MAX, "xy", 2, &error), BT_INVALID_ARGUMENT);
    CHECK_OK(file_replace_commit(&f, &error), error);
    CHECK(has_content(test_path("a"), "__ab____enD", 11));
}

TEST(a_place_that_cannot_be_written_is_named)
{
    bt_error error = {0};
    file_replace f;
    CHECK_STATUS(file_replace_begin(&f, test_path("no/such/folder/a"), &error), BT_NOT_FOUND);
    CHECK_CONTAINS(error.message, "no/such/folder/a.tmp");
    file_replace_abort(&f);

    REQUIRE(mkdir(test_path("folder"), 0700) == 0); /* a folder can't be replaced by a file */
    CHECK_STATUS(write_text(test_path("folder"), "x", &error), BT_IO);
    CHECK_CONTAINS(error.message, "cannot rename");
    CHECK(!file_exists(test_path("folder.tmp")));

    test_write_file("victim", "kept", 4); /* a temporary name that leads elsewhere is not followed */
    REQUIRE(symlink(test_path("victim"), test_path("a.tmp")) == 0);
    CHECK_STATUS(write_text(test_path("a"), "x", &error), BT_IO);
    CHECK(has_content(test_path("victim"), "kept", 4));
}

TEST(failed_allocations_leave_no_temporary_file)
{
    const char *path = test_path("a");
    EACH_FAILED_ALLOCATION
    {
        const bt_status status = write_text(path, "x", NULL);
        /* The one allocation after the rename is for the sync of the folder. */
        CHECK(status == BT_OK || (status == BT_NO_MEMORY && test_alloc_failed()));
        CHECK(!file_exists(test_path("a.tmp")));
        CHECK(status != BT_OK || file_exists(path));
    }
}

/* --- doors that answer unusually ---------------------------------------------------------------------------------------- */

static ssize_t interrupted_write(int fd, const void *buffer, size_t size)
{
    static int calls;
    if (calls++ % 2 == 0) {
        errno = EINTR;
        return -1;
    }
    return write(fd, buffer, size > 3 ? 3 : size);
}

TEST(interrupted_writes_are_continued)
{
    file_door slow = file_door_posix;
    slow.write = interrupted_write;
    file_set_door(&slow);
    bt_error error = {0};
    CHECK_STATUS(write_text(test_path("a"), "0123456789", &error), BT_OK);
    file_set_door(NULL);
    CHECK(has_content(test_path("a"), "0123456789", 10));
}

static int late_failure(int fd)
{
    close(fd);
    errno = EIO;
    return -1;
}

/* Some file systems tell only at the end that what they took isn't there. */
TEST(a_failed_close_keeps_the_old_file)
{
    const char *path = test_write_file("a", "old", 3);
    file_door late = file_door_posix;
    late.close = late_failure;
    file_set_door(&late);
    bt_error error = {0};
    CHECK_STATUS(write_text(path, "new", &error), BT_IO);
    file_set_door(NULL);
    CHECK_CONTAINS(error.message, "a.tmp: ");
    CHECK(has_content(path, "old", 3));
    CHECK(!file_exists(test_path("a.tmp")));
}

static int sync_result; /* errno of the next sync of a folder; 0: it works */

static int sync_files_only(int fd)
{
    struct stat about;
    if (fstat(fd, &about) != 0 || !S_ISDIR(about.st_mode))
        return fsync(fd);
    errno = sync_result;
    return -1;
}

TEST(a_file_system_without_sync_of_folders_is_accepted)
{
    file_door door = file_door_posix;
    door.sync = sync_files_only;
    file_set_door(&door);
    bt_error error = {0};
    sync_result = EINVAL;
    CHECK_STATUS(write_text(test_path("a"), "x", &error), BT_OK);
    sync_result = EIO;
    CHECK_STATUS(write_text(test_path("a"), "y", &error), BT_IO);
    CHECK_CONTAINS(error.message, "cannot sync the folder");
    file_set_door(NULL);
    CHECK(has_content(test_path("a"), "y", 1)); /* the new file, whole, though perhaps not for good */
}

/* --- folders ------------------------------------------------------------------------------------------------------- */

TEST(folders_are_made_with_their_parents)
{
    bt_error error = {0};
    CHECK_OK(file_make_folder(test_path("a/b//c/"), &error), error);
    CHECK(file_is_folder(test_path("a/b/c")));
    CHECK_OK(file_make_folder(test_path("a/b/c"), &error), error);
    struct stat about;
    REQUIRE(stat(test_path("a/b"), &about) == 0);
    CHECK_INT(about.st_mode & 0777, 0700);

    test_write_file("file", "", 0);
    CHECK_STATUS(file_make_folder(test_path("file"), &error), BT_BAD_FORMAT);
    CHECK_CONTAINS(error.message, "is a file, expected a folder");
    CHECK(file_make_folder(test_path("file/b"), &error) != BT_OK);
    CHECK_CONTAINS(error.message, "file");
    CHECK_STATUS(file_make_folder("", &error), BT_NOT_FOUND);
    CHECK_OK(file_make_folder("/", &error), error);
    CHECK_OK(file_make_folder(".", &error), error);
}

TEST(bare_names_are_in_the_current_folder)
{
    bt_error error = {0};
    char before[4096];
    REQUIRE(getcwd(before, sizeof before) != NULL && chdir(test_tmpdir()) == 0);
    CHECK_STATUS(write_text("bare", "x", &error), BT_OK);
    CHECK_STATUS(file_make_folder("one", &error), BT_OK);
    CHECK_STATUS(file_make_folder("one/two", &error), BT_OK);
    CHECK(has_content("bare", "x", 1));
    CHECK(file_is_folder("one/two"));
    REQUIRE(chdir(before) == 0);
}

TEST(renaming_and_removing)
{
    bt_error error = {0};
    const char *a = test_write_file("a", "1", 1), *b = test_write_file("b", "2", 1);
    CHECK_OK(file_rename(a, b, &error), error);
    CHECK(!file_exists(a));
    CHECK(has_content(b, "1", 1));
    CHECK_STATUS(file_rename(a, b, &error), BT_NOT_FOUND);
    CHECK_OK(file_make_folder(test_path("one"), &error), error);
    CHECK_OK(file_rename(test_path("one/"), test_path("two//"), &error), error);
    CHECK(file_is_folder(test_path("two")));
    CHECK_STATUS(file_rename(test_path("two"), test_path("x//three"), &error), BT_NOT_FOUND);
    CHECK_OK(file_remove(b, &error), error);
    CHECK(!file_exists(b));
    CHECK_OK(file_remove(b, &error), error);
    CHECK(file_remove(test_tmpdir(), &error) != BT_OK);
    CHECK_CONTAINS(error.message, "cannot remove");
    CHECK_STATUS(file_sync_folder(test_path("nowhere"), &error), BT_NOT_FOUND);
}

TEST(joining_names)
{
    char *path = file_join("data", "ratings.bt");
    CHECK_STR(path, "data/ratings.bt");
    bt_free(path);
    EACH_FAILED_ALLOCATION
    {
        char *joined = file_join("a", "b");
        CHECK((joined == NULL) == test_alloc_failed());
        bt_free(joined);
        const bt_status made = file_make_folder(test_path("x/y"), NULL);
        CHECK(made == BT_OK || (made == BT_NO_MEMORY && test_alloc_failed()));
        rmdir(test_path("x/y"));
    }
}
