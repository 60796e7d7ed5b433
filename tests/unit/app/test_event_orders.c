/* Any three events, in all orders: each triple is accepted by a real event log and then applied to histories in its six orders, with
 * repeats. All of them have to come to the state that a plain reading of the rules gives.
 */
#include <stdio.h>
#include <string.h>

#include "store/history.h"
#include "support/events.h"
#include "support/test.h"

enum { FIRST_USER = 1000, NO_UNDO = 0 };

/* What a person may do: set each facet to each kind of value, also to none, undo the first or second event of the triple, erase. */
typedef struct act {
    uint32_t film_id;
    event_facet facet;
    uint8_t value;
    uint32_t undo; /* 1 or 2: of that event of the triple */
} act;

static const act acts[] = {
    {5, EVENT_VERDICT, BT_LIKE, NO_UNDO},
    {5, EVENT_VERDICT, BT_DISLIKE, NO_UNDO},
    {5, EVENT_VERDICT, BT_NO_VERDICT, NO_UNDO},
    {5, EVENT_SEEN, 1, NO_UNDO},
    {5, EVENT_SEEN, 0, NO_UNDO},
    {5, EVENT_RATING, 9, NO_UNDO},
    {5, EVENT_RATING, 3, NO_UNDO},
    {5, EVENT_RATING, 0, NO_UNDO},
    {5, EVENT_WANT, 1, NO_UNDO},
    {5, EVENT_WANT, 0, NO_UNDO},
    {6, EVENT_VERDICT, BT_LIKE, NO_UNDO},
    {0, EVENT_ERASE, 0, NO_UNDO},
    {0, EVENT_VERDICT, 0, 1},
    {0, EVENT_VERDICT, 0, 2},
};
enum { N_ACTS = sizeof acts / sizeof *acts };

static bt_error error;

/* Two films' opinions, by a plain reading: events one after the other, an undo goes back to the state before the event that it
 * names. */
typedef struct state {
    bt_opinion films[2]; /* 5 and 6 */
} state;

static bt_opinion *film_of(state *s, uint32_t film_id)
{
    return &s->films[film_id - 5];
}

static uint8_t facet_of(const bt_opinion *o, uint8_t facet)
{
    const uint8_t values[EVENT_N_FACETS] = {o->verdict, o->seen, o->half_stars, o->want};
    return values[facet];
}

/* Whether act `undone` still decides its facet: no accepted event after it set the same one. */
static bool still_decides(const act *done, size_t n, size_t undone)
{
    for (size_t i = undone + 1; i < n; i++)
        if (done[i].facet == EVENT_ERASE || (done[i].film_id == done[undone].film_id && done[i].facet == done[undone].facet))
            return false;
    return true;
}

static state expected_of(const act *triple)
{
    state before[4] = {{.films = {{.film_id = 5}, {.film_id = 6}}}};
    act done[3]; /* what was accepted; film_id 0 without an erase: nothing was */
    for (size_t i = 0; i < 3; i++) {
        before[i + 1] = before[i];
        done[i] = triple[i];
        if (triple[i].undo != NO_UNDO) {
            const size_t undone = triple[i].undo - 1;
            done[i] = (act){.facet = EVENT_N_FACETS + 1};
            if (undone >= i || done[undone].film_id == 0 || !still_decides(done, i, undone))
                continue;
            done[i] = (act){done[undone].film_id, done[undone].facet,
                            facet_of(film_of(&before[undone], done[undone].film_id), (uint8_t)done[undone].facet), NO_UNDO};
        }
        if (done[i].facet == EVENT_ERASE)
            before[i + 1] = before[0];
        else
            event_opinion_set(film_of(&before[i + 1], done[i].film_id), done[i].facet, done[i].value);
    }
    return before[3];
}

/* The triple as the log accepted it: the events that count. */
static size_t accept_triple(event_log *log, const act *triple, uint32_t number, event *out)
{
    size_t n = 0;
    for (uint32_t i = 0; i < 3; i++) {
        const uint32_t id = number * 3 + i;
        event e = test_event(id, FIRST_USER, triple[i].film_id, triple[i].facet, triple[i].value);
        e.user = test_user(number);
        if (triple[i].undo != NO_UNDO)
            e.undo_of = test_event_id(number * 3 + triple[i].undo - 1);
        event_outcome outcome = EVENT_CONFLICT;
        const bt_status status = test_append(log, &e, 1, &outcome, &error);
        if (status == BT_OK && outcome == EVENT_ACCEPTED)
            out[n++] = e;
        else /* an undo of itself, of what comes later, of what is gone */
            CHECK(triple[i].undo != NO_UNDO);
    }
    return n;
}

