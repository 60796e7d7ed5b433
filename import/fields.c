/* Parsing fields byte by byte. */
#include "import/fields.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool field_u32(const csv_field *f, uint32_t *value)
{
    if (f->length == 0 || f->length > 10)
        return false;
    uint64_t number = 0;
    for (size_t i = 0; i < f->length; i++) {
        if (!is_digit(f->text[i]))
            return false;
        number = number * 10 + (uint64_t)(f->text[i] - '0');
    }
    *value = (uint32_t)number;
    return number <= UINT32_MAX;
}

bool field_id(const csv_field *f, uint32_t *value)
{
    return field_u32(f, value) && *value > 0;
}

bool field_half_stars(const csv_field *f, uint8_t *value)
{
    const char *c = f->text, *end = f->text + f->length;
    unsigned number = 0;
    if (c < end && is_digit(*c))
        number = (unsigned)(*c++ - '0') * 2;
    if (c < end) {
        if (*c++ != '.' || c == end || (*c != '0' && *c != '5'))
            return false;
        number += *c++ == '5';
    }
    while (c < end && *c == '0')
        c++;
    *value = (uint8_t)number;
    return c == end && number >= 1 && number <= 10;
}

bool field_is_number(const csv_field *f)
{
    size_t i = 0, digits = 0, dots = 0;
    if (i < f->length && (f->text[i] == '-' || f->text[i] == '+'))
        i++;
    for (; i < f->length && (is_digit(f->text[i]) || f->text[i] == '.'); i++) {
        digits += is_digit(f->text[i]);
        dots += f->text[i] == '.';
    }
    if (i < f->length && (f->text[i] == 'e' || f->text[i] == 'E')) {
        i++;
        if (i < f->length && (f->text[i] == '-' || f->text[i] == '+'))
            i++;
        const size_t exponent = i;
        while (i < f->length && is_digit(f->text[i]))
            i++;
        if (i == exponent)
            return false;
    }
    return i == f->length && digits > 0 && dots <= 1;
}

bool field_equals(const csv_field *f, const char *text)
{
    return f->length == strlen(text) && memcmp(f->text, text, f->length) == 0;
}
