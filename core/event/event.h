/* Events: what one person said about one facet of one film, once, and what a facet's state is made of them.
 *
 * A client makes an event with an id of its own (UUIDv7), so that sending it again is the same event. At acceptance it gets, once, a
 * `version`: microseconds, above all earlier ones of that person. A facet's state is the event with the greatest (version, id),
 * whatever order they are learnt in; `at` is the client's claim, kept and shown, never ordered by.
 *
 * An undo names an event and is stored as the value that it restores, decided at acceptance. `origin` is the event whose value
 * stands again: so after like, dislike, undo the like itself can be undone, too. For an event that is no undo it is its own id.
 *
 * A mark is a facet's state, 41 bytes when packed: version (big-endian), id, value, origin. Packed marks compare as bytes like
 * (version, id), so that any store that can take the greater of two blobs keeps the right one.
 */
#ifndef EVENT_EVENT_H
#define EVENT_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "butaca/profile.h"
#include "butaca/status.h"

/* --- ids ------------------------------------------------------------------------------------------------------------- */

typedef struct event_id {
    uint8_t bytes[16]; /* a UUID, as written */
} event_id;

enum { EVENT_ID_TEXT = 37 }; /* "0197a0c2-…", with its zero byte */

bool event_id_parse(const char *text, event_id *out); /* 36 characters, hexadecimal digits of either case */
void event_id_write(const event_id *id, char text[EVENT_ID_TEXT]);
int event_id_compare(const event_id *a, const event_id *b);
bool event_id_is_zero(const event_id *id);
bool event_id_is_v7(const event_id *id);
event_id event_id_v7(uint64_t milliseconds, const uint8_t random[10]); /* RFC 9562, 5.7 */
event_id event_id_v4(const uint8_t random[16]);

/* --- events ---------------------------------------------------------------------------------------------------------- */

typedef enum event_facet {
    EVENT_VERDICT, /* value: bt_verdict */
    EVENT_SEEN,    /* 0 or 1 */
    EVENT_RATING,  /* half stars, 0: none */
    EVENT_WANT,    /* 0 or 1 */
    EVENT_N_FACETS,
    EVENT_ERASE = EVENT_N_FACETS /* everything of this person before it is gone; film_id 0 */
} event_facet;

enum { EVENT_SCHEMA = 1, EVENT_SOURCE_SIZE = 16 };

typedef struct event {
    event_id id;      /* UUIDv7 */
    event_id user;    /* the person's pseudonym, a random UUID */
    event_id undo_of; /* zero: not an undo */
    event_id origin;  /* decided at acceptance */
    uint64_t version; /* decided at acceptance; 0: not accepted yet */
    int64_t at;       /* the client's claim: unix time in microseconds */
    uint32_t film_id;
    uint8_t facet, value;           /* of an undo: decided at acceptance */
    char source[EVENT_SOURCE_SIZE]; /* who sent it: "page", "api", "import"; a-z, 0-9 and "-" */
} event;

const char *event_facet_name(event_facet facet); /* "verdict", …, "erase" */
bool event_facet_find(const char *name, event_facet *facet);

/* What comes from outside: BT_INVALID_ARGUMENT says what was expected. */
bt_status event_check(const event *e, bt_error *error);

/* By (version, id). */
int event_compare(const event *a, const event *b);

/* Whether a repeated id says the same: all that the client decides. */
bool event_same(const event *a, const event *b);

/* max(now, last + 1): a clock that jumps back doesn't turn an order around. */
uint64_t event_next_version(uint64_t now, uint64_t last);

/* --- marks ----------------------------------------------------------------------------------------------------------- */

typedef struct event_mark {
    uint64_t version; /* 0: the facet was never set */
    event_id id, origin;
    uint8_t value;
} event_mark;

enum { EVENT_MARK_SIZE = 41 };

event_mark event_mark_of(const event *e);
void event_mark_pack(const event_mark *m, uint8_t packed[EVENT_MARK_SIZE]);
event_mark event_mark_unpack(const uint8_t packed[EVENT_MARK_SIZE]);

/* Whether `undone` decides the facet whose state is `now`: undoing it changes something. */
bool event_undo_applies(const event_mark *now, const event *undone);

/* Makes `undo` what restores the state before `undone`: `before` is the state by all events of the facet before it. */
void event_undo(event *undo, const event *undone, const event_mark *before);

/* A film in a profile. */
typedef struct event_film {
    uint32_t film_id;
    event_mark marks[EVENT_N_FACETS];
} event_film;

void event_film_apply(event_film *f, const event *e); /* keeps the greater (version, id) */
bt_opinion event_film_opinion(const event_film *f);
bool event_opinion_is_empty(const bt_opinion *o); /* as if nothing had been said */

/* One facet of an opinion set to a value. */
void event_opinion_set(bt_opinion *o, event_facet facet, uint8_t value);

#endif
