/* Onboarding: which films to ask a new person about, and the list that the answers make.
 *
 * Somebody of whom nothing is known isn't somebody who has seen nothing, as a fold-in would take it. So people's factors are taken as
 * normally distributed, with the mean m and covariance P of the people of the ratings (at most BT_ONBOARD_PEOPLE of them), and an
 * answer about film j as a measurement of x . y_j: 1 for a like, 0.4 for a film that was seen and is neither liked nor disliked, 0 for a
 * dislike and for a film that wasn't seen, with noise n_j. Given answers a,
 *
 *     x = m + P Y' (Y P Y' + N)^-1 (a - Y m),      score_i = x . y_i,
 *
 * and answering film j takes y_j'P G P y_j / (y_j'P y_j + n_j) from the variance of all films' scores, G being the sum of
 * likes_i^(1/4) y_i y_i' over them: what people may like counts more. Questions are the BT_ONBOARD_QUESTIONS most liked films, which
 * people can say something about, each the one of them that takes most of what those before it left (A-optimal design, greedily;
 * Atkinson and Donev 1992). That doesn't depend on the answers, so the questions are one list for everybody.
 */
#ifndef BUTACA_ONBOARD_H
#define BUTACA_ONBOARD_H

#include <stddef.h>
#include <stdint.h>

#include "butaca/model.h"
#include "butaca/profile.h"
#include "butaca/ratings.h"
#include "butaca/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { BT_ONBOARD_QUESTIONS = 30, BT_ONBOARD_PEOPLE = 1024 };

typedef struct bt_onboarding bt_onboarding;

/* Of a model and the ratings that it was trained on, or later ones. Costs a fold-in for each person that is taken: some 1 s at rank 192.
 * *out is released with bt_onboarding_free; NULL on failure. The model must outlive it. */
BT_API bt_status bt_onboarding_make(const bt_model *model, const bt_ratings *ratings, bt_onboarding **out, bt_error *error);
BT_API void bt_onboarding_free(bt_onboarding *o); /* NULL is fine */

/* The ids of the films to ask about, the most telling first: *n of them, BT_ONBOARD_QUESTIONS where the model has so many. */
BT_API const uint32_t *bt_onboarding_films(const bt_onboarding *o, size_t *n);

/* scores[0 .. n_films of the model) given the opinions about films that are questions; others have no say. An opinion that says nothing
 * (no verdict, no rating, not seen) stands for a film that wasn't seen. Costs n_films x rank. Thread-safe. */
BT_API bt_status bt_onboarding_scores(const bt_onboarding *o, const bt_profile *answers, double *scores, bt_error *error);

/* The best films by these scores, best first, but those that the answers say to be known and those whose byte in `allowed` (n_films of the
 * model; NULL: all may come) is 0. Writes at most `limit` into out, *n gets how many. */
BT_API bt_status bt_onboarding_list(const bt_onboarding *o, const bt_profile *answers, const uint8_t *allowed, size_t limit,
                                    bt_scored_film *out, size_t *n, bt_error *error);

#ifdef __cplusplus
}
#endif
#endif
