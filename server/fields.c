/* One check per kind of field; the message says what was expected. */
#include "server/fields.h"

#include <math.h>
#include <string.h>

#include "text/utf8.h"

void fields_pointer(char pointer[FIELDS_POINTER_MAX], const char *at, const char *name)
{
    size_t n = strlen(at);
    memcpy(pointer, at, n);
    pointer[n++] = '/';
    for (; *name && n + 3 < FIELDS_POINTER_MAX; name++) {
        if (*name == '~' || *name == '/') {
            pointer[n++] = '~';
            pointer[n++] = *name == '~' ? '0' : '1';
        } else {
            pointer[n++] = *name;
        }
    }
    while (*name && n > 0 && !utf8_is_valid(pointer, n)) /* cut inside of a character */
        n--;
    pointer[n] = '\0';
}

static bool is_listed(const char *names, const char *name)
{
    const size_t length = strlen(name);
    for (const char *at = names; *at;) {
        const size_t n = strcspn(at, " ");
        if (n == length && memcmp(at, name, n) == 0)
            return true;
        at += n + (at[n] == ' ');
    }
    return false;
}

bool fields_check_object(request *r, const json_t *value, const char *at, const char *names)
{
    if (!json_is_object(value)) {
        reply_bad_field(r, at, "expected an object");
        return false;
    }
    const char *name;
    json_t *ignored;
    json_object_foreach((json_t *)(uintptr_t)value, name, ignored)
    {
        if (!is_listed(names, name)) {
            char pointer[FIELDS_POINTER_MAX];
            fields_pointer(pointer, at, name);
            reply_bad_field(r, pointer, "unknown field; known are: %s", names);
            return false;
        }
    }
    return true;
}

bool fields_whole_value(request *r, const json_t *value, const char *pointer, uint32_t min, uint32_t max, uint32_t *out)
{
    const double number = json_is_number(value) ? json_number_value(value) : -1.0;
    if (!(number >= min && number <= max) || number != floor(number)) {
        reply_bad_field(r, pointer, "expected a whole number from %u to %u", min, max);
        return false;
    }
    *out = (uint32_t)number;
    return true;
}

bool fields_whole(request *r, const json_t *object, const char *at, const char *name, uint32_t min, uint32_t max,
                  uint32_t *value)
{
    const json_t *field = json_object_get(object, name);
    if (!field)
        return true;
    char pointer[FIELDS_POINTER_MAX];
    fields_pointer(pointer, at, name);
    return fields_whole_value(r, field, pointer, min, max, value);
}

/* Characters of UTF-8, which JSON's texts are; SIZE_MAX: there is a control character. */
static size_t count_characters(const char *text, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < size; i++) {
        const unsigned char c = (unsigned char)text[i];
        if (c < 32 || c == 127)
            return SIZE_MAX;
        n += (c & 0xC0) != 0x80;
    }
    return n;
}

bool fields_text(request *r, const json_t *object, const char *at, const char *name, size_t min, size_t max, const char **value)
{
    const json_t *field = json_object_get(object, name);
    if (!field)
        return true;
    const char *text = json_string_value(field);
    const size_t n = text ? count_characters(text, json_string_length(field)) : SIZE_MAX;
    if (n < min || n > max) {
        char pointer[FIELDS_POINTER_MAX];
        fields_pointer(pointer, at, name);
        reply_bad_field(r, pointer, "expected text of %zu to %zu characters", min, max);
        return false;
    }
    *value = text;
    return true;
}

bool fields_id(request *r, const json_t *object, const char *at, const char *name, event_id *value)
{
    const json_t *field = json_object_get(object, name);
    if (!field)
        return true;
    const char *text = json_string_value(field);
    if (text && strlen(text) == json_string_length(field) && event_id_parse(text, value))
        return true;
    char pointer[FIELDS_POINTER_MAX];
    fields_pointer(pointer, at, name);
    reply_bad_field(r, pointer, "expected a UUID");
    return false;
}

bool fields_real(request *r, const json_t *object, const char *at, const char *name, double min, double max, double *value)
{
    const json_t *field = json_object_get(object, name);
    const double number = json_is_number(field) ? json_number_value(field) : min - 1.0;
    if (field && !(number >= min && number <= max)) {
        char pointer[FIELDS_POINTER_MAX];
        fields_pointer(pointer, at, name);
        reply_bad_field(r, pointer, "expected a number from %g to %g", min, max);
        return false;
    }
    if (field)
        *value = number;
    return true;
}

bool fields_bool(request *r, const json_t *object, const char *at, const char *name, bool *value)
{
    const json_t *field = json_object_get(object, name);
    if (field && !json_is_boolean(field)) {
        char pointer[FIELDS_POINTER_MAX];
        fields_pointer(pointer, at, name);
        reply_bad_field(r, pointer, "expected true or false");
        return false;
    }
    if (field)
        *value = json_is_true(field);
    return true;
}

bool fields_array(request *r, const json_t *object, const char *at, const char *name, size_t max, const json_t **value)
{
    *value = json_object_get(object, name);
    if (!*value)
        return true;
    if (!json_is_array(*value) || json_array_size(*value) > max) {
        char pointer[FIELDS_POINTER_MAX];
        fields_pointer(pointer, at, name);
        reply_bad_field(r, pointer, "expected an array of at most %zu", max);
        return false;
    }
    return true;
}
