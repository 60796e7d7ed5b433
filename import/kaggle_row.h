/* Rows of movies_metadata.csv, torn ones put together.
 *
 * Three records of the original lie in two rows each: their overview has a line break and no quotes around it, so that the rest of
 * the record comes as a row of its own, nine columns too far left (a release date in the column `id`). A row that is too
 * short waits for the next one: if the two make one whole record, its overview gets its break back; if not, the waiting row is
 * refused.
 */
#ifndef IMPORT_KAGGLE_ROW_H
#define IMPORT_KAGGLE_ROW_H

#include "import/table.h"

typedef struct kaggle_row {
    csv_field fields[CSV_FIELDS_MAX]; /* of a whole record */

    bool waiting; /* a row that was too short */
    size_t n_waiting, line;
    csv_field held[CSV_FIELDS_MAX], raw; /* in memory */
    arena memory;
} kaggle_row;

/* The next whole record of the table (opened torn) as r->fields, in the file's order of columns. Rows that belong to none are
 * refused. */
bt_status kaggle_row_next(kaggle_row *r, table *t, bool *more, bt_error *error);

static inline const csv_field *kaggle_row_field(const kaggle_row *r, const table *t, size_t i)
{
    return &r->fields[t->at[i]];
}

void kaggle_row_free(kaggle_row *r);

#endif
