/* Opening a source: which kind it is, which of its files count, and what to say about it in messages.
 *
 * A kind lists entries with their paths; here it is decided which level the files come from. Costs: the list of entries, no
 * content. A stream's first two bytes tell whether it is packed.
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
    if (s->kind == &source_kind_file || s->kind == &source_kind_input)
        return s->kind == &source_kind_input ? e->path : s->path;
    return arena_format(&s->memory, s->kind == &source_kind_zip ? "%s:%s" : "%s/%s", s->path, e->path);
}

static bool is_packed(const char *name)
{
    const size_t n = strlen(name);
    return n > 3 && strcmp(name + n - 3, ".gz") == 0;
}

/* "ratings.csv.gz" -> "ratings.csv" */
static const char *name_of(source *s, const source_entry *e)
{
    const char *name = base_name(e->path);
    return is_packed(name) ? arena_string(&s->memory, name, strlen(name) - 3) : name;
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
        const source_file file = {name_of(s, e), label_of(s, e), e->path, e->size, e->index};
        if (!file.name || !file.label)
            return error_no_memory(error, "listing files");
        s->files[s->n_files++] = file;
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
    if (s->kind == &source_kind_input) {
        s->description = "standard input";
        return BT_OK;
    }
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

bool source_is_zip(const char *bytes, size_t n)
{
    return n >= 4 && (memcmp(bytes, "PK\3\4", 4) == 0 || memcmp(bytes, "PK\5\6", 4) == 0);
}

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
    *kind = source_is_zip(magic, (size_t)n) ? &source_kind_zip : &source_kind_file;
    return BT_OK;
}

static bt_status kind_of(const char *path, const source_kind **kind, bt_error *error)
{
    struct stat info;
    if (strcmp(path, "-") == 0) {
        *kind = &source_kind_input;
        return BT_OK;
    }
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
    return is_packed(s->files[file].label) ? 0 : s->files[file].size;
}

bool source_is_single(const source *s)
{
    return s->kind == &source_kind_file || s->kind == &source_kind_input || (s->kind == &source_kind_zip && s->n_files == 1);
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

bt_status source_read_raw(source_stream *s, void *buffer, size_t size, size_t *n, bt_error *error)
{
    if (s->n_first > 0 && size > 0) {
        *n = s->n_first < size ? s->n_first : size;
        memcpy(buffer, s->first, *n);
        s->n_first -= *n;
        memmove(s->first, s->first + *n, s->n_first);
        return BT_OK;
    }
    const bt_status status = s->kind->stream_read(s, buffer, size, n, error);
    if (status == BT_OK)
        s->read += *n;
    return status;
}

/* Looks at the first bytes; a stream that is packed gets its layer. */
static bt_status look_for_gzip(source_stream *s, bt_error *error)
{
    bt_status status = BT_OK;
    for (size_t n = 1; status == BT_OK && n > 0 && s->n_first < sizeof s->first;) {
        status = s->kind->stream_read(s, s->first + s->n_first, sizeof s->first - s->n_first, &n, error);
        if (status == BT_OK) {
            s->n_first += n;
            s->read += n;
        }
    }
    return status == BT_OK && gzip_begins(s->first, s->n_first) ? gzip_open(&s->gzip, error) : status;
}

bt_status source_stream_open(source *s, size_t file, source_stream **out, bt_error *error)
{
    *out = NULL;
    source_stream *stream = memory_zeroed(1, sizeof *stream);
    if (!stream)
        return error_no_memory(error, "opening a file to import");
    stream->kind = s->kind;
    stream->file = &s->files[file];
    bt_status status = s->kind->stream_open(s, stream->file, stream, error);
    if (status != BT_OK) {
        bt_free(stream);
        return status;
    }
    status = look_for_gzip(stream, error);
    if (status == BT_OK)
        *out = stream;
    else
        source_stream_close(stream);
    return status;
}

static bt_status read_unpacked(source_stream *s, void *buffer, size_t size, size_t *n, bt_error *error)
{
    return s->gzip ? gzip_read(s->gzip, s, buffer, size, n, error) : source_read_raw(s, buffer, size, n, error);
}

/* For sizes above 1. A carriage return that ends the bytes is held back until its successor comes; at the end of all it stays. */
static bt_status read_mended(source_stream *s, char *buffer, size_t size, size_t *n, bt_error *error)
{
    size_t whole = 0, got = 1;
    for (*n = 0; *n == 0 && got > 0; *n = whole - s->held_return) {
        const size_t held = s->held_return;
        buffer[0] = '\r';
        const bt_status status = read_unpacked(s, buffer + held, size - held, &got, error);
        if (status != BT_OK)
            return status;
        whole = held + got;
        s->held_return = got > 0 && buffer[whole - 1] == '\r';
    }
    for (size_t i = 0; i + 1 < whole; i++)
        if (buffer[i] == '\r' && buffer[i + 1] != '\n')
            buffer[i] = ' ';
    return BT_OK;
}

void source_stream_mend_breaks(source_stream *s)
{
    s->mend_breaks = true;
}

bt_status source_stream_read(source_stream *s, void *buffer, size_t size, size_t *n, bt_error *error)
{
    char two[2];
    if (!s->mend_breaks)
        return read_unpacked(s, buffer, size, n, error);
    if (size > 1 && !s->has_ready)
        return read_mended(s, buffer, size, n, error);
    bt_status status = BT_OK;
    size_t got = 1;
    two[0] = s->ready;
    if (!s->has_ready)
        status = read_mended(s, two, sizeof two, &got, error);
    *n = got < size ? got : size;
    memcpy(buffer, two, *n);
    s->has_ready = got > *n;
    s->ready = two[1];
    return status;
}

void source_stream_close(source_stream *s)
{
    if (!s)
        return;
    gzip_close(s->gzip);
    s->kind->stream_close(s);
    bt_free(s);
}

/* --- whole files ---------------------------------------------------------------------------------------------------- */

static bt_status read_all(source_stream *stream, size_t limit, char **text, size_t *size, bt_error *error)
{
    size_t capacity = 0, n = 1;
    for (*size = 0; n > 0; *size += n) {
        if (*size == capacity) {
            capacity = capacity > 0 ? capacity * 2 : 1 << 16;
            char *larger = memory_resized(*text, capacity + 1, 1);
            if (!larger)
                return error_no_memory(error, "reading a file whole");
            *text = larger;
        }
        const bt_status status = source_stream_read(stream, *text + *size, capacity - *size, &n, error);
        if (status != BT_OK)
            return status;
        if (*size + n > limit)
            return error_set(error, BT_LIMIT, "%s: is larger than %zu MiB", stream->file->label, limit >> 20);
    }
    (*text)[*size] = '\0';
    return BT_OK;
}

bt_status source_read_whole(source *s, size_t file, size_t limit, char **out, size_t *size, bt_error *error)
{
    source_stream *stream;
    char *text = NULL;
    *out = NULL;
    bt_status status = source_stream_open(s, file, &stream, error);
    if (status == BT_OK)
        status = read_all(stream, limit, &text, size, error);
    source_stream_close(stream);
    if (status == BT_OK)
        *out = text;
    else
        bt_free(text);
    return status;
}
