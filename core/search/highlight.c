/* Which words of a text a query is about. The keys that the query's words stand for are sorted, which is their order by bytes, too; each
 * word of a text, as it stands and by its stems, is looked for among them. Words closer than two bytes make one span.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "search/common.h"
#include "search/index.h"

struct bt_search_highlighter {
    const bt_search_index *index;
    stemmers snowball;
    uint32_t *keys; /* n_keys, ascending */
    size_t n_keys;
    bool begins[UCHAR_MAX +
                1]; /* whether a key's word begins with a byte: stems begin as their words do, so others needn't be made */
};

static int compare_keys(const void *x, const void *y)
{
    const uint32_t *a = x, *b = y;
    return *a < *b ? -1 : *a > *b;
}

static bool add_keys(bt_search_highlighter *h, const variants *v)
{
    uint32_t *keys = memory_resized(h->keys, h->n_keys + v->n, sizeof *keys);
    if (keys == NULL)
        return false;
    h->keys = keys;
    for (size_t i = 0; i < v->n; i++)
        keys[h->n_keys++] = v->items[i].key;
    return true;
}

static bt_status collect(bt_search_highlighter *h, const query_words *words, bt_error *error)
{
    variants *v = memory_array(1, sizeof *v);
    bt_status status = v != NULL ? BT_OK : error_no_memory(error, "highlighting");
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
    for (size_t i = 0; i < h->n_keys; i++)
        h->begins[(unsigned char)lookup_key(&h->index->words, h->keys[i])[1]] = true;
    bt_free(v);
    return status;
}

bt_status bt_search_highlighter_open(const bt_search_index *index, const char *query, bt_search_highlighter **out,
                                     bt_error *error)
{
    query_words words = {0};
    *out = NULL;
    bt_search_highlighter *h = memory_zeroed(1, sizeof *h);
    if (h == NULL)
        return error_no_memory(error, "highlighting");
    h->index = index;
    bt_status status = stemmers_open(&h->snowball, error);
    if (status == BT_OK)
        status = query_words_read(query, strlen(query), &words, error);
    if (status == BT_OK)
        status = collect(h, &words, error);
    bt_free(words.items);
    if (status == BT_OK)
        *out = h;
    else
        bt_search_highlighter_close(h);
    return status;
}

void bt_search_highlighter_close(bt_search_highlighter *h)
{
    if (h == NULL)
        return;
    bt_free(h->keys);
    stemmers_close(&h->snowball);
    bt_free(h);
}

/* --- one text -------------------------------------------------------------------------------------------------------- */

typedef struct marker {
    bt_search_highlighter *highlighter;
    bt_search_span *spans;
    size_t n, limit;
} marker;

static void mark(marker *m, const word *w)
{
    bt_search_span *last = m->n > 0 ? &m->spans[m->n - 1] : NULL;
    if (last != NULL && w->begin <= last->end + 1)
        last->end = w->end;
    else if (m->n < m->limit)
        m->spans[m->n++] = (bt_search_span){w->begin, w->end};
}

static bool is_meant(const bt_search_highlighter *h, const char *key)
{
    size_t low = 0, high = h->n_keys;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(lookup_key(&h->index->words, h->keys[middle]), key);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static bt_status look_at(void *context, const word *w, bt_error *error)
{
    marker *m = context;
    space_key keys[SPACES];
    if (!m->highlighter->begins[(unsigned char)w->text[0]])
        return BT_OK;
    const bt_status status = word_keys(&m->highlighter->snowball, w, keys, error);
    bool meant = false;
    for (size_t i = 0; i < SPACES && !meant && status == BT_OK; i++)
        meant = is_meant(m->highlighter, keys[i].text);
    if (meant)
        mark(m, w);
    return status;
}

bt_status bt_search_highlight(bt_search_highlighter *h, const char *text, bt_search_span *out, size_t limit, size_t *n,
                              bt_error *error)
{
    marker m = {.highlighter = h, .spans = out, .limit = limit};
    const bt_status status = words_each(text, strlen(text), look_at, &m, error);
    *n = status == BT_OK ? m.n : 0;
    return status;
}
