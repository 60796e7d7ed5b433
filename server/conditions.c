/* Two small readers of header fields, a list member after the other; see conditions.h. */
#include "server/conditions.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static const char *after_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

/* --- If-None-Match: * | ["W/"] DQUOTE *etagc DQUOTE, … -------------------------------------------------------------------- */

/* Where the tag at `at` ends, behind its quote; NULL: there is none. */
static const char *end_of_tag(const char *at)
{
    const char *end = *at == '"' ? strchr(at + 1, '"') : NULL;
    return end != NULL ? end + 1 : NULL;
}

bool conditions_match(const char *if_none_match, const char *etag)
{
    if (if_none_match == NULL)
        return false;
    const char *at = after_blanks(if_none_match);
    const size_t size = strlen(etag);
    if (*at == '*')
        return *after_blanks(at + 1) == '\0';
    for (;;) {
        at += strspn(at, " \t,"); /* empty members are allowed */
        if (strncmp(at, "W/", 2) == 0)
            at += 2;
        const char *end = end_of_tag(at);
        if (end == NULL)
            return false;
        if ((size_t)(end - at) == size && memcmp(at, etag, size) == 0)
            return true;
        at = after_blanks(end);
        if (*at != ',')
            return false;
    }
}

/* --- Accept-Encoding: coding [";" "q=" weight], … -------------------------------------------------------------------------- */

/* Whether the parameters of a member, from `at` to `end`, don't say that it isn't wanted: a weight of 0, 0. or 0.000. */
static bool is_wanted(const char *at, const char *end)
{
    at = after_blanks(at);
    if (at >= end || *at != ';')
        return true;
    at = after_blanks(at + 1);
    if (end - at < 3 || (at[0] != 'q' && at[0] != 'Q') || at[1] != '=' || at[2] != '0')
        return true;
    at += 3;
    if (at < end && *at == '.')
        at++;
    at += strspn(at, "0");
    return after_blanks(at) < end;
}

static bool is_name(const char *at, size_t size, const char *name)
{
    return size == strlen(name) && strncasecmp(at, name, size) == 0;
}

bool conditions_gzip(const char *accept_encoding)
{
    bool any = false;
    const char *at = accept_encoding;
    while (at != NULL && *at != '\0') {
        at += strspn(at, " \t,");
        const size_t size = strcspn(at, " \t;,");
        const char *end = at + strcspn(at, ",");
        if (is_name(at, size, "gzip") || is_name(at, size, "x-gzip"))
            return is_wanted(at + size, end);
        if (is_name(at, size, "*"))
            any = is_wanted(at + size, end);
        at = end;
    }
    return any;
}
