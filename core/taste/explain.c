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

#include "als/dense.h"
#include "base/memory.h"
#include "taste/taste.h"

static bt_verdict verdict_of(fold_term term)
{
    if (term.half_stars >= BT_LIKE_HALF_STARS)
        return BT_LIKE;
    return term.half_stars <= BT_DISLIKE_HALF_STARS ? BT_DISLIKE : BT_NO_VERDICT;
}

static bool comes_before(sized_term a, sized_term b)
{
    return a.size > b.size || (a.size >= b.size && a.term < b.term); /* terms ascend by film */
}

/* Shell sort: a few dozen reasons, for each film of a list. */
static void sort_largest_first(sized_term *items, size_t n)
{
    static const size_t gaps[] = {3937, 1750, 701, 301, 132, 57, 23, 10, 4, 1}; /* Ciura 2001, and 2.25 times the last */
    for (size_t g = 0; g < sizeof gaps / sizeof *gaps; g++) {
        for (size_t i = gaps[g]; i < n; i++) {
            const sized_term moved = items[i];
            size_t at = i;
            for (; at >= gaps[g] && comes_before(moved, items[at - gaps[g]]); at -= gaps[g])
                items[at] = items[at - gaps[g]];
            items[at] = moved;
        }
    }
}

/* What the term's product with v is multiplied with, but for its weight and the film's scale. */
static double coefficient(const taste *t, const fold *f, const als_weights *w, fold_term term)
{
    const float *y = t->model->info.film_factors + term.film * f->rank;
    return verdict_of(term) == BT_DISLIKE ? -w->excess[term.half_stars] * t->model->simd->dot(y, f->x, f->rank)
                                          : w->target[term.half_stars];
}

bool explainer_make(const taste *t, const fold *f, explainer *out)
{
    *out = (explainer){
        .taste = t,
        .fold = f,
        .solved = memory_array(f->rank, sizeof *out->solved),
        .coefficients = memory_array(t->n_terms, sizeof *out->coefficients),
        .order = memory_array(t->n_terms, sizeof *out->order),
        .reasons = memory_array(t->n_terms, 2 * sizeof *out->reasons),
    };
    if (!out->solved || !out->coefficients || !out->order || !out->reasons)
        return false;
    const als_weights w = als_fold_weights_of(&t->model->info.params);
    for (size_t i = 0; i < t->n_terms; i++)
        out->coefficients[i] = coefficient(t, f, &w, t->terms[i]);
    return true;
}

void explainer_free(explainer *e)
{
    bt_free(e->solved);
    bt_free(e->coefficients);
    bt_free(e->order);
    bt_free(e->reasons);
}

const bt_reason *explainer_run(const explainer *e, size_t film)
{
    const taste *t = e->taste;
    const bt_model_info *info = &t->model->info;
    const size_t k = e->fold->rank, n = t->n_terms;
    const double scale = fold_scale(t->model, e->fold, film);
    for (size_t i = 0; i < k; i++)
        e->solved[i] = (double)info->film_factors[film * k + i];
    dense_substitute(e->fold->reasons, k, k, e->solved);

    bt_reason *reasons = e->reasons, *sorted = e->reasons + n;
    for (size_t i = 0; i < n; i++) {
        const fold_term term = t->terms[i];
        const double product = t->model->simd->dot(info->film_factors + term.film * k, e->solved, k);
        const double text = taste_text_share(t, i, film);
        reasons[i] = (bt_reason){.film_id = info->film_ids[term.film],
                                 .taste = verdict_of(term),
                                 .share = scale * t->weights[i] * e->coefficients[i] * product + text,
                                 .text = text};
        e->order[i] = (sized_term){fabs(reasons[i].share), i};
    }
    sort_largest_first(e->order, n);
    for (size_t i = 0; i < n; i++)
        sorted[i] = reasons[e->order[i].term];
    return sorted;
}
