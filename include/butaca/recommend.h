/* From a profile to a ranked list with exact reasons.
 *
 * A list is a pure function of (profile, model, filters, parameters): no clock, no state. So undoing an opinion gives the
 * identical list.
 *
 *   1. The profile is folded into the model: A x = b, in float64, with
 *      A = Y'Y + sum over likes and dislikes of e_j y_j y_j' + lambda I, b = sum over likes of (1 + e_j) y_j, where e is the
 *      confidence in excess of 1. Ratings of 2.5 to 3.5 have no say here.
 *   2. Films that the person knows, excluded ones, and those that don't pass the filters leave before ranking, so k films come
 *      back whenever k exist.
 *   3. All others are scored: score_i = x . y_i s_i, with s_i = (1 + likes_i)^-d, likes_i counted over all users, and
 *      d = damping / (1 + (n / 5)^2) for a profile with n likes. Few likes say little, and plain scores then favour what everybody
 *      likes; s corrects it and is gone when some twenty likes have come in (docs/als.md).
 *   4. No like at all: the most liked films, spread over genres.
 *
 * Reasons: with M = A without the dislike terms, x = M^-1 (sum_likes c_j y_j - sum_dislikes e_d (y_d'x) y_d), so
 *
 *   score_i = s_i (sum_likes c_j y_i'M^-1 y_j - sum_dislikes e_d (y_d'x) y_i'M^-1 y_d)       (after HKV, equation 7)
 *
 * and the shares add up to the score. Of equal scores the smaller film id comes first; no score is NaN.
 */
#ifndef BUTACA_RECOMMEND_H
#define BUTACA_RECOMMEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "butaca/model.h"
#include "butaca/profile.h"
#include "butaca/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bt_recommend_params {
    size_t limit;           /* films wanted; > 0 */
    const uint8_t *allowed; /* one byte for each of the model's films, in its order: 0 leaves it out; NULL: all may come */
    const uint64_t *
        genres; /* a bit set for each of the model's films, to spread the popular list (core/taste/popular.c); NULL: not spread */
    bool explain; /* compute reasons */
} bt_recommend_params;

BT_API bt_recommend_params bt_recommend_params_default(void);

/* Where a list's order comes from. */
typedef enum bt_basis { BT_BASIS_TASTE, BT_BASIS_POPULARITY } bt_basis;

typedef struct bt_reason {
    uint32_t film_id; /* of the profile */
    bt_verdict taste; /* BT_LIKE or BT_DISLIKE */
    double share;     /* signed; the shares of a film add up to its score within 1e-4 */
} bt_reason;

typedef struct bt_recommendation {
    uint32_t film_id;
    double score;             /* taste: orders films, the higher the better, seldom above 1; popularity: the number of likes */
    const bt_reason *reasons; /* n_reasons, largest magnitude first; NULL unless explained or by popularity */
    size_t n_reasons;
} bt_recommendation;

typedef struct bt_list {
    bt_basis basis;
    size_t n_films;
    const bt_recommendation *films; /* best first; ties by film id */
    size_t n_unknown;               /* opinions about films that the model doesn't know: they have no say */
} bt_list;

/* `profile` sorted as bt_profile_sort leaves it. *out is released with bt_list_free; NULL on failure. Thread-safe on one model. */
BT_API bt_status bt_recommend(const bt_model *model, const bt_profile *profile, const bt_recommend_params *params,
                              bt_list **out, bt_error *error);
BT_API void bt_list_free(bt_list *list); /* NULL is fine */

/* Reasons for one film, also one that is known to the person or filtered out: a list of one. BT_NOT_FOUND if the model doesn't
 * know it, BT_INVALID_ARGUMENT if the profile has no like. */
BT_API bt_status bt_explain(const bt_model *model, const bt_profile *profile, uint32_t film_id, bt_list **out, bt_error *error);

#ifdef __cplusplus
}
#endif
#endif
