/* Rows into columns: order, duplicates, users' keys, what is refused, and merging two sets. A slow, plain model of the rules
 * checks the fast code on random rows.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "ratings/build.h"
#include "ratings/users.h"
#include "support/test.h"

static const char *const no_sources = "[]";

static const char *key_of(const bt_ratings *r, size_t user)
{
    return r->user_keys + r->user_key_at[user];
}

static const bt_ratings *build(const bt_rating *rows, size_t n, const char *const *keys, size_t n_users, size_t threads,
                               size_t *superseded)
{
    bt_error error = {0};
    const bt_ratings *r;
    CHECK_OK(bt_ratings_build(&(bt_rating_rows){rows, n, keys, n_users, no_sources}, threads, &r, superseded, &error), error);
    return r;
}

/* Finds the rating by the plain rules of ratings.h among the rows; NULL if there is none. */
static const bt_rating *expected_of(const bt_rating *rows, size_t n, uint32_t user, uint32_t film_id)
{
    const bt_rating *best = NULL;
    for (size_t i = 0; i < n; i++)
        if (rows[i].user == user && rows[i].film_id == film_id && (!best || rows[i].time >= best->time))
            best = &rows[i];
    return best;
}

/* Columns are in order, and hold what the rows say. */
static void check_against_rows(const bt_ratings *r, const bt_rating *rows, size_t n, const char *const *keys, size_t n_users)
{
    size_t n_expected = 0;
    for (size_t i = 0; i < n; i++)
        n_expected += expected_of(rows, n, rows[i].user, rows[i].film_id) == &rows[i];
    CHECK_INT(r->n_ratings, n_expected);
    CHECK_INT(r->user_offsets[r->n_users], r->n_ratings);
    for (size_t u = 0; u < r->n_users; u++) {
        if (u > 0)
            CHECK(user_key_compare(key_of(r, u - 1), key_of(r, u)) < 0);
        uint32_t user = 0;
        while (user < n_users && strcmp(keys[user], key_of(r, u)) != 0)
            user++;
        CHECK(r->user_offsets[u] < r->user_offsets[u + 1]);
        for (uint64_t i = r->user_offsets[u]; i < r->user_offsets[u + 1]; i++) {
            if (i > r->user_offsets[u])
                CHECK(r->films[i - 1] < r->films[i]);
            const bt_rating *e = expected_of(rows, n, user, r->film_ids[r->films[i]]);
            REQUIRE(e != NULL);
            if (!CHECK_INT(r->half_stars[i], e->half_stars) || !CHECK_INT(r->times[i], e->time))
                return;
        }
    }
}

TEST(rows_become_columns_in_order)
{
    static const char *const keys[] = {"ml:10", "ml:9", "ml:ana", "b:3", "ml:unused"};
    const bt_rating rows[] = {
        {0, 7, 100, 8}, {1, 9, 101, 1}, {0, 3, 102, 10}, {2, 3, 0, 5}, {3, 4000000000u, UINT32_MAX, 2},
    };
    size_t superseded = 99;
    const bt_ratings *r = build(rows, 5, keys, 5, 1, &superseded);
    CHECK_INT(superseded, 0);
    CHECK_INT(r->n_users, 4);
    CHECK_STR(key_of(r, 0), "b:3");
    CHECK_STR(key_of(r, 1), "ml:9");
    CHECK_STR(key_of(r, 2), "ml:10");
    CHECK_STR(key_of(r, 3), "ml:ana");
    CHECK_INT(r->n_films, 4);
    CHECK_INT(r->film_ids[0], 3);
    CHECK_INT(r->film_ids[3], 4000000000u);
    check_against_rows(r, rows, 5, keys, 5);
    CHECK_INT(bt_ratings_find_user(r, "ml:10"), 2);
    CHECK(bt_ratings_find_user(r, "ml:unused") == SIZE_MAX);
    CHECK(bt_ratings_find_user(r, "") == SIZE_MAX);
    CHECK_STR(r->sources, "[]");
    CHECK_INT(r->fingerprint, 0);
    bt_ratings_close(r);
}

TEST(no_rows_are_fine)
{
    const bt_ratings *r = build(NULL, 0, NULL, 0, 0, NULL);
    CHECK_INT(r->n_users + r->n_films + r->n_ratings, 0);
    CHECK_INT(r->user_offsets[0], 0);
    bt_ratings_close(r);
}

TEST(the_later_time_stays_and_of_equal_times_the_later_row)
{
    static const char *const keys[] = {"u"};
    const bt_rating rows[] = {{0, 1, 50, 2}, {0, 1, 60, 4}, {0, 1, 40, 6}, {0, 2, 5, 7}, {0, 2, 5, 9}};
    size_t superseded;
    const bt_ratings *r = build(rows, 5, keys, 1, 1, &superseded);
    CHECK_INT(superseded, 3);
    CHECK_INT(r->n_ratings, 2);
    CHECK_INT(r->half_stars[0], 4);
    CHECK_INT(r->times[0], 60);
    CHECK_INT(r->half_stars[1], 9);
    bt_ratings_close(r);
}

