/* Films as values: what may be stored, what two descriptions of one film come to, whether two are the same. The same for all back
 * ends of the catalogue; what comes back points into the arena and into the films given.
 */
#ifndef STORE_FILM_H
#define STORE_FILM_H

#include "store/catalogue.h"

/* U+001F, which no name of a list may have: back ends may put it between names. */
#define FILM_UNIT_SEPARATOR '\x1f'

/* Text is UTF-8 and within its limit, numbers are in range, nothing that must be there is NULL. */
bt_status film_check(const film *f, bt_error *error);
bt_status film_check_names(const char *what, const film_names *names, bt_error *error);
bt_status film_check_text(const char *what, const char *text, bt_error *error); /* NULL is fine */

/* `newer` laid over `stored` as catalogue_put says; `stored` may be empty. Texts and ids come out sorted. The id is stored's. */
bt_status film_merge(const film *stored, const film *newer, arena *a, film *out, bt_error *error);

bool film_same(const film *x, const film *y);

/* A number for all that a film is, its id included; never 0. */
uint64_t film_checksum(const film *f);

uint64_t film_names_checksum(const film_names *names);

/* The value of an outside id as it is stored: imdb's without its "tt". */
const char *film_outside_value(const char *source, const char *value);

/* --- lists that grow in an arena ----------------------------------------------------------------------------------- */

typedef struct film_names_builder {
    const char **items;
    size_t n, capacity;
} film_names_builder;

/* Room for item n of a list of `size`-byte items: the list, moved if it was full; NULL: no memory. */
void *list_room(arena *a, void *items, size_t n, size_t *capacity, size_t size);

bool film_names_add(film_names_builder *b, arena *a, const char *name); /* false: no memory */
film_names film_names_of(const film_names_builder *b);

#endif
