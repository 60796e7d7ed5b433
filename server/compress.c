/* One call of zlib on one buffer; see compress.h. */
#include "server/compress.h"

#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/memory.h"

enum { WINDOW_WITH_GZIP = 15 + 16, MEMORY_LEVEL = 8 };

static void *take(void *unused, unsigned count, unsigned size)
{
    (void)unused;
    return memory_array(count, size);
}

static void give(void *unused, void *block)
{
    (void)unused;
    bt_free(block);
}

char *compress_gzip(const char *bytes, size_t size, int level, size_t *n)
{
    z_stream z = {.zalloc = take, .zfree = give};
    char *out = size > 0 && size <= UINT32_MAX ? malloc(size) : NULL; /* libmicrohttpd frees it */
    if (!out)
        return NULL;
    if (deflateInit2(&z, level, Z_DEFLATED, WINDOW_WITH_GZIP, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) {
        free(out);
        return NULL;
    }
    z.next_in = (z_const Bytef *)(uintptr_t)bytes;
    z.avail_in = (uInt)size;
    z.next_out = (Bytef *)out;
    z.avail_out = (uInt)size - 1; /* no smaller: no use */
    const int result = deflate(&z, Z_FINISH);
    *n = z.total_out;
    deflateEnd(&z);
    if (result == Z_STREAM_END)
        return out;
    free(out);
    return NULL;
}
