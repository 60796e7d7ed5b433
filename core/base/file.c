/* The file door and the reading half of core/base/file.h; file_replace.c has the writing half.
 *
 * The door is one pointer to a table of POSIX calls. Everything here goes through it except what only asks (fstat, stat, mmap):
 * that can neither lose nor tear anything.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/checksum.h"
#include "base/error.h"
#include "base/memory.h"

static int posix_open(const char *path, int flags, mode_t mode)
{
    return open(path, flags, mode);
}

const file_door file_door_posix = {
    .open = posix_open,
    .read = read,
    .write = write,
    .write_at = pwrite,
    .sync = fsync,
    .truncate = ftruncate,
    .close = close,
    .rename = rename,
    .unlink = unlink,
    .mkdir = mkdir,
};

static const file_door *door = &file_door_posix;

void file_set_door(const file_door *replacement)
{
    door = replacement != NULL ? replacement : &file_door_posix;
}

const file_door *file_get_door(void)
{
    return door;
}

/* --- reading ------------------------------------------------------------------------------------------------------- */

/* Opens a regular file. O_NONBLOCK keeps a named pipe from waiting for a writer; it means nothing to regular files. */
static bt_status open_regular(const char *path, int *fd, size_t *size, bt_error *error)
{
    *fd = door->open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
    if (*fd < 0)
        return error_system(error, errno, "cannot open %s", path);

    struct stat about;
    bt_status status = BT_OK;
    if (fstat(*fd, &about) != 0)
        status = error_system(error, errno, "cannot open %s", path);
    else if (S_ISDIR(about.st_mode))
        status = error_set(error, BT_BAD_FORMAT, "%s: is a folder, expected a file", path);
    else if (!S_ISREG(about.st_mode))
        status = error_set(error, BT_BAD_FORMAT, "%s: is not a regular file", path);
    else
        *size = (size_t)about.st_size;
    if (status != BT_OK)
        door->close(*fd);
    return status;
}

bt_status file_map_open(const char *path, file_map *out, bt_error *error)
{
    *out = (file_map){0};
    int fd;
    size_t size = 0;
    const bt_status status = open_regular(path, &fd, &size, error);
    if (status != BT_OK)
        return status;

    void *bytes = size > 0 ? mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0) : NULL;
    const int reason = errno;
    door->close(fd);
    if (bytes == MAP_FAILED)
        return error_system(error, reason, "cannot map %s", path);
    *out = (file_map){.bytes = bytes, .size = size};
    return BT_OK;
}

void file_unmap(file_map *map)
{
    if (map->size > 0)
        munmap((void *)map->bytes, map->size);
    *map = (file_map){0};
}

/* Reads until `size` bytes are there or the file ends. -1 and errno on failure. */
static ssize_t read_fully(int fd, char *buffer, size_t size)
{
    size_t have = 0;
    while (have < size) {
        const ssize_t n = door->read(fd, buffer + have, size - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        have += (size_t)n;
    }
    return (ssize_t)have;
}

bt_status file_read_whole(const char *path, size_t limit, char **out, size_t *size, bt_error *error)
{
    *out = NULL;
    *size = 0;
    int fd;
    size_t expected = 0;
    bt_status status = open_regular(path, &fd, &expected, error);
    if (status != BT_OK)
        return status;

    char *text = NULL;
    if (expected > limit) {
        status = error_set(error, BT_LIMIT, "%s: has %zu bytes, at most %zu are read", path, expected, limit);
    } else if ((text = memory_array(expected + 1, 1)) == NULL) {
        status = error_no_memory(error, "reading a file");
    } else {
        const ssize_t n = read_fully(fd, text, expected);
        if (n < 0) {
            status = error_system(error, errno, "cannot read %s", path);
        } else {
            text[n] = '\0';
            *size = (size_t)n;
        }
    }
    door->close(fd);
    if (status != BT_OK) {
        bt_free(text);
        return status;
    }
    *out = text;
    return BT_OK;
}

bool file_exists(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0;
}

uint64_t file_mark(const char *path)
{
    struct stat about;
    if (stat(path, &about) != 0)
        return 0;
    const uint64_t marks[] = {(uint64_t)about.st_dev,         (uint64_t)about.st_ino,          (uint64_t)about.st_size,
                              (uint64_t)about.st_mtim.tv_sec, (uint64_t)about.st_mtim.tv_nsec, (uint64_t)about.st_ctim.tv_nsec};
    return checksum_of(marks, sizeof marks) | 1;
}

bool file_is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}
