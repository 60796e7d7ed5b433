/* CSV after RFC 4180 (also with LF alone) from a stream, by rows or in blocks of whole rows. No allocation per row; the buffer
 * grows to the longest row, at most CSV_ROW_MAX.
 *
 * Rows: fields are slices of the reader's own buffer, quotes and doubled quotes undone in place. Blocks: for readers that parse on
 * several threads; each block is scanned with a cursor (import/csv_scan.h), which finds the same rows and the same errors.
 */
#ifndef IMPORT_CSV_H
#define IMPORT_CSV_H

#include "import/csv_scan.h"
#include "import/source.h"

typedef struct csv_reader csv_reader;

/* Reads from `stream`, which stays the caller's. `label` names the file in errors; both must outlive the reader. */
bt_status csv_open(source_stream *stream, const char *label, csv_reader **out, bt_error *error);
void csv_close(csv_reader *r); /* NULL is fine */

/* The same with a buffer that begins with `capacity` bytes, at least 4: tests cut rows with it. */
enum { CSV_CAPACITY = 1 << 17 };
bt_status csv_open_sized(source_stream *stream, const char *label, size_t capacity, csv_reader **out, bt_error *error);

/* --- rows ----------------------------------------------------------------------------------------------------------- */

/* The next row; *more = false at the end. Blank lines are skipped. A quote that never closes or a row over the limit is
 * BT_BAD_FORMAT with the line it began on. A UTF-8 BOM is skipped; UTF-16, NUL bytes, and carriage returns alone as line ends
 * are BT_BAD_FORMAT. Text between a closing quote and the next comma belongs to the field, quotes in an unquoted field too. */
bt_status csv_next(csv_reader *r, bool *more, bt_error *error);

size_t csv_n_fields(const csv_reader *r); /* of the row; only the first CSV_FIELDS_MAX are kept */
const csv_field *csv_fields(const csv_reader *r);
csv_field csv_raw(const csv_reader *r);            /* the row as the file has it, its first CSV_RAW_MAX bytes */
size_t csv_line(const csv_reader *r);              /* of the current row's beginning, from 1 */
size_t csv_next_line(const csv_reader *r);         /* of the row after it */
unsigned long long csv_bytes(const csv_reader *r); /* consumed so far, for progress */

/* --- blocks --------------------------------------------------------------------------------------------------------- */

enum { CSV_BLOCK_SPARE = 64 }; /* bytes beyond a block's end that may be read, so that its parser can read ahead */

typedef struct csv_block {
    char *bytes; /* capacity + CSV_BLOCK_SPARE; a line feed stands at bytes[end] */
    size_t capacity, begin, end;
    bool at_end; /* it ends the file */
} csv_block;     /* zeroed: none yet */

/* Takes the next block of whole rows; begin = end when none is left. The last row of a block may be what is no CSV. Reading by rows
 * and by blocks don't mix, but for rows before the first block; lines are the caller's to count from then on. The block's memory
 * is used again when it comes back. */
bt_status csv_take_block(csv_reader *r, csv_block *b, bt_error *error);
void csv_block_free(csv_block *b);

/* A cursor on a block's rows, the first of them on `line`. */
void csv_block_cursor(const csv_block *b, const char *label, size_t line, char *scratch, csv_cursor *c);

#endif
