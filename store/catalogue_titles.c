/* Look-up by a title as a person types it, over the one question that a back end answers: which films have a title with this key,
 * or one that begins with it?
 *
 * Leaving out an article is 18 such questions ("matrix", "the matrix", "el matrix", …), each an index look-up, in place of a
 * second key stored with every title.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "butaca/memory.h"
#include "butaca/text.h"
#include "store/catalogue_backend.h"
#include "text/title.h"

typedef struct title_search {
    catalogue *c;
    arena *a;
    size_t limit;
    int year;
    title_list found;
} title_search;

static bt_status probe(title_search *s, const char *key, bool prefix, bt_error *error)
{
    const title_probe p = {.key = key, .prefix = prefix, .year = s->year, .limit = s->limit};
    return s->c->ops->titles(s->c, &p, s->a, &s->found, error);
}

/* The key as it is, and with each article before it. */
static bt_status probe_articles(title_search *s, const char *bare, bool prefix, bt_error *error)
{
    bt_status status = probe(s, bare, prefix, error);
    for (size_t i = 0; title_leading_articles[i] != NULL && status == BT_OK; i++) {
        const char *key = arena_format(s->a, "%s %s", title_leading_articles[i], bare);
        status = key != NULL ? probe(s, key, prefix, error) : error_no_memory(error, "looking up a title");
    }
    return status;
}

/* The exact titles, else those that differ by the article. */
static bt_status find_exact(title_search *s, const char *text, size_t length, bt_error *error)
{
    char *key = NULL;
    bt_status status = bt_title_key(text, length, &key, error);
    if (status == BT_OK && key[0] != '\0')
        status = probe(s, key, false, error);
    if (status == BT_OK && key[0] != '\0' && s->found.n == 0)
        status = probe_articles(s, bt_title_key_bare(key), false, error);
    bt_free(key);
    return status;
}

/* Titles that begin with the text. "matr" begins "The Matrix" too; with an article it was meant. */
static bt_status find_beginning(title_search *s, const char *text, size_t length, bt_error *error)
{
    char *key = NULL;
    bt_status status = bt_title_key(text, length, &key, error);
    if (status == BT_OK && key[0] != '\0')
        status = bt_title_key_bare(key) == key ? probe_articles(s, key, true, error) : probe(s, key, true, error);
    bt_free(key);
    return status;
}

static bt_status find(title_search *s, const char *text, size_t length, bt_error *error)
{
    bt_status status = find_exact(s, text, length, error);
    const size_t shorter = title_before_parenthesis(text, length);
    if (status == BT_OK && s->found.n == 0 && shorter < length)
        status = find_exact(s, text, shorter, error);
    if (status == BT_OK && s->found.n == 0)
        status = find_beginning(s, text, length, error);
    return status;
}

static int compare_matches(const void *x, const void *y)
{
    const title_match *s = x, *t = y;
    if (s->year != t->year)
        return s->year < t->year ? -1 : 1;
    return (s->id > t->id) - (s->id < t->id);
}

/* In the order of year and id, each film once, at most `limit`. */
static size_t arrange(title_list *found, size_t limit)
{
    size_t n = 0;
    if (found->n > 0)
        qsort(found->items, found->n, sizeof *found->items, compare_matches);
    for (size_t i = 0; i < found->n && n < limit; i++)
        if (n == 0 || found->items[n - 1].id != found->items[i].id)
            found->items[n++] = found->items[i];
    return n;
}

bt_status catalogue_find_title(catalogue *c, const char *title, size_t limit, arena *a, title_match **out, size_t *n,
                               bt_error *error)
{
    *out = NULL;
    *n = 0;
    size_t length = strnlen(title, CATALOGUE_TITLE_MAX + 1);
    if (length > CATALOGUE_TITLE_MAX)
        return error_set(error, BT_LIMIT, "the title to look up has more than %d bytes: shorten it", CATALOGUE_TITLE_MAX);

    title_search s = {.c = c, .a = a, .limit = limit};
    s.year = title_split_year(title, &length);
    const bt_status status = find(&s, title, length, error);
    if (status == BT_OK) {
        *n = arrange(&s.found, limit);
        *out = s.found.items;
    }
    return status;
}
