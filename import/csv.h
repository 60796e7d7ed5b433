/* CSV after RFC 4180 (also with LF alone), by rows, over blocks of bytes: fields are slices of the reader's own buffer, quotes
 * and doubled quotes undone in place. No allocation per row; the buffer grows to the longest row, at most CSV_ROW_MAX.
 */
#ifndef IMPORT_CSV_H
#define IMPORT_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "butaca/status.h"
#include "import/source.h"

enum { CSV_FIELDS_MAX = 64, CSV_ROW_MAX = 1 << 24, CSV_RAW_MAX = 200 };

typedef struct csv_field {
    const char *text; /* not NUL-terminated; valid until the next row */
    size_t length;
} csv_field;

typedef struct csv_reader csv_reader;

/* Reads from `stream`, which stays the caller's. `label` names the file in errors; both must outlive the reader. */
bt_status csv_open(source_stream *stream, const char *label, csv_reader **out, bt_error *error);
void csv_close(csv_reader *r); /* NULL is fine */

/* The same with a buffer that begins with `capacity` bytes, at least 4: tests cut rows with it. */
bt_status csv_open_sized(source_stream *stream, const char *label, size_t capacity, csv_reader **out, bt_error *error);

/* The next row; *more = false at the end. Blank lines are skipped. A quote that never closes or a row over the limit is
 * BT_BAD_FORMAT with the line it began on. A UTF-8 BOM is skipped; UTF-16, NUL bytes, and carriage returns alone as line ends
 * are BT_BAD_FORMAT. Text between a closing quote and the next comma belongs to the field, quotes in an unquoted field too. */
bt_status csv_next(csv_reader *r, bool *more, bt_error *error);

size_t csv_n_fields(const csv_reader *r); /* of the row; only the first CSV_FIELDS_MAX are kept */
const csv_field *csv_fields(const csv_reader *r);
csv_field csv_raw(const csv_reader *r);            /* the row as the file has it, its first CSV_RAW_MAX bytes */
size_t csv_line(const csv_reader *r);              /* of the current row's beginning, from 1 */
unsigned long long csv_bytes(const csv_reader *r); /* consumed so far, for progress */

#endif
