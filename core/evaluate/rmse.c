/* The `rmse` protocol (butaca/evaluate.h). A copy of the trained part costs 9 bytes a rating, and for the calibration one of that. */
#include <math.h>
#include <stdlib.h>

#include "als/rating_model.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "butaca/evaluate.h"
#include "evaluate/split.h"

enum { FEW = 100 };

typedef struct measuring {
    const bt_ratings *ratings;
    const bt_rating_model *model;
    uint64_t seed;
    bt_interval_result sums[BT_N_SHOWN];
    double absolute;    /* sum of errors, of all */
    rating_term *shown; /* a person's ratings that aren't held out, in the order of their hashes */
    uint64_t *order;
} measuring;

static bool is_held(const measuring *m, uint64_t user_hash, uint64_t rating)
{
    return split_is_part(user_hash, m->ratings->film_ids[m->ratings->films[rating]], SPLIT_TENTH);
}

static void add(bt_interval_result *sum, double rating, double stars, double half)
{
    const double low = rating_model_clip(stars - half), high = rating_model_clip(stars + half);
    const double off = rating_model_clip(stars) - rating;
    sum->n++;
    sum->coverage += rating >= low && rating <= high;
    sum->width += high - low;
    sum->rmse += off * off;
}

/* Predicts what is held out of the user from the first n_shown ratings. */
static bt_status measure_shown(measuring *m, size_t user, uint64_t hash, size_t n_shown, bt_shown group, bt_error *error)
{
    const bt_ratings *r = m->ratings;
    const bt_rating_model_info *info = &m->model->info;
    rating_fold f;
    const bt_status status = rating_fold_make(m->model, m->shown, n_shown, &f, error);
    if (status != BT_OK)
        return status;
    const double variance = rating_fold_own_variance(f.squares, f.n_terms, info->spread);
    for (uint64_t i = r->user_offsets[user]; i < r->user_offsets[user + 1]; i++) {
        if (!is_held(m, hash, i))
            continue;
        const double rating = 0.5 * r->half_stars[i], stars = rating_fold_predict(m->model, &f, r->films[i]);
        const double half = info->quantile * sqrt(variance * rating_fold_unsureness(m->model, &f, r->films[i]));
        add(&m->sums[group], rating, stars, half);
        if (group != BT_SHOWN_FEW && group != BT_SHOWN_MANY)
            continue;
        add(&m->sums[BT_SHOWN_ALL], rating, stars, half);
        m->absolute += fabs(rating_model_clip(stars) - rating);
    }
    rating_fold_free(&f);
    return BT_OK;
}

static int ascending(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* Sets m->shown; returns how many. */
static size_t order_shown(measuring *m, size_t user, uint64_t hash)
{
    const bt_ratings *r = m->ratings;
    const uint64_t first = r->user_offsets[user], end = r->user_offsets[user + 1];
    size_t n = 0;
    for (uint64_t i = first; i < end; i++)
        if (!is_held(m, hash, i)) /* the hash's upper half, then the place among the user's ratings */
            m->order[n++] = random_mix(hash + r->film_ids[r->films[i]]) >> 32 << 32 | (i - first);
    qsort(m->order, n, sizeof *m->order, ascending);
    for (size_t j = 0; j < n; j++) {
        const uint64_t i = first + (uint32_t)m->order[j];
        m->shown[j] = (rating_term){r->films[i], r->half_stars[i]};
    }
    return n;
}

static bt_status measure_user(measuring *m, size_t user, bool by_shown, bt_error *error)
{
    static const size_t few[] = {[BT_SHOWN_1] = 1, [BT_SHOWN_5] = 5, [BT_SHOWN_20] = 20};
    const uint64_t hash = split_user_hash(m->ratings, user, m->seed);
    const size_t n = order_shown(m, user, hash);
    bt_status status = measure_shown(m, user, hash, n, n < FEW ? BT_SHOWN_FEW : BT_SHOWN_MANY, error);
    for (int group = 0; by_shown && status == BT_OK && group < BT_SHOWN_FEW; group++)
        if (n >= few[group])
            status = measure_shown(m, user, hash, few[group], (bt_shown)group, error);
    return status;
}

static bt_status measure(const bt_ratings *ratings, const bt_rating_model *model, uint64_t seed, bt_rating_errors *errors,
                         bt_interval_result *intervals, bt_error *error)
{
    size_t longest = 0;
    for (size_t u = 0; u < ratings->n_users; u++) {
        const size_t n = (size_t)(ratings->user_offsets[u + 1] - ratings->user_offsets[u]);
        longest = n > longest ? n : longest;
    }
    measuring m = {.ratings = ratings, .model = model, .seed = seed};
    m.shown = memory_array(longest, sizeof *m.shown);
    m.order = memory_array(longest, sizeof *m.order);
    bt_status status = m.shown && m.order ? BT_OK : error_no_memory(error, "testing predictions");
    for (size_t u = 0; status == BT_OK && u < ratings->n_users; u++)
        status = measure_user(&m, u, intervals != NULL, error);
    bt_free(m.shown);
    bt_free(m.order);
    for (int group = 0; group < BT_N_SHOWN; group++) {
        bt_interval_result *r = &m.sums[group];
        const double n = r->n > 0 ? (double)r->n : 1.0;
        r->coverage /= n;
        r->width /= n;
        r->rmse = sqrt(r->rmse / n);
        if (intervals != NULL)
            intervals[group] = *r;
    }
    *errors = (bt_rating_errors){m.sums[BT_SHOWN_ALL].rmse, m.absolute / fmax((double)m.sums[BT_SHOWN_ALL].n, 1.0)};
    return status;
}

/* Of biases alone and of the model. */
static bt_status run(const bt_ratings *all, const bt_ratings *trained, const bt_rating_params *params, uint64_t seed,
                     const bt_progress *progress, bt_rating_evaluation *out, bt_error *error)
{
    bt_rating_params biases = *params;
    biases.rank = 0;
    biases.nonnegative = false;
    bt_rating_model *model = NULL;
    bt_status status = bt_rating_model_train(trained, &biases, progress, &model, error);
    if (status == BT_OK)
        status = measure(all, model, seed, &out->biases, NULL, error);
    bt_rating_model_close(model);
    if (status == BT_OK)
        status = bt_rating_model_train_calibrated(trained, params, progress, &model, error);
    else
        model = NULL;
    if (status == BT_OK)
        status = measure(all, model, seed, &out->als, out->intervals, error);
    bt_rating_model_close(model);
    return status;
}

bt_status bt_evaluate_rmse(const bt_ratings *ratings, const bt_rating_params *params, uint64_t split_seed,
                           const bt_progress *progress, bt_rating_evaluation *out, bt_error *error)
{
    *out = (bt_rating_evaluation){0};
    bt_ratings trained = {0};
    bt_status status = split_without_part(ratings, split_seed, SPLIT_TENTH, &trained, error);
    if (status != BT_OK)
        return status;
    out->n_trained = trained.n_ratings;
    out->n_held_out = ratings->n_ratings - trained.n_ratings;
    if (out->n_trained == 0 || out->n_held_out == 0)
        status = error_set(error, BT_INVALID_ARGUMENT, "%zu ratings are too few to hold out a tenth", ratings->n_ratings);
    if (status == BT_OK)
        status = run(ratings, &trained, params, split_seed, progress, out, error);
    split_release(&trained);
    return status;
}