TEST(user_keys_are_ordered_by_source_number_text)
{
    static const char *const ordered[] = {
        "5",  "6",     "",    "x",     "a:1", "a:2", "a:07", "a:7", "a:42", "a:100", "a:18446744073709551616",
        "a:", "a:1.5", "a:b", "a:b:c", "b:1"};
    const size_t n = sizeof ordered / sizeof *ordered;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            const int order = user_key_compare(ordered[i], ordered[j]);
            if (!CHECK_INT(order < 0 ? -1 : order > 0, i < j ? -1 : i > j))
                printf("\"%s\" and \"%s\"\n", ordered[i], ordered[j]);
        }
}

/* n random rows of few users and films, so that many pairs stand more than once. */
static bt_rating *random_rows(size_t n, uint32_t n_users, uint32_t n_films, uint64_t seed)
{
    random_stream random = random_make(seed, 0);
    bt_rating *rows = calloc(n, sizeof *rows);
    REQUIRE(rows != NULL);
    for (size_t i = 0; i < n; i++)
        rows[i] = (bt_rating){
            .user = (uint32_t)random_below(&random, n_users),
            .film_id = (uint32_t)(1 + random_below(&random, n_films) * 70001),
            .time = (uint32_t)random_below(&random, 50),
            .half_stars = (uint8_t)(1 + random_below(&random, 10)),
        };
    return rows;
}

enum { MANY_USERS = 200 };

static const char *const *many_keys(void)
{
    static char text[MANY_USERS][16];
    static const char *keys[MANY_USERS];
    for (size_t i = 0; i < MANY_USERS; i++) {
        snprintf(text[i], sizeof text[i], "s:%zu", (i * 77) % 211);
        keys[i] = text[i];
    }
    return keys;
}

TEST(random_rows_match_the_plain_rules_for_any_number_of_threads)
{
    for (uint64_t seed = 0; seed < 6; seed++) {
        const uint32_t n_users = seed % 2 == 0 ? 3 : MANY_USERS; /* long users take the radix sort, short ones the other */
        bt_rating *rows = random_rows(3000, n_users, 300, seed);
        size_t lost_one, lost_four;
        const bt_ratings *one = build(rows, 3000, many_keys(), n_users, 1, &lost_one);
        const bt_ratings *four = build(rows, 3000, many_keys(), n_users, 4, &lost_four);
        check_against_rows(one, rows, 3000, many_keys(), n_users);
        CHECK_INT(lost_one, 3000 - one->n_ratings);
        CHECK_INT(lost_four, lost_one);
        CHECK_INT(four->n_ratings, one->n_ratings);
        CHECK_BYTES(four->films, one->films, one->n_ratings * sizeof *one->films);
        CHECK_BYTES(four->half_stars, one->half_stars, one->n_ratings);
        CHECK_BYTES(four->times, one->times, one->n_ratings * sizeof *one->times);
        bt_ratings_close(one);
        bt_ratings_close(four);
        free(rows);
    }
}

TEST(values_out_of_range_are_refused_with_their_index)
{
    static const char *const keys[] = {"a", "b"};
    const bt_rating bad[] = {{2, 1, 0, 1}, {0, 0, 0, 1}, {0, 1, 0, 0}, {0, 1, 0, 11}, {0, 1, 0, 255}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const bt_rating rows[] = {{0, 1, 0, 1}, {1, 1, 0, 1}, bad[i]};
        bt_error error = {0};
        const bt_ratings *r = (const bt_ratings *)rows;
        CHECK_STATUS(bt_ratings_build(&(bt_rating_rows){rows, 3, keys, 2, NULL}, 1, &r, NULL, &error), BT_INVALID_ARGUMENT);
        CHECK_CONTAINS(error.message, "rating 2");
        CHECK(r == NULL);
    }
}

TEST(a_user_key_that_stands_twice_is_refused)
{
    static const char *const keys[] = {"a:1", "a:2", "a:1"};
    const bt_rating rows[] = {{0, 1, 0, 1}, {1, 1, 0, 1}, {2, 1, 0, 1}};
    bt_error error = {0};
    const bt_ratings *r;
    CHECK_STATUS(bt_ratings_build(&(bt_rating_rows){rows, 3, keys, 3, NULL}, 1, &r, NULL, &error), BT_INVALID_ARGUMENT);
    CHECK_CONTAINS(error.message, "\"a:1\"");
}

