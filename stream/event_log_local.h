/* The local event log's own interface: its schema and what happens to one event inside of a transaction. */
#ifndef STREAM_EVENT_LOG_LOCAL_H
#define STREAM_EVENT_LOG_LOCAL_H

#include "sqlite/database.h"
#include "stream/event_log_backend.h"

extern const database_kind event_log_kind;

/* Accepts one event in the open transaction of `d`: decides version and undo, and stores it if the outcome is EVENT_ACCEPTED. */
bt_status local_accept(database *d, event *e, uint64_t now, event_outcome *outcome, uint64_t *position, bt_error *error);

/* The columns of `event`, in the order that local_read_event takes them, from column `first` on. */
#define LOCAL_COLUMNS "id, user, undo_of, origin, version, at, film_id, facet, value, source"
bool local_read_event(sqlite_call *call, int first, event *e);

#endif
