/* Which columns of any CSV file are what: "user=visitor,item=product,rating=stars,timestamp=when,source=shop". */
#ifndef IMPORT_MAP_H
#define IMPORT_MAP_H

#include <stdbool.h>

#include "butaca/status.h"

/* X(key): columns. `user` and `rating` are needed, and one that tells the film: `item` is a number of the file's own, whose films are
 * made where they aren't there yet; `movielens`, `tmdb` and `imdb` are ids of films that the catalogue has. */
#define IMPORT_MAP_LIST(X) X(user) X(item) X(movielens) X(tmdb) X(imdb) X(rating) X(timestamp) X(title)

enum { IMPORT_MAP_COLUMN_MAX = 64 };

typedef struct import_map {
#define IMPORT_MAP_FIELD(key) char key[IMPORT_MAP_COLUMN_MAX]; /* the column's name; "": none */
    IMPORT_MAP_LIST(IMPORT_MAP_FIELD)
#undef IMPORT_MAP_FIELD
    char source[32]; /* of users ("shop:42") and items; without one "csv" */
} import_map;

/* BT_INVALID_ARGUMENT says which key is unknown, missing, there twice or too much. */
bt_status import_map_parse(const char *text, import_map *out, bt_error *error);

#endif
