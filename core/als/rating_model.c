/* Training the rating model (butaca/rating_model.h).
 *
 * Biases are one more dimension. With the films fixed, a user's x and bias b solve least squares over z_i = (y_i, 1) with targets
 * r - mu - b_i:
 *
 *     (sum z z' + diag(regParam n, ..., regParam n, regBias)) (x, b) = sum (r - mu - b_i) z_i
 *
 * Rows of both sides are kept as (k factors, 1, bias), so that the first k + 1 values of a film's row are its z, and the same for
 * a user's. As in row.c the matrix is summed and factored in float32, and the residual is computed in float64 from the rows
 * themselves and corrected until it is at most 1e-5 of the right side; what that can't do is solved in float64. Short rows go by their
 * dual (dual.h). Costs: n k^2 / 2 + k^3 / 6 multiply-adds in float32 and 4 n k in float64 a row; memory as in train.c.
 */
#include "butaca/rating_model.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "als/als.h"
#include "als/dense.h"
#include "als/dual.h"
#include "als/nonnegative.h"
#include "als/rating_model.h"
#include "base/error.h"
#include "base/memory.h"

enum { MAX_CORRECTIONS = 3 };
static const double residual_goal = 1e-5; /* of the right side */

typedef struct rating_half {
    bt_rating_model *model;
    const als_side *side;
    const als_factors *fixed;
    als_factors *solved;
    float one[ALS_RATINGS], target[ALS_RATINGS]; /* by half stars: the gather's weights */
    atomic_size_t failed_row;
} rating_half;

/* --- one row ------------------------------------------------------------------------------------------------------------ */

typedef struct rating_row {
    const rating_half *half;
    als_row ratings;
    als_scratch *s;
    size_t n;   /* k + 1 */
    double reg; /* regParam n */
    double norm_b;
} rating_row;

static const float *row_at(const rating_row *r, size_t i)
{
    return r->half->fixed->rows + r->ratings.columns[i] * r->half->fixed->ld;
}

static double regularization(const rating_row *r, size_t i)
{
    return i + 1 < r->n ? r->reg : r->half->model->info.params.reg_bias;
}

/* r - mu - bias of the other side. */
static double target_of(const rating_row *r, size_t i)
{
    return 0.5 * r->ratings.half_stars[i] - r->half->model->info.mean - (double)row_at(r, i)[r->n];
}

static double norm(const double *v, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += v[i] * v[i];
    return sqrt(sum);
}

static void set_right_side(rating_row *r)
{
    const simd_kernels *simd = r->half->model->t.simd;
    memset(r->s->b, 0, r->half->fixed->ld * sizeof *r->s->b);
    for (size_t i = 0; i < r->ratings.n; i++)
        simd->axpy(target_of(r, i), row_at(r, i), r->s->b, r->n);
    r->norm_b = norm(r->s->b, r->n);
}

/* factor = the matrix in float32; the kernels sum whole rows, of which the bias is cut away again. */
static void set_matrix(const rating_row *r)
{
    const rating_half *h = r->half;
    const size_t ld = h->fixed->ld;
    float *a = r->s->factor;
    memset(a, 0, ld * ld * sizeof *a);
    simd_terms terms = {h->fixed->rows, ld, ld, r->ratings.columns, r->ratings.half_stars, h->one, h->target, 0};
    for (size_t left = r->ratings.n; left > 0; left -= terms.n) {
        terms.n = left < ALS_PANEL ? left : ALS_PANEL;
        const simd_ahead ahead = als_ahead(h->fixed, terms.columns + terms.n, left - terms.n + r->ratings.n_ahead, r->s);
        h->model->t.simd->gather(&terms, r->s->panel, r->s->sum_b);
        h->model->t.simd->gram(r->s->panel, terms.n, a, ld, &ahead);
        terms.columns += terms.n;
        terms.kinds += terms.n;
    }
    for (size_t i = 0; i < ld; i++)
        a[i * ld + r->n] = 0.0f;
    for (size_t i = 0; i < r->n; i++)
        a[i * ld + i] += (float)regularization(r, i);
}

