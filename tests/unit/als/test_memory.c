/* The memory that training says it takes, against what it takes; and limits on it. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "als/als.h"
#include "butaca/memory.h"
#include "butaca/rating_model.h"
#include "support/resources.h"
#include "support/tastes.h"
#include "support/test.h"

/* --- an allocator that knows how much is held: the size stands before each block ------------------------------------------- */

enum { MOST_ALIGNED = 2 << 20 };

static atomic_size_t held, peak;

static void note(size_t size)
{
    const size_t now = atomic_fetch_add(&held, size) + size;
    size_t seen = atomic_load(&peak);
    while (now > seen && !atomic_compare_exchange_weak(&peak, &seen, now))
        ;
}

typedef struct header {
    size_t size;
    void *start;
} header;

static void *counted_allocate(void *context, size_t size, size_t alignment)
{
    (void)context;
    void *start = NULL;
    const size_t room = alignment > sizeof(header) ? alignment : sizeof(header);
    if (alignment > MOST_ALIGNED || posix_memalign(&start, alignment > 16 ? alignment : 16, size + room) != 0)
        return NULL;
    char *block = (char *)start + room;
    ((header *)(void *)block)[-1] = (header){size, start};
    note(size);
    return block;
}

static void counted_release(void *context, void *block)
{
    (void)context;
    if (block == NULL)
        return;
    const header h = ((header *)block)[-1];
    atomic_fetch_sub(&held, h.size);
    free(h.start);
}

static void *counted_resize(void *context, void *block, size_t size)
{
    void *moved = counted_allocate(context, size, 16);
    const size_t was = ((header *)block)[-1].size;
    if (moved != NULL) {
        memcpy(moved, block, was < size ? was : size);
        counted_release(context, block);
    }
    return moved;
}

static void begin_to_count(void)
{
    const bt_allocator counted = {counted_allocate, counted_resize, counted_release, NULL};
    bt_set_allocator(&counted);
    atomic_store(&peak, 0);
}

static size_t end_of_count(void)
{
    test_resources_install();
    CHECK_INT(atomic_load(&held), 0);
    return atomic_load(&peak);
}

static size_t peak_of(const bt_ratings *ratings, const bt_train_params *params)
{
    bt_train_trace trace;
    bt_model *model = NULL;
    bt_error error = {0};
    begin_to_count();
    CHECK_OK(bt_model_train(ratings, params, NULL, &trace, &model, &error), error);
    bt_model_close(model);
    return end_of_count();
}

static size_t rating_peak_of(const bt_ratings *ratings, const bt_rating_params *params)
{
    bt_rating_model *model = NULL;
    bt_error error = {0};
    begin_to_count();
    CHECK_OK(bt_rating_model_train_calibrated(ratings, params, NULL, &model, &error), error);
    bt_rating_model_close(model);
    return end_of_count();
}

/* --- tests ------------------------------------------------------------------------------------------------------------------ */

static const tastes_params shapes[] = {
    {.seed = 3, .n_users = 60, .n_films = 45, .n_groups = 3, .ratings_per_user = 12},
    {.seed = 3, .n_users = 900, .n_films = 300, .n_groups = 3, .ratings_per_user = 20},
    {.seed = 3, .n_users = 5000, .n_films = 30, .n_groups = 3, .ratings_per_user = 9},
};
static const uint32_t ranks[] = {1, 20, 64};

TEST(what_is_counted_is_what_is_taken)
{
    for (size_t shape = 0; shape < 3; shape++) {
        for (size_t i = 0; i < 3; i++) {
            const bt_ratings *ratings = tastes_ratings(&shapes[shape]);
            bt_train_params params = bt_train_params_default();
            params.rank = ranks[i];
            params.max_iter = 2;
            params.n_threads = 3;
            const double counted = (double)bt_train_memory(ratings, &params), taken = (double)peak_of(ratings, &params);
            CHECK(taken <= counted + 4096);         /* the pool and other small things */
            CHECK(counted <= 1.15 * taken + 20000); /* factors that needn't be rotated */
            bt_ratings_close(ratings);
        }
    }
}

TEST(so_is_what_the_rating_model_takes)
{
    for (size_t shape = 0; shape < 3; shape++) {
        for (size_t i = 0; i < 3; i++) {
            const bt_ratings *ratings = tastes_ratings(&shapes[shape]);
            bt_rating_params params = bt_rating_params_default();
            params.rank = ranks[i];
            params.max_iter = 2;
            params.n_threads = 3;
            const double counted = (double)bt_rating_train_memory(ratings, &params);
            const double taken = (double)rating_peak_of(ratings, &params);
            CHECK(taken <= counted + 8192); /* the pool, two models and other small things */
            CHECK(counted <= 1.15 * taken + 20000);
            bt_ratings_close(ratings);
        }
    }
}

TEST(a_limit_is_kept_or_says_what_would_fit)
{
    const tastes_params shape = {.seed = 3, .n_users = 900, .n_films = 300, .n_groups = 3, .ratings_per_user = 20};
    const bt_ratings *ratings = tastes_ratings(&shape);
    bt_train_params params = bt_train_params_default();
    params.rank = 64;
    params.max_iter = 1;
    params.n_threads = 2;
    bt_model *model = NULL;
    bt_error error = {0};
    bt_train_job job = {.ratings = ratings, .params = &params, .memory_limit = bt_train_memory(ratings, &params)};
    CHECK_OK(bt_model_train_job(&job, &model, &error), error);
    bt_model_close(model);
    job.memory_limit--;
    CHECK_STATUS(bt_model_train_job(&job, &model, &error), BT_LIMIT);
    CHECK(model == NULL);
    CHECK_CONTAINS(error.message, "rank 63");
    job.memory_limit = 1;
    CHECK_STATUS(bt_model_train_job(&job, &model, &error), BT_LIMIT);
    CHECK_CONTAINS(error.message, "even with rank 1");
    bt_ratings_close(ratings);
}
