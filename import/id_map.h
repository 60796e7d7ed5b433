/* A hash map from a data set's ids to numbers (Butaca's film ids, positions): open addressing, linear probing, at most half full.
 * 16 to 32 bytes for each id. Keys and values are above 0. A zeroed map is empty and ready.
 */
#ifndef IMPORT_ID_MAP_H
#define IMPORT_ID_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct id_map_slot {
    uint32_t key, value; /* key 0: empty */
} id_map_slot;

typedef struct id_map {
    id_map_slot *slots;
    size_t n, capacity; /* capacity: 0 or a power of two */
} id_map;

void id_map_free(id_map *m);
bool id_map_put(id_map *m, uint32_t key, uint32_t value); /* replaces; false: no memory, the map is as before */

/* Ids of real data sets are dense: a multiplication spreads them (Knuth's multiplicative hashing). */
static inline size_t id_map_home(uint32_t key, size_t capacity)
{
    return (size_t)((uint64_t)key * UINT64_C(0x9E3779B97F4A7C15) >> 32) & (capacity - 1);
}

/* The value, or 0. */
static inline uint32_t id_map_get(const id_map *m, uint32_t key)
{
    if (m->capacity == 0)
        return 0;
    size_t at = id_map_home(key, m->capacity);
    while (m->slots[at].key != key && m->slots[at].key != 0)
        at = (at + 1) & (m->capacity - 1);
    return m->slots[at].key == key ? m->slots[at].value : 0;
}

#endif