/* residual = b - A x from the rows; whether it is small enough. */
static bool residual_is_small(const rating_row *r, const float *x)
{
    const simd_kernels *simd = r->half->model->t.simd;
    als_scratch *s = r->s;
    for (size_t i = 0; i < r->n; i++) {
        s->x[i] = (double)x[i];
        s->residual[i] = s->b[i] - regularization(r, i) * s->x[i];
    }
    for (size_t i = 0; i < r->ratings.n; i++)
        simd->axpy(-simd->dot(row_at(r, i), s->x, r->n), row_at(r, i), s->residual, r->n);
    return norm(s->residual, r->n) <= residual_goal * r->norm_b;
}

/* Short rows: S S' of dual.h is that of z with the regularization as D. */
static bool solve_by_dual(const rating_row *r, float *x)
{
    const rating_half *h = r->half;
    const simd_kernels *simd = h->model->t.simd;
    const als_row *row = &r->ratings;
    als_scratch *s = r->s;
    const size_t ld = h->fixed->ld;
    const simd_terms terms = {h->fixed->rows, ld, ld, row->columns, row->half_stars, h->one, h->target, row->n};
    const simd_ahead ahead = als_ahead(h->fixed, row->columns + row->n, row->n_ahead, s);
    for (size_t j = 0; j < ld; j++)
        s->step[j] = j < r->n ? (float)regularization(r, j) : INFINITY; /* a row's bias has no say */
    for (size_t i = 0; i < row->n; i++)
        s->dual[i] = (float)target_of(r, i);
    if (!dual_system(simd, &terms, s->step, 0.0f, &ahead, s))
        return false;
    dual_combine(simd, &terms, r->n, s);
    for (size_t j = 0; j < ld; j++)
        x[j] = j < r->n ? (float)s->x[j] : 0.0f;
    return residual_is_small(r, x);
}

static bool solve_in_float(const rating_row *r, float *x)
{
    const simd_kernels *simd = r->half->model->t.simd;
    const size_t ld = r->half->fixed->ld;
    als_scratch *s = r->s;
    set_matrix(r);
    if (!simd->cholesky(s->factor, r->n, ld))
        return false;
    for (size_t i = 0; i < ld; i++)
        x[i] = i < r->n ? (float)s->b[i] : 0.0f;
    simd->substitute(s->factor, r->n, ld, x);
    for (int correction = 0; !residual_is_small(r, x); correction++) {
        if (correction == MAX_CORRECTIONS)
            return false;
        for (size_t i = 0; i < ld; i++)
            s->step[i] = i < r->n ? (float)s->residual[i] : 0.0f;
        simd->substitute(s->factor, r->n, ld, s->step);
        for (size_t i = 0; i < r->n; i++)
            x[i] += s->step[i];
    }
    return true;
}

/* matrix64 = the matrix, whole. */
static void set_matrix64(const rating_row *r)
{
    const size_t ld = r->half->fixed->ld;
    double *a = r->s->matrix64;
    memset(a, 0, ld * ld * sizeof *a);
    for (size_t i = 0; i < r->ratings.n; i++)
        dense_add_square(r->half->model->t.simd, 1.0, row_at(r, i), a, r->n, ld);
    for (size_t i = 0; i < r->n; i++) {
        a[i * ld + i] += regularization(r, i);
        for (size_t j = 0; j < i; j++)
            a[i * ld + j] = a[j * ld + i];
    }
}

static bool round_solution(const rating_row *r, float *x)
{
    for (size_t i = 0; i < r->n; i++) {
        if (!(fabs(r->s->x[i]) <= (double)FLT_MAX))
            return false;
        x[i] = (float)r->s->x[i];
    }
    return true;
}

static bool solve_in_double(const rating_row *r, float *x)
{
    const size_t ld = r->half->fixed->ld;
    set_matrix64(r);
    if (!dense_cholesky(r->s->matrix64, r->n, ld))
        return false;
    memcpy(r->s->x, r->s->b, r->n * sizeof(double));
    dense_substitute(r->s->matrix64, r->n, ld, r->s->x);
    return round_solution(r, x);
}

static bool solve_nonnegative(const rating_row *r, float *x)
{
    set_matrix64(r);
    memset(r->s->x, 0, r->n * sizeof(double));
    return nonnegative_solve(r->s->matrix64, r->n, r->n - 1, r->half->fixed->ld, r->s->b, residual_goal * r->norm_b, r->s->x,
                             r->s->residual) &&
           round_solution(r, x);
}

