/* Users draw how many films they rate, then which, from one stream of random numbers. */
#include "bench/set.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"

static void *take(size_t n, size_t size)
{
    void *block = calloc(n > 0 ? n : 1, size);
    if (block == NULL) {
        fputs("bench: no memory\n", stderr);
        exit(1);
    }
    return block;
}

/* A standard normal deviate (Box and Muller 1958). */
static double normal(random_stream *random)
{
    const double radius = sqrt(-2.0 * log(1.0 - random_unit(random)));
    return radius * cos(2.0 * 3.14159265358979323846 * random_unit(random));
}

/* How many films each user rates: log-normal with a median of a third of the mean, as in MovieLens latest. */
static uint64_t *draw_offsets(const set_shape *s, random_stream *random)
{
    uint64_t *offsets = take(s->n_users + 1, sizeof *offsets);
    const double mean = (double)s->n_ratings / (double)s->n_users, sigma = sqrt(2.0 * log(3.0));
    for (size_t u = 0; u < s->n_users; u++) {
        const double n = mean / 3.0 * exp(sigma * normal(random)), most = 0.2 * (double)s->n_films;
        offsets[u + 1] = offsets[u] + (uint64_t)(n < 1.0 ? 1.0 : n > most ? most : n);
    }
    return offsets;
}

static int ascending(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Different films, ascending; low numbers are popular, with a density that falls like a power of the number. */
static void draw_films(const set_shape *s, random_stream *random, uint32_t *films, size_t n, uint32_t *seen, uint32_t mark)
{
    for (size_t i = 0; i < n;) {
        const double at = pow(random_unit(random), 3.2);
        const uint32_t film = (uint32_t)(at * (double)s->n_films);
        if (seen[film] == mark)
            continue;
        seen[film] = mark;
        films[i++] = film;
    }
    qsort(films, n, sizeof *films, ascending);
}

bt_ratings set_make(const set_shape *s)
{
    static const uint8_t stars[20] = {1, 2, 2, 3, 4, 4, 5, 6, 6, 6, 6, 7, 7, 8, 8, 8, 8, 9, 10, 10}; /* MovieLens' shares */
    random_stream random = random_make(20, 1);
    uint64_t *offsets = draw_offsets(s, &random);
    const size_t n = (size_t)offsets[s->n_users];
    uint32_t *ids = take(s->n_films, sizeof *ids), *films = take(n, sizeof *films), *seen = take(s->n_films, sizeof *seen);
    uint8_t *half_stars = take(n, 1);
    for (size_t f = 0; f < s->n_films; f++)
        ids[f] = (uint32_t)f + 1;
    for (size_t u = 0; u < s->n_users; u++)
        draw_films(s, &random, films + offsets[u], (size_t)(offsets[u + 1] - offsets[u]), seen, (uint32_t)u + 1);
    for (size_t i = 0; i < n; i++)
        half_stars[i] = stars[random_below(&random, 20)];
    free(seen);
    return (bt_ratings){
        .n_users = s->n_users,
        .n_films = s->n_films,
        .n_ratings = n,
        .film_ids = ids,
        .user_offsets = offsets,
        .films = films,
        .half_stars = half_stars,
        .times = take(n, sizeof(uint32_t)),
        .user_keys = "",
        .user_key_at = take(s->n_users, sizeof(uint64_t)),
        .sources = "[]",
    };
}

bool set_option(int argc, char **argv, const char *name, size_t *value)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], name) != 0)
            continue;
        if (value != NULL && i + 1 < argc)
            *value = (size_t)strtoull(argv[i + 1], NULL, 10);
        return true;
    }
    return false;
}
