/* Keys are hashed by XXH3; a full table doubles at three quarters. Finishing sorts the keys and then moves each pair to the next
 * free place of its key's list, so it costs n log n comparisons of keys and one pass over the pairs.
 */
#include "search/lookup.h"

#include <stdlib.h>
#include <string.h>

#include "base/checksum.h"
#include "base/error.h"
#include "base/memory.h"

/* --- reading --------------------------------------------------------------------------------------------------------- */

void lookup_free(lookup *t)
{
    const void *const arrays[] = {t->text, t->offset, t->start, t->values, t->letters};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        bt_free((void *)(uintptr_t)arrays[i]);
    *t = (lookup){0};
}

size_t lookup_bytes(const lookup *t)
{
    if (t->offset == NULL)
        return 0;
    return t->offset[t->n_keys] + (3 * t->n_keys + 2 + t->start[t->n_keys]) * sizeof(uint32_t);
}

uint32_t letters_of(const char *text, size_t length)
{
    enum { DIGITS = 26, BLANK = 28, OTHER, FOREIGN };
    uint32_t letters = 0;
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)text[i];
        unsigned bit = c >= 0x80 ? FOREIGN : c == ' ' ? BLANK : OTHER;
        if (c >= 'a' && c <= 'z')
            bit = c - (unsigned)'a';
        else if (c >= '0' && c <= '9')
            bit = DIGITS + (c >= '5');
        letters |= UINT32_C(1) << bit;
    }
    return letters;
}

/* Order of a key and a text by bytes, as far as the text goes: 0 if the key begins with it. */
static int compare_beginning(const lookup *t, size_t key, const char *text, size_t length)
{
    const size_t n = lookup_key_length(t, key);
    const int order = memcmp(lookup_key(t, key), text, n < length ? n : length);
    return order != 0 ? order : n < length ? -1 : 0;
}

