/* Events for tests. */
#include "support/events.h"

#include <pthread.h>
#include <string.h>

#include "support/test.h"

event_id test_user(uint32_t n)
{
    uint8_t bytes[16] = "person for tests";
    for (int i = 0; i < 4; i++)
        bytes[12 + i] = (uint8_t)(n >> (24 - 8 * i));
    return event_id_v4(bytes);
}

event_id test_event_id(uint32_t n)
{
    static const uint8_t random[10] = "for tests";
    return event_id_v7(1700000000000u + n, random);
}

event test_event(uint32_t n, uint32_t user, uint32_t film_id, event_facet facet, uint8_t value)
{
    return (event){.id = test_event_id(n),
                   .user = test_user(user),
                   .at = 1700000000000000 + n,
                   .film_id = film_id,
                   .facet = (uint8_t)facet,
                   .value = value,
                   .source = "test"};
}

event test_undo(uint32_t n, uint32_t user, uint32_t undone)
{
    event e = test_event(n, user, 0, EVENT_VERDICT, 0);
    e.undo_of = test_event_id(undone);
    return e;
}

event test_erase(uint32_t n, uint32_t user)
{
    return test_event(n, user, 0, EVENT_ERASE, 0);
}

typedef struct waiter {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool done;
} waiter;

static void wake(event_append *a)
{
    waiter *w = a->context;
    pthread_mutex_lock(&w->lock);
    w->done = true;
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

bt_status test_append(event_log *log, event *events, size_t n, event_outcome *outcomes, bt_error *error)
{
    event_outcome own[EVENT_LOG_APPEND_MAX];
    waiter w = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    event_append a = {.events = events, .n = n, .done = wake, .context = &w};
    a.outcomes = outcomes != NULL ? outcomes : own;
    const bt_status status = event_log_append(log, &a, error);
    if (status != BT_OK)
        return status;
    pthread_mutex_lock(&w.lock);
    while (!w.done)
        pthread_cond_wait(&w.changed, &w.lock);
    pthread_mutex_unlock(&w.lock);
    if (a.status != BT_OK && error != NULL)
        *error = a.error;
    return a.status;
}

event test_accept(event_log *log, event e)
{
    bt_error error = {0};
    event_outcome outcome = EVENT_CONFLICT;
    CHECK_OK(test_append(log, &e, 1, &outcome, &error), error);
    REQUIRE(outcome == EVENT_ACCEPTED);
    return e;
}

event_outcome test_offer(event_log *log, event *e)
{
    bt_error error = {0};
    event_outcome outcome = EVENT_CONFLICT;
    CHECK_OK(test_append(log, e, 1, &outcome, &error), error);
    return outcome;
}
