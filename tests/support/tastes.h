/* Ratings of made-up people with tastes, for tests of training and ranking: quick to make, the same every time.
 *
 * Films belong to groups (film i to group i % n_groups), people too. A person rates mostly films of the own group, and those with
 * 4 to 5 stars; the few others get 0.5 to 3.5. Within a group low numbers are rated more often. Film ids are 10, 20, 30 …, user
 * keys "made:0", "made:1" ….
 */
#ifndef TESTS_SUPPORT_TASTES_H
#define TESTS_SUPPORT_TASTES_H

#include <stddef.h>
#include <stdint.h>

#include "butaca/ratings.h"

typedef struct tastes_params {
    uint64_t seed;
    size_t n_users, n_films, n_groups;
    size_t ratings_per_user; /* drawn; the same film may be drawn twice */
    size_t first_user;       /* number of the first user: another one gives other people with the same kind of tastes */
} tastes_params;

/* The test ends if that fails. Release with bt_ratings_close. */
const bt_ratings *tastes_ratings(const tastes_params *params);

static inline uint32_t tastes_film_id(size_t film)
{
    return (uint32_t)(10 * (film + 1));
}

#endif
