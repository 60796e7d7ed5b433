/* A line of JSON for each request, for whoever runs the server:
 *
 *     {"time":"2026-11-24T08:00:00.25Z","id":"9f3ac2b1d0e4f567","method":"GET","route":"/api/v1/films/{id}","status":200,"bytes":812,
 *      "ms":0.41,"from":"203.0.113.0/24","who":"guest"}
 *
 * Nothing in it says what somebody looked for or marked: the route stands for the path, there is no query, no body, no name, and of the
 * address only the network (/24, or /48 of IPv6). `id` is what the client got as X-Request-Id.
 *
 * Whoever answers never waits for it: lines go into a ring of LOG_RING bytes, which a thread writes out. Where that is full, as when
 * nobody reads the pipe, lines are dropped, and {"time":…,"dropped":N} says how many once there is room.
 */
#ifndef SERVER_REQUEST_LOG_H
#define SERVER_REQUEST_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "butaca/status.h"

enum { LOG_RING = 1 << 20, LOG_LINE_MAX = 512 };

typedef struct request_log request_log;

typedef struct logged_request {
    uint64_t id;
    const char *method, *route; /* of the table of routes, or NULL: another one */
    unsigned status;            /* 0: the client went away before the reply was out */
    uint64_t bytes;             /* of the reply's body, as it was sent */
    uint64_t nanoseconds;
    const char *from, *who; /* a network, "nobody", "guest" or "account" */
} logged_request;

/* `path`: a file that lines are added to, made when it isn't there; "-": stderr. */
bt_status request_log_open(const char *path, request_log **out, bt_error *error);
void request_log_add(request_log *log, const logged_request *what); /* from any thread */
void request_log_close(request_log *log);                           /* writes what is left; NULL is fine */

#endif
