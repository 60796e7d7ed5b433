/* Keys of a table that are spelt nearly like a text.
 *
 * Distance: the least number of bytes put in, left out, changed or swapped with their neighbour (optimal string alignment). Keys are
 * walked in order; neighbours share a beginning, and with it the rows of the distance's table. Where a row is over the bound in
 * every column, all keys with that beginning are passed over. So a walk costs a few bytes' look at each key, and 2 bound + 1
 * cells for each byte of those that stay near: some 0.1 ms for 100,000 words and one slip.
 */
#ifndef SEARCH_NEAR_H
#define SEARCH_NEAR_H

#include "search/lookup.h"

enum { NEAR_TEXT_MAX = 100, NEAR_SLIPS_MAX = 2 };

/* `whole`: slips to the key, `beginning`: to the nearest beginning of it; above the bound they are bound + 1. */
typedef void near_each(void *context, size_t key, unsigned whole, unsigned beginning);

/* Calls `each` for the keys of [first, end) of which the whole or a beginning is within `bound` (1 or 2) of text[0, length). A longer
 * text than NEAR_TEXT_MAX has none. */
void near_keys(const lookup *t, size_t first, size_t end, const char *text, size_t length, unsigned bound, near_each *each,
               void *context);

#endif
