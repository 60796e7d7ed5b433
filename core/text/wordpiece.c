/* Words into pieces, the longest first. */
#include "text/wordpiece.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "text/utf8.h"

/* The node that a string leads to. */
static bool find_node(const double_array *pieces, const char *string, uint32_t *node)
{
    *node = DOUBLE_ARRAY_ROOT;
    while (*string != '\0')
        if (!double_array_step(pieces, node, (uint8_t)*string++))
            return false;
    return true;
}

static bool find_piece(const double_array *pieces, const char *string, uint32_t *value)
{
    uint32_t node;
    return find_node(pieces, string, &node) && double_array_value(pieces, node, value);
}

bt_status wordpiece_read(double_array pieces, size_t n_pieces, wordpiece *out, bt_error *error)
{
    *out = (wordpiece){.pieces = pieces};
    if (!double_array_is_valid(&pieces, n_pieces))
        return error_set(error, BT_CORRUPT, "section pieces is not a vocabulary of %zu pieces", n_pieces);
    if (!find_piece(&pieces, "[UNK]", &out->unknown) || !find_piece(&pieces, "[CLS]", &out->begin) ||
        !find_piece(&pieces, "[SEP]", &out->end) || !find_node(&pieces, "##", &out->inner))
        return error_set(error, BT_CORRUPT, "section pieces lacks [UNK], [CLS], [SEP] or pieces with ##");
    return BT_OK;
}

/* The longest piece at the start of word[length], from `node` on; 0: none. */
static size_t longest_piece(const double_array *pieces, uint32_t node, const char *word, size_t length, uint32_t *piece)
{
    size_t longest = 0;
    for (size_t i = 0; i < length && double_array_step(pieces, &node, (uint8_t)word[i]); i++) {
        uint32_t value;
        if (double_array_value(pieces, node, &value)) {
            *piece = value;
            longest = i + 1;
        }
    }
    return longest;
}

static bool has_too_many_characters(const char *word, size_t length)
{
    size_t n = 0;
    for (size_t i = 0; i < length; i++)
        n += ((uint8_t)word[i] & 0xC0) != 0x80;
    return n > WORDPIECE_CHARACTERS_MAX;
}

/* Appends the pieces of a word, or [UNK]; false: no memory. */
static bool add_word(const wordpiece *w, const char *word, size_t length, token_list *out)
{
    const size_t before = out->n;
    uint32_t piece = 0;
    size_t at = has_too_many_characters(word, length) ? length + 1 : 0;
    while (at < length) {
        const size_t n = longest_piece(&w->pieces, at == 0 ? DOUBLE_ARRAY_ROOT : w->inner, word + at, length - at, &piece);
        at = n > 0 ? at + n : length + 1;
        if (n > 0 && !token_list_add(out, piece))
            return false;
    }
    if (at == length)
        return true;
    out->n = before;
    return token_list_add(out, w->unknown);
}

bt_status wordpiece_tokens(const wordpiece *w, const char *text, size_t length, size_t n_max, token_list *out, bt_error *error)
{
    char *words;
    size_t n = 0;
    const bt_status status = wordpiece_normalize(text, length, &words, &n, error);
    if (status != BT_OK)
        return status;
    const size_t last = out->n + n_max - 1; /* where [SEP] stands at the latest */
    bool ok = token_list_add(out, w->begin);
    for (size_t at = 0; ok && at < n && out->n < last;) {
        const char *blank = memchr(words + at, ' ', n - at);
        const size_t word = blank == NULL ? n - at : (size_t)(blank - (words + at));
        ok = add_word(w, words + at, word, out);
        at += word + 1;
    }
    if (ok && out->n > last)
        out->n = last;
    ok = ok && token_list_add(out, w->end);
    bt_free(words);
    return ok ? BT_OK : error_no_memory(error, "cutting a text into tokens");
}
