/* Events for tests: short names for people, films and ids, and appends that wait for the disk. */
#ifndef TESTS_SUPPORT_EVENTS_H
#define TESTS_SUPPORT_EVENTS_H

#include "stream/event_log.h"

event_id test_user(uint32_t n);     /* a random-looking UUIDv4 that is the same every time */
event_id test_event_id(uint32_t n); /* a UUIDv7; a greater n is a greater id */

/* Event number n of a person: its id is test_event_id(n), its source "test". */
event test_event(uint32_t n, uint32_t user, uint32_t film_id, event_facet facet, uint8_t value);
event test_undo(uint32_t n, uint32_t user, uint32_t undone);
event test_erase(uint32_t n, uint32_t user);

/* Appends and waits until it is done: its status. outcomes may be NULL. */
bt_status test_append(event_log *log, event *events, size_t n, event_outcome *outcomes, bt_error *error);
/* One event, which is accepted, or the test ends; as it was accepted. */
event test_accept(event_log *log, event e);
/* One event: what became of it. */
event_outcome test_offer(event_log *log, event *e);

#endif
