/* An arena: a list of blocks, the newest and largest first, each filled from its start.
 *
 *     head -> [header | used ...... free] -> [header | full] -> … -> NULL
 *
 * Taking is an addition and a comparison; a new block comes when the head is full (its rest is given up) and is twice as large,
 * up to 1 MiB, or as large as the one thing that asked for it. So an arena wastes at most half of what it holds.
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

enum { ARENA_FIRST = 4 << 10, ARENA_LARGEST = 1 << 20 };

struct arena_block {
    struct arena_block *next;
    size_t capacity; /* bytes behind this header */
    alignas(max_align_t) unsigned char bytes[];
};

static size_t next_capacity(const arena *a, size_t at_least)
{
    size_t capacity = a->head != NULL ? a->head->capacity * 2 : ARENA_FIRST;
    if (capacity > ARENA_LARGEST)
        capacity = ARENA_LARGEST;
    return capacity > at_least ? capacity : at_least;
}

static struct arena_block *add_block(arena *a, size_t at_least)
{
    const size_t capacity = next_capacity(a, at_least);
    struct arena_block *block = memory_array(1, sizeof *block + capacity);
    if (block == NULL)
        return NULL;
    block->next = a->head;
    block->capacity = capacity;
    a->head = block;
    a->used = 0;
    return block;
}

void *arena_take(arena *a, size_t size)
{
    if (size > PTRDIFF_MAX / 2)
        return NULL;
    const size_t alignment = alignof(max_align_t);
    const size_t rounded = size > 0 ? (size + alignment - 1) & ~(alignment - 1) : alignment;

    if (a->head == NULL || a->head->capacity - a->used < rounded) {
        if (add_block(a, rounded) == NULL)
            return NULL;
    }
    void *taken = a->head->bytes + a->used;
    a->used += rounded;
    return taken;
}

char *arena_string(arena *a, const char *text, size_t length)
{
    if (length == SIZE_MAX)
        return NULL;
    char *copy = arena_take(a, length + 1);
    if (copy == NULL)
        return NULL;
    if (length > 0)
        memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *arena_format(arena *a, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        return NULL;

    char *text = arena_take(a, (size_t)length + 1);
    if (text == NULL)
        return NULL;
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

static void free_blocks(struct arena_block *block)
{
    while (block != NULL) {
        struct arena_block *next = block->next;
        bt_free(block);
        block = next;
    }
}

void arena_clear(arena *a)
{
    if (a->head == NULL)
        return;
    free_blocks(a->head->next);
    a->head->next = NULL;
    a->used = 0;
}

void arena_free(arena *a)
{
    free_blocks(a->head);
    *a = (arena){0};
}
