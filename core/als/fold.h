/* Fold-in: one person's factor from a few opinions, in float64.
 *
 *     A x = b,  A = G + sum e_j y_j y_j' + lambda I,  b = sum over likes and middling ratings of c_j p_j y_j
 *
 * It is one row of a half-iteration for somebody who wasn't in the training.
 */
#ifndef ALS_FOLD_H
#define ALS_FOLD_H

#include <stddef.h>
#include <stdint.h>

#include "als/als.h"
#include "als/object.h"

typedef struct fold_term {
    uint32_t film;      /* index in the model */
    uint8_t half_stars; /* 1 .. 4: a dislike, 5 .. 7: middling, 8 .. 10: a like */
} fold_term;

typedef struct fold {
    size_t rank;
    double n_likes;  /* weight of the terms with a rating of 4 or more */
    double settled;  /* how far the damping has faded: 0 without likes, 1 with many */
    double exponent; /* of the damping */
    double *x;       /* rank */
    double *factor;  /* rank x rank, upper triangle: U'U = A */
    double *reasons; /* the same of M, A without its dislikes; NULL unless asked for, == factor if there is no dislike */
} fold;

/* BT_NUMERIC if A is singular (regParam 0). Release with fold_free. Costs n rank^2 / 2 + rank^3 / 6 multiply-adds. */
bt_status fold_in(const bt_model *model, const fold_term *terms, size_t n, bool with_reasons, fold *out, bt_error *error);
/* The same where opinions count more or less than 1: e_j and c_j times weights[j] (n; NULL: all 1). */
bt_status fold_in_weighted(const bt_model *model, const fold_term *terms, const double *weights, size_t n, bool with_reasons,
                           fold *out, bt_error *error);
void fold_free(fold *f); /* zeroed is fine */

/* What film i's dot product with x is multiplied by: (1 + likes_i)^-exponent. */
double fold_scale(const bt_model *model, const fold *f, size_t film);

/* scores[i] = x . y_i * fold_scale(i) for all films of the model. Never NaN. */
void fold_scores(const bt_model *model, const fold *f, double *scores);

#endif
