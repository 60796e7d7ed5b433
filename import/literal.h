/* Python literals, as repr() writes lists and dicts: Kaggle's The Movies Dataset has them in columns that look like JSON.
 *
 *     [{'id': 35, 'name': 'Comedy'}, {'id': 9, 'name': "Children's"}]
 *
 * None, True, False, numbers (nan and inf, too), strings in either quotes with Python's escapes, lists, tuples and dicts become a
 * tree in an arena. Strings stay slices of the text until they are asked for.
 *
 * Bounds: LITERAL_DEPTH_MAX levels, LITERAL_VALUES_MAX values (64 bytes each). Linear in the text.
 */
#ifndef IMPORT_LITERAL_H
#define IMPORT_LITERAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "butaca/status.h"

enum { LITERAL_DEPTH_MAX = 16, LITERAL_VALUES_MAX = 1 << 17 };

typedef enum literal_kind {
    LITERAL_NONE,
    LITERAL_TRUE,
    LITERAL_FALSE,
    LITERAL_NUMBER,
    LITERAL_STRING,
    LITERAL_LIST, /* and tuples */
    LITERAL_DICT
} literal_kind;

typedef struct literal {
    literal_kind kind;
    bool escaped;     /* the string has backslashes */
    const char *text; /* number: as written; string: between its quotes */
    size_t length;
    const struct literal *key; /* of an item of a dict */
    struct literal *first;     /* list and dict: the items, by `next` */
    struct literal *next;
} literal;

/* BT_BAD_FORMAT with the place if it isn't one literal and nothing else (blanks around it are fine), BT_LIMIT, BT_NO_MEMORY. */
bt_status literal_parse(const char *text, size_t length, arena *a, const literal **out, bt_error *error);

/* The value of a dict under this key; NULL: it lacks the key, or `dict` is NULL or none. */
const literal *literal_get(const literal *dict, const char *key);

bool literal_is(const literal *value, const char *text); /* the string that this is; NULL is none */

/* The string's value: escapes undone, what can't stand in a text (control characters, half a surrogate pair) as a blank or U+FFFD.
 * "" for what is no string. NULL: no memory. */
const char *literal_string(const literal *value, arena *a);

#endif
