/* From text to words, the same for what is indexed, what is asked and what is highlighted.
 *
 * A word is a run of letters, marks and digits, folded as bt_title_key folds (case, accents, compatibility forms), with roman
 * numerals of two letters and more as digits ("Rocky III" -> "rocky" "3"; i, v and x alone stay letters). Plain ASCII words, most
 * of all text, are folded in one pass without memory. Bytes that aren't UTF-8 part words.
 */
#ifndef SEARCH_WORDS_H
#define SEARCH_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "butaca/status.h"

enum { WORD_MAX = 64 }; /* bytes of a folded word; a longer one is cut, at a character */

typedef struct word {
    char text[WORD_MAX + 1]; /* NUL-terminated */
    size_t length;
    size_t begin, end; /* bytes of the text it comes from */
} word;

typedef bt_status word_each(void *context, const word *w, bt_error *error);

/* Calls `each` for every word in order, until one call fails. */
bt_status words_each(const char *text, size_t length, word_each *each, void *context, bt_error *error);

/* A title as a key: its words, a moved article first, with single spaces ("matrix, the" -> "the matrix"); a title without any word
 * has the key that bt_title_key gives it. *out: bt_free. */
bt_status words_title_key(const char *title, size_t length, char **out, bt_error *error);

/* --- stems ----------------------------------------------------------------------------------------------------------- */

/* Snowball's stemmers for English and Spanish. One belongs to one thread at a time. libstemmer takes its memory from malloc. */
typedef enum word_language { WORD_ENGLISH, WORD_SPANISH, WORD_LANGUAGES, WORD_NO_LANGUAGE = WORD_LANGUAGES } word_language;

typedef struct stemmers {
    void *of[WORD_LANGUAGES];
} stemmers;

bt_status stemmers_open(stemmers *s, bt_error *error);
void stemmers_close(stemmers *s); /* a zeroed one is fine */

/* "en" -> WORD_ENGLISH; NULL or another: WORD_NO_LANGUAGE. */
word_language word_language_of(const char *code);

/* The stem, valid until the next call with this language; never longer than the word. NULL: no memory. */
const char *stem(stemmers *s, word_language language, const char *text, size_t length, size_t *stem_length);

#endif
