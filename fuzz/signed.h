/* What the targets of our binary files share: an input that gets past the checksums.
 *
 * The first byte of an input says how the rest is treated. Nobody guesses a checksum, so with bit 0 the header is signed (its
 * length and checksum set right) and with bit 1 the sections are too: what is behind the checksums is searched as well.
 */
#ifndef FUZZ_SIGNED_H
#define FUZZ_SIGNED_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/checksum.h"
#include "base/sections.h"
#include "base/sections_layout.h"

enum { SIGN_HEADER = 1, SIGN_SECTIONS = 2 };

static inline void require(int holds)
{
    if (!holds)
        abort();
}

static inline void signed_header(uint8_t *bytes, size_t size, int sections_too)
{
    sections_header *header = (void *)bytes;
    if (size < sizeof *header || header->n_sections > SECTIONS_MAX || sections_start(header->n_sections) > size)
        return;
    sections_entry *table = (void *)(bytes + sizeof *header);
    for (size_t i = 0; sections_too && i < header->n_sections; i++)
        if (table[i].offset <= size && table[i].size <= size - table[i].offset)
            table[i].checksum = checksum_of(bytes + table[i].offset, (size_t)table[i].size);
    header->file_size = size;
    require(sections_header_checksum(header, table, &header->checksum) == BT_OK);
}

/* A copy of an input (at least one byte) without its first byte, signed as that says; malloc's, so that it is aligned and its
 * end is watched. */
static inline file_map signed_copy(const uint8_t *data, size_t size)
{
    const size_t n = size - 1;
    uint8_t *bytes = malloc(n > 0 ? n : 1);
    require(bytes != NULL);
    memcpy(bytes, data + 1, n);
    if (data[0] & SIGN_HEADER)
        signed_header(bytes, n, data[0] & SIGN_SECTIONS);
    return (file_map){bytes, n};
}

#endif
