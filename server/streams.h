/* Server-sent events: connections that stay open and are told when their person's profile or list or the model changes.
 *
 * They don't live in libmicrohttpd (docs/architecture.md says why) but in a small epoll loop on a thread of their own. A request for a
 * stream begins as any other; its handler takes a second descriptor of the socket, gives it here, and lets libmicrohttpd close its
 * own.
 *
 * A stream is told a state, not a history: the version of the profile, and the model. Changes that come faster than a client reads
 * melt into one, so nothing queues for anybody. What a stream holds is one struct (200 bytes), and, while its socket is full, one
 * message of at most STREAM_MESSAGE_MAX bytes; who takes nothing for `patience` seconds is dropped.
 *
 *     id: 1795526737683663-0123456789abcdef        the profile's version and the model
 *     event: profile | list | model
 *     data: {"profile_version":…,"model":"…"}
 */
#ifndef SERVER_STREAMS_H
#define SERVER_STREAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "butaca/status.h"
#include "event/event.h"
#include "store/accounts.h"

enum { STREAM_MESSAGE_MAX = 1024, STREAM_MODEL_TEXT = 17 };

/* What a client knows: the state that its Last-Event-ID names, or STREAM_KNOWS_NOTHING. */
typedef struct stream_state {
    uint64_t version; /* of the profile */
    char model[STREAM_MODEL_TEXT];
} stream_state;
#define STREAM_KNOWS_NOTHING ((stream_state){.version = UINT64_MAX, .model = "?"})

typedef struct streams_params {
    size_t n_max;          /* streams at once */
    size_t n_each;         /* of one person */
    unsigned beat_seconds; /* a comment goes to who heard nothing for so long, so that dead connections show */
    unsigned patience;     /* seconds in which a full socket takes nothing before it is closed */
    const char *model;     /* of now; "" for none */
} streams_params;

streams_params streams_params_default(void);

typedef struct stream_offer {
    int fd;           /* the socket; it goes to the streams, whatever becomes of it */
    const char *head; /* the reply's status line and headers */
    event_id user;
    uint8_t secret[ACCOUNT_SECRET_SIZE]; /* of the session, which ends the stream when it ends */
    int64_t expires;                     /* unix seconds */
    stream_state known;
} stream_offer;

typedef struct stream_counts {
    size_t n; /* open now */
    uint64_t n_messages, n_dropped;
} stream_counts;

typedef struct streams streams;

bt_status streams_start(const streams_params *params, streams **out, bt_error *error);
/* Writes what can be written at once, and closes all of them. NULL is fine. */
void streams_stop(streams *s);

/* The stream is told nothing before the first streams_profile of its person. BT_BUSY: there are n_max, or n_each of that person. */
bt_status streams_add(streams *s, const stream_offer *offer, bt_error *error);

/* The profile of `user` has this version. A lower one than before is ignored. From any thread; never waits for a client. */
void streams_profile(streams *s, const event_id *user, uint64_t version);
void streams_model(streams *s, const char *model);

/* Closes the streams of a session, or of a person (secret NULL). */
void streams_end(streams *s, const event_id *user, const uint8_t *secret);

stream_counts streams_count(streams *s);

/* "VERSION-MODEL"; false: not an id of ours. */
bool stream_state_parse(const char *text, stream_state *out);

#endif
