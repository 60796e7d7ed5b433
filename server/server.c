/* A server's life: listen, answer, drain, end.
 *
 * The listening socket is made here rather than by libmicrohttpd, so that a port that is taken can be told from other faults.
 * Stopping shuts that socket, waits until no request is under way, and only then ends the workers and the polling threads.
 */
#include "server/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "server/exchange.h"
#include "server/state.h"

enum { BACKLOG = 512, CONNECTION_MEMORY = 32 << 10 /* bytes: bounds the headers of a request */ };

uint64_t clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

server_params server_params_default(void)
{
    const long n = sysconf(_SC_NPROCESSORS_ONLN);
    const unsigned n_processors = n < 1 ? 1 : n > 16 ? 16 : (unsigned)n;
    return (server_params){
        .host = "127.0.0.1",
        .port = 4242,
        .n_threads = n_processors,
        .n_workers = n_processors + PASSWORDS_AT_ONCE, /* two may be busy with passwords */
        .queue_capacity = 512,
        .n_connections = 1024,
        .n_streams = 16384,
        .idle_seconds = 30,
        .drain_seconds = 10,
        .address_rate = 500,
        .person_rate = 100,
        .lists_bytes = (size_t)16 << 20,
        .training_memory = (uint64_t)2 << 30,
    };
}

/* --- the listening socket -------------------------------------------------------------------------------------------- */

static bt_status bind_to(server *s, const struct addrinfo *address, bt_error *error)
{
    const char *host = s->params.host;
    const int on = 1;
    s->listener = socket(address->ai_family, SOCK_STREAM, 0);
    if (s->listener < 0)
        return error_system(error, errno, "can't make a socket for %s", host);
    setsockopt(s->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(s->listener, address->ai_addr, address->ai_addrlen) != 0) {
        if (errno == EADDRINUSE)
            return error_set(error, BT_BUSY, "port %u of %s is in use: stop what uses it, or name another with --port",
                             (unsigned)s->params.port, host);
        return error_system(error, errno, "can't listen on %s, port %u", host, (unsigned)s->params.port);
    }
    if (listen(s->listener, BACKLOG) != 0 || fcntl(s->listener, F_SETFL, O_NONBLOCK) != 0 ||
        fcntl(s->listener, F_SETFD, FD_CLOEXEC) != 0)
        return error_system(error, errno, "can't listen on %s, port %u", host, (unsigned)s->params.port);
    return BT_OK;
}

static bt_status find_port(server *s, bt_error *error)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    char port[8];
    if (getsockname(s->listener, (struct sockaddr *)&address, &size) != 0)
        return error_system(error, errno, "can't ask which port was given");
    if (getnameinfo((struct sockaddr *)&address, size, NULL, 0, port, sizeof port, NI_NUMERICSERV) != 0)
        return error_set(error, BT_IO, "can't ask which port was given");
    uint32_t number = 0;
    parse_number(port, UINT16_MAX, &number);
    s->port = (uint16_t)number;
    return BT_OK;
}

/* Addresses only, so that starting asks no name server. */
static bt_status listen_on(server *s, bt_error *error)
{
    const char *host = strcmp(s->params.host, "localhost") == 0 ? "127.0.0.1" : s->params.host;
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE, .ai_socktype = SOCK_STREAM};
    struct addrinfo *address;
    char port[8];
    snprintf(port, sizeof port, "%u", (unsigned)s->params.port);
    if (getaddrinfo(host, port, &hints, &address) != 0)
        return error_set(error, BT_INVALID_ARGUMENT, "\"%s\" is not an address to listen on; try 127.0.0.1, 0.0.0.0 or ::1",
                         host);
    bt_status status = bind_to(s, address, error);
    freeaddrinfo(address);
    return status == BT_OK ? find_port(s, error) : status;
}

/* --- start ----------------------------------------------------------------------------------------------------------- */

static bt_status make_lock(server *s, bt_error *error)
{
    pthread_condattr_t clock;
    const bool made = pthread_condattr_init(&clock) == 0 && pthread_condattr_setclock(&clock, CLOCK_MONOTONIC) == 0 &&
                      pthread_mutex_init(&s->lock, NULL) == 0 && pthread_cond_init(&s->idle, &clock) == 0;
    pthread_condattr_destroy(&clock);
    return made ? BT_OK : error_no_memory(error, "starting the server");
}

/* Each connection is a descriptor; the store, the model and the log need some too. */
static unsigned connection_limit(const server_params *params)
{
    struct rlimit files;
    const unsigned spare = 64;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= (rlim_t)params->n_connections + spare)
        return params->n_connections;
    return files.rlim_cur > 2 * spare ? (unsigned)files.rlim_cur - spare : spare;
}

/* --- streams --------------------------------------------------------------------------------------------------------- */

static void tell_streams(void *context, const event *e)
{
    streams_profile(context, &e->user, e->version);
}

static void tell_model(void *context, const char *model)
{
    streams_model(context, model);
}

