/* Butaca's JSON: the one vocabulary of `--json` and of the HTTP API (docs/openapi.yaml describes it). Every function returns a new
 * reference, or NULL without memory.
 *
 *     film card        {"id": 1, "title": "Alien", "year": 1979, "genres": ["Horror", "Sci-Fi"]}        year null: unknown
 *     film             the card and original_title, other_titles, runtime, countries, languages, directors, cast, themes,
 *                      texts [{"language", "title", "overview", "source"}], ids {"movielens": "1214", "imdb": "0078748"}
 *     recommendations  {"model": "6f3a…", "basis": "taste" | "popularity", "unknown_films": 0,
 *                       "items": [{"film": card, "score": 0.81,
 *                                  "reasons": [{"film": card, "taste": "like" | "dislike", "share": 0.5}]}]}
 *     similar          {"film": card, "items": [{"film": card, "score": 0.93}]}
 */
#ifndef APP_JSON_H
#define APP_JSON_H

#include <jansson.h>

#include "app/app.h"

json_t *app_json_card(const app *a, uint32_t film_id);
json_t *app_json_film(const film *f);
json_t *app_json_list(const app *a, const bt_list *list);
json_t *app_json_similar(const app *a, uint32_t film_id, const bt_scored_film *films, size_t n);
json_t *app_json_title_matches(const title_match *matches, size_t n); /* [{"id", "title", "year"}] */

#endif
