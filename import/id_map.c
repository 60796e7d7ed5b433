/* Putting into the map of ids, and growing it. */
#include "import/id_map.h"

#include "base/memory.h"

void id_map_free(id_map *m)
{
    bt_free(m->slots);
    *m = (id_map){0};
}

/* The slot that has the key or is free for it; the map is never full. */
static id_map_slot *slot_of(const id_map *m, uint32_t key)
{
    size_t at = id_map_home(key, m->capacity);
    while (m->slots[at].key != key && m->slots[at].key != 0)
        at = (at + 1) & (m->capacity - 1);
    return &m->slots[at];
}

static bool grow(id_map *m)
{
    id_map larger = {.n = m->n, .capacity = m->capacity > 0 ? m->capacity * 2 : 64};
    larger.slots = memory_zeroed(larger.capacity, sizeof *larger.slots);
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < m->capacity; i++)
        if (m->slots[i].key != 0)
            *slot_of(&larger, m->slots[i].key) = m->slots[i];
    bt_free(m->slots);
    *m = larger;
    return true;
}

bool id_map_put(id_map *m, uint32_t key, uint32_t value)
{
    if (m->n * 2 >= m->capacity && !grow(m))
        return false;
    id_map_slot *slot = slot_of(m, key);
    m->n += slot->key == 0;
    *slot = (id_map_slot){key, value};
    return true;
}
