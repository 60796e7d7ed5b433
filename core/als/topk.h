/* The k best of many scored films, exactly: the higher score first, of equal scores the smaller film number. Scores are numbers,
 * never NaN. A binary heap whose root is the worst that is kept; n offers cost n comparisons and O(k log k log n) moves when they
 * come in random order. */
#ifndef ALS_TOPK_H
#define ALS_TOPK_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct topk_entry {
    double score;
    uint32_t film; /* index in the model */
} topk_entry;

typedef struct topk {
    topk_entry *entries;
    size_t n, limit;
} topk;

bool topk_make(topk *t, size_t limit); /* false: no memory */
void topk_free(topk *t);
void topk_offer(topk *t, double score, uint32_t film);

/* What a score must reach to be kept: minus infinity until the list is full. */
static inline double topk_worst(const topk *t)
{
    return t->n < t->limit || t->n == 0 ? (double)-INFINITY : t->entries[0].score;
}

/* Best first in t->entries; returns how many there are. Nothing may be offered afterwards until topk_clear. */
size_t topk_sort(topk *t);
void topk_clear(topk *t);

#endif
