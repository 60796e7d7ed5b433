/* The HTTP server: REST API, live page, health and metrics over one opened data folder.
 *
 * libmicrohttpd answers on a pool of epoll threads. Handlers that only compute run there; what reads the store runs on workers
 * (server/workers.h) while the connection is suspended, so that a slow disk never blocks a thread that others wait on. Every
 * queue is bounded: full means 503 with Retry-After. Connections that stay open for server-sent events leave libmicrohttpd for a loop of
 * their own (server/streams.h).
 */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include "butaca/status.h"
#include "server/editions.h"

typedef struct server_params {
    const char *host; /* an address: "127.0.0.1", "::1", "0.0.0.0" */
    uint16_t port;    /* 0: the system picks a free one */
    unsigned n_threads, n_workers;
    size_t queue_capacity;              /* requests that wait for a worker; one more is answered 503 */
    unsigned n_connections;             /* at once; more wait in the system's queue */
    size_t n_streams;                   /* server-sent events, at once */
    unsigned idle_seconds;              /* a connection that sends or takes nothing for so long is closed */
    unsigned drain_seconds;             /* how long server_stop waits for the requests under way */
    uint64_t training_memory;           /* bytes that a training by the API may take; 0: no limit */
    unsigned address_rate, person_rate; /* requests a second, server/limits.h; 0: no limit */
    size_t lists_bytes;                 /* of lists that are kept, server/list_cache.h */
    struct request_log *log;            /* server/request_log.h, must outlive the server; NULL: none */
    struct people *people;              /* server/people.h, must outlive the server; NULL: nothing can be kept */
} server_params;

server_params server_params_default(void);

typedef struct server server;

/* Starts to answer; the editions must outlive the server. A port that is taken: BT_BUSY. */
bt_status server_start(editions *of, const server_params *params, server **out, bt_error *error);
uint16_t server_port(const server *s);
/* Takes no new connection, finishes the requests under way (at most drain_seconds), frees. NULL is fine. */
void server_stop(server *s);

#endif
