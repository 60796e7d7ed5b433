/* keywords.csv and credits.csv of Kaggle's The Movies Dataset: who made a film and what it is about, by its id at TMDB.
 *
 * Both files are read before the films, so that each film is stored once and whole. Kept of a film: its directors, writers, the
 * first PEOPLE_CAST_MAX of the cast, and its keywords; some 400 bytes.
 */
#ifndef IMPORT_TMDB_PEOPLE_H
#define IMPORT_TMDB_PEOPLE_H

#include "import/job.h"
#include "import/source.h"

enum { PEOPLE_CAST_MAX = 10 };

typedef struct tmdb_film_people {
    film_names directors, writers, cast, keywords;
    bool has_credits, has_keywords; /* a row was read */
} tmdb_film_people;

typedef struct tmdb_people {
    id_map places; /* id at TMDB -> 1 + index of items */
    tmdb_film_people *items;
    size_t n, capacity;
    arena names;
} tmdb_people;

enum { TMDB_CREDIT_COLUMNS = 3, TMDB_KEYWORD_COLUMNS = 2 };
extern const char *const tmdb_credit_columns[TMDB_CREDIT_COLUMNS], *const tmdb_keyword_columns[TMDB_KEYWORD_COLUMNS];

/* Reads the file into p, which may be zeroed. */
bt_status tmdb_people_read_credits(tmdb_people *p, import_job *job, source *s, size_t file, bt_error *error);
bt_status tmdb_people_read_keywords(tmdb_people *p, import_job *job, source *s, size_t file, bt_error *error);

const tmdb_film_people *tmdb_people_find(const tmdb_people *p, uint32_t tmdb_id); /* NULL: no row */
void tmdb_people_free(tmdb_people *p);

/* The strings that the dicts of a list have under `key`, copied into `names`: at most `limit`, empty ones left out. BT_BAD_FORMAT if
 * it is no list (an empty field is none), BT_LIMIT if a name is too long for the catalogue. `scratch` is for parsing. */
bt_status tmdb_names(const csv_field *f, const char *key, size_t limit, arena *scratch, arena *names, film_names *out);

#endif
