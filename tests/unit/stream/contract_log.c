/* The contract of the event log, run over each back end. */
#include "contract_log.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "support/events.h"
#include "support/test.h"

bt_error error;

event_log *open_log_with(const event_log_params *params)
{
    event_log *log = NULL;
    CHECK_OK(event_log_open(contract_log_url(), params, &log, &error), error);
    return log;
}

event_log *open_log(void)
{
    const event_log_params params = event_log_params_default();
    return open_log_with(&params);
}

/* The values in the order of the log, as "1 0 2". */
static const char *values_in(event_log *log)
{
    static char text[512];
    arena a = {0};
    logged_event *events = NULL;
    size_t n = 0, used = 0;
    uint64_t last = 0;
    CHECK_OK(event_log_read(log, 0, 1000, &a, &events, &n, &error), error);
    text[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        CHECK(events[i].position > last);
        last = events[i].position;
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%d", i > 0 ? " " : "", events[i].event.value);
    }
    arena_free(&a);
    return text;
}

/* --- opening --------------------------------------------------------------------------------------------------------- */

TEST(a_scheme_that_is_not_known_is_refused)
{
    event_log *log = NULL;
    const event_log_params params = event_log_params_default();
    CHECK_STATUS(event_log_open("amqp://events", &params, &log, &error), BT_UNSUPPORTED);
    CHECK_CONTAINS(error.message, "amqp://events");
    CHECK(log == NULL);
    event_log_close(NULL);
}

TEST(reading_a_log_that_is_not_there)
{
    event_log *log = NULL;
    CHECK_STATUS(event_log_open_reading(contract_log_url(), &log, &error), BT_NOT_FOUND);
    event_log_close(open_log());
    CHECK_OK(event_log_open_reading(contract_log_url(), &log, &error), error);
    CHECK_STR(values_in(log), "");
    event e = test_event(1, 1, 1, EVENT_SEEN, 1);
    CHECK_STATUS(test_append(log, &e, 1, NULL, &error), BT_INVALID_ARGUMENT);
    event_log_close(log);
}

/* --- accepting ------------------------------------------------------------------------------------------------------- */

TEST(an_event_comes_back_as_it_was_accepted)
{
    event_log *log = open_log();
    const event e = test_accept(log, test_event(1, 7, 17, EVENT_RATING, 9));
    CHECK(e.version > 1700000000000000);
    CHECK(event_id_compare(&e.origin, &e.id) == 0);
    event_log_close(log);

    arena a = {0};
    logged_event *events = NULL;
    size_t n = 0;
    uint64_t end = 0;
    log = open_log(); /* durable: another handle has it */
    CHECK_OK(event_log_read(log, 0, 10, &a, &events, &n, &error), error);
    REQUIRE(n == 1);
    CHECK(memcmp(&events[0].event, &e, sizeof e) == 0);
    CHECK_OK(event_log_end(log, &end, &error), error);
    CHECK_INT(end, events[0].position);
    CHECK_OK(event_log_check(log, &error), error);
    arena_free(&a);
    event_log_close(log);
}

TEST(the_same_id_is_the_same_event)
{
    event_log *log = open_log();
    const event first = test_accept(log, test_event(1, 1, 17, EVENT_VERDICT, BT_LIKE));
    event again = test_event(1, 1, 17, EVENT_VERDICT, BT_LIKE);
    again.at += 5; /* the client's clock is no part of what it says */
    CHECK_INT(test_offer(log, &again), EVENT_KNOWN);
    CHECK(memcmp(&again, &first, sizeof first) == 0);

    event other = test_event(1, 1, 17, EVENT_VERDICT, BT_DISLIKE);
    CHECK_INT(test_offer(log, &other), EVENT_CONFLICT);
    other = test_event(1, 2, 17, EVENT_VERDICT, BT_LIKE); /* another person's */
    CHECK_INT(test_offer(log, &other), EVENT_CONFLICT);
    CHECK_INT(other.version, 0);
    other = test_undo(1, 1, 5);
    CHECK_INT(test_offer(log, &other), EVENT_CONFLICT);
    CHECK_STR(values_in(log), "1");

    const event undo = test_accept(log, test_undo(2, 1, 1));
    event undo_again = test_undo(2, 1, 1);
    CHECK_INT(test_offer(log, &undo_again), EVENT_KNOWN);
    CHECK(memcmp(&undo_again, &undo, sizeof undo) == 0);
    CHECK_STR(values_in(log), "1 0");
    event_log_close(log);
}

