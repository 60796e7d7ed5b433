/* What Butaca does, whoever asks: the command line and the server both call this layer, which joins the catalogue (store/) with
 * the model (libbutaca) and speaks in one JSON vocabulary (app/json.h).
 *
 * An `app` is one opened data folder: the active model, and a card (title, year, genres) of each film in memory, 60 bytes and
 * the title. It doesn't change after app_open, so any number of threads may read it; only the catalogue handle belongs to one
 * thread at a time, and threads that need one open their own with app_open_catalogue.
 */
#ifndef APP_APP_H
#define APP_APP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "butaca/butaca.h"
#include "store/catalogue.h"
#include "store/folder.h"

typedef struct app app;

/* Opens a data folder for reading. Without a model the app still opens: app_model is NULL, and what needs one fails with
 * BT_NOT_FOUND and "train first". */
bt_status app_open(const char *data_path, app **out, bt_error *error);
void app_close(app *a); /* NULL is fine */

const folder *app_folder(const app *a);
catalogue *app_catalogue(const app *a); /* the handle of the thread that opened the app */
bt_status app_open_catalogue(const app *a, catalogue **out, bt_error *error);
const bt_model *app_model(const app *a);
const char *app_model_id(const app *a); /* 16 hex digits; NULL without a model */
uint64_t app_lists_id(const app *a);    /* of what lists are made of beside the wish: model, texts and catalogue */

/* What an app is made of, zeroed before it is filled: two are equal byte by byte if nothing changed between them. */
typedef struct app_sources {
    char model_id[17]; /* "": none */
    uint64_t films;    /* the catalogue's version */
    uint64_t texts;    /* the file of neighbours by text; 0: none */
} app_sources;

/* As they were when it was opened (and its texts prepared), and as the folder has them now, which costs a query of one row and a stat. What
 * can't be read counts as unchanged. The thread that looks uses the app's catalogue handle. */
void app_sources_then(const app *a, app_sources *out);
void app_sources_now(const app *a, app_sources *out);

/* --- films --------------------------------------------------------------------------------------------------------- */

const film_card *app_card(const app *a, uint32_t film_id); /* NULL: no such film */
const film_names *app_genres(const app *a);                /* bit i of a card's genres */
const size_t *app_genre_films(const app *a);               /* how many films have each */

/* The one film that a person means by `title` ("Alien", "alien (1979)", "id:17"). BT_NOT_FOUND; BT_AMBIGUOUS: *candidates (in
 * arena) lists them; a title that was found is the one candidate, and says whether it was typed whole. */
bt_status app_resolve_title(catalogue *c, const char *title, arena *memory, uint32_t *film_id, title_match **candidates,
                            size_t *n_candidates, bt_error *error);

/* Films whose title is spelt nearly like `title`, nearest first, for a title that wasn't found: a pass over all titles, 0.1 s for
 * 60,000. Nothing near: *n = 0. */
enum { APP_NEAR_MAX = 5 };
bt_status app_near_titles(catalogue *c, const char *title, arena *memory, title_match **out, size_t *n, bt_error *error);

/* --- lists --------------------------------------------------------------------------------------------------------- */

/* Which films may come. Zeroed: all that the catalogue knows. A bound of 0 is open; a film of which what is asked about isn't known
 * (its year, its runtime) doesn't pass. */
typedef struct app_filter {
    const char *const *genres; /* a film passes with any of them, without case; n_genres 0: all pass */
    size_t n_genres;
    const char *const *languages, *const *countries; /* the same for ISO codes ("es", "ES") */
    size_t n_languages, n_countries;
    int from_year, to_year;
    int from_runtime, to_runtime;  /* minutes */
    uint32_t from_likes, to_likes; /* how many people liked the film, as the model counts; not in search */
    const char *text;              /* films that app_search finds for it; NULL: all; not in search. Needs app_prepare_search */
    const uint32_t *only;          /* n_only film ids, in any order; NULL: all pass; not in search */
    size_t n_only;
    const uint32_t *without; /* film ids left out, in any order */
    size_t n_without;
} app_filter;

/* Opens the films' neighbours by text, once, before threads share the app; where there are none, or older ones, they are made (some 0.4
 * s for 10,000 films). Without it lists are by other people's taste alone. */
