/* Scanning CSV rows.
 *
 * A row is first scanned to its end, which finds the bounds of its fields without changing a byte, so that a row cut by the end of
 * the bytes can be scanned again after more came; only a complete row has its doubled quotes undone. The line feed at bytes[end]
 * is something that the scan may run into, so the inner loops test one thing: the class of the next byte.
 */
#include "import/csv_scan.h"

#include <string.h>

#include "base/error.h"

/* Where a scan stands. */
typedef enum scan_result { SCAN_ROW, SCAN_SHORT, SCAN_NUL, SCAN_BARE_CR } scan_result;

typedef struct csv_scan {
    size_t at, n_fields, n_lines;
    bool open_quote;
} csv_scan;

/* --- scanning ------------------------------------------------------------------------------------------------------- */

/* Bytes that may end an unquoted field. */
static const bool ends_field[256] = {[','] = true, ['\n'] = true, ['\r'] = true, ['\0'] = true};

static void note_field(csv_cursor *c, csv_scan *s, size_t begin, size_t end, bool rewrite)
{
    if (s->n_fields < CSV_FIELDS_MAX)
        c->bounds[s->n_fields] = (csv_bounds){begin, end, rewrite};
    s->n_fields++;
}

/* From behind the opening quote to behind the closing one. Counts the lines inside, and whether quotes are doubled. A quote that
 * the end parts from its double is taken for the closing one; the separator that then is missing has the row scanned again. */
static scan_result scan_quoted(const csv_cursor *c, csv_scan *s, bool *doubled)
{
    for (;; s->at++) {
        if (s->at == c->end) {
            s->open_quote = true;
            return SCAN_SHORT;
        }
        const char byte = c->bytes[s->at];
        s->n_lines += byte == '\n';
        if (byte == '\0')
            return SCAN_NUL;
        if (byte != '"')
            continue;
        if (c->bytes[s->at + 1] != '"')
            break;
        *doubled = true;
        s->at++;
    }
    s->at++;
    return SCAN_ROW;
}

/* One field, to the byte that ends it. */
static scan_result scan_field(csv_cursor *c, csv_scan *s)
{
    size_t begin = s->at, end = 0;
    const bool quoted = s->at < c->end && c->bytes[s->at] == '"';
    bool rewrite = false;
    if (quoted) {
        s->at++;
        const scan_result result = scan_quoted(c, s, &rewrite);
        if (result != SCAN_ROW)
            return result;
        begin++;
        end = s->at - 1;
    }
    const size_t tail = s->at;
    while (!ends_field[(unsigned char)c->bytes[s->at]])
        s->at++;
    if (quoted && s->at > tail)
        rewrite = true;
    note_field(c, s, begin, quoted && s->at == tail ? end : s->at, rewrite);
    return SCAN_ROW;
}

/* What stands behind a field: a comma (*last = false), the row's end, or something that ends the scan. */
static scan_result scan_separator(const csv_cursor *c, csv_scan *s, bool *last)
{
    *last = true;
    if (s->at == c->end)
        return c->at_end ? SCAN_ROW : SCAN_SHORT;
    switch (c->bytes[s->at]) {
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
        if (s->at + 1 == c->end && !c->at_end)
            return SCAN_SHORT; /* the line feed may be yet to come */
        if (c->bytes[s->at + 1] != '\n')
            return SCAN_BARE_CR;
        s->at += s->at + 1 == c->end ? 1 : 2; /* a CR that ends the file is a line's end, too */
        s->n_lines++;
        return SCAN_ROW;
    }
}

static scan_result scan_row(csv_cursor *c, csv_scan *s)
{
    *s = (csv_scan){.at = c->row};
    for (bool last = false; !last;) {
        scan_result result = scan_field(c, s);
        if (result == SCAN_ROW)
            result = scan_separator(c, s, &last);
        if (result != SCAN_ROW)
            return result;
    }
    return SCAN_ROW;
}

