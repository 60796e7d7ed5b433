/* Files of lines from any bytes: rows come back or the file is refused, with fields that lie in their line and texts that are UTF-8.
 *
 * The first byte of an input picks the separator, the second the size of the pieces in which the stream gives the rest.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "import/lines.h"
#include "import/source_internal.h"
#include "text/utf8.h"

static void require(int holds)
{
    if (!holds)
        abort();
}

/* --- a source over memory ------------------------------------------------------------------------------------------- */

typedef struct memory {
    const uint8_t *bytes;
    size_t size, piece;
} memory;

static bt_status memory_open(source *s, const source_file *file, source_stream *out, bt_error *error)
{
    (void)file, (void)error;
    out->entry = s->handle;
    return BT_OK;
}

static bt_status memory_read(source_stream *s, void *buffer, size_t size, size_t *n, bt_error *error)
{
    (void)error;
    const memory *m = s->entry;
    const size_t left = m->size - (size_t)s->read;
    *n = left < size ? left : size;
    *n = *n < m->piece ? *n : m->piece;
    memcpy(buffer, m->bytes + s->read, *n);
    return BT_OK;
}

static void memory_close(source_stream *s)
{
    (void)s;
}

static const source_kind memory_kind = {
    .what = "memory", .stream_open = memory_open, .stream_read = memory_read, .stream_close = memory_close};

/* --- reading -------------------------------------------------------------------------------------------------------- */

typedef struct outcome {
    bt_status status;
    size_t n_rows, n_refused;
    uint64_t hash;
} outcome;

static void take_row(outcome *o, const lines *l, arena *a)
{
    for (size_t i = 0; i < l->width; i++) {
        const csv_field *f = lines_field(l, i);
        require(f->text >= l->raw.text && f->text + f->length <= l->raw.text + l->raw.length);
        const char *text = lines_text(f, a);
        require(text != NULL && utf8_is_valid(text, strlen(text)) && strlen(text) >= f->length);
        for (size_t j = 0; j < f->length; j++)
            o->hash = (o->hash ^ (uint8_t)f->text[j]) * UINT64_C(0x100000001b3);
        o->hash = (o->hash ^ 0x1ff) * UINT64_C(0x100000001b3);
#ifdef FUZZ_PLANTED_BUG
        static volatile char copy[32]; /* too short for a longer field */
        for (size_t j = 0; j < f->length; j++)
            copy[j] = f->text[j];
#endif
    }
    arena_clear(a);
    o->n_rows++;
}

static outcome read_all(memory m, const char *separator, size_t width)
{
    source_file file = {.name = "input", .label = "input"};
    source s = {.kind = &memory_kind, .files = &file, .n_files = 1, .handle = &m};
    import_summary summary = {0};
    import_job job = {.summary = &summary};
    outcome o = {0};
    bt_error error = {0};
    arena a = {0};
    lines l;
    bool more = true;
    o.status = lines_open(&job, &s, 0, separator, width, &l, &error);
    while (o.status == BT_OK && (o.status = lines_next(&l, &more, &error)) == BT_OK && more)
        take_row(&o, &l, &a);
    o.status = lines_finish(&l, o.status, &error);
    require(o.status == BT_OK || strstr(error.message, "input") != NULL);
    require(o.n_rows + summary.n_rejected == summary.rows_read || o.status != BT_OK);
    o.n_refused = summary.n_rejected;
    arena_free(&a);
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct {
        const char *separator;
        size_t width;
    } kinds[] = {{"::", 4}, {"\t", 4}, {"|", 24}, {"::", 1}};
    if (size < 2)
        return 0;
    const size_t n = size - 2, kind = data[0] % 4u;
    uint8_t *bytes = malloc(n > 0 ? n : 1); /* its end is watched */
    require(bytes != NULL);
    memcpy(bytes, data + 2, n);
    const outcome whole = read_all((memory){bytes, n, SIZE_MAX}, kinds[kind].separator, kinds[kind].width);
    const outcome pieces = read_all((memory){bytes, n, 1 + data[1] % 16u}, kinds[kind].separator, kinds[kind].width);
    require(whole.status == pieces.status && whole.n_rows == pieces.n_rows && whole.hash == pieces.hash &&
            whole.n_refused == pieces.n_refused);
    require(whole.status == BT_OK || whole.status == BT_BAD_FORMAT || whole.status == BT_CORRUPT || whole.status == BT_LIMIT);
    free(bytes);
    return 0;
}
