/* The queue and its threads. Everything is guarded by one lock, which no one holds while a job runs. */
#include "server/workers.h"

#include <pthread.h>

#include "base/error.h"
#include "base/memory.h"

typedef struct worker {
    workers *all;
    catalogue *catalogue;
    pthread_t thread;
    bool started;
} worker;

struct workers {
    workers_run *run;
    pthread_mutex_t lock;
    pthread_cond_t filled; /* a job came, or the end */
    bool stopping;
    void **ring; /* capacity; the oldest at `first` */
    size_t capacity, first, n_queued;
    worker *threads;
    unsigned n_threads;
};

/* The oldest job; waits for one. NULL: the end, with nothing left to do. */
static void *pop(workers *w)
{
    void *job = NULL;
    pthread_mutex_lock(&w->lock);
    while (w->n_queued == 0 && !w->stopping)
        pthread_cond_wait(&w->filled, &w->lock);
    if (w->n_queued > 0) {
        job = w->ring[w->first];
        w->first = (w->first + 1) % w->capacity;
        w->n_queued--;
    }
    pthread_mutex_unlock(&w->lock);
    return job;
}

static void *work(void *context)
{
    const worker *me = context;
    for (void *job; (job = pop(me->all)) != NULL;)
        me->all->run(job, me->catalogue);
    return NULL;
}

bool workers_push(workers *w, void *job)
{
    pthread_mutex_lock(&w->lock);
    const bool fits = w->n_queued < w->capacity && !w->stopping;
    if (fits) {
        w->ring[(w->first + w->n_queued) % w->capacity] = job;
        w->n_queued++;
        pthread_cond_signal(&w->filled);
    }
    pthread_mutex_unlock(&w->lock);
    return fits;
}

size_t workers_queued(workers *w)
{
    pthread_mutex_lock(&w->lock);
    const size_t n = w->n_queued;
    pthread_mutex_unlock(&w->lock);
    return n;
}

void workers_stop(workers *w)
{
    if (!w)
        return;
    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    pthread_cond_broadcast(&w->filled);
    pthread_mutex_unlock(&w->lock);
    for (unsigned i = 0; w->threads && i < w->n_threads; i++) {
        if (w->threads[i].started)
            pthread_join(w->threads[i].thread, NULL);
        catalogue_close(w->threads[i].catalogue);
    }
    pthread_cond_destroy(&w->filled);
    pthread_mutex_destroy(&w->lock);
    bt_free(w->ring);
    bt_free(w->threads);
    bt_free(w);
}

static bt_status start_one(worker *me, const app *a, bt_error *error)
{
    const bt_status status = app_open_catalogue(a, &me->catalogue, error);
    if (status != BT_OK)
        return status;
    const int failed = pthread_create(&me->thread, NULL, work, me);
    if (failed)
        return error_system(error, failed, "can't start a worker thread");
    me->started = true;
    return BT_OK;
}

bt_status workers_start(const app *a, unsigned n_threads, size_t capacity, workers_run *run, workers **out, bt_error *error)
{
    *out = NULL;
    if (n_threads == 0 || capacity == 0)
        return error_set(error, BT_INVALID_ARGUMENT, "a server needs at least one worker and a queue of at least 1");
    workers *w = memory_zeroed(1, sizeof *w);
    if (!w)
        return error_no_memory(error, "starting workers");
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->filled, NULL);
    w->run = run;
    w->capacity = capacity;
    w->n_threads = n_threads;
    w->ring = memory_zeroed(capacity, sizeof *w->ring);
    w->threads = memory_zeroed(n_threads, sizeof *w->threads);
    bt_status status = w->ring && w->threads ? BT_OK : error_no_memory(error, "starting workers");
    for (unsigned i = 0; status == BT_OK && i < n_threads; i++) {
        w->threads[i].all = w;
        status = start_one(&w->threads[i], a, error);
    }
    if (status != BT_OK)
        workers_stop(w);
    else
        *out = w;
    return status;
}
