/* The allocator door and the arena. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/memory.h"
#include "support/resources.h"
#include "support/test.h"

/* --- memory -------------------------------------------------------------------------------------------------------- */

TEST(sizes_that_overflow_have_no_memory)
{
    static const size_t sizes[][2] = {
        {SIZE_MAX, 2},    {2, SIZE_MAX}, {SIZE_MAX / 2 + 1, 2},       {(size_t)1 << 32, (size_t)1 << 32},
        {PTRDIFF_MAX, 2}, {1, SIZE_MAX}, {1, (size_t)PTRDIFF_MAX + 1}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        CHECK(memory_array(sizes[i][0], sizes[i][1]) == NULL);
        CHECK(memory_zeroed(sizes[i][0], sizes[i][1]) == NULL);
        CHECK(memory_aligned(sizes[i][0], sizes[i][1]) == NULL);
        CHECK(memory_resized(NULL, sizes[i][0], sizes[i][1]) == NULL);
    }
    CHECK(memory_string("", SIZE_MAX) == NULL);
}

TEST(nothing_is_a_valid_block)
{
    void *blocks[] = {memory_array(0, 8), memory_zeroed(8, 0), memory_aligned(0, 0), memory_resized(NULL, 0, 1)};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        CHECK(blocks[i] != NULL);
        bt_free(blocks[i]);
    }
    bt_free(NULL);
}

TEST(blocks_are_aligned_and_zeroed_as_asked)
{
    for (size_t size = 1; size < 5000; size = size * 3 + 1) {
        unsigned char *aligned = memory_aligned(size, 1), *zeroed = memory_zeroed(1, size);
        REQUIRE(aligned != NULL && zeroed != NULL);
        CHECK((uintptr_t)aligned % MEMORY_ALIGNMENT == 0);
        for (size_t i = 0; i < size; i++) {
            aligned[i] = 1; /* all of it is ours: AddressSanitizer looks */
            if (!CHECK(zeroed[i] == 0))
                break;
        }
        bt_free(aligned);
        bt_free(zeroed);
    }
}

TEST(a_failed_resize_keeps_the_block)
{
    char *block = memory_resized(NULL, 4, 1);
    REQUIRE(block != NULL);
    memcpy(block, "abc", 4);
    CHECK(memory_resized(block, SIZE_MAX, 2) == NULL);
    test_fail_alloc_at(1);
    CHECK(memory_resized(block, 100, 1) == NULL);
    CHECK_STR(block, "abc");
    char *larger = memory_resized(block, 100, 1);
    CHECK_STR(larger, "abc");
    bt_free(larger);
}

TEST(strings_are_copied_to_their_length)
{
    const char *source = test_guarded_copy("abcdef", 6); /* no NUL behind it */
    char *copy = memory_string(source, 6), *empty = memory_string(NULL, 0);
    CHECK_STR(copy, "abcdef");
    CHECK_STR(empty, "");
    bt_free(copy);
    bt_free(empty);
}

/* --- the door ------------------------------------------------------------------------------------------------------ */

typedef struct counts {
    size_t allocated, resized, released;
} counts;

static char arena_of_one[256];

static void *one_allocate(void *context, size_t size, size_t alignment)
{
    ((counts *)context)->allocated++;
    return size <= sizeof arena_of_one && alignment > 0 ? arena_of_one : NULL;
}

static void *one_resize(void *context, void *block, size_t size)
{
    ((counts *)context)->resized++;
    return size <= sizeof arena_of_one ? block : NULL;
}

static void one_release(void *context, void *block)
{
    (void)block;
    ((counts *)context)->released++;
}