size_t lookup_lower(const lookup *t, const char *text, size_t length)
{
    size_t low = 0, high = t->n_keys;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (compare_beginning(t, middle, text, length) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t lookup_find(const lookup *t, const char *text, size_t length)
{
    const size_t key = lookup_lower(t, text, length);
    return key < t->n_keys && lookup_key_length(t, key) == length && compare_beginning(t, key, text, length) == 0 ? key
                                                                                                                  : SIZE_MAX;
}

size_t lookup_prefix_end(const lookup *t, size_t first, const char *text, size_t length)
{
    size_t low = first, high = t->n_keys;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (compare_beginning(t, middle, text, length) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool key_is_valid(const lookup *t, size_t key)
{
    const uint32_t begin = t->offset[key], end = t->offset[key + 1];
    const bool whole = end > begin + 1 && t->text[end - 1] == '\0' && strlen(t->text + begin) == end - begin - 1;
    return whole && t->letters[key] == letters_of(t->text + begin, end - begin - 1) &&
           (key == 0 || strcmp(lookup_key(t, key - 1), lookup_key(t, key)) < 0);
}

bool lookup_is_valid(const lookup *t, size_t n_text, size_t n_values, unsigned shift, uint32_t limit)
{
    const size_t n = t->n_keys;
    if (t->offset[0] != 0 || t->offset[n] != n_text || t->start[0] != 0 || t->start[n] != n_values)
        return false;
    for (size_t key = 0; key < n; key++)
        if (t->offset[key] >= t->offset[key + 1] || t->offset[key + 1] > n_text || t->start[key] > t->start[key + 1])
            return false;
    for (size_t key = 0; key < n; key++)
        if (!key_is_valid(t, key))
            return false;
    for (size_t i = 0; i < n_values; i++)
        if (t->values[i] >> shift >= limit)
            return false;
    return true;
}

/* --- making ---------------------------------------------------------------------------------------------------------- */

void lookup_builder_free(lookup_builder *b)
{
    bt_free(b->text);
    bt_free(b->offset);
    bt_free(b->last);
    bt_free(b->slots);
    bt_free(b->pairs);
    *b = (lookup_builder){0};
}

/* Room for `more` items after n; *items stays as it was on failure. */
static bool make_room(void *items, size_t n, size_t more, size_t *room, size_t size)
{
    if (*room - n >= more)
        return true;
    const size_t larger = 2 * *room + more + 64;
    void *block;
    memcpy(&block, items, sizeof block);
    block = memory_resized(block, larger, size);
    if (block == NULL)
        return false;
    memcpy(items, &block, sizeof block);
    *room = larger;
    return true;
}

static size_t slot_of(const lookup_builder *b, const char *text, size_t length)
{
    size_t slot = (size_t)checksum_of(text, length) & (b->n_slots - 1);
    for (; b->slots[slot] != 0; slot = (slot + 1) & (b->n_slots - 1)) {
        const char *key = b->text + b->offset[b->slots[slot] - 1];
        if (strncmp(key, text, length) == 0 && key[length] == '\0')
            break;
    }
    return slot;
}

static bool grow_slots(lookup_builder *b)
{
    if (b->n_slots > 0 && 4 * (b->n_keys + 1) <= 3 * b->n_slots)
        return true;
    const size_t n_slots = b->n_slots > 0 ? 2 * b->n_slots : 1024;
    uint32_t *slots = memory_zeroed(n_slots, sizeof *slots);
    if (slots == NULL)
        return false;
    bt_free(b->slots);
    b->slots = slots;
    b->n_slots = n_slots;
    for (size_t i = 0; i < b->n_keys; i++) {
        const char *key = b->text + b->offset[i];
        b->slots[slot_of(b, key, strlen(key))] = (uint32_t)i + 1;
    }
    return true;
}

static bool add_key(lookup_builder *b, size_t slot, const char *text, size_t length)
{
    size_t last_room = b->key_room;
    if (!make_room(&b->text, b->n_text, length + 1, &b->text_room, 1) ||
        !make_room(&b->last, b->n_keys, 1, &last_room, sizeof *b->last) ||
        !make_room(&b->offset, b->n_keys, 1, &b->key_room, sizeof *b->offset))
        return false;
    memcpy(b->text + b->n_text, text, length);
    b->text[b->n_text + length] = '\0';
    b->offset[b->n_keys] = (uint32_t)b->n_text;
    b->last[b->n_keys] = UINT32_MAX;
    b->n_text += length + 1;
    b->slots[slot] = (uint32_t)++b->n_keys;
    return true;
}

bt_status lookup_add(lookup_builder *b, const char *text, size_t length, uint32_t value, uint32_t count_mask, bt_error *error)
{
    static const char doing[] = "making the search index";
    if (b->n_text + length >= UINT32_MAX || b->n_pairs >= UINT32_MAX - 1)
        return error_set(error, BT_LIMIT, "the films have more text than a search index holds (4 GiB of words)");
    if (!grow_slots(b))
        return error_no_memory(error, doing);
    const size_t slot = slot_of(b, text, length);
    if (b->slots[slot] == 0 && !add_key(b, slot, text, length))
        return error_no_memory(error, doing);
    const uint32_t key = b->slots[slot] - 1;
    uint32_t *last = b->last[key] != UINT32_MAX ? &b->pairs[b->last[key]].value : NULL;
    if (last != NULL && ((*last ^ value) & ~count_mask) == 0) {
        *last += (*last & count_mask) < count_mask;
        return BT_OK;
    }
    if (!make_room(&b->pairs, b->n_pairs, 1, &b->pair_room, sizeof *b->pairs))
        return error_no_memory(error, doing);
    b->last[key] = (uint32_t)b->n_pairs;
    b->pairs[b->n_pairs++] = (lookup_pair){key, value};
    return BT_OK;
}

/* --- finishing ------------------------------------------------------------------------------------------------------- */

static int compare_texts(const void *x, const void *y)
{
    const char *const *a = x, *const *b = y;
    return strcmp(*a, *b);
}

/* A table that is being written. */
typedef struct draft {
    char *text;
    uint32_t *offset, *start, *values, *letters;
} draft;

static bool take_memory(const lookup_builder *b, draft *t)
{
    t->text = memory_array(b->n_text, 1);
    t->offset = memory_array(b->n_keys + 1, sizeof *t->offset);
    t->start = memory_zeroed(b->n_keys + 1, sizeof *t->start);
    t->values = memory_array(b->n_pairs, sizeof *t->values);
    t->letters = memory_array(b->n_keys, sizeof *t->letters);
    return t->text != NULL && t->offset != NULL && t->start != NULL && t->values != NULL && t->letters != NULL;
}

/* Writes the keys in order; rank[i] gets the place of the builder's key i. */
static bool write_keys(const lookup_builder *b, draft *t, uint32_t *rank)
{
    const char **keys = memory_array(b->n_keys, sizeof *keys);
    if (keys == NULL)
        return false;
    for (size_t i = 0; i < b->n_keys; i++)
        keys[i] = b->text + b->offset[i];
    qsort(keys, b->n_keys, sizeof *keys, compare_texts);
    size_t at = 0;
    for (size_t i = 0; i < b->n_keys; i++) {
        const size_t size = strlen(keys[i]) + 1;
        memcpy(t->text + at, keys[i], size);
        t->offset[i] = (uint32_t)at;
        t->letters[i] = letters_of(keys[i], size - 1);
        rank[b->slots[slot_of(b, keys[i], size - 1)] - 1] = (uint32_t)i;
        at += size;
    }
    t->offset[b->n_keys] = (uint32_t)at;
    bt_free(keys);
    return true;
}

/* A counting sort by key: start[k] goes from the length of list k - 1 to its begin, and is moved on by each value written. */
static void write_values(const lookup_builder *b, draft *t, const uint32_t *rank)
{
    for (size_t i = 0; i < b->n_pairs; i++)
        t->start[rank[b->pairs[i].key] + 1]++;
    for (size_t k = 0; k < b->n_keys; k++)
        t->start[k + 1] += t->start[k];
    for (size_t i = 0; i < b->n_pairs; i++)
        t->values[t->start[rank[b->pairs[i].key]]++] = b->pairs[i].value;
    for (size_t k = b->n_keys; k > 0; k--) /* each now holds the begin of the next */
        t->start[k] = t->start[k - 1];
    t->start[0] = 0;
}

bt_status lookup_finish(const lookup_builder *b, lookup *out, bt_error *error)
{
    draft t = {0};
    uint32_t *rank = memory_array(b->n_keys, sizeof *rank);
    const bool made = rank != NULL && take_memory(b, &t) && write_keys(b, &t, rank);
    if (made)
        write_values(b, &t, rank);
    *out = (lookup){t.text, t.offset, t.start, t.values, t.letters, b->n_keys};
    if (!made)
        lookup_free(out);
    bt_free(rank);
    return made ? BT_OK : error_no_memory(error, "making the search index");
}
