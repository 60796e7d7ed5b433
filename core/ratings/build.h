/* Rows into ratings, and two sets into one. */
#ifndef RATINGS_BUILD_H
#define RATINGS_BUILD_H

#include "base/pool.h"
#include "butaca/ratings.h"
#include "ratings/rows.h"

typedef struct ratings_counts {
    size_t n_new;        /* ratings of the result that the first set didn't have (merge only) */
    size_t n_superseded; /* ratings that gave way to another of the same user and film */
    size_t n_same;       /* ratings that were there already, alike in every field */
} ratings_counts;

/* What rows refer to. */
typedef struct ratings_names {
    const char *const *user_keys; /* n_users, in any order; users without a row are kept out */
    size_t n_users;
    const char *sources; /* JSON; NULL: no data set is named */
} ratings_names;

/* Sorts rows, whose values are in range, as bt_ratings_build does. The rows are used up, also on failure. Rows that come in the
 * order of the result, as data sets do, become its columns without being moved; others need 9 bytes a row more, and 21 bytes
 * for each rating of the longest unsorted user and thread. */
bt_status ratings_sort(ratings_rows *rows, const ratings_names *names, pool *threads, const bt_ratings **out,
                       ratings_counts *counts, bt_error *error);

/* Unites two sets by user key and film. Of two ratings the later time stays, of equal times the one of `added`. If the result is
 * `present` itself, *out is NULL. Linear; memory for the result alone. */
bt_status ratings_merge(const bt_ratings *present, const bt_ratings *added, const char *sources, const bt_ratings **out,
                        ratings_counts *counts, bt_error *error);

#endif
