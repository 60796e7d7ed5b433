/* One growing buffer, one function a kind of value; see json_text.h. */
#include "server/json_text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 4096, NUMBER_MAX = 64, PRECISION = 7 };

typedef struct text {
    char *bytes; /* NULL: there was no memory */
    size_t size, capacity;
} text;

static void put(text *t, const char *bytes, size_t n)
{
    if (t->bytes != NULL && t->size + n > t->capacity) {
        const size_t capacity = 2 * t->capacity + n;
        char *grown = realloc(t->bytes, capacity);
        if (grown == NULL)
            free(t->bytes);
        t->bytes = grown;
        t->capacity = capacity;
    }
    if (t->bytes == NULL)
        return;
    memcpy(t->bytes + t->size, bytes, n);
    t->size += n;
}

static void put_char(text *t, char c)
{
    put(t, &c, 1);
}

/* jansson's texts are UTF-8 already. */
static void put_string(text *t, const char *bytes, size_t n)
{
    static const char short_escapes[] = "btn\0fr"; /* of 8 to 13 */
    size_t from = 0;
    put_char(t, '"');
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)bytes[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        char escape[8] = {'\\', (char)c};
        size_t length = 2;
        if (c >= 8 && c <= 13 && c != 11)
            escape[1] = short_escapes[c - 8];
        else if (c < 0x20)
            length = (size_t)snprintf(escape, sizeof escape, "\\u%04X", c);
        put(t, bytes + from, i - from);
        put(t, escape, length);
        from = i + 1;
    }
    put(t, bytes + from, n - from);
    put_char(t, '"');
}

/* As jansson: a point or an exponent shows that it is a real, and the exponent has neither a plus nor leading zeros. */
static void put_real(text *t, double value)
{
    char number[NUMBER_MAX];
    int n = snprintf(number, sizeof number, "%.*g", PRECISION, value);
    char *exponent = strchr(number, 'e');
    if (exponent == NULL && strchr(number, '.') == NULL)
        n += snprintf(number + n, sizeof number - (size_t)n, ".0");
    put(t, number, exponent != NULL ? (size_t)(exponent + 1 - number) : (size_t)n);
    if (exponent == NULL)
        return;
    const char *digits = exponent + 1;
    if (*digits == '-')
        put_char(t, '-');
    digits += strspn(digits, "+-0");
    put(t, digits, strlen(digits));
}

static void put_value(text *t, const json_t *value);

static void put_array(text *t, const json_t *array)
{
    put_char(t, '[');
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (i > 0)
            put_char(t, ',');
        put_value(t, json_array_get(array, i));
    }
    put_char(t, ']');
}

static void put_object(text *t, json_t *object)
{
    bool first = true;
    put_char(t, '{');
    for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at)) {
        const char *key = json_object_iter_key(at);
        if (!first)
            put_char(t, ',');
        first = false;
        put_string(t, key, strlen(key));
        put_char(t, ':');
        put_value(t, json_object_iter_value(at));
    }
    put_char(t, '}');
}

/* Documents are ours, so their depth is bounded by what we write. */
static void put_value(text *t, const json_t *value)
{
    char number[NUMBER_MAX];
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        put_object(t, (json_t *)(uintptr_t)value);
        break;
    case JSON_ARRAY:
        put_array(t, value);
        break;
    case JSON_STRING:
        put_string(t, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        put(t, number, (size_t)snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value)));
        break;
    case JSON_REAL:
        put_real(t, json_real_value(value));
        break;
    case JSON_TRUE:
        put(t, "true", 4);
        break;
    case JSON_FALSE:
        put(t, "false", 5);
        break;
    case JSON_NULL:
        put(t, "null", 4);
        break;
    }
}

char *json_text(const json_t *document, size_t *size)
{
    text t = {.bytes = malloc(FIRST_SIZE), .capacity = FIRST_SIZE};
    put_value(&t, document);
    put_char(&t, '\0');
    *size = t.size - 1;
    return t.bytes;
}
