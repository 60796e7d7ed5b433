/* Lists that are kept: found by their text, bounded, the oldest out first, and what is held outlives its place. Runs under
 * ThreadSanitizer too. */
/* run: asan-ubsan tsan */
#include "server/list_cache.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/test.h"

static bt_error error;

static list_cache *start(size_t bytes)
{
    list_cache *c = NULL;
    REQUIRE(list_cache_new(bytes, &c, &error) == BT_OK);
    return c;
}

static void add(list_cache *c, const char *key, size_t size, char filled)
{
    char *bytes = malloc(size);
    REQUIRE(bytes != NULL);
    memset(bytes, filled, size);
    shared_body *b = shared_body_new(bytes, size, false);
    REQUIRE(b != NULL);
    list_cache_add(c, key, b);
    shared_body_release(b);
}

/* What is there begins with this; 0: nothing is. */
static char first(list_cache *c, const char *key)
{
    shared_body *b = list_cache_find(c, key);
    const char found = b != NULL ? b->bytes[0] : '\0';
    shared_body_release(b);
    return found;
}

TEST(found_by_the_whole_text)
{
    list_cache *c = start(1 << 20);
    add(c, "ana \"1\"", 10, 'a');
    add(c, "ana \"2\"", 10, 'b');
    add(c, "ana \"1\"", 10, 'c'); /* made twice at once: the first stays */
    CHECK_INT(first(c, "ana \"1\""), 'a');
    CHECK_INT(first(c, "ana \"2\""), 'b');
    CHECK_INT(first(c, "ana \"12\""), 0);
    const list_cache_counts counts = list_cache_count(c);
    CHECK_INT(counts.hits, 2);
    CHECK_INT(counts.misses, 1);
    CHECK(counts.bytes > 20 && counts.bytes < 500);
    list_cache_free(c);
}

TEST(bounded_and_the_oldest_use_goes_first)
{
    enum { MAX = 64 << 10, SIZE = 4 << 10 };
    list_cache *c = start(MAX);
    char key[16];
    add(c, "used", SIZE, 'u');
    shared_body *held = list_cache_find(c, "used");
    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof key, "%d", i);
        add(c, key, SIZE, 'x');
        CHECK(list_cache_count(c).bytes <= MAX);
        if (i < 500)
            CHECK_INT(first(c, "used"), 'u');
    }
    CHECK_INT(first(c, "used"), 0);
    CHECK_INT(first(c, "999"), 'x');
    CHECK_INT(first(c, "900"), 0);
    CHECK_INT(held->bytes[SIZE - 1], 'u'); /* still there for who holds it */
    shared_body_release(held);
    add(c, "huge", 2 * MAX, 'h'); /* longer than all there is room for */
    CHECK_INT(first(c, "huge"), 0);
    CHECK_INT(list_cache_count(c).bytes, 0);
    list_cache_free(c);
}

static void *use(void *context)
{
    list_cache *c = context;
    char key[16];
    for (int i = 0; i < 2000; i++) {
        snprintf(key, sizeof key, "%d", i % 40);
        shared_body *b = list_cache_find(c, key);
        if (b == NULL)
            add(c, key, 1000, (char)('A' + i % 40));
        else
            CHECK_INT(b->bytes[999], 'A' + i % 40);
        shared_body_release(b);
    }
    return NULL;
}

TEST(many_at_once)
{
    list_cache *c = start(20 << 10); /* half of what they use */
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        REQUIRE(pthread_create(&threads[i], NULL, use, c) == 0);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    CHECK(list_cache_count(c).bytes <= 20 << 10);
    list_cache_free(c);
}
