/* Folders and single files as sources. Bytes are read through the file door. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "import/source_internal.h"

/* --- folders -------------------------------------------------------------------------------------------------------- */

static bt_status list_level(source *s, const char *inner, bt_error *error);

/* One name of a folder; `inner` is the folder within the source, "" at the top. */
static bt_status list_name(source *s, const char *inner, const char *name, bt_error *error)
{
    const char *path = inner[0] ? arena_format(&s->memory, "%s/%s", inner, name) : name;
    char *full = path ? file_join(s->path, path) : NULL;
    if (!full)
        return error_no_memory(error, "listing files");
    struct stat info;
    const int found = stat(full, &info);
    bt_free(full);
    if (found != 0)
        return BT_OK; /* a dangling link, or gone since: not a file to import */
    const source_entry entry = {.path = path, .is_folder = S_ISDIR(info.st_mode), .size = (uint64_t)info.st_size};
    if (!entry.is_folder && !S_ISREG(info.st_mode))
        return BT_OK;
    const bt_status status = source_add_entry(s, entry, error);
    if (status != BT_OK || !entry.is_folder || inner[0] || name[0] == '.')
        return status;
    return list_level(s, name, error);
}

static bt_status list_level(source *s, const char *inner, bt_error *error)
{
    char *full = file_join(s->path, inner);
    if (!full)
        return error_no_memory(error, "listing files");
    DIR *folder = opendir(full);
    const int cause = errno;
    bt_free(full);
    if (!folder && inner[0])
        return BT_OK; /* a folder inside that may not be read has nothing for us */
    if (!folder)
        return error_system(error, cause, "cannot list the folder %s", s->path);
    bt_status status = BT_OK;
    for (const struct dirent *d = readdir(folder); status == BT_OK && d; d = readdir(folder))
        if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
            status = list_name(s, inner, d->d_name, error);
    closedir(folder);
    return status;
}

static bt_status folder_list(source *s, bt_error *error)
{
    return list_level(s, "", error);
}

static bt_status file_list(source *s, bt_error *error)
{
    struct stat info;
    if (stat(s->path, &info) != 0)
        return error_system(error, errno, "cannot read %s", s->path);
    const char *slash = strrchr(s->path, '/');
    return source_add_entry(s, (source_entry){.path = slash ? slash + 1 : s->path, .size = (uint64_t)info.st_size}, error);
}

/* --- streams -------------------------------------------------------------------------------------------------------- */

static bt_status file_stream_open(source *s, const source_file *file, source_stream *out, bt_error *error)
{
    (void)s;
    out->fd = file_get_door()->open(file->label, O_RDONLY | O_CLOEXEC, 0);
    return out->fd >= 0 ? BT_OK : error_system(error, errno, "cannot read %s", file->label);
}

static bt_status file_stream_read(source_stream *s, void *buffer, size_t size, size_t *n, bt_error *error)
{
    ssize_t got;
    do
        got = file_get_door()->read(s->fd, buffer, size);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return error_system(error, errno, "cannot read %s", s->file->label);
    *n = (size_t)got;
    return BT_OK;
}

static void file_stream_close(source_stream *s)
{
    file_get_door()->close(s->fd);
}

const source_kind source_kind_folder = {
    .what = "the folder",
    .list = folder_list,
    .stream_open = file_stream_open,
    .stream_read = file_stream_read,
    .stream_close = file_stream_close,
};

const source_kind source_kind_file = {
    .what = "the file",
    .list = file_list,
    .stream_open = file_stream_open,
    .stream_read = file_stream_read,
    .stream_close = file_stream_close,
};
