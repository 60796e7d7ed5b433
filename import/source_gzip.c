/* Gzip as a layer over any stream (RFC 1952, by zlib): what begins with gzip's magic is unpacked as it is read, whatever it is
 * called and wherever it lies. CRC and length are checked at the end of each member; members that follow each other are one text.
 *
 * Bounds: 64 KiB of packed bytes are held; a text that grows more than 200-fold and beyond 64 MiB is refused.
 */
#include <string.h>
#include <zlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "import/source_internal.h"

enum { PACKED_SIZE = 1 << 16, WINDOW_WITH_GZIP = 15 + 16 };

struct gzip_layer {
    z_stream zlib;
    bool between; /* members: at the beginning, or behind the end of one */
    uint64_t n_packed, n_unpacked;
    size_t n_members;
    unsigned char packed[PACKED_SIZE];
};

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

bool gzip_begins(const unsigned char *bytes, size_t n)
{
    return n >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B;
}

bt_status gzip_open(gzip_layer **out, bt_error *error)
{
    gzip_layer *g = memory_zeroed(1, sizeof *g);
    *out = g;
    if (!g)
        return error_no_memory(error, "unpacking gzip");
    g->zlib.zalloc = take;
    g->zlib.zfree = give;
    g->between = true;
    if (inflateInit2(&g->zlib, WINDOW_WITH_GZIP) == Z_OK)
        return BT_OK;
    bt_free(g);
    *out = NULL;
    return error_no_memory(error, "unpacking gzip");
}

void gzip_close(gzip_layer *g)
{
    if (!g)
        return;
    inflateEnd(&g->zlib);
    bt_free(g);
}

/* More packed bytes, if none are left. */
static bt_status refill(gzip_layer *g, source_stream *s, bool *at_end, bt_error *error)
{
    size_t n = g->zlib.avail_in;
    *at_end = false;
    if (n > 0)
        return BT_OK;
    const bt_status status = source_read_raw(s, g->packed, sizeof g->packed, &n, error);
    if (status != BT_OK)
        return status;
    g->zlib.next_in = g->packed;
    g->zlib.avail_in = (unsigned)n;
    g->n_packed += n;
    *at_end = n == 0;
    return BT_OK;
}

static bt_status damaged(const gzip_layer *g, const source_stream *s, const char *why, bt_error *error)
{
    return error_set(error, BT_CORRUPT,
                     "%s: the gzip file is damaged or cut off after %llu bytes of its text (%s); get it again", s->file->label,
                     (unsigned long long)g->n_unpacked, why);
}

static bt_status check_growth(const gzip_layer *g, const source_stream *s, bt_error *error)
{
    if (g->n_unpacked <= SOURCE_GROWTH_FREE || g->n_unpacked / SOURCE_GROWTH_MAX <= g->n_packed)
        return BT_OK;
    return error_set(error, BT_LIMIT, "%s: grows more than %d-fold; if you trust it, unpack it and import the result",
                     s->file->label, SOURCE_GROWTH_MAX);
}

/* Unpacks what is there into the buffer; *n may be 0 though more is to come. */
static bt_status unpack(gzip_layer *g, source_stream *s, void *buffer, size_t size, size_t *n, bt_error *error)
{
    const unsigned room = size < UINT32_MAX ? (unsigned)size : UINT32_MAX;
    g->zlib.next_out = buffer;
    g->zlib.avail_out = room;
    const int result = inflate(&g->zlib, Z_NO_FLUSH);
    *n = room - g->zlib.avail_out;
    g->n_unpacked += *n;
    if (result == Z_MEM_ERROR)
        return error_no_memory(error, "unpacking gzip");
    if (result == Z_STREAM_END) {
        g->between = true;
        g->n_members++;
        inflateReset(&g->zlib);
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
        return damaged(g, s, g->zlib.msg ? g->zlib.msg : "not gzip", error);
    }
    return check_growth(g, s, error);
}

bt_status gzip_read(gzip_layer *g, source_stream *s, void *buffer, size_t size, size_t *n, bt_error *error)
{
    bt_status status = BT_OK;
    for (*n = 0; status == BT_OK && *n == 0 && size > 0;) {
        bool at_end;
        status = refill(g, s, &at_end, error);
        if (status == BT_OK && at_end)
            return g->between && g->n_members > 0 ? BT_OK : damaged(g, s, "its end is missing", error);
        g->between = false;
        if (status == BT_OK)
            status = unpack(g, s, buffer, size, n, error);
    }
    return status;
}
