/* Building and checking double arrays. Nodes are placed depth first; each takes the first base, in the last few blocks of 256
 * units, where all of its children fit. Blocks further back are as good as full. The first block holds the root alone: nodes
 * without children have base 0, and find nothing there. */
#include "text/double_array.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { BLOCK = 256, BLOCKS_TRIED = 8 };

bool double_array_is_valid(const double_array *a, size_t n_values)
{
    if (a->n_units == 0 || a->n_units % BLOCK != 0 || a->n_units > UINT32_MAX)
        return false;
    for (size_t i = 0; i < a->n_units; i++)
        if (a->units[i].base >= a->n_units || a->units[i].label_value >> 8 > n_values)
            return false;
    return true;
}

/* --- building ------------------------------------------------------------------------------------------------------ */

typedef struct builder {
    double_array_unit *units;
    uint8_t *base_taken; /* by unit number */
    size_t n_units, room;
    const double_array_string *strings; /* ascending */
} builder;

static bool builder_add_block(builder *b)
{
    if (b->n_units == b->room) {
        const size_t room = b->room == 0 ? 64 * BLOCK : 2 * b->room;
        double_array_unit *units = memory_resized(b->units, room, sizeof *units);
        if (units == NULL)
            return false;
        b->units = units;
        uint8_t *taken = memory_resized(b->base_taken, room, 1);
        if (taken == NULL)
            return false;
        b->base_taken = taken;
        b->room = room;
    }
    memset(b->units + b->n_units, 0, BLOCK * sizeof *b->units);
    memset(b->base_taken + b->n_units, 0, BLOCK);
    b->n_units += BLOCK;
    return true;
}

static bool fits(const builder *b, size_t base, const uint8_t *labels, size_t n_labels)
{
    if (b->base_taken[base])
        return false;
    for (size_t i = 0; i < n_labels; i++)
        if ((uint8_t)b->units[base ^ labels[i]].label_value != 0)
            return false;
    return true;
}

/* A base for children with these labels; false: no memory. */
static bool find_base(builder *b, const uint8_t *labels, size_t n_labels, uint32_t *base)
{
    const size_t behind = BLOCKS_TRIED * (size_t)BLOCK;
    for (size_t at = b->n_units > behind + BLOCK ? b->n_units - behind : BLOCK; at < b->n_units; at++) {
        if (fits(b, at, labels, n_labels)) {
            *base = (uint32_t)at;
            return true;
        }
    }
    if (!builder_add_block(b))
        return false;
    *base = (uint32_t)(b->n_units - BLOCK);
    return true;
}

/* Places what follows `node`: the strings [from, to), which agree in their first `depth` bytes. */
static bool place(builder *b, uint32_t node, size_t from, size_t to,
                  size_t depth) // NOLINT(misc-no-recursion): depth is bounded
{
    if (b->strings[from].length == depth) { /* the shortest comes first */
        b->units[node].label_value |= (b->strings[from].value + 1) << 8;
        from++;
    }
    uint8_t labels[BLOCK];
    size_t starts[BLOCK + 1], n_labels = 0;
    for (size_t i = from; i < to; i++) {
        const uint8_t label = (uint8_t)b->strings[i].bytes[depth];
        if (n_labels == 0 || labels[n_labels - 1] != label) {
            labels[n_labels] = label;
            starts[n_labels++] = i;
        }
    }
    if (n_labels == 0)
        return true;
    starts[n_labels] = to;
    uint32_t base = 0;
    if (!find_base(b, labels, n_labels, &base))
        return false;
    b->base_taken[base] = 1;
    b->units[node].base = base;
    for (size_t i = 0; i < n_labels; i++)
        b->units[base ^ labels[i]].label_value = labels[i];
    for (size_t i = 0; i < n_labels; i++)
        if (!place(b, base ^ labels[i], starts[i], starts[i + 1], depth + 1))
            return false;
    return true;
}

static int compare(const void *x, const void *y)
{
    const double_array_string *a = x, *b = y;
    const int order = memcmp(a->bytes, b->bytes, a->length < b->length ? a->length : b->length);
    return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

static bt_status check_strings(const double_array_string *strings, size_t n, bt_error *error)
{
    if (n == 0)
        return error_set(error, BT_INVALID_ARGUMENT, "a vocabulary without strings");
    for (size_t i = 0; i < n; i++) {
        const double_array_string *s = &strings[i];
        if (s->length == 0 || s->length > DOUBLE_ARRAY_LENGTH_MAX || memchr(s->bytes, 0, s->length) != NULL)
            return error_set(error, BT_BAD_FORMAT,
                             "string %u of the vocabulary has %zu bytes, expected 1 to %d, none of them 0", (unsigned)s->value,
                             s->length, DOUBLE_ARRAY_LENGTH_MAX);
        if (s->value > DOUBLE_ARRAY_VALUES_MAX)
            return error_set(error, BT_LIMIT, "number %u in a vocabulary, at most %d", (unsigned)s->value,
                             DOUBLE_ARRAY_VALUES_MAX);
        if (i > 0 && compare(&strings[i - 1], s) == 0)
            return error_set(error, BT_BAD_FORMAT, "strings %u and %u of the vocabulary are the same",
                             (unsigned)strings[i - 1].value, (unsigned)s->value);
    }
    return BT_OK;
}

bt_status double_array_build(double_array_string *strings, size_t n, double_array *out, bt_error *error)
{
    *out = (double_array){0};
    if (n > 0)
        qsort(strings, n, sizeof *strings, compare);
    const bt_status status = check_strings(strings, n, error);
    if (status != BT_OK)
        return status;
    builder b = {.strings = strings};
    if (!builder_add_block(&b) || !place(&b, DOUBLE_ARRAY_ROOT, 0, n, 0)) {
        bt_free(b.units);
        bt_free(b.base_taken);
        return error_no_memory(error, "building a vocabulary");
    }
    bt_free(b.base_taken);
    *out = (double_array){b.units, b.n_units};
    return BT_OK;
}