TEST(building_survives_any_failed_allocation)
{
    bt_rating *rows = random_rows(500, 20, 40, 1);
    EACH_FAILED_ALLOCATION
    {
        const bt_ratings *r;
        const bt_status status = bt_ratings_build(&(bt_rating_rows){rows, 500, many_keys(), 20, "[]"}, 2, &r, NULL, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        CHECK((r != NULL) == (status == BT_OK));
        bt_ratings_close(r);
    }
    free(rows);
}

/* --- merging --------------------------------------------------------------------------------------------------------- */

static const bt_ratings *merge(const bt_ratings *present, const bt_ratings *added, ratings_counts *counts)
{
    bt_error error = {0};
    const bt_ratings *merged;
    CHECK_OK(ratings_merge(present, added, present->sources, &merged, counts, &error), error);
    return merged;
}

static void check_equal(const bt_ratings *a, const bt_ratings *b)
{
    REQUIRE(a->n_users == b->n_users && a->n_films == b->n_films && a->n_ratings == b->n_ratings);
    CHECK_BYTES(a->film_ids, b->film_ids, a->n_films * sizeof *a->film_ids);
    CHECK_BYTES(a->user_offsets, b->user_offsets, (a->n_users + 1) * sizeof *a->user_offsets);
    CHECK_BYTES(a->films, b->films, a->n_ratings * sizeof *a->films);
    CHECK_BYTES(a->half_stars, b->half_stars, a->n_ratings);
    CHECK_BYTES(a->times, b->times, a->n_ratings * sizeof *a->times);
    for (size_t u = 0; u < a->n_users; u++)
        CHECK_STR(key_of(a, u), key_of(b, u));
}

TEST(merged_halves_equal_the_whole)
{
    for (uint64_t seed = 10; seed < 15; seed++) {
        bt_rating *rows = random_rows(4000, MANY_USERS, 60, seed);
        const bt_ratings *all = build(rows, 4000, many_keys(), MANY_USERS, 1, NULL);
        const bt_ratings *first = build(rows, 2500, many_keys(), MANY_USERS, 1, NULL);
        const bt_ratings *second = build(rows + 2500, 1500, many_keys(), MANY_USERS, 1, NULL);
        ratings_counts counts;
        const bt_ratings *merged = merge(first, second, &counts);
        REQUIRE(merged != NULL);
        check_equal(merged, all);
        CHECK_INT(first->n_ratings + second->n_ratings - counts.n_superseded - counts.n_same, merged->n_ratings);

        const bt_ratings *again = merge(merged, second, &counts);
        CHECK(again == NULL); /* nothing new */
        CHECK_INT(counts.n_new, 0);
        CHECK_INT(counts.n_same + counts.n_superseded, second->n_ratings);

        bt_ratings_close(merged);
        bt_ratings_close(second);
        bt_ratings_close(first);
        bt_ratings_close(all);
        free(rows);
    }
}

TEST(merging_counts_new_same_and_superseded)
{
    static const char *const keys[] = {"s:1", "s:2"};
    const bt_rating old_rows[] = {{0, 1, 10, 2}, {0, 2, 10, 2}, {0, 3, 10, 2}, {0, 4, 10, 2}};
    const bt_rating new_rows[] = {{0, 1, 10, 2}, {0, 2, 11, 5}, {0, 3, 9, 5}, {0, 4, 10, 3}, {0, 5, 1, 1}, {1, 1, 1, 1}};
    const bt_ratings *present = build(old_rows, 4, keys, 2, 1, NULL), *added = build(new_rows, 6, keys, 2, 1, NULL);
    ratings_counts counts;
    const bt_ratings *merged = merge(present, added, &counts);
    CHECK_INT(counts.n_same, 1);       /* film 1 */
    CHECK_INT(counts.n_superseded, 3); /* films 2, 3 (the new one is older), 4 (of equal times the new one) */
    CHECK_INT(counts.n_new, 4);        /* films 2, 4, 5, and the other user's */
    CHECK_INT(merged->n_ratings, 6);
    CHECK_BYTES(merged->half_stars, "\2\5\2\3\1\1", 6);
    bt_ratings_close(merged);
    bt_ratings_close(present);
    bt_ratings_close(added);
}

TEST(other_sources_alone_make_a_new_set)
{
    static const char *const keys[] = {"s:1"};
    const bt_rating rows[] = {{0, 1, 10, 2}};
    const bt_ratings *present = build(rows, 1, keys, 1, 1, NULL), *merged;
    ratings_counts counts;
    bt_error error = {0};
    CHECK_OK(ratings_merge(present, present, "[{\"name\":\"s\"}]", &merged, &counts, &error), error);
    REQUIRE(merged != NULL);
    CHECK_STR(merged->sources, "[{\"name\":\"s\"}]");
    bt_ratings_close(merged);
    bt_ratings_close(present);
}

TEST(merging_survives_any_failed_allocation)
{
    bt_rating *rows = random_rows(300, 20, 40, 3);
    const bt_ratings *a = build(rows, 200, many_keys(), 20, 1, NULL), *b = build(rows + 200, 100, many_keys(), 20, 1, NULL);
    EACH_FAILED_ALLOCATION
    {
        ratings_counts counts;
        const bt_ratings *merged;
        const bt_status status = ratings_merge(a, b, "[]", &merged, &counts, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        bt_ratings_close(merged);
    }
    bt_ratings_close(a);
    bt_ratings_close(b);
    free(rows);
}
