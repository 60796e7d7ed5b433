/* The loop of the streams; see streams.h.
 *
 * One lock guards everything. Other threads only mark streams as due and wake the loop; what touches sockets is the loop's. A person's
 * streams are found by a hash table with chains; streams that wait for their next beat stand in a ring in the order of their last
 * message, so that a round of beats looks at those alone that are due.
 */
#include "server/streams.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"

enum { READY_MAX = 256, SEND_BUFFER = 16 << 10 /* bytes that the system may hold for a client */ };

typedef struct stream {
    struct stream *next_of_user, *next_due;
    struct stream *before, *after; /* the ring of beats, the one that waits the longest first */
    int fd;
    bool due, ending, waiting, closed; /* waiting: for room in the socket */
    event_id user;
    uint8_t secret[ACCOUNT_SECRET_SIZE];
    int64_t expires;  /* unix seconds */
    uint64_t version; /* of the profile, as it was said last; 0: not yet */
    stream_state told;
    time_t heard; /* monotonic seconds of its last progress */
    char *rest;   /* what the socket didn't take; NULL: nothing */
    size_t n_rest;
} stream;

struct streams {
    streams_params params;
    int epoll, bell; /* bell: an eventfd that wakes the loop */
    pthread_t thread;
    bool started;

    pthread_mutex_t lock;
    bool stopping;
    char model[STREAM_MODEL_TEXT];
    stream **table; /* n_table chains */
    size_t n_table; /* a power of two */
    stream *due;
    stream ring; /* its head; `after` is the first */
    stream_counts counts;
};

static time_t seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

streams_params streams_params_default(void)
{
    return (streams_params){.n_max = 16384, .n_each = 64, .beat_seconds = 15, .patience = 30, .model = ""};
}

bool stream_state_parse(const char *text, stream_state *out)
{
    const size_t n = strspn(text, "0123456789");
    if (n == 0 || n > 19 || text[n] != '-')
        return false;
    const char *model = text + n + 1;
    const size_t n_model = strlen(model);
    if (n_model >= STREAM_MODEL_TEXT || strspn(model, "0123456789abcdef") != n_model)
        return false;
    *out = (stream_state){.version = strtoull(text, NULL, 10)};
    memcpy(out->model, model, n_model + 1);
    return true;
}

/* --- places; under the lock ------------------------------------------------------------------------------------------------- */

static stream **chain_of(streams *s, const event_id *user)
{
    uint64_t hash;
    memcpy(&hash, user->bytes + 8, sizeof hash); /* random bits */
    return &s->table[hash & (s->n_table - 1)];
}

static void leave_ring(stream *one)
{
    one->before->after = one->after;
    one->after->before = one->before;
}

static void join_ring(streams *s, stream *one)
{
    one->before = s->ring.before;
    one->after = &s->ring;
    s->ring.before->after = one;
    s->ring.before = one;
}

static void ring_bell(streams *s)
{
    const uint64_t one = 1;
    if (write(s->bell, &one, sizeof one) < 0) { /* full: it is ringing already */
    }
}

static void make_due(streams *s, stream *one)
{
    if (one->due || one->closed)
        return;
    if (s->due == NULL)
        ring_bell(s);
    one->due = true;
    one->next_due = s->due;
    s->due = one;
}

/* The loop's; the stream is freed when nothing points to it any more: the due list and the events at hand may. */
static void close_stream(streams *s, stream *one, stream **closed)
{
    if (one->closed)
        return;
    stream **at = chain_of(s, &one->user);
    while (*at != one)
        at = &(*at)->next_of_user;
    *at = one->next_of_user;
    leave_ring(one);
    epoll_ctl(s->epoll, EPOLL_CTL_DEL, one->fd, NULL); /* closing isn't enough while libmicrohttpd has its descriptor of it */
    shutdown(one->fd, SHUT_RDWR);
    close(one->fd);
    one->closed = true;
    s->counts.n--;
    one->next_of_user = *closed;
    *closed = one;
}

