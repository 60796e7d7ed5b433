/* Queries with the films that are to be found, to measure search by.
 *
 * A file is .jsonl (an object a line) or .tsv (the first line names the columns). Columns, or members:
 *
 *     film, movieId, tmdbId, imdbId    the film, by the id of the demo, MovieLens, TMDB or IMDb: one of them
 *     query                            what is asked, or
 *     title, text                      a question as people post it, which is prepared: see queries_read
 *     language                         optional: results are told apart by it
 *
 * Lines with one query and several films are one query with several films to find.
 */
#ifndef APP_QUERIES_H
#define APP_QUERIES_H

#include "app/app.h"

typedef struct query {
    const char *text, *language; /* language "" if the file has none */
    uint32_t *films;             /* n_films, to be found */
    size_t n_films, room;
} query;

struct queries {
    query *items;
    size_t n, room;
    size_t n_lines, n_unknown; /* lines, and those whose film isn't in the catalogue: they are left out */
};

enum { QUERIES_FILE_MAX = 64 << 20, QUERIES_TEXT_MAX = 1500 /* letters of a prepared question */ };

/* Reads a file; all of it lives in the arena. BT_BAD_FORMAT names the line.
 *
 * Questions are prepared: title and text joined, what stands in brackets ("[TOMT]") dropped, everything from a line that begins
 * with "edit" on, and sentences that name the film's title (of 4 letters or more); then the first 1,500 letters. */
bt_status queries_read(catalogue *c, const char *path, arena *memory, queries *out, bt_error *error);

/* The half of the queries for tuning (odd: false) or for reporting: by a hash of seed and text, so that a query is always in the
 * same one. */
void queries_keep_half(queries *q, bool odd, uint64_t seed);

#endif
