/* The container that all of Butaca's binary files share: a header, a table of named sections, the sections.
 *
 *     offset 0    magic "BUTACA\r\n" (8 bytes: a text-mode transfer breaks it visibly)
 *     offset 8    kind, 8 bytes, NUL-padded ("ratings", "model")
 *     offset 16   u32 version of that kind, u32 number of sections (at most 32)
 *     offset 24   u64 file size
 *     offset 32   u64 XXH3-64 of the bytes [0, 32) and of the section table: the header's checksum
 *     offset 40   24 bytes 0
 *     offset 64   section table: n x { char name[16]; u64 offset; u64 size; u64 XXH3-64 of its bytes; u64 0 }
 *     sections, in the table's order, each at the next multiple of 64 bytes, zeros between; the file ends with the last
 *
 * All numbers little-endian (a big-endian host is refused at open). The header's checksum covers the sections' checksums, so it
 * stands for the whole content: it is the file's fingerprint.
 */
#ifndef BASE_SECTIONS_H
#define BASE_SECTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "base/file.h"
#include "butaca/status.h"

enum { SECTIONS_MAX = 32, SECTIONS_ALIGNMENT = 64 };

typedef struct sections_entry {
    char name[16]; /* NUL-terminated */
    uint64_t offset, size, checksum, zero;
} sections_entry;

/* --- writing ------------------------------------------------------------------------------------------------------- */

typedef struct sections_writer {
    file_replace file;
    char kind[8];
    uint32_t version, n_sections, n_written;
    sections_entry table[SECTIONS_MAX];
    void *hash; /* XXH3 state of the section being written */
} sections_writer;

/* The number of sections is fixed at the start since the table precedes them. */
bt_status sections_write_begin(sections_writer *w, const char *path, const char *kind, uint32_t version, uint32_t n_sections,
                               bt_error *error);
/* A section, in one go or as begin, any number of parts, end. Names have 1 to 15 bytes. After a failure there is only abort. */
bt_status sections_write(sections_writer *w, const char *name, const void *bytes, size_t size, bt_error *error);
bt_status sections_begin(sections_writer *w, const char *name, bt_error *error);
bt_status sections_part(sections_writer *w, const void *bytes, size_t size, bt_error *error);
bt_status sections_end(sections_writer *w, bt_error *error);
/* Writes header and table, syncs, renames. *fingerprint (may be NULL) gets the header's checksum. Ends w either way. */
bt_status sections_write_commit(sections_writer *w, uint64_t *fingerprint, bt_error *error);
void sections_write_abort(sections_writer *w); /* a zeroed or ended w is fine */

/* --- reading ------------------------------------------------------------------------------------------------------- */

typedef struct sections_file {
    file_map map;
    uint32_t version, n_sections;
    uint64_t fingerprint;
    const sections_entry *table; /* in the map */
} sections_file;

/* Checks magic, kind, version (greater than max_version: BT_VERSION), size, header checksum, and that the sections lie as they
 * have to. Section contents are checked by sections_verify, which reads the whole file. On failure *out is zeroed. */
bt_status sections_open(const char *path, const char *kind, uint32_t max_version, sections_file *out, bt_error *error);
/* The same for bytes in memory, 8-byte aligned, which stay the caller's: not to be closed. `path` names them in errors. */
bt_status sections_parse(file_map bytes, const char *path, const char *kind, uint32_t max_version, sections_file *out,
                         bt_error *error);
/* BT_CORRUPT with the name of the section that doesn't match; callers add what to do. */
bt_status sections_verify(const sections_file *f, const char *path, bt_error *error);
void sections_close(sections_file *f);

/* A section's bytes; its size must be a multiple of `unit` bytes: *count gets size / unit. A section that is missing
 * or of another size: BT_CORRUPT. */
bt_status sections_find(const sections_file *f, const char *path, const char *name, size_t unit, const void **bytes,
                        size_t *count, bt_error *error);

/* The same for a section of exactly `expected` entries; `advice` says what to do about another number (NULL: the caller does). */
bt_status sections_find_exactly(const sections_file *f, const char *path, const char *name, size_t unit, size_t expected,
                                const char *advice, const void **bytes, bt_error *error);

#endif
