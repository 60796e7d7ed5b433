/* A pool in a forked child: its threads are gone and start anew. Apart from the pool's other tests since ThreadSanitizer knows no
 * threads after a fork from a program that has some, and apart from AddressSanitizer since a fork while threads are starting
 * copies its locks in whatever state they are.
 */
/* run: release */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/pool.h"
#include "support/test.h"

typedef struct meeting {
    size_t expected;
    atomic_size_t here;
    pthread_t threads[3];
} meeting;

/* Each piece waits until as many threads are at work: one thread alone would wait for ever. */
static void meet(void *context, size_t piece, size_t lane)
{
    meeting *m = context;
    m->threads[lane] = pthread_self();
    (void)piece;
    atomic_fetch_add(&m->here, 1);
    while (atomic_load(&m->here) < m->expected)
        sched_yield();
}

static bool all_lanes_work(pool *p)
{
    meeting m = {.expected = pool_lanes(p)};
    pool_run(p, m.expected, meet, &m);
    return atomic_load(&m.here) == m.expected && pthread_equal(m.threads[0], pthread_self());
}

/* Runs in a child what `body` says and returns whether it ended with 0; a child that hangs is ended by its alarm. */
static bool child_succeeds(int (*body)(pool *), pool *p)
{
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        alarm(20);
        _exit(body(p));
    }
    int result = -1;
    REQUIRE(child > 0 && waitpid(child, &result, 0) == child);
    return WIFEXITED(result) && WEXITSTATUS(result) == 0;
}

static int run_in_child(pool *p)
{
    for (int i = 0; i < 3; i++) {
        if (!all_lanes_work(p))
            return 1;
    }
    pool_free(p);
    return 0;
}

static int run_in_grandchild(pool *p)
{
    if (!all_lanes_work(p))
        return 1;
    return child_succeeds(run_in_child, p) && all_lanes_work(p) ? 0 : 1;
}

static int free_in_child(pool *p)
{
    pool_free(p); /* has no threads to wait for here */
    return 0;
}

TEST(a_pool_works_in_a_forked_child)
{
    bt_error error = {0};
    pool *p;
    CHECK_OK(pool_create(3, &p, &error), error);
    CHECK(child_succeeds(run_in_child, p)); /* before it ever ran */
    CHECK(all_lanes_work(p));
    CHECK(child_succeeds(run_in_child, p));
    CHECK(child_succeeds(run_in_grandchild, p));
    CHECK(child_succeeds(free_in_child, p));
    CHECK(all_lanes_work(p)); /* the parent's threads are untouched */
    pool_free(p);
}

/* A child forked while a loop runs finds the mutex and the counters in any state. */
static void fork_inside(void *context, size_t piece, size_t lane)
{
    pool *p = context;
    (void)lane;
    if (piece == 1)
        CHECK(child_succeeds(run_in_child, p));
}

TEST(a_pool_works_in_a_child_forked_during_a_loop)
{
    bt_error error = {0};
    pool *p;
    CHECK_OK(pool_create(3, &p, &error), error);
    pool_run(p, 4, fork_inside, p);
    CHECK(all_lanes_work(p));
    pool_free(p);
}

/* The program's signal handlers run on its own threads: those of the pool block everything. */
static void look_at_mask(void *context, size_t piece, size_t lane)
{
    sigset_t mask;
    meet(context, piece, lane);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    if (lane > 0)
        CHECK(sigismember(&mask, SIGINT) == 1);
    if (lane == 0)
        CHECK(sigismember(&mask, SIGINT) == 0);
}

TEST(pool_threads_take_no_signals)
{
    bt_error error = {0};
    pool *p;
    CHECK_OK(pool_create(2, &p, &error), error);
    meeting m = {.expected = 2};
    pool_run(p, 2, look_at_mask, &m);
    pool_free(p);
}