TEST(several_events_at_once_see_each_other)
{
    event_log *log = open_log();
    event events[] = {test_event(1, 1, 5, EVENT_VERDICT, BT_LIKE), test_event(2, 1, 5, EVENT_VERDICT, BT_DISLIKE),
                      test_undo(3, 1, 2), test_event(1, 1, 5, EVENT_VERDICT, BT_LIKE), test_undo(4, 1, 2)};
    event_outcome outcomes[5];
    CHECK_OK(test_append(log, events, 5, outcomes, &error), error);
    CHECK_INT(outcomes[0], EVENT_ACCEPTED);
    CHECK_INT(outcomes[1], EVENT_ACCEPTED);
    CHECK_INT(outcomes[2], EVENT_ACCEPTED);
    CHECK_INT(events[2].value, BT_LIKE);
    CHECK_INT(outcomes[3], EVENT_KNOWN);
    CHECK_INT(outcomes[4], EVENT_NOT_DECIDING);
    CHECK_STR(values_in(log), "1 2 1");
    event_log_close(log);
}

TEST(what_is_no_event_is_refused_whole)
{
    event_log *log = open_log();
    event events[] = {test_event(1, 1, 5, EVENT_SEEN, 1), test_event(2, 1, 5, EVENT_SEEN, 2)};
    CHECK_STATUS(test_append(log, events, 2, NULL, &error), BT_INVALID_ARGUMENT);
    CHECK_STATUS(test_append(log, events, 0, NULL, &error), BT_INVALID_ARGUMENT);
    CHECK_STATUS(test_append(log, events, EVENT_LOG_APPEND_MAX + 1, NULL, &error), BT_INVALID_ARGUMENT);
    CHECK_STR(values_in(log), "");
    event_log_close(log);
}

/* --- versions -------------------------------------------------------------------------------------------------------- */

static uint64_t clock_now;

static uint64_t jumping_clock(void)
{
    return clock_now;
}

TEST(versions_ascend_for_each_person_whatever_the_clock_does)
{
    event_log_params params = event_log_params_default();
    params.now = jumping_clock;
    event_log *log = open_log_with(&params);
    clock_now = 1000;
    CHECK_INT(test_accept(log, test_event(1, 1, 1, EVENT_SEEN, 1)).version, 1000);
    CHECK_INT(test_accept(log, test_event(2, 1, 2, EVENT_SEEN, 1)).version, 1001);
    CHECK_INT(test_accept(log, test_event(3, 2, 1, EVENT_SEEN, 1)).version, 1000);
    clock_now = 10; /* back */
    CHECK_INT(test_accept(log, test_event(4, 1, 1, EVENT_SEEN, 0)).version, 1002);
    CHECK_INT(test_accept(log, test_event(5, 3, 1, EVENT_SEEN, 1)).version, 10);
    event_log_close(log);
    log = open_log_with(&params);
    CHECK_INT(test_accept(log, test_event(6, 1, 1, EVENT_SEEN, 1)).version, 1003);
    clock_now = 5000; /* forward */
    CHECK_INT(test_accept(log, test_event(7, 1, 1, EVENT_SEEN, 0)).version, 5000);
    event_log_close(log);
}

/* --- undo ------------------------------------------------------------------------------------------------------------ */