bt_status app_prepare_texts(app *a, const bt_progress *progress, bt_error *error);
const bt_neighbours *app_neighbours(const app *a); /* NULL: not prepared */

/* Everything that a list depends on beside model and texts. */
typedef struct app_wish {
    bt_opinion *opinions; /* n_opinions; sorted in place */
    size_t n_opinions;
    bt_opinion_weight *weights; /* n_weights; sorted in place */
    size_t n_weights;
    app_filter filter;
    size_t limit, offset;
    bool explain;
    size_t reasons_max; /* of a film; 0: all */
    double diversity;   /* 0 .. 1 */
    int dial;           /* BT_DIAL_SAFE .. BT_DIAL_ADVENTUROUS */
    bool without_texts; /* by other people's taste alone */
    bool predict;       /* app_predict_list is asked for: no matter to the list itself */
} app_wish;

enum { APP_REASONS_MAX = 10 };
app_wish app_wish_default(void); /* 20 films, APP_REASONS_MAX reasons */

/* An unknown genre is BT_NOT_FOUND and names the known ones; what is wrong with opinions or weights is BT_INVALID_ARGUMENT. */
bt_status app_recommend(const app *a, app_wish *wish, bt_list **out, bt_error *error);

/* Where the films of a list stand with other opinions: ranks[i] (list->n_films) of film i by score alone for the wish, 0 if it isn't in
 * its list. So a change of profile can be shown before it is made. */
bt_status app_ranks(const app *a, app_wish *wish, const bt_list *list, size_t *ranks, bt_error *error);

/* Rows of a page, each with its reason. A film is in one row only, and a row has at least APP_ROW_MIN films. */
typedef enum app_row_kind {
    APP_ROW_TOP,     /* the list itself */
    APP_ROW_BECAUSE, /* what one liked film brought more than any other */
    APP_ROW_GEMS,    /* what at most 2 % of people liked */
    APP_ROW_COUNTRY, /* from the country that the liked films come from more than films in general do */
    APP_ROW_NEW      /* the most liked genre about which nothing was said yet */
} app_row_kind;

typedef struct app_row {
    app_row_kind kind;
    uint32_t film_id;                /* BECAUSE: the liked one */
    const char *name;                /* COUNTRY: its code, NEW: the genre; else NULL */
    const bt_recommendation **films; /* n_films */
    size_t n_films;
} app_row;

enum { APP_ROW_MIN = 4, APP_ROWS_MAX = 8, APP_ROWS_BECAUSE = 3 };

/* `wish` as for app_recommend; its limit is a row's. Rows live in the arena and in *lists, which app_rows_free frees. */
typedef struct app_rows {
    app_row rows[APP_ROWS_MAX];
    size_t n;
    bt_list *lists[APP_ROWS_MAX]; /* n_lists, the first is by the wish alone */
    size_t n_lists;
} app_rows;
bt_status app_make_rows(const app *a, app_wish *wish, arena *memory, app_rows *out, bt_error *error);
void app_rows_free(app_rows *rows); /* zeroed is fine */

typedef struct app_list_sink {
    /* The list lives during the call; false: stop. Called by any thread, one call after the other. */
    bool (*take)(void *context, const char *user, const bt_list *list);
    void *context;
} app_list_sink;

/* The list of every user of the ratings, in their order, as app_recommend would give it for the user's ratings; on all processors.
 * Short lists are short. BT_CANCELLED if sink or progress want to stop. */
bt_status app_recommend_all(const app *a, const app_filter *filter, size_t limit, const bt_progress *progress,
                            const app_list_sink *sink, bt_error *error);

/* Why one film has its score, also a known or filtered one. BT_NOT_FOUND names the film that the model doesn't know;
 * BT_INVALID_ARGUMENT: the profile has no like. */
bt_status app_explain(const app *a, app_wish *wish, uint32_t film_id, bt_list **out, bt_error *error);

typedef enum app_similar_by {
    APP_SIMILAR_TASTE, /* liked by the same people: cosine of the films' factors */
    APP_SIMILAR_TEXT,  /* of similar descriptions: the neighbours by text, at most BT_NEIGHBOURS */
    APP_SIMILAR_BOTH   /* the mean of both, each 1 for the nearest film; by one alone for a film that the other doesn't know */
} app_similar_by;

