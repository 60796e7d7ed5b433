/* The container of core/base/sections.h from any bytes: it is refused, or every section lies inside of it. */
#include "fuzz/signed.h"

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
    const file_map input = signed_copy(data, size);

    sections_file f;
    bt_error error = {0};
    const bt_status status = sections_parse(input, "input", "test", 1, &f, &error);
    if (status == BT_OK)
        read_all(&f);
    else
        require(error.status == status && error.message[0] != '\0' && f.table == NULL);
    free((void *)(uintptr_t)input.bytes);
    return 0;
}
