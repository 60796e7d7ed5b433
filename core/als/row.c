/* One row of a half-iteration: the normal equations of HKV (equation 4), solved exactly.
 *
 * "Exact" is a promise about the result, so it is checked on the result. Float32 does the n k^2 work of summing
 * R = sum e y y' and the k^3 of factoring A = G + R + lambda I; then b - A x is computed in float64 from that A, a matter of k^2,
 * and what A and b can be off from their exact values is bounded (Higham, Accuracy and Stability of Numerical Algorithms, 2002,
 * section 3.1): a sum of m products in float32 errs by at most m u sum |products|, u = 2^-24, so that
 *
 *     |A - exact A|_F  <=  m u sum e |y|^2 + p u |A|_F  <=  m u trace R + p u trace A
 *     |b - exact b|    <=  m u sum c p |y|
 *
 * for chains of m <= 64 additions in each of p panels; after 16 panels R goes on in float64. If residual and bound together are at
 * most 9e-5 |b|, the promise of 1e-4 |b| is kept. Else the residual is computed in float64 from the factors themselves, n k
 * operations, and the solution is corrected (iterative refinement: Golub and Van Loan, section 3.5.3) until that is small. A row
 * for which it doesn't converge (a condition number near 1e7, or weights that leave the range of float) is solved in float64
 * throughout.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "als/als.h"
#include "als/block.h"
#include "als/dense.h"
#include "als/dual.h"
#include "als/nonnegative.h"
#include "base/error.h"
#include "base/memory.h"

enum { MAX_CORRECTIONS = 3, PANELS_IN_FLOAT = 16, MOST_IN_FLOAT = PANELS_IN_FLOAT * ALS_PANEL };
enum { PANEL_ROWS = (int)ALS_PANEL > (int)ALS_DUAL_MAX ? (int)ALS_PANEL : (int)ALS_DUAL_MAX };
static const double residual_goal = 1e-5; /* of |b|, where it is computed from the factors */
static const double proven_goal = 9e-5;   /* of |b|, residual and error bound together */
static const double unit = 0x1p-24;       /* the roundoff of float */

bt_status als_scratch_make(size_t ld, size_t n_predictions, als_scratch *out, bt_error *error)
{
    *out = (als_scratch){
        .matrix = memory_aligned(ld * ld, sizeof(float)),
        .factor = memory_aligned(ld * ld, sizeof(float)),
        .panel = memory_aligned(PANEL_ROWS * ld, sizeof(float)),
        .step = memory_aligned(2 * ld, sizeof(float)),
        .dual = memory_aligned(ALS_DUAL_MAX, sizeof(float)),
        .matrix64 = memory_aligned(ld * ld, sizeof(double)),
        .b = memory_aligned(4 * ld, sizeof(double)),
        .predictions = n_predictions > 0 ? memory_array(n_predictions, sizeof(float)) : NULL,
    };
    if (!out->matrix || !out->factor || !out->panel || !out->step || !out->dual || !out->matrix64 || !out->b ||
        (n_predictions > 0 && !out->predictions)) {
        als_scratch_free(out);
        return error_no_memory(error, "training");
    }
    memset(out->panel, 0, ALS_PANEL * ld * sizeof(float));
    memset(out->step, 0, 2 * ld * sizeof(float));
    out->scale = out->step + ld;
    memset(out->b, 0, 4 * ld * sizeof(double));
    out->x = out->b + ld;
    out->residual = out->x + ld;
    out->sum_b = out->residual + ld;
    return BT_OK;
}

void als_scratch_free(als_scratch *s)
{
    bt_free(s->matrix);
    bt_free(s->factor);
    bt_free(s->panel);
    bt_free(s->step);
    bt_free(s->dual);
    bt_free(s->matrix64);
    bt_free(s->b);
    bt_free(s->predictions);
    *s = (als_scratch){0};
}

