/* Binary search by an ascending u32 (film ids): in an array of them, or of structs that begin with one. */
#ifndef BASE_SORTED_H
#define BASE_SORTED_H

#include <stddef.h>
#include <stdint.h>

/* The index of the item, of `size` bytes each, whose first member is value; or SIZE_MAX. */
static inline size_t sorted_find_in(const void *items, size_t n, size_t size, uint32_t value)
{
    size_t low = 0, high = n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const uint32_t *key = (const void *)((const char *)items + middle * size);
        if (*key == value)
            return middle;
        if (*key < value)
            low = middle + 1;
        else
            high = middle;
    }
    return SIZE_MAX;
}

/* The index of value, or SIZE_MAX. */
static inline size_t sorted_find(const uint32_t *values, size_t n, uint32_t value)
{
    return sorted_find_in(values, n, sizeof *values, value);
}

#endif
