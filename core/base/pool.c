/* A pool of threads.
 *
 * Threads sleep on `start` until the loop's number changes, then take pieces from one atomic counter until none is left; the last
 * one wakes the caller through `done`. All else is read and written under the mutex, which also orders the pieces' memory: what
 * the caller wrote before pool_run is seen by every piece, and what the pieces wrote is seen after it. A loop costs two wake-ups
 * a thread (some 10 us), a piece one atomic addition.
 */
#include "base/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"

typedef struct pool_thread {
    pool *owner;
    size_t lane; /* 1 …: lane 0 is the caller */
    pthread_t id;
} pool_thread;

struct pool {
    size_t n_lanes;
    pid_t process; /* in which the threads run */

    pthread_mutex_t mutex;
    pthread_cond_t start, done;
    size_t n_started, n_busy; /* threads */
    uint64_t loop;            /* number of the current loop, from 1 */
    bool stop;

    pool_work *work;
    void *context;
    size_t n_pieces;
    atomic_size_t next_piece;

    pool_thread threads[]; /* n_lanes - 1 */
};

static void run_pieces(pool *p, size_t lane)
{
    for (;;) {
        const size_t piece = atomic_fetch_add_explicit(&p->next_piece, 1, memory_order_relaxed);
        if (piece >= p->n_pieces)
            return;
        p->work(p->context, piece, lane);
    }
}

static void *thread_main(void *argument)
{
    const pool_thread *self = argument;
    pool *p = self->owner;
    uint64_t seen = 0;

    pthread_mutex_lock(&p->mutex);
    for (;;) {
        while (p->loop == seen && !p->stop)
            pthread_cond_wait(&p->start, &p->mutex);
        if (p->stop)
            break;
        seen = p->loop;
        pthread_mutex_unlock(&p->mutex);
        run_pieces(p, self->lane);
        pthread_mutex_lock(&p->mutex);
        if (--p->n_busy == 0)
            pthread_cond_signal(&p->done);
    }
    pthread_mutex_unlock(&p->mutex);
    return NULL;
}

/* Starts the threads in this process and returns how many of them there are: n_lanes - 1 unless the system refused one. Their
 * signals are blocked, so that the program's handlers run on its own threads. */
static size_t start_threads(pool *p)
{
    pthread_mutex_init(&p->mutex, NULL);
    pthread_cond_init(&p->start, NULL);
    pthread_cond_init(&p->done, NULL);
    p->process = getpid();
    p->n_started = p->n_busy = 0;
    p->loop = 0;
    p->stop = false;

    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    size_t n = 0;
    while (n + 1 < p->n_lanes) {
        pool_thread *thread = &p->threads[n];
        *thread = (pool_thread){.owner = p, .lane = n + 1};
        if (pthread_create(&thread->id, NULL, thread_main, thread) != 0)
            break;
        n++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return p->n_started = n;
}

static size_t online_processors(void)
{
    const long n = sysconf(_SC_NPROCESSORS_ONLN);
    if (n < 1)
        return 1;
    return n < POOL_MAX_LANES ? (size_t)n : POOL_MAX_LANES;
}

bt_status pool_create(size_t n_threads, pool **out, bt_error *error)
{
    *out = NULL;
    if (n_threads > POOL_MAX_LANES)
        return error_set(error, BT_LIMIT, "%zu threads asked for, at most %d are possible", n_threads, POOL_MAX_LANES);

    const size_t n_lanes = pool_lanes_of(n_threads);
    pool *p = memory_zeroed(1, sizeof *p + (n_lanes - 1) * sizeof p->threads[0]);
    if (p == NULL)
        return error_no_memory(error, "making a thread pool");
    p->n_lanes = n_lanes;
    if (start_threads(p) + 1 < n_lanes) {
        const size_t started = p->n_started;
        pool_free(p);
        return error_set(error, BT_LIMIT, "the system started %zu of %zu threads; ask for fewer", started, n_lanes - 1);
    }
    *out = p;
    return BT_OK;
}

void pool_free(pool *p)
{
    if (p == NULL)
        return;
    if (p->process == getpid()) {
        pthread_mutex_lock(&p->mutex);
        p->stop = true;
        pthread_cond_broadcast(&p->start);
        pthread_mutex_unlock(&p->mutex);
        for (size_t i = 0; i < p->n_started; i++)
            pthread_join(p->threads[i].id, NULL);
        pthread_cond_destroy(&p->done);
        pthread_cond_destroy(&p->start);
        pthread_mutex_destroy(&p->mutex);
    }
    bt_free(p);
}

size_t pool_lanes(const pool *p)
{
    return p->n_lanes;
}

size_t pool_lanes_of(size_t n_threads)
{
    return n_threads > 0 ? n_threads : online_processors();
}

void pool_run(pool *p, size_t n_pieces, pool_work *work, void *context)
{
    /* In a forked child the threads are gone and the mutex is in whatever state it was. */
    if (p->process != getpid())
        start_threads(p);

    pthread_mutex_lock(&p->mutex);
    p->work = work;
    p->context = context;
    p->n_pieces = n_pieces;
    atomic_store_explicit(&p->next_piece, 0, memory_order_relaxed);
    if (n_pieces > 1) {
        p->n_busy = p->n_started;
        p->loop++;
        pthread_cond_broadcast(&p->start);
    }
    pthread_mutex_unlock(&p->mutex);

    run_pieces(p, 0);

    pthread_mutex_lock(&p->mutex);
    while (p->n_busy > 0)
        pthread_cond_wait(&p->done, &p->mutex);
    pthread_mutex_unlock(&p->mutex);
}
