/* Data sets for tests of importing: a generated one in MovieLens's format, zips, and what a data folder holds afterwards. */
#ifndef TESTS_SUPPORT_IMPORT_SAMPLE_H
#define TESTS_SUPPORT_IMPORT_SAMPLE_H

#include "import/import.h"

typedef struct sample {
    uint32_t n_users, n_films, per_user; /* ratings of each user: per_user different films */
    uint32_t first_film, first_user;     /* ids begin here */
    uint32_t time;                       /* of the first rating */
    uint64_t seed;
} sample;

sample sample_default(void); /* 40 users, 60 films, 12 each */

/* Writes ratings.csv, movies.csv, links.csv and tags.csv into a new folder of the test's and returns its path. */
const char *sample_folder(const char *name, const sample *s);

/* Writes one file of such a folder. */
void sample_write(const char *path, const char *file, const char *text);

/* Puts a folder's four files into a zip, below `inner` ("ml/", or ""). */
const char *sample_zip(const char *name, const char *from_folder, const char *inner);

/* Opens the data folder, imports, closes it. `summary` may be NULL. */
bt_status sample_import(const char *data, const char *path, import_summary *summary, bt_error *error);

/* The same with all that an import can be given; a preview only looks at the folder. */
bt_status sample_import_params(const char *data, const import_params *p, import_summary *summary, bt_error *error);

/* Imports into a new folder each time, failing the 1st, 2nd, … allocation until none fails: BT_NO_MEMORY, and nothing leaks. */
void sample_import_without_memory(const char *path);
void sample_params_without_memory(const import_params *p);

/* What a data folder holds; all 0 for one that isn't there. Fails the test if it is damaged. */
typedef struct sample_state {
    uint64_t ratings; /* fingerprint */
    uint64_t films;   /* hash of ids, titles, years, genres */
    size_t n_films, n_ratings, n_users;
} sample_state;

sample_state sample_look(const char *data);
bool sample_state_equal(const sample_state *a, const sample_state *b);

#endif
