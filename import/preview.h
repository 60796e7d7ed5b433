/* Examples of what an import would bring, gathered while it runs (import_preview). */
#ifndef IMPORT_PREVIEW_H
#define IMPORT_PREVIEW_H

#include "butaca/ratings.h"
#include "import/csv.h"
#include "import/import.h"

/* A film was stored; it is new if there are more of them now than at the film before. */
bt_status preview_film(import_preview *p, uint32_t id, catalogue *films, bt_error *error);
void preview_reject(import_preview *p, const char *label, size_t line, const char *reason, csv_field raw);

/* The first ratings of what was read. */
bt_status preview_ratings(import_preview *p, const bt_ratings *read, catalogue *films, bt_error *error);

/* At the end: the titles of the films. */
bt_status preview_name_films(import_preview *p, catalogue *films, bt_error *error);

#endif
