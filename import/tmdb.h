/* Fields as exports of TMDB have them. */
#ifndef IMPORT_TMDB_H
#define IMPORT_TMDB_H

#include "base/arena.h"
#include "import/csv.h"

enum { TMDB_OVERVIEW_MAX = 1 << 16 };

/* "862", and "862.0", as pandas writes a column that has gaps; an empty one is 0. False: it is neither. */
bool tmdb_whole_id(const csv_field *f, uint32_t *id);
bool tmdb_imdb_id(const csv_field *f, uint32_t *id); /* "tt0114709" or "0114709" */

int tmdb_year(const csv_field *f);    /* of "1995-10-30"; 0 for anything else */
int tmdb_runtime(const csv_field *f); /* minutes of "81.0" or "81"; 0: unknown */

/* UTF-8 text without the blanks at its ends, in the arena; *out is NULL for an empty one. False: no memory. */
bool tmdb_text(const csv_field *f, arena *a, const char **out);
bool tmdb_poster(const csv_field *f, arena *a, const char **out); /* the address of "/path.jpg" */

bool tmdb_is_placeholder(const char *overview); /* it says that there is none */

#endif
