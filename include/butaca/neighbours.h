/* Films with similar texts: for each film the 128 nearest, made once and then only read.
 *
 * Where the similarities come from (an encoder's vectors, the words of the descriptions) is the maker's choice and is written in
 * the table; beyond a film's neighbours its similarity is 0 by definition. Measures differ in their scale, and so do films: some have
 * near neighbours, others are far from everything. Lists therefore use
 *
 *     t_ji = (s_ji - s_j128) / (s_j1 - s_j128)        of film j's neighbours i, s_j128 = 0 if it has fewer than 128
 *
 * which is 1 for the nearest and 0 for the last, whatever the measure.
 *
 * As a file (docs/formats.md): 8 bytes a film and neighbour, checksummed, mapped.
 */
#ifndef BUTACA_NEIGHBOURS_H
#define BUTACA_NEIGHBOURS_H

#include <stddef.h>
#include <stdint.h>

#include "butaca/model.h"
#include "butaca/progress.h"
#include "butaca/search.h"
#include "butaca/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { BT_NEIGHBOURS = 128 };
#define BT_NO_NEIGHBOUR UINT32_MAX

typedef struct bt_neighbours bt_neighbours;

/* n_films x BT_NEIGHBOURS, row-major: nearest first, of equal ones the smaller film id; a row's end may be BT_NO_NEIGHBOUR. */
typedef struct bt_neighbours_info {
    size_t n_films;
    const uint32_t *film_ids;   /* n_films, ascending */
    const uint32_t *neighbours; /* positions in film_ids */
    const float *similarities;  /* above 0, and 0 where there is no neighbour */
    const char *method;         /* "words", or an encoder's name */
    uint64_t texts_fingerprint; /* of what it was made from */
    uint64_t fingerprint;       /* 0 if it was never a file */
} bt_neighbours_info;

/* Takes a copy of columns that are as the info says, which is checked (BT_INVALID_ARGUMENT). *out: bt_neighbours_close. */
BT_API bt_status bt_neighbours_make(const bt_neighbours_info *columns, bt_neighbours **out, bt_error *error);

/* By the words of overviews, themes and genres as an index has them: cosine of TF-IDF vectors (core/search/neighbours.c). `fingerprint`
 * is the caller's word for those texts. Some 40 us a film of 10,000, on all processors; BT_CANCELLED if progress wants to stop. */
#define BT_NEIGHBOURS_BY_WORDS "words"
BT_API bt_status bt_neighbours_from_words(const bt_search_index *index, uint64_t texts_fingerprint, const bt_progress *progress,
                                          bt_neighbours **out, bt_error *error);

/* Whole or not at all; *fingerprint may be NULL. */
BT_API bt_status bt_neighbours_write(const bt_neighbours *table, const char *path, uint64_t *fingerprint, bt_error *error);

/* Maps a file; checksums and contents are checked (BT_CORRUPT). */
BT_API bt_status bt_neighbours_open(const char *path, bt_neighbours **out, bt_error *error);
BT_API void bt_neighbours_close(bt_neighbours *table); /* NULL is fine */

BT_API const bt_neighbours_info *bt_neighbours_describe(const bt_neighbours *table);

/* t of the film at position `film` with the place-th of its neighbours; 0 where there is none. */
BT_API double bt_neighbours_closeness(const bt_neighbours *table, size_t film, size_t place);

/* --- with a model ---------------------------------------------------------------------------------------------------- */

/* A table joined with a model's films, 8 bytes a film of both: what lists take. Both must outlive it; thread-safe. */
typedef struct bt_text_join bt_text_join;
BT_API bt_status bt_text_join_make(const bt_neighbours *table, const bt_model *model, bt_text_join **out, bt_error *error);
BT_API void bt_text_join_free(bt_text_join *join); /* NULL is fine */

#ifdef __cplusplus
}
#endif
#endif
