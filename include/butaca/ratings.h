/* Ratings: the columnar file `ratings.bt` that training, Python and Spark map into memory.
 *
 * Layout in memory and on disk (sections of the container in core/base/sections.h, described in docs/formats.md), grouped by
 * user, films ascending inside a user, each (user, film) once:
 *
 *     film_ids      n_films   u32   Butaca's film ids, ascending; only films that have a rating
 *     user_offsets  n_users+1 u64   user u's ratings are [user_offsets[u], user_offsets[u+1])
 *     films         n_ratings u32   index into film_ids
 *     half_stars    n_ratings u8    1 .. 10: the rating times two
 *     times         n_ratings u32   unix seconds, UTC; 0: unknown
 *     user_keys     bytes           NUL-terminated, "source:id" ("movielens:42"), users in ascending order of
 *                                   (source, number if it is one, text)
 *     user_key_at   n_users   u64   where each user's key begins
 *     sources       bytes           NUL-terminated JSON array: name, licence, url, attribution of each data set
 */
#ifndef BUTACA_RATINGS_H
#define BUTACA_RATINGS_H

#include <stddef.h>
#include <stdint.h>

#include "butaca/progress.h"
#include "butaca/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bt_ratings {
    size_t n_users, n_films, n_ratings;
    const uint32_t *film_ids;     /* n_films */
    const uint64_t *user_offsets; /* n_users + 1 */
    const uint32_t *films;        /* n_ratings */
    const uint8_t *half_stars;    /* n_ratings */
    const uint32_t *times;        /* n_ratings */
    const char *user_keys;        /* see user_key_at */
    const uint64_t *user_key_at;  /* n_users */
    const char *sources;          /* JSON */
    uint64_t fingerprint;         /* of the content; 0 for ratings that were never a file */
} bt_ratings;

/* Maps a ratings file. Structure and header are checked at once, and so is every index and value, in one pass (0.1 s for 26 M
 * ratings); BT_CORRUPT names the section. Release with bt_ratings_close. On failure *out is NULL. */
BT_API bt_status bt_ratings_open(const char *path, const bt_ratings **out, bt_error *error);
BT_API void bt_ratings_close(const bt_ratings *ratings); /* NULL is fine */

/* Checks the checksums of all sections (reads the whole file). */
BT_API bt_status bt_ratings_verify(const char *path, bt_error *error);

/* One rating as an importer or a program hands it in. */
typedef struct bt_rating {
    uint32_t user;      /* index into the user keys */
    uint32_t film_id;   /* Butaca's id */
    uint32_t time;      /* unix seconds */
    uint8_t half_stars; /* 1 .. 10 */
} bt_rating;

/* All of them, with what they refer to. The arrays stay the caller's. */
typedef struct bt_rating_rows {
    const bt_rating *ratings; /* n_ratings, in any order */
    size_t n_ratings;
    const char *const *user_keys; /* n_users, in any order; users without a rating are kept out */
    size_t n_users;
    const char *sources; /* JSON; NULL: no data set is named */
} bt_rating_rows;

/* Sorts rows into columns. Of two ratings of one film by one user the later time stays (of equal times the one that came later in
 * the input); *n_superseded (may be NULL) counts the others. Linear in rows. The result takes 9 bytes for each rating and doesn't
 * depend on n_threads (0: one for each processor). Rows that come user by user in the order of keys, films ascending, need
 * nothing more; others at most 21 bytes for each row, and as many for each rating of the longest user and thread. Release with
 * bt_ratings_close; NULL on failure. BT_INVALID_ARGUMENT for values out of range, with the index, and for a key that stands
 * twice. */
BT_API bt_status bt_ratings_build(const bt_rating_rows *rows, size_t n_threads, const bt_ratings **out, size_t *n_superseded,
                                  bt_error *error);

/* Writes ratings whole or not at all (temporary name, sync, rename). *fingerprint may be NULL. */
BT_API bt_status bt_ratings_write(const bt_ratings *ratings, const char *path, uint64_t *fingerprint, bt_error *error);

/* The index of a user's key, or SIZE_MAX. O(log n). */
BT_API size_t bt_ratings_find_user(const bt_ratings *ratings, const char *key);

#ifdef __cplusplus
}
#endif
#endif
