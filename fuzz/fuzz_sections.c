/* The container of core/base/sections.h from any bytes: it is refused, or every section lies inside of it.
 *
 * The first byte of an input says how the rest is treated. Nobody guesses a checksum, so with bit 0 the header is signed (its
 * length and checksum set right) and with bit 1 the sections are too: what is behind the checksums is searched as well.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/checksum.h"
#include "base/sections.h"
#include "base/sections_layout.h"

enum { SIGN_HEADER = 1, SIGN_SECTIONS = 2 };

static void require(int holds)
{
    if (!holds)
        abort();
}

static void sign(uint8_t *bytes, size_t size, int sections_too)
{
    sections_header *header = (void *)bytes;
    if (size < sizeof *header || header->n_sections > SECTIONS_MAX || sections_start(header->n_sections) > size)
        return;
    sections_entry *table = (void *)(bytes + sizeof *header);
    for (size_t i = 0; sections_too && i < header->n_sections; i++) {
        if (table[i].offset <= size && table[i].size <= size - table[i].offset)
            table[i].checksum = checksum_of(bytes + table[i].offset, (size_t)table[i].size);
    }
    header->file_size = size;
    if (sections_header_checksum(header, table, &header->checksum) != BT_OK)
        abort();
}

/* What readers do with a file: look at its table, find sections, read them. */
static void read_all(const sections_file *f)
{
    const bt_status verified = sections_verify(f, "input", NULL);
    require(verified == BT_OK || verified == BT_CORRUPT);
    uint64_t sum = 0;
    for (size_t i = 0; i < f->n_sections; i++) {
#ifdef FUZZ_PLANTED_BUG
        char name[8]; /* too short for 15 bytes and a NUL */
        strcpy(name, f->table[i].name);
#else
        const char *name = f->table[i].name;
#endif
        const void *bytes = NULL;
        size_t count = 0;
        const bt_status found = sections_find(f, "input", name, 4, &bytes, &count, NULL);
        require(found == BT_OK || (found == BT_CORRUPT && f->table[i].size % 4 != 0));
        for (size_t j = 0; found == BT_OK && j < count; j++)
            sum += ((const uint32_t *)bytes)[j];
    }
    volatile uint64_t kept = sum;
    (void)kept;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const size_t n = size - 1;
    uint8_t *bytes = malloc(n > 0 ? n : 1); /* aligned, and its end is watched */
    require(bytes != NULL);
    memcpy(bytes, data + 1, n);
    if (data[0] & SIGN_HEADER)
        sign(bytes, n, data[0] & SIGN_SECTIONS);

    sections_file f;
    bt_error error = {0};
    const bt_status status = sections_parse((file_map){bytes, n}, "input", "test", 1, &f, &error);
    if (status == BT_OK)
        read_all(&f);
    else
        require(error.status == status && error.message[0] != '\0' && f.table == NULL);
    free(bytes);
    return 0;
}
