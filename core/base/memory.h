/* Allocation inside libbutaca, over the door of butaca/memory.h. Sizes are products that are checked for overflow; NULL means
 * that there was no memory. Release with bt_free. A size of 0 gives a valid pointer to nothing.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#include "butaca/memory.h"

enum { MEMORY_ALIGNMENT = 64 }; /* of memory_aligned: a cache line, and the widest vector */

void *memory_array(size_t count, size_t size);                /* not initialised */
void *memory_zeroed(size_t count, size_t size);               /* all bytes 0 */
void *memory_aligned(size_t count, size_t size);              /* 64-byte aligned, not initialised; not for memory_resized */
void *memory_scattered(size_t count, size_t size);            /* the same, for rows that are read in no order: in huge pages */
void *memory_resized(void *block, size_t count, size_t size); /* as realloc; block unchanged on failure */
char *memory_string(const char *text, size_t length);         /* a NUL-terminated copy of length bytes */

/* Room for one more item of `size` bytes behind the n that are there: half as much again, so that memory stays in proportion.
 * False without memory, and nothing has changed. */
bool memory_reserve(void **items, size_t n, size_t *capacity, size_t size);

#endif
