/* Fold-in and scoring. Memory: 8 (rank^2 + rank) bytes, twice that for reasons with dislikes. */
#include "als/fold.h"

#include <math.h>
#include <string.h>

#include "als/dense.h"
#include "base/error.h"
#include "base/memory.h"

static const double damping_fades_at = 5.0; /* likes with which half of it is left */

/* Opinions as they count. */
typedef struct weighted_terms {
    const fold_term *items; /* n */
    const double *weights;  /* n; NULL: all 1 */
    size_t n;
} weighted_terms;

static double weight_of(const weighted_terms *t, size_t i)
{
    return t->weights != NULL ? t->weights[i] : 1.0;
}

/* Those that count into A: their factors and e, and the sum of all e. */
typedef struct squares {
    const float **rows;
    double *excess;
    size_t n;
    double sum_excess;
} squares;

static void squares_free(squares *s)
{
    bt_free(s->rows);
    bt_free(s->excess);
}

static bool squares_make(const bt_model *model, const als_weights *w, const weighted_terms *terms, bool likes_only,
                         squares *out)
{
    *out = (squares){.rows = memory_array(terms->n, sizeof *out->rows), .excess = memory_array(terms->n, sizeof *out->excess)};
    if (out->rows == NULL || out->excess == NULL)
        return false;
    for (size_t i = 0; i < terms->n; i++) {
        const fold_term term = terms->items[i];
        const double excess = weight_of(terms, i) * w->excess[term.half_stars];
        out->sum_excess += excess;
        if (excess == 0.0 || (likes_only && w->target[term.half_stars] == 0.0))
            continue;
        out->rows[out->n] = model->info.film_factors + term.film * model->info.params.rank;
        out->excess[out->n++] = excess;
    }
    return true;
}

/* G + sum e y y' + lambda I over the terms; without the dislikes if `likes_only`. lambda stays that of all terms. */
static bt_status factorize(const bt_model *model, const als_weights *w, const weighted_terms *terms, bool likes_only,
                           double **out, bt_error *error)
{
    const size_t k = model->info.params.rank;
    double *a = memory_aligned(k * k, sizeof *a);
    *out = a;
    squares s = {0};
    if (a == NULL || !squares_make(model, w, terms, likes_only, &s)) {
        squares_free(&s);
        return error_no_memory(error, "folding in a profile");
    }
    memcpy(a, model->info.gram, k * k * sizeof *a);
    model->simd->add_squares(s.rows, s.excess, s.n, a, k, k);
    const double lambda = als_lambda(w, model->info.n_films, s.sum_excess);
    squares_free(&s);
    for (size_t i = 0; i < k; i++)
        a[i * k + i] += lambda;
    if (dense_cholesky(a, k, k))
        return BT_OK;
    return error_set(error, BT_NUMERIC, "the model's equations for this profile are singular; train with regParam above 0");
}

bt_status fold_in_weighted(const bt_model *model, const fold_term *terms, const double *weights, size_t n, bool with_reasons,
                           fold *out, bt_error *error)
{
    const als_weights w = als_fold_weights_of(&model->info.params);
    const weighted_terms weighted = {terms, weights, n};
    const size_t k = model->info.params.rank;
    *out = (fold){.rank = k, .x = memory_zeroed(k, sizeof(double))};
    bool has_dislike = false;
    bt_status status = BT_OK;
    if (out->x == NULL)
        return error_no_memory(error, "folding in a profile");
    for (size_t i = 0; i < n; i++) {
        const double weight = weight_of(&weighted, i), target = weight * w.target[terms[i].half_stars];
        out->n_likes += terms[i].half_stars >= BT_LIKE_HALF_STARS ? weight : 0.0;
        has_dislike |= target == 0.0 && w.excess[terms[i].half_stars] != 0.0;
        if (target != 0.0)
            model->simd->axpy(target, model->info.film_factors + terms[i].film * k, out->x, k);
    }
    status = factorize(model, &w, &weighted, false, &out->factor, error);
    if (status == BT_OK && with_reasons && has_dislike)
        status = factorize(model, &w, &weighted, true, &out->reasons, error);
    else if (with_reasons)
        out->reasons = out->factor;
    if (status == BT_OK)
        dense_substitute(out->factor, k, k, out->x);
    else
        fold_free(out);
    const double likes = out->n_likes / damping_fades_at;
    out->settled = likes * likes / (1.0 + likes * likes);
    out->exponent = model->info.params.damping * (1.0 - out->settled);
    return status;
}

bt_status fold_in(const bt_model *model, const fold_term *terms, size_t n, bool with_reasons, fold *out, bt_error *error)
{
    return fold_in_weighted(model, terms, NULL, n, with_reasons, out, error);
}

void fold_free(fold *f)
{
    if (f->reasons != f->factor)
        bt_free(f->reasons);
    bt_free(f->factor);
    bt_free(f->x);
    *f = (fold){0};
}

double fold_scale(const bt_model *model, const fold *f, size_t film)
{
    return pow(1.0 + (double)model->info.likes[film], -f->exponent);
}

/* Most films share their number of likes with others: `pow` is called once for each number, not for each film. */
void fold_scores(const bt_model *model, const fold *f, double *scores)
{
    enum { KNOWN = 2048 };
    const bt_model_info *info = &model->info;
    double known[KNOWN] = {0}; /* scales by number of likes; 0: not computed yet */
    model->simd->scores(info->film_factors, info->n_films, f->rank, f->x, f->rank, scores);
    for (size_t i = 0; i < info->n_films; i++) {
        const size_t likes = info->likes[i];
        double scale = likes < KNOWN ? known[likes] : 0.0;
        if (!(scale > 0.0))
            scale = fold_scale(model, f, i);
        if (likes < KNOWN)
            known[likes] = scale;
        scores[i] *= scale;
    }
}
