/* Block updates (Rendle, Krichene, Zhang, Koren 2021, "iALS++: speeding up matrix factorization with subspace optimization").
 *
 * Over the values pi of one block, all others held, the objective of a row is a quadratic with the matrix A_pi,pi and the gradient
 *
 *     (A x - b)_pi = (G x)_pi + sum e s y_pi - sum c p y_pi + lambda x_pi,   s = y . x
 *
 * so that one block of d values costs n d^2 / 2 + d^3 / 6 multiply-adds, with the n predictions s kept up to date another 4 n d, and a row of
 * k values n k (d / 2 + 4) in place of n k^2 / 2. Predictions are computed anew for each row, whose factors are then in the cache:
 * none are stored between the halves. Here they are root e times s, since panels hold root e times y.
 *
 * A step needs its gradient to be right and its matrix only to be near, so sums of float32 do at any length of a row.
 */
#include "als/block.h"

#include <math.h>
#include <string.h>

typedef struct block_row {
    const als_factors *fixed;
    const simd_kernels *simd;
    simd_terms terms; /* all of the row, whole factors */
    als_scratch *s;
    double lambda;
    float *x;
} block_row;

/* matrix = A_pi,pi, b = -gradient, for the `width` values from `first` on. */
static void set_block(const block_row *r, size_t first, size_t width)
{
    const als_factors *f = r->fixed;
    als_scratch *s = r->s;
    simd_terms part = r->terms;
    part.rows += first;
    part.ld = width;
    for (size_t i = 0; i < width; i++) {
        memcpy(s->matrix + i * width, f->gram32 + (first + i) * f->ld + first, width * sizeof *s->matrix);
        s->matrix[i * width + i] += (float)r->lambda;
        s->b[i] = -r->lambda * (double)r->x[first + i];
    }
    r->simd->subtract_rows(f->gram32 + first, f->ld, f->ld, r->x, width, s->b);
    for (size_t at = 0; at < r->terms.n; at += part.n) {
        const size_t left = r->terms.n - at;
        part.n = left < ALS_PANEL ? left : ALS_PANEL;
        part.columns = r->terms.columns + at;
        part.kinds = r->terms.kinds + at;
        const simd_ahead next = {part.rows, f->ld, width, part.columns + part.n,
                                 left - part.n < ALS_PANEL ? left - part.n : ALS_PANEL};
        r->simd->gather(&part, s->panel, s->b);
        r->simd->subtract_rows(s->panel, width, part.n, s->predictions + at, width, s->b);
        r->simd->gram(s->panel, part.n, s->matrix, width, &next);
    }
}

static bool step_block(const block_row *r, size_t first, size_t width)
{
    als_scratch *s = r->s;
    const size_t rank_left = r->fixed->rank - first, n = width < rank_left ? width : rank_left;
    set_block(r, first, width);
    if (!r->simd->cholesky(s->matrix, n, width))
        return false;
    for (size_t i = 0; i < width; i++)
        s->step[i] = i < n ? (float)s->b[i] : 0.0f;
    r->simd->substitute(s->matrix, n, width, s->step);
    for (size_t i = 0; i < n; i++) {
        r->x[first + i] += s->step[i];
        if (!isfinite(r->x[first + i]))
            return false;
    }
    simd_terms part = r->terms;
    part.rows += first;
    part.ld = width;
    r->simd->project(&part, s->step, s->predictions);
    return true;
}

bool block_solve_row(const als_factors *fixed, const als_weights *w, const simd_kernels *simd, als_row row, als_scratch *s,
                     float *x)
{
    const simd_terms terms = {fixed->rows, fixed->ld, fixed->ld, row.columns, row.half_stars, w->root, w->weight, row.n};
    double sum_excess = 0.0, sum_target = 0.0;
    for (size_t i = 0; i < row.n; i++) {
        sum_excess += w->excess[row.half_stars[i]];
        sum_target += w->target[row.half_stars[i]];
    }
    if (!(sum_target > 0.0)) {
        memset(x, 0, fixed->ld * sizeof *x);
        return true;
    }
    const block_row r = {fixed, simd, terms, s, als_lambda(w, fixed->n_rows, sum_excess), x};
    memset(s->predictions, 0, row.n * sizeof *s->predictions);
    simd->project(&terms, x, s->predictions);
    for (size_t first = 0; first < fixed->ld; first += ALS_BLOCK)
        if (!step_block(&r, first, fixed->ld - first < ALS_BLOCK ? fixed->ld - first : ALS_BLOCK))
            return false;
    return true;
}
