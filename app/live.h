/* The people's side of a data folder: the event log, the profiles that follow from it, and those profiles in memory.
 *
 *     live_submit ──► event log (durable) ──► profiles.db ──► memory ──► listener ──► done
 *
 * All of that happens on the log's thread, batch by batch, before a submitter hears of it: what is durable is visible. What a crash
 * kept from the profiles is applied when the folder is opened again. If the profiles can't be written, the events are safe
 * nevertheless; submitters get the error, and the next batch catches up first.
 */
#ifndef APP_LIVE_H
#define APP_LIVE_H

#include "app/profile_cache.h"
#include "store/folder.h"
#include "store/history.h"
#include "stream/event_log.h"

typedef struct live live;

/* Called on the log's thread for each event that became visible. */
typedef void live_listener(void *context, const event *e);

typedef struct live_params {
    size_t queue_capacity;    /* appends that wait; one more is BT_BUSY */
    size_t profile_bytes_max; /* of profiles in memory */
} live_params;

live_params live_params_default(void);

/* Takes the folder's live.lock: BT_BUSY names the process that holds it. BT_PERMISSION: the folder can't be written. */
bt_status live_open(const folder *f, const live_params *params, live **out, bt_error *error);
void live_close(live *l); /* finishes what was submitted; NULL is fine */

/* One listener; NULL takes it away. When it returns, the one before isn't called any more. */
void live_listen(live *l, live_listener *listener, void *context);

/* As event_log_append. */
bt_status live_submit(live *l, event_append *a, bt_error *error);
size_t live_waiting(live *l);

/* The log, for reading. */
event_log *live_log(live *l);

/* A person's profile as it is, held for the caller. The first never waits for a store: NULL where it isn't in memory. */
profile_view *live_profile_in_memory(live *l, const event_id *user);
bt_status live_profile(live *l, const event_id *user, profile_view **out, bt_error *error);

/* --- without a server (app/live_replay.c) ----------------------------------------------------------------------------- */

/* Where a folder's event log and profiles are. */
bt_status live_urls(const folder *f, arena *a, const char **log, const char **profiles, bt_error *error);

typedef struct live_replayed {
    uint64_t n_events, n_films; /* events in the log; (person, film) pairs in the profiles */
    uint64_t position;          /* the log's end */
} live_replayed;

/* Applies what the log has beyond the profiles' position; *n: how many events. */
bt_status live_catch_up(event_log *log, history *profiles, uint64_t *n, bt_error *error);

/* Makes the profiles again from the log's start. Takes live.lock, so no server may be running: BT_BUSY. */
bt_status live_replay(const folder *f, live_replayed *out, bt_error *error);

/* Makes them again in memory and compares them with those that are stored: BT_CORRUPT names the first film that differs. */
bt_status live_verify(const folder *f, live_replayed *out, bt_error *error);

#endif
