/* The bytes of the container of core/base/sections.h, shared by its reader and its writer. */
#ifndef BASE_SECTIONS_LAYOUT_H
#define BASE_SECTIONS_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sections.h"

enum { SECTIONS_HEADER_SIZE = 64, SECTIONS_ENTRY_SIZE = 48 };

typedef struct sections_header {
    char magic[8];
    char kind[8]; /* NUL-padded; all 8 may be used */
    uint32_t version, n_sections;
    uint64_t file_size;
    uint64_t checksum; /* of all before it and of the table */
    uint8_t zero[24];
} sections_header;

_Static_assert(sizeof(sections_header) == SECTIONS_HEADER_SIZE, "the header has no padding");
_Static_assert(sizeof(sections_entry) == SECTIONS_ENTRY_SIZE, "a table entry has no padding");

static const char sections_magic[8] = {'B', 'U', 'T', 'A', 'C', 'A', '\r', '\n'};

static inline uint64_t sections_aligned(uint64_t offset)
{
    return (offset + SECTIONS_ALIGNMENT - 1) & ~(uint64_t)(SECTIONS_ALIGNMENT - 1);
}

/* The end of the table. */
static inline uint64_t sections_start(uint32_t n_sections)
{
    return SECTIONS_HEADER_SIZE + (uint64_t)n_sections * SECTIONS_ENTRY_SIZE;
}

bool sections_host_is_little_endian(void);
bt_status sections_header_checksum(const sections_header *header, const sections_entry *table, uint64_t *out);

#endif
