/* A block of ratings.csv into columns: what the threads of ratings_table.c do. Blocks know nothing of each other. */
#ifndef IMPORT_RATINGS_BLOCK_H
#define IMPORT_RATINGS_BLOCK_H

#include <stdint.h>

#include "import/csv.h"
#include "import/job.h"

enum { RATINGS_TABLE_COLUMNS = 4 };

/* How rows are to be understood. */
typedef struct ratings_layout {
    const char *label;                /* of the file */
    size_t width;                     /* columns of a row */
    size_t at[RATINGS_TABLE_COLUMNS]; /* where userId, movieId, rating, timestamp are */
    const import_job *job;            /* whose film ids are looked up */
    const uint32_t *low_films;        /* the same as an array, for ids below n_low_films; 0: no such film */
    uint32_t n_low_films;
} ratings_layout;

/* The fields of a row, in the order of the layout, as a rating; or why it is refused. */
bool ratings_layout_parse(const ratings_layout *layout, const csv_field *fields, uint32_t *user_id, bt_rating *r,
                          import_reject *reason);

typedef struct user_run {
    uint32_t user_id, n; /* the next n rows are of this user */
} user_run;

/* What became of a block. Every row counts in n_read, is in the columns or was refused. */
typedef struct ratings_block {
    uint32_t *film_ids, *times; /* n, Butaca's ids; capacity */
    uint8_t *half_stars;
    size_t n, capacity;
    user_run *runs; /* n_runs; capacity */
    size_t n_runs;
    size_t n_read, n_lines;
    bool has_refused; /* rows that were refused, or something that is no CSV and ended the parsing: the text tells what */
} ratings_block;      /* zeroed: no memory yet */

/* Room for all rows that a text of so many bytes can have: whether it is there, and making it; false: no memory. */
bool ratings_block_fits(const ratings_block *b, size_t bytes);
bool ratings_block_reserve(ratings_block *b, size_t bytes);
void ratings_block_free(ratings_block *b);

/* Parses all rows of the text, of which no byte changes. `scratch` is as large as the text, and the thread's own. */
void ratings_block_parse(ratings_block *b, const csv_block *text, const ratings_layout *layout, char *scratch);

#endif
