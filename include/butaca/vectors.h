/* Films by what their texts mean: search by a query's vector, and the films that are nearest to each film.
 *
 * A film has a vector for each of its texts as a whole and, where a text has more than one, for each of its sentences, all made by one
 * encoder (butaca/encoder.h). `butaca embed` writes them to one file, which is mapped (docs/formats.md). With q the query's vector,
 *
 *     score of a text = whole q.w + (1 - whole) max over its sentences s of q.s        score of a film = its best text's
 *
 * where a text of one sentence has w = s. The best are found in three steps of whole numbers, the same on every processor: all films by
 * the signs of their vectors' values, those that are nearest then by 8 bits a value, the best with 16 (within 0.0001 of what float gives).
 * The signs say who is looked at, limit + 1,000 films: of the best 20 they miss less than one in 200, of the last of many more. Few films,
 * few that are allowed, or vectors of fewer than 256 values are all looked at.
 *
 * Costs: 2 bytes a dimension and vector in the file; a bit a dimension and vector, and 4 bytes a vector, in memory, which is what a query
 * reads of all; some 20 bytes a film while it runs.
 */
#ifndef BUTACA_VECTORS_H
#define BUTACA_VECTORS_H

#include <stddef.h>
#include <stdint.h>

#include "butaca/neighbours.h"
#include "butaca/progress.h"
#include "butaca/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bt_vectors bt_vectors;

/* Maps a file and checks all of it. BT_NOT_FOUND if there is none, BT_CORRUPT if it is damaged: both messages say what to do.
 * *out: bt_vectors_close; NULL on failure. Any number of threads may use it. */
BT_API bt_status bt_vectors_open(const char *path, bt_vectors **out, bt_error *error);
BT_API void bt_vectors_close(bt_vectors *vectors); /* NULL is fine */

/* Pointers live as long as the vectors. */
typedef struct bt_vectors_info {
    const char *encoder;          /* name of the encoder: "muse" */
    uint64_t encoder_fingerprint; /* queries must be encoded by this one */
    uint64_t texts_fingerprint;   /* of the films' ids and texts */
    uint64_t stamp;               /* the maker's word for the catalogue that it was made of */
    uint64_t fingerprint;         /* of the file */
    size_t dimensions, n_films, n_vectors;
    size_t n_missing;         /* films of the catalogue that aren't in it yet: embedding was cut off */
    const uint32_t *film_ids; /* n_films, ascending */
} bt_vectors_info;

BT_API const bt_vectors_info *bt_vectors_describe(const bt_vectors *vectors);

/* --- search ---------------------------------------------------------------------------------------------------------- */

typedef struct bt_vectors_params {
    size_t limit;           /* films wanted */
    const uint8_t *allowed; /* a byte for each film of film_ids, 0 leaves it out before ranking; NULL: all may come */
    float whole;            /* the whole text's share, 0 to 1 */
} bt_vectors_params;

BT_API bt_vectors_params bt_vectors_params_default(void);

/* The part of a film's texts that is nearest to the query: bytes [begin, end) of the overview of its text number `text`, counted as
 * the catalogue lists them; end 0: the whole text, its title included. */
typedef struct bt_passage {
    uint32_t text, begin, end;
} bt_passage;

typedef struct bt_vectors_hit {
    uint32_t film_id;
    float score;   /* -1 to 1 */
    bt_passage at; /* the best sentence */
} bt_vectors_hit;

/* Writes at most params->limit hits, best first, equal ones by film id; *n gets how many. `query` has `dimensions` values and unit
 * length. params NULL: the default. A query that isn't finite, or longer than 2: BT_INVALID_ARGUMENT. */
BT_API bt_status bt_vectors_search(const bt_vectors *vectors, const float *query, const bt_vectors_params *params,
                                   bt_vectors_hit *out, size_t *n, bt_error *error);

/* The hits of n given films, in their order; a film that isn't in the file has the score 0 and the passage {0, 0, 0}. Of params only
 * `whole` counts. */
BT_API bt_status bt_vectors_score(const bt_vectors *vectors, const float *query, const bt_vectors_params *params,
                                  const uint32_t *film_ids, size_t n, bt_vectors_hit *out, bt_error *error);

/* --- films near films ------------------------------------------------------------------------------------------------ */

/* The nearest films of every film, by the cosine of their first whole texts (16 bits a value); films at a right angle or beyond aren't
 * near. n_films squared products of bytes: 1 s of a core for 10,000 films of 512 values, 40 s for 60,000. `before` (may be NULL) is the
 * table of these vectors as they were before the films with a 1 in `is_new` (a byte for each film) came or changed: then only those are
 * compared with all. n_threads 0: one for each processor; the result doesn't depend on it. *out: bt_neighbours_close. */
BT_API bt_status bt_vectors_neighbours(const bt_vectors *vectors, const bt_neighbours *before, const uint8_t *is_new,
                                       size_t n_threads, const bt_progress *progress, bt_neighbours **out, bt_error *error);

#ifdef __cplusplus
}
#endif
#endif
