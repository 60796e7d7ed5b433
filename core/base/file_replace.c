/* Writing a file whole: under a temporary name beside it, through a buffer of 1 MiB, then sync, rename, sync of the folder.
 *
 * The order is what makes it safe: the rename puts a name on bytes that are already durable, so that a crash at any point shows
 * either the old file or the new one. What a killed process leaves is "PATH.tmp"; the next writer of PATH starts it over.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

enum { BUFFER_SIZE = 1 << 20 };

/* Closes and forgets f; the temporary file stays. */
static void end(file_replace *f)
{
    if (f->fd >= 0)
        file_get_door()->close(f->fd);
    bt_free(f->path);
    bt_free(f->temporary);
    bt_free(f->buffer);
    *f = (file_replace){.fd = -1};
}

bt_status file_replace_begin(file_replace *f, const char *path, bt_error *error)
{
    const size_t length = strlen(path);
    *f = (file_replace){.fd = -1};
    f->path = memory_string(path, length);
    f->temporary = memory_array(length + sizeof ".tmp", 1);
    f->buffer = memory_array(BUFFER_SIZE, 1);
    if (f->path == NULL || f->temporary == NULL || f->buffer == NULL) {
        end(f);
        return error_no_memory(error, "beginning to write a file");
    }
    memcpy(f->temporary, path, length);
    memcpy(f->temporary + length, ".tmp", sizeof ".tmp");

    f->fd = file_get_door()->open(f->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (f->fd < 0) {
        const bt_status status = error_system(error, errno, "cannot write %s", f->temporary);
        end(f);
        return status;
    }
    return BT_OK;
}

/* All of the bytes, at the file's end (offset -1) or at an offset. */
static bt_status write_fully(const file_replace *f, const uint8_t *bytes, size_t size, off_t offset, bt_error *error)
{
    const file_door *door = file_get_door();
    while (size > 0) {
        const ssize_t n = offset < 0 ? door->write(f->fd, bytes, size) : door->write_at(f->fd, bytes, size, offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_system(error, errno, "cannot write %s", f->temporary);
        bytes += n;
        size -= (size_t)n;
        if (offset >= 0)
            offset += n;
    }
    return BT_OK;
}

static bt_status flush(file_replace *f, bt_error *error)
{
    const bt_status status = write_fully(f, f->buffer, f->buffered, -1, error);
    if (status == BT_OK)
        f->buffered = 0;
    return status;
}

bt_status file_replace_write(file_replace *f, const void *bytes, size_t size, bt_error *error)
{
    const uint8_t *next = bytes;
    while (size > 0) {
        bt_status status = BT_OK;
        size_t n = BUFFER_SIZE - f->buffered;
        if (f->buffered == 0 && size >= BUFFER_SIZE) {
            n = size - size % BUFFER_SIZE;
            status = write_fully(f, next, n, -1, error);
        } else {
            if (n > size)
                n = size;
            memcpy(f->buffer + f->buffered, next, n);
            f->buffered += n;
            if (f->buffered == BUFFER_SIZE)
                status = flush(f, error);
        }
        if (status != BT_OK)
            return status;
        f->size += n;
        next += n;
        size -= n;
    }
    return BT_OK;
}

bt_status file_replace_align(file_replace *f, size_t alignment, bt_error *error)
{
    static const uint8_t zeros[64];
    size_t missing = (size_t)(-f->size & (alignment - 1));
    while (missing > 0) {
        const size_t n = missing < sizeof zeros ? missing : sizeof zeros;
        const bt_status status = file_replace_write(f, zeros, n, error);
        if (status != BT_OK)
            return status;
        missing -= n;
    }
    return BT_OK;
}

bt_status file_replace_patch(file_replace *f, uint64_t offset, const void *bytes, size_t size, bt_error *error)
{
    if (offset > f->size || size > f->size - offset)
        return error_set(error, BT_INVALID_ARGUMENT, "%s: a patch of %zu bytes at %llu lies beyond the %llu bytes written",
                         f->path, size, (unsigned long long)offset, (unsigned long long)f->size);

    const bt_status status = flush(f, error);
    return status == BT_OK ? write_fully(f, bytes, size, (off_t)offset, error) : status;
}

/* Everything of a commit up to the rename. */
static bt_status finish(file_replace *f, bt_error *error)
{
    const file_door *door = file_get_door();
    const bt_status status = flush(f, error);
    if (status != BT_OK)
        return status;
    if (door->sync(f->fd) != 0)
        return error_system(error, errno, "cannot sync %s", f->temporary);

    const int fd = f->fd;
    f->fd = -1; /* closed whatever close says */
    if (door->close(fd) != 0)
        return error_system(error, errno, "cannot write %s", f->temporary);
    if (door->rename(f->temporary, f->path) != 0)
        return error_system(error, errno, "cannot rename %s to %s", f->temporary, f->path);
    return BT_OK;
}

bt_status file_replace_commit(file_replace *f, bt_error *error)
{
    bt_status status = finish(f, error);
    if (status != BT_OK) {
        file_replace_abort(f);
        return status;
    }
    status = file_sync_parent(f->path, error);
    end(f);
    return status;
}

void file_replace_abort(file_replace *f)
{
    if (f->path == NULL)
        return;
    file_get_door()->unlink(f->temporary);
    end(f);
}
