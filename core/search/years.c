/* When a description says that its film was made: "from the late 80s", "a 1990s movie", "around 1994", "la película de los 90". Every
 * number of two or four digits that is read as a year or as a decade widens the span; the years from 1920 on count.
 */
#include <string.h>
#include <strings.h>

#include "search/index.h"

enum { YEAR_FROM = 1920, YEAR_END = 2030, AROUND = 1 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return ((unsigned char)c | 0x20) >= 'a' && ((unsigned char)c | 0x20) <= 'z';
}

static void widen(query_years *y, int from, int to)
{
    if (from < YEAR_FROM || from >= YEAR_END)
        return;
    y->from = y->from == 0 || from < y->from ? from : y->from;
    y->to = to > y->to ? to : y->to;
}

/* Whether the text before `at`, behind blanks and hyphens, ends with the word `last`. */
static bool comes_after(const char *text, size_t at, const char *last)
{
    const size_t n = strlen(last);
    while (at > 0 && strchr(" -'", text[at - 1]) != NULL)
        at--;
    return at >= n && strncasecmp(text + at - n, last, n) == 0 && (at == n || !is_letter(text[at - n - 1]));
}

static void widen_by_decade(query_years *y, const char *text, size_t at, int decade)
{
    const bool early = comes_after(text, at, "early"), late = comes_after(text, at, "late");
    widen(y, decade + (late ? 5 : 0), decade + (early ? 4 : 9));
}

/* A number text[at, end), and whether an 's' follows it, as in "80s" and "1990's". */
static void read_number(query_years *y, const char *text, size_t at, size_t end, bool plural)
{
    int number = 0;
    for (size_t i = at; i < end; i++)
        number = number * 10 + (text[i] - '0');
    const bool decade = number % 10 == 0 && (plural || (end - at == 2 && comes_after(text, at, "los")));
    if (end - at == 2 && decade)
        widen_by_decade(y, text, at, number + (number >= 20 ? 1900 : 2000));
    else if (end - at == 4 && decade)
        widen_by_decade(y, text, at, number);
    else if (end - at == 4 && !plural)
        widen(y, number - AROUND, number + AROUND);
}

query_years query_years_read(const char *query, size_t length)
{
    query_years y = {0, 0};
    for (size_t at = 0; at < length;) {
        size_t end = at;
        while (end < length && is_digit(query[end]))
            end++;
        const bool apart = at == 0 || !is_letter(query[at - 1]);
        if (end > at && end - at <= 4 && apart) {
            const size_t s = end + (end < length && query[end] == '\'');
            const bool plural = s < length && (query[s] | 0x20) == 's' && (s + 1 == length || !is_letter(query[s + 1]));
            if (plural || end == length || !is_letter(query[end]))
                read_number(&y, query, at, end, plural);
        }
        at = end > at ? end : at + 1;
    }
    return y;
}
