/* The thread pool: every piece once, results that don't depend on the number of threads. Runs under ThreadSanitizer too. */
#include "base/pool.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "support/test.h"

static const size_t thread_counts[] = {1, 2, 7};
enum { N_COUNTS = sizeof thread_counts / sizeof *thread_counts };

static pool *make_pool(size_t n_threads)
{
    bt_error error = {0};
    pool *p = NULL;
    CHECK_OK(pool_create(n_threads, &p, &error), error);
    return p;
}

/* --- every piece once ---------------------------------------------------------------------------------------------- */

enum { N_PIECES = 1000 };

typedef struct tally {
    size_t lanes;
    int runs[N_PIECES]; /* not atomic: a piece that two threads run is a race that ThreadSanitizer reports */
    atomic_bool lane_in_use[8];
    atomic_size_t lane_conflicts;
} tally;

static void count_piece(void *context, size_t piece, size_t lane)
{
    tally *t = context;
    if (lane >= t->lanes || atomic_exchange(&t->lane_in_use[lane], true))
        atomic_fetch_add(&t->lane_conflicts, 1);
    t->runs[piece]++;
    atomic_store(&t->lane_in_use[lane], false);
}

TEST(every_piece_runs_once)
{
    static const size_t sizes[] = {0, 1, 2, 3, 8, N_PIECES};
    for (size_t c = 0; c < N_COUNTS; c++) {
        pool *p = make_pool(thread_counts[c]);
        CHECK_INT(pool_lanes(p), thread_counts[c]);
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            static tally t;
            memset(&t, 0, sizeof t);
            t.lanes = thread_counts[c];
            pool_run(p, sizes[s], count_piece, &t);
            for (size_t i = 0; i < N_PIECES; i++) {
                if (!CHECK_INT(t.runs[i], i < sizes[s]))
                    break;
            }
            CHECK_INT(atomic_load(&t.lane_conflicts), 0);
        }
        pool_free(p);
    }
}

/* Many short loops: a thread that is late for one must not take pieces of the next with the old work. */
static void add_piece(void *context, size_t piece, size_t lane)
{
    (void)lane;
    ((uint64_t *)context)[piece] += piece + 1;
}

TEST(loops_follow_each_other)
{
    enum { LOOPS = 2000, PIECES = 5 };
    pool *p = make_pool(7);
    uint64_t sums[PIECES] = {0};
    for (int i = 0; i < LOOPS; i++) {
        pool_run(p, PIECES, add_piece, sums);
        for (size_t j = 0; j < PIECES; j++) {
            if (!CHECK_INT(sums[j], (uint64_t)(i + 1) * (j + 1)))
                return;
        }
    }
    pool_free(p);
}

/* --- the same results for any number of threads -------------------------------------------------------------------------- */

static void draw_piece(void *context, size_t piece, size_t lane)
{
    (void)lane;
    random_stream r = random_make(42, piece);
    double sum = 0;
    for (int i = 0; i < 50; i++)
        sum += random_unit(&r);
    ((double *)context)[piece] = sum;
}

TEST(results_do_not_depend_on_the_number_of_threads)
{
    static double expected[N_PIECES], actual[N_PIECES];
    for (size_t i = 0; i < N_PIECES; i++)
        draw_piece(expected, i, 0);
    for (size_t c = 0; c < N_COUNTS; c++) {
        pool *p = make_pool(thread_counts[c]);
        memset(actual, 0, sizeof actual);
        pool_run(p, N_PIECES, draw_piece, actual);
        CHECK_BYTES(actual, expected, sizeof expected);
        pool_free(p);
    }
}

/* --- making and freeing -------------------------------------------------------------------------------------------- */

TEST(zero_threads_means_one_a_processor)
{
    pool *p = make_pool(0);
    CHECK(pool_lanes(p) >= 1 && pool_lanes(p) <= POOL_MAX_LANES);
    pool_free(p);
    pool_free(NULL);
}

TEST(too_many_threads_are_refused)
{
    bt_error error = {0};
    pool *p = (pool *)&error;
    CHECK_STATUS(pool_create(POOL_MAX_LANES + 1, &p, &error), BT_LIMIT);
    CHECK_CONTAINS(error.message, "1025 threads asked for, at most 1024");
    CHECK(p == NULL);
}

TEST(a_pool_without_memory_is_not_made)
{
    EACH_FAILED_ALLOCATION
    {
        pool *p = NULL;
        const bt_status status = pool_create(2, &p, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        pool_free(p);
    }
}

TEST(pools_that_never_ran_are_freed)
{
    for (int i = 0; i < 50; i++)
        pool_free(make_pool(3));
}
