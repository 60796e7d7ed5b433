/* Butaca's JSON: the one vocabulary of `--json` and of the HTTP API (docs/openapi.yaml describes it). Every function returns a new
 * reference, or NULL without memory.
 *
 *     film card        {"id": 1, "title": "Alien", "year": 1979, "genres": ["Horror", "Sci-Fi"]}        year null: unknown
 *     film             the card and original_title, other_titles, runtime, countries, languages, directors, writers,
 *                      cast, themes, tags, votes, rating (null: no votes), poster,
 *                      texts [{"language", "title", "overview", "source"}], ids {"movielens": "1214", "imdb": "0078748"}
 *     recommendations  {"model": "6f3a…", "basis": "taste" | "popularity", "unknown_films": 0, "total": 9700, "items": [item]}
 *     item             {"film": card, "score": 0.81, "rank": 3, "rank_before": 7,              rank_before: of a preview; null: new
 *                       "reasons": [{"film": card, "taste": "like" | "dislike", "share": 0.5, "text": 0.1}],
 *                       "others": {"opinions": 12, "share": 0.02}}
 *     rows             {"model": "6f3a…", "basis": …, "unknown_films": 0,
 *                       "rows": [{"kind": "top" | "because" | "gems" | "country" | "new", "film": card | null,
 *                                 "name": "ES" | null, "items": [item]}]}
 *     found            {"total": 3, "items": [{"film": card, "title_match": "near" | null, "score": 7.2,
 *                       "popularity": 0.4, "passage": {"language": "en", "parts": [{"text": "An ", "match": false}, …]} | null,
 *                       "explanation": {"words": [{"word", "field", "score"}], "popularity": 0.4, "years": -0.5}}],   if asked for
 *                       "facets": {"genres": [{"name": "Drama", "films": 2}], "languages": […], "decades": […]}}        if counted
 *     suggested        {"total": 3, "items": [{"film": card, "title_match": "begins" | null}]}
 *     similar          {"film": card, "by": "taste" | "text" | "both", "items": [{"film": card, "score": 0.93}]}
 */
#ifndef APP_JSON_H
#define APP_JSON_H

#include <jansson.h>

#include "app/app.h"

json_t *app_json_card(const app *a, uint32_t film_id);
json_t *app_json_film(const film *f);
/* ranks_before NULL: no preview; predicted NULL: not asked for */
json_t *app_json_list(const app *a, const bt_list *list, const size_t *ranks_before, const bt_predicted_rating *predicted);
json_t *app_json_rows(const app *a, const app_rows *rows);
json_t *app_json_similar(const app *a, uint32_t film_id, app_similar_by by, const app_alike *alike);

/* {"questions": [films to ask about], "items": [{film, score} of the list that the answers make]} */
json_t *app_json_onboarding(const app *a, const uint32_t *questions, size_t n_questions, const bt_scored_film *films, size_t n);
json_t *app_json_suggested(const app *a, const app_found *found);
/* With the sentences that matched, for which each film is read from `c`; *out NULL: no memory. */
bt_status app_json_found(const app *a, catalogue *c, const char *query, const app_found *found, arena *memory, json_t **out,
                         bt_error *error);
json_t *app_json_title_matches(const title_match *matches, size_t n); /* [{"id", "title", "year"}] */

#endif
