/* The best of many: a heap whose worst is on top. */
#include <stdlib.h>

#include "search/vectors.h"

bool vectors_is_better(const vectors_found *a, const vectors_found *b)
{
    if (a->score > b->score || a->score < b->score)
        return a->score > b->score;
    return a->film < b->film;
}

static void sift_down(vectors_found *heap, size_t n, size_t i)
{
    for (size_t child = 2 * i + 1; child < n; i = child, child = 2 * i + 1) {
        if (child + 1 < n && vectors_is_better(&heap[child], &heap[child + 1]))
            child++;
        if (!vectors_is_better(&heap[i], &heap[child]))
            return;
        const vectors_found moved = heap[i];
        heap[i] = heap[child];
        heap[child] = moved;
    }
}

void vectors_offer(vectors_found *heap, size_t *n, size_t limit, vectors_found one)
{
    if (*n < limit) {
        heap[(*n)++] = one;
        for (size_t i = limit / 2; *n == limit && i-- > 0;)
            sift_down(heap, limit, i);
    } else if (vectors_is_better(&one, &heap[0])) {
        heap[0] = one;
        sift_down(heap, limit, 0);
    }
}

static int best_first(const void *x, const void *y)
{
    return vectors_is_better(x, y) ? -1 : vectors_is_better(y, x);
}

void vectors_sort(vectors_found *found, size_t n)
{
    if (n > 0)
        qsort(found, n, sizeof *found, best_first);
}
