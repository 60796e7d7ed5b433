/* Keys of a table that are spelt nearly like a text.
 *
 * Distance: the least number of bytes put in, left out, changed or swapped with their neighbour (optimal string alignment). Keys are
 * walked in order; neighbours share a beginning, and with it the rows of the distance's table. Where a row is over the bound in
 * every column, all keys with that beginning are passed over. And a slip takes at most one letter out and puts one in, so that most keys
 * are told to be too far by the letters that they have, without a look at their bytes: a walk costs 4 bytes' look at each key, and
 * 2 bound + 1 cells for each byte of those that may be near.
 */
#ifndef SEARCH_NEAR_H
#define SEARCH_NEAR_H

#include "search/lookup.h"

enum { NEAR_TEXT_MAX = 100, NEAR_SLIPS_MAX = 2 };

typedef struct near_text {
    const char *text;
    size_t length;  /* a longer one than NEAR_TEXT_MAX has no keys near it */
    unsigned bound; /* 1 or 2 */
    bool whole;     /* keys that are near as a whole; false: or of which a beginning is */
} near_text;

/* `whole`: slips to the key, `beginning`: to the nearest beginning of it; above the bound they are bound + 1. */
typedef void near_each(void *context, size_t key, unsigned whole, unsigned beginning);

/* Calls `each` for the keys of [first, end) that are within the bound of the text. */
void near_keys(const lookup *t, size_t first, size_t end, const near_text *text, near_each *each, void *context);

#endif
