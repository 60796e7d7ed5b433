/* A row of n < k ratings by its dual, n x n instead of k x k (the matrix inversion lemma: Golub and Van Loan, section 2.1.4).
 *
 * With G + lambda I = D diagonal, Z the n x k factors of its ratings, E the diagonal of their e and t = c p,
 *
 *     A = D + Z' E Z,   b = Z' t,   S = E^(1/2) Z D^(-1/2)
 *     x = D^-1 Z' E^(1/2) w   with   (I + S S') w = E^(-1/2) t
 *
 * which costs n^2 k / 2 + n^3 / 6 multiply-adds in place of n k^2 / 2 + k^3 / 6, and I + S S' is never worse conditioned than A. A
 * rating with e = 0 has no say in A or b: its root and its element of E^(-1/2) t are 0.
 *
 * The residual b - A x is computed in float64 from the factors, 2 n k operations; what G has beside its diagonal, next to nothing
 * after the rotation, is bounded by its Frobenius norm. |b| is at least x'b / |x|, which comes for free.
 */
#include "als/dual.h"

#include <math.h>
#include <string.h>

static const double proven_goal = 9e-5; /* of |b|: as in row.c */

bool dual_system(const simd_kernels *simd, const simd_terms *terms, const float *diagonal, float shift, const simd_ahead *ahead,
                 als_scratch *s)
{
    const size_t n = terms->n, width = (n + SIMD_LANES - 1) / SIMD_LANES * SIMD_LANES;
    simd->gather_columns(terms, diagonal, shift, s->scale, s->panel, width);
    memset(s->factor, 0, width * width * sizeof *s->factor);
    simd->gram(s->panel, terms->ld, s->factor, width, ahead);
    for (size_t i = 0; i < n; i++)
        s->factor[i * width + i] += 1.0f;
    if (!simd->cholesky(s->factor, n, width))
        return false;
    for (size_t i = n; i < width; i++)
        s->dual[i] = 0.0f;
    simd->substitute(s->factor, n, width, s->dual);
    return true;
}

void dual_combine(const simd_kernels *simd, const simd_terms *terms, size_t n, als_scratch *s)
{
    memset(s->x, 0, n * sizeof *s->x);
    for (size_t i = 0; i < terms->n; i++)
        simd->axpy((double)terms->root[terms->kinds[i]] * (double)s->dual[i], terms->rows + terms->columns[i] * terms->ld, s->x,
                   n);
    for (size_t j = 0; j < n; j++)
        s->x[j] *= (double)s->scale[j] * (double)s->scale[j];
}

static bool is_proven(const als_factors *f, const als_weights *w, const simd_kernels *simd, als_row row, double lambda,
                      als_scratch *s, const float *x)
{
    double square_x = 0.0, product = 0.0, square_residual = 0.0; /* x'x, x'b */
    for (size_t j = 0; j < f->rank; j++) {
        s->x[j] = (double)x[j];
        square_x += s->x[j] * s->x[j];
        s->residual[j] = -(f->spectrum[j] + lambda) * s->x[j];
    }
    for (size_t i = 0; i < row.n; i++) {
        const float *z = f->rows + row.columns[i] * f->ld;
        const double target = w->target[row.half_stars[i]], score = simd->dot(z, s->x, f->rank);
        product += target * score;
        simd->axpy(target - w->excess[row.half_stars[i]] * score, z, s->residual, f->rank);
    }
    for (size_t j = 0; j < f->rank; j++)
        square_residual += s->residual[j] * s->residual[j];
    const double norm_x = sqrt(square_x);
    return (sqrt(square_residual) + f->off_diagonal * norm_x) * norm_x <= proven_goal * product;
}

bool dual_solve_row(const als_factors *fixed, const als_weights *w, const simd_kernels *simd, als_row row, double lambda,
                    als_scratch *s, float *x)
{
    const simd_terms terms = {fixed->rows, fixed->ld, fixed->ld, row.columns, row.half_stars, w->root, w->weight, row.n};
    const simd_ahead ahead = als_ahead(fixed, row.columns + row.n, row.n_ahead, s);
    for (size_t i = 0; i < row.n; i++)
        s->dual[i] = w->dual_target[row.half_stars[i]];
    if (!dual_system(simd, &terms, fixed->spectrum32, (float)lambda, &ahead, s))
        return false;
    dual_combine(simd, &terms, fixed->rank, s);
    for (size_t j = 0; j < fixed->rank; j++)
        x[j] = (float)s->x[j];
    return is_proven(fixed, w, simd, row, lambda, s, x);
}
