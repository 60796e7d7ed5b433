/* CSV rows in memory: the rules of csv.h over bytes that are there. The row reader (csv.c) fills a buffer and scans it; parallel
 * readers scan blocks of whole rows, each with a cursor of its own.
 */
#ifndef IMPORT_CSV_SCAN_H
#define IMPORT_CSV_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "butaca/status.h"

enum { CSV_FIELDS_MAX = 64, CSV_ROW_MAX = 1 << 24, CSV_RAW_MAX = 200 };

typedef struct csv_field {
    const char *text; /* not NUL-terminated; valid until the next row */
    size_t length;
} csv_field;

typedef struct csv_bounds {
    size_t begin, end; /* in the bytes; between the quotes of a quoted field, if nothing follows the closing one */
    bool rewrite;      /* quotes inside to undo */
} csv_bounds;

typedef struct csv_cursor {
    const char *label; /* of the file, for errors */
    char *bytes;       /* bytes[end] is a line feed, whatever stands there in the file */
    size_t row, end;   /* [row, end) is not read yet */
    bool at_end;       /* no more bytes follow in the file */
    char *scratch;     /* as large as the longest row: where quotes are undone. NULL: in place, the bytes change */

    size_t line, next_line; /* of the current row, of the one after it */
    size_t n_fields;        /* of the row; only the first CSV_FIELDS_MAX are kept */
    csv_bounds bounds[CSV_FIELDS_MAX];
    csv_field fields[CSV_FIELDS_MAX];
    csv_field raw; /* the row as the file has it, its first CSV_RAW_MAX bytes */
    char raw_copy[CSV_RAW_MAX];
} csv_cursor;

typedef enum csv_step {
    CSV_STEP_ROW,
    CSV_STEP_END,   /* no row is left */
    CSV_STEP_SHORT, /* the row goes on in bytes that aren't there yet; or none is left, and more bytes may follow */
    CSV_STEP_WRONG  /* what follows is no CSV: BT_BAD_FORMAT with its line */
} csv_step;

/* The next row; blank lines are skipped. */
csv_step csv_cursor_next(csv_cursor *c, bt_error *error);

/* How many of the bytes from c->row on are whole rows, and nothing of another. 0: not one; all: up to the end, or to what is no
 * CSV. At most CSV_ROW_MAX bytes beyond the last whole row are looked at twice. */
size_t csv_cursor_whole_rows(csv_cursor *c);

#endif
