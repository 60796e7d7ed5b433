/* The catalogue: films, their texts and ids, and the data sets they came from. One interface, one table of operations for each
 * back end (SQLite here; PostgreSQL joins behind it), one contract suite (tests/unit/store/contract_catalogue.c).
 *
 * Film ids are Butaca's own 32-bit numbers from 1 on, never reused. Outside ids ("movielens", "1") point to them; a film that
 * was merged into another leaves a redirect, which catalogue_get follows.
 *
 * A catalogue handle belongs to one thread at a time. Handles on the same store may work in several threads and programs: readers
 * see the last committed state, one writer at a time (the second gets BT_BUSY after 5 s). While the first films of all are stored,
 * a reader that opens the store may have to wait, and gets BT_BUSY after 5 s, too.
 */
#ifndef STORE_CATALOGUE_H
#define STORE_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "butaca/status.h"

typedef struct catalogue catalogue;

/* --- what it holds ------------------------------------------------------------------------------------------------- */

typedef struct film_names {
    const char *const *items;
    size_t n;
} film_names;

typedef struct film_id_pair {
    const char *source; /* "movielens", "imdb", "tmdb", "butaca-demo" */
    const char *value;  /* as the source writes it ("1"), but for imdb's: "tt0114709" is kept and found as "0114709" */
} film_id_pair;

typedef struct film_text {
    const char *language; /* ISO 639-1 */
    const char *title;    /* NULL: none in this language */
    const char *overview; /* NULL: none */
    const char *source;   /* data set it came from */
} film_text;

typedef struct film {
    uint32_t id;       /* 0: not stored yet */
    uint32_t votes;    /* ratings of it in the data folder; catalogue_put_votes writes them, catalogue_put ignores them */
    const char *title; /* as people write it: "The Matrix", without the year */
    const char *original_title;      /* NULL: the same or unknown */
    film_names other_titles;         /* further titles that find it ("Cité des enfants perdus, La") */
    int year, runtime;               /* 0: unknown; minutes */
    film_names genres;               /* as the source names them, in its order */
    film_names countries, languages; /* ISO codes */
    film_names directors, cast;      /* in billing order */
    film_names writers;
    film_names themes;  /* keywords */
    film_names tags;    /* what people call it, most used first */
    const char *poster; /* NULL: none; address of a picture */
    const film_text *texts;
    size_t n_texts;
    const film_id_pair *ids;
    size_t n_ids;
    double rating; /* of the votes the mean, in stars; 0: none; as they are */
} film;

typedef struct data_source {
    const char *name;        /* "movielens" */
    const char *title;       /* "MovieLens ml-latest-small (9/2018)" */
    const char *licence;     /* in plain words */
    const char *url;         /* NULL: none */
    const char *attribution; /* what must be shown; NULL: nothing */
} data_source;

/* --- opening ------------------------------------------------------------------------------------------------------- */

typedef enum catalogue_mode { CATALOGUE_READ, CATALOGUE_WRITE, CATALOGUE_COPY } catalogue_mode;

/* `url`: "sqlite:PATH". WRITE makes it when it isn't there, READ gives BT_NOT_FOUND then; both upgrade an older schema. A newer
 * schema: BT_VERSION; damaged or no database at all: BT_CORRUPT; another program's database: BT_BAD_FORMAT; a scheme that isn't
 * known: BT_UNSUPPORTED. COPY: as WRITE, but in memory, on a copy of what is there, which is gone when it is
 * closed. */
bt_status catalogue_open(const char *url, catalogue_mode mode, catalogue **out, bt_error *error);
void catalogue_close(catalogue *c); /* NULL is fine; rolls back what isn't committed */

/* --- writing: all or nothing between begin and commit --------------------------------------------------------------- */

/* Writing outside of a transaction, or a second begin: BT_INVALID_ARGUMENT. */

bt_status catalogue_begin(catalogue *c, bt_error *error);
bt_status catalogue_commit(catalogue *c, bt_error *error);
void catalogue_rollback(catalogue *c);

