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

#include "butaca/profile.h"
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

/* The same, and calibrated: predictions get 80 % intervals (bt_rating_predict), as wide as they had to be for ratings that were held out
 * of the training (split conformal prediction; core/evaluate/calibrate.c). Where that takes a hundredth of the ratings or more, the
 * model is trained twice: without them, to learn the width, and with them. */
BT_API bt_status bt_rating_model_train_calibrated(const bt_ratings *ratings, const bt_rating_params *params,
                                                  const bt_progress *progress, bt_rating_model **out, bt_error *error);

/* The bytes that bt_rating_model_train_calibrated takes at most, beside the ratings. */
BT_API uint64_t bt_rating_train_memory(const bt_ratings *ratings, const bt_rating_params *params);

/* --- one person's predicted ratings ------------------------------------------------------------------------------------ */

/* In stars, 0.5 <= low <= stars <= high <= 5. */
typedef struct bt_predicted_rating {
    double stars;
    double low, high; /* 80 % of ratings lie between them. Of a model that isn't calibrated: stars */
    bool known;       /* whether the model knows the film; if not, the prediction is that of a film like any other */
} bt_predicted_rating;

/* Predicts what a person would rate n films, by number: out[i] is film_ids[i]'s. The profile's ratings (half_stars above 0; verdicts,
 * seen and want have no say here) are folded in: one more row of training, in float64. Without a rating of the person's it is what
 * people rate the film, with a wider interval. The person needn't have been in training, and if so, nothing changes. Thread-safe on
 * one model. Costs ratings x rank^2 + rank^3 / 6 + n x rank multiply-adds. `profile` sorted as bt_profile_sort leaves it. */
BT_API bt_status bt_rating_predict(const bt_rating_model *model, const bt_profile *profile, const uint32_t *film_ids, size_t n,
                                   bt_predicted_rating *out, bt_error *error);

/* --- the file (docs/formats.md) ------------------------------------------------------------------------------------------ */

/* Writes films, without users, whole or not at all; *fingerprint may be NULL. */
BT_API bt_status bt_rating_model_write(const bt_rating_model *model, const char *path, uint64_t *fingerprint, bt_error *error);

/* Maps a file; all checksums and values are checked. */
BT_API bt_status bt_rating_model_open(const char *path, bt_rating_model **out, bt_error *error);

/* --- as it was trained ---------------------------------------------------------------------------------------------------- */

/* The prediction in stars, 0.5 .. 5, for a user and a film of the ratings that the model was trained on, by their numbers there.
 * Without a rating of either in training its bias and factors are 0. Not of an opened model, which has no users. */
BT_API double bt_rating_model_predict(const bt_rating_model *model, size_t user, size_t film);

/* What it is made of; pointers live as long as the model. */
typedef struct bt_rating_model_info {
    bt_rating_params params;
    size_t n_users, n_films, n_ratings;       /* that it was trained on */
    size_t stride;                            /* of a row in floats */
    const float *user_factors, *film_factors; /* n x stride: rank values, then 1, then the bias; no users: NULL */
    const uint32_t *film_ids, *film_counts;   /* n_films: ascending; how many ratings each has */
    double mean;                              /* mu */
    double spread;                            /* of ratings around predictions, in stars; 0: not calibrated */
    double quantile;                          /* 80 % of held-out ratings were at most that many widths off */
    uint64_t ratings_fingerprint;
} bt_rating_model_info;

BT_API bt_rating_model_info bt_rating_model_describe(const bt_rating_model *model);

#ifdef __cplusplus
}
#endif
#endif
