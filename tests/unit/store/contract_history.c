/* The contract of the histories, run over each back end. */
#include "contract_history.h"

#include <stdio.h>
#include <string.h>

#include "support/events.h"
#include "support/test.h"

bt_error error;

history *open_history(history_mode mode)
{
    history *h = NULL;
    CHECK_OK(history_open(contract_history_url(), mode, &h, &error), error);
    return h;
}

event accepted(uint32_t n, uint32_t user, uint32_t film_id, event_facet facet, uint8_t value, uint64_t version)
{
    event e = test_event(n, user, film_id, facet, value);
    e.version = version;
    e.origin = e.id;
    return e;
}

void apply_one(history *h, event e, uint64_t position)
{
    const event *events[] = {&e};
    CHECK_OK(history_apply(h, events, 1, position, &error), error);
}

const char *profile_text(history *h, uint32_t user)
{
    static char texts[4][1024];
    static size_t turn;
    char *text = texts[turn++ % 4];
    arena a = {0};
    event_film *films = NULL;
    size_t n = 0, used = 0;
    uint64_t version = 0;
    const event_id id = test_user(user);
    CHECK_OK(history_profile(h, &id, &a, &films, &n, &version, &error), error);
    used += (size_t)snprintf(text, sizeof texts[0], "%llu:", (unsigned long long)version);
    for (size_t i = 0; i < n; i++) {
        used += (size_t)snprintf(text + used, sizeof texts[0] - used, "%s %u", i > 0 ? "," : "", films[i].film_id);
        for (int f = 0; f < EVENT_N_FACETS; f++)
            if (films[i].marks[f].version != 0)
                used += (size_t)snprintf(text + used, sizeof texts[0] - used, " %s=%d", event_facet_name((event_facet)f),
                                         films[i].marks[f].value);
    }
    arena_free(&a);
    return text;
}

/* --- opening --------------------------------------------------------------------------------------------------------- */

TEST(a_scheme_that_is_not_known_is_refused)
{
    history *h = NULL;
    CHECK_STATUS(history_open("redis://x", HISTORY_WRITE, &h, &error), BT_UNSUPPORTED);
    CHECK_CONTAINS(error.message, "redis://x");
    CHECK(h == NULL);
    history_close(NULL);
}

TEST(reading_what_is_not_there)
{
    history *h = NULL;
    CHECK_STATUS(history_open(contract_history_url(), HISTORY_READ, &h, &error), BT_NOT_FOUND);
    history_close(open_history(HISTORY_WRITE));
    h = open_history(HISTORY_READ);
    uint64_t position = 7;
    CHECK_OK(history_position(h, &position, &error), error);
    CHECK_INT(position, 0);
    CHECK_STR(profile_text(h, 1), "0:");
    history_close(h);
}

/* --- applying -------------------------------------------------------------------------------------------------------- */

TEST(facets_stand_alone)
{
    history *h = open_history(HISTORY_WRITE);
    apply_one(h, accepted(1, 1, 9, EVENT_RATING, 8, 10), 1);
    apply_one(h, accepted(2, 1, 5, EVENT_VERDICT, BT_LIKE, 11), 2);
    apply_one(h, accepted(3, 1, 5, EVENT_SEEN, 1, 12), 3);
    apply_one(h, accepted(4, 2, 5, EVENT_WANT, 1, 3), 4);
    CHECK_STR(profile_text(h, 1), "12: 5 verdict=1 seen=1, 9 rating=8");
    CHECK_STR(profile_text(h, 2), "3: 5 want=1");
    apply_one(h, accepted(5, 1, 5, EVENT_SEEN, 0, 13), 5); /* cleared is a value */
    CHECK_STR(profile_text(h, 1), "13: 5 verdict=1 seen=0, 9 rating=8");
    history_close(h);
    h = open_history(HISTORY_READ);
    CHECK_STR(profile_text(h, 1), "13: 5 verdict=1 seen=0, 9 rating=8");
    history_close(h);
}

TEST(a_mark_comes_back_whole)
{
    history *h = open_history(HISTORY_WRITE);
    event e = accepted(4, 1, 5, EVENT_VERDICT, BT_DISLIKE, 1234567890123456);
    e.origin = test_event_id(2);
    apply_one(h, e, 1);
    arena a = {0};
    event_film *films = NULL;
    size_t n = 0;
    uint64_t version = 0;
    CHECK_OK(history_profile(h, &e.user, &a, &films, &n, &version, &error), error);
    REQUIRE(n == 1);
    CHECK_INT(films[0].marks[EVENT_VERDICT].version, 1234567890123456);
    CHECK(event_id_compare(&films[0].marks[EVENT_VERDICT].id, &e.id) == 0);
    CHECK(event_id_compare(&films[0].marks[EVENT_VERDICT].origin, &e.origin) == 0);
    arena_free(&a);
    history_close(h);
}

