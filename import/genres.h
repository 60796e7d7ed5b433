/* Genres as MovieLens lists them: "Adventure|Comedy". */
#ifndef IMPORT_GENRES_H
#define IMPORT_GENRES_H

#include "import/csv.h"
#include "store/catalogue.h"

/* Cuts the field at "|", into the arena; empty ones are left out, and "(no genres listed)" is none. False: no memory. */
bool genres_parse(const csv_field *f, arena *a, film_names *out);

#endif
