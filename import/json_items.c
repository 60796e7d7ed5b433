/* Going through an array: the brackets and commas here, each object by jansson. */
#include "import/json_items.h"

#include <stdbool.h>
#include <string.h>

#include "base/error.h"

static void advance(json_items *i, size_t n)
{
    for (size_t end = i->at + n; i->at < end; i->at++)
        i->line += i->text[i->at] == '\n';
}

static void skip_blanks(json_items *i)
{
    while (i->at < i->size && i->text[i->at] != '\0' && strchr(" \t\r\n", i->text[i->at]))
        advance(i, 1);
}

/* Whether c is the next character but blanks; it is passed. */
static bool take(json_items *i, char c)
{
    skip_blanks(i);
    if (i->at == i->size || i->text[i->at] != c)
        return false;
    advance(i, 1);
    return true;
}

bt_status json_items_begin(json_items *i, const char *label, const char *text, size_t size, bt_error *error)
{
    *i = (json_items){.label = label, .text = text, .size = size, .line = 1};
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        i->at = 3;
    if (take(i, '['))
        return BT_OK;
    return error_set(error, BT_BAD_FORMAT, "%s:%zu: expected a JSON array of films, which begins with [", label, i->line);
}

static bt_status end(json_items *i, bt_error *error)
{
    skip_blanks(i);
    if (i->at == i->size)
        return BT_OK;
    return error_set(error, BT_BAD_FORMAT, "%s:%zu: something follows the end of the array", i->label, i->line);
}

bt_status json_items_next(json_items *i, json_t **object, bt_error *error)
{
    *object = NULL;
    if (take(i, ']'))
        return end(i, error);
    if (i->n > 0 && !take(i, ','))
        return error_set(error, BT_BAD_FORMAT, "%s:%zu: expected a comma or the end of the array; is the file cut off?",
                         i->label, i->line);
    skip_blanks(i);
    i->began = i->line;
    i->began_at = i->at;
    json_error_t cause;
    json_t *found = json_loadb(i->text + i->at, i->size - i->at, JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES, &cause);
    if (!found && json_error_code(&cause) == json_error_out_of_memory)
        return error_no_memory(error, "reading JSON");
    if (!json_is_object(found)) {
        json_decref(found);
        return error_set(error, BT_BAD_FORMAT, "%s:%zu: expected a film as a JSON object (%s)", i->label,
                         i->line + (found || cause.line < 1 ? 0 : (size_t)cause.line - 1),
                         found ? "found an array" : cause.text);
    }
    advance(i, (size_t)cause.position);
    i->n++;
    *object = found;
    return BT_OK;
}
