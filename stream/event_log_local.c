/* The event log in one SQLite file: a queue, the thread that empties it, and reading.
 *
 * Group commit: the thread takes all appends that wait, up to BATCH_MAX events, accepts them in one transaction and commits once.
 * While that commit waits for the disk, the next batch gathers. So an append costs a lock, and the disk is synced as often as it can
 * be, not once an event. When a commit fails, none of its appends was accepted.
 *
 * The writing connection is the thread's; readers share another one behind a lock of its own.
 */
#include "stream/event_log_local.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { BATCH_MAX = EVENT_LOG_APPEND_MAX };

typedef struct local_log {
    event_log base;
    event_log_params params;
    database writer;        /* the thread's */
    logged_event *accepted; /* of one batch: BATCH_MAX */
    size_t n_accepted;

    pthread_mutex_t reading; /* guards reader */
    database reader;

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t filled;
    event_append *first, **end; /* the queue */
    size_t n_waiting;
    bool stopping;

    pthread_t thread;
    bool started;
} local_log;

static local_log *local_of(event_log *log)
{
    return (local_log *)log;
}

/* --- the queue ------------------------------------------------------------------------------------------------------- */

static bt_status append(event_log *base, event_append *a, bt_error *error)
{
    local_log *log = local_of(base);
    if (!log->started)
        return error_set(error, BT_INVALID_ARGUMENT, "the event log is open for reading: nothing can be appended");
    pthread_mutex_lock(&log->lock);
    const bool fits = log->n_waiting < log->params.queue_capacity && !log->stopping;
    if (fits) {
        *log->end = a;
        log->end = &a->next;
        log->n_waiting++;
        pthread_cond_signal(&log->filled);
    }
    pthread_mutex_unlock(&log->lock);
    return fits ? BT_OK
                : error_set(error, BT_BUSY, "%zu appends are waiting for the disk: try again in a second",
                            log->params.queue_capacity);
}

static size_t waiting(event_log *base)
{
    local_log *log = local_of(base);
    pthread_mutex_lock(&log->lock);
    const size_t n = log->n_waiting;
    pthread_mutex_unlock(&log->lock);
    return n;
}

/* Appends from the front of the queue, as many as BATCH_MAX events are, at least one; waits for it. NULL: the end. */
static event_append *take_batch(local_log *log)
{
    pthread_mutex_lock(&log->lock);
    while (log->first == NULL && !log->stopping)
        pthread_cond_wait(&log->filled, &log->lock);
    event_append *batch = log->first, *last = NULL;
    size_t n_events = 0;
    for (event_append *a = batch; a != NULL && (last == NULL || n_events + a->n <= BATCH_MAX); a = a->next) {
        n_events += a->n;
        last = a;
        log->n_waiting--;
    }
    if (last != NULL) {
        log->first = last->next;
        last->next = NULL;
        if (log->first == NULL)
            log->end = &log->first;
    }
    pthread_mutex_unlock(&log->lock);
    return batch;
}

/* --- the thread ------------------------------------------------------------------------------------------------------ */

static bt_status accept_all(local_log *log, event_append *a, uint64_t now, bool *erases, bt_error *error)
{
    for (size_t i = 0; i < a->n; i++) {
        uint64_t position = 0;
        const bt_status status = local_accept(&log->writer, &a->events[i], now, &a->outcomes[i], &position, error);
        if (status != BT_OK)
            return status;
        if (a->outcomes[i] != EVENT_ACCEPTED)
            continue;
        log->accepted[log->n_accepted++] = (logged_event){position, a->events[i]};
        *erases = *erases || a->events[i].facet == EVENT_ERASE;
    }
    return BT_OK;
}

static bt_status write_batch(local_log *log, event_append *batch, bt_error *error)
{
    bool erases = false;
    log->n_accepted = 0;
    const uint64_t now = log->params.now();
    bt_status status = database_begin_write(&log->writer, "beginning to write", error);
    for (event_append *a = batch; a != NULL && status == BT_OK; a = a->next)
        status = accept_all(log, a, now, &erases, error);
    if (status == BT_OK)
        status = database_commit(&log->writer, "storing events", error);
    if (status != BT_OK) {
        database_rollback(&log->writer);
        return status;
    }
    if (erases)
        database_clear_wal(&log->writer);
    return log->params.watch != NULL ? log->params.watch(log->params.context, log->accepted, log->n_accepted, error) : BT_OK;
}

/* After `done` the append is its caller's again: `next` is read before. */
static void finish_batch(event_append *batch, bt_status status, const bt_error *error)
{
    for (event_append *next; batch != NULL; batch = next) {
        next = batch->next;
        batch->status = status;
        batch->error = *error;
        batch->done(batch);
    }
}

static void *work(void *context)
{
    local_log *log = context;
    for (event_append *batch; (batch = take_batch(log)) != NULL;) {
        bt_error error = {0};
        const bt_status status = write_batch(log, batch, &error);
        finish_batch(batch, status, &error);
    }
    return NULL;
}

/* --- reading --------------------------------------------------------------------------------------------------------- */