static bt_status start_streams(server *s, const app *a, bt_error *error)
{
    struct rlimit files;
    streams_params params = streams_params_default();
    const rlim_t others = connection_limit(&s->params) + 64u;
    if (!s->people)
        return BT_OK;
    params.model = app_model(a) ? app_model_id(a) : "";
    params.n_max = s->params.n_streams;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < others + params.n_max)
        params.n_max = files.rlim_cur > others ? (size_t)(files.rlim_cur - others) : 0;
    const bt_status status = streams_start(&params, &s->streams, error);
    if (status == BT_OK) {
        live_listen(people_live(s->people), tell_streams, s->streams);
        editions_listen(s->editions, tell_model, s->streams);
    }
    return status;
}

static bt_status start_polling(server *s, bt_error *error)
{
    const unsigned limit = connection_limit(&s->params);
    const unsigned n_pool = s->params.n_threads < limit ? s->params.n_threads : limit;
    struct MHD_OptionItem options[] = {
        {MHD_OPTION_LISTEN_SOCKET, s->listener, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, (intptr_t)limit, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, (intptr_t)s->params.idle_seconds, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, NULL},
        {MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
        {MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 0, NULL},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)exchange_end, s},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)exchange_connection, s},
        {n_pool > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, (intptr_t)n_pool, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    /* Turbo: closing its descriptor of a socket, libmicrohttpd doesn't shut the socket down, which may be a stream's by then. */
    s->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO, 0, NULL, NULL,
                                 exchange_access, s, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
    return s->daemon ? BT_OK : error_set(error, BT_IO, "the HTTP library could not start; too few descriptors or threads?");
}

static bt_status start(server *s, const app *a, bt_error *error)
{
    json_object_seed(0); /* once, before threads use hash tables */
    bt_status status = make_lock(s, error);
    if (status == BT_OK)
        status = assets_make(&s->memory, &s->assets, error);
    if (status == BT_OK)
        status = metrics_new(&s->metrics, error);
    if (status == BT_OK)
        status = passwords_new(&s->passwords, error);
    if (status == BT_OK)
        status = training_new(app_folder(a)->path, s->params.training_memory, &s->training, error);
    if (status == BT_OK)
        status = limits_new(s->params.address_rate, s->params.person_rate, &s->limits, error);
    if (status == BT_OK)
        status = list_cache_new(s->params.lists_bytes, &s->lists, error);
    if (status == BT_OK)
        status = listen_on(s, error);
    if (status == BT_OK)
        status = workers_start(a, s->params.n_workers, s->params.queue_capacity, exchange_work, &s->workers, error);
    if (status == BT_OK)
        status = start_streams(s, a, error);
    if (status == BT_OK)
        status = start_polling(s, error);
    return status;
}

bt_status server_start(editions *of, const server_params *params, server **out, bt_error *error)
{
    *out = NULL;
    server *s = memory_zeroed(1, sizeof *s);
    if (!s)
        return error_no_memory(error, "starting the server");
    s->editions = of;
    s->params = *params;
    s->people = params->people;
    s->listener = -1;
    randombytes_buf(&s->first_id, sizeof s->first_id);
    edition *now = editions_hold(of);
    const bt_status status = start(s, now->app, error);
    edition_release(now);
    if (status == BT_OK)
        *out = s;
    else
        server_stop(s);
    return status;
}

uint16_t server_port(const server *s)
{
    return s->port;
}

/* --- stop ------------------------------------------------------------------------------------------------------------ */

/* From here on nobody can connect, replies end their connection, and open connections are answered. */
static void drain(server *s)
{
    atomic_store(&s->stopping, true);
    MHD_quiesce_daemon(s->daemon);
    shutdown(s->listener, SHUT_RD);

    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)s->params.drain_seconds;
    pthread_mutex_lock(&s->lock);
    while (s->n_active > 0 && pthread_cond_timedwait(&s->idle, &s->lock, &until) == 0)
        ;
    pthread_mutex_unlock(&s->lock);
}

void server_stop(server *s)
{
    if (!s)
        return;
    if (s->daemon)
        drain(s);
    training_free(s->training); /* before the workers, one of which may await its model */
    if (s->people)
        people_finish(s->people); /* what was submitted is durable, and its connection awake */
    workers_stop(s->workers);     /* wakes every connection that sleeps: libmicrohttpd can't end with one asleep */
    if (s->people)
        live_listen(people_live(s->people), NULL, NULL);
    editions_listen(s->editions, NULL, NULL);
    streams_stop(s->streams); /* after whoever opens and tells them */
    if (s->daemon)
        MHD_stop_daemon(s->daemon);
    if (s->listener >= 0)
        close(s->listener);
    metrics_free(s->metrics);
    passwords_free(s->passwords);
    limits_free(s->limits);
    list_cache_free(s->lists);
    pthread_cond_destroy(&s->idle);
    pthread_mutex_destroy(&s->lock);
    arena_free(&s->memory);
    bt_free(s);
}
