/* The rating model: what a person would rate a film, by explicit alternating least squares with weighted regularization (ALS-WR;
 * Zhou, Wilkinson, Schreiber, Pan 2008, "Large-scale parallel collaborative filtering for the Netflix prize") and biases (Koren,
 * Bell, Volinsky 2009, "Matrix factorization techniques for recommender systems"). It minimizes, over the ratings,
 *
 *     sum (r_ui - mu - b_u - b_i - x_u . y_i)^2  +  regParam (sum_u n_u |x_u|^2 + sum_i n_i |y_i|^2)
 *                                                +  regBias (sum_u b_u^2 + sum_i b_i^2)
 *
 * with mu the mean rating and n the number of ratings of a user or film. It predicts ratings; it doesn't rank (what people choose
 * to watch says more about that than how they rate it: butaca/model.h).
 */
#ifndef BUTACA_RATING_MODEL_H
#define BUTACA_RATING_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "butaca/progress.h"
#include "butaca/ratings.h"
#include "butaca/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Names as Spark's ALS has them where the meaning is the same. */
typedef struct bt_rating_params {
    uint32_t rank;     /* 0 .. 1000; 0: biases alone */
    uint32_t max_iter; /* one iteration solves all users, then all films */
    double reg_param;  /* >= 0 */
    double reg_bias;   /* > 0 */
    uint64_t seed;
    uint32_t n_threads; /* 0: one for each processor; doesn't change the result */
    bool nonnegative;   /* factors (not biases) are at least 0, solved until the KKT conditions hold within 1e-5 |b| */
} bt_rating_params;

enum { BT_RATING_RANK_MAX = 1000 };

BT_API bt_rating_params bt_rating_params_default(void);

typedef struct bt_rating_model bt_rating_model;

/* Trains on all ratings. *out is released with bt_rating_model_close; NULL on failure. BT_NUMERIC if an equation can't be solved
 * (regParam 0 with fewer ratings than the rank) or factors leave the range of float. */
BT_API bt_status bt_rating_model_train(const bt_ratings *ratings, const bt_rating_params *params, const bt_progress *progress,
                                       bt_rating_model **out, bt_error *error);
BT_API void bt_rating_model_close(bt_rating_model *model); /* NULL is fine */

/* The prediction in stars, 0.5 .. 5, for a user and a film of the ratings that the model was trained on, by their numbers there.
 * Without a rating of either in training its bias and factors are 0. */
BT_API double bt_rating_model_predict(const bt_rating_model *model, size_t user, size_t film);

/* What it is made of; pointers live as long as the model. */
typedef struct bt_rating_model_info {
    bt_rating_params params;
    size_t n_users, n_films;
    size_t stride;                            /* of a row in floats */
    const float *user_factors, *film_factors; /* n x stride: rank values, then 1, then the bias */
    double mean;                              /* mu */
} bt_rating_model_info;

BT_API bt_rating_model_info bt_rating_model_describe(const bt_rating_model *model);

#ifdef __cplusplus
}
#endif
#endif
