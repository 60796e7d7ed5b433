/* Building with all counts: what bt_ratings_build does, for importers that say how many rows were the same. */
#ifndef RATINGS_BUILD_H
#define RATINGS_BUILD_H

#include "butaca/ratings.h"

typedef struct ratings_counts {
    size_t n_new;        /* ratings of the result that the first set didn't have (merge only) */
    size_t n_superseded; /* ratings that gave way to another of the same user and film */
    size_t n_same;       /* ratings that were there already, alike in every field */
} ratings_counts;

bt_status ratings_build(const bt_rating_rows *rows, size_t n_threads, const bt_ratings **out, ratings_counts *counts,
                        bt_error *error);

/* Unites two sets by user key and film. Of two ratings the later time stays, of equal times the one of `added`. If the result is
 * `present` itself, *out is NULL. Linear; memory for the result alone. */
bt_status ratings_merge(const bt_ratings *present, const bt_ratings *added, const char *sources, const bt_ratings **out,
                        ratings_counts *counts, bt_error *error);

#endif