TEST(an_undo_restores_what_was_before)
{
    event_log *log = open_log();
    test_accept(log, test_event(1, 1, 5, EVENT_RATING, 8));
    test_accept(log, test_event(2, 1, 5, EVENT_RATING, 3));
    test_accept(log, test_event(3, 1, 5, EVENT_SEEN, 1));   /* another facet */
    test_accept(log, test_event(4, 1, 6, EVENT_RATING, 5)); /* another film */
    test_accept(log, test_event(5, 2, 5, EVENT_RATING, 1)); /* another person */
    const event undo = test_accept(log, test_undo(6, 1, 2));
    CHECK_INT(undo.film_id, 5);
    CHECK_INT(undo.facet, EVENT_RATING);
    CHECK_INT(undo.value, 8);
    const event_id origin = test_event_id(1);
    CHECK(event_id_compare(&undo.origin, &origin) == 0);
    const event first = test_accept(log, test_undo(7, 1, 1)); /* whose value stands again: step by step back to nothing */
    CHECK_INT(first.value, 0);
    CHECK(event_id_is_zero(&first.origin));
    event_log_close(log);
}

TEST(an_undo_can_be_undone)
{
    event_log *log = open_log();
    test_accept(log, test_event(1, 1, 5, EVENT_VERDICT, BT_LIKE));
    test_accept(log, test_event(2, 1, 5, EVENT_VERDICT, BT_DISLIKE));
    CHECK_INT(test_accept(log, test_undo(3, 1, 2)).value, BT_LIKE);
    CHECK_INT(test_accept(log, test_undo(4, 1, 3)).value, BT_DISLIKE);
    CHECK_INT(test_accept(log, test_undo(5, 1, 2)).value, BT_LIKE);
    CHECK_INT(test_accept(log, test_undo(6, 1, 1)).value, BT_NO_VERDICT);
    event_log_close(log);
}

TEST(an_undo_of_what_no_longer_decides_changes_nothing)
{
    event_log *log = open_log();
    test_accept(log, test_event(1, 1, 5, EVENT_VERDICT, BT_LIKE));
    test_accept(log, test_event(2, 1, 5, EVENT_VERDICT, BT_DISLIKE));
    event undo = test_undo(3, 1, 1);
    CHECK_INT(test_offer(log, &undo), EVENT_NOT_DECIDING);
    CHECK_INT(undo.film_id, 5); /* it says of what */
    test_accept(log, test_undo(4, 1, 2));
    event twice = test_undo(5, 1, 2);
    CHECK_INT(test_offer(log, &twice), EVENT_NOT_DECIDING);
    CHECK_STR(values_in(log), "1 2 1");
    event_log_close(log);
}

TEST(an_undo_of_nothing_and_of_another_persons_event)
{
    event_log *log = open_log();
    test_accept(log, test_event(1, 1, 5, EVENT_VERDICT, BT_LIKE));
    event undo = test_undo(2, 1, 77);
    CHECK_INT(test_offer(log, &undo), EVENT_NOTHING_TO_UNDO);
    undo = test_undo(3, 2, 1);
    CHECK_INT(test_offer(log, &undo), EVENT_NOTHING_TO_UNDO);
    CHECK_INT(undo.film_id, 0); /* nothing of the other's is told */
    test_accept(log, test_erase(4, 1));
    undo = test_undo(5, 1, 4);
    CHECK_INT(test_offer(log, &undo), EVENT_NOTHING_TO_UNDO);
    event_log_close(log);
}

/* --- erase ----------------------------------------------------------------------------------------------------------- */

TEST(an_erase_leaves_nothing_but_itself)
{
    event_log *log = open_log();
    const event before = test_accept(log, test_event(1, 1, 5, EVENT_VERDICT, BT_LIKE));
    test_accept(log, test_event(2, 2, 5, EVENT_VERDICT, BT_DISLIKE));
    const event erase = test_accept(log, test_erase(3, 1));
    CHECK(erase.version > before.version);
    CHECK(test_accept(log, test_event(4, 1, 5, EVENT_SEEN, 1)).version > erase.version);

    arena a = {0};
    event *events = NULL;
    size_t n = 0;
    const event_id user = test_user(1);
    CHECK_OK(event_log_of_user(log, &user, 0, 10, &a, &events, &n, &error), error);
    REQUIRE(n == 2);
    CHECK_INT(events[0].facet, EVENT_SEEN);
    CHECK_INT(events[1].facet, EVENT_ERASE);
    CHECK_STR(values_in(log), "2 0 1");
    arena_free(&a);
    event_log_close(log);
}

