/* What a back end of the event log implements. The front (stream/event_log.c) checks arguments before it calls one. */
#ifndef STREAM_EVENT_LOG_BACKEND_H
#define STREAM_EVENT_LOG_BACKEND_H

#include "stream/event_log.h"

typedef struct event_log_ops {
    void (*close)(event_log *log);
    bt_status (*append)(event_log *log, event_append *a, bt_error *error);
    size_t (*waiting)(event_log *log);
    bt_status (*read)(event_log *log, uint64_t after, size_t limit, arena *a, logged_event **out, size_t *n, bt_error *error);
    bt_status (*of_user)(event_log *log, const event_id *user, uint64_t before, size_t limit, arena *a, event **out, size_t *n,
                         bt_error *error);
    bt_status (*end)(event_log *log, uint64_t *position, bt_error *error);
    bt_status (*check)(event_log *log, bt_error *error);
} event_log_ops;

/* The first member of each back end's handle. */
struct event_log {
    const event_log_ops *ops;
};

/* `address` is the URL behind the scheme; params NULL: for reading. */
bt_status event_log_local_open(const char *address, const event_log_params *params, event_log **out, bt_error *error);

#endif
