/* From a profile to what a model can compute with, and lists in the making. */
#ifndef TASTE_TASTE_H
#define TASTE_TASTE_H

#include <stddef.h>

#include "als/fold.h"
#include "als/topk.h"
#include "butaca/recommend.h"

/* A profile in the model's terms: opinions that say something about taste, on films that the model knows. Muted ones are left out. */
typedef struct taste {
    const bt_model *model;
    fold_term *terms; /* n_terms, films ascending */
    double *weights;  /* n_terms, > 0 */
    size_t n_terms, n_likes;
    bool middling_counts;     /* ratings of 2.5 to 3.5 have a say in this model */
    size_t n_unknown;         /* opinions with a taste about films that the model doesn't know */
    const bt_text_join *text; /* NULL: texts have no say */
    double text_like, text_dislike;
    double text_scale; /* set by taste_scores: the best score by factors of a film without a term, at least 0 */
    double dial;       /* added to the fold-in's exponent */
} taste;

/* Checks profile and parameters. */
bt_status taste_make(const bt_model *model, const bt_profile *profile, const bt_recommend_params *params, taste *out,
                     bt_error *error);
void taste_free(taste *t); /* zeroed is fine */

/* The fold-in, and the scores of all films (n_films), both as butaca/recommend.h says. */
bt_status taste_fold(const taste *t, bool with_reasons, fold *out, bt_error *error);
void taste_scores(taste *t, const fold *f, double *scores);

/* --- texts (core/taste/text.c) --------------------------------------------------------------------------------------- */

/* scores[film] += what the terms give by text, for all films of the model; sets t->text_scale, by which they give it. */
void taste_add_text(taste *t, double *scores);

/* What one term gives one film. */
double taste_text_share(const taste *t, size_t term, size_t film);

/* What a term gives its neighbours by text, in their order: the number of them, at most BT_NEIGHBOURS. */
typedef struct text_say {
    uint32_t film; /* index in the model */
    double value;
} text_say;

size_t taste_text_says(const taste *t, size_t term, text_say *says);

/* --- the best films (core/taste/best.c) ------------------------------------------------------------------------------ */

/* The `wanted` best of the allowed films (n_films bytes) by taste_scores, into best->entries, sorted; release best with topk_free. */
bt_status taste_best(taste *t, const fold *f, const uint8_t *allowed, size_t wanted, topk *best, bt_error *error);

/* --- diversity (core/taste/diversity.c) ------------------------------------------------------------------------------ */

/* order[0 .. min(n_places, n)): the candidates' positions as MMR places them; candidates[0 .. n) come best first. */
bt_status taste_diversify(const bt_model *model, double diversity, const topk_entry *candidates, size_t n, size_t n_places,
                          uint32_t *order, bt_error *error);

/* --- lists ----------------------------------------------------------------------------------------------------------- */

/* A list's parts in one allocation of its own each; see bt_list. */
typedef struct list_object {
    bt_list view; /* first: its address is the object's */
    bt_recommendation *films;
    bt_reason *reasons; /* n_films x n_reasons each, NULL without reasons */
} list_object;

/* n_films films with room for n_reasons reasons each. */
bt_status list_make(size_t n_films, size_t n_reasons, list_object **out, bt_error *error);

/* Reasons for one film after the other (core/taste/explain.c). */
typedef struct sized_term {
    double size; /* of its share */
    size_t term;
} sized_term;

typedef struct explainer {
    const taste *taste;
    const fold *fold;     /* made with reasons */
    double *solved;       /* rank */
    double *coefficients; /* n_terms, as `order` */
    sized_term *order;
    bt_reason *reasons; /* 2 x n_terms: as the terms come, and sorted */
} explainer;

bool explainer_make(const taste *t, const fold *f, explainer *out); /* false: no memory; release either way */
void explainer_free(explainer *e);                                  /* zeroed is fine */

/* The shares of film `film` (index in the model), one for each term, largest magnitude first, ties by film id: until the next call. */
const bt_reason *explainer_run(const explainer *e, size_t film);

/* The most liked of the allowed films into picks[0 .. *n), `limit` at most, best first; spread over genres if there are any. */
bt_status taste_popular(const bt_model *model, const uint8_t *allowed, const uint64_t *genres, size_t limit, topk_entry *picks,
                        size_t *n, bt_error *error);

#endif
