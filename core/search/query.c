/* A query's words, and the keys of the index that each of them stands for. */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "search/common.h"
#include "search/index.h"
#include "search/near.h"

/* --- words ----------------------------------------------------------------------------------------------------------- */

typedef struct reader {
    query_words *words;
    size_t length; /* of the query */
} reader;

static bt_status read_word(void *context, const word *w, bt_error *error)
{
    (void)error;
    const reader *r = context;
    query_words *words = r->words;
    if (words->n_read == BT_SEARCH_WORDS_MAX)
        return BT_OK;
    words->n_read++;
    size_t i = 0;
    while (i < words->n && strcmp(words->items[i].word.text, w->text) != 0)
        i++;
    if (i == words->n)
        words->items[words->n++] = (query_word){.word = *w};
    words->items[i].count++;
    words->items[i].open = words->items[i].open || w->end == r->length;
    return BT_OK;
}

static void leave_out_common(query_words *words)
{
    size_t n_said = 0;
    for (size_t i = 0; i < words->n; i++)
        n_said += !is_common_word(words->items[i].word.text);
    if (n_said < 2)
        return;
    size_t n = 0;
    for (size_t i = 0; i < words->n; i++)
        if (!is_common_word(words->items[i].word.text))
            words->items[n++] = words->items[i];
    words->n = n;
}

/* Makes forms of one word, told by their English stems, one word said more often; the one said first stays, and what may go on. */
static bt_status join_forms(query_words *words, bt_error *error)
{
    stemmers s;
    bt_status status = stemmers_open(&s, error);
    if (status != BT_OK)
        return status;
    size_t n = 0;
    char(*stems)[WORD_MAX + 1] = memory_array(words->n, sizeof *stems);
    if (stems == NULL)
        status = error_no_memory(error, "reading a query");
    for (size_t i = 0; i < words->n && status == BT_OK; i++) {
        const query_word *w = &words->items[i];
        size_t length = 0, same = 0;
        const char *text = stem(&s, WORD_ENGLISH, w->word.text, w->word.length, &length);
        if (text == NULL)
            status = error_no_memory(error, "reading a query");
        else {
            length = length < WORD_MAX ? length : WORD_MAX;
            memcpy(stems[n], text, length);
            stems[n][length] = '\0';
            while (!w->open && strcmp(stems[same], stems[n]) != 0)
                same++;
            same = w->open ? n : same;
            if (same == n)
                words->items[n++] = *w;
            else
                words->items[same].count += w->count;
        }
    }
    words->n = n;
    bt_free(stems);
    stemmers_close(&s);
    return status;
}

bt_status query_words_read(const char *query, size_t length, query_words *out, bt_error *error)
{
    reader r = {out, length < BT_SEARCH_QUERY_MAX ? length : BT_SEARCH_QUERY_MAX};
    *out = (query_words){.items = memory_array(BT_SEARCH_WORDS_MAX, sizeof *out->items)};
    if (out->items == NULL)
        return error_no_memory(error, "reading a query");
    bt_status status = words_each(query, r.length, read_word, &r, error);
    out->n_different = out->n;
    if (status == BT_OK && out->n >= LONG_FROM) {
        leave_out_common(out);
        status = join_forms(out, error);
    }
    if (status == BT_OK)
        return BT_OK;
    bt_free(out->items);
    *out = (query_words){0};
    return status;
}

/* --- what a word stands for ------------------------------------------------------------------------------------------- */

/* Letters from which a beginning, one slip, and two slips are allowed; a part's share of a whole word's weight. */
enum { PREFIX_FROM = 3, ONE_SLIP_FROM = 4, TWO_SLIPS_FROM = 8 };
static const double goes_on_weight = 0.5, slip_weight[NEAR_SLIPS_MAX + 1] = {1, 0.5, 0.25};

static void add_variant(variants *v, size_t key, double weight)
{
    for (size_t i = 0; i < v->n; i++)
        if (v->items[i].key == key)
            return; /* what came first weighs most */
    if (v->n < VARIANTS_MAX)
        v->items[v->n++] = (variant){(uint32_t)key, weight};
}

bt_status word_keys(stemmers *s, const word *w, space_key keys[SPACES], bt_error *error)
{
    keys[0].text[0] = SPACE_WORD;
    memcpy(keys[0].text + 1, w->text, w->length);
    keys[0].length = w->length + 1;
    keys[0].text[w->length + 1] = '\0';
    for (size_t i = 0; i < WORD_LANGUAGES; i++) {
        size_t n = 0;
        const char *text = stem(s, (word_language)i, w->text, w->length, &n);
        if (text == NULL)
            return error_no_memory(error, "reading a query");
        keys[1 + i].text[0] = space_of_language[i];
        memcpy(keys[1 + i].text + 1, text, n);
        keys[1 + i].length = n + 1;
        keys[1 + i].text[n + 1] = '\0';
    }
    return BT_OK;
}

static void add_beginnings(const lookup *words, char space, const word *w, variants *v)
{
    char key[WORD_MAX + 2];
    key[0] = space;
    memcpy(key + 1, w->text, w->length);
    const size_t first = lookup_lower(words, key, w->length + 1), end = lookup_prefix_end(words, first, key, w->length + 1);
    for (size_t i = first; i < end && v->n < VARIANTS_MAX; i++)
        add_variant(v, i, goes_on_weight);
}

typedef struct slip_search {
    const lookup *words;
    variants *variants;
} slip_search;

static void add_near(void *context, size_t key, unsigned whole, unsigned beginning)
{
    (void)beginning;
    const slip_search *s = context;
    const size_t length = lookup_key_length(s->words, key) - 1;
    if ((whole == 1 && length >= ONE_SLIP_FROM) || (whole == 2 && length >= TWO_SLIPS_FROM))
        add_variant(s->variants, key, slip_weight[whole]);
}

static void add_slips(const lookup *words, const space_key *k, variants *v)
{
    slip_search s = {words, v};
    const size_t first = lookup_lower(words, k->text, 1), end = lookup_prefix_end(words, first, k->text, 1);
    const near_text text = {
        .text = k->text, .length = k->length, .bound = k->length - 1 < TWO_SLIPS_FROM ? 1 : 2, .whole = true};
    near_keys(words, first, end, &text, add_near, &s);
}

bt_status variants_of(const bt_search_index *index, stemmers *s, const query_word *w, variant_rules rules, variants *out,
                      bt_error *error)
{
    space_key keys[SPACES];
    const lookup *words = &index->words;
    out->n = 0;
    const bt_status status = word_keys(s, &w->word, keys, error);
    if (status != BT_OK)
        return status;
    for (size_t i = 0; i < SPACES; i++) {
        const size_t key = lookup_find(words, keys[i].text, keys[i].length);
        if (key != SIZE_MAX)
            add_variant(out, key, 1);
    }
    if (rules.prefix && w->open && w->word.length >= PREFIX_FROM)
        for (size_t i = 0; i < SPACES; i++)
            add_beginnings(words, keys[i].text[0], &w->word, out);
    if (rules.slips && out->n == 0 && w->word.length >= ONE_SLIP_FROM)
        for (size_t i = 0; i < SPACES; i++)
            add_slips(words, &keys[i], out);
    return BT_OK;
}
