/* Zip archives, gzip and plain files from any bytes: texts come out or the file is refused, never more bytes than an entry declares,
 * and it makes no difference in which pieces they are read.
 *
 * The first byte of an input is the size of the pieces, the rest is the file.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "import/source.h"

enum { TEXT_MAX = 1 << 20 }; /* of a file; what comes after it is not looked at */

static void require(int holds)
{
    if (!holds)
        abort();
}

/* --- the input as a file ---------------------------------------------------------------------------------------------- */

static char path[4096];

static void remove_file(void)
{
    unlink(path);
}

static void write_file(const uint8_t *bytes, size_t size)
{
    static int fd = -1;
    if (fd < 0) {
        const char *folder = getenv("TMPDIR");
        snprintf(path, sizeof path, "%s/butaca-fuzz-XXXXXX", folder ? folder : "/tmp");
        fd = mkstemp(path);
        require(fd >= 0 && atexit(remove_file) == 0);
    }
    require(ftruncate(fd, 0) == 0 && pwrite(fd, bytes, size, 0) == (ssize_t)size);
}

/* --- reading ---------------------------------------------------------------------------------------------------------- */

typedef struct outcome {
    bt_status status;
    uint64_t size, hash;
} outcome;

static outcome read_file(source *s, size_t file, size_t piece)
{
    static uint8_t buffer[1 << 16];
    outcome o = {.hash = UINT64_C(0xcbf29ce484222325)};
    bt_error error = {0};
    source_stream *stream;
    size_t n = 1;
    o.status = source_stream_open(s, file, &stream, &error);
    while (o.status == BT_OK && n > 0 && o.size < TEXT_MAX) {
        o.status = source_stream_read(stream, buffer, piece, &n, &error);
        for (size_t i = 0; o.status == BT_OK && i < n; i++)
            o.hash = (o.hash ^ buffer[i]) * UINT64_C(0x100000001b3); /* FNV-1a */
        o.size += o.status == BT_OK ? n : 0;
    }
    require(o.status == BT_OK || strstr(error.message, source_label(s, file)) != NULL);
    source_stream_close(stream);
    return o;
}

static void read_all(source *s, size_t piece)
{
    require(source_describe(s) != NULL);
    for (size_t i = 0; i < source_n_files(s) && i < 16; i++) {
        const outcome whole = read_file(s, i, 1 << 16), pieces = read_file(s, i, piece);
        require(whole.status == pieces.status);
        require(whole.status != BT_OK || whole.size >= TEXT_MAX || (whole.size == pieces.size && whole.hash == pieces.hash));
        require(whole.status == BT_OK || whole.status == BT_CORRUPT || whole.status == BT_LIMIT ||
                whole.status == BT_UNSUPPORTED);
#ifdef FUZZ_PLANTED_BUG
        static volatile uint8_t used[100]; /* too short for a longer text */
        for (size_t j = 0; j < whole.size; j++)
            used[j] = 1;
#endif
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    write_file(data + 1, size - 1);
    bt_error error = {0};
    source *s;
    const bt_status status = source_open(path, &s, &error);
    require(status == BT_OK || (status == BT_CORRUPT && strstr(error.message, path) != NULL) || status == BT_LIMIT);
    if (status == BT_OK)
        read_all(s, 1 + data[0] % 64u);
    source_close(s);
    return 0;
}