enum { CATALOGUE_TITLE_MAX = 4096 }; /* bytes of a title or name; more: BT_LIMIT */

/* Stores a film under f->id if it has one (BT_NOT_FOUND if that isn't stored), else under the id that one of its outside ids
 * names already (the first of them in f's order that is known), else under a new one, and writes the id to f->id. A film that is
 * stored already is replaced field by field: fields that `f` has take f's value, fields it lacks (NULL, 0, n = 0) stay; outside
 * ids, other titles and texts are united (a text replaces the one of the same language and source). An outside id that names
 * another film stays with that one. Storing the same film twice changes nothing. A film that is refused (no title, text that
 * isn't UTF-8, over a limit) leaves the transaction as it was; after any other failure it can only be rolled back. */
bt_status catalogue_put(catalogue *c, film *f, bt_error *error);

bt_status catalogue_put_source(catalogue *c, const data_source *s, bt_error *error);

/* Merges `from` into `into`: its outside ids and titles go over, it leaves lists and counts, and its id from now on leads to
 * `into` (to where that leads, if it was merged itself). Doing it twice changes nothing. BT_NOT_FOUND: one of them was never
 * stored; BT_INVALID_ARGUMENT: `into` leads to `from`. */
bt_status catalogue_redirect(catalogue *c, uint32_t from, uint32_t into, bt_error *error);

/* Says how films are rated; those that aren't named have no votes from then on. `votes` ascends by film_id; a film that isn't there is
 * passed over. */
typedef struct film_votes {
    uint32_t film_id, n;
    double mean; /* in stars */
} film_votes;
bt_status catalogue_put_votes(catalogue *c, const film_votes *votes, size_t n, bt_error *error);

/* The film's tags become these; cheaper than catalogue_put. `id` isn't resolved: no such film, no tags. */
bt_status catalogue_put_tags(catalogue *c, uint32_t id, const film_names *tags, bt_error *error);

/* Small named values of the data folder ("ratings.fingerprint"). get: *value in a; NULL if there is none. */
bt_status catalogue_set_value(catalogue *c, const char *name, const char *value, bt_error *error);
bt_status catalogue_get_value(catalogue *c, const char *name, arena *a, const char **value, bt_error *error);

/* A number for the films as they are: another one after each commit that changed any, 0 before the first. The same films stored in the
 * same order come to the same number, in any store. */
bt_status catalogue_version(catalogue *c, uint64_t *version, bt_error *error);

/* --- reading: everything that comes back lives in the arena ---------------------------------------------------------- */

bt_status catalogue_count(catalogue *c, size_t *n_films, bt_error *error);
bt_status catalogue_get(catalogue *c, uint32_t id, arena *a, film *out, bt_error *error); /* BT_NOT_FOUND */
/* Nothing of a film but its id and its texts, for a fifth of the cost; none if there is no such film, or it was merged into another. */
bt_status catalogue_get_texts(catalogue *c, uint32_t id, arena *a, film *out, bt_error *error);

/* Every film in ascending order of id, with all but its outside ids: a few walks side by side over the whole store, in one state of
 * it. A film is gone when `each` returns; a failure of `each` ends the walk and is returned. */
typedef bt_status catalogue_each_film(void *context, const film *f, bt_error *error);
bt_status catalogue_each(catalogue *c, catalogue_each_film *each, void *context, bt_error *error);

/* The film that an outside id names; BT_NOT_FOUND. */
bt_status catalogue_find_id(catalogue *c, const char *source, const char *value, uint32_t *id, bt_error *error);

/* All pairs of a source at once, for an import's joins: `each` is called in no particular order. */
typedef bool catalogue_each_id(void *context, const char *value, uint32_t id);
bt_status catalogue_all_ids(catalogue *c, const char *source, catalogue_each_id *each, void *context, bt_error *error);

