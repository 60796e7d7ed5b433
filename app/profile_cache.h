/* Profiles in memory, so that a list for an unchanged profile asks no store: immutable views, counted references, the least recently
 * used ones dropped beyond a bound.
 *
 * One thread changes profiles (the event log's), any number read them. A reader that found nothing loads the profile from the store
 * and offers it; the stamp that it took before loading says whether an event came in between, in which case the offer is refused.
 */
#ifndef APP_PROFILE_CACHE_H
#define APP_PROFILE_CACHE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "butaca/profile.h"
#include "butaca/status.h"
#include "event/event.h"

typedef struct profile_view {
    atomic_size_t n_references;
    event_id user;
    uint64_t version;  /* of the person's last event; 0: none */
    size_t n_opinions; /* films about which something is said now, ascending by id */
    bt_opinion opinions[];
} profile_view;

profile_view *profile_view_new(const event_id *user, uint64_t version, size_t n_opinions); /* one reference; NULL: no memory */
profile_view *profile_view_hold(profile_view *v);
void profile_view_release(profile_view *v); /* NULL is fine */

typedef struct profile_cache profile_cache;

bt_status profile_cache_new(size_t bytes_max, profile_cache **out, bt_error *error);
void profile_cache_free(profile_cache *c); /* NULL is fine */

/* The profile, held for the caller; NULL: not here. */
profile_view *profile_cache_find(profile_cache *c, const event_id *user);

/* Before loading a profile, and the offer of what was loaded. false: an event came in between, load it again. The cache holds a
 * reference of its own. */
uint64_t profile_cache_stamp(profile_cache *c, const event_id *user);
bool profile_cache_offer(profile_cache *c, profile_view *v, uint64_t stamp);

/* What an event changes, after the store knows it. */
void profile_cache_apply(profile_cache *c, const event *e);
/* Everything may have changed. */
void profile_cache_clear(profile_cache *c);

#endif
