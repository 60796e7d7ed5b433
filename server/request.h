/* One request from its first header to its last byte out, and the reply that a handler leaves in it.
 *
 * A request belongs to one thread at a time: to a thread of libmicrohttpd, or, while its connection is suspended, to the worker
 * that runs its handler. `memory` lives as long as the request: handlers free nothing.
 *
 * A request is answered in steps, each of which either leaves a reply or says what comes next (request_next): a handler that finds
 * that it needs the store goes on at a worker, and one that waits for the disk sleeps (request_sleep) until it is woken.
 */
#ifndef SERVER_REQUEST_H
#define SERVER_REQUEST_H

#include <jansson.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/app.h"
#include "base/arena.h"
#include "server/assets.h"
#include "server/editions.h"
#include "server/limits.h"
#include "server/list_cache.h"
#include "server/people.h"

enum {
    REQUEST_BODY_MAX = 256 << 10,  /* bytes that are kept; a longer body is 413 */
    REQUEST_DISCARD_MAX = 8 << 20, /* bytes that are read and dropped so that the client gets its 413 */
    REQUEST_JSON_DEPTH_MAX = 16,
};

struct server;
struct route;

typedef struct request request;
typedef void request_step(request *r, catalogue *c); /* c: the worker's; NULL inline */

typedef enum request_place {
    REQUEST_INLINE, /* computes only: on the thread that read the request */
    REQUEST_WORKER  /* reads or writes a store: on a worker, with the worker's catalogue */
} request_place;

typedef struct reply {
    unsigned status; /* 0: nothing was answered yet */
    const char *content_type;
    char *body; /* malloc'ed, goes to libmicrohttpd; NULL with `asset` or for an empty body */
    size_t size;
    const asset *asset;    /* a static body */
    const char *allow;     /* 405 and OPTIONS */
    const char *etag;      /* of what isn't an asset, with its quotes */
    const char *file_name; /* a download's */
    shared_body *shared;   /* held; in place of body */
    const char *keep_as;   /* the body goes into the cache of lists under this key */
    bool gzip;             /* the body is packed */
    bool varies;           /* by Accept-Encoding: a 304 of what may come packed */
    const char *cookie;    /* Set-Cookie */
    unsigned retry_after;  /* seconds; 0: no such header */
} reply;

struct request {
    struct server *server;
    edition *edition; /* held */
    const app *app;   /* the edition's */
    struct MHD_Connection *connection;
    const struct route *route; /* NULL: no such path */
    uint32_t film_id;          /* {id} of the path, where that is a film */
    char model_id[17];         /* where it is a model */
    event_id id;               /* where it is a UUID */
    person who;                /* where the route asks for it */
    uint64_t number;           /* X-Request-Id, and in the log */
    const char *method;        /* one that HTTP knows; NULL: another */
    limit_state limit;         /* the one that has least left */
    limit_kind limit_kind;
    uint64_t began; /* monotonic clock, ns */
    char *body;     /* NUL-terminated */
    size_t n_body, body_capacity, n_discarded;
    arena memory;
    reply reply;

    request_step *step; /* what runs next, and where */
    request_place place;
    bool asleep;      /* the step made the connection sleep */
    bool only_head;   /* HEAD: the body is left out */
    bool handed_over; /* the connection is a stream's now: libmicrohttpd forgets it */
    void *wish;       /* what a step leaves for the next one, in `memory` */
};

/* Instead of a reply: `step` goes on there. */
void request_next(request *r, request_place place, request_step *step);
/* On the thread that read the request: the connection sleeps, and `step` runs there after request_wake. Whoever may wake it must be told
 * of the request after this. */
void request_sleep(request *r, request_step *step);
void request_wake(request *r); /* from any thread; the request may be gone when this returns */

/* --- the body -------------------------------------------------------------------------------------------------------- */

/* Takes a piece of the body; false: the connection must be closed. */
bool request_take_body(request *r, const char *bytes, size_t size);

/* The body as JSON, *root released by the caller with json_decref; false: the reply says what is wrong. */
bool request_json(request *r, json_t **root);

/* --- the query ------------------------------------------------------------------------------------------------------- */

/* Checks that the query has only parameters of `names` (separated by spaces), each once, in UTF-8 without NUL. */
bool request_check_query(request *r, const char *names);
const char *request_parameter(const request *r, const char *name); /* NULL: not given */
/* Names with commas between them, at most `max`: false when the reply says what is wrong with them. *n is 0 when not given. */
bool request_names(request *r, const char *name, const char **names, size_t max, size_t *n);
/* *value stays when the parameter isn't given. */
bool request_number(request *r, const char *name, uint32_t min, uint32_t max, uint32_t *value);

/* Of the parameters but those of `left_out` (separated by spaces), in any order. */
uint64_t request_fingerprint(const request *r, const char *left_out);

/* A cursor is where the next page begins and the fingerprint of the query: "28-9f3ac2b1d0e4f567", both in hex. One of another query
 * is refused. *offset stays when none is given. */
enum { CURSOR_SIZE = 32 };
void cursor_write(char text[CURSOR_SIZE], uint64_t fingerprint, uint32_t offset);
bool cursor_read(const char *text, uint64_t fingerprint, uint32_t *offset); /* false: it belongs to another query */
bool request_cursor(request *r, uint64_t fingerprint, uint32_t *offset);

/* A whole number in decimal digits and nothing else, at most `max`. */
bool parse_number(const char *text, uint32_t max, uint32_t *value);

/* --- replies: the last call counts ------------------------------------------------------------------------------------ */

void reply_json(request *r, unsigned status, json_t *body); /* takes the reference; NULL: out of memory */
void reply_text(request *r, unsigned status, const char *content_type, const char *text);
void reply_asset(request *r, const asset *a);
void reply_shared(request *r, const char *content_type, shared_body *b); /* takes the reference */
void reply_nothing(request *r, unsigned status);                         /* without a body: 204, 304 */

/* Sets the reply's ETag, and answers 304 where the client has it already: true. */
bool reply_unchanged(request *r, const char *etag);

/* Problem documents. `kind` is the anchor on the reference page that explains it; NULL: the status says it all. */
void reply_problem(request *r, unsigned status, const char *kind, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void reply_bad_parameter(request *r, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));
void reply_bad_field(request *r, const char *pointer, const char *format, ...) __attribute__((format(printf, 3, 4)));
void reply_busy(request *r, const char *detail);     /* 503, again in a second */
void reply_error(request *r, const bt_error *error); /* a failure that is none of the client's: 503 or 500 */

/* Hands the reply to libmicrohttpd. `closing`: the connection ends after it. */
/* Whether the client takes gzip. */
bool request_takes_gzip(const request *r);

enum MHD_Result reply_send(request *r, bool closing);

/* X-Request-Id: 16 hexadecimal digits. */
enum { REQUEST_ID_TEXT = 17 };
void request_id_write(const request *r, char text[REQUEST_ID_TEXT]);

#endif
