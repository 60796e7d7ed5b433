/* Binary search in an ascending array of u32 (film ids). */
#ifndef BASE_SORTED_H
#define BASE_SORTED_H

#include <stddef.h>
#include <stdint.h>

/* The index of value, or SIZE_MAX. */
static inline size_t sorted_find(const uint32_t *values, size_t n, uint32_t value)
{
    size_t low = 0, high = n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (values[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && values[low] == value ? low : SIZE_MAX;
}

#endif
