/* Rows of ratings in the order they come from a data set, as columns that grow:
 *
 *     film_ids    n u32    Butaca's ids
 *     times       n u32
 *     half_stars  n u8
 *     runs        n_runs   rows [begin, begin of the next run) are of one user
 *
 * Data sets come user by user, so runs are few: a row takes 9 bytes, and up to 4.5 more of room to grow. In the worst case, users
 * that alternate, a run for each row adds 8 and up to 4. ratings_sort (build.h) turns rows into ratings.
 */
#ifndef RATINGS_ROWS_H
#define RATINGS_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "butaca/ratings.h"

typedef struct ratings_run {
    uint32_t user; /* index into the keys that ratings_sort gets */
    uint32_t begin;
} ratings_run;

typedef struct ratings_rows {
    uint32_t *film_ids, *times;
    uint8_t *half_stars;
    size_t n, capacity;
    ratings_run *runs;
    size_t n_runs, run_capacity;
} ratings_rows; /* zeroed: empty */

void ratings_rows_free(ratings_rows *r); /* leaves it zeroed */

/* Makes room for `more` rows; there are at most 2^32 - 1 (BT_LIMIT). On failure the rows stay. */
bt_status ratings_rows_reserve(ratings_rows *r, size_t more, bt_error *error);

/* The next n rows are of this user: n grows, and their columns are the caller's to fill. There is room for them. */
bt_status ratings_rows_append(ratings_rows *r, uint32_t user, size_t n, bt_error *error);

/* One row, room included. */
bt_status ratings_rows_add(ratings_rows *r, const bt_rating *rating, bt_error *error);

#endif
