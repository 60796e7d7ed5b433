/* Reasons: the score as a sum of one share for each opinion.
 *
 * With M = A without the dislikes' terms, (M + sum_d e_d y_d y_d') x = b gives
 *
 *     x = M^-1 (sum_likes c_j p_j y_j - sum_dislikes e_d (y_d'x) y_d)
 *
 * where ratings of 2.5 to 3.5 stand among the likes. So with v = M^-1 y_i (one solve for each film) the share of a like is
 * c_j p_j y_j'v, of a dislike -e_d (y_d'x) (y_d'v): after HKV, equation 7, which knows no dislikes. Both are scaled like the score,
 * and what the film's text adds joins the share of its opinion. Costs rank^2 + 2 n rank for each film.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "als/dense.h"
#include "base/error.h"
#include "base/memory.h"
#include "taste/taste.h"

static int largest_first(const void *left, const void *right)
{
    const bt_reason *a = left, *b = right;
    const double size_a = fabs(a->share), size_b = fabs(b->share);
    if (size_a < size_b || size_a > size_b)
        return size_a < size_b ? 1 : -1;
    return (a->film_id > b->film_id) - (a->film_id < b->film_id);
}

void taste_explain(const taste *t, const fold *f, size_t film, double *solved, bt_reason *reasons)
{
    const bt_model_info *info = &t->model->info;
    const simd_kernels *simd = t->model->simd;
    const als_weights w = als_fold_weights_of(&info->params);
    const double scale = fold_scale(t->model, f, film);
    for (size_t i = 0; i < f->rank; i++)
        solved[i] = (double)info->film_factors[film * f->rank + i];
    dense_substitute(f->reasons, f->rank, f->rank, solved);

    for (size_t i = 0; i < t->n_terms; i++) {
        const fold_term term = t->terms[i];
        const float *y = info->film_factors + term.film * f->rank;
        const bt_verdict verdict = term.half_stars >= BT_LIKE_HALF_STARS      ? BT_LIKE
                                   : term.half_stars <= BT_DISLIKE_HALF_STARS ? BT_DISLIKE
                                                                              : BT_NO_VERDICT;
        const double weight =
            verdict == BT_DISLIKE ? -w.excess[term.half_stars] * simd->dot(y, f->x, f->rank) : w.target[term.half_stars];
        const double text = taste_text_share(t, i, film);
        reasons[i] = (bt_reason){.film_id = info->film_ids[term.film],
                                 .taste = verdict,
                                 .share = scale * t->weights[i] * weight * simd->dot(y, solved, f->rank) + text,
                                 .text = text};
    }
    if (t->n_terms > 0)
        qsort(reasons, t->n_terms, sizeof *reasons, largest_first);
}
