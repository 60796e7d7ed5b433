/* Events as values: ids, checks, order, packed marks. */
#include <string.h>

#include "event/event.h"
#include "support/events.h"
#include "support/test.h"

static bt_error error;

TEST(an_id_is_read_as_it_is_written)
{
    static const char text[] = "0197a0c2-4d1f-7e3a-9b00-00ffA1b2c3d4";
    char again[EVENT_ID_TEXT];
    event_id id;
    REQUIRE(event_id_parse(text, &id));
    CHECK(event_id_is_v7(&id));
    CHECK_INT(id.bytes[0], 0x01);
    CHECK_INT(id.bytes[15], 0xD4);
    event_id_write(&id, again);
    CHECK_STR(again, "0197a0c2-4d1f-7e3a-9b00-00ffa1b2c3d4");
}

TEST(what_is_no_id_is_refused)
{
    static const char *const texts[] = {"",
                                        "0197a0c2",
                                        "0197a0c2-4d1f-7e3a-9b00-00ffa1b2c3d",
                                        "0197a0c2-4d1f-7e3a-9b00-00ffa1b2c3d45",
                                        "0197a0c2-4d1f-7e3a-9b00_00ffa1b2c3d4",
                                        "0197a0c24-d1f-7e3a-9b00-00ffa1b2c3d4",
                                        "g197a0c2-4d1f-7e3a-9b00-00ffa1b2c3d4",
                                        "{0197a0c2-4d1f-7e3a-9b00-00ffa1b2c3d}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        event_id id = {{0}};
        const char *text = test_guarded_copy(texts[i], strlen(texts[i]) + 1); /* reads nothing behind its end */
        CHECK(!event_id_parse(text, &id));
        CHECK(event_id_is_zero(&id));
    }
}

TEST(made_ids_have_their_kind_and_time)
{
    uint8_t random[16];
    memset(random, 0xFF, sizeof random);
    const event_id seven = event_id_v7(0x0197A0C24D1F, random), four = event_id_v4(random);
    char text[EVENT_ID_TEXT];
    event_id_write(&seven, text);
    CHECK_STR(text, "0197a0c2-4d1f-7fff-bfff-ffffffffffff");
    CHECK(event_id_is_v7(&seven));
    event_id_write(&four, text);
    CHECK_STR(text, "ffffffff-ffff-4fff-bfff-ffffffffffff");
    CHECK(!event_id_is_v7(&four));
}

TEST(every_check_of_an_event)
{
    const event good = test_event(1, 1, 17, EVENT_RATING, 10);
    CHECK_OK(event_check(&good, &error), error);
    event e = good;
    e.id = test_user(1); /* version 4 */
    CHECK_STATUS(event_check(&e, &error), BT_INVALID_ARGUMENT);
    e = good, e.user = (event_id){{0}};
    CHECK_STATUS(event_check(&e, &error), BT_INVALID_ARGUMENT);
    e = good, e.value = 11;
    CHECK_STATUS(event_check(&e, &error), BT_INVALID_ARGUMENT);
    CHECK_CONTAINS(error.message, "rating can't have the value 11");
    e = good, e.film_id = 0;
    CHECK_STATUS(event_check(&e, &error), BT_INVALID_ARGUMENT);
    e = good, e.facet = EVENT_ERASE + 1;
    CHECK_STATUS(event_check(&e, &error), BT_INVALID_ARGUMENT);
    e = good, e.source[0] = '\0';
    CHECK_STATUS(event_check(&e, &error), BT_INVALID_ARGUMENT);
    e = good, strcpy(e.source, "Page");
    CHECK_STATUS(event_check(&e, &error), BT_INVALID_ARGUMENT);
    e = test_erase(2, 1), e.film_id = 3;
    CHECK_STATUS(event_check(&e, &error), BT_INVALID_ARGUMENT);
    e = test_undo(2, 1, 2);
    CHECK_STATUS(event_check(&e, &error), BT_INVALID_ARGUMENT);
    e = test_undo(2, 1, 1);
    CHECK_OK(event_check(&e, &error), error);
    e = test_erase(2, 1);
    CHECK_OK(event_check(&e, &error), error);
}

