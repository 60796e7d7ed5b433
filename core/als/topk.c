/* Exact selection by a bounded heap. */
#include "als/topk.h"

#include <stdlib.h>

#include "base/memory.h"

static bool is_worse(topk_entry a, topk_entry b)
{
    return a.score < b.score || (a.score <= b.score && a.film > b.film);
}

bool topk_make(topk *t, size_t limit)
{
    *t = (topk){.entries = memory_array(limit, sizeof(topk_entry)), .limit = limit};
    return t->entries != NULL;
}

void topk_free(topk *t)
{
    bt_free(t->entries);
    *t = (topk){0};
}

void topk_clear(topk *t)
{
    t->n = 0;
}

static void sift_up(topk_entry *heap, size_t at)
{
    const topk_entry moved = heap[at];
    for (; at > 0 && is_worse(moved, heap[(at - 1) / 2]); at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = moved;
}

static void sift_down(topk_entry *heap, size_t n)
{
    const topk_entry moved = heap[0];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && is_worse(heap[child + 1], heap[child]))
            child++;
        if (!is_worse(heap[child], moved))
            break;
        heap[at] = heap[child];
    }
    heap[at] = moved;
}

void topk_offer(topk *t, double score, uint32_t film)
{
    const topk_entry entry = {score, film};
    if (t->n < t->limit) {
        t->entries[t->n] = entry;
        sift_up(t->entries, t->n++);
    } else if (t->limit > 0 && is_worse(t->entries[0], entry)) {
        t->entries[0] = entry;
        sift_down(t->entries, t->n);
    }
}

static int best_first(const void *left, const void *right)
{
    const topk_entry *a = left, *b = right;
    return is_worse(*a, *b) - is_worse(*b, *a);
}

size_t topk_sort(topk *t)
{
    qsort(t->entries, t->n, sizeof *t->entries, best_first);
    return t->n;
}
