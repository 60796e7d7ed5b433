/* From a profile to a ranked list with exact reasons.
 *
 * A list is a pure function of (profile, model, filters, parameters): no clock, no state. So undoing an opinion gives the
 * identical list, and docs/taste.md says what each part of it brings.
 *
 *   1. The profile is folded into the model: A x = b, in float64, with
 *      A = Y'Y + sum over opinions of w_j e_j y_j y_j' + lambda I, b = sum over likes and middling ratings of w_j (1 + e_j) p_j y_j,
 *      where e is the confidence in excess of 1, p is 1 for a like and foldPreference for a rating of 2.5 to 3.5 (butaca/model.h),
 *      and w is the opinion's weight, 1 unless the caller says otherwise; of weight 0 (muted) it has no say at all.
 *   2. Films that the person knows, excluded ones, and those that don't pass the filters leave before ranking, so k films come
 *      back whenever k exist.
 *   3. All others are scored: score_i = x . y_i s_i + text_i, with s_i = (1 + likes_i)^-(d + a), likes_i counted over all users,
 *      d = damping (1 - r) - 0.05 r with r = (n / 5)^2 / (1 + (n / 5)^2) for likes of weight n altogether, and a the dial from safe
 *      to adventurous. Few likes say little, and plain scores then favour what everybody likes; s corrects it, and when some twenty
 *      likes have come in it favours popular films slightly (docs/als.md, docs/taste.md).
 *   4. With a table of neighbours by text, text_i = S (like sum over likes of w_j t_ji - dislike sum over dislikes of w_j t_ji^2), where
 *      t_ji is 1 for the film whose text is nearest to that of j and falls to 0 at the 128th (butaca/neighbours.h), and S is the best
 *      x . y_i s_i of a film without such an opinion, at least 0: so texts have the same say whatever the scores' size.
 *   5. No like at all: the most liked films, spread over genres.
 *   6. With diversity m above 0, places are given one after the other (maximal marginal relevance; Carbonell and Goldstein 1998):
 *      each to the film with the greatest (1 - m) score_i / best score - m (greatest cosine of y_i with a film above, at least 0),
 *      among the 500 best by score. Scores and reasons stay, and each film says which rank it has by score alone.
 *
 * Reasons: with M = A without the dislike terms, x = M^-1 (sum_likes w_j c_j p_j y_j - sum_dislikes w_d e_d (y_d'x) y_d), so
 *
 *   score_i = s_i (sum_likes w_j c_j p_j y_i'M^-1 y_j - sum_dislikes w_d e_d (y_d'x) y_i'M^-1 y_d) + text_i   (after HKV, equation 7)
 *
 * where middling ratings stand among the likes, and the shares add up to the score. Of equal scores the smaller film id comes first;
 * no score is NaN.
 */
#ifndef BUTACA_RECOMMEND_H
#define BUTACA_RECOMMEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "butaca/model.h"
#include "butaca/neighbours.h"
#include "butaca/profile.h"
#include "butaca/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How much an opinion counts in place of 1. */
typedef struct bt_opinion_weight {
    uint32_t film_id;
    double weight; /* 0 (muted) .. BT_WEIGHT_MAX */
} bt_opinion_weight;

enum { BT_WEIGHT_MAX = 10, BT_DIAL_SAFE = 1, BT_DIAL_DEFAULT = 2, BT_DIAL_ADVENTUROUS = 5 };

typedef struct bt_recommend_params {
    size_t limit;           /* films wanted; > 0 */
    size_t offset;          /* films of the list that are passed over: its next page */
    const uint8_t *allowed; /* one byte for each of the model's films, in its order: 0 leaves it out; NULL: all may come */
    const uint64_t *
        genres; /* a bit set for each of the model's films, to spread the popular list (core/taste/popular.c); NULL: not spread */
    size_t reasons_max;               /* the largest ones, what the others add up to beside them; 0: all */
    double diversity;                 /* m, 0 .. 1 */
    bool explain;                     /* compute reasons */
    int dial;                         /* BT_DIAL_SAFE .. BT_DIAL_ADVENTUROUS: how little popular the films may be */
    const bt_opinion_weight *weights; /* n_weights, ascending by film id; the profile may lack some */
    size_t n_weights;
    const bt_text_join *text;       /* NULL: texts have no say */
    double text_like, text_dislike; /* of texts; >= 0 */
} bt_recommend_params;

BT_API bt_recommend_params bt_recommend_params_default(void);

/* Where a list's order comes from. */
typedef enum bt_basis { BT_BASIS_TASTE, BT_BASIS_POPULARITY } bt_basis;

typedef struct bt_reason {
    uint32_t film_id; /* of the profile */
    bt_verdict taste; /* BT_NO_VERDICT: a rating of 2.5 to 3.5 */
    double share;     /* signed; the shares of a film and `others` add up to its score within 1e-4 */
    double text;      /* the part of the share that is from the film's text */
} bt_reason;

typedef struct bt_recommendation {
    uint32_t film_id;
    double score;             /* taste: orders films, the higher the better, seldom above 1; popularity: the number of likes */
    size_t rank;              /* by score alone, from 1: another place than the film's own if diversity moved it */
    const bt_reason *reasons; /* n_reasons, largest magnitude first; NULL unless explained or by popularity */
    size_t n_reasons;
    double others; /* what the opinions that aren't among the reasons add up to */
    size_t n_others;
} bt_recommendation;

typedef struct bt_list {
    bt_basis basis;
    size_t n_films;
    const bt_recommendation *films; /* best first; ties by film id */
    size_t n_unknown;               /* opinions about films that the model doesn't know: they have no say */
    size_t n_total;                 /* films that pass, on all pages */
} bt_list;

/* `profile` sorted as bt_profile_sort leaves it. *out is released with bt_list_free; NULL on failure. Thread-safe on one model. */
BT_API bt_status bt_recommend(const bt_model *model, const bt_profile *profile, const bt_recommend_params *params,
                              bt_list **out, bt_error *error);
BT_API void bt_list_free(bt_list *list); /* NULL is fine */

/* Reasons for one film, also one that is known to the person or filtered out: a list of one, as bt_recommend with these parameters
 * would score it (`params` NULL: the default ones; limit, filters and diversity don't matter). BT_NOT_FOUND if the model doesn't know
 * it, BT_INVALID_ARGUMENT if the profile has no like. */
BT_API bt_status bt_explain(const bt_model *model, const bt_profile *profile, uint32_t film_id,
                            const bt_recommend_params *params, bt_list **out, bt_error *error);

#ifdef __cplusplus
}
#endif
#endif