TEST(facets_by_name)
{
    event_facet facet;
    for (int i = 0; i < EVENT_N_FACETS; i++) {
        REQUIRE(event_facet_find(event_facet_name((event_facet)i), &facet));
        CHECK_INT(facet, i);
    }
    CHECK(!event_facet_find("erase", &facet)); /* not one that a client sets */
    CHECK(!event_facet_find("", &facet));
}

TEST(a_clock_that_jumps_back_does_not_turn_the_order)
{
    CHECK_INT(event_next_version(100, 0), 100);
    CHECK_INT(event_next_version(100, 100), 101);
    CHECK_INT(event_next_version(5, 100), 101);
}

/* Bytes compare as (version, id) does. */
TEST(packed_marks_compare_as_their_events)
{
    static const uint64_t versions[] = {1, 2, 255, 256, 65536, (uint64_t)1 << 40, INT64_MAX};
    enum { N = 2 * sizeof versions / sizeof *versions };
    event events[N];
    uint8_t packed[N][EVENT_MARK_SIZE];
    for (uint32_t i = 0; i < N; i++) {
        events[i] = test_event(N - i, 1, 1, EVENT_VERDICT, (uint8_t)(i % 3)); /* ids against versions */
        events[i].version = versions[i / 2];
        events[i].origin = test_event_id(i);
        const event_mark mark = event_mark_of(&events[i]);
        event_mark_pack(&mark, packed[i]);
        const event_mark again = event_mark_unpack(packed[i]);
        CHECK_INT(again.version, mark.version);
        CHECK_INT(again.value, mark.value);
        CHECK(event_id_compare(&again.id, &mark.id) == 0 && event_id_compare(&again.origin, &mark.origin) == 0);
    }
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < N; j++) {
            const int bytes = memcmp(packed[i], packed[j], EVENT_MARK_SIZE), order = event_compare(&events[i], &events[j]);
            CHECK_INT((bytes > 0) - (bytes < 0), (order > 0) - (order < 0));
        }
    }
}

TEST(a_film_keeps_the_later_event)
{
    event early = test_event(2, 1, 9, EVENT_VERDICT, BT_LIKE), late = test_event(1, 1, 9, EVENT_VERDICT, BT_DISLIKE);
    early.version = 5, late.version = 6;
    event_film one = {.film_id = 9}, other = {.film_id = 9};
    event_film_apply(&one, &early);
    event_film_apply(&one, &late);
    event_film_apply(&other, &late);
    event_film_apply(&other, &early);
    CHECK_INT(event_film_opinion(&one).verdict, BT_DISLIKE);
    CHECK_BYTES(&one.marks[0].id, &other.marks[0].id, sizeof(event_id));
    late.version = 5; /* a tie: the greater id */
    one = (event_film){.film_id = 9};
    event_film_apply(&one, &late);
    event_film_apply(&one, &early);
    CHECK_INT(event_film_opinion(&one).verdict, BT_LIKE);
}

TEST(an_opinion_of_marks)
{
    event_film f = {.film_id = 3};
    bt_opinion o = event_film_opinion(&f);
    CHECK(event_opinion_is_empty(&o));
    const uint8_t values[EVENT_N_FACETS] = {BT_DISLIKE, 1, 7, 1};
    for (int i = 0; i < EVENT_N_FACETS; i++) {
        event e = test_event(1, 1, 3, (event_facet)i, values[i]);
        e.version = 1;
        event_film_apply(&f, &e);
    }
    o = event_film_opinion(&f);
    CHECK(o.film_id == 3 && o.verdict == BT_DISLIKE && o.seen && o.half_stars == 7 && o.want);
    CHECK(!event_opinion_is_empty(&o));
}
