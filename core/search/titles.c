/* Which films a query means by their titles. Whole titles and beginnings are neighbours in the sorted table of title keys; only where
 * none fits are keys looked for that are spelt nearly so.
 */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "butaca/text.h"
#include "search/index.h"
#include "search/near.h"
#include "text/title.h"

typedef struct title_search {
    const bt_search_index *index;
    uint8_t *match;
    int year; /* that the query names; 0: none */
    bool prefix;
    size_t length; /* of the key that is looked for */
    uint8_t best;  /* of all films so far */
} title_search;

/* A film of another year than the one asked for may still be meant, but not before one of that year. */
static void mark(title_search *s, size_t key, bt_title_match match)
{
    const lookup *titles = &s->index->titles;
    for (uint32_t i = titles->start[key]; i < titles->start[key + 1]; i++) {
        const uint32_t film = titles->values[i];
        const bool other_year = s->year != 0 && s->index->years[film] != s->year;
        const uint8_t own = (uint8_t)(other_year && match > BT_TITLE_NEAR ? BT_TITLE_NEAR : match);
        s->match[film] = own > s->match[film] ? own : s->match[film];
        s->best = own > s->best ? own : s->best;
    }
}

static void mark_beginnings(title_search *s, const char *key, size_t length)
{
    const lookup *titles = &s->index->titles;
    const size_t first = lookup_lower(titles, key, length), end = lookup_prefix_end(titles, first, key, length);
    for (size_t i = first; i < end; i++) {
        const char next = lookup_key(titles, i)[length];
        if (next == '\0')
            mark(s, i, BT_TITLE_EXACT);
        else if (next == ' ')
            mark(s, i, BT_TITLE_BEGINS);
        else if (s->prefix)
            mark(s, i, BT_TITLE_NEAR);
    }
}

/* Keys under the bound of near_keys: one slip for titles from 4 letters, two from 8; beginnings a step lower. */
static void mark_near(void *context, size_t key, unsigned whole, unsigned beginning)
{
    title_search *s = context;
    const size_t length = lookup_key_length(&s->index->titles, key);
    const bool begins = s->prefix && (beginning <= 1 ? s->length >= 5 : beginning == 2 && s->length >= 10);
    if (whole == 1 && length >= 4)
        mark(s, key, BT_TITLE_NEAR);
    else if (begins || (whole <= 2 && length >= 8))
        mark(s, key, BT_TITLE_FAR);
}

static void match_key(title_search *s, const char *key)
{
    const char *bare = bt_title_key_bare(key);
    if (key[0] == '\0')
        return;
    mark_beginnings(s, key, strlen(key));
    if (bare != key && s->best == BT_TITLE_OTHER) /* "the wrong" is rather "The Wrong Man" than "Wrong" */
        mark_beginnings(s, bare, strlen(bare));
}

static void match_nearly(title_search *s, const char *key)
{
    s->length = strlen(key);
    const near_text text = {.text = key, .length = s->length, .bound = s->length < 7 ? 1 : 2, .whole = !s->prefix};
    if (s->best < BT_TITLE_BEGINS && s->length >= 3)
        near_keys(&s->index->titles, 0, s->index->titles.n_keys, &text, mark_near, s);
}

/* The year that a key ends with ("sabrina 1995"), cut off; 0 if it has none or is nothing else. */
static int cut_year(char *key)
{
    const size_t n = strlen(key);
    if (n < 6 || key[n - 5] != ' ' || strspn(key + n - 4, "0123456789") != 4)
        return 0;
    const int year = (key[n - 4] - '0') * 1000 + (key[n - 3] - '0') * 100 + (key[n - 2] - '0') * 10 + (key[n - 1] - '0');
    if (year < 1870 || year > 2199)
        return 0;
    key[n - 5] = '\0';
    return year;
}

bt_status titles_match(const bt_search_index *index, const char *query, size_t length, bool prefix, bool slips, uint8_t *match,
                       bt_error *error)
{
    title_search s = {.index = index, .prefix = prefix};
    s.match = match;
    char *key = NULL;
    s.year = title_split_year(query, &length);
    const bt_status status = words_title_key(query, length, &key, error);
    if (status != BT_OK)
        return status;
    match_key(&s, key);
    if (s.best < BT_TITLE_BEGINS && s.year == 0 && (s.year = cut_year(key)) != 0) {
        s.prefix = false;
        match_key(&s, key);
    }
    if (slips)
        match_nearly(&s, key);
    bt_free(key);
    return BT_OK;
}
