/* Zip files by libzip, hashes by libsodium. */
#include "tools/wheel.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

enum { ENTRY_MAX = 512 << 20, HASH_DIGITS = 2 * crypto_hash_sha256_BYTES };

struct wheel {
    zip_t *zip;
    char name[256];
};

static bt_status opened(zip_t *zip, const char *name, wheel **out, bt_error *error)
{
    wheel *w = memory_zeroed(1, sizeof *w);
    if (w == NULL) {
        zip_discard(zip);
        return error_no_memory(error, "opening a package");
    }
    w->zip = zip;
    strncpy(w->name, name, sizeof w->name - 1);
    *out = w;
    return BT_OK;
}

bt_status wheel_open(const char *path, wheel **out, bt_error *error)
{
    int code = 0;
    *out = NULL;
    zip_t *zip = zip_open(path, ZIP_RDONLY, &code);
    if (zip == NULL)
        return error_set(error, code == ZIP_ER_NOENT ? BT_NOT_FOUND : BT_BAD_FORMAT, "%s: %s", path,
                         code == ZIP_ER_NOENT ? "there is no such file" : "not a package (a zip file)");
    return opened(zip, path, out, error);
}

bt_status wheel_open_bytes(const char *name, const uint8_t *bytes, size_t size, wheel **out, bt_error *error)
{
    *out = NULL;
    zip_source_t *source = zip_source_buffer_create(bytes, size, 0, NULL);
    zip_t *zip = source != NULL ? zip_open_from_source(source, ZIP_RDONLY, NULL) : NULL;
    if (zip == NULL) {
        zip_source_free(source);
        return error_set(error, BT_BAD_FORMAT, "%s: not a zip file", name);
    }
    return opened(zip, name, out, error);
}

void wheel_close(wheel *w)
{
    if (w == NULL)
        return;
    zip_discard(w->zip);
    bt_free(w);
}

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static zip_int64_t find_entry(zip_t *zip, const char *name)
{
    const zip_int64_t n = zip_get_num_entries(zip, 0);
    for (zip_int64_t i = 0; i < n; i++) {
        const char *entry = zip_get_name(zip, (zip_uint64_t)i, 0);
        if (entry != NULL && (*name == '/' ? ends_with(entry, name) : strcmp(entry, name) == 0))
            return i;
    }
    return -1;
}

bt_status wheel_read(wheel *w, const char *name, uint8_t **bytes, size_t *size, bt_error *error)
{
    *bytes = NULL;
    const zip_int64_t index = find_entry(w->zip, name);
    zip_stat_t info;
    if (index < 0 || zip_stat_index(w->zip, (zip_uint64_t)index, 0, &info) != 0)
        return error_set(error, BT_NOT_FOUND, "%s: has no %s", w->name, name);
    if (info.size > ENTRY_MAX)
        return error_set(error, BT_LIMIT, "%s: %s has more than %d bytes", w->name, name, ENTRY_MAX);
    *size = (size_t)info.size;
    *bytes = memory_array(*size + 1, 1);
    if (*bytes == NULL)
        return error_no_memory(error, "reading a package");
    zip_file_t *file = zip_fopen_index(w->zip, (zip_uint64_t)index, 0);
    const bool ok = file != NULL && zip_fread(file, *bytes, *size) == (zip_int64_t)*size;
    if (file != NULL && zip_fclose(file) == 0 && ok) {
        (*bytes)[*size] = 0;
        return BT_OK;
    }
    bt_free(*bytes);
    *bytes = NULL;
    return error_set(error, BT_CORRUPT, "%s: %s can't be read; get the package again", w->name, name);
}

/* --- hashes -------------------------------------------------------------------------------------------------------- */

bt_status hash_list_open(const char *path, hash_list *out, bt_error *error)
{
    size_t size;
    out->path = path;
    return file_read_whole(path, 1 << 20, &out->text, &size, error);
}

void hash_list_close(hash_list *h)
{
    bt_free(h->text);
    h->text = NULL;
}

/* The 64 digits before `name`; NULL: the list doesn't know it. */
static const char *find_hash(const hash_list *h, const char *name)
{
    for (const char *line = h->text; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
        line += *line == '\n';
        const size_t length = strcspn(line, "\n");
        if (length == HASH_DIGITS + 2 + strlen(name) && memcmp(line + HASH_DIGITS + 2, name, strlen(name)) == 0)
            return line;
    }
    return NULL;
}

bt_status hash_list_check(const hash_list *h, const char *name, const void *bytes, size_t size, bt_error *error)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    char digits[HASH_DIGITS + 1];
    crypto_hash_sha256(hash, bytes, size);
    sodium_bin2hex(digits, sizeof digits, hash, sizeof hash);
    const char *expected = find_hash(h, name);
    if (expected == NULL)
        return error_set(error, BT_CORRUPT, "%s has no line for %s", h->path, name);
    if (memcmp(expected, digits, HASH_DIGITS) != 0)
        return error_set(error, BT_CORRUPT, "%s is not the one that %s pins: its SHA-256 is %s, expected %.64s", name, h->path,
                         digits, expected);
    return BT_OK;
}

/* --- arrays -------------------------------------------------------------------------------------------------------- */

bt_status npy_values(const char *name, const uint8_t *bytes, size_t size, const char *type, size_t count, const void **values,
                     bt_error *error)
{
    static const uint8_t magic[8] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    char descr[32];
    size_t header = 0;
    if (size >= 10 && memcmp(bytes, magic, sizeof magic) == 0)
        header = 10 + bytes[8] + 256 * (size_t)bytes[9];
    if (header == 0 || header > size)
        return error_set(error, BT_BAD_FORMAT, "%s: not a .npy file of version 1", name);
    const int n = snprintf(descr, sizeof descr, "'descr': '%s'", type);
    const size_t width = (size_t)(type[2] - '0');
    const char *dictionary = (const char *)bytes + 10;
    char text[512] = {0};
    memcpy(text, dictionary, header - 10 < sizeof text - 1 ? header - 10 : sizeof text - 1);
    if (n < 0 || strstr(text, descr) == NULL || strstr(text, "'fortran_order': False") == NULL)
        return error_set(error, BT_BAD_FORMAT, "%s: expected values of type %s in C order", name, type);
    if (size - header != count * width)
        return error_set(error, BT_BAD_FORMAT, "%s: has %zu values, expected %zu", name, (size - header) / width, count);
    *values = bytes + header;
    return BT_OK;
}
