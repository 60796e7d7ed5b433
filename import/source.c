/* Opening a source: which kind it is, which of its files count, and what to say about it in messages.
 *
 * A kind lists entries with their paths; here it is decided which level the files come from. Costs: the list of entries, no
 * content.
 */
#include "import/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "import/source_internal.h"

/* --- entries -------------------------------------------------------------------------------------------------------- */

bt_status source_add_entry(source *s, source_entry entry, bt_error *error)
{
    if (s->n_entries == SOURCE_FILES_MAX)
        return error_set(error, BT_LIMIT, "%s %s holds more than %d files; name the folder of one data set", s->kind->what,
                         s->path, SOURCE_FILES_MAX);
    if (s->n_entries == s->entry_capacity) {
        const size_t capacity = s->entry_capacity > 0 ? s->entry_capacity * 2 : 16;
        source_entry *larger = memory_resized(s->entries, capacity, sizeof *larger);
        if (!larger)
            return error_no_memory(error, "listing files");
        s->entries = larger;
        s->entry_capacity = capacity;
    }
    entry.path = arena_string(&s->memory, entry.path, strlen(entry.path));
    if (!entry.path)
        return error_no_memory(error, "listing files");
    s->entries[s->n_entries++] = entry;
    return BT_OK;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Whether the entry lies in `folder` ("": the top level) itself. */
static bool lies_in(const source_entry *e, const char *folder)
{
    const size_t length = strlen(folder);
    if (length == 0)
        return !strchr(e->path, '/');
    return strncmp(e->path, folder, length) == 0 && e->path[length] == '/' && !strchr(e->path + length + 1, '/');
}

static bool is_hidden(const source_entry *e)
{
    return base_name(e->path)[0] == '.' || strncmp(e->path, "__MACOSX", 8) == 0;
}

/* The folder whose files count: the top level if it has a file, else the one folder in it, else the top level. */
static const char *chosen_folder(const source *s)
{
    const char *only = NULL;
    for (size_t i = 0; i < s->n_entries; i++) {
        const source_entry *e = &s->entries[i];
        if (is_hidden(e) || !lies_in(e, ""))
            continue;
        if (!e->is_folder || only)
            return "";
        only = e->path;
    }
    return only ? only : "";
}

/* --- files ---------------------------------------------------------------------------------------------------------- */

static int compare_files(const void *a, const void *b)
{
    return strcmp(((const source_file *)a)->name, ((const source_file *)b)->name);
}

static const char *label_of(source *s, const source_entry *e)
{
    if (s->kind == &source_kind_file)
        return s->path;
    return arena_format(&s->memory, s->kind == &source_kind_zip ? "%s:%s" : "%s/%s", s->path, e->path);
}

static bt_status choose_files(source *s, bt_error *error)
{
    const char *folder = chosen_folder(s);
    s->files = memory_zeroed(s->n_entries, sizeof *s->files);
    if (!s->files)
        return error_no_memory(error, "listing files");
    for (size_t i = 0; i < s->n_entries; i++) {
        const source_entry *e = &s->entries[i];
        if (e->is_folder || is_hidden(e) || !lies_in(e, folder))
            continue;
        const char *label = label_of(s, e);
        if (!label)
            return error_no_memory(error, "listing files");
        s->files[s->n_files++] =
            (source_file){.name = base_name(e->path), .label = label, .path = e->path, .size = e->size, .index = e->index};
    }
    qsort(s->files, s->n_files, sizeof *s->files, compare_files);
    return BT_OK;
}

/* "the folder X holds a, b, the folder c and 7 more" */
static bt_status describe(source *s, bt_error *error)
{
    enum { NAMED = 8 };
    const char *folder = chosen_folder(s), *text = NULL;
    size_t n = 0;
    text = arena_format(&s->memory, "%s %s holds ", s->kind->what, s->path);
    for (size_t i = 0; text && i < s->n_entries; i++) {
        const source_entry *e = &s->entries[i];
        if (is_hidden(e) || !lies_in(e, folder))
            continue;
        if (n < NAMED)
            text = arena_format(&s->memory, "%s%s%s%s", text, n > 0 ? ", " : "", e->is_folder ? "the folder " : "",
                                base_name(e->path));
        n++;
    }
    if (text && n > NAMED)
        text = arena_format(&s->memory, "%s and %zu more", text, n - NAMED);
    else if (text && n == 0)
        text = arena_format(&s->memory, "%s %s holds no file", s->kind->what, s->path);
    s->description = text;
    return text ? BT_OK : error_no_memory(error, "listing files");
}

/* --- opening -------------------------------------------------------------------------------------------------------- */

/* The kind of a regular file, by its first bytes. */
static bt_status kind_of_file(const char *path, const source_kind **kind, bt_error *error)
{
    const file_door *door = file_get_door();
    const int fd = door->open(path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return error_system(error, errno, "cannot read %s", path);
    char magic[4] = {0};
    const ssize_t n = door->read(fd, magic, sizeof magic);
    const int cause = errno;
    door->close(fd);
    if (n < 0)
        return error_system(error, cause, "cannot read %s", path);
    *kind =
        n == 4 && (memcmp(magic, "PK\3\4", 4) == 0 || memcmp(magic, "PK\5\6", 4) == 0) ? &source_kind_zip : &source_kind_file;
    return BT_OK;
}

static bt_status kind_of(const char *path, const source_kind **kind, bt_error *error)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return error_system(error, errno, "cannot read %s", path);
    if (S_ISREG(info.st_mode))
        return kind_of_file(path, kind, error);
    if (!S_ISDIR(info.st_mode))
        return error_set(error, BT_INVALID_ARGUMENT, "%s is neither a file nor a folder", path);
    *kind = &source_kind_folder;
    return BT_OK;
}

bt_status source_open(const char *path, source **out, bt_error *error)
{
    *out = NULL;
    const source_kind *kind = NULL;
    bt_status status = kind_of(path, &kind, error);
    if (status != BT_OK)
        return status;
    source *s = memory_zeroed(1, sizeof *s);
    if (!s)
        return error_no_memory(error, "opening what to import");
    s->kind = kind;
    s->path = arena_string(&s->memory, path, strlen(path));
    status = s->path ? kind->list(s, error) : error_no_memory(error, "opening what to import");
    if (status == BT_OK)
        status = choose_files(s, error);
    if (status == BT_OK)
        status = describe(s, error);
    if (status == BT_OK)
        *out = s;
    else
        source_close(s);
    return status;
}

void source_close(source *s)
{
    if (!s)
        return;
    if (s->kind->close)
        s->kind->close(s);
    bt_free(s->entries);
    bt_free(s->files);
    arena_free(&s->memory);
    bt_free(s);
}

size_t source_n_files(const source *s)
{
    return s->n_files;
}

const char *source_name(const source *s, size_t file)
{
    return s->files[file].name;
}

const char *source_label(const source *s, size_t file)
{
    return s->files[file].label;
}

uint64_t source_size(const source *s, size_t file)
{
    return s->files[file].size;
}

const char *source_describe(const source *s)
{
    return s->description;
}

size_t source_find(const source *s, const char *name)
{
    for (size_t i = 0; i < s->n_files; i++)
        if (strcmp(s->files[i].name, name) == 0)
            return i;
    return SIZE_MAX;
}

/* --- streams -------------------------------------------------------------------------------------------------------- */

bt_status source_stream_open(source *s, size_t file, source_stream **out, bt_error *error)
{
    *out = NULL;
    source_stream *stream = memory_zeroed(1, sizeof *stream);
    if (!stream)
        return error_no_memory(error, "opening a file to import");
    stream->kind = s->kind;
    stream->file = &s->files[file];
    const bt_status status = s->kind->stream_open(s, stream->file, stream, error);
    if (status == BT_OK)
        *out = stream;
    else
        bt_free(stream);
    return status;
}

bt_status source_stream_read(source_stream *s, void *buffer, size_t size, size_t *n, bt_error *error)
{
    const bt_status status = s->kind->stream_read(s, buffer, size, n, error);
    if (status == BT_OK)
        s->read += *n;
    return status;
}

void source_stream_close(source_stream *s)
{
    if (!s)
        return;
    s->kind->stream_close(s);
    bt_free(s);
}