/* --- reading --------------------------------------------------------------------------------------------------------- */

TEST(pages_of_the_log_and_of_a_person)
{
    event_log *log = open_log();
    for (uint32_t i = 1; i <= 10; i++)
        test_accept(log, test_event(i, 1 + i % 2, i, EVENT_RATING, (uint8_t)i));
    arena a = {0};
    logged_event *all = NULL;
    event *own = NULL;
    size_t n = 0;
    uint64_t after = 0;
    uint8_t next = 1;
    do {
        CHECK_OK(event_log_read(log, after, 3, &a, &all, &n, &error), error);
        for (size_t i = 0; i < n; i++)
            CHECK_INT(all[i].event.value, next++);
        after = n > 0 ? all[n - 1].position : after;
    } while (n > 0);
    CHECK_INT(next, 11);

    const event_id user = test_user(2), nobody = test_user(9);
    CHECK_OK(event_log_of_user(log, &user, 0, 3, &a, &own, &n, &error), error);
    REQUIRE(n == 3);
    CHECK_INT(own[0].value, 9);
    CHECK_OK(event_log_of_user(log, &user, own[2].version, 3, &a, &own, &n, &error), error);
    REQUIRE(n == 2);
    CHECK_INT(own[0].value, 3);
    CHECK_INT(own[1].value, 1);
    CHECK_OK(event_log_of_user(log, &nobody, 0, 3, &a, &own, &n, &error), error);
    CHECK_INT(n, 0);
    arena_free(&a);
    event_log_close(log);
}

/* --- the watcher ----------------------------------------------------------------------------------------------------- */

typedef struct seen {
    size_t n_calls, n_events;
    bool fail;
} seen;

static bt_status look(void *context, const logged_event *events, size_t n, bt_error *why)
{
    seen *s = context;
    s->n_calls++;
    s->n_events += n;
    for (size_t i = 0; i < n; i++)
        CHECK(events[i].event.version > 0);
    if (!s->fail)
        return BT_OK;
    if (why != NULL)
        *why = (bt_error){BT_NO_SPACE, "no room to watch"};
    return BT_NO_SPACE;
}

TEST(the_watcher_knows_before_the_caller)
{
    seen s = {0};
    event_log_params params = event_log_params_default();
    params.watch = look;
    params.context = &s;
    event_log *log = open_log_with(&params);
    test_accept(log, test_event(1, 1, 5, EVENT_SEEN, 1));
    CHECK_INT(s.n_calls, 1);
    CHECK_INT(s.n_events, 1);
    event again = test_event(1, 1, 5, EVENT_SEEN, 1);
    CHECK_INT(test_offer(log, &again), EVENT_KNOWN);
    CHECK_INT(s.n_calls, 2); /* it may have to catch up */
    CHECK_INT(s.n_events, 1);
    s.fail = true;
    event other = test_event(2, 1, 5, EVENT_SEEN, 0);
    CHECK_STATUS(test_append(log, &other, 1, NULL, &error), BT_NO_SPACE);
    CHECK_CONTAINS(error.message, "no room to watch");
    s.fail = false;
    other = test_event(2, 1, 5, EVENT_SEEN, 0); /* it was safe; sending it again is safe, too */
    CHECK_INT(test_offer(log, &other), EVENT_KNOWN);
    event_log_close(log);
}

/* --- many at once ---------------------------------------------------------------------------------------------------- */

enum { WRITERS = 8, EVENTS_EACH = 60 };

typedef struct writer {
    pthread_t thread;
    event_log *log;
    uint32_t number;
    int n_accepted;
} writer;

static void *write_some(void *context)
{
    writer *w = context;
    for (uint32_t i = 0; i < EVENTS_EACH; i++) {
        /* Two writers share a person, and all of them offer the ids of one another's. */
        event e = test_event(w->number / 2 * EVENTS_EACH + i, w->number / 2, 1 + i % 5, EVENT_RATING, (uint8_t)(i % 11));
        event_outcome outcome = EVENT_CONFLICT;
        if (CHECK_STATUS(test_append(w->log, &e, 1, &outcome, NULL), BT_OK))
            w->n_accepted += outcome == EVENT_ACCEPTED;
    }
    return NULL;
}

