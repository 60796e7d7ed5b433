/* Reading the container of core/base/sections.h.
 *
 * Opening costs the header and the table, whatever the size of the file: what lies in the sections is read by sections_verify
 * alone. There is one way to lay out given sections (in the order of the table, each at the next multiple of 64 bytes, the file
 * ending with the last one), and anything else is refused, so no two sections overlap and no byte is left unchecked.
 */
#include "base/sections.h"

#include <stdbool.h>
#include <string.h>

#include "base/checksum.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/sections_layout.h"

bool sections_host_is_little_endian(void)
{
    const uint16_t one = 1;
    uint8_t first;
    memcpy(&first, &one, 1);
    return first == 1;
}

bt_status sections_header_checksum(const sections_header *header, const sections_entry *table, uint64_t *out)
{
    checksum *c = checksum_new();
    if (c == NULL)
        return BT_NO_MEMORY;
    checksum_add(c, header, offsetof(sections_header, checksum));
    checksum_add(c, table, header->n_sections * sizeof *table);
    *out = checksum_value(c);
    bt_free(c);
    return BT_OK;
}

static bool all_zero(const void *bytes, size_t size)
{
    const uint8_t *byte = bytes;
    while (size > 0 && *byte == 0)
        byte++, size--;
    return size == 0;
}

/* --- opening ------------------------------------------------------------------------------------------------------- */

/* Is it one of our files, and all of it? */
static bt_status check_whole(const file_map *map, const char *path, const char *kind, bt_error *error)
{
    const size_t n_magic = sizeof sections_magic;
    const sections_header *header = (const void *)map->bytes;
    if (map->size < n_magic || memcmp(map->bytes, sections_magic, n_magic) != 0)
        return error_set(error, BT_BAD_FORMAT, "%s: not a Butaca %s file", path, kind);
    if (map->size < sizeof *header)
        return error_set(error, BT_CORRUPT, "%s: cut off: a header has %zu bytes, the file has %zu", path, sizeof *header,
                         map->size);
    if (header->file_size != map->size)
        return error_set(error, BT_CORRUPT, "%s: %s: the header says %llu bytes, the file has %zu", path,
                         header->file_size > map->size ? "cut off" : "damaged", (unsigned long long)header->file_size,
                         map->size);
    if (header->n_sections > SECTIONS_MAX || sections_start(header->n_sections) > map->size)
        return error_set(error, BT_CORRUPT, "%s: damaged: a table of %lu sections doesn't fit", path,
                         (unsigned long)header->n_sections);
    return BT_OK;
}

/* Is it undamaged, of the kind that the caller reads, and not too new? */
static bt_status check_header(const sections_header *header, const char *path, const char *kind, uint32_t max_version,
                              bt_error *error)
{
    uint64_t computed;
    if (sections_header_checksum(header, (const sections_entry *)(header + 1), &computed) != BT_OK)
        return error_no_memory(error, "checking a file's header");
    if (computed != header->checksum || !all_zero(header->zero, sizeof header->zero))
        return error_set(error, BT_CORRUPT, "%s: damaged: the checksum of the header does not match", path);
    if (strncmp(header->kind, kind, sizeof header->kind) != 0)
        return error_set(error, BT_BAD_FORMAT, "%s: not a Butaca %s file, but a Butaca %.8s file", path, kind, header->kind);
    if (header->version > max_version)
        return error_set(error, BT_VERSION,
                         "%s: written by a newer Butaca (format %lu, this program reads up to %lu); update Butaca", path,
                         (unsigned long)header->version, (unsigned long)max_version);
    return BT_OK;
}

/* A name of its own, NUL-padded, and the one place where this section can lie. */
static bool entry_is_valid(const sections_entry *table, size_t i, uint64_t offset, uint64_t file_size)
{
    const sections_entry *entry = &table[i];
    const size_t length = strnlen(entry->name, sizeof entry->name);
    if (length == 0 || length == sizeof entry->name)
        return false;
    if (!all_zero(entry->name + length, sizeof entry->name - length) || entry->zero != 0)
        return false;
    for (size_t j = 0; j < i; j++) {
        if (strcmp(table[j].name, entry->name) == 0)
            return false;
    }
    return entry->offset == offset && offset <= file_size && entry->size <= file_size - offset;
}

