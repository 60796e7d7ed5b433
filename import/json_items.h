/* A JSON array of objects, an object at a time, each with the line that it begins on.
 *
 *     json_items items;
 *     status = json_items_begin(&items, label, text, size, error);
 *     while (status == BT_OK && (status = json_items_next(&items, &object, error)) == BT_OK && object)
 *         …json_decref(object)…
 */
#ifndef IMPORT_JSON_ITEMS_H
#define IMPORT_JSON_ITEMS_H

#include <jansson.h>

#include "butaca/status.h"

typedef struct json_items {
    const char *label, *text; /* both stay the caller's */
    size_t size, at;
    size_t line;            /* of `at` */
    size_t began, began_at; /* line and offset of the current object */
    size_t n;
} json_items;

/* BT_BAD_FORMAT if the text is no array. */
bt_status json_items_begin(json_items *i, const char *label, const char *text, size_t size, bt_error *error);

/* The next object, which the caller releases; NULL at the array's end. What is no JSON ends the reading: BT_BAD_FORMAT with the
 * line. */
bt_status json_items_next(json_items *i, json_t **object, bt_error *error);

#endif
