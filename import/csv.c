/* The CSV reader: a buffer that is filled from a stream and scanned by csv_scan.c.
 *
 * The buffer holds whole rows as far as possible: [cursor.row, cursor.end) is not consumed yet. A row that doesn't fit doubles the
 * buffer; the scan of a long row is therefore repeated a few times, and stays linear. A block is the buffer itself, handed over:
 * the row that it cuts moves to the buffer that takes its place.
 */
#include "import/csv.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"

struct csv_reader {
    source_stream *stream;
    csv_cursor cursor;           /* its bytes: capacity + CSV_BLOCK_SPARE */
    size_t capacity;             /* of the buffer */
    size_t first_capacity;       /* of a new one */
    unsigned long long consumed; /* bytes before the buffer */
};

/* --- the buffer ----------------------------------------------------------------------------------------------------- */

static char *make_buffer(size_t capacity)
{
    char *bytes = memory_array(capacity + CSV_BLOCK_SPARE, 1);
    if (bytes)
        memset(bytes + capacity, 0, CSV_BLOCK_SPARE);
    return bytes;
}

/* Makes room behind `end`: the current row moves to the front, or the buffer doubles. */
static bt_status make_room(csv_reader *r, bt_error *error)
{
    csv_cursor *c = &r->cursor;
    if (c->row > 0) {
        memmove(c->bytes, c->bytes + c->row, c->end - c->row);
        r->consumed += c->row;
        c->end -= c->row;
        c->row = 0;
        return BT_OK;
    }
    char *larger = memory_resized(c->bytes, r->capacity * 2 + CSV_BLOCK_SPARE, 1);
    if (!larger)
        return error_no_memory(error, "reading a long row");
    r->capacity *= 2;
    memset(larger + r->capacity, 0, CSV_BLOCK_SPARE);
    c->bytes = larger;
    return BT_OK;
}

/* Reads until the buffer is full or the stream ends. */
static bt_status fill(csv_reader *r, bt_error *error)
{
    csv_cursor *c = &r->cursor;
    if (c->row > 0 || c->end == r->capacity) {
        const bt_status status = make_room(r, error);
        if (status != BT_OK)
            return status;
    }
    while (!c->at_end && c->end < r->capacity) {
        size_t n;
        const bt_status status = source_stream_read(r->stream, c->bytes + c->end, r->capacity - c->end, &n, error);
        if (status != BT_OK)
            return status;
        c->end += n;
        c->at_end = n == 0;
    }
    c->bytes[c->end] = '\n';
    return BT_OK;
}

static bt_status skip_byte_order_mark(csv_reader *r, bt_error *error)
{
    csv_cursor *c = &r->cursor;
    const bt_status status = fill(r, error);
    if (status != BT_OK)
        return status;
    if (c->end >= 2 && (memcmp(c->bytes, "\xFF\xFE", 2) == 0 || memcmp(c->bytes, "\xFE\xFF", 2) == 0))
        return error_set(error, BT_BAD_FORMAT, "%s:1: is UTF-16; save it as UTF-8", c->label);
    if (c->end >= 3 && memcmp(c->bytes, "\xEF\xBB\xBF", 3) == 0)
        c->row = 3;
    return BT_OK;
}

bt_status csv_open(source_stream *stream, const char *label, csv_reader **out, bt_error *error)
{
    return csv_open_sized(stream, label, CSV_CAPACITY, out, error);
}

bt_status csv_open_sized(source_stream *stream, const char *label, size_t capacity, csv_reader **out, bt_error *error)
{
    *out = NULL;
    csv_reader *r = memory_zeroed(1, sizeof *r);
    char *buffer = make_buffer(capacity);
    if (!r || !buffer) {
        bt_free(r);
        bt_free(buffer);
        return error_no_memory(error, "opening a CSV file");
    }
    r->stream = stream;
    r->cursor = (csv_cursor){.label = label, .bytes = buffer, .next_line = 1};
    r->capacity = r->first_capacity = capacity;
    const bt_status status = skip_byte_order_mark(r, error);
    if (status != BT_OK) {
        csv_close(r);
        return status;
    }
    *out = r;
    return BT_OK;
}

