/* Search by meaning in a data folder: the films' vectors and the encoder that made them, as of one moment.
 *
 * Vectors come and change while a server runs (`butaca embed` beside it). Who searches takes the present ones and gives them back; a
 * look at the folder puts new ones in their place, and the old ones go when the last who took them has given them back.
 */
#ifndef APP_MEANING_H
#define APP_MEANING_H

#include "app/app.h"

typedef struct meaning {
    bt_encoder *encoder;
    bt_vectors *vectors;
    const film_card **cards; /* of vectors' films, in their order; NULL where there was no such film at app_open */
    size_t n_users;          /* under the place's lock */
} meaning;

/* Opens the folder's vectors and their encoder if the file is another one than before. Without vectors, or where they can't be opened,
 * there is no meaning: BT_OK, and meaning_why says why. Fails for lack of memory alone, and what was there stays. */
bt_status app_prepare_meaning(const app *a, bt_error *error);

/* The present one, or NULL. Whoever takes gives back. */
meaning *meaning_take(const app *a);
void meaning_give(const app *a, meaning *m); /* NULL is fine */

/* Why there is none, in words for people. */
void meaning_why(const app *a, char *out, size_t size);

/* The vector of a query, of which what is beyond BT_SEARCH_QUERY_MAX bytes isn't read: new memory (bt_free). */
bt_status meaning_encode(const meaning *m, const char *text, float **out, bt_error *error);

/* For app_open and app_close. */
typedef struct meaning_place meaning_place;
bt_status meaning_place_new(meaning_place **out, bt_error *error);
void meaning_place_free(meaning_place *p); /* NULL is fine */

#endif