TEST(all_memory_comes_through_the_door)
{
    counts seen = {0};
    bt_set_allocator(&(bt_allocator){one_allocate, one_resize, one_release, &seen});
    char *block = memory_array(10, 2);
    CHECK(block == arena_of_one);
    CHECK(memory_resized(block, 20, 2) == arena_of_one);
    CHECK(memory_array(1000, 1) == NULL);
    bt_free(block);
    CHECK_INT(seen.allocated, 2);
    CHECK_INT(seen.resized, 1);
    CHECK_INT(seen.released, 1);

    bt_set_allocator(NULL);
    char *from_malloc = memory_array(10, 1), *aligned = memory_aligned(10, 1);
    CHECK(from_malloc != NULL && from_malloc != arena_of_one && aligned != NULL);
    from_malloc = memory_resized(from_malloc, 1000, 1);
    CHECK(from_malloc != NULL);
    bt_free(from_malloc);
    bt_free(aligned);
    CHECK_INT(seen.released, 1);
    test_resources_install(); /* the harness's own comes back */
}

/* --- arena --------------------------------------------------------------------------------------------------------- */

TEST(an_arena_gives_blocks_of_their_own)
{
    arena a = {0};
    enum { N = 3000 };
    static unsigned char *blocks[N];
    for (size_t i = 0; i < N; i++) {
        blocks[i] = arena_take(&a, i);
        REQUIRE(blocks[i] != NULL);
        CHECK((uintptr_t)blocks[i] % _Alignof(max_align_t) == 0);
        memset(blocks[i], (int)(i % 251), i);
    }
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < i; j++) {
            if (!CHECK_INT(blocks[i][j], i % 251))
                break;
        }
    }
    arena_free(&a);
    CHECK(a.head == NULL && a.used == 0);
    arena_free(&a);
}

TEST(an_arena_takes_things_larger_than_its_blocks)
{
    arena a = {0};
    char *large = arena_take(&a, 5 << 20);
    REQUIRE(large != NULL);
    memset(large, 1, 5 << 20);
    CHECK(arena_take(&a, SIZE_MAX) == NULL);
    CHECK(arena_take(&a, PTRDIFF_MAX) == NULL);
    CHECK(arena_string(&a, "", SIZE_MAX) == NULL);
    CHECK_STR(arena_string(&a, "after", 5), "after");
    arena_free(&a);
}

TEST(an_arena_copies_and_formats_strings)
{
    arena a = {0};
    char *title = arena_string(&a, test_guarded_copy("Alien (1979)", 5), 5);
    char *empty = arena_string(&a, NULL, 0);
    char *line = arena_format(&a, "%s, %d", title, 1979);
    CHECK_STR(title, "Alien");
    CHECK_STR(empty, "");
    CHECK_STR(line, "Alien, 1979");
    CHECK_INT(strlen(arena_format(&a, "%10000d", 1)), 10000);
    CHECK_STR(title, "Alien");
    arena_free(&a);
}

TEST(clearing_an_arena_keeps_one_block)
{
    arena a = {0};
    arena_clear(&a); /* of nothing */
    for (int i = 0; i < 1000; i++)
        arena_take(&a, 100);
    arena_clear(&a);
    CHECK_INT(test_live_blocks(), 1);
    const void *head = a.head;
    CHECK(arena_take(&a, 100) != NULL);
    CHECK(a.head == head);
    arena_free(&a);
    CHECK_INT(test_live_blocks(), 0);
}

TEST(an_arena_survives_failed_allocations)
{
    EACH_FAILED_ALLOCATION
    {
        arena a = {0};
        bool whole = true;
        for (int i = 0; i < 20 && whole; i++) {
            whole = arena_take(&a, 1000) != NULL && arena_string(&a, "abc", 3) != NULL && arena_format(&a, "%d", i) != NULL;
        }
        CHECK(whole != test_alloc_failed());
        arena_free(&a);
    }
}

TEST(strings_of_an_arena_without_memory_are_null)
{
    arena a = {0};
    test_fail_alloc_at(1);
    CHECK(arena_string(&a, "abc", 3) == NULL);
    test_fail_alloc_at(1);
    CHECK(arena_format(&a, "%d", 1) == NULL);
    CHECK(a.head == NULL);
}
