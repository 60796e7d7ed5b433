/* What opinions mean. */
#include "butaca/profile.h"

#include "support/test.h"

TEST(verdicts_and_ratings_act_on_taste)
{
    for (int half_stars = 0; half_stars <= 10; half_stars++) {
        bt_opinion opinion = {.film_id = 1, .half_stars = (uint8_t)half_stars};
        const bt_verdict expected = half_stars >= 8 ? BT_LIKE : half_stars >= 1 && half_stars <= 4 ? BT_DISLIKE : BT_NO_VERDICT;
        CHECK_INT(bt_opinion_taste(&opinion), expected);
        opinion.verdict = BT_LIKE; /* overrides */
        CHECK_INT(bt_opinion_taste(&opinion), BT_LIKE);
        opinion.verdict = BT_DISLIKE;
        CHECK_INT(bt_opinion_taste(&opinion), BT_DISLIKE);
    }
}

TEST(seen_and_want_say_nothing_about_taste)
{
    const bt_opinion opinion = {.film_id = 1, .seen = true, .want = true};
    CHECK_INT(bt_opinion_taste(&opinion), BT_NO_VERDICT);
}

TEST(what_a_person_knows_leaves_the_lists)
{
    CHECK(bt_opinion_known(&(bt_opinion){.verdict = BT_LIKE}));
    CHECK(bt_opinion_known(&(bt_opinion){.verdict = BT_DISLIKE}));
    CHECK(bt_opinion_known(&(bt_opinion){.half_stars = 6}));
    CHECK(bt_opinion_known(&(bt_opinion){.seen = true}));
    CHECK(!bt_opinion_known(&(bt_opinion){.want = true}));
    CHECK(!bt_opinion_known(&(bt_opinion){.film_id = 7}));
}

TEST(profiles_are_sorted)
{
    bt_opinion opinions[] = {{.film_id = 30}, {.film_id = UINT32_MAX}, {.film_id = 10}, {.film_id = 20, .verdict = BT_LIKE}};
    bt_error error = {0};
    CHECK_OK(bt_profile_sort(opinions, 4, &error), error);
    CHECK_INT(opinions[0].film_id, 10);
    CHECK_INT(opinions[1].film_id, 20);
    CHECK_INT(opinions[1].verdict, BT_LIKE);
    CHECK_INT(opinions[2].film_id, 30);
    CHECK_INT(opinions[3].film_id, UINT32_MAX);
    CHECK_OK(bt_profile_sort(NULL, 0, &error), error);
}

TEST(profiles_are_checked)
{
    bt_error error = {0};
    bt_opinion twice[] = {{.film_id = 30}, {.film_id = 10}, {.film_id = 30}};
    CHECK_STATUS(bt_profile_sort(twice, 3, &error), BT_INVALID_ARGUMENT);
    CHECK_CONTAINS(error.message, "film 30");
    bt_opinion verdict = {.film_id = 5, .verdict = 3};
    CHECK_STATUS(bt_profile_sort(&verdict, 1, &error), BT_INVALID_ARGUMENT);
    CHECK_CONTAINS(error.message, "film 5");
    bt_opinion stars = {.film_id = 6, .half_stars = 11};
    CHECK_STATUS(bt_profile_sort(&stars, 1, &error), BT_INVALID_ARGUMENT);
    CHECK_CONTAINS(error.message, "half stars");
}
