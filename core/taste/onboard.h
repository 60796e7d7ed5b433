/* The inside of onboarding, for yardsticks that ask about other films. */
#ifndef TASTE_ONBOARD_H
#define TASTE_ONBOARD_H

#include <stdbool.h>

#include "als/fold.h"
#include "butaca/onboard.h"

/* With `popular` the questions are the most liked films. */
bt_status onboard_make(const bt_model *model, const bt_ratings *ratings, bool popular, bt_onboarding **out, bt_error *error);

/* The model's numbers of the questions. */
const uint32_t *onboard_questions(const bt_onboarding *o, size_t *n);

/* What a rating of so many half stars answers; 0: the film wasn't seen. */
double onboard_answer(uint8_t half_stars);

/* scores given answers[0 .. n_answers) to the first questions; NAN: not asked. */
bt_status onboard_scores(const bt_onboarding *o, const double *answers, size_t n_answers, double *scores, bt_error *error);

#endif
