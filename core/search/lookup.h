/* A table from strings to lists of numbers, made once and then only read: words to the films they occur in, titles to their films.
 *
 *     text     the keys one after the other, each with its NUL, in byte order
 *     offset   n_keys + 1: where a key begins in text
 *     letters  n_keys: which letters a key has (letters_of), so that keys far from a text are passed over unread
 *     start    n_keys + 1: where a key's list begins in `values`
 *     values   the lists
 *
 * Looking up costs log2(n_keys) comparisons; keys with a common beginning are neighbours. While it is being made, keys are found
 * through a hash table, and the values wait in one array with their key, 8 bytes each.
 */
#ifndef SEARCH_LOOKUP_H
#define SEARCH_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "butaca/status.h"

typedef struct lookup {
    const char *text;
    const uint32_t *offset, *start, *values;
    const uint32_t *letters;
    size_t n_keys;
} lookup;

/* A bit for each letter of a to z, two for digits, one each for blanks, for other ASCII and for the bytes of all else. */
uint32_t letters_of(const char *text, size_t length);

void lookup_free(lookup *t); /* one that lookup_finish made; a zeroed one is fine */
size_t lookup_bytes(const lookup *t);

static inline const char *lookup_key(const lookup *t, size_t key)
{
    return t->text + t->offset[key];
}

static inline size_t lookup_key_length(const lookup *t, size_t key)
{
    return t->offset[key + 1] - t->offset[key] - 1;
}

/* Whether a table that somebody else made is one: keys in order, none empty, lists within `n_values` and in place, and every value's
 * bits from `shift` on below `limit`. */
bool lookup_is_valid(const lookup *t, size_t n_text, size_t n_values, unsigned shift, uint32_t limit);

/* The first key that isn't before text[0, length) in byte order, or n_keys. */
size_t lookup_lower(const lookup *t, const char *text, size_t length);
/* The key itself, or SIZE_MAX. */
size_t lookup_find(const lookup *t, const char *text, size_t length);
/* The end of the keys that begin with text[0, length), from `first` on: the first key is lookup_lower's. */
size_t lookup_prefix_end(const lookup *t, size_t first, const char *text, size_t length);

/* --- making ---------------------------------------------------------------------------------------------------------- */

typedef struct lookup_pair {
    uint32_t key, value;
} lookup_pair;

typedef struct lookup_builder {
    char *text; /* keys in the order they came */
    size_t n_text, text_room;
    uint32_t *offset; /* n_keys: in text */
    uint32_t *last;   /* n_keys: the pair that came last for a key */
    size_t n_keys, key_room;
    uint32_t *slots; /* hash table: key + 1, 0 is free; a power of two */
    size_t n_slots;
    lookup_pair *pairs;
    size_t n_pairs, pair_room;
} lookup_builder;

void lookup_builder_free(lookup_builder *b); /* a zeroed one is fine, and ready to use */

/* Adds `value` to the list of text[0, length), which has no NUL. If the last value of that list agrees with it in all bits but those
 * of `count_mask`, the lowest ones, the count in them goes up by one instead, up to its maximum. */
bt_status lookup_add(lookup_builder *b, const char *text, size_t length, uint32_t value, uint32_t count_mask, bt_error *error);

/* Lists keep the order in which their values came. */
bt_status lookup_finish(const lookup_builder *b, lookup *out, bt_error *error);

#endif