extern const char *const app_similar_names[];                     /* by app_similar_by */
bool app_similar_by_named(const char *name, app_similar_by *out); /* "taste", "text", "both"; false: another name */

typedef struct app_alike {
    bt_scored_film *films; /* n, nearest first, in the caller's arena */
    size_t n;
} app_alike;

/* BT_NOT_FOUND: the film is too new for the model, or for the neighbours by text, which app_prepare_texts opens. */
bt_status app_similar(const app *a, uint32_t film_id, app_similar_by by, size_t limit, arena *memory, app_alike *out,
                      bt_error *error);

/* What a person would rate films by number, each with its 80 % interval: bt_rating_predict, by the rating model that was trained with
 * the model in use. BT_NOT_FOUND where there is none (of a training of before, or --lists-only): lists are made without. */
bt_status app_predict_ratings(const app *a, const bt_profile *profile, const uint32_t *film_ids, size_t n,
                              bt_predicted_rating *out, bt_error *error);

/* The same for the films of a list that was made for the wish: *out (list->n_films) in the arena. Where there is no rating model no film is
 * known; *out NULL: the wish doesn't ask for it. */
bt_status app_predict_list(const app *a, const app_wish *wish, const bt_list *list, arena *memory, bt_predicted_rating **out,
                           bt_error *error);

/* The films to ask a new person about, the most telling first (butaca/onboard.h), but those of which `answers` say something already; at
 * most BT_ONBOARD_QUESTIONS, in the arena. The first call makes them of the ratings, up to a second, and others wait for it. */
bt_status app_questions(const app *a, const bt_profile *answers, size_t limit, arena *memory, uint32_t **out, size_t *n,
                        bt_error *error);

/* The list that the answers make; an answer that says nothing is a film that wasn't seen, which may come. In the arena. */
bt_status app_first_list(const app *a, const bt_profile *answers, size_t limit, arena *memory, bt_scored_film **out, size_t *n,
                         bt_error *error);

/* The profile of a user of the ratings: "42" works if one source has it, else "movielens:42" (BT_AMBIGUOUS lists the sources).
 * *opinions: bt_free. Ratings of that user count as seen. */
bt_status app_user_profile(const app *a, const char *user, bt_opinion **opinions, size_t *n_opinions, bt_error *error);

/* The folder's ratings; release with bt_ratings_close. */
bt_status app_open_ratings(const app *a, const bt_ratings **out, bt_error *error);

/* --- search --------------------------------------------------------------------------------------------------------- */

/* Makes the search index of the whole catalogue, once, before threads share the app: some 25 us a film. What follows fails without
 * it. */
bt_status app_prepare_search(app *a, bt_error *error);

/* How many films have a name: a genre, a language, a decade ("1990"). */
typedef struct app_count {
    const char *name;
    size_t n;
} app_count;
enum { APP_GENRES_MAX = 64, APP_LANGUAGES_MAX = 256, APP_DECADES_MAX = 64 };
typedef struct app_facets {
    app_count genres[APP_GENRES_MAX], languages[APP_LANGUAGES_MAX], decades[APP_DECADES_MAX];
    size_t n_genres, n_languages, n_decades;
} app_facets;

typedef enum app_search_mode {
    APP_SEARCH_HYBRID,  /* by words and by meaning (app/fusion.h); by words alone where films have no vectors */
    APP_SEARCH_LEXICAL, /* by words */
    APP_SEARCH_SEMANTIC /* by meaning: BT_UNSUPPORTED without vectors */
} app_search_mode;

typedef struct app_search_params {
    app_search_mode mode;
    const app_filter *filter; /* goes before ranking; NULL: all pass */
    size_t limit;
    bool facets; /* count all films found by genre, language and decade: the most frequent first, decades in their order */
} app_search_params;

typedef struct app_found {
    bt_search_hit *hits;                    /* n, best first; score 0 where no word is found */
    const float *meaning;                   /* n, the cosines of the films' texts and the query; NULL: by words alone */
    size_t n, n_total;                      /* and all films that match */
    const app_facets *facets;               /* of all films that match; NULL: not counted */
    const bt_search_explanation *explained; /* n; NULL: not asked for */
} app_found;

