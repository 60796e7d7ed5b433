/* The event log's front: picks the back end by the URL's scheme, checks what is appended, and hands each call on. */
#include "stream/event_log.h"

#include <string.h>
#include <time.h>

#include "base/error.h"
#include "stream/event_log_backend.h"

typedef bt_status open_function(const char *address, const event_log_params *params, event_log **out, bt_error *error);

static const struct {
    const char *scheme;
    open_function *open;
} backends[] = {
    {"local:", event_log_local_open},
};

static uint64_t wall_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

event_log_params event_log_params_default(void)
{
    return (event_log_params){.queue_capacity = 4096, .now = wall_clock};
}

static bt_status open_url(const char *url, const event_log_params *params, event_log **out, bt_error *error)
{
    *out = NULL;
    for (size_t i = 0; i < sizeof backends / sizeof *backends; i++) {
        const size_t n = strlen(backends[i].scheme);
        if (strncmp(url, backends[i].scheme, n) == 0)
            return backends[i].open(url + n, params, out, error);
    }
    return error_set(error, BT_UNSUPPORTED, "no event log is known for '%s': expected local:PATH (local:events.db)", url);
}

bt_status event_log_open(const char *url, const event_log_params *params, event_log **out, bt_error *error)
{
    return open_url(url, params, out, error);
}

bt_status event_log_open_reading(const char *url, event_log **out, bt_error *error)
{
    return open_url(url, NULL, out, error);
}

void event_log_close(event_log *log)
{
    if (log != NULL)
        log->ops->close(log);
}

bt_status event_log_append(event_log *log, event_append *a, bt_error *error)
{
    if (a->n == 0 || a->n > EVENT_LOG_APPEND_MAX)
        return error_set(error, BT_INVALID_ARGUMENT, "an append of %zu events: expected 1 to %d", a->n, EVENT_LOG_APPEND_MAX);
    for (size_t i = 0; i < a->n; i++) {
        const bt_status status = event_check(&a->events[i], error);
        if (status != BT_OK)
            return status;
    }
    a->status = BT_OK;
    a->error = (bt_error){0};
    a->next = NULL;
    return log->ops->append(log, a, error);
}

size_t event_log_waiting(event_log *log)
{
    return log->ops->waiting(log);
}

bt_status event_log_read(event_log *log, uint64_t after, size_t limit, arena *a, logged_event **out, size_t *n, bt_error *error)
{
    *out = NULL;
    *n = 0;
    return log->ops->read(log, after, limit, a, out, n, error);
}

bt_status event_log_of_user(event_log *log, const event_id *user, uint64_t before, size_t limit, arena *a, event **out,
                            size_t *n, bt_error *error)
{
    *out = NULL;
    *n = 0;
    return log->ops->of_user(log, user, before, limit, a, out, n, error);
}

bt_status event_log_end(event_log *log, uint64_t *position, bt_error *error)
{
    *position = 0;
    return log->ops->end(log, position, error);
}

bt_status event_log_check(event_log *log, bt_error *error)
{
    return log->ops->check(log, error);
}
