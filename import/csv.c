/* The CSV reader.
 *
 * The buffer holds whole rows as far as possible: [row, end) is not consumed yet. A row is first scanned to its end, which finds
 * the bounds of its fields without changing a byte, so that a row cut by the buffer's end can be scanned again after more bytes
 * came; only a complete row has its doubled quotes undone. buffer[end] is always a line feed that the scan may run into, so the
 * inner loops test one thing: the class of the next byte. A row that doesn't fit doubles the buffer; the scan of a long row is
 * therefore repeated a few times, and stays linear.
 */
#include "import/csv.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { FIRST_CAPACITY = 1 << 18 };

typedef struct csv_bounds {
    size_t begin, end; /* in the buffer; between the quotes of a quoted field, if nothing follows the closing one */
    bool rewrite;      /* quotes inside to undo */
} csv_bounds;

struct csv_reader {
    source_stream *stream;
    const char *label;

    char *buffer; /* capacity + 1 */
    size_t capacity, row, end;
    bool at_end; /* the stream has no more bytes */
    unsigned long long consumed;

    size_t line, next_line; /* of the current row, of the one after it */
    size_t n_fields;
    csv_bounds bounds[CSV_FIELDS_MAX];
    csv_field fields[CSV_FIELDS_MAX];
    csv_field raw;
    char raw_copy[CSV_RAW_MAX]; /* of rows whose bytes are rewritten */
};

/* Where a scan stands. */
typedef enum scan_result { SCAN_ROW, SCAN_SHORT, SCAN_NUL, SCAN_BARE_CR } scan_result;

typedef struct csv_scan {
    size_t at, n_fields, n_lines;
    bool open_quote;
} csv_scan;

/* --- the buffer ----------------------------------------------------------------------------------------------------- */

/* Makes room behind `end`: the current row moves to the front, or the buffer doubles. */
static bt_status make_room(csv_reader *r, bt_error *error)
{
    if (r->row > 0) {
        memmove(r->buffer, r->buffer + r->row, r->end - r->row);
        r->end -= r->row;
        r->row = 0;
        return BT_OK;
    }
    char *larger = memory_resized(r->buffer, r->capacity * 2 + 1, 1);
    if (!larger)
        return error_no_memory(error, "reading a long row");
    r->buffer = larger;
    r->capacity *= 2;
    return BT_OK;
}

/* Reads until the buffer is full or the stream ends. */
static bt_status fill(csv_reader *r, bt_error *error)
{
    if (r->row > 0 || r->end == r->capacity) {
        const bt_status status = make_room(r, error);
        if (status != BT_OK)
            return status;
    }
    while (!r->at_end && r->end < r->capacity) {
        size_t n;
        const bt_status status = source_stream_read(r->stream, r->buffer + r->end, r->capacity - r->end, &n, error);
        if (status != BT_OK)
            return status;
        r->end += n;
        r->at_end = n == 0;
    }
    r->buffer[r->end] = '\n';
    return BT_OK;
}

static bt_status skip_byte_order_mark(csv_reader *r, bt_error *error)
{
    const bt_status status = fill(r, error);
    if (status != BT_OK)
        return status;
    if (r->end >= 2 && (memcmp(r->buffer, "\xFF\xFE", 2) == 0 || memcmp(r->buffer, "\xFE\xFF", 2) == 0))
        return error_set(error, BT_BAD_FORMAT, "%s:1: is UTF-16; save it as UTF-8", r->label);
    if (r->end >= 3 && memcmp(r->buffer, "\xEF\xBB\xBF", 3) == 0)
        r->row = 3;
    return BT_OK;
}

bt_status csv_open(source_stream *stream, const char *label, csv_reader **out, bt_error *error)
{
    return csv_open_sized(stream, label, FIRST_CAPACITY, out, error);
}