bt_status app_search_by(const app *a, const char *text, const app_search_params *how, arena *memory, app_found *out,
                        bt_error *error);
/* Films for a text by its words, or for each key stroke of one (titles and names only). Filters go before ranking; `filter` may be NULL. */
bt_status app_search(const app *a, const char *text, const app_filter *filter, size_t limit, arena *memory, app_found *out,
                     bt_error *error);
/* Takes the scores by words of the films found apart: a search for each. */
bt_status app_explain_found(const app *a, const char *text, arena *memory, app_found *found, bt_error *error);
bt_status app_suggest(const app *a, const char *text, const app_filter *filter, size_t limit, arena *memory, app_found *out,
                      bt_error *error);

/* The sentence of a film's overviews that a query is most about, and its words of it; text NULL: none is. */
typedef struct app_passage {
    const char *language, *text;
    bt_search_span *words; /* n_words, in their order */
    size_t n_words;
} app_passage;
bt_status app_highlighter(const app *a, const char *query, bt_search_highlighter **out, bt_error *error);
bt_status app_find_passage(bt_search_highlighter *query, const film *f, arena *memory, app_passage *out, bt_error *error);

/* How well queries find their films. Ranks count in the first 100 films; a film that isn't among them counts as not found. */
typedef struct app_search_quality {
    const char *language; /* of the queries; "" for all */
    size_t n_queries;
    double mrr, mrr_95;                   /* mean of 1 / rank of the first film to be found; half of its 95 % interval */
    double hit_1, hit_5, hit_10, hit_100; /* share of queries with a film to be found in the first 1, 5, 10, 100 */
    double recall_20, ndcg_10;            /* of all films to be found */
} app_search_quality;

typedef struct queries queries;
enum { APP_SEARCH_LANGUAGES = 8 };

/* Asks all queries; fields with a bit in `without` (1 << bt_search_field) aren't searched. out[0] is of all queries; where they are in
 * 2 to 7 languages, one for each follows. */
bt_status app_evaluate_search(const app *a, const queries *q, app_search_mode mode, unsigned without,
                              const bt_progress *progress, app_search_quality out[APP_SEARCH_LANGUAGES], size_t *n,
                              bt_error *error);

/* --- long work ------------------------------------------------------------------------------------------------------ */

typedef struct app_training {
    char model_id[17];
    size_t n_users, n_films, n_ratings;
    uint64_t memory; /* bytes that it took, as counted beforehand */
    double seconds, loss;
    double ratings_seconds; /* of those for the rating model; 0: left out */
    bt_train_trace trace;   /* grows while training runs: a progress callback may read it */
} app_training;

/* Trains on the folder's ratings, stores the model with its rating model and activates it. On failure the active model is the one before. Every half
 * minute the state goes to models/training.checkpoint, which the end of a training removes. */
bt_status app_train(const char *data_path, const bt_train_params *params, const bt_progress *progress, app_training *out,
                    bt_error *error);

typedef struct app_train_start {
    bool resume;                                  /* go on from the checkpoint; params as app_checkpoint says them */
    bool warm;                                    /* begin with the active model's factors */
    bool lists_only;                              /* without the rating model */
    double checkpoint_seconds;                    /* between two checkpoints */
    uint64_t memory_limit;                        /* bytes; 0: none */
    void (*plan)(void *context, uint64_t memory); /* told the bytes that training will take, before it does; may be NULL */
    void *context;
} app_train_start;

/* app_train with another start. */
bt_status app_train_from(const char *data_path, const bt_train_params *params, const app_train_start *start,
                         const bt_progress *progress, app_training *out, bt_error *error);

/* The parameters of the training that was cut off; BT_NOT_FOUND if there is none. */
bt_status app_checkpoint(const char *data_path, bt_train_params *out, bt_error *error);

/* --- checks --------------------------------------------------------------------------------------------------------- */

/* One line of `butaca doctor`. mend: what to do, NULL when all is well. */
typedef struct app_finding {
    const char *what; /* "catalogue", "ratings", … */
    bool ok;
    const char *detail; /* what was found */
    const char *mend;   /* a command, or what else to do */
} app_finding;

/* Looks at everything in the folder; a fault is a finding, not an error. */
bt_status app_doctor(const char *data_path, arena *memory, app_finding **out, size_t *n, bt_error *error);

#endif
