/* Buckets of requests: bursts, filling up, one for each, a table that is full. Time is the test's. Runs under ThreadSanitizer too. */
/* run: asan-ubsan tsan */
#include "server/limits.h"

#include <pthread.h>

#include "support/test.h"

static bt_error error;
static const uint64_t second = 1000000000, begin = 5000 * second;

static limits *start(unsigned of_address, unsigned of_person)
{
    limits *l = NULL;
    REQUIRE(limits_new(of_address, of_person, &l, &error) == BT_OK);
    return l;
}

static limit_state person(limits *l, unsigned who, uint64_t now)
{
    return limits_take(l, LIMIT_PERSON, &who, sizeof who, now);
}

TEST(a_burst_and_then_the_rate)
{
    limits *l = start(0, 4); /* 40 at once, then one each quarter of a second */
    for (unsigned i = 0; i < 40; i++) {
        const limit_state s = person(l, 1, begin);
        CHECK_INT(s.wait, 0);
        CHECK_INT(s.remaining, 39 - i);
        CHECK_INT(s.burst, 40);
        CHECK_INT(s.full, (i + 4) / 4);
    }
    limit_state s = person(l, 1, begin);
    CHECK_INT(s.remaining, 0);
    CHECK_INT(s.wait, 1);
    CHECK_INT(s.full, 10);
    CHECK_INT(person(l, 2, begin).wait, 0); /* somebody else */
    CHECK(person(l, 1, begin + second / 4 - 1).wait > 0);
    CHECK_INT(person(l, 1, begin + second / 4).wait, 0);
    CHECK(person(l, 1, begin + second / 4).wait > 0); /* a refused one costs nothing */
    CHECK_INT(person(l, 1, begin + second / 2).wait, 0);
    s = person(l, 1, begin + 100 * second);
    CHECK_INT(s.remaining, 39); /* and it never holds more than a burst */
    limits_free(l);
}

TEST(kinds_are_apart_and_may_be_off)
{
    limits *l = start(1, 0);
    const unsigned who = 7;
    for (int i = 0; i < 1000; i++)
        CHECK_INT(limits_take(l, LIMIT_PERSON, &who, sizeof who, begin).rate, 0);
    for (int i = 0; i < 10; i++)
        CHECK_INT(limits_take(l, LIMIT_ADDRESS, &who, sizeof who, begin).wait, 0);
    CHECK(limits_take(l, LIMIT_ADDRESS, &who, sizeof who, begin).wait > 0);
    limits_free(l);
    l = start(1, 1);
    for (int i = 0; i < 10; i++) {
        CHECK_INT(limits_take(l, LIMIT_PERSON, &who, sizeof who, begin).wait, 0);
        CHECK_INT(limits_take(l, LIMIT_ADDRESS, &who, sizeof who, begin).wait, 0);
    }
    limits_free(l);
}

/* Ten times as many as there are places: whoever begins is let through, and who has used up a burst mostly isn't forgotten before that
 * is full again, since fuller buckets make room. */
TEST(a_full_table_refuses_nobody_who_is_new)
{
    limits *l = start(0, 1);
    const unsigned n = 10u * LIMITS_SETS * LIMITS_WAYS;
    for (unsigned i = 0; i < 10; i++)
        CHECK_INT(person(l, n, begin).wait, 0);
    for (unsigned who = 0; who < n; who++)
        if (person(l, who, begin).wait != 0) {
            CHECK_INT(who, n);
            break;
        }
    CHECK(person(l, n, begin).wait > 0);
    limits_free(l);
}

typedef struct crowd {
    limits *l;
    unsigned n_passed;
} crowd;

static void *push(void *context)
{
    crowd *c = context;
    for (int i = 0; i < 1000; i++)
        c->n_passed += person(c->l, 1, begin).wait == 0;
    return NULL;
}

TEST(many_at_once_get_no_more)
{
    limits *l = start(0, 50);
    pthread_t threads[4];
    crowd crowds[4];
    unsigned n = 0;
    for (size_t i = 0; i < 4; i++) {
        crowds[i] = (crowd){.l = l};
        REQUIRE(pthread_create(&threads[i], NULL, push, &crowds[i]) == 0);
    }
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        n += crowds[i].n_passed;
    }
    CHECK_INT(n, 500);
    limits_free(l);
}
