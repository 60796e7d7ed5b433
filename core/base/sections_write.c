/* Writing the container of core/base/sections.h: room for header and table, the sections one after the other, each hashed as it
 * passes, then header and table over their room. It costs one pass over the bytes and a buffer of 1 MiB.
 */
#include <string.h>

#include "base/checksum.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/sections.h"
#include "base/sections_layout.h"

bt_status sections_write_begin(sections_writer *w, const char *path, const char *kind, uint32_t version, uint32_t n_sections,
                               bt_error *error)
{
    static const uint8_t room[SECTIONS_HEADER_SIZE + SECTIONS_MAX * SECTIONS_ENTRY_SIZE];
    *w = (sections_writer){.version = version, .n_sections = n_sections};
    const size_t length = strlen(kind);
    if (n_sections > SECTIONS_MAX || length == 0 || length > sizeof w->kind)
        return error_set(error, BT_INVALID_ARGUMENT, "%s: no file of kind '%s' with %lu sections is possible", path, kind,
                         (unsigned long)n_sections);
    if (!sections_host_is_little_endian())
        return error_set(error, BT_UNSUPPORTED, "%s: Butaca's files need a little-endian machine", path);
    memcpy(w->kind, kind, length);

    w->hash = checksum_new();
    if (w->hash == NULL)
        return error_no_memory(error, "beginning to write a file");
    bt_status status = file_replace_begin(&w->file, path, error);
    if (status == BT_OK)
        status = file_replace_write(&w->file, room, (size_t)sections_start(n_sections), error);
    if (status != BT_OK)
        sections_write_abort(w);
    return status;
}

/* The section being written, NULL between sections: one that is begun has its name. */
static sections_entry *open_entry(sections_writer *w)
{
    if (w->n_written == w->n_sections)
        return NULL;
    sections_entry *entry = &w->table[w->n_written];
    return entry->name[0] != '\0' ? entry : NULL;
}

static bt_status misuse(const sections_writer *w, const char *what, bt_error *error)
{
    return error_set(error, BT_INVALID_ARGUMENT, "%s: %s, after %lu of %lu sections", w->file.path, what,
                     (unsigned long)w->n_written, (unsigned long)w->n_sections);
}

bt_status sections_begin(sections_writer *w, const char *name, bt_error *error)
{
    const size_t length = strlen(name);
    if (w->n_written == w->n_sections || open_entry(w) != NULL)
        return misuse(w, "a section begins out of turn", error);
    if (length == 0 || length >= sizeof w->table[0].name)
        return misuse(w, "a section's name has to have 1 to 15 bytes", error);
    for (size_t i = 0; i < w->n_written; i++) {
        if (strcmp(w->table[i].name, name) == 0)
            return misuse(w, "a section's name comes twice", error);
    }
    const bt_status status = file_replace_align(&w->file, SECTIONS_ALIGNMENT, error);
    if (status != BT_OK)
        return status;

    sections_entry *entry = &w->table[w->n_written];
    memcpy(entry->name, name, length);
    entry->offset = w->file.size;
    checksum_restart(w->hash);
    return BT_OK;
}

bt_status sections_part(sections_writer *w, const void *bytes, size_t size, bt_error *error)
{
    sections_entry *entry = open_entry(w);
    if (entry == NULL)
        return misuse(w, "bytes outside of a section", error);
    const bt_status status = file_replace_write(&w->file, bytes, size, error);
    if (status != BT_OK)
        return status;
    checksum_add(w->hash, bytes, size);
    entry->size += size;
    return BT_OK;
}

bt_status sections_end(sections_writer *w, bt_error *error)
{
    sections_entry *entry = open_entry(w);
    if (entry == NULL)
        return misuse(w, "a section ends that was not begun", error);
    entry->checksum = checksum_value(w->hash);
    w->n_written++;
    return BT_OK;
}

bt_status sections_write(sections_writer *w, const char *name, const void *bytes, size_t size, bt_error *error)
{
    bt_status status = sections_begin(w, name, error);
    if (status == BT_OK)
        status = sections_part(w, bytes, size, error);
    if (status == BT_OK)
        status = sections_end(w, error);
    return status;
}

static bt_status write_header(sections_writer *w, uint64_t *fingerprint, bt_error *error)
{
    if (w->n_written != w->n_sections)
        return misuse(w, "the file ends too early", error);

    sections_header header = {.version = w->version, .n_sections = w->n_sections, .file_size = w->file.size};
    memcpy(header.magic, sections_magic, sizeof header.magic);
    memcpy(header.kind, w->kind, sizeof header.kind);
    if (sections_header_checksum(&header, w->table, &header.checksum) != BT_OK)
        return error_no_memory(error, "writing a file's header");

    bt_status status = file_replace_patch(&w->file, 0, &header, sizeof header, error);
    if (status == BT_OK)
        status = file_replace_patch(&w->file, sizeof header, w->table, w->n_sections * sizeof w->table[0], error);
    if (fingerprint != NULL)
        *fingerprint = header.checksum;
    return status;
}

bt_status sections_write_commit(sections_writer *w, uint64_t *fingerprint, bt_error *error)
{
    bt_status status = write_header(w, fingerprint, error);
    if (status == BT_OK)
        status = file_replace_commit(&w->file, error);
    sections_write_abort(w); /* after a commit only the rest of the memory */
    return status;
}

void sections_write_abort(sections_writer *w)
{
    file_replace_abort(&w->file);
    bt_free(w->hash);
    w->hash = NULL;
}
