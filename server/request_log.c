/* The ring of the log's bytes and the thread that empties it; see request_log.h. */
#include "server/request_log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "server/times.h"

struct request_log {
    int fd;
    pthread_mutex_t lock; /* guards what follows; held for no longer than a copy of a line, or of what is in the ring */
    pthread_cond_t filled;
    bool stopping;
    size_t n_bytes;
    uint64_t n_dropped;
    char ring[LOG_RING];

    pthread_t thread;
    char writing[LOG_RING]; /* the thread's */
};

static void now_text(char text[TIME_TEXT])
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    time_write((int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000, text);
}

/* --- writing out: the thread ------------------------------------------------------------------------------------------- */

/* What can't be written (a full disk, a pipe without a reader) is lost: the server goes on. */
static void write_out(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t n = write(fd, bytes, size);
        if (n < 0 && errno != EINTR)
            return;
        bytes += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
    }
}

/* Moves what is in the ring to `writing`, with a line about what was dropped; waits for it. 0: the end. */
static size_t take(request_log *log)
{
    pthread_mutex_lock(&log->lock);
    while (log->n_bytes == 0 && !log->stopping)
        pthread_cond_wait(&log->filled, &log->lock);
    const size_t n = log->n_bytes;
    const uint64_t dropped = log->n_dropped;
    memcpy(log->writing, log->ring, n);
    log->n_bytes = 0;
    log->n_dropped = 0;
    if (dropped > 0) {
        char time[TIME_TEXT];
        now_text(time);
        log->n_bytes = (size_t)snprintf(log->ring, LOG_LINE_MAX, "{\"time\":\"%s\",\"dropped\":%" PRIu64 "}\n", time, dropped);
    }
    pthread_mutex_unlock(&log->lock);
    return n;
}

static void *empty(void *context)
{
    request_log *log = context;
    for (size_t n; (n = take(log)) > 0;)
        write_out(log->fd, log->writing, n);
    return NULL;
}

/* --- adding ------------------------------------------------------------------------------------------------------------ */

/* Every text in it is one of ours, so nothing has to be escaped. */
static size_t format(const logged_request *what, char line[LOG_LINE_MAX])
{
    char time[TIME_TEXT];
    now_text(time);
    const int n = snprintf(
        line, LOG_LINE_MAX,
        "{\"time\":\"%s\",\"id\":\"%016" PRIx64 "\",\"method\":\"%s\",\"route\":\"%s\",\"status\":%u,\"bytes\":%" PRIu64
        ",\"ms\":%.3f,\"from\":\"%s\",\"who\":\"%s\"}\n",
        time, what->id, what->method != NULL ? what->method : "other", what->route != NULL ? what->route : "other",
        what->status, what->bytes, (double)what->nanoseconds * 1e-6, what->from, what->who);
    return n > 0 && n < LOG_LINE_MAX ? (size_t)n : 0;
}

void request_log_add(request_log *log, const logged_request *what)
{
    char line[LOG_LINE_MAX];
    const size_t n = format(what, line);
    pthread_mutex_lock(&log->lock);
    if (log->n_bytes + n <= LOG_RING) {
        memcpy(log->ring + log->n_bytes, line, n);
        log->n_bytes += n;
        pthread_cond_signal(&log->filled);
    } else {
        log->n_dropped++;
    }
    pthread_mutex_unlock(&log->lock);
}

/* --- opening and closing ------------------------------------------------------------------------------------------------ */

static bt_status open_file(request_log *log, const char *path, bt_error *error)
{
    log->fd = strcmp(path, "-") == 0 ? STDERR_FILENO : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    return log->fd >= 0 ? BT_OK : error_system(error, errno, "can't write the log of requests: %s", path);
}

bt_status request_log_open(const char *path, request_log **out, bt_error *error)
{
    request_log *log = *out = memory_zeroed(1, sizeof *log);
    if (log == NULL)
        return error_no_memory(error, "opening the log of requests");
    pthread_mutex_init(&log->lock, NULL);
    pthread_cond_init(&log->filled, NULL);
    bt_status status = open_file(log, path, error);
    const int failed = status == BT_OK ? pthread_create(&log->thread, NULL, empty, log) : 0;
    if (failed != 0) {
        status = error_system(error, failed, "can't start the log of requests");
        if (log->fd != STDERR_FILENO)
            close(log->fd);
    }
    if (status != BT_OK) {
        bt_free(log);
        *out = NULL;
    }
    return status;
}

void request_log_close(request_log *log)
{
    if (log == NULL)
        return;
    pthread_mutex_lock(&log->lock);
    log->stopping = true;
    pthread_cond_signal(&log->filled);
    pthread_mutex_unlock(&log->lock);
    pthread_join(log->thread, NULL);
    if (log->fd != STDERR_FILENO)
        close(log->fd);
    pthread_mutex_destroy(&log->lock);
    pthread_cond_destroy(&log->filled);
    bt_free(log);
}