bt_status csv_open_sized(source_stream *stream, const char *label, size_t capacity, csv_reader **out, bt_error *error)
{
    *out = NULL;
    csv_reader *r = memory_zeroed(1, sizeof *r);
    char *buffer = memory_array(capacity + 1, 1);
    if (!r || !buffer) {
        bt_free(r);
        bt_free(buffer);
        return error_no_memory(error, "opening a CSV file");
    }
    r->stream = stream;
    r->label = label;
    r->buffer = buffer;
    r->capacity = capacity;
    r->next_line = 1;
    const bt_status status = skip_byte_order_mark(r, error);
    if (status != BT_OK) {
        csv_close(r);
        return status;
    }
    r->consumed = r->row;
    *out = r;
    return BT_OK;
}

void csv_close(csv_reader *r)
{
    if (!r)
        return;
    bt_free(r->buffer);
    bt_free(r);
}

/* --- scanning ------------------------------------------------------------------------------------------------------- */

/* Bytes that may end an unquoted field. */
static const bool ends_field[256] = {[','] = true, ['\n'] = true, ['\r'] = true, ['\0'] = true};

static void note_field(csv_reader *r, csv_scan *s, size_t begin, size_t end, bool rewrite)
{
    if (s->n_fields < CSV_FIELDS_MAX)
        r->bounds[s->n_fields] = (csv_bounds){begin, end, rewrite};
    s->n_fields++;
}

/* From behind the opening quote to behind the closing one. Counts the lines inside, and whether quotes are doubled. A quote that
 * the buffer's end parts from its double is taken for the closing one; the separator that then is missing has the row scanned
 * again. */
static scan_result scan_quoted(const csv_reader *r, csv_scan *s, bool *doubled)
{
    for (;; s->at++) {
        if (s->at == r->end) {
            s->open_quote = true;
            return SCAN_SHORT;
        }
        const char c = r->buffer[s->at];
        s->n_lines += c == '\n';
        if (c == '\0')
            return SCAN_NUL;
        if (c != '"')
            continue;
        if (r->buffer[s->at + 1] != '"')
            break;
        *doubled = true;
        s->at++;
    }
    s->at++;
    return SCAN_ROW;
}

/* One field, to the byte that ends it. */
static scan_result scan_field(csv_reader *r, csv_scan *s)
{
    size_t begin = s->at, end = 0;
    const bool quoted = s->at < r->end && r->buffer[s->at] == '"';
    bool rewrite = false;
    if (quoted) {
        s->at++;
        const scan_result result = scan_quoted(r, s, &rewrite);
        if (result != SCAN_ROW)
            return result;
        begin++;
        end = s->at - 1;
    }
    const size_t tail = s->at;
    while (!ends_field[(unsigned char)r->buffer[s->at]])
        s->at++;
    if (quoted && s->at > tail)
        rewrite = true;
    note_field(r, s, begin, quoted && s->at == tail ? end : s->at, rewrite);
    return SCAN_ROW;
}

/* What stands behind a field: a comma (*last = false), the row's end, or something that ends the scan. */
static scan_result scan_separator(const csv_reader *r, csv_scan *s, bool *last)
{
    *last = true;
    if (s->at == r->end)
        return r->at_end ? SCAN_ROW : SCAN_SHORT;
    switch (r->buffer[s->at]) {
    case ',':
        *last = false;
        s->at++;
        return SCAN_ROW;
    case '\n':
        s->at++;
        s->n_lines++;
        return SCAN_ROW;
    case '\0':
        return SCAN_NUL;
    default: /* CR */
        if (s->at + 1 == r->end && !r->at_end)
            return SCAN_SHORT; /* the line feed may be yet to come */
        if (r->buffer[s->at + 1] != '\n')
            return SCAN_BARE_CR;
        s->at += s->at + 1 == r->end ? 1 : 2; /* a CR that ends the file is a line's end, too */
        s->n_lines++;
        return SCAN_ROW;
    }
}

static scan_result scan_row(csv_reader *r, csv_scan *s)
{
    *s = (csv_scan){.at = r->row};
    for (bool last = false; !last;) {
        scan_result result = scan_field(r, s);
        if (result == SCAN_ROW)
            result = scan_separator(r, s, &last);
        if (result != SCAN_ROW)
            return result;
    }
    return SCAN_ROW;
}

