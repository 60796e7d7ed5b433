/* The event log: every event that was accepted, in one order, for ever. One interface, one table of operations for each back end
 * (a SQLite file here; Kafka joins behind it), one contract suite (tests/unit/stream/contract_log.c).
 *
 * Appending is acceptance: an event gets its version, an undo gets its value, and an id that is known already is the same event
 * again. Appends are many threads' and wait for nobody; they are done, in order, on a thread of the log's own, which takes all that
 * wait at once and makes them durable together. A position numbers what the log holds, ascending from 1; numbers may be left out.
 *
 *     event_append one = {.events = &e, .n = 1, .done = wake, .context = me};
 *     if (event_log_append(log, &one, &error) == BT_OK)
 *         …                                    // wake(&one) comes later, on the log's thread: durable or failed
 */
#ifndef STREAM_EVENT_LOG_H
#define STREAM_EVENT_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "butaca/status.h"
#include "event/event.h"

typedef struct event_log event_log;

typedef struct logged_event {
    uint64_t position;
    event event;
} logged_event;

/* What became of one event. Only EVENT_ACCEPTED changed anything. */
typedef enum event_outcome {
    EVENT_ACCEPTED,
    EVENT_KNOWN,          /* the same id and content was accepted before: the event comes back as it was accepted */
    EVENT_CONFLICT,       /* the id was used for something else */
    EVENT_NOT_DECIDING,   /* an undo of an event that no longer decides its facet */
    EVENT_NOTHING_TO_UNDO /* an undo of an event that this person doesn't have */
} event_outcome;

/* One append: its events are accepted in their order and become durable together. Everything it points to must live until `done`. */
typedef struct event_append {
    event *events;           /* n; out: as accepted */
    event_outcome *outcomes; /* n */
    size_t n;
    bt_status
        status; /* out: when it isn't BT_OK, none of the events was accepted, or the watcher failed (then they are safe, and
                         sending them again is safe, too) */
    bt_error error;
    void (*done)(struct event_append *a); /* on the log's thread */
    void *context;
    struct event_append *next; /* the log's */
} event_append;

/* Called on the log's thread after each commit and before the `done`s of its appends, with what was accepted (n may be 0): so that
 * what is durable is visible, too, when the callers hear of it. A failure becomes the status of these appends. */
typedef bt_status event_log_watch(void *context, const logged_event *events, size_t n, bt_error *error);

typedef struct event_log_params {
    event_log_watch *watch; /* NULL: nobody */
    void *context;
    size_t queue_capacity; /* appends that wait; one more is BT_BUSY */
    uint64_t (*now)(void); /* unix time in microseconds; tests let it jump */
} event_log_params;

event_log_params event_log_params_default(void);

/* `url`: "local:PATH", which is made when it isn't there. One handle writes at a time: the caller's lock sees to it. A scheme that
 * isn't known: BT_UNSUPPORTED; the rest as catalogue_open. */
bt_status event_log_open(const char *url, const event_log_params *params, event_log **out, bt_error *error);
/* The same for reading alone: BT_NOT_FOUND if there is none. */
bt_status event_log_open_reading(const char *url, event_log **out, bt_error *error);
/* Finishes the appends that wait, their `done`s included. NULL is fine. */
void event_log_close(event_log *log);

/* BT_BUSY: too many wait; BT_INVALID_ARGUMENT: an event isn't one (event_check), or n is 0 or over EVENT_LOG_APPEND_MAX. Then `done`
 * isn't called. */
enum { EVENT_LOG_APPEND_MAX = 1024 };
bt_status event_log_append(event_log *log, event_append *a, bt_error *error);
size_t event_log_waiting(event_log *log);

/* --- reading; from any thread ---------------------------------------------------------------------------------------- */

/* Events after a position, at most `limit`, in ascending order. */
bt_status event_log_read(event_log *log, uint64_t after, size_t limit, arena *a, logged_event **out, size_t *n,
                         bt_error *error);

/* One person's events with versions below `before` (0: all), newest first, at most `limit`. */
bt_status event_log_of_user(event_log *log, const event_id *user, uint64_t before, size_t limit, arena *a, event **out,
                            size_t *n, bt_error *error);

/* The last position; 0: none yet. */
bt_status event_log_end(event_log *log, uint64_t *position, bt_error *error);

/* The back end's check of itself: BT_CORRUPT. */
bt_status event_log_check(event_log *log, bt_error *error);

#endif
