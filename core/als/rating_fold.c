/* One person's row of the rating model, and how sure its predictions are.
 *
 * With z = (y, 1) and D = diag(regParam n, ..., regBias), a person's (x, b) solves A (x, b) = sum (r - mu - b_i) z_i, A = sum z z' + D.
 * How far a rating may be off that isn't known yet is, squared,
 *
 *     s_u^2 (1 + 1 / (n + regBias)) (1 + 3 / (1 + n_i))
 *
 * The middle factor is for a person of whom few ratings n are known: if ratings scatter by s^2 around the truth and biases by
 * s^2 / regBias, which is what that regularization says, a bias is known up to s^2 / (n + regBias). Factors add little to it: they are
 * near 0 until there are many ratings. The last factor is for films with few ratings n_i. s_u^2 is the person's own scatter: the mean
 * square of what each known rating is off when it is left out, e / (1 - h) with h = z' A^-1 z (Cook and Weisberg 1982), in units of the
 * factors above, drawn to everybody's mean s^2 as by ten more ratings.
 *
 * None of this has to be true for intervals to hold: they are as wide as held-out ratings needed (core/evaluate/calibrate.c). It only
 * says how width spreads over people and films.
 *
 * Costs: n k^2 multiply-adds and k^3 / 6 a fold, in float64; k a prediction.
 */
#include "als/rating_model.h"

#include <math.h>
#include <string.h>

#include "als/dense.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/sorted.h"

static const double own_after = 10.0;  /* ratings with which half of the spread is a person's own */
static const double unsure_film = 3.0; /* see above */

static size_t size_of(const bt_rating_model *model)
{
    return model->info.params.rank + 1;
}

static const float *row_of(const bt_rating_model *model, size_t film)
{
    return model->info.film_factors + film * model->info.stride;
}

/* 1 + 1 / (n + regBias), of a person or film. */
static double unsure_bias(const bt_rating_model *model, double n)
{
    return 1.0 + 1.0 / (n + model->info.params.reg_bias);
}

/* z' A^-1 z = |U'^-1 z|^2, with A = U'U. v: n numbers. */
static double leverage(const double *u, const float *z, double *v, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        v[i] = (double)z[i];
    for (size_t p = 0; p < n; p++) {
        const double *row = u + p * n;
        v[p] /= row[p];
        for (size_t j = p + 1; j < n; j++)
            v[j] -= v[p] * row[j];
        sum += v[p] * v[p];
    }
    return sum;
}

/* The mean square of ratings that are left out. */
static void measure_spread(const bt_rating_model *model, const rating_term *terms, const double *u, double *v, rating_fold *f)
{
    const double own = unsure_bias(model, (double)f->n_terms - 1.0);
    for (size_t i = 0; i < f->n_terms; i++) {
        const size_t film = terms[i].film;
        const double off = 0.5 * terms[i].half_stars - rating_fold_predict(model, f, film);
        const double left_out = off / (1.0 - leverage(u, row_of(model, film), v, size_of(model)));
        f->squares += left_out * left_out / (own * unsure_bias(model, (double)model->info.film_counts[film] - 1.0));
    }
}

static bt_status solve(const bt_rating_model *model, const rating_term *terms, rating_fold *f, double *a, double *v,
                       bt_error *error)
{
    const size_t n = size_of(model);
    const bt_rating_model_info *info = &model->info;
    for (size_t i = 0; i < f->n_terms; i++) {
        const float *z = row_of(model, terms[i].film);
        dense_add_square(model->simd, 1.0, z, a, n, n);
        model->simd->axpy(0.5 * terms[i].half_stars - info->mean - (double)z[n], z, f->x, n);
    }
    for (size_t i = 0; i < n; i++)
        a[i * n + i] += i + 1 < n ? info->params.reg_param * fmax((double)f->n_terms, 1.0) : info->params.reg_bias;
    if (!dense_cholesky(a, n, n))
        return error_set(error, BT_NUMERIC,
                         "the rating model's equations for this profile are singular; train with regParam above 0");
    dense_substitute(a, n, n, f->x);
    measure_spread(model, terms, a, v, f);
    return BT_OK;
}

