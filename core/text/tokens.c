/* Lists that double when they are full. */
#include "text/tokens.h"

#include <string.h>

#include "base/memory.h"

/* Room for n + n_more items of `size` bytes: the list, moved if it had to grow; NULL: no memory, the list is unchanged. */
static void *grown(void *items, size_t n, size_t n_more, size_t *room, size_t size)
{
    if (n + n_more <= *room)
        return items;
    size_t wanted = *room < 32 ? 64 : 2 * *room;
    if (wanted < n + n_more)
        wanted = n + n_more;
    void *moved = memory_resized(items, wanted, size);
    if (moved != NULL)
        *room = wanted;
    return moved;
}

bool token_list_reserve(token_list *t, size_t n_more)
{
    uint32_t *ids = grown(t->ids, t->n, n_more, &t->room, sizeof *ids);
    if (ids != NULL)
        t->ids = ids;
    return ids != NULL || n_more == 0;
}

bool token_list_add(token_list *t, uint32_t id)
{
    if (!token_list_reserve(t, 1))
        return false;
    t->ids[t->n++] = id;
    return true;
}

bool text_bytes_reserve(text_bytes *b, size_t n_more)
{
    char *bytes = grown(b->bytes, b->n, n_more, &b->room, 1);
    if (bytes != NULL)
        b->bytes = bytes;
    return bytes != NULL || n_more == 0;
}

bool text_bytes_add(text_bytes *b, const char *bytes, size_t n)
{
    if (!text_bytes_reserve(b, n))
        return false;
    if (n > 0)
        memcpy(b->bytes + b->n, bytes, n);
    b->n += n;
    return true;
}