/* Films by a title as a person types it: "The Matrix", "matrix", "Matrix, The (1999)". A year in parentheses at the end must
 * match. Exact titles (any of the film's titles) come alone if there are any; else exact ones but for the leading article; else
 * the same two without what stands in parentheses at the end ("City of Lost Children, The (Cité des enfants perdus, La)"); else
 * titles that begin with the text. At most `limit`, ordered by year, id. Nothing found: BT_OK and n = 0. */
typedef struct title_match {
    uint32_t id;
    const char *title; /* the film's own, also if another of its titles matched */
    int year;
    bool exact; /* not only the beginning */
} title_match;
bt_status catalogue_find_title(catalogue *c, const char *title, size_t limit, arena *a, title_match **out, size_t *n,
                               bt_error *error);

/* A page of films. Filters of 0 or NULL don't filter; a film of which what is asked about isn't known doesn't pass. FILM_ORDER_RATING_DOWN
 * goes by the mean of a film's votes and FILM_VOTES_PRIOR votes of the mean of all, so that one vote of 5 doesn't win; films without
 * votes come last, as with FILM_ORDER_VOTES_DOWN. */
enum { FILM_VOTES_PRIOR = 10 };
typedef enum film_order {
    FILM_ORDER_ID,
    FILM_ORDER_TITLE,
    FILM_ORDER_YEAR_DOWN,
    FILM_ORDER_VOTES_DOWN,
    FILM_ORDER_RATING_DOWN
} film_order;
typedef struct film_query {
    const char *text;  /* films with all its words in their titles, of the last word only the beginning; normalized */
    const char *genre; /* without case and accents */
    const char *country, *language; /* ISO codes, without case */
    const char *person;             /* whole name of a director, writer or actor, without case and accents */
    const char *keyword;            /* a theme or tag, the same */
    int from_year, to_year;
    int from_runtime, to_runtime;
    uint32_t from_votes, to_votes;
    film_order order;
    size_t limit, offset; /* limit 0: all that are left */
} film_query;
bt_status catalogue_list(catalogue *c, const film_query *q, arena *a, film **out, size_t *n, size_t *n_total, bt_error *error);
/* How many of the films that pass the filters (order, limit and offset don't count) have which genre, country, language, and come from
 * which decade: exact, most films first, then by name. Films of which it isn't known are in none. */
typedef struct film_facet {
    const char *name; /* "Drama", "US", "en", "1990" */
    size_t n_films;
} film_facet;
typedef struct film_facet_list {
    film_facet *items;
    size_t n;
} film_facet_list;
typedef struct film_facets {
    film_facet_list genres, countries, languages, decades;
} film_facets;
bt_status catalogue_facets(catalogue *c, const film_query *q, arena *a, film_facets *out, bt_error *error);

/* Only their ids: 4 bytes a film, so that a caller can bring all that match into an order of its own. */
bt_status catalogue_list_ids(catalogue *c, const film_query *q, arena *a, uint32_t **out, size_t *n, bt_error *error);

/* What lists need of every film, in ascending order of id: the whole catalogue in one pass. */
typedef struct film_card {
    uint32_t id;
    int year, runtime; /* 0: unknown; minutes */
    uint64_t genres;   /* bits: positions in the list of catalogue_genres; at most 64 genres are kept */
    const char *title;
    const char *countries, *languages; /* ISO codes, U+001F between them; NULL: unknown */
} film_card;
bt_status catalogue_cards(catalogue *c, arena *a, film_card **out, size_t *n, bt_error *error);

/* Genres in order of their name; bit i of film_card.genres is items[i]. */
bt_status catalogue_genres(catalogue *c, arena *a, film_names *out, bt_error *error);
bt_status catalogue_sources(catalogue *c, arena *a, data_source **out, size_t *n, bt_error *error);

/* The store's own check of itself (PRAGMA integrity_check and foreign keys): BT_CORRUPT with what it found. */
bt_status catalogue_check(catalogue *c, bt_error *error);

#endif
