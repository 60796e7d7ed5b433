/* What a running server holds. Everything but `metrics`, the queue and the count of requests is fixed between start and stop. */
#ifndef SERVER_STATE_H
#define SERVER_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "server/assets.h"
#include "server/limits.h"
#include "server/list_cache.h"
#include "server/metrics.h"
#include "server/passwords.h"
#include "server/request.h"
#include "server/server.h"
#include "server/streams.h"
#include "server/training.h"
#include "server/workers.h"

struct server {
    editions *editions;
    server_params params;
    arena memory; /* assets */
    assets assets;
    metrics *metrics;
    people *people; /* params.people */
    passwords *passwords;
    training *training;
    limits *limits;
    list_cache *lists;
    workers *workers;
    streams *streams; /* NULL: nothing can be kept, so nothing changes */
    struct MHD_Daemon *daemon;
    int listener;
    uint16_t port;

    uint64_t first_id; /* random: where the ids of this start's requests begin */
    atomic_uint_fast64_t n_requests;
    atomic_uint n_connections; /* open, without streams */
    atomic_bool stopping;
    pthread_mutex_t lock; /* guards n_active */
    pthread_cond_t idle;  /* n_active came to 0; on the monotonic clock */
    size_t n_active;      /* requests from their headers to their last byte */
};

uint64_t clock_now(void); /* monotonic, ns */

#endif
