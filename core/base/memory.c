/* The allocator door: one table of three functions that all memory of libbutaca goes through, malloc unless it is replaced. */
#define _DEFAULT_SOURCE /* madvise; POSIX has no huge pages */
#include "base/memory.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { HUGE_PAGE = 2 << 20 }; /* bytes, of x86-64 and of arm64 with pages of 4 KiB */

static void *malloc_allocate(void *context, size_t size, size_t alignment)
{
    (void)context;
    if (alignment <= alignof(max_align_t))
        return malloc(size);
    void *block = NULL;
    return posix_memalign(&block, alignment, size) == 0 ? block : NULL;
}

static void *malloc_resize(void *context, void *block, size_t size)
{
    (void)context;
    return realloc(block, size);
}

static void malloc_release(void *context, void *block)
{
    (void)context;
    free(block);
}

static const bt_allocator malloc_allocator = {malloc_allocate, malloc_resize, malloc_release, NULL};
static bt_allocator allocator = {malloc_allocate, malloc_resize, malloc_release, NULL};

void bt_set_allocator(const bt_allocator *replacement)
{
    allocator = replacement != NULL ? *replacement : malloc_allocator;
}

void bt_free(void *block)
{
    allocator.release(allocator.context, block);
}

/* count * size, at least 1; 0 if no block can be that large. */
static size_t product(size_t count, size_t size)
{
    if (count == 0 || size == 0)
        return 1;
    return size <= (size_t)PTRDIFF_MAX / count ? count * size : 0;
}

static void *allocate(size_t count, size_t size, size_t alignment)
{
    const size_t bytes = product(count, size);
    return bytes != 0 ? allocator.allocate(allocator.context, bytes, alignment) : NULL;
}

void *memory_array(size_t count, size_t size)
{
    return allocate(count, size, alignof(max_align_t));
}

void *memory_zeroed(size_t count, size_t size)
{
    void *block = memory_array(count, size);
    if (block != NULL)
        memset(block, 0, count * size);
    return block;
}

void *memory_aligned(size_t count, size_t size)
{
    return allocate(count, size, MEMORY_ALIGNMENT);
}

void *memory_scattered(size_t count, size_t size)
{
    const size_t bytes = product(count, size);
    if (bytes < HUGE_PAGE)
        return memory_aligned(count, size);
    void *block = allocate(count, size, HUGE_PAGE);
#ifdef MADV_HUGEPAGE
    if (block != NULL) /* a wish: what the system answers changes no result */
        (void)madvise(block, bytes / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
#endif
    return block;
}

void *memory_resized(void *block, size_t count, size_t size)
{
    if (block == NULL)
        return memory_array(count, size);
    const size_t bytes = product(count, size);
    return bytes != 0 ? allocator.resize(allocator.context, block, bytes) : NULL;
}

bool memory_reserve(void **items, size_t n, size_t *capacity, size_t size)
{
    if (n < *capacity)
        return true;
    const size_t more = *capacity + *capacity / 2 + 1024;
    void *larger = memory_resized(*items, more, size);
    if (!larger)
        return false;
    *items = larger;
    *capacity = more;
    return true;
}

char *memory_string(const char *text, size_t length)
{
    if (length == SIZE_MAX)
        return NULL;
    char *copy = memory_array(length + 1, 1);
    if (copy == NULL)
        return NULL;
    if (length > 0)
        memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}
