/* Importing data sets into a data folder: detected by content, whole or not at all, twice is as good as once.
 *
 * `import_run` reads films into the catalogue's open transaction and ratings into columns, merges them with the ratings that the
 * folder has, and commits both at one point (store/folder.h). What is refused is counted by reason and written, with file and
 * line, to a rejects file.
 *
 * Memory: 9 bytes for each new rating, up to 13.5 while they are read; ratings that don't come user by user in the order of ids
 * take 17 to 26 while they are sorted. Merging needs 9 for each new one and 9 for each that the folder then has. 16 to 48 bytes for
 * each film and user, 9 MiB of buffers, and several times the longest row beyond 128 KiB: never the text of a file.
 */
#ifndef IMPORT_IMPORT_H
#define IMPORT_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "butaca/progress.h"
#include "butaca/status.h"
#include "store/folder.h"

/* X(name, text for people): why a row was refused. */
#define IMPORT_REJECT_LIST(X)                             \
    X(COLUMNS, "wrong number of columns")                 \
    X(ENCODING, "not UTF-8")                              \
    X(NUMBER, "not a number")                             \
    X(ID, "id is not a positive whole number below 2^32") \
    X(RATING, "rating is not 0.5 to 5 in steps of 0.5")   \
    X(TIME, "timestamp is not seconds from 1970 to 2106") \
    X(UNKNOWN_FILM, "its film is in no film file")        \
    X(DUPLICATE, "film id stands twice in this file")     \
    X(TITLE, "film without a title")                      \
    X(LENGTH, "text longer than 4096 bytes")              \
    X(LITERAL, "not a Python literal")                    \
    X(AMBIGUOUS, "may be any of several films")           \
    X(JSON, "not a film as docs/data.md describes it")

typedef enum import_reject {
#define IMPORT_REJECT_ENUM(name, text) IMPORT_REJECT_##name,
    IMPORT_REJECT_LIST(IMPORT_REJECT_ENUM)
#undef IMPORT_REJECT_ENUM
        IMPORT_REJECT_COUNT
} import_reject;

const char *import_reject_text(import_reject reason);

typedef struct import_summary {
    char source[32];  /* "movielens", "butaca-demo" */
    size_t rows_read; /* data rows of all files */
    size_t films_read, films_new;
    size_t ratings_read;       /* rows that were accepted */
    size_t ratings_new;        /* that the folder holds now and didn't before */
    size_t ratings_superseded; /* of the folder or the data set, that gave way to one of the same user and film */
    size_t ratings_same;       /* that the folder had, or that stood before in the data set, alike in every field */
    size_t users, tags, links; /* of the data set; tags are checked and counted, not kept */
    size_t rejected[IMPORT_REJECT_COUNT], n_rejected;
    char rejects_path[4096];                              /* empty: nothing was refused */
    size_t n_films_total, n_ratings_total, n_users_total; /* of the folder, afterwards */
    double seconds;
} import_summary;

/* Imports one folder, zip or file. `target` is open for writing. On failure the folder is as before; the error names file and
 * line. */
bt_status import_run(folder *target, const char *path, const bt_progress *progress, import_summary *out, bt_error *error);

#endif