TEST(the_later_event_stays_whatever_comes_last)
{
    history *h = open_history(HISTORY_WRITE);
    apply_one(h, accepted(9, 1, 5, EVENT_VERDICT, BT_LIKE, 300), 1);
    apply_one(h, accepted(1, 1, 5, EVENT_VERDICT, BT_DISLIKE, 200), 2); /* 200 and 300 differ in their second byte */
    CHECK_STR(profile_text(h, 1), "300: 5 verdict=1");
    apply_one(h, accepted(10, 1, 5, EVENT_VERDICT, BT_NO_VERDICT, 300), 3); /* a tie: the greater id */
    apply_one(h, accepted(8, 1, 5, EVENT_VERDICT, BT_DISLIKE, 300), 4);
    CHECK_STR(profile_text(h, 1), "300: 5 verdict=0");
    history_close(h);
}

TEST(applying_again_changes_nothing)
{
    history *h = open_history(HISTORY_WRITE);
    const event events[] = {accepted(1, 1, 5, EVENT_VERDICT, BT_LIKE, 1), accepted(2, 1, 5, EVENT_VERDICT, BT_DISLIKE, 2),
                            accepted(3, 1, 5, EVENT_WANT, 1, 3)};
    const event *all[] = {&events[0], &events[1], &events[2], &events[0], &events[1]};
    CHECK_OK(history_apply(h, all, 5, 3, &error), error);
    CHECK_STR(profile_text(h, 1), "3: 5 verdict=2 want=1");
    CHECK_OK(history_apply(h, all, 2, 2, &error), error);
    CHECK_STR(profile_text(h, 1), "3: 5 verdict=2 want=1");
    uint64_t position = 0;
    CHECK_OK(history_position(h, &position, &error), error);
    CHECK_INT(position, 3); /* it doesn't go back */
    CHECK_OK(history_apply(h, NULL, 0, 9, &error), error);
    CHECK_OK(history_position(h, &position, &error), error);
    CHECK_INT(position, 9);
    history_close(h);
}

/* --- erase ----------------------------------------------------------------------------------------------------------- */

TEST(an_erase_drops_what_is_older_before_and_after)
{
    history *h = open_history(HISTORY_WRITE);
    apply_one(h, accepted(1, 1, 5, EVENT_VERDICT, BT_LIKE, 10), 1);
    apply_one(h, accepted(2, 1, 5, EVENT_SEEN, 1, 30), 2); /* later than the erase, and here before it */
    apply_one(h, accepted(3, 1, 6, EVENT_RATING, 8, 19), 3);
    apply_one(h, accepted(4, 2, 5, EVENT_RATING, 8, 11), 4);
    apply_one(h, accepted(5, 1, 0, EVENT_ERASE, 0, 20), 5);
    CHECK_STR(profile_text(h, 1), "30: 5 seen=1");
    apply_one(h, accepted(6, 1, 7, EVENT_WANT, 1, 15), 6); /* older, and comes late */
    apply_one(h, accepted(7, 1, 8, EVENT_WANT, 1, 20), 7);
    CHECK_STR(profile_text(h, 1), "30: 5 seen=1");
    apply_one(h, accepted(8, 1, 7, EVENT_WANT, 1, 31), 8);
    CHECK_STR(profile_text(h, 1), "31: 5 seen=1, 7 want=1");
    CHECK_STR(profile_text(h, 2), "11: 5 rating=8");
    history_close(h);
}

/* --- all of it ------------------------------------------------------------------------------------------------------- */

typedef struct listing {
    char text[512];
    size_t used, stop_at, n;
} listing;

static bool add_film(void *context, const event_id *user, uint64_t version, const event_film *film)
{
    listing *l = context;
    uint32_t number = 0;
    for (uint32_t u = 1; u < 10 && number == 0; u++) {
        const event_id id = test_user(u);
        number = event_id_compare(&id, user) == 0 ? u : 0;
    }
    l->used += (size_t)snprintf(l->text + l->used, sizeof l->text - l->used, "%s%u@%llu/%u", l->n > 0 ? " " : "", number,
                                (unsigned long long)version, film->film_id);
    return ++l->n != l->stop_at;
}

TEST(everybodys_films_in_order)
{
    history *h = open_history(HISTORY_WRITE);
    apply_one(h, accepted(1, 2, 9, EVENT_SEEN, 1, 4), 1);
    apply_one(h, accepted(2, 1, 7, EVENT_SEEN, 1, 5), 2);
    apply_one(h, accepted(3, 2, 3, EVENT_SEEN, 1, 6), 3);
    listing all = {.stop_at = 100}, some = {.stop_at = 2};
    CHECK_OK(history_each(h, add_film, &all, &error), error);
    CHECK_STR(all.text, "1@5/7 2@6/3 2@6/9");
    CHECK_OK(history_each(h, add_film, &some, &error), error);
    CHECK_STR(some.text, "1@5/7 2@6/3");

    CHECK_OK(history_clear(h, &error), error);
    listing none = {.stop_at = 100};
    CHECK_OK(history_each(h, add_film, &none, &error), error);
    CHECK_STR(none.text, "");
    CHECK_STR(profile_text(h, 2), "0:");
    uint64_t position = 1;
    CHECK_OK(history_position(h, &position, &error), error);
    CHECK_INT(position, 0);
    CHECK_OK(history_check(h, &error), error);
    history_close(h);
}