bt_status rating_fold_make(const bt_rating_model *model, const rating_term *terms, size_t n_terms, rating_fold *out,
                           bt_error *error)
{
    const size_t n = size_of(model);
    *out = (rating_fold){.x = memory_zeroed(n, sizeof(double)), .n_terms = n_terms};
    double *a = memory_zeroed(n * n, sizeof *a), *v = memory_array(n, sizeof *v);
    const bool made = out->x != NULL && a != NULL && v != NULL;
    const bt_status status = made ? solve(model, terms, out, a, v, error) : error_no_memory(error, "folding in ratings");
    bt_free(a);
    bt_free(v);
    if (status != BT_OK)
        rating_fold_free(out);
    return status;
}

void rating_fold_free(rating_fold *f)
{
    bt_free(f->x);
    *f = (rating_fold){0};
}

double rating_fold_predict(const bt_rating_model *model, const rating_fold *f, size_t film)
{
    const size_t n = size_of(model);
    if (film == SIZE_MAX)
        return model->info.mean + f->x[n - 1];
    return model->info.mean + (double)row_of(model, film)[n] + model->simd->dot(row_of(model, film), f->x, n);
}

double rating_fold_own_variance(double squares, size_t n, double spread)
{
    return (squares + own_after * spread * spread) / ((double)n + own_after);
}

double rating_fold_unsureness(const bt_rating_model *model, const rating_fold *f, size_t film)
{
    const double count = film != SIZE_MAX ? (double)model->info.film_counts[film] : 0.0;
    return unsure_bias(model, (double)f->n_terms) * (1.0 + unsure_film / (1.0 + count));
}

/* --- the public function ------------------------------------------------------------------------------------------------- */

static size_t find_film(const bt_rating_model *model, uint32_t film_id)
{
    return sorted_find(model->info.film_ids, model->info.n_films, film_id);
}

static bt_status fold_profile(const bt_rating_model *model, const bt_profile *profile, rating_fold *out, bt_error *error)
{
    rating_term *terms = memory_array(profile->n_opinions, sizeof *terms);
    size_t n = 0;
    if (terms == NULL)
        return error_no_memory(error, "folding in ratings");
    for (size_t i = 0; i < profile->n_opinions; i++) {
        const bt_opinion *o = &profile->opinions[i];
        const size_t film = o->half_stars > 0 ? find_film(model, o->film_id) : SIZE_MAX;
        if (film != SIZE_MAX)
            terms[n++] = (rating_term){(uint32_t)film, o->half_stars};
    }
    const bt_status status = rating_fold_make(model, terms, n, out, error);
    bt_free(terms);
    return status;
}

bt_status bt_rating_predict(const bt_rating_model *model, const bt_profile *profile, const uint32_t *film_ids, size_t n,
                            bt_predicted_rating *out, bt_error *error)
{
    rating_fold f;
    const bt_status status = fold_profile(model, profile, &f, error);
    if (status != BT_OK)
        return status;
    const double variance = rating_fold_own_variance(f.squares, f.n_terms, model->info.spread);
    for (size_t i = 0; i < n; i++) {
        const size_t film = find_film(model, film_ids[i]);
        const double stars = rating_fold_predict(model, &f, film);
        const double half = model->info.quantile * sqrt(variance * rating_fold_unsureness(model, &f, film));
        const double reach = half >= 0.0 ? half : 5.0; /* no number, of factors that overflow: then nothing is known */
        out[i] = (bt_predicted_rating){rating_model_clip(stars), rating_model_clip(stars - reach),
                                       rating_model_clip(stars + reach), film != SIZE_MAX};
    }
    rating_fold_free(&f);
    return BT_OK;
}