static bool solve_row(const rating_half *h, als_row ratings, als_scratch *s, float *x)
{
    const size_t n = h->fixed->rank - 1;
    rating_row r = {.half = h, .ratings = ratings, .s = s, .n = n, .reg = h->model->info.params.reg_param * (double)ratings.n};
    set_right_side(&r);
    bool solved = true;
    if (r.norm_b == 0.0)
        memset(x, 0, h->fixed->ld * sizeof *x);
    else if (h->model->info.params.nonnegative)
        solved = solve_nonnegative(&r, x);
    else
        solved = (dual_pays(ratings.n, n) && solve_by_dual(&r, x)) || solve_in_float(&r, x) || solve_in_double(&r, x);
    const float bias = x[n - 1];
    x[n - 1] = 1.0f;
    x[n] = bias;
    return solved;
}

/* --- all rows ----------------------------------------------------------------------------------------------------------- */

static void solve_piece(void *context, size_t piece, size_t lane)
{
    rating_half *h = context;
    for (size_t row = h->side->piece_at[piece]; row < h->side->piece_at[piece + 1]; row++) {
        const uint64_t first = h->side->offsets[row], end = h->side->offsets[row + 1];
        const als_row ratings = {h->side->columns + first, h->side->half_stars + first, end - first,
                                 h->side->offsets[h->side->n_rows] - end};
        size_t seen = atomic_load(&h->failed_row);
        if (!solve_row(h, ratings, &h->model->t.scratch[lane], h->solved->rows + row * h->solved->ld))
            while (row < seen && !atomic_compare_exchange_weak(&h->failed_row, &seen, row))
                ;
    }
}

static bt_status solve_side(bt_rating_model *model, const als_side *side, const als_factors *fixed, als_factors *solved,
                            const char *row_name, bt_error *error)
{
    rating_half h = {.model = model, .side = side, .fixed = fixed, .solved = solved, .failed_row = SIZE_MAX};
    for (int half_stars = 0; half_stars < ALS_RATINGS; half_stars++)
        h.one[half_stars] = 1.0f;
    const bt_status status = als_run_pieces(&model->t, side, solve_piece, &h, error);
    const size_t failed = atomic_load(&h.failed_row);
    if (status == BT_OK && failed != SIZE_MAX)
        return error_set(error, BT_NUMERIC,
                         "iteration %" PRIu32 ": the equations of %s %zu can't be solved; raise regParam, or lower the rank",
                         model->t.iteration + 1, row_name, failed);
    return status;
}

static void set_first_values(bt_rating_model *model)
{
    als_factors *sides[] = {&model->t.users, &model->t.films};
    const size_t k = model->info.params.rank;
    als_factors_randomize(&model->t.films, model->info.params.seed, 0.1);
    for (size_t side = 0; side < 2; side++) {
        for (size_t row = 0; row < sides[side]->n_rows; row++) {
            float *x = sides[side]->rows + row * sides[side]->ld;
            for (size_t i = 0; model->info.params.nonnegative && i < k; i++)
                x[i] = fabsf(x[i]);
            x[k] = 1.0f;
            x[k + 1] = 0.0f;
        }
    }
}

static bt_status train(bt_rating_model *model, bt_error *error)
{
    als_trainer *t = &model->t;
    bt_status status = BT_OK;
    set_first_values(model);
    while (status == BT_OK && t->iteration < t->n_iterations) {
        status = solve_side(model, &t->by_user, &t->films, &t->users, "user", error);
        if (status == BT_OK)
            status = solve_side(model, &t->by_film, &t->users, &t->films, "film", error);
        t->iteration += status == BT_OK;
    }
    return status == BT_OK ? als_report(t, true, error) : status;
}

/* --- the public functions ------------------------------------------------------------------------------------------------ */

bt_rating_params bt_rating_params_default(void)
{
    return (bt_rating_params){.rank = 64, .max_iter = 15, .reg_param = 0.14, .reg_bias = 3.0, .seed = 1};
}

