/* Checking what was downloaded. SHA-256 is libsodium's. */
#include "import/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"

enum { BUFFER_SIZE = 1 << 16 };

static void finish(crypto_hash_sha256_state *state, char out[SHA256_TEXT_SIZE])
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_final(state, digest);
    sodium_bin2hex(out, SHA256_TEXT_SIZE, digest, sizeof digest);
}

bt_status sha256_of(source *s, size_t file, char out[SHA256_TEXT_SIZE], bt_error *error)
{
    unsigned char buffer[BUFFER_SIZE];
    crypto_hash_sha256_state state;
    source_stream *stream;
    crypto_hash_sha256_init(&state);
    bt_status status = source_stream_open(s, file, &stream, error);
    for (size_t n = 1; status == BT_OK && n > 0;) {
        status = source_stream_read(stream, buffer, sizeof buffer, &n, error);
        if (status == BT_OK)
            crypto_hash_sha256_update(&state, buffer, n);
    }
    source_stream_close(stream);
    finish(&state, out);
    return status;
}

/* Of the file as it lies on disk. */
static bt_status sha256_of_path(const char *path, char out[SHA256_TEXT_SIZE], bt_error *error)
{
    const file_door *door = file_get_door();
    unsigned char buffer[BUFFER_SIZE];
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    const int fd = door->open(path, O_RDONLY | O_CLOEXEC, 0);
    ssize_t n = fd < 0 ? -1 : 1;
    while (n > 0) {
        n = door->read(fd, buffer, sizeof buffer);
        if (n > 0)
            crypto_hash_sha256_update(&state, buffer, (unsigned long long)n);
        else if (n < 0 && errno == EINTR)
            n = 1;
    }
    const int reason = errno;
    if (fd >= 0)
        door->close(fd);
    finish(&state, out);
    return n == 0 ? BT_OK : error_system(error, reason, "cannot read %s", path);
}

/* Whether the zip holds all of these files. A zip that is damaged, or no zip, doesn't. */
static bool holds_all(const char *path, const known_file *contents, size_t n)
{
    source *s;
    char found[SHA256_TEXT_SIZE];
    bool all = n > 0 && source_open(path, &s, NULL) == BT_OK;
    if (!all)
        return false;
    for (size_t i = 0; i < n && all; i++) {
        const size_t file = source_find(s, contents[i].name);
        all = file != SIZE_MAX && source_size(s, file) == contents[i].size && sha256_of(s, file, found, NULL) == BT_OK &&
              strcmp(found, contents[i].sha256) == 0;
    }
    source_close(s);
    return all;
}

bt_status sha256_check(const char *path, const known_file *file, const known_file *contents, size_t n_contents, bt_error *error)
{
    char found[SHA256_TEXT_SIZE];
    const bt_status status = sha256_of_path(path, found, error);
    if (status != BT_OK || strcmp(found, file->sha256) == 0 || holds_all(path, contents, n_contents))
        return status;
    return error_set(error, BT_CORRUPT, "%s: has the SHA-256 %s, expected %s", file->name, found, file->sha256);
}
