/* The server with its threads: many clients at once, a full queue, clients that fall silent, starting and stopping over and over.
 * Runs under ThreadSanitizer too.
 */
#include "server/server.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "server/editions.h"
#include "server/workers.h"
#include "support/small_folder.h"
#include "support/test.h"

static app *open_small(uint32_t ids[SMALL_FILMS])
{
    bt_error error = {0};
    const char *path = test_path("data");
    small_folder_make(path, ids);
    app *a = NULL;
    CHECK_OK(app_open(path, &a, &error), error);
    return a;
}

static editions *begin_small(uint32_t ids[SMALL_FILMS])
{
    bt_error error = {0};
    editions *of = NULL;
    CHECK_OK(editions_start(open_small(ids), &of, &error), error);
    return of;
}

static server *start(editions *of, server_params params)
{
    bt_error error = {0};
    server *s = NULL;
    params.port = 0;
    CHECK_OK(server_start(of, &params, &s, &error), error);
    return s;
}

static int connect_to(uint16_t port)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Sends `text`, reads until the other side closes; the status, or 0 for no answer. */
static int exchange(uint16_t port, const char *text)
{
    char reply[4096];
    size_t n = 0;
    const int fd = connect_to(port);
    if (fd < 0)
        return 0;
    if (send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text))
        for (ssize_t got; (got = recv(fd, reply + n, n < sizeof reply - 1 ? sizeof reply - 1 - n : 0, 0)) > 0;)
            n += (size_t)got;
    close(fd);
    reply[n] = '\0';
    return strncmp(reply, "HTTP/1.1 ", 9) == 0 ? (int)strtol(reply + 9, NULL, 10) : 0;
}

/* --- many at once ---------------------------------------------------------------------------------------------------- */

enum { CLIENTS = 8, ROUNDS = 25 };

typedef struct client {
    pthread_t thread;
    uint16_t port;
    int n_good;
} client;