bt_status rating_model_check_params(const bt_rating_params *p, bt_error *error)
{
    static const double large = 1e9;
    if (p->rank > BT_RATING_RANK_MAX)
        return error_set(error, BT_INVALID_ARGUMENT, "rank is %" PRIu32 ", expected 0 to %d", p->rank, BT_RATING_RANK_MAX);
    if (p->max_iter < 1)
        return error_set(error, BT_INVALID_ARGUMENT, "maxIter is 0, expected at least 1");
    if (!(p->reg_param >= 0.0 && p->reg_param <= large))
        return error_set(error, BT_INVALID_ARGUMENT, "regParam is %g, expected 0 to %g", p->reg_param, large);
    if (!(p->reg_bias > 0.0 && p->reg_bias <= large))
        return error_set(error, BT_INVALID_ARGUMENT, "regBias is %g, expected more than 0, up to %g", p->reg_bias, large);
    return BT_OK;
}

static double mean_of(const bt_ratings *ratings)
{
    uint64_t sum = 0; /* of whole numbers: exact in any order */
    for (size_t i = 0; i < ratings->n_ratings; i++)
        sum += ratings->half_stars[i];
    return 0.5 * (double)sum / (double)ratings->n_ratings;
}

/* What stays when the trainer goes. */
static bt_status keep_films(bt_rating_model *model, const bt_ratings *ratings, bt_error *error)
{
    const als_trainer *t = &model->t;
    uint32_t *ids = memory_array(ratings->n_films, sizeof *ids), *counts = memory_array(ratings->n_films, sizeof *counts);
    for (size_t i = 0; ids != NULL && counts != NULL && i < ratings->n_films; i++) {
        ids[i] = ratings->film_ids[i];
        counts[i] = (uint32_t)(t->by_film.offsets[i + 1] - t->by_film.offsets[i]);
    }
    model->info.n_users = ratings->n_users;
    model->info.n_films = ratings->n_films;
    model->info.n_ratings = ratings->n_ratings;
    model->info.stride = t->films.ld;
    model->info.user_factors = t->users.rows;
    model->info.film_factors = t->films.rows;
    model->info.film_ids = ids;
    model->info.film_counts = counts;
    model->info.ratings_fingerprint = ratings->fingerprint;
    return ids != NULL && counts != NULL ? BT_OK : error_no_memory(error, "training");
}

bt_status bt_rating_model_train(const bt_ratings *ratings, const bt_rating_params *params, const bt_progress *progress,
                                bt_rating_model **out, bt_error *error)
{
    *out = NULL;
    bt_status status = rating_model_check_params(params, error);
    if (status != BT_OK)
        return status;
    if (ratings->n_ratings == 0)
        return error_set(error, BT_INVALID_ARGUMENT, "there are no ratings to train on; import some first");
    bt_rating_model *model = memory_zeroed(1, sizeof *model);
    if (model == NULL)
        return error_no_memory(error, "training");
    model->info.params = *params;
    model->t = (als_trainer){.stage = "training to predict ratings", .progress = progress, .n_iterations = params->max_iter};
    status = als_trainer_make(&model->t, ratings, params->rank + 2, params->n_threads, error);
    model->info.mean = mean_of(ratings);
    if (status == BT_OK)
        status = train(model, error);
    if (status == BT_OK)
        status = keep_films(model, ratings, error);
    if (status != BT_OK) {
        bt_rating_model_close(model);
        return status;
    }
    model->simd = model->t.simd;
    als_trainer kept = {.users = model->t.users, .films = model->t.films};
    model->t.users = model->t.films = (als_factors){0};
    als_trainer_free(&model->t);
    model->t = kept;
    *out = model;
    return BT_OK;
}

void bt_rating_model_close(bt_rating_model *model)
{
    if (model == NULL)
        return;
    if (model->file.map.bytes == NULL) {
        bt_free((void *)(uintptr_t)model->info.film_ids);
        bt_free((void *)(uintptr_t)model->info.film_counts);
    }
    als_trainer_free(&model->t);
    sections_close(&model->file);
    bt_free(model);
}

double bt_rating_model_predict(const bt_rating_model *model, size_t user, size_t film)
{
    const bt_rating_model_info *info = &model->info;
    const float *x = info->user_factors + user * info->stride, *y = info->film_factors + film * info->stride;
    const size_t k = info->params.rank;
    double sum = info->mean + (double)x[k + 1] + (double)y[k + 1];
    for (size_t i = 0; i < k; i++)
        sum += (double)x[i] * (double)y[i];
    return rating_model_clip(sum);
}

bt_rating_model_info bt_rating_model_describe(const bt_rating_model *model)
{
    return model->info;
}
