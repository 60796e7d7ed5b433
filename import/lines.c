/* Reading lines of fields. */
#include "import/lines.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "import/fields.h"
#include "text/utf8.h"

enum { LINES_PER_REPORT = 4096 };

/* --- opening -------------------------------------------------------------------------------------------------------- */

static void lines_close(lines *l)
{
    source_stream_close(l->stream);
    bt_free(l->buffer);
    *l = (lines){0};
}

/* Moves what isn't consumed to the front and fills the rest. */
static bt_status fill(lines *l, bt_error *error)
{
    memmove(l->buffer, l->buffer + l->line, l->end - l->line);
    l->end -= l->line;
    l->line = 0;
    while (!l->at_end && l->end < LINES_LENGTH_MAX) {
        size_t n;
        const bt_status status = source_stream_read(l->stream, l->buffer + l->end, LINES_LENGTH_MAX - l->end, &n, error);
        if (status != BT_OK)
            return status;
        l->end += n;
        l->at_end = n == 0;
    }
    return BT_OK;
}

static bt_status skip_byte_order_mark(lines *l, bt_error *error)
{
    const bt_status status = fill(l, error);
    if (status != BT_OK)
        return status;
    if (l->end >= 2 && (memcmp(l->buffer, "\xFF\xFE", 2) == 0 || memcmp(l->buffer, "\xFE\xFF", 2) == 0))
        return error_set(error, BT_BAD_FORMAT, "%s:1: is UTF-16; save it as UTF-8", l->label);
    if (l->end >= 3 && memcmp(l->buffer, "\xEF\xBB\xBF", 3) == 0)
        l->line = 3;
    l->consumed = l->line;
    return BT_OK;
}

static bt_status begin(source *s, size_t file, lines *l, bt_error *error)
{
    l->label = source_label(s, file);
    bt_status status = source_stream_open(s, file, &l->stream, error);
    if (status == BT_OK && !(l->buffer = memory_array(LINES_LENGTH_MAX, 1)))
        status = error_no_memory(error, "reading lines");
    return status == BT_OK ? skip_byte_order_mark(l, error) : status;
}

bt_status lines_open(import_job *job, source *s, size_t file, const char *separator, size_t width, lines *l, bt_error *error)
{
    *l = (lines){.job = job, .separator = separator, .width = width};
    l->size = source_size(s, file);
    snprintf(l->stage, sizeof l->stage, "reading %s", source_name(s, file));
    bt_status status = begin(s, file, l, error);
    if (status == BT_OK)
        status = job_report(job, l->stage, 0, l->size, true, error);
    if (status != BT_OK)
        lines_close(l);
    return status;
}

/* --- lines ---------------------------------------------------------------------------------------------------------- */

/* Sets l->raw to the next line without its end; *more = false behind the last one. */
static bt_status take_line(lines *l, bool *more, bt_error *error)
{
    char *feed = memchr(l->buffer + l->line, '\n', l->end - l->line);
    if (!feed) {
        const bt_status status = fill(l, error);
        if (status != BT_OK)
            return status;
        feed = memchr(l->buffer, '\n', l->end);
    }
    *more = l->line < l->end;
    if (!*more)
        return BT_OK;
    l->number++;
    if (!feed && !l->at_end)
        return error_set(error, BT_BAD_FORMAT, "%s:%zu: the line is longer than %d bytes", l->label, l->number,
                         LINES_LENGTH_MAX);
    const char *text = l->buffer + l->line;
    const size_t whole = feed ? (size_t)(feed - text) + 1 : l->end - l->line;
    size_t length = whole - (feed != NULL);
    length -= length > 0 && text[length - 1] == '\r';
    l->raw = (csv_field){text, length};
    l->line += whole;
    l->consumed += whole;
    return BT_OK;
}

static bt_status check_bytes(const lines *l, bt_error *error)
{
    if (memchr(l->raw.text, '\0', l->raw.length))
        return error_set(error, BT_BAD_FORMAT, "%s:%zu: has a zero byte; expected text (UTF-16 has such bytes)", l->label,
                         l->number);
    if (memchr(l->raw.text, '\r', l->raw.length))
        return error_set(error, BT_BAD_FORMAT,
                         "%s:%zu: has a carriage return without a line feed; expected lines that end with LF or CRLF", l->label,
                         l->number);
    return BT_OK;
}

