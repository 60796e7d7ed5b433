/* A set of byte strings with a number each, as a trie in a double array (Aoe 1989, "An efficient digital search algorithm by using
 * a double-array structure"): one step is one addition and one comparison. Tokenizers keep their vocabulary in it, in the file,
 * as it is.
 *
 * Unit p is a node; its child by byte c is unit `base[p] ^ c` if that unit carries the label c. No two nodes share a base, so a
 * label is proof enough. A node without children has a base whose units are all empty. Byte 0 is in no string.
 */
#ifndef TEXT_DOUBLE_ARRAY_H
#define TEXT_DOUBLE_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "butaca/status.h"

typedef struct double_array_unit {
    uint32_t base;
    uint32_t label_value; /* bits 0 to 7: label, 0: empty; bits 8 to 31: value + 1, 0: no string ends here */
} double_array_unit;

enum { DOUBLE_ARRAY_ROOT = 0, DOUBLE_ARRAY_VALUES_MAX = (1 << 24) - 2, DOUBLE_ARRAY_LENGTH_MAX = 255 };

typedef struct double_array {
    const double_array_unit *units;
    size_t n_units;
} double_array;

/* Steps from a node by one byte: false if no string goes on that way. */
static inline bool double_array_step(const double_array *a, uint32_t *node, uint8_t byte)
{
    const uint32_t next = a->units[*node].base ^ byte;
    if (byte == 0 || (uint8_t)a->units[next].label_value != byte)
        return false;
    *node = next;
    return true;
}

/* Whether a string ends at the node, and its number. */
static inline bool double_array_value(const double_array *a, uint32_t node, uint32_t *value)
{
    *value = (a->units[node].label_value >> 8) - 1;
    return a->units[node].label_value >> 8 != 0;
}

/* Whether every step stays inside and every value is below `n_values`: to be asked once of units that came from a file. */
bool double_array_is_valid(const double_array *a, size_t n_values);

/* --- building ------------------------------------------------------------------------------------------------------ */

typedef struct double_array_string {
    const char *bytes; /* without byte 0 */
    size_t length;     /* 1 to DOUBLE_ARRAY_LENGTH_MAX */
    uint32_t value;    /* at most DOUBLE_ARRAY_VALUES_MAX */
} double_array_string;

/* Sorts `strings`, which must differ, and makes the array: out->units is bt_free'd by the caller. */
bt_status double_array_build(double_array_string *strings, size_t n, double_array *out, bt_error *error);

#endif
