/* The inside of an app: what app_open reads once and every thread then shares.
 *
 * Costs: a card of 32 bytes and its title for each film of the catalogue; for each film of the model a pointer to its card and its
 * genre bits, 16 bytes, so that a filter is one pass over an array in the model's own order.
 */
#ifndef APP_STATE_H
#define APP_STATE_H

#include "app/app.h"
#include "app/meaning.h"
#include "app/onboard.h"

struct app {
    folder folder;
    catalogue *catalogue; /* of the thread that opened the app */
    arena memory;         /* cards, genres, genre keys, model_cards, model_genres */

    uint64_t catalogue_version; /* that the cards are of */
    film_card *cards;           /* n_cards, ascending by id */
    size_t n_cards;
    film_names genres;       /* bit i of a card's genres */
    size_t *genre_films;     /* genres.n */
    const char **genre_keys; /* genres.n: normalized, to find "sci fi" as "Sci-Fi" */

    bt_model *model;   /* NULL: none yet */
    bt_error no_model; /* then: why, and what to do */
    char model_id[17];
    bt_rating_model *ratings; /* NULL: none, or it can't be used; then no_ratings says why */
    bt_error no_ratings;
    const film_card **model_cards; /* info->n_films, in the model's order; NULL where the catalogue has no such film */
    uint64_t *model_genres;        /* info->n_films */

    bt_search_index *search;        /* NULL: not prepared */
    const film_card **search_cards; /* n_films of the index, in its order; NULL where there was no such film at app_open */
    float *search_prior;            /* the same: logarithm of 1 + likes */

    bt_neighbours *neighbours; /* NULL: not prepared */
    uint64_t neighbours_mark;  /* of their file, before it was opened */
    bt_text_join *texts;       /* with the model; NULL: there is none, or not prepared: texts have no say */

    meaning_place *meaning; /* the films' vectors, which may change */
    onboarding_place *onboarding;
};

/* Sets a->search (app/search_index.c). */
#define SEARCH_INDEX_NAME "search.bt"
bt_status search_index_open(app *a, bt_error *error);

/* app_search with the words' parameters, but for mask and prior, which are set here. */
bt_status app_search_words(const app *a, const char *text, const app_filter *filter, bt_search_params *params, arena *memory,
                           app_found *out, bt_error *error);

/* Counts the films of the index that are marked in `found` (n); false: no memory (app/facets.c). */
bool facets_count(const app *a, const uint8_t *found, size_t n, arena *memory, app_facets *out);

/* The neighbours by text in the data folder (app/texts.c): where they lie (bt_free), and whether they needn't be made again. */
#define NEIGHBOURS_NAME "neighbours.bt"
char *texts_path(const folder *f);
bool texts_are_current(const bt_neighbours *table, uint64_t catalogue_version);

/* One byte for each card: 1 where it passes. `cards` may have NULLs, which don't. New memory (bt_free). An unknown genre is
 * BT_NOT_FOUND and names the known ones. */
bt_status app_pass_cards(const app *a, const app_filter *filter, const film_card *const *cards, size_t n, uint8_t **out,
                         bt_error *error);

/* BT_NOT_FOUND without a model: says why and to train. */
bt_status app_need_model(const app *a, bt_error *error);

/* BT_NOT_FOUND also where the model doesn't know the film, which the message names as people do. */
bt_status app_need_film(const app *a, uint32_t film_id, bt_error *error);

/* Whether a text of ISO codes, U+001F between them, has one of `names`, without case; text NULL: no. */
bool app_has_code(const char *text, const char *const *names, size_t n);

/* What the library takes of a wish that was checked and sorted, but for `allowed`. */
bt_recommend_params app_params_of(const app *a, const app_wish *wish);

/* One byte for each of the model's films: 1 where it passes the filter (NULL: where the catalogue knows it). New memory (bt_free). */
bt_status app_make_mask(const app *a, const app_filter *filter, uint8_t **out, bt_error *error);

#endif