static void refuse(const csv_cursor *c, scan_result result, const csv_scan *s, bt_error *error)
{
    const size_t here = c->next_line + s->n_lines;
    if (result == SCAN_NUL)
        error_set(error, BT_BAD_FORMAT, "%s:%zu: has a zero byte; expected text in UTF-8 (UTF-16 has such bytes)", c->label,
                  here);
    else if (result == SCAN_BARE_CR)
        error_set(error, BT_BAD_FORMAT,
                  "%s:%zu: has a carriage return without a line feed; expected lines that end with LF or CRLF", c->label, here);
    else if (s->open_quote && c->at_end)
        error_set(error, BT_BAD_FORMAT, "%s:%zu: a quote opens in this row and never closes", c->label, c->next_line);
    else
        error_set(error, BT_BAD_FORMAT, "%s:%zu: the row is longer than %d bytes%s", c->label, c->next_line, CSV_ROW_MAX,
                  s->open_quote ? "; does its quote close?" : "");
}

/* --- rows ----------------------------------------------------------------------------------------------------------- */

/* Undoes quotes: the bytes between the opening and the closing quote with doubled quotes made single, then what follows the
 * closing quote as it is. `out` may be `text`. */
static size_t unquote(const char *text, size_t length, char *out)
{
    size_t n = 0, i = 0;
    for (; i < length && !(text[i] == '"' && (i + 1 == length || text[i + 1] != '"')); i++) {
        i += text[i] == '"';
        out[n++] = text[i];
    }
    for (i++; i < length; i++)
        out[n++] = text[i];
    return n;
}

static void take_field(csv_cursor *c, size_t i)
{
    const csv_bounds *b = &c->bounds[i];
    char *text = c->bytes + b->begin;
    c->fields[i] = (csv_field){text, b->end - b->begin};
    if (!b->rewrite)
        return;
    char *out = c->scratch ? c->scratch + (b->begin - c->row) : text;
    if (!c->scratch && c->raw.text != c->raw_copy) {
        memcpy(c->raw_copy, c->raw.text, c->raw.length);
        c->raw.text = c->raw_copy;
    }
    c->fields[i] = (csv_field){out, unquote(text, b->end - b->begin, out)};
}

static void take_row(csv_cursor *c, const csv_scan *s)
{
    const size_t kept = s->n_fields < CSV_FIELDS_MAX ? s->n_fields : CSV_FIELDS_MAX;
    size_t length = s->at - c->row;
    while (length > 0 && (c->bytes[c->row + length - 1] == '\n' || c->bytes[c->row + length - 1] == '\r'))
        length--;
    c->raw = (csv_field){c->bytes + c->row, length < CSV_RAW_MAX ? length : CSV_RAW_MAX};
    for (size_t i = 0; i < kept; i++)
        take_field(c, i);
    c->n_fields = s->n_fields;
    c->line = c->next_line;
    c->next_line += s->n_lines;
    c->row = s->at;
}

static bool is_blank(const csv_cursor *c)
{
    return c->n_fields == 1 && c->raw.length == 0;
}

csv_step csv_cursor_next(csv_cursor *c, bt_error *error)
{
    do {
        if (c->row == c->end)
            return c->at_end ? CSV_STEP_END : CSV_STEP_SHORT;
        csv_scan s;
        const scan_result result = scan_row(c, &s);
        const bool too_long = (result == SCAN_ROW ? s.at : c->end) - c->row > CSV_ROW_MAX;
        if (result == SCAN_SHORT && !c->at_end && !too_long)
            return CSV_STEP_SHORT;
        if (result != SCAN_ROW || too_long) {
            refuse(c, result, &s, error);
            return CSV_STEP_WRONG;
        }
        take_row(c, &s);
    } while (is_blank(c));
    return CSV_STEP_ROW;
}

/* --- whole rows ------------------------------------------------------------------------------------------------------ */

/* The same by scanning: a line feed in quotes ends no row. */
static size_t whole_quoted_rows(csv_cursor *c)
{
    const size_t first = c->row;
    scan_result result = SCAN_ROW;
    while (result == SCAN_ROW && c->row < c->end) {
        csv_scan s;
        result = scan_row(c, &s);
        if (result == SCAN_ROW)
            c->row = s.at;
    }
    const size_t whole = c->row;
    c->row = first;
    return (result == SCAN_ROW || result == SCAN_SHORT ? whole : c->end) - first;
}

size_t csv_cursor_whole_rows(csv_cursor *c)
{
    if (memchr(c->bytes + c->row, '"', c->end - c->row))
        return whole_quoted_rows(c);
    size_t at = c->end;
    while (at > c->row && c->bytes[at - 1] != '\n')
        at--;
    return at - c->row;
}
