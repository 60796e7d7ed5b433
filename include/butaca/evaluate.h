/* How good lists are: the `strong` protocol (strong generalization: test users are not in training).
 *
 * Relevant is a rating of 4 or more; users with at least 5 of them take part, in 5 folds; a model is trained on the users of
 * four folds (and on those with fewer than 5 positives). Of a test user's positives 20 % (rounded down, at least 1) are held out;
 * the others fold in, with the user's dislikes. All films of the ratings but the folded-in positives are ranked. Means over
 * users, then folds. Splits are hashes of (seed, user key, film id), written down in core/als/split.h.
 */
#ifndef BUTACA_EVALUATE_H
#define BUTACA_EVALUATE_H

#include <stddef.h>
#include <stdint.h>

#include "butaca/model.h"
#include "butaca/rating_model.h"
#include "butaca/ratings.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bt_metrics {
    double recall_20, recall_50; /* denominator min(K, held out) */
    double ndcg_10, ndcg_100;
    size_t n_users;
} bt_metrics;

typedef struct bt_evaluation {
    bt_metrics als, popularity;
    uint32_t rank; /* of the models */
} bt_evaluation;

BT_API bt_status bt_evaluate_strong(const bt_ratings *ratings, const bt_train_params *params, uint64_t split_seed,
                                    const bt_progress *progress, bt_evaluation *out, bt_error *error);

/* A trained model on other people's ratings (users who weren't in its training): all with at least 2 positives, 80/20 as above.
 * Held-out films that the model doesn't know count as missed. */
BT_API bt_status bt_evaluate_held_out(const bt_model *model, const bt_ratings *held_out, uint64_t split_seed,
                                      bt_evaluation *out, bt_error *error);

/* --- predicted ratings ----------------------------------------------------------------------------------------------- */

/* The `rmse` protocol: a tenth of all ratings is held out, (user, film) by hash (core/als/split.h); the model is trained on the
 * others, and so is one of biases alone. Errors are in stars, of predictions that are cut to 0.5 .. 5. */
typedef struct bt_rating_errors {
    double rmse, mae;
} bt_rating_errors;

typedef struct bt_rating_evaluation {
    bt_rating_errors als, biases;
    size_t n_held_out, n_trained;
} bt_rating_evaluation;

BT_API bt_status bt_evaluate_rmse(const bt_ratings *ratings, const bt_rating_params *params, uint64_t split_seed,
                                  const bt_progress *progress, bt_rating_evaluation *out, bt_error *error);

#ifdef __cplusplus
}
#endif
#endif
