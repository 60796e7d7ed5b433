/* Ratings as an object: the public view (butaca/ratings.h) and what it rests on, either a mapped file or columns in memory.
 *
 * Core's own; programs see only the view, whose address is the object's.
 */
#ifndef RATINGS_OBJECT_H
#define RATINGS_OBJECT_H

#include "base/sections.h"
#include "butaca/ratings.h"

/* The columns of bt_ratings in memory that the object owns. */
typedef struct ratings_columns {
    uint32_t *film_ids;
    uint64_t *user_offsets;
    uint32_t *films;
    uint8_t *half_stars;
    uint32_t *times;
    char *user_keys;
    uint64_t *user_key_at;
    char *sources;
} ratings_columns;

typedef struct ratings_object {
    bt_ratings view;         /* first: its address is the object's */
    ratings_columns columns; /* all NULL for a mapped file */
    sections_file file;      /* zeroed for columns in memory */
} ratings_object;

typedef struct ratings_sizes {
    size_t n_users, n_films, n_ratings, key_bytes;
} ratings_sizes;

/* Allocates all columns and copies `sources` (NULL: "[]"). On failure everything is released. */
bt_status ratings_columns_make(ratings_columns *c, const ratings_sizes *sizes, const char *sources, bt_error *error);
/* Its two halves, for columns that begin zeroed; on failure the caller releases what is there. */
bt_status ratings_columns_make_lists(ratings_columns *c, const ratings_sizes *sizes, const char *sources, bt_error *error);
bt_status ratings_columns_make_rows(ratings_columns *c, size_t n_ratings, bt_error *error);
void ratings_columns_free(ratings_columns *c); /* zeroed is fine; leaves it zeroed */

/* Makes ratings of columns, which become the object's; on failure they are released. */
bt_status ratings_from_columns(ratings_columns *c, const ratings_sizes *sizes, const bt_ratings **out, bt_error *error);

enum { RATINGS_VERSION = 1 }; /* of the file's kind "ratings" */

/* The view of an opened file of that kind, everything checked: BT_CORRUPT names the section. It points into the file's map. */
bt_status ratings_from_sections(const sections_file *f, const char *path, bt_ratings *out, bt_error *error);

/* Whether the values obey butaca/ratings.h: offsets and film ids ascend, every index is inside its array, films ascend inside a
 * user, ratings are 1 .. 10 half stars, keys are in order. Names the first column that doesn't. `sizes` tells the length of
 * the key bytes; their last byte is known to be 0. */
bt_status ratings_check(const bt_ratings *r, size_t key_bytes, const char *path, bt_error *error);

#endif
