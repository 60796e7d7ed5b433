/* Whether bytes are UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing beyond U+10FFFF. */
#ifndef TEXT_UTF8_H
#define TEXT_UTF8_H

#include <stdbool.h>
#include <stddef.h>

bool utf8_is_valid(const char *text, size_t length);

/* How many bytes the character at the start of text[length] has; 0: there is none that is valid, or length is 0. */
size_t utf8_character(const char *text, size_t length);

#endif