/* The row being solved, with what doesn't change on the way. */
typedef struct equation {
    const als_factors *fixed;
    const als_weights *w;
    const simd_kernels *simd;
    als_row row;
    als_scratch *s;
    const als_sums *sums; /* NULL: not summed yet */
    double lambda, sum_ratio;
    bool has_target;
    double norm_b, error_of_matrix, error_of_b; /* |b|, and the bounds above */
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

/* What the weights alone say: lambda, whether b is 0, and the bound of b's error over that of R. */
static void weigh(equation *q)
{
    double sum_excess = 0.0, sum_ratio = 0.0;
    for (size_t i = 0; i < q->row.n; i++) {
        sum_excess += q->w->excess[q->row.half_stars[i]];
        sum_ratio += q->w->ratio[q->row.half_stars[i]];
    }
    q->lambda = als_lambda(q->w, q->fixed->n_rows, sum_excess);
    q->has_target = sum_ratio > 0.0;
    q->sum_ratio = sum_ratio;
}

/* to += from, upper triangle. */
static void add_to_double(const simd_kernels *simd, const float *from, double *to, size_t ld)
{
    for (size_t i = 0; i < ld; i++)
        simd->axpy(1.0, from + i * ld + i, to + i * ld + i, ld - i);
}

simd_ahead als_ahead(const als_factors *fixed, const uint32_t *columns, size_t n, als_scratch *s)
{
    const size_t last = n < ALS_PANEL ? n : ALS_PANEL;
    const uintptr_t past = s->fetched - (uintptr_t)columns; /* huge if it is of other rows */
    const size_t n_fetched = past / sizeof *columns <= last ? past / sizeof *columns : 0;
    s->fetched = (uintptr_t)(columns + last);
    return (simd_ahead){fixed->rows, fixed->ld, fixed->ld, columns + n_fetched, last - n_fetched};
}

/* matrix += R, b += sum c p y, over at most PANELS_IN_FLOAT panels. */
static void sum_panels(const als_factors *f, const als_weights *w, const simd_kernels *simd, als_row row, als_scratch *s,
                       double *b)
{
    simd_terms terms = {f->rows, f->ld, f->ld, row.columns, row.half_stars, w->root, w->weight, 0};
    for (size_t left = row.n; left > 0; left -= terms.n) {
        terms.n = left < ALS_PANEL ? left : ALS_PANEL;
        const simd_ahead ahead = als_ahead(f, terms.columns + terms.n, left - terms.n + row.n_ahead, s);
        simd->gather(&terms, s->panel, b);
        simd->gram(s->panel, terms.n, s->matrix, f->ld, &ahead);
        terms.columns += terms.n;
        terms.kinds += terms.n;
    }
}

void als_sum_row(const als_factors *fixed, const als_weights *w, const simd_kernels *simd, als_row row, als_scratch *s,
                 als_sums sums)
{
    const size_t ld = fixed->ld;
    for (size_t first = 0; first < row.n; first += MOST_IN_FLOAT) {
        const size_t left = row.n - first, n = left < MOST_IN_FLOAT ? left : MOST_IN_FLOAT;
        const als_row part = {row.columns + first, row.half_stars + first, n, left - n + row.n_ahead};
        memset(s->matrix, 0, ld * ld * sizeof *s->matrix);
        sum_panels(fixed, w, simd, part, s, sums.b);
        add_to_double(simd, s->matrix, sums.matrix, ld);
    }
}

/* b, A in float32, and how far they can be off. */
static void set_equation(equation *q)
{
    const als_factors *f = q->fixed;
    als_scratch *s = q->s;
    const size_t ld = f->ld, k = f->rank;
    size_t n_panels = (q->row.n + ALS_PANEL - 1) / ALS_PANEL;
    if (q->sums != NULL) {
        memcpy(s->b, q->sums->b, ld * sizeof *s->b);
        for (size_t i = 0; i < ld * ld; i++)
            s->matrix[i] = (float)(f->gram[i] + q->sums->matrix[i]);
        n_panels = PANELS_IN_FLOAT;
    } else {
        memset(s->b, 0, ld * sizeof *s->b);
        memcpy(s->matrix, f->gram32, ld * ld * sizeof *s->matrix);
        sum_panels(f, q->w, q->simd, q->row, s, s->b);
    }
    double trace = 0.0, trace_gram = 0.0;
    for (size_t i = 0; i < k; i++) {
        trace += (double)s->matrix[i * ld + i];
        trace_gram += f->gram[i * ld + i];
        s->matrix[i * ld + i] += (float)q->lambda;
    }
    /* Five more roundings are in each product (root e, twice root e times y) and in each term of b; the matrix starts as G rounded
     * and ends with lambda. 1 % covers that the traces are those of float32. */
    const double chain = 1.01 * unit * (double)((q->row.n < ALS_PANEL ? q->row.n : ALS_PANEL) + 5);
    const double trace_r = fmax(trace - trace_gram, 0.0) + (double)n_panels * unit * trace;
    q->norm_b = norm(s->b, k);
    q->error_of_matrix = chain * trace_r + 1.01 * unit * (double)(n_panels + 3) * (trace + (double)k * q->lambda);
    q->error_of_b = chain * sqrt(q->sum_ratio * trace_r); /* Cauchy and Schwarz on c p |y| = (c p / root e) (root e |y|) */
}

/* residual = b - A x for the x that float can hold, from the summed A; whether residual and error bound are small enough. */
static bool is_proven(const equation *q, const float *x)
{
    als_scratch *s = q->s;
    const size_t k = q->fixed->rank;
    for (size_t i = 0; i < k; i++) {
        s->x[i] = (double)x[i];
        s->residual[i] = s->b[i];
    }
    q->simd->subtract_product(s->matrix, k, q->fixed->ld, s->x, s->residual);
    const double bound = q->error_of_matrix * norm(s->x, k) + q->error_of_b;
    return norm(s->residual, k) + bound <= proven_goal * (q->norm_b - q->error_of_b);
}

/* residual = b - A x from the factors; whether it is small enough. b is then exact, too. */
static bool residual_is_small(const equation *q, const float *x)
{
    const als_factors *f = q->fixed;
    als_scratch *s = q->s;
    memset(s->residual, 0, f->ld * sizeof *s->residual);
    for (size_t i = 0; i < q->row.n; i++)
        if (q->w->target[q->row.half_stars[i]] != 0.0)
            q->simd->axpy(q->w->target[q->row.half_stars[i]], factor_at(q, i), s->residual, f->rank);
    const double norm_b = norm(s->residual, f->rank);
    for (size_t i = 0; i < f->rank; i++) {
        s->x[i] = (double)x[i];
        s->residual[i] -= q->lambda * s->x[i];
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
    return norm(s->residual, f->rank) <= residual_goal * norm_b;
}

static bool solve_in_float(equation *q, float *x)
{
    const als_factors *f = q->fixed;
    als_scratch *s = q->s;
    set_equation(q);
    memcpy(s->factor, s->matrix, f->ld * f->ld * sizeof *s->factor);
    if (!q->simd->cholesky(s->factor, f->rank, f->ld))
        return false;
    for (size_t i = 0; i < f->rank; i++)
        x[i] = (float)s->b[i];
    q->simd->substitute(s->factor, f->rank, f->ld, x);
    if (is_proven(q, x))
        return true;
    for (int correction = 0; !residual_is_small(q, x); correction++) {
        if (correction == MAX_CORRECTIONS)
            return false;
        for (size_t i = 0; i < f->rank; i++)
            s->step[i] = (float)s->residual[i];
        q->simd->substitute(s->factor, f->rank, f->ld, s->step);
        for (size_t i = 0; i < f->rank; i++)
            x[i] += s->step[i];
    }
    return true;
}

static bool to_float(const double *from, size_t n, float *to)
{
    for (size_t i = 0; i < n; i++) {
        if (!(fabs(from[i]) <= (double)FLT_MAX))
            return false;
        to[i] = (float)from[i];
    }
    return true;
}

/* matrix64 = A (upper triangle), x = b. */
static void set_equation64(const equation *q)
{
    const als_factors *f = q->fixed;
    als_scratch *s = q->s;
    memcpy(s->matrix64, f->gram, f->ld * f->ld * sizeof(double));
    for (size_t i = 0; i < q->row.n; i++)
        dense_add_square(q->simd, q->w->excess[q->row.half_stars[i]], factor_at(q, i), s->matrix64, f->rank, f->ld);
    for (size_t i = 0; i < f->rank; i++)
        s->matrix64[i * f->ld + i] += q->lambda;
    memset(s->x, 0, f->rank * sizeof(double));
    for (size_t i = 0; i < q->row.n; i++)
        if (q->w->target[q->row.half_stars[i]] != 0.0)
            q->simd->axpy(q->w->target[q->row.half_stars[i]], factor_at(q, i), s->x, f->rank);
}

static bool solve_in_double(const equation *q, float *x)
{
    const als_factors *f = q->fixed;
    als_scratch *s = q->s;
    set_equation64(q);
    if (!dense_cholesky(s->matrix64, f->rank, f->ld))
        return false;
    dense_substitute(s->matrix64, f->rank, f->ld, s->x);
    return to_float(s->x, f->rank, x);
}

/* --- factors that must not be negative ------------------------------------------------------------------------------------- */

/* Minimizes over x >= 0 from 0 on, with the matrix of which matrix64 has the upper triangle. */
static bool minimize_nonnegative(const equation *q, const double *b)
{
    als_scratch *s = q->s;
    const size_t k = q->fixed->rank, ld = q->fixed->ld;
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < i; j++)
            s->matrix64[i * ld + j] = s->matrix64[j * ld + i];
    memset(s->x, 0, k * sizeof *s->x);
    return nonnegative_solve(s->matrix64, k, k, ld, b, residual_goal * norm(b, k), s->x, s->residual);
}

/* The gradient at the solution is that of the summed A and b, and off by what those are, and by x's rounding. */
static bool solve_nonnegative(equation *q, float *x)
{
    als_scratch *s = q->s;
    const size_t k = q->fixed->rank, ld = q->fixed->ld;
    set_equation(q);
    for (size_t i = 0; i < k; i++)
        for (size_t j = i; j < k; j++)
            s->matrix64[i * ld + j] = (double)s->matrix[i * ld + j];
    if (minimize_nonnegative(q, s->b)) {
        const double bound = 2.0 * q->error_of_matrix * norm(s->x, k) + q->error_of_b;
        if (residual_goal * q->norm_b + bound <= proven_goal * (q->norm_b - q->error_of_b))
            return to_float(s->x, k, x);
    }
    set_equation64(q);
    memcpy(s->b, s->x, k * sizeof *s->b);
    return minimize_nonnegative(q, s->b) && to_float(s->x, k, x);
}

bool als_solve_summed_row(const als_factors *fixed, const als_weights *w, const simd_kernels *simd, als_row row, als_scratch *s,
                          const als_sums *sums, float *x)
{
    equation q = {.fixed = fixed, .w = w, .simd = simd, .row = row, .s = s, .sums = sums};
    weigh(&q);
    if (!q.has_target) {
        memset(x, 0, fixed->ld * sizeof(float));
        return true;
    }
    if (w->nonnegative)
        return solve_nonnegative(&q, x);
    if (fixed->is_diagonal && sums == NULL && dual_pays(row.n, fixed->rank) &&
        dual_solve_row(fixed, w, simd, row, q.lambda, s, x))
        return true;
    return solve_in_float(&q, x) || solve_in_double(&q, x);
}

bool als_solve_row(const als_factors *fixed, const als_weights *w, const simd_kernels *simd, als_row row, als_scratch *s,
                   float *x)
{
    if (w->in_blocks && block_solve_row(fixed, w, simd, row, s, x))
        return true;
    if (row.n <= MOST_IN_FLOAT)
        return als_solve_summed_row(fixed, w, simd, row, s, NULL, x);
    const als_sums sums = {s->matrix64, s->sum_b};
    memset(sums.matrix, 0, fixed->ld * fixed->ld * sizeof *sums.matrix);
    memset(sums.b, 0, fixed->ld * sizeof *sums.b);
    als_sum_row(fixed, w, simd, row, s, sums);
    return als_solve_summed_row(fixed, w, simd, row, s, &sums, x);
}
