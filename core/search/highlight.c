/* Which words of a text a query is about. The keys that the query's words stand for are sorted; each word of the text is looked up in
 * the index, as it stands and by its stems, and its keys among them. Words closer than two bytes make one span.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/sorted.h"
#include "search/common.h"
#include "search/index.h"

typedef struct highlighter {
    const bt_search_index *index;
    stemmers snowball;
    variants *variants; /* of one word */
    uint32_t *keys;     /* n_keys, ascending */
    size_t n_keys;
    bt_search_span *spans;
    size_t n, limit;
} highlighter;

static int compare_keys(const void *x, const void *y)
{
    const uint32_t *a = x, *b = y;
    return *a < *b ? -1 : *a > *b;
}

static bool add_keys(highlighter *h, const variants *v)
{
    uint32_t *keys = memory_resized(h->keys, h->n_keys + v->n, sizeof *keys);
    if (keys == NULL)
        return false;
    h->keys = keys;
    for (size_t i = 0; i < v->n; i++)
        keys[h->n_keys++] = v->items[i].key;
    return true;
}

static bt_status collect(highlighter *h, const query_words *words, bt_error *error)
{
    variants *v = h->variants;
    bt_status status = BT_OK;
    bool any = false; /* a word that says something */
    for (size_t i = 0; i < words->n; i++)
        any = any || !is_common_word(words->items[i].word.text);
    for (size_t i = 0; i < words->n && status == BT_OK; i++) {
        if (any && is_common_word(words->items[i].word.text))
            continue;
        const variant_rules rules = {.prefix = true, .slips = true};
        status = variants_of(h->index, &h->snowball, &words->items[i], rules, v, error);
        if (status == BT_OK && !add_keys(h, v))
            status = error_no_memory(error, "highlighting");
    }
    if (h->n_keys > 0)
        qsort(h->keys, h->n_keys, sizeof *h->keys, compare_keys);
    return status;
}

static void mark(highlighter *h, const word *w)
{
    bt_search_span *last = h->n > 0 ? &h->spans[h->n - 1] : NULL;
    if (last != NULL && w->begin <= last->end + 1)
        last->end = w->end;
    else if (h->n < h->limit)
        h->spans[h->n++] = (bt_search_span){w->begin, w->end};
}

static bt_status look_at(void *context, const word *w, bt_error *error)
{
    highlighter *h = context;
    const query_word alone = {.word = *w};
    variants *v = h->variants;
    const bt_status status = variants_of(h->index, &h->snowball, &alone, (variant_rules){false, false}, v, error);
    bool meant = false;
    for (size_t i = 0; i < v->n && status == BT_OK; i++)
        meant = meant || sorted_find(h->keys, h->n_keys, v->items[i].key) != SIZE_MAX;
    if (meant)
        mark(h, w);
    return status;
}

bt_status bt_search_highlight(const bt_search_index *index, const char *query, const char *text, bt_search_span *out,
                              size_t limit, size_t *n, bt_error *error)
{
    highlighter h = {.index = index, .spans = out, .limit = limit};
    query_words words = {0};
    *n = 0;
    bt_status status = stemmers_open(&h.snowball, error);
    h.variants = memory_array(1, sizeof *h.variants);
    if (status == BT_OK && h.variants == NULL)
        status = error_no_memory(error, "highlighting");
    if (status == BT_OK)
        status = query_words_read(query, strlen(query), &words, error);
    if (status == BT_OK)
        status = collect(&h, &words, error);
    if (status == BT_OK)
        status = words_each(text, strlen(text), look_at, &h, error);
    if (status == BT_OK)
        *n = h.n;
    bt_free(words.items);
    bt_free(h.keys);
    bt_free(h.variants);
    stemmers_close(&h.snowball);
    return status;
}
