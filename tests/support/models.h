/* Models for tests of ranking: trained ones, and ones with random factors. */
#ifndef TESTS_SUPPORT_MODELS_H
#define TESTS_SUPPORT_MODELS_H

#include "butaca/model.h"
#include "support/tastes.h"

/* Trained on tastes_ratings(params): rank 12, 5 iterations. Release with bt_model_close. */
bt_model *models_trained(const tastes_params *params);

/* Factors uniform in +-1, film ids as tastes_film_id gives them, likes 0 .. 99 at random. Film 0's factor is zero. */
bt_model *models_random(uint64_t seed, size_t n_films, uint32_t rank);

/* The same with values of -1, 0 and 1, and 0 or 1 likes: of small rank, many films have equal factors. */
bt_model *models_with_ties(uint64_t seed, size_t n_films, uint32_t rank);

#endif