/* Where the separator next stands in [text, end), or end. */
static const char *find_separator(const lines *l, const char *text, const char *end)
{
    const size_t n = strlen(l->separator);
    for (const char *at = text; (at = memchr(at, l->separator[0], (size_t)(end - at))) != NULL; at++)
        if ((size_t)(end - at) >= n && memcmp(at, l->separator, n) == 0)
            return at;
    return end;
}

/* Cuts the line; false if it hasn't `width` fields. */
static bool cut(lines *l)
{
    const char *text = l->raw.text, *end = text + l->raw.length;
    size_t n = 0;
    for (;;) {
        const char *stop = find_separator(l, text, end);
        if (n == l->width)
            return false;
        l->fields[n++] = (csv_field){text, (size_t)(stop - text)};
        if (stop == end)
            return n == l->width;
        text = stop + strlen(l->separator);
    }
}

bt_status lines_probe(source *s, size_t file, const char *separator, size_t width, unsigned numbers, bool *fits,
                      bt_error *error)
{
    lines l = {.separator = separator, .width = width};
    bt_error cause = {0};
    bool more = false;
    bt_status status = begin(s, file, &l, &cause);
    if (status == BT_OK)
        status = take_line(&l, &more, &cause);
    *fits = status == BT_OK && more && cut(&l);
    for (size_t i = 0; i < width && *fits; i++)
        *fits = (numbers >> i & 1) == 0 || field_is_number(lines_field(&l, i));
    lines_close(&l);
    if (status == BT_OK || status == BT_BAD_FORMAT)
        return BT_OK;
    return error_set(error, status, "%s", cause.message);
}

bt_status lines_next(lines *l, bool *more, bt_error *error)
{
    for (;;) {
        bt_status status = take_line(l, more, error);
        if (status != BT_OK || !*more)
            return status;
        if (l->raw.length == 0)
            continue;
        status = check_bytes(l, error);
        l->n_rows++;
        l->job->summary->rows_read++;
        if (status == BT_OK && l->n_rows % LINES_PER_REPORT == 0)
            status = job_report(l->job, l->stage, l->consumed, l->size, false, error);
        if (status != BT_OK || cut(l))
            return status;
        status = lines_refuse(l, IMPORT_REJECT_COLUMNS, error);
        if (status != BT_OK)
            return status;
    }
}

bt_status lines_refuse(lines *l, import_reject reason, bt_error *error)
{
    if (l->n_refused++ == 0) {
        l->first_refused = l->number;
        l->first_reason = reason;
    }
    const csv_field raw = {l->raw.text, l->raw.length < CSV_RAW_MAX ? l->raw.length : CSV_RAW_MAX};
    return job_refuse(l->job, l->label, l->number, reason, raw, error);
}

const char *lines_text(const csv_field *f, arena *a)
{
    if (utf8_is_valid(f->text, f->length))
        return arena_string(a, f->text, f->length);
    char *text = arena_take(a, f->length * 2 + 1), *end = text;
    for (size_t i = 0; text && i < f->length; i++) {
        const unsigned char c = (unsigned char)f->text[i];
        if (c >= 0x80)
            *end++ = (char)(0xC0 | c >> 6);
        *end++ = (char)(c >= 0x80 ? 0x80 | (c & 0x3F) : c);
    }
    if (text)
        *end = '\0';
    return text;
}

/* --- the end -------------------------------------------------------------------------------------------------------- */

static bt_status check_accepted(const lines *l, bt_error *error)
{
    if (l->n_rows == 0)
        return error_set(error, BT_BAD_FORMAT, "%s:1: is empty; expected lines of %zu fields with \"%s\" between", l->label,
                         l->width, l->separator);
    if (l->n_refused < l->n_rows)
        return BT_OK;
    return error_set(error, BT_BAD_FORMAT, "%s:%zu: %s; all %zu lines of the file were refused, nothing was imported", l->label,
                     l->first_refused, import_reject_text(l->first_reason), l->n_rows);
}

bt_status lines_finish(lines *l, bt_status status, bt_error *error)
{
    if (status == BT_OK && l->stream)
        status = check_accepted(l, error);
    if (status == BT_OK && l->stream)
        status = job_report(l->job, l->stage, l->consumed, l->size, true, error);
    lines_close(l);
    return status;
}
