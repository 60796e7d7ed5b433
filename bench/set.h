/* A set of ratings in memory with the shape of MovieLens latest: most people rate a few dozen films, a few rate thousands, and a
 * handful of films have been rated by a third of all people. Generated data measures speed, never quality.
 */
#ifndef BENCH_SET_H
#define BENCH_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "butaca/ratings.h"

typedef struct set_shape {
    size_t n_ratings, n_users, n_films; /* ratings: about as many */
} set_shape;

/* The same for the same shape. 13 bytes a rating; never freed. Ends the program when there is no memory. */
bt_ratings set_make(const set_shape *s);

/* Whether `name` is among the arguments; a number behind it goes to *value, which may be NULL. */
bool set_option(int argc, char **argv, const char *name, size_t *value);

#endif