static bt_status refuse(const csv_reader *r, scan_result result, const csv_scan *s, bt_error *error)
{
    const size_t here = r->next_line + s->n_lines;
    if (result == SCAN_NUL)
        return error_set(error, BT_BAD_FORMAT, "%s:%zu: has a zero byte; expected text in UTF-8 (UTF-16 has such bytes)",
                         r->label, here);
    if (result == SCAN_BARE_CR)
        return error_set(error, BT_BAD_FORMAT,
                         "%s:%zu: has a carriage return without a line feed; expected lines that end with LF or CRLF", r->label,
                         here);
    if (s->open_quote && r->at_end)
        return error_set(error, BT_BAD_FORMAT, "%s:%zu: a quote opens in this row and never closes", r->label, r->next_line);
    return error_set(error, BT_BAD_FORMAT, "%s:%zu: the row is longer than %d bytes%s", r->label, r->next_line, CSV_ROW_MAX,
                     s->open_quote ? "; does its quote close?" : "");
}

/* --- rows ----------------------------------------------------------------------------------------------------------- */

/* Undoes quotes in place: the bytes between the opening and the closing quote with doubled quotes made single, then what
 * follows the closing quote as it is. */
static size_t unquote(char *text, size_t length)
{
    size_t out = 0, i = 0;
    for (; i < length && !(text[i] == '"' && (i + 1 == length || text[i + 1] != '"')); i++) {
        i += text[i] == '"';
        text[out++] = text[i];
    }
    for (i++; i < length; i++)
        text[out++] = text[i];
    return out;
}

static void take_row(csv_reader *r, const csv_scan *s)
{
    const size_t kept = s->n_fields < CSV_FIELDS_MAX ? s->n_fields : CSV_FIELDS_MAX;
    size_t length = s->at - r->row;
    while (length > 0 && (r->buffer[r->row + length - 1] == '\n' || r->buffer[r->row + length - 1] == '\r'))
        length--;
    r->raw = (csv_field){r->buffer + r->row, length < CSV_RAW_MAX ? length : CSV_RAW_MAX};

    for (size_t i = 0; i < kept; i++) {
        const csv_bounds *b = &r->bounds[i];
        char *text = r->buffer + b->begin;
        if (b->rewrite && r->raw.text != r->raw_copy) {
            memcpy(r->raw_copy, r->raw.text, r->raw.length);
            r->raw.text = r->raw_copy;
        }
        r->fields[i] = (csv_field){text, b->rewrite ? unquote(text, b->end - b->begin) : b->end - b->begin};
    }
    r->n_fields = s->n_fields;
    r->line = r->next_line;
    r->next_line += s->n_lines;
    r->consumed += s->at - r->row;
    r->row = s->at;
}

static bool is_blank(const csv_reader *r)
{
    return r->n_fields == 1 && r->raw.length == 0;
}

bt_status csv_next(csv_reader *r, bool *more, bt_error *error)
{
    do {
        csv_scan s;
        for (;;) {
            if (r->row == r->end && r->at_end) {
                *more = false;
                return BT_OK;
            }
            const scan_result result = scan_row(r, &s);
            const bool too_long = (result == SCAN_ROW ? s.at : r->end) - r->row > CSV_ROW_MAX;
            if (result == SCAN_ROW && !too_long)
                break;
            if (result != SCAN_SHORT || r->at_end || too_long)
                return refuse(r, result, &s, error);
            const bt_status status = fill(r, error);
            if (status != BT_OK)
                return status;
        }
        take_row(r, &s);
    } while (is_blank(r));
    *more = true;
    return BT_OK;
}

size_t csv_n_fields(const csv_reader *r)
{
    return r->n_fields;
}

const csv_field *csv_fields(const csv_reader *r)
{
    return r->fields;
}

csv_field csv_raw(const csv_reader *r)
{
    return r->raw;
}

size_t csv_line(const csv_reader *r)
{
    return r->line;
}

unsigned long long csv_bytes(const csv_reader *r)
{
    return r->consumed;
}
