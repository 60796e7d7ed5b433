/* From a profile to what a model can compute with, and lists in the making. */
#ifndef TASTE_TASTE_H
#define TASTE_TASTE_H

#include <stddef.h>

#include "als/fold.h"
#include "als/topk.h"
#include "butaca/recommend.h"

/* A profile in the model's terms: opinions that say something about taste, on films that the model knows. */
typedef struct taste {
    const bt_model *model;
    fold_term *terms; /* n_terms, films ascending */
    size_t n_terms, n_likes;
    size_t n_unknown; /* opinions with a taste about films that the model doesn't know */
} taste;

bt_status taste_make(const bt_model *model, const bt_profile *profile, taste *out, bt_error *error);
void taste_free(taste *t); /* zeroed is fine */

/* A list's parts in one allocation of its own each; see bt_list. */
typedef struct list_object {
    bt_list view; /* first: its address is the object's */
    bt_recommendation *films;
    bt_reason *reasons; /* n_films x n_reasons each, NULL without reasons */
} list_object;

/* n_films films with room for n_reasons reasons each. */
bt_status list_make(size_t n_films, size_t n_reasons, list_object **out, bt_error *error);

/* Fills reasons[0 .. t->n_terms) with the shares of film `film` (index in the model), largest magnitude first, ties by film id.
 * `solved` is scratch for `rank` values. */
void taste_explain(const taste *t, const fold *f, size_t film, double *solved, bt_reason *reasons);

/* The most liked of the allowed films into picks[0 .. *n), `limit` at most, best first; spread over genres if there are any. */
bt_status taste_popular(const bt_model *model, const uint8_t *allowed, const uint64_t *genres, size_t limit, topk_entry *picks,
                        size_t *n, bt_error *error);

#endif
