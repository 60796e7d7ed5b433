/* How wide intervals have to be: split conformal prediction with normalized residuals (Vovk, Gammerman, Shafer 2005, Algorithmic
 * Learning in a Random World; Lei, G'Sell, Rinaldo, Tibshirani, Wasserman 2018, "Distribution-free predictive inference for
 * regression", section 5.2).
 *
 * Some ratings are held out of a training: a tenth, or about 10,000 where there are more. For each of these n the model says a
 * prediction and a width (als/rating_fold.c); of |rating - prediction| / width the ceil(0.8 (n + 1))-th smallest is the quantile q.
 * Then prediction +- q width holds 80 % of ratings that come as the held-out ones did, whatever their distribution, and whether or
 * not the widths are good ones. The model that is kept is trained on all ratings, and so a little surer than the one that was
 * calibrated; if less than a hundredth was held out, that one is kept.
 *
 * Costs a second training, and a fold of each person of whom something was held out.
 */
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "als/rating_model.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/pool.h"
#include "evaluate/split.h"

enum { ABOUT = 10000, KEPT_FROM = 100 };
static const double coverage = 0.8;
static const double whole_scale = 1e6; /* a quantile with which every interval is 0.5 to 5: nothing is known */

/* One person of whom something is held out. */
typedef struct held_user {
    size_t user, first, n_held; /* values[first ..] are this one's */
    size_t n_terms;
    double squares;
} held_user;

typedef struct calibration {
    const bt_ratings *ratings;
    const bt_rating_model *model;
    uint64_t seed, share;
    held_user *users;
    size_t n_users, n_values;
    double *values; /* n_values: |rating - prediction| / width */
    atomic_int status;
} calibration;

static bool is_held(const calibration *c, uint64_t user_hash, uint64_t rating)
{
    return split_is_part(user_hash, c->ratings->film_ids[c->ratings->films[rating]], c->share);
}

/* Finds whom to fold. */
static bt_status find_users(calibration *c, bt_error *error)
{
    const bt_ratings *r = c->ratings;
    size_t room = 0;
    for (size_t u = 0; u < r->n_users; u++) {
        const uint64_t hash = split_user_hash(r, u, c->seed);
        held_user found = {.user = u, .first = c->n_values};
        for (uint64_t i = r->user_offsets[u]; i < r->user_offsets[u + 1]; i++)
            found.n_held += is_held(c, hash, i);
        if (found.n_held == 0)
            continue;
        if (!memory_reserve((void **)&c->users, c->n_users + 1, &room, sizeof *c->users))
            return error_no_memory(error, "calibrating predictions");
        c->users[c->n_users++] = found;
        c->n_values += found.n_held;
    }
    c->values = memory_array(c->n_values, sizeof *c->values);
    return c->values != NULL ? BT_OK : error_no_memory(error, "calibrating predictions");
}

static bt_status fold_user(calibration *c, held_user *h, uint64_t hash, rating_fold *out)
{
    const uint64_t first = c->ratings->user_offsets[h->user], end = c->ratings->user_offsets[h->user + 1];
    rating_term *terms = memory_array((size_t)(end - first), sizeof *terms);
    if (terms == NULL)
        return BT_NO_MEMORY;
    for (uint64_t i = first; i < end; i++)
        if (!is_held(c, hash, i))
            terms[h->n_terms++] = (rating_term){c->ratings->films[i], c->ratings->half_stars[i]};
    const bt_status status = rating_fold_make(c->model, terms, h->n_terms, out, NULL);
    bt_free(terms);
    return status;
}

