/* A CSV file with a header, as importers read it: columns by name in any order, rows of the right width, progress, refusals.
 *
 *     table t;
 *     status = table_open(job, source, file, columns, 3, &t, error);
 *     while (status == BT_OK && (status = table_next(&t, &more, error)) == BT_OK && more)
 *         …table_field(&t, 0)…
 *     status = table_finish(&t, status, error);
 */
#ifndef IMPORT_TABLE_H
#define IMPORT_TABLE_H

#include "import/csv.h"
#include "import/fields.h"
#include "import/job.h"
#include "import/source.h"

enum { TABLE_COLUMNS_MAX = 16, TABLE_TEXT_MAX = 4096 };

typedef struct table_columns {
    const char *const *names;
    size_t n;
    bool torn; /* rows may be torn: a carriage return alone is a blank, and rows of any width come */
} table_columns;

typedef struct table {
    import_job *job;
    source_stream *stream;
    csv_reader *csv;
    const char *label;
    char stage[64];                          /* "reading ratings.csv" */
    uint64_t size;                           /* bytes of the file */
    size_t width;                            /* columns that each row has */
    bool torn;                               /* or should have: the reader looks */
    size_t at[TABLE_COLUMNS_MAX];            /* where the wanted columns are */
    size_t n_rows, n_refused, first_refused; /* the line of the first refusal */
    import_reject first_reason;
} table;

/* Whether a header row has all these columns; no error if the file is of another kind. */
bt_status table_probe(source *s, size_t file, const char *const *columns, size_t n_columns, bool *fits, bt_error *error);

/* The file of this name, else the only .csv file with these columns, whatever it is called; SIZE_MAX: there is none, or several. */
bt_status table_find(source *s, const char *name, const char *const *columns, size_t n_columns, size_t *file, bt_error *error);

/* The beginning of the first row as it stands; BT_BAD_FORMAT says why it is no row of text. */
bt_status table_first_row(source *s, size_t file, char *out, size_t size, bt_error *error);

/* Opens the file and finds the columns: a missing one or one that stands twice is BT_BAD_FORMAT. On failure t is zeroed. */
bt_status table_open(import_job *job, source *s, size_t file, const char *const *columns, size_t n_columns, table *t,
                     bt_error *error);

/* The same with a buffer of a size that tests choose (csv_open_sized). */
bt_status table_open_sized(import_job *job, source *s, size_t file, const table_columns *columns, size_t capacity, table *t,
                           bt_error *error);

/* The next row that has the right number of columns; others are refused here. */
bt_status table_next(table *t, bool *more, bt_error *error);

/* The field of the i-th wanted column. */
static inline const csv_field *table_field(const table *t, size_t i)
{
    return &csv_fields(t->csv)[t->at[i]];
}

/* Refuses the current row; or any one, for readers that take the file in blocks. */
bt_status table_refuse(table *t, import_reject reason, bt_error *error);
bt_status table_refuse_row(table *t, import_reject reason, size_t line, csv_field raw, bt_error *error);

/* Whether the field is text that can be stored; if not, *reason says why. */
bool table_is_text(const csv_field *f, import_reject *reason);

/* Ends the reading, which came to `status`, and closes t (zeroed is fine). A file without an accepted row is BT_BAD_FORMAT. */
bt_status table_finish(table *t, bt_status status, bt_error *error);

#endif
