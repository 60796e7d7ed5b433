/* A file of lines without a header whose fields are cut by a separator, without quotes, as MovieLens wrote them until 2009:
 * "1::1193::5::978300760". Rows of the right width, progress, refusals; the same use as a table's (import/table.h).
 *
 *     lines l;
 *     status = lines_open(job, source, file, "::", 4, &l, error);
 *     while (status == BT_OK && (status = lines_next(&l, &more, error)) == BT_OK && more)
 *         …lines_field(&l, 0)…
 *     status = lines_finish(&l, status, error);
 *
 * Memory: one buffer of LINES_LENGTH_MAX bytes.
 */
#ifndef IMPORT_LINES_H
#define IMPORT_LINES_H

#include "import/csv.h"
#include "import/job.h"
#include "import/source.h"

enum { LINES_FIELDS_MAX = 32, LINES_LENGTH_MAX = 1 << 16 };

typedef struct lines {
    import_job *job;
    source_stream *stream;
    const char *label, *separator;
    char stage[64];
    uint64_t size, consumed;
    size_t width; /* fields that each line has */

    char *buffer; /* LINES_LENGTH_MAX; [line, end) is not consumed yet */
    size_t line, end;
    bool at_end;                             /* the stream has no more bytes */
    size_t number, n_refused, first_refused; /* of the current line, from 1 */
    size_t n_rows;
    import_reject first_reason;
    csv_field raw, fields[LINES_FIELDS_MAX];
} lines;

/* On failure l is zeroed. */
bt_status lines_open(import_job *job, source *s, size_t file, const char *separator, size_t width, lines *l, bt_error *error);

/* Whether the first line has `width` fields, and a number in each one whose bit is set in `numbers`; no error if the file is of
 * another kind. */
bt_status lines_probe(source *s, size_t file, const char *separator, size_t width, unsigned numbers, bool *fits,
                      bt_error *error);

/* The next line that has `width` fields; others are refused here, blank ones skipped. Zero bytes, UTF-16, carriage returns alone as
 * line ends, and a line over the limit are BT_BAD_FORMAT. */
bt_status lines_next(lines *l, bool *more, bt_error *error);

static inline const csv_field *lines_field(const lines *l, size_t i)
{
    return &l->fields[i];
}

bt_status lines_refuse(lines *l, import_reject reason, bt_error *error);

/* The field as UTF-8 in the arena: what isn't UTF-8 is taken for ISO 8859-1, in which MovieLens 100k and 1M are written. NULL: no
 * memory. */
const char *lines_text(const csv_field *f, arena *a);

/* Ends the reading, which came to `status`, and closes l (zeroed is fine). A file without an accepted line is BT_BAD_FORMAT. */
bt_status lines_finish(lines *l, bt_status status, bt_error *error);

#endif
