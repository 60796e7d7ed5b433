/* Made-up ratings. */
#include "support/tastes.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "support/test.h"

enum { KEY_SIZE = 32 };

static bt_rating draw_rating(const tastes_params *p, size_t user, random_stream *random)
{
    const size_t per_group = (p->n_films + p->n_groups - 1) / p->n_groups;
    const uint64_t a = random_below(random, per_group), b = random_below(random, per_group);
    const size_t rank_in_group = (size_t)(a < b ? a : b); /* low numbers are likelier */
    const size_t own_group = user % p->n_groups;
    const bool is_own = random_below(random, 100) < 80;
    const size_t group = is_own ? own_group : (size_t)random_below(random, p->n_groups);
    const size_t film = (rank_in_group * p->n_groups + group) % p->n_films;
    const bool likes = film % p->n_groups == own_group;
    return (bt_rating){
        .user = (uint32_t)(user - p->first_user),
        .film_id = tastes_film_id(film),
        .time = 1000000000u + (uint32_t)random_below(random, 1000000),
        .half_stars = (uint8_t)(likes ? 8 + random_below(random, 3) : 1 + random_below(random, 7)),
    };
}

const bt_ratings *tastes_ratings(const tastes_params *p)
{
    const size_t n = p->n_users * p->ratings_per_user;
    bt_rating *ratings = malloc((n + 1) * sizeof *ratings);
    char(*keys)[KEY_SIZE] = malloc((p->n_users + 1) * sizeof *keys);
    const char **key_of = malloc((p->n_users + 1) * sizeof *key_of);
    REQUIRE(ratings != NULL && keys != NULL && key_of != NULL);
    for (size_t u = 0; u < p->n_users; u++) {
        random_stream random = random_make(p->seed, p->first_user + u);
        for (size_t i = 0; i < p->ratings_per_user; i++)
            ratings[u * p->ratings_per_user + i] = draw_rating(p, p->first_user + u, &random);
        snprintf(keys[u], KEY_SIZE, "made:%zu", p->first_user + u);
        key_of[u] = keys[u];
    }
    const bt_ratings *out = NULL;
    bt_error error = {0};
    CHECK_OK(bt_ratings_build(&(bt_rating_rows){ratings, n, key_of, p->n_users, "[]"}, 1, &out, NULL, &error), error);
    free(key_of);
    free(keys);
    free(ratings);
    return out;
}
