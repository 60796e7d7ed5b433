/* The loop of server-sent events on socket pairs: what is told, what melts together, who is dropped. Runs under ThreadSanitizer too. */
/* run: asan-ubsan tsan */
#include "server/streams.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "support/events.h"
#include "support/test.h"

static bt_error error;
static const char head[] = "HTTP/1.1 200 OK\r\n\r\n";
static const char model[] = "0123456789abcdef";

static streams *start(unsigned patience)
{
    streams *s = NULL;
    streams_params params = streams_params_default();
    params.n_max = 8;
    params.n_each = 4;
    params.beat_seconds = params.patience = patience;
    params.model = model;
    CHECK_OK(streams_start(&params, &s, &error), error);
    return s;
}

/* A stream of person `user`; returns the client's end. */
static int open_stream(streams *s, uint32_t user, bt_status expected, const char *known)
{
    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    stream_offer offer = {
        .fd = ends[1], .head = head, .user = test_event_id(user), .expires = INT64_MAX, .known = STREAM_KNOWS_NOTHING};
    offer.secret[0] = (uint8_t)user;
    if (known != NULL)
        CHECK(stream_state_parse(known, &offer.known));
    CHECK_STATUS(streams_add(s, &offer, &error), expected);
    return ends[0];
}

/* Reads until what came ends in `end`; all of it, in memory of this function. NULL: the end came first. */
static const char *read_until(int fd, const char *end)
{
    static char text[1 << 16];
    size_t n = 0;
    for (;;) {
        const ssize_t got = read(fd, text + n, 1);
        if (got <= 0)
            return NULL;
        text[++n] = '\0';
        REQUIRE(n + 1 < sizeof text);
        if (n >= strlen(end) && strcmp(text + n - strlen(end), end) == 0)
            return text;
    }
}

static const char *list_of(uint64_t version)
{
    static char text[256];
    snprintf(text, sizeof text, "event: list\ndata: {\"profile_version\":%llu,\"model\":\"%s\"}\n\n",
             (unsigned long long)version, model);
    return text;
}

static void wait_until_dropped(streams *s)
{
    const struct timespec moment = {.tv_nsec = 10000000};
    while (streams_count(s).n > 0)
        nanosleep(&moment, NULL);
}