static bt_status check_table(const sections_file *f, const char *path, bt_error *error)
{
    uint64_t end = sections_start(f->n_sections);
    for (size_t i = 0; i < f->n_sections; i++) {
        if (!entry_is_valid(f->table, i, sections_aligned(end), f->map.size))
            return error_set(error, BT_CORRUPT, "%s: damaged: entry %zu of the section table is not valid", path, i + 1);
        end = f->table[i].offset + f->table[i].size;
    }
    if (end != f->map.size)
        return error_set(error, BT_CORRUPT, "%s: damaged: the sections end at byte %llu, the file has %zu", path,
                         (unsigned long long)end, f->map.size);
    return BT_OK;
}

bt_status sections_parse(file_map bytes, const char *path, const char *kind, uint32_t max_version, sections_file *out,
                         bt_error *error)
{
    *out = (sections_file){0};
    if (!sections_host_is_little_endian())
        return error_set(error, BT_UNSUPPORTED, "%s: Butaca's files need a little-endian machine", path);

    bt_status status = check_whole(&bytes, path, kind, error);
    const sections_header *header = (const void *)bytes.bytes;
    if (status == BT_OK)
        status = check_header(header, path, kind, max_version, error);
    if (status != BT_OK)
        return status;

    const sections_file f = {.map = bytes,
                             .version = header->version,
                             .n_sections = header->n_sections,
                             .fingerprint = header->checksum,
                             .table = (const sections_entry *)(header + 1)};
    status = check_table(&f, path, error);
    if (status == BT_OK)
        *out = f;
    return status;
}

bt_status sections_open(const char *path, const char *kind, uint32_t max_version, sections_file *out, bt_error *error)
{
    *out = (sections_file){0};
    file_map map;
    bt_status status = file_map_open(path, &map, error);
    if (status != BT_OK)
        return status;
    status = sections_parse(map, path, kind, max_version, out, error);
    if (status != BT_OK)
        file_unmap(&map);
    return status;
}

void sections_close(sections_file *f)
{
    file_unmap(&f->map);
    *f = (sections_file){0};
}

/* --- contents ------------------------------------------------------------------------------------------------------ */

bt_status sections_verify(const sections_file *f, const char *path, bt_error *error)
{
    uint64_t end = SECTIONS_HEADER_SIZE + f->n_sections * sizeof *f->table;
    for (size_t i = 0; i < f->n_sections; i++) {
        const sections_entry *entry = &f->table[i];
        if (!all_zero(f->map.bytes + end, (size_t)(entry->offset - end)))
            return error_set(error, BT_CORRUPT, "%s: damaged: bytes before section '%s' are not 0", path, entry->name);
        if (checksum_of(f->map.bytes + entry->offset, (size_t)entry->size) != entry->checksum)
            return error_set(error, BT_CORRUPT, "%s: damaged: the checksum of section '%s' does not match", path, entry->name);
        end = entry->offset + entry->size;
    }
    return BT_OK;
}

bt_status sections_find(const sections_file *f, const char *path, const char *name, size_t unit, const void **bytes,
                        size_t *count, bt_error *error)
{
    for (size_t i = 0; i < f->n_sections; i++) {
        const sections_entry *entry = &f->table[i];
        if (strcmp(entry->name, name) != 0)
            continue;
        if (entry->size % unit != 0)
            return error_set(error, BT_CORRUPT, "%s: damaged: section '%s' has %llu bytes, expected a multiple of %zu", path,
                             name, (unsigned long long)entry->size, unit);
        *bytes = f->map.bytes + entry->offset;
        *count = (size_t)(entry->size / unit);
        return BT_OK;
    }
    return error_set(error, BT_CORRUPT, "%s: damaged: section '%s' is missing", path, name);
}

bt_status sections_find_exactly(const sections_file *f, const char *path, const char *name, size_t unit, size_t expected,
                                const char *advice, const void **bytes, bt_error *error)
{
    size_t count = 0;
    const bt_status status = sections_find(f, path, name, unit, bytes, &count, error);
    if (status == BT_OK && count != expected)
        return error_set(error, BT_CORRUPT, "%s: section %s has %zu entries, expected %zu%s%s", path, name, count, expected,
                         advice != NULL ? "; " : "", advice != NULL ? advice : "");
    return status;
}
