/* Metrics in the text format of Prometheus (version 0.0.4).
 *
 * A block of counters for each route and one for what has none ("other"): requests by status, and how many took at most
 * 0.5 ms, 1 ms, … (not cumulative here; summed when they are read).
 */
#include "server/metrics.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/error.h"
#include "base/memory.h"
#include "server/handlers.h"
#include "server/state.h"

static const unsigned statuses[] = {500, 200, 201, 204, 304, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 503, 507};
static const double bounds[] = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0}; /* seconds */
enum { N_STATUSES = sizeof statuses / sizeof *statuses, N_BOUNDS = sizeof bounds / sizeof *bounds };

typedef struct counters {
    atomic_uint_fast64_t by_status[N_STATUSES];
    atomic_uint_fast64_t by_latency[N_BOUNDS + 1]; /* the last: slower than all bounds */
    atomic_uint_fast64_t nanoseconds;
} counters;

struct metrics {
    counters *routes; /* n_routes + 1 */
    atomic_uint_fast64_t n_refused;
    time_t started;
};

bt_status metrics_new(metrics **out, bt_error *error)
{
    metrics *m = memory_zeroed(1, sizeof *m);
    if (m)
        m->routes = memory_zeroed(n_routes + 1, sizeof *m->routes);
    if (!m || !m->routes) {
        metrics_free(m);
        *out = NULL;
        return error_no_memory(error, "starting metrics");
    }
    m->started = time(NULL);
    *out = m;
    return BT_OK;
}

void metrics_free(metrics *m)
{
    if (m)
        bt_free(m->routes);
    bt_free(m);
}

static size_t status_index(unsigned status)
{
    size_t i = N_STATUSES - 1;
    while (i > 0 && statuses[i] != status)
        i--;
    return i;
}

static size_t latency_index(uint64_t nanoseconds)
{
    size_t i = 0;
    while (i < N_BOUNDS && (double)nanoseconds > bounds[i] * 1e9)
        i++;
    return i;
}

void metrics_count(metrics *m, const route *at, unsigned status, uint64_t nanoseconds)
{
    counters *c = &m->routes[at ? (size_t)(at - routes) : n_routes];
    atomic_fetch_add_explicit(&c->by_status[status_index(status)], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&c->by_latency[latency_index(nanoseconds)], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&c->nanoseconds, nanoseconds, memory_order_relaxed);
}

void metrics_count_refused(metrics *m)
{
    atomic_fetch_add_explicit(&m->n_refused, 1, memory_order_relaxed);
}

/* --- the text -------------------------------------------------------------------------------------------------------- */

