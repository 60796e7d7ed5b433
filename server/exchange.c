/* The life of one request; see exchange.h for its stages. */
#include "server/exchange.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/random.h"
#include "server/pressure.h"
#include "server/remote.h"
#include "server/request_log.h"
#include "server/routes.h"
#include "server/sessions.h"
#include "server/state.h"

static const char *header(const request *r, const char *name)
{
    return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

/* --- limits ----------------------------------------------------------------------------------------------------------- */

/* What a page needs and what supervisors ask is free; the rest is under /api. false: too many, and the reply says so. */
static bool let_through(request *r, limit_kind kind, const void *key, size_t size)
{
    if (size == 0 || strncmp(r->route->path, "/api/", strlen("/api/")) != 0)
        return true;
    const limit_state now = limits_take(r->server->limits, kind, key, size, clock_now());
    if (now.rate == 0)
        return true;
    const limit_state *tighter = &r->limit;
    if (tighter->rate == 0 || (uint64_t)now.remaining * tighter->burst <= (uint64_t)tighter->remaining * now.burst) {
        r->limit = now;
        r->limit_kind = kind;
    }
    if (now.wait == 0)
        return true;
    reply_problem(r, MHD_HTTP_TOO_MANY_REQUESTS, "too-many-requests", "too many requests of one %s: %u a second",
                  kind == LIMIT_PERSON ? "person" : "address", now.rate);
    r->reply.retry_after = now.wait;
    return false;
}

static void let_address_through(request *r)
{
    uint8_t address[REMOTE_KEY];
    if (r->route && r->reply.status == 0)
        let_through(r, LIMIT_ADDRESS, address, remote_key(r, address));
}

/* --- headers --------------------------------------------------------------------------------------------------------- */

static request *request_new(server *s, struct MHD_Connection *connection)
{
    request *r = memory_zeroed(1, sizeof *r);
    if (!r)
        return NULL;
    r->server = s;
    r->edition = editions_hold(s->editions);
    r->app = r->edition->app;
    r->connection = connection;
    r->began = clock_now();
    r->number = random_mix(s->first_id + atomic_fetch_add_explicit(&s->n_requests, 1, memory_order_relaxed));
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

static bool has_body(const request *r)
{
    const char *length = header(r, MHD_HTTP_HEADER_CONTENT_LENGTH);
    return header(r, MHD_HTTP_HEADER_TRANSFER_ENCODING) || (length && strcmp(length, "0") != 0);
}

/* Whether the body that the headers announce is worth reading, be it only to drop it. */
static bool is_too_long_to_drop(const request *r)
{
    const char *length = header(r, MHD_HTTP_HEADER_CONTENT_LENGTH);
    const unsigned long long n = length ? strtoull(length, NULL, 10) : 0;
    return n > REQUEST_DISCARD_MAX || (n > REQUEST_BODY_MAX && header(r, MHD_HTTP_HEADER_EXPECT));
}

/* The secret that the client shows, in a cookie or as a bearer token; false: none, or nothing that can be one. */
static bool read_secret(const request *r, uint8_t secret[ACCOUNT_SECRET_SIZE], bool *shown)
{
    static const char bearer[] = "Bearer ";
    const char *token = header(r, MHD_HTTP_HEADER_AUTHORIZATION);
    const char *cookie = MHD_lookup_connection_value(r->connection, MHD_COOKIE_KIND, SESSION_COOKIE);
    *shown = token != NULL || cookie != NULL;
    if (token)
        return strncasecmp(token, bearer, strlen(bearer)) == 0 && people_hash(token + strlen(bearer), secret);
    return cookie && people_hash(cookie, secret);
}

/* A client's own word has no place in the log. */
static const char *known_method(const char *method)
{
    static const char *const known[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(method, known[i]) == 0)
            return known[i];
    return NULL;
}

static enum MHD_Result exchange_begin(request *r, const char *method, const char *url)
{
    r->method = known_method(method);
    r->only_head = strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
    const bool writes = routes_match(r, method, url) && strcmp(r->route->method, MHD_HTTP_METHOD_GET) != 0;
    if (writes && (strcmp(r->route->method, MHD_HTTP_METHOD_DELETE) != 0 || has_body(r)) &&
        !is_json(header(r, MHD_HTTP_HEADER_CONTENT_TYPE)))
        reply_problem(r, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, NULL, "the body must be application/json");
    let_address_through(r);
    if (!is_too_long_to_drop(r))
        return MHD_YES;
    if (r->reply.status == 0)
        reply_problem(r, MHD_HTTP_CONTENT_TOO_LARGE, NULL, "the body is over %d KiB", REQUEST_BODY_MAX >> 10);
    return reply_send(r, true);
}

/* --- who asks --------------------------------------------------------------------------------------------------------- */

static void no_session(request *r)
{
    reply_problem(r, MHD_HTTP_UNAUTHORIZED, "no-session", "no session, or one that ended: log in, or POST /api/v1/guests");
    if (MHD_lookup_connection_value(r->connection, MHD_COOKIE_KIND, SESSION_COOKIE))
        r->reply.cookie = SESSION_COOKIE_GONE;
}

/* The handler is next, if this person may. */
static void admit(request *r)
{
    const route_access access = r->route->access;
    const bool named = r->who.kind == PERSON_ACCOUNT;
    if (r->who.kind != PERSON_NOBODY && !let_through(r, LIMIT_PERSON, r->who.user.bytes, sizeof r->who.user.bytes))
        return;
    if (access >= ROUTE_PERSON && r->who.kind == PERSON_NOBODY)
        no_session(r);
    else if (access == ROUTE_ACCOUNT && (!named || r->who.by_token))
        reply_problem(r, MHD_HTTP_FORBIDDEN, NULL, "%s",
                      named ? "a token can't do this: log in" : "this takes an account: register");
    else if (access == ROUTE_ADMIN && !r->who.admin)
        reply_problem(r, MHD_HTTP_FORBIDDEN, NULL, "this is for administrators");
    else
        request_next(r, r->route->place, r->route->handler);
}

/* A secret that is shown is a session, or the request is refused: a client would not notice otherwise that its session ended. */
static void look_up(request *r, catalogue *c)
{
    (void)c;
    bt_error error = {0};
    bool found = false, shown;
    uint8_t secret[ACCOUNT_SECRET_SIZE];
    if (read_secret(r, secret, &shown) && people_find(r->server->people, secret, &r->who, &found, &error) != BT_OK)
        reply_error(r, &error);
    else if (found)
        admit(r);
    else
        no_session(r);
}

static void identify(request *r)
{
    uint8_t secret[ACCOUNT_SECRET_SIZE];
    bool shown = false;
    if (!r->server->people) {
        if (r->route->access == ROUTE_ANYBODY)
            admit(r);
        else
            reply_problem(r, MHD_HTTP_SERVICE_UNAVAILABLE, "read-only",
                          "the data folder can't be written: nothing can be kept");
    } else if (!read_secret(r, secret, &shown)) {
        if (shown)
            no_session(r);
        else
            admit(r);
    } else if (people_recall(r->server->people, secret, &r->who)) {
        admit(r);
    } else {
        request_next(r, REQUEST_WORKER, look_up);
    }
}

/* --- steps ------------------------------------------------------------------------------------------------------------ */

/* What supervisors ask is answered in any case. */
static bool is_too_late(const request *r)
{
    const unsigned crowd = atomic_load_explicit(&r->server->n_connections, memory_order_relaxed);
    if (crowd < PRESSURE_CROWD || strncmp(r->route->path, "/api/", strlen("/api/")) != 0)
        return false;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info && pressure_waited(info->connect_fd);
}

static void first_step(request *r, catalogue *c)
{
    (void)c;
    if (is_too_late(r)) {
        metrics_count_refused(r->server->metrics);
        reply_busy(r, "more is asked than can be answered");
        return;
    }
    if (r->route->parameters && !request_check_query(r, r->route->parameters))
        return;
    if (r->route->access == ROUTE_OPEN)
        request_next(r, r->route->place, r->route->handler);
    else
        identify(r);
}

void request_next(request *r, request_place place, request_step *step)
{
    r->place = place;
    r->step = step;
}

void request_sleep(request *r, request_step *step)
{
    request_next(r, REQUEST_INLINE, step);
    r->asleep = true;
    MHD_suspend_connection(r->connection);
}

void request_wake(request *r)
{
    MHD_resume_connection(r->connection);
}

static void run_step(request *r, catalogue *c)
{
    request_step *step = r->step;
    r->step = NULL;
    step(r, c);
    if (r->reply.status == 0 && !r->step) /* a handler that forgot to answer */
        reply_problem(r, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL, "no reply");
}

void exchange_work(void *job, catalogue *c)
{
    request *r = job;
    while (r->reply.status == 0 && r->place == REQUEST_WORKER)
        run_step(r, c);
    request_wake(r); /* from here on r may be gone at any moment */
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
    if (r->reply.status == 0 && !r->step)
        request_next(r, REQUEST_INLINE, first_step);
    while (r->reply.status == 0) {
        if (r->place == REQUEST_WORKER) {
            hand_to_worker(r);
            return MHD_YES;
        }
        r->asleep = false;
        run_step(r, NULL);
        if (r->asleep)
            return MHD_YES;
    }
    if (r->handed_over)
        return MHD_NO;
    return reply_send(r, atomic_load(&s->stopping));
}

/* Metrics are of what was answered; the log has what wasn't, too. */
static void count(const request *r, bool answered)
{
    static const char *const kinds[] = {"nobody", "guest", "account"};
    const uint64_t nanoseconds = clock_now() - r->began;
    if (answered)
        metrics_count(r->server->metrics, r->route, r->reply.status, nanoseconds);
    if (!r->server->params.log)
        return;
    char from[REMOTE_TEXT];
    remote_area(r, from);
    const logged_request line = {.id = r->number,
                                 .method = r->method,
                                 .route = r->route ? r->route->path : NULL,
                                 .status = answered ? r->reply.status : 0,
                                 .bytes = r->only_head ? 0 : r->reply.size,
                                 .nanoseconds = nanoseconds,
                                 .from = from,
                                 .who = kinds[r->who.kind]};
    request_log_add(r->server->params.log, &line);
}

void exchange_connection(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_ConnectionNotificationCode what)
{
    (void)connection;
    (void)state;
    server *s = context;
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        atomic_fetch_add_explicit(&s->n_connections, 1, memory_order_relaxed);
    else
        atomic_fetch_sub_explicit(&s->n_connections, 1, memory_order_relaxed);
}

void exchange_end(void *context, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode how)
{
    (void)connection;
    server *s = context;
    request *r = *state;
    if (!r)
        return;
    *state = NULL;
    count(r, how == MHD_REQUEST_TERMINATED_COMPLETED_OK || r->handed_over);
    free(r->reply.body);
    shared_body_release(r->reply.shared);
    bt_free(r->body);
    arena_free(&r->memory);
    edition_release(r->edition);
    bt_free(r);
    pthread_mutex_lock(&s->lock);
    if (--s->n_active == 0)
        pthread_cond_broadcast(&s->idle);
    pthread_mutex_unlock(&s->lock);
}
