/* The allocator door: all memory of libbutaca comes through these three functions. */
#ifndef BUTACA_MEMORY_H
#define BUTACA_MEMORY_H

#include <stddef.h>

#include "butaca/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bt_allocator {
    void *(*allocate)(void *context, size_t size, size_t alignment); /* size > 0; alignment a power of two; NULL: none left */
    void *(*resize)(void *context, void *block, size_t size); /* as realloc; only blocks of alignof(max_align_t) come here */
    void (*release)(void *context, void *block);              /* block may be NULL */
    void *context;
} bt_allocator;

/* Replaces the allocator; NULL brings back malloc. Call it before anything else of libbutaca and never while memory is held:
 * blocks are released through the allocator that is set then. */
BT_API void bt_set_allocator(const bt_allocator *allocator);

/* Releases what a function of libbutaca documents as "free with bt_free". NULL is fine. */
BT_API void bt_free(void *block);

#ifdef __cplusplus
}
#endif
#endif
