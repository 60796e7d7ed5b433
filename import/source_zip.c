/* Zip archives as sources, by libzip: entries are streamed, never unpacked to disk. libzip checks the CRC at an entry's end; here
 * the declared sizes are held to.
 */
#include <string.h>
#include <zip.h>

#include "base/error.h"
#include "import/source_internal.h"

static bt_status zip_damaged(const char *label, zip_error_t *cause, bt_error *error)
{
    const bt_status status = error_set(error, BT_CORRUPT, "%s: the zip archive is damaged or cut off (%s); get it again", label,
                                       zip_error_strerror(cause));
    zip_error_fini(cause);
    return status;
}

static bt_status zip_list_entry(source *s, uint64_t index, bt_error *error)
{
    zip_stat_t info;
    if (zip_stat_index(s->handle, index, 0, &info) != 0)
        return error_set(error, BT_CORRUPT, "%s: the zip archive is damaged (%s); get it again", s->path,
                         zip_strerror(s->handle));
    size_t length = strlen(info.name);
    const bool is_folder = length > 0 && info.name[length - 1] == '/';
    const char *name = arena_string(&s->memory, info.name, is_folder ? length - 1 : length);
    if (!name)
        return error_no_memory(error, "listing a zip archive");
    return source_add_entry(s, (source_entry){.path = name, .is_folder = is_folder, .size = info.size, .index = index}, error);
}

/* Archives needn't list their folders: one that only stands in the names of its files is added. */
static bt_status zip_add_implied_folder(source *s, const char *path, bt_error *error)
{
    const char *slash = strchr(path, '/');
    if (!slash)
        return BT_OK;
    const char *folder = arena_string(&s->memory, path, (size_t)(slash - path));
    if (!folder)
        return error_no_memory(error, "listing a zip archive");
    for (size_t i = 0; i < s->n_entries; i++)
        if (s->entries[i].is_folder && strcmp(s->entries[i].path, folder) == 0)
            return BT_OK;
    return source_add_entry(s, (source_entry){.path = folder, .is_folder = true}, error);
}

static bt_status zip_list(source *s, bt_error *error)
{
    int code;
    s->handle = zip_open(s->path, ZIP_RDONLY, &code);
    if (!s->handle) {
        zip_error_t cause;
        zip_error_init_with_code(&cause, code);
        return zip_damaged(s->path, &cause, error);
    }
    bt_status status = BT_OK;
    const zip_int64_t n = zip_get_num_entries(s->handle, 0);
    for (zip_int64_t i = 0; status == BT_OK && i < n; i++)
        status = zip_list_entry(s, (uint64_t)i, error);
    for (size_t i = 0, listed = s->n_entries; status == BT_OK && i < listed; i++)
        status = zip_add_implied_folder(s, s->entries[i].path, error);
    return status;
}

static void zip_close_source(source *s)
{
    if (s->handle)
        zip_discard(s->handle);
}

static bt_status zip_stream_open(source *s, const source_file *file, source_stream *out, bt_error *error)
{
    zip_stat_t info;
    if (zip_stat_index(s->handle, file->index, 0, &info) != 0)
        return error_set(error, BT_CORRUPT, "%s: %s", file->label, zip_strerror(s->handle));
    if (info.encryption_method != ZIP_EM_NONE)
        return error_set(error, BT_UNSUPPORTED, "%s: is encrypted; unpack the archive and import the folder", file->label);
    if (info.size > SOURCE_GROWTH_FREE && info.size / SOURCE_GROWTH_MAX > info.comp_size)
        return error_set(
            error, BT_LIMIT,
            "%s: %llu bytes would become %llu, more than %d-fold; if you trust it, unpack it and import the folder",
            file->label, (unsigned long long)info.comp_size, (unsigned long long)info.size, SOURCE_GROWTH_MAX);
    out->entry = zip_fopen_index(s->handle, file->index, 0);
    if (!out->entry)
        return error_set(error, BT_CORRUPT, "%s: cannot be unpacked (%s)", file->label, zip_strerror(s->handle));
    return BT_OK;
}

static bt_status zip_stream_read(source_stream *s, void *buffer, size_t size, size_t *n, bt_error *error)
{
    const zip_int64_t got = zip_fread(s->entry, buffer, size);
    if (got < 0)
        return error_set(error, BT_CORRUPT, "%s: damaged in the zip archive after %llu bytes (%s); get it again",
                         s->file->label, (unsigned long long)s->read, zip_error_strerror(zip_file_get_error(s->entry)));
    if ((uint64_t)got > s->file->size - s->read || (got == 0 && size > 0 && s->read != s->file->size))
        return error_set(error, BT_CORRUPT, "%s: has another size than the zip archive says (%llu bytes); get it again",
                         s->file->label, (unsigned long long)s->file->size);
    *n = (size_t)got;
    return BT_OK;
}

static void zip_stream_close(source_stream *s)
{
    zip_fclose(s->entry);
}

const source_kind source_kind_zip = {
    .what = "the zip archive",
    .list = zip_list,
    .close = zip_close_source,
    .stream_open = zip_stream_open,
    .stream_read = zip_stream_read,
    .stream_close = zip_stream_close,
};
