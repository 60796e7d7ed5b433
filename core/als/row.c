/* One row of a half-iteration: the normal equations of HKV (equation 4), solved exactly.
 *
 * "Exact" is a promise about the result, so it is checked on the result: the residual of every row is computed in float64 from
 * the very factors that A and b are made of, and is corrected (iterative refinement: Golub and Van Loan, section 3.5.3) until it
 * is small. Float32 does the n k^2 work of summing and factoring A; the check is n k. A row for which that doesn't converge (a
 * condition number near 1e7, or weights that leave the range of float) is solved in float64 throughout.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "als/als.h"
#include "als/dense.h"
#include "base/error.h"
#include "base/memory.h"

enum { MAX_CORRECTIONS = 3 };
static const double residual_goal = 1e-5; /* of |b| */

bt_status als_scratch_make(size_t ld, als_scratch *out, bt_error *error)
{
    *out = (als_scratch){
        .matrix = memory_aligned(ld * ld, sizeof(float)),
        .panel = memory_aligned(ALS_PANEL * ld, sizeof(float)),
        .step = memory_aligned(ld, sizeof(float)),
        .matrix64 = memory_aligned(ld * ld, sizeof(double)),
        .b = memory_aligned(3 * ld, sizeof(double)),
    };
    if (!out->matrix || !out->panel || !out->step || !out->matrix64 || !out->b) {
        als_scratch_free(out);
        return error_no_memory(error, "training");
    }
    memset(out->panel, 0, ALS_PANEL * ld * sizeof(float));
    memset(out->step, 0, ld * sizeof(float));
    memset(out->b, 0, 3 * ld * sizeof(double));
    out->x = out->b + ld;
    out->residual = out->x + ld;
    return BT_OK;
}

void als_scratch_free(als_scratch *s)
{
    bt_free(s->matrix);
    bt_free(s->panel);
    bt_free(s->step);
    bt_free(s->matrix64);
    bt_free(s->b);
    *s = (als_scratch){0};
}

/* The row being solved, with what doesn't change on the way. */
typedef struct equation {
    const als_factors *fixed;
    const als_weights *w;
    const simd_kernels *simd;
    als_row row;
    als_scratch *s;
    double lambda;
    double norm_b;
} equation;

static const float *factor_at(const equation *q, size_t i)
{
    return q->fixed->rows + q->row.columns[i] * q->fixed->ld;
}

static double norm(const double *v, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += v[i] * v[i];
    return sqrt(sum);
}

/* b = sum c p y, and lambda. */
static void set_right_side(equation *q)
{
    double sum_excess = 0.0;
    memset(q->s->b, 0, q->fixed->ld * sizeof(double));
    for (size_t i = 0; i < q->row.n; i++) {
        const uint8_t half_stars = q->row.half_stars[i];
        sum_excess += q->w->excess[half_stars];
        if (q->w->target[half_stars] != 0.0)
            q->simd->axpy(q->w->target[half_stars], factor_at(q, i), q->s->b, q->fixed->rank);
    }
    q->lambda = als_lambda(q->w, q->fixed->n_rows, sum_excess);
    q->norm_b = norm(q->s->b, q->fixed->rank);
}

/* A = G + sum e y y' + lambda I in float32, from panels of rows sqrt(e) y. Each panel is summed on its own before it is added, so
 * that the rounding errors of a row with a million ratings grow with the number of panels only. */
static void set_matrix(const equation *q)
{
    const als_factors *f = q->fixed;
    als_scratch *s = q->s;
    memcpy(s->matrix, f->gram32, f->ld * f->ld * sizeof(float));
    for (size_t first = 0; first < q->row.n; first += ALS_PANEL) {
        const size_t n = q->row.n - first < ALS_PANEL ? q->row.n - first : ALS_PANEL;
        for (size_t i = 0; i < n; i++) {
            const float *y = factor_at(q, first + i);
            const float root = q->w->root[q->row.half_stars[first + i]];
            for (size_t j = 0; j < f->ld; j++)
                s->panel[i * f->ld + j] = root * y[j];
        }
        q->simd->gram(s->panel, n, s->matrix, f->ld);
    }
    for (size_t i = 0; i < f->rank; i++)
        s->matrix[i * f->ld + i] += (float)q->lambda;
}

/* residual = b - A x for the x that float can hold; returns whether it is small enough. */
static bool residual_is_small(const equation *q, const float *x)
{
    const als_factors *f = q->fixed;
    als_scratch *s = q->s;
    for (size_t i = 0; i < f->rank; i++) {
        s->x[i] = (double)x[i];
        s->residual[i] = s->b[i] - q->lambda * s->x[i];
    }
    for (size_t i = 0; i < f->rank; i++) /* G is symmetric: row by row, so that the inner loop is a vector's */
        for (size_t j = 0; j < f->rank; j++)
            s->residual[j] -= f->gram[i * f->ld + j] * s->x[i];
    for (size_t i = 0; i < q->row.n; i++) {
        const float *y = factor_at(q, i);
        const double excess = q->w->excess[q->row.half_stars[i]];
        if (excess != 0.0)
            q->simd->axpy(-excess * q->simd->dot(y, s->x, f->rank), y, s->residual, f->rank);
    }
    return norm(s->residual, f->rank) <= residual_goal * q->norm_b;
}

static bool solve_in_float(const equation *q, float *x)
{
    const als_factors *f = q->fixed;
    als_scratch *s = q->s;
    set_matrix(q);
    if (!q->simd->cholesky(s->matrix, f->rank, f->ld))
        return false;
    for (size_t i = 0; i < f->rank; i++)
        x[i] = (float)s->b[i];
    q->simd->substitute(s->matrix, f->rank, f->ld, x);
    for (int correction = 0; !residual_is_small(q, x); correction++) {
        if (correction == MAX_CORRECTIONS)
            return false;
        for (size_t i = 0; i < f->rank; i++)
            s->step[i] = (float)s->residual[i];
        q->simd->substitute(s->matrix, f->rank, f->ld, s->step);
        for (size_t i = 0; i < f->rank; i++)
            x[i] += s->step[i];
    }
    return true;
}

static bool solve_in_double(const equation *q, float *x)
{
    const als_factors *f = q->fixed;
    als_scratch *s = q->s;
    memcpy(s->matrix64, f->gram, f->ld * f->ld * sizeof(double));
    for (size_t i = 0; i < q->row.n; i++)
        dense_add_square(q->simd, q->w->excess[q->row.half_stars[i]], factor_at(q, i), s->matrix64, f->rank, f->ld);
    for (size_t i = 0; i < f->rank; i++)
        s->matrix64[i * f->ld + i] += q->lambda;
    if (!dense_cholesky(s->matrix64, f->rank, f->ld))
        return false;
    memcpy(s->x, s->b, f->rank * sizeof(double));
    dense_substitute(s->matrix64, f->rank, f->ld, s->x);
    for (size_t i = 0; i < f->rank; i++) {
        if (!(fabs(s->x[i]) <= (double)FLT_MAX))
            return false;
        x[i] = (float)s->x[i];
    }
    return true;
}

bool als_solve_row(const als_factors *fixed, const als_weights *w, const simd_kernels *simd, als_row row, als_scratch *s,
                   float *x)
{
    equation q = {.fixed = fixed, .w = w, .simd = simd, .row = row, .s = s};
    set_right_side(&q);
    if (q.norm_b == 0.0) {
        memset(x, 0, fixed->ld * sizeof(float));
        return true;
    }
    return solve_in_float(&q, x) || solve_in_double(&q, x);
}
