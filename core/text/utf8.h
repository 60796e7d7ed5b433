/* Whether bytes are UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing beyond U+10FFFF. */
#ifndef TEXT_UTF8_H
#define TEXT_UTF8_H

#include <stdbool.h>
#include <stddef.h>

bool utf8_is_valid(const char *text, size_t length);

/* How many bytes the character at the start of text[length] has; 0: there is none that is valid, or length is 0. */
size_t utf8_character(const char *text, size_t length);

/* The same for names that people take for the same: compatibility forms composed and cases folded (Unicode's NFKC_Casefold). New memory
 * (bt_free); NULL: none is left, or the text isn't UTF-8. */
char *utf8_folded(const char *text);

#endif
