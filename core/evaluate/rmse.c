/* The `rmse` protocol (butaca/evaluate.h). A copy of the trained part costs 9 bytes a rating. */
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "butaca/evaluate.h"
#include "evaluate/split.h"

/* Errors on the held-out ratings. */
static bt_rating_errors measure(const bt_rating_model *model, const bt_ratings *ratings, uint64_t seed, size_t *n)
{
    bt_rating_errors sum = {0};
    *n = 0;
    for (size_t user = 0; user < ratings->n_users; user++) {
        const uint64_t hash = split_user_hash(ratings, user, seed);
        for (uint64_t i = ratings->user_offsets[user]; i < ratings->user_offsets[user + 1]; i++) {
            if (!split_is_tenth(hash, ratings->film_ids[ratings->films[i]]))
                continue;
            const double error = bt_rating_model_predict(model, user, ratings->films[i]) - 0.5 * ratings->half_stars[i];
            sum.rmse += error * error;
            sum.mae += fabs(error);
            ++*n;
        }
    }
    return (bt_rating_errors){sqrt(sum.rmse / (double)*n), sum.mae / (double)*n};
}

static bt_status train_and_measure(const bt_ratings *all, const bt_ratings *trained, const bt_rating_params *params,
                                   uint64_t seed, const bt_progress *progress, bt_rating_errors *out, size_t *n,
                                   bt_error *error)
{
    bt_rating_model *model = NULL;
    const bt_status status = bt_rating_model_train(trained, params, progress, &model, error);
    if (status == BT_OK)
        *out = measure(model, all, seed, n);
    bt_rating_model_close(model);
    return status;
}

bt_status bt_evaluate_rmse(const bt_ratings *ratings, const bt_rating_params *params, uint64_t split_seed,
                           const bt_progress *progress, bt_rating_evaluation *out, bt_error *error)
{
    *out = (bt_rating_evaluation){0};
    bt_ratings trained = {0};
    bt_status status = split_nine_tenths(ratings, split_seed, &trained, error);
    if (status != BT_OK)
        return status;
    out->n_trained = trained.n_ratings;
    if (trained.n_ratings == 0 || trained.n_ratings == ratings->n_ratings)
        status = error_set(error, BT_INVALID_ARGUMENT, "%zu ratings are too few to hold out a tenth", ratings->n_ratings);
    bt_rating_params biases = *params;
    biases.rank = 0;
    biases.nonnegative = false;
    if (status == BT_OK)
        status = train_and_measure(ratings, &trained, &biases, split_seed, progress, &out->biases, &out->n_held_out, error);
    if (status == BT_OK)
        status = train_and_measure(ratings, &trained, params, split_seed, progress, &out->als, &out->n_held_out, error);
    split_release(&trained);
    return status;
}