static void free_closed(stream *closed)
{
    for (stream *next; closed != NULL; closed = next) {
        next = closed->next_of_user;
        bt_free(closed->rest);
        bt_free(closed);
    }
}

/* --- writing; the loop's, under the lock --------------------------------------------------------------------------------------- */

static void watch(streams *s, stream *one, bool for_room)
{
    struct epoll_event wish = {.events = EPOLLRDHUP | (for_room ? EPOLLOUT : 0u), .data.ptr = one};
    one->waiting = for_room;
    epoll_ctl(s->epoll, EPOLL_CTL_MOD, one->fd, &wish);
}

/* Sends, and keeps what the socket doesn't take. false: the client is gone, or there is no memory for the rest. */
static bool send_bytes(streams *s, stream *one, const char *bytes, size_t n)
{
    ssize_t sent = send(one->fd, bytes, n, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
        return false;
    if (sent > 0) {
        one->heard = seconds_now();
        leave_ring(one);
        join_ring(s, one);
    }
    const size_t taken = sent > 0 ? (size_t)sent : 0;
    if (taken == n)
        return true;
    one->rest = memory_array(n - taken, 1);
    if (one->rest == NULL)
        return false;
    memcpy(one->rest, bytes + taken, n - taken);
    one->n_rest = n - taken;
    watch(s, one, true);
    return true;
}

static bool send_rest(streams *s, stream *one)
{
    char *rest = one->rest;
    const size_t n = one->n_rest;
    one->rest = NULL;
    const bool fine = send_bytes(s, one, rest, n);
    bt_free(rest);
    if (fine && one->rest == NULL && one->waiting)
        watch(s, one, false);
    return fine;
}

static size_t write_event(char *text, size_t room, const char *kind, const stream_state *now)
{
    const char *quote = now->model[0] != '\0' ? "\"" : "", *model = now->model[0] != '\0' ? now->model : "null";
    return (size_t)snprintf(text, room,
                            "id: %" PRIu64 "-%s\nevent: %s\n"
                            "data: {\"profile_version\":%" PRIu64 ",\"model\":%s%s%s}\n\n",
                            now->version, now->model, kind, now->version, quote, model, quote);
}

/* What the client doesn't know yet, in one message; the state afterwards. */
static bool tell(streams *s, stream *one)
{
    char text[STREAM_MESSAGE_MAX];
    size_t n = 0;
    if (one->rest != NULL || one->version == 0) /* when there is room; when the profile was read */
        return true;
    stream_state now = {.version = one->version - 1}; /* kept plus one: 0 is a profile without events */
    memcpy(now.model, s->model, sizeof now.model);
    const bool profile = now.version != one->told.version, model = strcmp(now.model, one->told.model) != 0;
    if (profile)
        n += write_event(text + n, sizeof text - n, "profile", &now);
    if (model)
        n += write_event(text + n, sizeof text - n, "model", &now);
    if (profile || model)
        n += write_event(text + n, sizeof text - n, "list", &now);
    one->told = now;
    s->counts.n_messages += n > 0;
    return n == 0 || send_bytes(s, one, text, n);
}

/* --- rounds ------------------------------------------------------------------------------------------------------------------ */

static void serve_due(streams *s, stream **closed)
{
    stream *next = s->due;
    s->due = NULL;
    while (next != NULL) {
        stream *one = next;
        next = one->next_due;
        one->due = false;
        if (one->closed)
            continue;
        if (one->ending || !tell(s, one))
            close_stream(s, one, closed);
    }
}

/* Those whose last message is the oldest stand first. */
static void serve_beats(streams *s, stream **closed)
{
    static const char beat[] = ": \n\n";
    const time_t now = seconds_now(), day = time(NULL);
    for (stream *one = s->ring.after, *next; one != &s->ring; one = next) {
        next = one->after;
        const time_t silent = now - one->heard;
        if (silent < (time_t)(s->params.beat_seconds < s->params.patience ? s->params.beat_seconds : s->params.patience))
            return;
        const bool full = one->rest != NULL;
        const bool late = full && silent >= (time_t)s->params.patience;
        s->counts.n_dropped += late;
        const bool beats = !full && silent >= (time_t)s->params.beat_seconds;
        if (late || one->expires <= day || (beats && !send_bytes(s, one, beat, sizeof beat - 1)))
            close_stream(s, one, closed);
    }
}

static void serve_socket(streams *s, const struct epoll_event *ready, stream **closed)
{
    stream *one = ready->data.ptr;
    if (one == NULL) { /* the bell */
        uint64_t rung;
        if (read(s->bell, &rung, sizeof rung) < 0) {}
        return;
    }
    if (one->closed)
        return;
    const bool gone = (ready->events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) != 0;
    if (gone ||
        ((ready->events & EPOLLOUT) && one->rest != NULL && !(send_rest(s, one) && (one->rest != NULL || tell(s, one)))))
        close_stream(s, one, closed);
}

/* Everything that is due at the end goes out before the loop ends. */
static void *run(void *context)
{
    streams *s = context;
    struct epoll_event events[READY_MAX];
    for (bool stopping = false; !stopping;) {
        const int n = epoll_wait(s->epoll, events, READY_MAX, 1000);
        stream *closed = NULL;
        pthread_mutex_lock(&s->lock);
        for (int i = 0; i < n; i++)
            serve_socket(s, &events[i], &closed);
        serve_due(s, &closed);
        serve_beats(s, &closed);
        stopping = s->stopping;
        pthread_mutex_unlock(&s->lock);
        free_closed(closed);
    }
    return NULL;
}

/* --- from other threads --------------------------------------------------------------------------------------------------------- */

static size_t count_of_user(streams *s, const event_id *user)
{
    size_t n = 0;
    for (const stream *one = *chain_of(s, user); one != NULL; one = one->next_of_user)
        n += event_id_compare(&one->user, user) == 0;
    return n;
}

static bt_status check_room(streams *s, const event_id *user, bt_error *error)
{
    if (s->stopping)
        return error_set(error, BT_BUSY, "the server is stopping");
    if (s->counts.n >= s->params.n_max)
        return error_set(error, BT_BUSY, "%zu streams are open: try again in a while", s->counts.n);
    if (count_of_user(s, user) >= s->params.n_each)
        return error_set(error, BT_BUSY, "you have %zu streams open: close one", s->params.n_each);
    return BT_OK;
}

/* Into epoll, the table and the ring; the reply's headers go out. */
static bt_status admit(streams *s, stream *one, const char *head, bt_error *error)
{
    struct epoll_event wish = {.events = EPOLLRDHUP, .data.ptr = one};
    bt_status status = check_room(s, &one->user, error);
    if (status == BT_OK && epoll_ctl(s->epoll, EPOLL_CTL_ADD, one->fd, &wish) != 0)
        status = error_system(error, errno, "opening a stream");
    if (status != BT_OK)
        return status;
    stream **chain = chain_of(s, &one->user);
    one->next_of_user = *chain;
    *chain = one;
    join_ring(s, one);
    s->counts.n++;
    if (!send_bytes(s, one, head, strlen(head))) { /* gone already */
        one->ending = true;
        make_due(s, one);
    }
    return BT_OK;
}

bt_status streams_add(streams *s, const stream_offer *offer, bt_error *error)
{
    const int size = SEND_BUFFER;
    setsockopt(offer->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    stream *one = memory_zeroed(1, sizeof *one);
    bt_status status = one != NULL ? BT_OK : error_no_memory(error, "opening a stream");
    if (status == BT_OK) {
        *one = (stream){
            .fd = offer->fd, .user = offer->user, .expires = offer->expires, .told = offer->known, .heard = seconds_now()};
        memcpy(one->secret, offer->secret, sizeof one->secret);
        pthread_mutex_lock(&s->lock);
        status = admit(s, one, offer->head, error);
        pthread_mutex_unlock(&s->lock);
    }
    if (status != BT_OK) {
        close(offer->fd);
        bt_free(one);
    }
    return status;
}

void streams_profile(streams *s, const event_id *user, uint64_t version)
{
    pthread_mutex_lock(&s->lock);
    for (stream *one = *chain_of(s, user); one != NULL; one = one->next_of_user)
        if (one->version < version + 1 && event_id_compare(&one->user, user) == 0) {
            one->version = version + 1;
            make_due(s, one);
        }
    pthread_mutex_unlock(&s->lock);
}

void streams_model(streams *s, const char *model)
{
    pthread_mutex_lock(&s->lock);
    snprintf(s->model, sizeof s->model, "%s", model);
    for (stream *one = s->ring.after; one != &s->ring; one = one->after)
        make_due(s, one);
    pthread_mutex_unlock(&s->lock);
}

void streams_end(streams *s, const event_id *user, const uint8_t *secret)
{
    pthread_mutex_lock(&s->lock);
    for (stream *one = *chain_of(s, user); one != NULL; one = one->next_of_user)
        if (event_id_compare(&one->user, user) == 0 &&
            (secret == NULL || memcmp(one->secret, secret, sizeof one->secret) == 0)) {
            one->ending = true;
            make_due(s, one);
        }
    pthread_mutex_unlock(&s->lock);
}

stream_counts streams_count(streams *s)
{
    pthread_mutex_lock(&s->lock);
    const stream_counts counts = s->counts;
    pthread_mutex_unlock(&s->lock);
    return counts;
}

/* --- starting and stopping ---------------------------------------------------------------------------------------------------- */

static bt_status start(streams *s, bt_error *error)
{
    struct epoll_event bell = {.events = EPOLLIN};
    for (s->n_table = 64; s->n_table < s->params.n_max; s->n_table *= 2)
        ;
    s->table = memory_zeroed(s->n_table, sizeof *s->table);
    if (s->table == NULL)
        return error_no_memory(error, "starting the streams");
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    s->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->epoll < 0 || s->bell < 0 || epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->bell, &bell) != 0)
        return error_system(error, errno, "starting the streams");
    const int failed = pthread_create(&s->thread, NULL, run, s);
    if (failed != 0)
        return error_system(error, failed, "starting the streams' thread");
    s->started = true;
    return BT_OK;
}

bt_status streams_start(const streams_params *params, streams **out, bt_error *error)
{
    *out = NULL;
    streams *s = memory_zeroed(1, sizeof *s);
    if (s == NULL)
        return error_no_memory(error, "starting the streams");
    s->params = *params;
    s->epoll = s->bell = -1;
    s->ring.before = s->ring.after = &s->ring;
    snprintf(s->model, sizeof s->model, "%s", params->model);
    pthread_mutex_init(&s->lock, NULL);
    const bt_status status = start(s, error);
    if (status == BT_OK)
        *out = s;
    else
        streams_stop(s);
    return status;
}

void streams_stop(streams *s)
{
    if (s == NULL)
        return;
    pthread_mutex_lock(&s->lock);
    s->stopping = true;
    ring_bell(s);
    pthread_mutex_unlock(&s->lock);
    if (s->started)
        pthread_join(s->thread, NULL);
    stream *closed = NULL;
    while (s->ring.after != &s->ring)
        close_stream(s, s->ring.after, &closed);
    free_closed(closed);
    if (s->epoll >= 0)
        close(s->epoll);
    if (s->bell >= 0)
        close(s->bell);
    pthread_mutex_destroy(&s->lock);
    bt_free(s->table);
    bt_free(s);
}
