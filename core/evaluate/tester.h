/* One ranker on the tested users of one split. */
#ifndef EVALUATE_TESTER_H
#define EVALUATE_TESTER_H

#include "evaluate/ranker.h"
#include "evaluate/split.h"

typedef struct tester {
    const ranker *ranker;
    const bt_ratings *ratings; /* of the tested users, with the roles of `split` */
    const split *split;
    const int64_t *film_of; /* n_films of the ratings: the ranker's number, TESTER_NO_FILM; NULL: the same */
    size_t n_people;        /* that the ranker was made of, for novelty */
    pool *threads;
} tester;

enum { TESTER_NO_FILM = -1 };

typedef double tester_values[BT_N_MEASURES];

/* values[user] for each tested user; *coverage_20 over them. */
bt_status tester_run(const tester *t, tester_values *values, double *coverage_20, bt_error *error);

#endif
