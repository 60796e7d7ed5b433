/* Where sentences end: behind '.', '!' or '?' (or the full stops of Chinese, Japanese and Hindi) that a blank or the text's end follows.
 * "Dr. No" is cut, too: what is made of sentences has to live with that.
 */
#ifndef TEXT_SENTENCE_H
#define TEXT_SENTENCE_H

#include <stddef.h>

/* The end of the sentence that text[at] is in, behind the blanks that follow it. `text` ends with a NUL. */
size_t sentence_end(const char *text, size_t at);

/* The same end without the blanks before it: where [begin, end) has anything else. */
size_t sentence_trim(const char *text, size_t begin, size_t end);

#endif
