/* Histories: everybody's profile, film by film, a projection of the event log with its own applied position. One interface, one
 * table of operations for each back end (SQLite here; Cassandra joins behind it), one contract suite
 * (tests/unit/store/contract_history.c).
 *
 * Applying is idempotent and doesn't depend on the order: a facet keeps the event with the greatest (version, id), and an erase drops
 * what is older than itself, whether it comes before or after. So applying the log again changes nothing, and applying the rest of it
 * after a crash brings the state up to date. Nothing in here can't be made again from the log.
 *
 * A handle belongs to one thread at a time.
 */
#ifndef STORE_HISTORY_H
#define STORE_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "butaca/status.h"
#include "event/event.h"

typedef struct history history;

typedef enum history_mode { HISTORY_READ, HISTORY_WRITE } history_mode;

/* `url`: "sqlite:PATH"; "sqlite::memory:" is one of this handle's own. As catalogue_open. */
bt_status history_open(const char *url, history_mode mode, history **out, bt_error *error);
void history_close(history *h); /* NULL is fine */

/* Applies n events whose last one has this position in the log, all or none. A position below the one that is stored stays. */
bt_status history_apply(history *h, const event *const *events, size_t n, uint64_t position, bt_error *error);

/* Up to where the log is applied; 0: not at all. */
bt_status history_position(history *h, uint64_t *position, bt_error *error);

/* A person's films, ascending by id, and the version of the last event, 0 if there was none. Films whose facets were all cleared are
 * among them: a cleared facet is a value. */
bt_status history_profile(history *h, const event_id *user, arena *a, event_film **out, size_t *n, uint64_t *version,
                          bt_error *error);

/* Everybody's films, in the order of (user, film); `version` is the person's. false ends it. */
typedef bool history_each_film(void *context, const event_id *user, uint64_t version, const event_film *film);
bt_status history_each(history *h, history_each_film *each, void *context, bt_error *error);

/* Back to nothing, to be applied from the log's start. */
bt_status history_clear(history *h, bt_error *error);

/* The store's check of itself: BT_CORRUPT. */
bt_status history_check(history *h, bt_error *error);

#endif