static bt_status read_after(event_log *base, uint64_t after, size_t limit, arena *a, logged_event **out, size_t *n,
                            bt_error *error)
{
    local_log *log = local_of(base);
    logged_event *items = arena_take(a, (limit > 0 ? limit : 1) * sizeof *items);
    if (items == NULL)
        return error_no_memory(error, "reading events");
    pthread_mutex_lock(&log->reading);
    sqlite_call call =
        call_begin(&log->reader, "SELECT position, " LOCAL_COLUMNS " FROM event WHERE position > ? ORDER BY position LIMIT ?");
    call_bind_int(&call, (int64_t)after);
    call_bind_int(&call, (int64_t)limit);
    while (call_row(&call)) {
        items[*n].position = (uint64_t)call_int(&call, 0);
        *n += local_read_event(&call, 1, &items[*n].event);
    }
    const bt_status status = call_end(&call, "reading events", error);
    pthread_mutex_unlock(&log->reading);
    *out = items;
    return status;
}

static bt_status read_user(event_log *base, const event_id *user, uint64_t before, size_t limit, arena *a, event **out,
                           size_t *n, bt_error *error)
{
    local_log *log = local_of(base);
    event *items = arena_take(a, (limit > 0 ? limit : 1) * sizeof *items);
    if (items == NULL)
        return error_no_memory(error, "reading events");
    pthread_mutex_lock(&log->reading);
    sqlite_call call = call_begin(&log->reader, "SELECT " LOCAL_COLUMNS " FROM event WHERE user = ? AND version < ?"
                                                " ORDER BY version DESC LIMIT ?");
    call_bind_blob(&call, user->bytes, sizeof user->bytes);
    call_bind_int(&call, before != 0 && before < INT64_MAX ? (int64_t)before : INT64_MAX);
    call_bind_int(&call, (int64_t)limit);
    while (call_row(&call))
        *n += local_read_event(&call, 0, &items[*n]);
    const bt_status status = call_end(&call, "reading a person's events", error);
    pthread_mutex_unlock(&log->reading);
    *out = items;
    return status;
}

static bt_status end_of(event_log *base, uint64_t *position, bt_error *error)
{
    local_log *log = local_of(base);
    pthread_mutex_lock(&log->reading);
    sqlite_call call = call_begin(&log->reader, "SELECT max(position) FROM event");
    while (call_row(&call))
        *position = (uint64_t)call_int(&call, 0);
    const bt_status status = call_end(&call, "reading events", error);
    pthread_mutex_unlock(&log->reading);
    return status;
}

static bt_status check(event_log *base, bt_error *error)
{
    local_log *log = local_of(base);
    pthread_mutex_lock(&log->reading);
    const bt_status status = database_check(&log->reader, error);
    pthread_mutex_unlock(&log->reading);
    return status;
}

/* --- opening --------------------------------------------------------------------------------------------------------- */

static void close_log(event_log *base)
{
    local_log *log = local_of(base);
    pthread_mutex_lock(&log->lock);
    log->stopping = true;
    pthread_cond_signal(&log->filled);
    pthread_mutex_unlock(&log->lock);
    if (log->started)
        pthread_join(log->thread, NULL);
    database_close(&log->reader); /* first, so that the writer is the last one, and checkpoints */
    database_close(&log->writer);
    pthread_mutex_destroy(&log->reading);
    pthread_mutex_destroy(&log->lock);
    pthread_cond_destroy(&log->filled);
    bt_free(log->accepted);
    bt_free(log);
}

static const event_log_ops local_ops = {
    .close = close_log,
    .append = append,
    .waiting = waiting,
    .read = read_after,
    .of_user = read_user,
    .end = end_of,
    .check = check,
};

static bt_status start_writing(local_log *log, const char *path, bt_error *error)
{
    const bt_status status = database_open(&log->writer, &event_log_kind, path, true, error);
    if (status != BT_OK)
        return status;
    log->accepted = memory_array(BATCH_MAX, sizeof *log->accepted);
    if (log->accepted == NULL)
        return error_no_memory(error, "opening the event log");
    const int failed = pthread_create(&log->thread, NULL, work, log);
    if (failed != 0)
        return error_system(error, failed, "starting the event log's thread");
    log->started = true;
    return BT_OK;
}

bt_status event_log_local_open(const char *address, const event_log_params *params, event_log **out, bt_error *error)
{
    if (address[0] == '\0')
        return error_set(error, BT_INVALID_ARGUMENT, "'local:' names no file: expected local:PATH");
    local_log *log = memory_zeroed(1, sizeof *log);
    if (log == NULL)
        return error_no_memory(error, "opening the event log");
    log->base.ops = &local_ops;
    log->params = params != NULL ? *params : (event_log_params){0};
    log->end = &log->first;
    pthread_mutex_init(&log->reading, NULL);
    pthread_mutex_init(&log->lock, NULL);
    pthread_cond_init(&log->filled, NULL);
    bt_status status = params != NULL ? start_writing(log, address, error) : BT_OK;
    if (status == BT_OK)
        status = database_open(&log->reader, &event_log_kind, address, false, error);
    if (status == BT_OK)
        *out = &log->base;
    else
        close_log(&log->base);
    return status;
}