/* Sets the values of one person, but for the person's own spread. */
static void measure_user(void *context, size_t piece, size_t lane)
{
    (void)lane;
    calibration *c = context;
    held_user *h = &c->users[piece];
    const bt_ratings *r = c->ratings;
    const uint64_t hash = split_user_hash(r, h->user, c->seed);
    rating_fold f;
    const bt_status status = fold_user(c, h, hash, &f);
    if (status != BT_OK) {
        atomic_store(&c->status, (int)status);
        return;
    }
    double *value = c->values + h->first;
    for (uint64_t i = r->user_offsets[h->user]; i < r->user_offsets[h->user + 1]; i++)
        if (is_held(c, hash, i))
            *value++ = fabs(0.5 * r->half_stars[i] - rating_fold_predict(c->model, &f, r->films[i])) /
                       sqrt(rating_fold_unsureness(c->model, &f, r->films[i]));
    h->squares = f.squares;
    rating_fold_free(&f);
}

static int ascending(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* From what was measured of each person to everybody's spread and the quantile. */
static void summarize(calibration *c, double *spread, double *quantile)
{
    double squares = 0.0, n_terms = 0.0;
    for (size_t i = 0; i < c->n_users; i++) {
        squares += c->users[i].squares;
        n_terms += (double)c->users[i].n_terms;
    }
    *spread = n_terms > 0.0 && squares > 0.0 ? sqrt(squares / n_terms) : 1.0;
    for (size_t i = 0; i < c->n_users; i++) {
        const held_user *h = &c->users[i];
        const double own = sqrt(rating_fold_own_variance(h->squares, h->n_terms, *spread));
        for (size_t j = 0; j < h->n_held; j++)
            c->values[h->first + j] /= own;
    }
    qsort(c->values, c->n_values, sizeof *c->values, ascending);
    const double place = ceil(coverage * ((double)c->n_values + 1.0));
    *quantile = place <= (double)c->n_values ? c->values[(size_t)place - 1] : whole_scale;
}

static bt_status calibrate(const bt_ratings *ratings, uint64_t seed, uint64_t share, bt_rating_model *model, bt_error *error)
{
    calibration c = {.ratings = ratings, .model = model, .seed = seed, .share = share, .status = BT_OK};
    pool *threads = NULL;
    bt_status status = pool_create(model->info.params.n_threads, &threads, error);
    if (status == BT_OK)
        status = find_users(&c, error);
    if (status == BT_OK) {
        pool_run(threads, c.n_users, measure_user, &c);
        status = (bt_status)atomic_load(&c.status);
        if (status != BT_OK)
            error_set(error, status, "%s while calibrating predictions", bt_status_text(status));
    }
    if (status == BT_OK)
        summarize(&c, &model->info.spread, &model->info.quantile);
    bt_free(c.users);
    bt_free(c.values);
    pool_free(threads);
    return status;
}

bt_status bt_rating_model_train_calibrated(const bt_ratings *ratings, const bt_rating_params *params,
                                           const bt_progress *progress, bt_rating_model **out, bt_error *error)
{
    const uint64_t seed = ~params->seed, many = ratings->n_ratings / ABOUT, share = many > SPLIT_TENTH ? many : SPLIT_TENTH;
    bt_rating_model *part = NULL;
    bt_ratings rest = {0};
    *out = NULL;
    bt_status status = split_without_part(ratings, seed, share, &rest, error);
    const bool is_split = rest.n_ratings > 0 && rest.n_ratings < ratings->n_ratings;
    if (status == BT_OK && is_split)
        status = bt_rating_model_train(&rest, params, progress, &part, error);
    split_release(&rest);
    if (status == BT_OK && is_split)
        status = calibrate(ratings, seed, share, part, error);
    if (status == BT_OK && share >= KEPT_FROM && is_split) {
        *out = part;
        return BT_OK;
    }
    if (status == BT_OK)
        status = bt_rating_model_train(ratings, params, progress, out, error);
    if (status == BT_OK) {
        (*out)->info.spread = is_split ? part->info.spread : 1.0;
        (*out)->info.quantile = is_split ? part->info.quantile : whole_scale;
    }
    bt_rating_model_close(part);
    return status;
}