static void *ask(void *context)
{
    static const char *const requests[] = {
        "GET /api/v1/films?text=space&limit=5 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET /api/v1/about HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET /api/v1/genres HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET /api/v1/films/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    };
    client *me = context;
    for (size_t i = 0; i < ROUNDS; i++)
        me->n_good += exchange(me->port, requests[i % 5]) == 200;
    return NULL;
}

TEST(many_clients_at_once)
{
    uint32_t ids[SMALL_FILMS];
    editions *of = begin_small(ids);
    server_params params = server_params_default();
    params.n_threads = 3;
    params.n_workers = 3;
    server *s = start(of, params);
    client clients[CLIENTS];
    for (size_t i = 0; i < CLIENTS; i++) {
        clients[i] = (client){.port = server_port(s)};
        REQUIRE(pthread_create(&clients[i].thread, NULL, ask, &clients[i]) == 0);
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        pthread_join(clients[i].thread, NULL);
        CHECK_INT(clients[i].n_good, ROUNDS);
    }
    server_stop(s);
    editions_stop(of);
}

TEST(stopping_while_clients_ask)
{
    uint32_t ids[SMALL_FILMS];
    editions *of = begin_small(ids);
    for (int round = 0; round < 5; round++) {
        server *s = start(of, server_params_default());
        client clients[CLIENTS];
        for (size_t i = 0; i < CLIENTS; i++) {
            clients[i] = (client){.port = server_port(s)};
            REQUIRE(pthread_create(&clients[i].thread, NULL, ask, &clients[i]) == 0);
        }
        nanosleep(&(struct timespec){.tv_nsec = 5000000L * round}, NULL);
        server_stop(s);
        for (size_t i = 0; i < CLIENTS; i++)
            pthread_join(clients[i].thread, NULL);
    }
    editions_stop(of);
}

/* What another process imports. */
static uint32_t add_film(const char *path)
{
    folder f = {.lock = -1};
    catalogue *c = NULL;
    bt_error error = {0};
    const film_id_pair id = {"small", "new"};
    film one = {.title = "Space Film of Another Day", .year = 2020, .ids = &id, .n_ids = 1};
    CHECK_OK(folder_open(path, FOLDER_WRITE, &f, &error), error);
    CHECK_OK(catalogue_open(f.catalogue_url, CATALOGUE_WRITE, &c, &error), error);
    CHECK_OK(catalogue_begin(c, &error), error);
    CHECK_OK(catalogue_put(c, &one, &error), error);
    CHECK_OK(catalogue_commit(c, &error), error);
    catalogue_close(c);
    folder_close(&f);
    return one.id;
}

TEST(a_film_comes_while_clients_ask)
{
    uint32_t ids[SMALL_FILMS];
    app *first = open_small(ids);
    bt_error error = {0};
    editions *of = NULL;
    CHECK_OK(app_prepare_search(first, &error), error);
    CHECK_OK(app_prepare_texts(first, NULL, &error), error);
    CHECK_OK(editions_start(first, &of, &error), error);
    server *s = start(of, server_params_default());
    client clients[CLIENTS];
    for (size_t i = 0; i < CLIENTS; i++) {
        clients[i] = (client){.port = server_port(s)};
        REQUIRE(pthread_create(&clients[i].thread, NULL, ask, &clients[i]) == 0);
    }
    const uint32_t added = add_film(test_path("data"));
    for (bool there = false; !there;) { /* the test's time limit is the alternative */
        edition *now = editions_hold(of);
        there = app_card(now->app, added) != NULL;
        edition_release(now);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        pthread_join(clients[i].thread, NULL);
        CHECK_INT(clients[i].n_good, ROUNDS);
    }
    server_stop(s);
    editions_stop(of);
}

/* --- clients that fall silent ------------------------------------------------------------------------------------------ */

TEST(half_a_header_is_closed_after_the_idle_time)
{
    uint32_t ids[SMALL_FILMS];
    editions *of = begin_small(ids);
    server_params params = server_params_default();
    params.idle_seconds = 1;
    server *s = start(of, params);
    char byte;
    const int fd = connect_to(server_port(s));
    REQUIRE(fd >= 0 && send(fd, "GET /heal", 9, MSG_NOSIGNAL) == 9);
    CHECK_INT(recv(fd, &byte, 1, 0), 0); /* blocks until the server closes; the test's time limit is the alternative */
    close(fd);
    server_stop(s);
    editions_stop(of);
}

TEST(a_body_that_never_comes_is_given_up)
{
    static const char head[] = "POST /api/v1/recommendations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                               "Content-Length: 100\r\n\r\n{";
    uint32_t ids[SMALL_FILMS];
    editions *of = begin_small(ids);
    server_params params = server_params_default();
    params.drain_seconds = 1;
    server *s = start(of, params);
    const int fd = connect_to(server_port(s));
    REQUIRE(fd >= 0 && send(fd, head, strlen(head), MSG_NOSIGNAL) == (ssize_t)strlen(head));
    CHECK_INT(exchange(server_port(s), "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), 200);
    server_stop(s);
    close(fd);
    editions_stop(of);
}

/* --- the queue ------------------------------------------------------------------------------------------------------- */

typedef struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool open;
    int n_entered;
    atomic_int n_run;
} gate;

static void pass(void *job, catalogue *c)
{
    gate *g = job;
    pthread_mutex_lock(&g->lock);
    g->n_entered++;
    pthread_cond_broadcast(&g->changed);
    while (!g->open)
        pthread_cond_wait(&g->changed, &g->lock);
    pthread_mutex_unlock(&g->lock);
    size_t n = 0;
    if (c && catalogue_count(c, &n, NULL) == BT_OK && n == SMALL_FILMS)
        atomic_fetch_add(&g->n_run, 1);
}

TEST(a_full_queue_refuses_and_stopping_finishes_what_is_queued)
{
    uint32_t ids[SMALL_FILMS];
    app *a = open_small(ids);
    bt_error error = {0};
    gate g = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    workers *w = NULL;
    CHECK_OK(workers_start(a, 2, 3, pass, &w, &error), error);
    CHECK(workers_push(w, &g));
    CHECK(workers_push(w, &g));
    pthread_mutex_lock(&g.lock); /* both workers have theirs, so the queue is empty */
    while (g.n_entered < 2)
        pthread_cond_wait(&g.changed, &g.lock);
    pthread_mutex_unlock(&g.lock);
    for (int i = 0; i < 3; i++)
        CHECK(workers_push(w, &g));
    CHECK_INT(workers_queued(w), 3);
    CHECK(!workers_push(w, &g));
    pthread_mutex_lock(&g.lock);
    g.open = true;
    pthread_cond_broadcast(&g.changed);
    pthread_mutex_unlock(&g.lock);
    workers_stop(w);
    CHECK_INT(atomic_load(&g.n_run), 5);
    app_close(a);
}

/* One worker and a queue of one: of many requests at once some are turned away with 503, and none is lost. */
typedef struct burst {
    pthread_t thread;
    uint16_t port;
    int n_good, n_busy, n_other;
} burst;

static void *hurry(void *context)
{
    burst *me = context;
    for (int i = 0; i < 20; i++) {
        const int status = exchange(me->port, "GET /api/v1/films?limit=40 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        me->n_good += status == 200;
        me->n_busy += status == 503;
        me->n_other += status != 200 && status != 503;
    }
    return NULL;
}

TEST(too_many_requests_are_told_to_come_back)
{
    uint32_t ids[SMALL_FILMS];
    editions *of = begin_small(ids);
    server_params params = server_params_default();
    params.n_threads = 1;
    params.n_workers = 1;
    params.queue_capacity = 1;
    server *s = start(of, params);
    burst bursts[CLIENTS];
    int n_good = 0, n_busy = 0;
    for (size_t i = 0; i < CLIENTS; i++) {
        bursts[i] = (burst){.port = server_port(s)};
        REQUIRE(pthread_create(&bursts[i].thread, NULL, hurry, &bursts[i]) == 0);
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        pthread_join(bursts[i].thread, NULL);
        CHECK_INT(bursts[i].n_other, 0);
        n_good += bursts[i].n_good;
        n_busy += bursts[i].n_busy;
    }
    CHECK_INT(n_good + n_busy, 20 * CLIENTS);
    CHECK(n_good > 0);
    CHECK(n_busy > 0);
    server_stop(s);
    editions_stop(of);
}

/* --- starting -------------------------------------------------------------------------------------------------------- */

TEST(a_port_in_use_is_busy)
{
    uint32_t ids[SMALL_FILMS];
    editions *of = begin_small(ids);
    server *first = start(of, server_params_default()), *second = NULL;
    bt_error error = {0};
    server_params params = server_params_default();
    params.port = server_port(first);
    CHECK_STATUS(server_start(of, &params, &second, &error), BT_BUSY);
    CHECK_CONTAINS(error.message, "in use");
    CHECK(second == NULL);
    params.host = "example.org";
    CHECK_STATUS(server_start(of, &params, &second, &error), BT_INVALID_ARGUMENT);
    params.host = "127.0.0.1";
    params.port = 0;
    params.n_workers = 0;
    CHECK_STATUS(server_start(of, &params, &second, &error), BT_INVALID_ARGUMENT);
    server_stop(first);
    editions_stop(of);
}

TEST(stopping_nothing_is_fine)
{
    server_stop(NULL);
    workers_stop(NULL);
}

TEST(memory_may_run_out_while_it_starts)
{
    uint32_t ids[SMALL_FILMS];
    editions *of = begin_small(ids);
    server_params params = server_params_default();
    params.port = 0;
    EACH_FAILED_ALLOCATION
    {
        server *s = NULL;
        const bt_status status = server_start(of, &params, &s, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        server_stop(s);
    }
    editions_stop(of);
}
