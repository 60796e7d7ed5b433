/* The written bound of import.h: memory in proportion to the ratings, whatever the text's length. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "butaca/memory.h"
#include "support/import_sample.h"
#include "support/test.h"

/* An allocator that knows how much is held: each block has its size 64 bytes (its alignment, if that is more) before it. */
static struct {
    size_t held, peak;
} memory;

typedef struct block_head {
    void *start;
    size_t size;
} block_head;

static void *counted_allocate(void *context, size_t size, size_t alignment)
{
    (void)context;
    const size_t offset = alignment > sizeof(block_head) ? alignment : sizeof(block_head);
    void *start = NULL;
    if (posix_memalign(&start, alignment < sizeof(void *) ? sizeof(void *) : alignment, size + offset) != 0)
        return NULL;
    char *block = (char *)start + offset;
    const block_head head = {start, size};
    memcpy(block - sizeof head, &head, sizeof head);
    memory.held += size;
    memory.peak = memory.held > memory.peak ? memory.held : memory.peak;
    return block;
}

static void counted_release(void *context, void *block)
{
    (void)context;
    if (!block)
        return;
    block_head head;
    memcpy(&head, (char *)block - sizeof head, sizeof head);
    memory.held -= head.size;
    free(head.start);
}

static void *counted_resize(void *context, void *block, size_t size)
{
    if (!block)
        return counted_allocate(context, size, sizeof(max_align_t));
    block_head head;
    memcpy(&head, (char *)block - sizeof head, sizeof head);
    void *larger = counted_allocate(context, size, sizeof(max_align_t));
    if (!larger)
        return NULL;
    memory.peak -= memory.peak == memory.held ? head.size : 0; /* realloc moves pages, it doesn't hold both */
    memcpy(larger, block, size < head.size ? size : head.size);
    counted_release(context, block);
    return larger;
}

enum { USERS = 1600, PER_USER = 500, FILMS = 1000, RATINGS = USERS * PER_USER };

/* A data set of RATINGS ratings, each row with `padding` further bytes. */
static const char *padded_folder(const char *name, size_t padding)
{
    const char *path = test_path(name);
    REQUIRE(mkdir(path, 0700) == 0);
    char file[4096];
    snprintf(file, sizeof file, "%s/ratings.csv", path);
    FILE *out = fopen(file, "wb");
    REQUIRE(out != NULL);
    fputs("userId,movieId,rating,timestamp,comment\n", out);
    for (unsigned u = 1; u <= USERS; u++)
        for (unsigned i = 0; i < PER_USER; i++)
            fprintf(out, "%u,%u,%u.0,%u,%0*u\n", u, 1 + (u * 7 + i) % FILMS, 1 + i % 5, 1000000 + i, (int)padding, 1u);
    REQUIRE(fclose(out) == 0);
    snprintf(file, sizeof file, "%s/movies.csv", path);
    out = fopen(file, "wb");
    REQUIRE(out != NULL);
    fputs("movieId,title,genres\n", out);
    for (unsigned i = 1; i <= FILMS; i++)
        fprintf(out, "%u,Film %u (1999),Drama\n", i, i);
    REQUIRE(fclose(out) == 0);
    return path;
}

static size_t peak_of_import(const char *data, const char *path)
{
    bt_error error = {0};
    import_summary got;
    memory.peak = memory.held;
    const size_t before = memory.held;
    CHECK_OK(sample_import(data, path, &got, &error), error);
    CHECK_INT(got.n_ratings_total, RATINGS);
    return memory.peak - before;
}

TEST(importing_needs_memory_for_ratings_not_for_text)
{
    const bt_allocator counted = {counted_allocate, counted_resize, counted_release, NULL};
    const char *narrow = padded_folder("narrow", 1), *wide = padded_folder("wide", 60);
    char data[2][4096];
    snprintf(data[0], sizeof data[0], "%s", test_path("data-narrow"));
    snprintf(data[1], sizeof data[1], "%s", test_path("data-wide"));
    bt_set_allocator(&counted);
    const size_t small = peak_of_import(data[0], narrow), large = peak_of_import(data[1], wide);
    const size_t again = peak_of_import(data[1], wide);
    bt_set_allocator(NULL);

    const size_t fixed =
        12 << 20; /* two rounds of text and what is parsed of one, the films' page and maps, the catalogue's batch */
    CHECK(small < 14 * (size_t)RATINGS + fixed);
    CHECK(again < 14 * (size_t)RATINGS + fixed);
    CHECK(large < 14 * (size_t)RATINGS + fixed); /* 48 MB more of text */
    printf("%.1f bytes a rating at the peak\n", (double)small / RATINGS);
    CHECK_INT(memory.held, 0);
}