static void check_profile(history *h, const event_id *user, const state *expected, const char *what, uint32_t number)
{
    arena a = {0};
    event_film *films = NULL;
    size_t n = 0;
    uint64_t version = 0;
    state found = {.films = {{.film_id = 5}, {.film_id = 6}}};
    CHECK_OK(history_profile(h, user, &a, &films, &n, &version, &error), error);
    for (size_t i = 0; i < n; i++)
        *film_of(&found, films[i].film_id) = event_film_opinion(&films[i]);
    for (size_t i = 0; i < 2; i++) {
        const bt_opinion *x = &found.films[i], *y = &expected->films[i];
        if (!CHECK(x->verdict == y->verdict && x->seen == y->seen && x->half_stars == y->half_stars && x->want == y->want))
            printf("    triple %u, %s, film %u: verdict %d for %d, seen %d for %d, rating %d for %d, want %d for %d\n", number,
                   what, y->film_id, x->verdict, y->verdict, x->seen, y->seen, x->half_stars, y->half_stars, x->want, y->want);
    }
    arena_free(&a);
}

/* Applies the events one by one in this order under another person's name, the first one again at the end. */
static void apply_in_order(history *h, const event *events, size_t n, const size_t *order, const event_id *user)
{
    for (size_t i = 0; i <= n && n > 0; i++) {
        event e = events[order[i % n]];
        e.user = *user;
        const event *one[] = {&e};
        CHECK_OK(history_apply(h, one, 1, 1, &error), error);
    }
}

static const size_t orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

static void check_triple(event_log *log, history *h, const act *triple, uint32_t number)
{
    event events[3];
    const size_t n = accept_triple(log, triple, number, events);
    const state expected = expected_of(triple);
    for (uint32_t i = 0; i < 6; i++) {
        size_t order[3], m = 0;
        for (size_t j = 0; j < 3; j++)
            if (orders[i][j] < n)
                order[m++] = orders[i][j];
        const event_id user = test_user(FIRST_USER * 1000 + number * 6 + i);
        apply_in_order(h, events, n, order, &user);
        char what[16];
        snprintf(what, sizeof what, "order %u", i);
        check_profile(h, &user, &expected, what, number);
    }
}

static void all_triples_that_begin_with(size_t first)
{
    event_log *log = NULL;
    history *h = NULL;
    char url[4200];
    const event_log_params params = event_log_params_default();
    snprintf(url, sizeof url, "local:%s", test_path("events.db"));
    CHECK_OK(event_log_open(url, &params, &log, &error), error);
    CHECK_OK(history_open("sqlite::memory:", HISTORY_WRITE, &h, &error), error);
    uint32_t number = 1;
    for (size_t second = 0; second < N_ACTS; second++) {
        for (size_t third = 0; third < N_ACTS; third++) {
            const act triple[] = {acts[first], acts[second], acts[third]};
            check_triple(log, h, triple, number++);
        }
    }
    CHECK_INT(number, 1 + N_ACTS * N_ACTS);
    history_close(h);
    event_log_close(log);
}

/* In parts, each of which is done in a moment also where every commit takes ten milliseconds. */
static void all_triples_that_begin(size_t from, size_t to)
{
    for (size_t first = from; first < to; first++) {
        all_triples_that_begin_with(first);
        remove(test_path("events.db"));
        remove(test_path("events.db-wal"));
        remove(test_path("events.db-shm"));
    }
}

TEST(all_orders_of_three_verdicts_and_more)
{
    all_triples_that_begin(0, 4);
}

TEST(all_orders_of_three_other_facets_and_more)
{
    all_triples_that_begin(4, 10);
}

TEST(all_orders_of_three_erases_and_undos_and_more)
{
    all_triples_that_begin(10, N_ACTS);
}
