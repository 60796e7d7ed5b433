/* The life of one request; see exchange.h for its stages. */
#include "server/exchange.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "server/routes.h"
#include "server/state.h"

static const char *header(const request *r, const char *name)
{
    return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

/* --- headers --------------------------------------------------------------------------------------------------------- */

static request *request_new(server *s, struct MHD_Connection *connection)
{
    request *r = memory_zeroed(1, sizeof *r);
    if (!r)
        return NULL;
    r->server = s;
    r->app = s->app;
    r->connection = connection;
    r->began = clock_now();
    pthread_mutex_lock(&s->lock);
    s->n_active++;
    pthread_mutex_unlock(&s->lock);
    return r;
}

/* "application/json", alone or with parameters. */
static bool is_json(const char *type)
{
    static const char json[] = "application/json";
    const size_t n = strlen(json);
    return type && strncasecmp(type, json, n) == 0 && (type[n] == '\0' || type[n] == ';' || type[n] == ' ');
}

/* Whether the body that the headers announce is worth reading, be it only to drop it. */
static bool is_too_long_to_drop(const request *r)
{
    const char *length = header(r, MHD_HTTP_HEADER_CONTENT_LENGTH);
    const unsigned long long n = length ? strtoull(length, NULL, 10) : 0;
    return n > REQUEST_DISCARD_MAX || (n > REQUEST_BODY_MAX && header(r, MHD_HTTP_HEADER_EXPECT));
}

static enum MHD_Result exchange_begin(request *r, const char *method, const char *url)
{
    if (routes_match(r, method, url) && strcmp(r->route->method, MHD_HTTP_METHOD_POST) == 0 &&
        !is_json(header(r, MHD_HTTP_HEADER_CONTENT_TYPE)))
        reply_problem(r, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, NULL, "the body must be application/json");
    if (!is_too_long_to_drop(r))
        return MHD_YES;
    if (r->reply.status == 0)
        reply_problem(r, MHD_HTTP_CONTENT_TOO_LARGE, NULL, "the body is over %d KiB", REQUEST_BODY_MAX >> 10);
    return reply_send(r, true);
}

/* --- handler --------------------------------------------------------------------------------------------------------- */

static void run_handler(request *r, catalogue *c)
{
    if (!r->route->parameters || request_check_query(r, r->route->parameters))
        r->route->handler(r, c);
    if (r->reply.status == 0) /* a handler that forgot to answer */
        reply_problem(r, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL, "no reply");
}

void exchange_work(void *job, catalogue *c)
{
    request *r = job;
    struct MHD_Connection *connection = r->connection; /* after resuming, r may be gone at any moment */
    run_handler(r, c);
    MHD_resume_connection(connection);
}

/* The connection sleeps before a worker can have the request, and so can't be woken too early. */
static void hand_to_worker(request *r)
{
    MHD_suspend_connection(r->connection);
    if (workers_push(r->server->workers, r))
        return;
    metrics_count_refused(r->server->metrics);
    reply_busy(r, "too many requests are waiting");
    MHD_resume_connection(r->connection);
}

/* --- what libmicrohttpd calls ---------------------------------------------------------------------------------------- */

enum MHD_Result exchange_access(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                                const char *version, const char *upload, size_t *upload_size, void **state)
{
    (void)version;
    server *s = context;
    request *r = *state;
    if (!r) {
        *state = r = request_new(s, connection);
        return r ? exchange_begin(r, method, url) : MHD_NO;
    }
    if (*upload_size > 0) {
        const bool goes_on = request_take_body(r, upload, *upload_size);
        *upload_size = 0;
        return goes_on ? MHD_YES : MHD_NO;
    }
    if (r->reply.status == 0 && r->route->place == ROUTE_WORKER) {
        hand_to_worker(r);
        return MHD_YES;
    }
    if (r->reply.status == 0)
        run_handler(r, NULL);
    return reply_send(r, atomic_load(&s->stopping));
}

void exchange_end(void *context, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode how)
{
    (void)connection;
    server *s = context;
    request *r = *state;
    if (!r)
        return;
    *state = NULL;
    if (how == MHD_REQUEST_TERMINATED_COMPLETED_OK)
        metrics_count(s->metrics, r->route, r->reply.status, clock_now() - r->began);
    free(r->reply.body);
    bt_free(r->body);
    arena_free(&r->memory);
    bt_free(r);
    pthread_mutex_lock(&s->lock);
    if (--s->n_active == 0)
        pthread_cond_broadcast(&s->idle);
    pthread_mutex_unlock(&s->lock);
}
