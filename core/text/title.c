/* Titles as people write and type them. Everything here looks at the end of the title, in constant memory and one pass; only the
 * ASCII characters that matter (parentheses, digits, commas) are looked at, so that any bytes are safe input.
 */
#include "text/title.h"

#include <string.h>
#include <strings.h>

#include "base/memory.h"

/* Articles as they stand behind the comma of "Matrix, The". */
static const char *const moved_articles[] = {
    "the", "a",   "an",                              /* English */
    "el",  "la",  "lo",  "los", "las",  "un", "una", /* Spanish */
    "le",  "les", "l'",  "une", "des",               /* French */
    "der", "die", "das", "ein", "eine",              /* German */
    "il",  "i",   "gli", "uno", "un'",               /* Italian */
    "o",   "os",  "as",  "um",  "uma",               /* Portuguese */
    "de",  "het", "een", "den", "det",  "en", "et",  /* Dutch, Scandinavian */
    "els", "az",                                     /* Catalan, Hungarian */
};

const char *const title_leading_articles[] = {
    "the", "a", "an", "el", "la", "los", "las", "un", "una", "le", "les", "l", "une", "der", "das", "il", "lo", "gli", NULL,
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static size_t without_blanks(const char *text, size_t length)
{
    while (length > 0 && is_blank(text[length - 1]))
        length--;
    return length;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The year that text[0, 4) says, 0 if it says none. */
static int year_at(const char *text, size_t length)
{
    if (length < 4)
        return 0;
    int year = 0;
    for (size_t i = 0; i < 4; i++) {
        if (!is_digit(text[i]))
            return 0;
        year = year * 10 + (text[i] - '0');
    }
    return year >= 1870 && year < 2200 ? year : 0;
}

/* Whether text is what may follow the first year of a span: "-", "–", and another year or nothing. */
static bool is_span_end(const char *text, size_t length)
{
    static const char en_dash[] = "\xE2\x80\x93";
    size_t i = 0;
    if (length >= 1 && text[0] == '-')
        i = 1;
    else if (length >= 3 && memcmp(text, en_dash, 3) == 0)
        i = 3;
    else
        return false;
    while (i < length && is_blank(text[i]))
        i++;
    return i == length || (length - i == 4 && year_at(text + i, 4) != 0);
}

int title_split_year(const char *title, size_t *length)
{
    enum { LONGEST = 16 }; /* bytes between the parentheses */
    *length = without_blanks(title, *length);
    const size_t end = *length;
    if (end == 0 || title[end - 1] != ')')
        return 0;

    size_t open = end - 1;
    while (open > 0 && title[open] != '(' && end - open <= LONGEST)
        open--;
    if (title[open] != '(')
        return 0;

    const char *inside = title + open + 1;
    const size_t n = end - 1 - (open + 1);
    const int year = year_at(inside, n);
    if (year == 0 || (n > 4 && !is_span_end(inside + 4, n - 4)))
        return 0;
    const size_t before = without_blanks(title, open);
    if (before == 0)
        return 0; /* the title itself */
    *length = before;
    return year;
}

size_t title_before_parenthesis(const char *title, size_t length)
{
    const size_t end = without_blanks(title, length);
    if (end == 0 || title[end - 1] != ')')
        return length;
    size_t depth = 0, open = end;
    while (open > 0) {
        open--;
        if (title[open] == ')')
            depth++;
        else if (title[open] == '(' && --depth == 0)
            break;
    }
    const size_t before = without_blanks(title, open);
    return depth == 0 && before > 0 ? before : length;
}

/* The length of a typographic apostrophe at the end of text, written as one byte or three; 0 without one. */
static size_t apostrophe_at_end(const char *text, size_t length)
{
    static const char curly[] = "\xE2\x80\x99";
    if (length >= 1 && text[length - 1] == '\'')
        return 1;
    return length >= 3 && memcmp(text + length - 3, curly, 3) == 0 ? 3 : 0;
}

static bool is_moved_article(const char *text, size_t length)
{
    const size_t apostrophe = apostrophe_at_end(text, length);
    const size_t letters = length - apostrophe;
    for (size_t i = 0; i < sizeof moved_articles / sizeof *moved_articles; i++) {
        const char *article = moved_articles[i];
        const size_t n = strlen(article);
        const bool elided = article[n - 1] == '\'';
        if (elided == (apostrophe > 0) && n - elided == letters && strncasecmp(article, text, letters) == 0)
            return true;
    }
    return false;
}

bool title_find_moved_article(const char *title, size_t length, size_t *name_length, size_t *article, size_t *article_length)
{
    const size_t end = without_blanks(title, length);
    size_t comma = end;
    while (comma > 0 && title[comma - 1] != ',')
        comma--;
    if (comma == 0)
        return false;

    size_t begin = comma;
    while (begin < end && is_blank(title[begin]))
        begin++;
    *name_length = without_blanks(title, comma - 1);
    *article = begin;
    *article_length = end - begin;
    return *name_length > 0 && begin < end && is_moved_article(title + begin, end - begin);
}

char *title_article_first(const char *title, size_t length)
{
    size_t name = 0, article = 0, n = 0;
    if (!title_find_moved_article(title, length, &name, &article, &n))
        return memory_string(title, length);

    const size_t blank = apostrophe_at_end(title + article, n) > 0 ? 0 : 1;
    char *out = memory_array(n + blank + name + 1, 1);
    if (out == NULL)
        return NULL;
    memcpy(out, title + article, n);
    memset(out + n, ' ', blank);
    memcpy(out + n + blank, title, name);
    out[n + blank + name] = '\0';
    return out;
}
