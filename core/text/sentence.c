#include "text/sentence.h"

#include <stdbool.h>
#include <string.h>

static const char blanks[] = " \n\t\r";

/* Bytes of the full stop at text[at]; *alone: it needs no blank behind it. 0: there is none. */
static size_t full_stop(const char *text, bool *alone)
{
    *alone = false;
    if (*text == '.' || *text == '!' || *text == '?')
        return 1;
    static const char *const others[] = {"\u3002", "\uFF01", "\uFF1F", "\u0964"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strncmp(text, others[i], 3) == 0) {
            *alone = true;
            return 3;
        }
    return 0;
}

size_t sentence_end(const char *text, size_t at)
{
    while (text[at] != '\0') {
        bool alone;
        const size_t stop = full_stop(text + at, &alone);
        at += stop > 0 ? stop : 1;
        if (stop > 0 && (alone || strchr(blanks, text[at]) != NULL)) /* strchr finds the NUL, too */
            break;
    }
    return at + strspn(text + at, blanks);
}

size_t sentence_trim(const char *text, size_t begin, size_t end)
{
    while (end > begin && strchr(blanks, text[end - 1]) != NULL)
        end--;
    return end;
}