void csv_close(csv_reader *r)
{
    if (!r)
        return;
    bt_free(r->cursor.bytes);
    bt_free(r);
}

/* --- rows ----------------------------------------------------------------------------------------------------------- */

bt_status csv_next(csv_reader *r, bool *more, bt_error *error)
{
    for (;;) {
        const csv_step step = csv_cursor_next(&r->cursor, error);
        if (step == CSV_STEP_WRONG)
            return BT_BAD_FORMAT;
        *more = step == CSV_STEP_ROW;
        if (step != CSV_STEP_SHORT)
            return BT_OK;
        const bt_status status = fill(r, error);
        if (status != BT_OK)
            return status;
    }
}

size_t csv_n_fields(const csv_reader *r)
{
    return r->cursor.n_fields;
}

const csv_field *csv_fields(const csv_reader *r)
{
    return r->cursor.fields;
}

csv_field csv_raw(const csv_reader *r)
{
    return r->cursor.raw;
}

size_t csv_line(const csv_reader *r)
{
    return r->cursor.line;
}

size_t csv_next_line(const csv_reader *r)
{
    return r->cursor.next_line;
}

unsigned long long csv_bytes(const csv_reader *r)
{
    return r->consumed + r->cursor.row;
}

/* --- blocks --------------------------------------------------------------------------------------------------------- */

/* The bytes that can be handed out: whole rows; or, at the file's end and where a row is too long, all there is. */
static size_t ready_bytes(csv_reader *r)
{
    csv_cursor *c = &r->cursor;
    const size_t left = c->end - c->row;
    if (c->at_end)
        return left;
    const size_t whole = csv_cursor_whole_rows(c);
    return whole > 0 || left <= CSV_ROW_MAX ? whole : left;
}

/* Makes the block's memory fit to be the reader's next buffer: what a long row needed is given back. */
static bool make_fit(csv_block *b, size_t capacity)
{
    if (b->capacity >= capacity && b->capacity / 2 <= capacity)
        return true;
    csv_block_free(b);
    b->bytes = make_buffer(capacity);
    b->capacity = b->bytes ? capacity : 0;
    return b->bytes != NULL;
}

/* The buffer goes to the block, and the block's, with the rest of the bytes in it, to the reader. */
static bt_status hand_out(csv_reader *r, size_t size, csv_block *b, bt_error *error)
{
    csv_cursor *c = &r->cursor;
    const size_t rest = c->end - c->row - size;
    if (!make_fit(b, rest > r->first_capacity ? rest : r->first_capacity))
        return error_no_memory(error, "reading a block of rows");
    const csv_block full = {c->bytes, r->capacity, c->row, c->row + size, c->at_end};
    memcpy(b->bytes, full.bytes + full.end, rest);
    b->bytes[rest] = '\n';
    full.bytes[full.end] = '\n';
    r->consumed += full.end;
    c->bytes = b->bytes;
    r->capacity = b->capacity;
    c->row = 0;
    c->end = rest;
    *b = full;
    return BT_OK;
}

bt_status csv_take_block(csv_reader *r, csv_block *b, bt_error *error)
{
    const csv_cursor *c = &r->cursor;
    size_t size = c->end == r->capacity ? ready_bytes(r) : 0;
    while (size == 0 && !(c->at_end && c->row == c->end)) {
        const bt_status status = fill(r, error);
        if (status != BT_OK)
            return status;
        size = ready_bytes(r);
    }
    return hand_out(r, size, b, error);
}

void csv_block_free(csv_block *b)
{
    bt_free(b->bytes);
    *b = (csv_block){0};
}

void csv_block_cursor(const csv_block *b, const char *label, size_t line, char *scratch, csv_cursor *c)
{
    c->label = label;
    c->bytes = b->bytes;
    c->row = b->begin;
    c->end = b->end;
    c->at_end = b->at_end;
    c->scratch = scratch;
    c->line = 0;
    c->next_line = line;
    c->n_fields = 0;
}
