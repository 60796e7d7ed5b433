/* The films of a generated data set: ids, how often each is rated, and the files that describe them. */
#ifndef TOOLS_GENERATE_FILMS_H
#define TOOLS_GENERATE_FILMS_H

#include <stddef.h>
#include <stdint.h>

#include "butaca/status.h"

typedef struct generated_films {
    uint64_t seed;
    size_t n;
    uint32_t *ids;    /* n, ascending: dense at first, then with gaps, as MovieLens's are */
    uint64_t *weight; /* n: how often a film is drawn, in proportion */
    int8_t *quality;  /* n: -2 .. 2 half stars above what its viewers usually give */
} generated_films;

bt_status films_make(uint64_t seed, size_t n, generated_films *out, bt_error *error);
void films_free(generated_films *f); /* zeroed is fine */

/* movies.csv and links.csv, as MovieLens has them. */
bt_status films_write(const generated_films *f, const char *folder, bt_error *error);

#endif
