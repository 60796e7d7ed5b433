/* Python literals from any bytes: a tree whose parts lie in the text, or a refusal; strings come out as UTF-8 if the text is.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "import/literal.h"
#include "text/utf8.h"

static void require(int holds)
{
    if (!holds)
        abort();
}

typedef struct walk {
    const char *begin, *end;
    bool utf8;
    size_t n, depth;
    arena a;
} walk;

static void visit(walk *w, const literal *value)
{
    w->n++;
    w->depth++;
    require(w->n <= LITERAL_VALUES_MAX && w->depth <= LITERAL_DEPTH_MAX + 1);
    require(value->text >= w->begin && value->text + value->length <= w->end);
    require((value->kind == LITERAL_LIST || value->kind == LITERAL_DICT) || value->first == NULL);
    const char *text = literal_string(value, &w->a);
    require(text != NULL && (!w->utf8 || utf8_is_valid(text, strlen(text))));
    require(value->kind != LITERAL_STRING || value->escaped || strlen(text) == value->length);
    for (const char *c = text; *c; c++)
        require((unsigned char)*c >= ' ');
#ifdef FUZZ_PLANTED_BUG
    static volatile char copy[24]; /* too short for a longer string */
    for (size_t i = 0; i <= strlen(text); i++)
        copy[i] = text[i];
#endif
    if (value->key)
        visit(w, value->key);
    for (const literal *item = value->first; item; item = item->next) {
        require((item->key != NULL) == (value->kind == LITERAL_DICT));
        visit(w, item);
    }
    w->depth--;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    walk w = {.begin = text, .end = text + size, .utf8 = utf8_is_valid(text, size)};
    arena a = {0};
    bt_error error = {0};
    const literal *value;
    const bt_status status = literal_parse(text, size, &a, &value, &error);
    require(status == BT_OK || status == BT_BAD_FORMAT || status == BT_LIMIT);
    require((status == BT_OK) == (value != NULL) && (status == BT_OK) == (error.message[0] == '\0'));
    if (value)
        visit(&w, value);
    arena_free(&w.a);
    arena_free(&a);
    return 0;
}