TEST(ids_are_read)
{
    stream_state state;
    CHECK(stream_state_parse("17-0123456789abcdef", &state));
    CHECK(state.version == 17);
    CHECK_STR(state.model, model);
    CHECK(stream_state_parse("0-", &state));
    CHECK_STR(state.model, "");
    static const char *const others[] = {"",     "-",  "1", "x-1", "1-z", "1-0123456789abcdef0", "99999999999999999999-",
                                         "1-AB", " 1-"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        CHECK(!stream_state_parse(others[i], &state));
}

TEST(a_stream_is_told_the_state_and_what_changes)
{
    streams *s = start(60);
    const event_id user = test_event_id(1), other = test_event_id(2);
    const int fd = open_stream(s, 1, BT_OK, NULL);
    CHECK_STR(read_until(fd, "\r\n\r\n"), head);
    streams_profile(s, &other, 99);
    streams_profile(s, &user, 5);
    const char *first = read_until(fd, list_of(5));
    REQUIRE(first != NULL);
    CHECK(strncmp(first, "id: 5-0123456789abcdef\nevent: profile\n", 38) == 0);
    CHECK(strstr(first, "event: model\n") != NULL);
    streams_profile(s, &user, 4); /* came late */
    streams_profile(s, &user, 6);
    const char *second = read_until(fd, list_of(6));
    REQUIRE(second != NULL);
    CHECK(strncmp(second, "id: 6-", 6) == 0 && strstr(second, "event: model\n") == NULL);
    streams_model(s, "");
    CHECK(read_until(fd, "event: list\ndata: {\"profile_version\":6,\"model\":null}\n\n") != NULL);
    close(fd);
    streams_stop(s);
}

TEST(who_comes_back_is_told_what_is_new)
{
    streams *s = start(60);
    const event_id user = test_event_id(1);
    const int fd = open_stream(s, 1, BT_OK, "5-0123456789abcdef");
    CHECK(read_until(fd, "\r\n\r\n") != NULL);
    streams_profile(s, &user, 5); /* known */
    streams_profile(s, &user, 7);
    const char *text = read_until(fd, list_of(7));
    REQUIRE(text != NULL);
    CHECK(strncmp(text, "id: 7-", 6) == 0 && strstr(text, "model\n") == NULL);
    close(fd);
    streams_stop(s);
}

TEST(a_profile_without_events_has_a_version)
{
    streams *s = start(60);
    const event_id user = test_event_id(1);
    const int fd = open_stream(s, 1, BT_OK, NULL);
    streams_profile(s, &user, 0);
    CHECK(read_until(fd, list_of(0)) != NULL);
    close(fd);
    streams_stop(s);
}

TEST(there_are_bounds)
{
    streams *s = start(60);
    int fds[10];
    for (uint32_t i = 0; i < 8; i++)
        fds[i] = open_stream(s, 1 + i / 4, BT_OK, NULL);
    fds[8] = open_stream(s, 9, BT_BUSY, NULL);
    CHECK_CONTAINS(error.message, "8 streams are open");
    close(fds[0]);
    close(fds[8]);
    while (streams_count(s).n == 8)
        ;
    fds[0] = open_stream(s, 2, BT_BUSY, NULL);
    CHECK_CONTAINS(error.message, "you have 4");
    for (int i = 0; i < 8; i++)
        close(fds[i]);
    streams_stop(s);
}

TEST(who_reads_nothing_is_dropped)
{
    streams *s = start(1);
    const event_id user = test_event_id(1);
    const int fd = open_stream(s, 1, BT_OK, NULL);
    uint64_t version = 1;
    for (uint64_t before = UINT64_MAX;
         before != streams_count(s).n_messages && version < 100000;) { /* until the socket is full */
        before = streams_count(s).n_messages;
        const struct timespec moment = {.tv_nsec = 20000000};
        for (int i = 0; i < 50; i++)
            streams_profile(s, &user, ++version);
        nanosleep(&moment, NULL);
    }
    wait_until_dropped(s);
    CHECK_INT(streams_count(s).n_dropped, 1);
    CHECK(read_until(fd, "no such text") == NULL);
    close(fd);
    streams_stop(s);
}

TEST(who_hears_nothing_gets_a_beat)
{
    streams *s = start(1);
    const int fd = open_stream(s, 1, BT_OK, NULL);
    CHECK(read_until(fd, "\r\n\r\n: \n\n") != NULL);
    CHECK(read_until(fd, ": \n\n") != NULL);
    close(fd);
    wait_until_dropped(s);
    CHECK_INT(streams_count(s).n_dropped, 0);
    streams_stop(s);
}

TEST(sessions_end_their_streams)
{
    streams *s = start(60);
    const event_id user = test_event_id(1);
    const uint8_t other[ACCOUNT_SECRET_SIZE] = {9}, mine[ACCOUNT_SECRET_SIZE] = {1};
    const int one = open_stream(s, 1, BT_OK, NULL);
    streams_end(s, &user, other);
    streams_profile(s, &user, 3);
    CHECK(read_until(one, list_of(3)) != NULL);
    streams_end(s, &user, mine);
    CHECK(read_until(one, "no such text") == NULL);
    const int two = open_stream(s, 1, BT_OK, NULL);
    streams_end(s, &user, NULL);
    CHECK(read_until(two, "no such text") == NULL);
    close(one);
    close(two);
    streams_stop(s);
}

TEST(what_is_due_goes_out_at_the_end)
{
    streams *s = start(60);
    const event_id user = test_event_id(1);
    const int fd = open_stream(s, 1, BT_OK, NULL);
    streams_profile(s, &user, 11);
    streams_stop(s);
    CHECK(read_until(fd, list_of(11)) != NULL);
    CHECK(read_until(fd, "no such text") == NULL);
    close(fd);
}

TEST(memory_may_run_out_while_it_starts)
{
    EACH_FAILED_ALLOCATION
    {
        streams *s = NULL;
        const streams_params params = streams_params_default();
        const bt_status status = streams_start(&params, &s, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        streams_stop(s);
    }
}

/* --- many threads --------------------------------------------------------------------------------------------------------- */

static void *tell_many(void *context)
{
    const event_id user = test_event_id(1);
    for (uint64_t version = 1; version <= 2000; version++)
        streams_profile(context, &user, version);
    return NULL;
}

TEST(many_tell_while_some_come_and_go)
{
    streams *s = start(60);
    pthread_t tellers[3];
    const int stays = open_stream(s, 1, BT_OK, NULL);
    for (int i = 0; i < 3; i++)
        REQUIRE(pthread_create(&tellers[i], NULL, tell_many, s) == 0);
    for (int i = 0; i < 100; i++) {
        close(open_stream(s, 2, BT_OK, NULL));
        streams_model(s, model);
        while (streams_count(s).n > 3)
            ;
    }
    CHECK(read_until(stays, list_of(2000)) != NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(tellers[i], NULL);
    close(stays);
    streams_stop(s);
}
