/* An arena: many small allocations that live and die together (the strings of a catalogue row, of an import batch).
 *
 * Blocks double from 4 KiB to 1 MiB; freeing is one call. A zeroed arena is ready to use.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena_block;

typedef struct arena {
    struct arena_block *head;
    size_t used; /* bytes of the head block */
} arena;

void *arena_take(arena *a, size_t size);                       /* aligned to max_align_t; NULL: no memory */
char *arena_string(arena *a, const char *text, size_t length); /* NUL-terminated copy */
char *arena_format(arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
void arena_clear(arena *a); /* keeps one block for reuse */
void arena_free(arena *a);  /* back to zeroed */

#endif
