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
#include "import/map.h"
#include "store/folder.h"

/* X(name, text for people): why a row was refused. */
#define IMPORT_REJECT_LIST(X)                                           \
    X(COLUMNS, "wrong number of columns")                               \
    X(ENCODING, "not UTF-8")                                            \
    X(NUMBER, "not a number")                                           \
    X(ID, "id is not a positive whole number below 2^32")               \
    X(RATING, "rating is not 0.5 to 5 in steps of 0.5")                 \
    X(TIME, "timestamp is not seconds from 1970 to 2106")               \
    X(UNKNOWN_FILM, "its film is in no film file")                      \
    X(DUPLICATE, "film id stands twice in this file")                   \
    X(TITLE, "film without a title")                                    \
    X(LENGTH, "text longer than 4096 bytes, or an overview than 65536") \
    X(LITERAL, "not a Python literal")                                  \
    X(AMBIGUOUS, "may be any of several films")                         \
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

/* What an import would bring, in examples: the first few of each. */
enum { IMPORT_PREVIEW_MAX = 5 };

typedef struct import_preview {
    struct preview_film {
        char title[96];
        int year;
        uint32_t id;
        bool is_new; /* else it is joined to one that is there */
    } films[IMPORT_PREVIEW_MAX];
    struct preview_rating {
        char user[48], title[96];
        uint8_t half_stars;
        uint32_t time;
    } ratings[IMPORT_PREVIEW_MAX];
    struct preview_reject {
        char file[96];
        size_t line;
        const char *reason;
        char row[120];
    } rejects[IMPORT_PREVIEW_MAX];
    size_t n_films, n_ratings, n_rejects;
    size_t n_counted; /* films in the catalogue when one was last taken as an example, or at the beginning */
} import_preview;

typedef struct import_params {
    const char *path; /* a folder, zip or file, "-" for standard input */
    const bt_progress *progress;
    const import_map *map;   /* the file is any CSV, with these columns; NULL: what it is shows from its content */
    import_preview *preview; /* not NULL: nothing is written; `target` need only be open to look */
} import_params;

/* The same as import_run with all that can be wanted. A preview works on a copy of the catalogue in memory. */
bt_status import_run_params(folder *target, const import_params *p, import_summary *out, bt_error *error);

/* Imports one folder, zip or file. `target` is open for writing. On failure the folder is as before; the error names file and
 * line. */
bt_status import_run(folder *target, const char *path, const bt_progress *progress, import_summary *out, bt_error *error);

#endif