TEST(many_writers_lose_nothing_and_store_nothing_twice)
{
    event_log *log = open_log();
    writer writers[WRITERS];
    int n_accepted = 0;
    for (uint32_t i = 0; i < WRITERS; i++) {
        writers[i] = (writer){.log = log, .number = i};
        REQUIRE(pthread_create(&writers[i].thread, NULL, write_some, &writers[i]) == 0);
    }
    for (size_t i = 0; i < WRITERS; i++) {
        pthread_join(writers[i].thread, NULL);
        n_accepted += writers[i].n_accepted;
    }
    CHECK_INT(n_accepted, WRITERS / 2 * EVENTS_EACH);
    arena a = {0};
    logged_event *events = NULL;
    size_t n = 0;
    uint64_t last[WRITERS / 2] = {0};
    CHECK_OK(event_log_read(log, 0, 10000, &a, &events, &n, &error), error);
    CHECK_INT(n, WRITERS / 2 * EVENTS_EACH);
    for (size_t i = 0; i < n; i++) {
        for (uint32_t u = 0; u < WRITERS / 2; u++) {
            const event_id user = test_user(u);
            if (event_id_compare(&events[i].event.user, &user) != 0)
                continue;
            CHECK(events[i].event.version > last[u]);
            last[u] = events[i].event.version;
        }
    }
    CHECK_INT(event_log_waiting(log), 0);
    arena_free(&a);
    event_log_close(log);
}

/* --- the queue ------------------------------------------------------------------------------------------------------- */

typedef struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool entered, open;
    int n_done;
} gate;

static bt_status stand_still(void *context, const logged_event *events, size_t n, bt_error *why)
{
    (void)events;
    (void)n;
    (void)why;
    gate *g = context;
    pthread_mutex_lock(&g->lock);
    g->entered = true;
    pthread_cond_broadcast(&g->changed);
    while (!g->open)
        pthread_cond_wait(&g->changed, &g->lock);
    pthread_mutex_unlock(&g->lock);
    return BT_OK;
}

static void count_done(event_append *a)
{
    gate *g = a->context;
    pthread_mutex_lock(&g->lock);
    g->n_done += a->status == BT_OK && a->outcomes[0] == EVENT_ACCEPTED;
    pthread_mutex_unlock(&g->lock);
}

TEST(a_full_queue_refuses_and_closing_finishes_what_waits)
{
    enum { ROOM = 3 };
    gate g = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    event_log_params params = event_log_params_default();
    params.watch = stand_still;
    params.context = &g;
    params.queue_capacity = ROOM;
    event_log *log = open_log_with(&params);
    event events[ROOM + 2];
    event_outcome outcomes[ROOM + 2];
    event_append appends[ROOM + 2];
    for (uint32_t i = 0; i < ROOM + 2; i++) {
        events[i] = test_event(i, 1, 1 + i, EVENT_WANT, 1);
        appends[i] = (event_append){.events = &events[i], .outcomes = &outcomes[i], .n = 1, .done = count_done, .context = &g};
    }
    CHECK_OK(event_log_append(log, &appends[0], &error), error);
    pthread_mutex_lock(&g.lock); /* the first is with the watcher, so the queue is empty */
    while (!g.entered)
        pthread_cond_wait(&g.changed, &g.lock);
    pthread_mutex_unlock(&g.lock);
    for (size_t i = 1; i <= ROOM; i++)
        CHECK_OK(event_log_append(log, &appends[i], &error), error);
    CHECK_INT(event_log_waiting(log), ROOM);
    CHECK_STATUS(event_log_append(log, &appends[ROOM + 1], &error), BT_BUSY);
    pthread_mutex_lock(&g.lock);
    g.open = true;
    pthread_cond_broadcast(&g.changed);
    pthread_mutex_unlock(&g.lock);
    event_log_close(log);
    CHECK_INT(g.n_done, ROOM + 1);
}