static uint64_t value_of(const atomic_uint_fast64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static const char *route_name(size_t i)
{
    return i < n_routes ? routes[i].path : "other";
}

static void write_head(FILE *out, const char *name, const char *type, const char *help)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void write_requests(FILE *out, const metrics *m)
{
    write_head(out, "butaca_http_requests_total", "counter", "Requests answered, by route and status.");
    for (size_t i = 0; i <= n_routes; i++)
        for (size_t s = 0; s < N_STATUSES; s++) {
            const uint64_t n = value_of(&m->routes[i].by_status[s]);
            if (n > 0)
                fprintf(out, "butaca_http_requests_total{route=\"%s\",status=\"%u\"} %" PRIu64 "\n", route_name(i), statuses[s],
                        n);
        }
}

static void write_latencies(FILE *out, const metrics *m)
{
    static const char name[] = "butaca_http_request_duration_seconds";
    write_head(out, name, "histogram", "From a request's headers to the last byte of its reply.");
    for (size_t i = 0; i <= n_routes; i++) {
        uint64_t n = 0;
        for (size_t b = 0; b <= N_BOUNDS; b++) {
            n += value_of(&m->routes[i].by_latency[b]);
            if (b < N_BOUNDS)
                fprintf(out, "%s_bucket{route=\"%s\",le=\"%g\"} %" PRIu64 "\n", name, route_name(i), bounds[b], n);
        }
        fprintf(out, "%s_bucket{route=\"%s\",le=\"+Inf\"} %" PRIu64 "\n", name, route_name(i), n);
        fprintf(out, "%s_sum{route=\"%s\"} %.9f\n", name, route_name(i), (double)value_of(&m->routes[i].nanoseconds) * 1e-9);
        fprintf(out, "%s_count{route=\"%s\"} %" PRIu64 "\n", name, route_name(i), n);
    }
}

static void write_gauge(FILE *out, const char *name, const char *help, uint64_t value)
{
    write_head(out, name, "gauge", help);
    fprintf(out, "%s %" PRIu64 "\n", name, value);
}

static void write_counter(FILE *out, const char *name, const char *help, uint64_t value)
{
    write_head(out, name, "counter", help);
    fprintf(out, "%s %" PRIu64 "\n", name, value);
}

static void write_streams(FILE *out, streams *all)
{
    const stream_counts counts = all ? streams_count(all) : (stream_counts){0};
    write_gauge(out, "butaca_streams", "Open streams of server-sent events.", counts.n);
    write_counter(out, "butaca_stream_messages_total", "Changes that streams were told of.", counts.n_messages);
    write_counter(out, "butaca_streams_dropped_total", "Streams closed since their client took nothing.", counts.n_dropped);
}

static void write_lists(FILE *out, list_cache *lists)
{
    const list_cache_counts counts = list_cache_count(lists);
    write_counter(out, "butaca_lists_kept_hits_total", "Lists that went out as they were made before.", counts.hits);
    write_counter(out, "butaca_lists_kept_misses_total", "Lists that had to be made.", counts.misses);
    write_gauge(out, "butaca_lists_kept_bytes", "Memory of the lists that are kept.", counts.bytes);
}

static unsigned connections(const server *s)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
    return info ? info->num_connections : 0;
}

static void write_model(FILE *out, const app *a)
{
    if (!app_model(a))
        return;
    const bt_model_info *info = bt_model_describe(app_model(a));
    write_head(out, "butaca_model_info", "gauge", "The model that makes the lists.");
    fprintf(out, "butaca_model_info{id=\"%s\",rank=\"%u\"} 1\n", app_model_id(a), info->params.rank);
    write_gauge(out, "butaca_model_films", "Films that the model knows.", info->n_films);
    write_gauge(out, "butaca_model_ratings", "Ratings that the model was trained on.", info->n_ratings);
    write_gauge(out, "butaca_model_data_timestamp_seconds", "The latest rating that the model was trained on.",
                info->data_time);
}

static void write_all(FILE *out, server *s, const app *a)
{
    write_head(out, "butaca_build_info", "gauge", "The program.");
    fprintf(out, "butaca_build_info{version=\"%s\"} 1\n", BT_VERSION_TEXT);
    write_gauge(out, "butaca_start_time_seconds", "When the server started, unix time.", (uint64_t)s->metrics->started);
    write_requests(out, s->metrics);
    write_latencies(out, s->metrics);
    pthread_mutex_lock(&s->lock);
    const size_t n_active = s->n_active;
    pthread_mutex_unlock(&s->lock);
    write_gauge(out, "butaca_http_requests_active", "Requests under way, this one among them.", n_active);
    write_gauge(out, "butaca_http_connections", "Open connections.", connections(s));
    write_gauge(out, "butaca_queue_length", "Requests that wait for a worker.", workers_queued(s->workers));
    write_gauge(out, "butaca_queue_capacity", "How many may wait.", s->params.queue_capacity);
    write_counter(out, "butaca_queue_refused_total", "Requests answered 503 since too many waited.",
                  value_of(&s->metrics->n_refused));
    write_streams(out, s->streams);
    write_lists(out, s->lists);
    write_model(out, a);
}

void metrics_get(request *r, catalogue *c)
{
    (void)c;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out) {
        write_all(out, r->server, r->app);
        fclose(out);
    }
    if (text)
        reply_text(r, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", text);
    else
        reply_problem(r, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL, "out of memory");
    free(text);
}
