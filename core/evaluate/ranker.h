/* What ranks films for somebody who wasn't in training: the recommender, and the yardsticks that it is measured by. All are made of
 * the same ratings and get the same ratings of a person; which of them it uses is its own matter.
 */
#ifndef EVALUATE_RANKER_H
#define EVALUATE_RANKER_H

#include <stddef.h>

#include "als/fold.h"
#include "base/pool.h"
#include "butaca/evaluate.h"

typedef struct ranker ranker;

struct ranker {
    size_t n_films;
    const uint32_t *likes; /* n_films: the ratings of 4 or more that it was made of */
    /* Sets scores[0 .. n_films), which are numbers, for a person's ratings, films ascending. Several threads may call it. */
    bt_status (*score)(const ranker *r, const fold_term *terms, size_t n, double *scores, bt_error *error);
    void (*free)(ranker *r);
};

typedef struct ranker_params {
    const bt_train_params *als;
    pool *threads;
    const bt_progress *progress;
    const bt_model *model;      /* of lists, dials and answers: that of the ALS ranker, which outlives them */
    const bt_neighbours *texts; /* the same; NULL: without */
} ranker_params;

/* Makes a ranker of the ratings, which must outlive it. Release with ranker_free. */
bt_status ranker_make(bt_ranker kind, const bt_ratings *training, const ranker_params *params, ranker **out, bt_error *error);

/* Of a model that exists; it stays the caller's. */
bt_status ranker_of_model(const bt_model *model, ranker **out, bt_error *error);

void ranker_free(ranker *r); /* NULL is fine */

/* The model of a ranker that ranker_make made for BT_RANKER_ALS. */
const bt_model *ranker_model(const ranker *als);

/* The parts of ranker_make. */
bt_status ranker_lists(bt_ranker kind, const bt_model *model, const bt_neighbours *texts, ranker **out, bt_error *error);
bt_status ranker_answers(bt_ranker kind, const bt_ratings *training, const bt_model *model, ranker **out, bt_error *error);
bt_status ranker_popularity(const bt_ratings *training, ranker **out, bt_error *error);
bt_status ranker_knn(const bt_ratings *training, pool *threads, ranker **out, bt_error *error);
bt_status ranker_ease(const bt_ratings *training, bool with_middling, pool *threads, ranker **out, bt_error *error);

/* scores = likes, as a ranker's score. */
bt_status ranker_score_likes(const ranker *r, const fold_term *terms, size_t n, double *scores, bt_error *error);

/* Likes of each film; NULL: no memory. Release with bt_free. */
uint32_t *ranker_count_likes(const bt_ratings *ratings);

#endif
