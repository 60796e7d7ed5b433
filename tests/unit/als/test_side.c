/* How the work of half an iteration is cut: no piece is so large that other threads wait for it, and no rating is lost. */
#include <stdlib.h>

#include "als/als.h"
#include "support/test.h"

enum { USERS = 150000, FILMS = 4000, PER_USER = 3, RATINGS = USERS * PER_USER };

/* Everybody rated film 0, a third of all ratings; the other two are spread. */
static bt_ratings one_film_leads(void)
{
    uint64_t *offsets = calloc(USERS + 1, sizeof *offsets);
    uint32_t *films = calloc(RATINGS, sizeof *films);
    uint8_t *stars = malloc(RATINGS);
    REQUIRE(offsets && films && stars);
    for (uint32_t u = 0; u < USERS; u++) {
        offsets[u + 1] = (u + 1) * (uint64_t)PER_USER;
        films[u * PER_USER + 1] = 1 + u % (FILMS / 2 - 1);
        films[u * PER_USER + 2] = FILMS / 2 + u % (FILMS / 2);
        for (uint32_t i = 0; i < PER_USER; i++)
            stars[u * PER_USER + i] = (uint8_t)(1 + (u + i) % 10);
    }
    return (bt_ratings){
        .n_users = USERS, .n_films = FILMS, .n_ratings = RATINGS, .user_offsets = offsets, .films = films, .half_stars = stars};
}

static void check_pieces(const als_side *side, size_t n_shared)
{
    size_t row = 0, seen_shared = 0, n_ratings = 0;
    for (size_t piece = 0; piece < side->n_pieces; piece++) {
        size_t in_piece = 0;
        CHECK_INT(side->piece_at[piece], row);
        for (; row < side->piece_at[piece + 1]; row++) {
            const size_t n = side->offsets[row + 1] - side->offsets[row];
            n_ratings += n;
            seen_shared += als_is_shared(side, row);
            in_piece += als_is_shared(side, row) ? 0 : n; /* shared rows are left to all threads */
        }
        CHECK(in_piece <= ALS_SHARED + 4096);
    }
    CHECK_INT(row, side->n_rows);
    CHECK_INT(n_ratings, RATINGS);
    CHECK_INT(seen_shared, n_shared);
    CHECK_INT(side->n_shared, n_shared);
}

TEST(a_film_with_a_third_of_the_ratings_is_left_to_all_threads)
{
    const bt_ratings ratings = one_film_leads();
    als_side by_user, by_film;
    bt_error error = {0};
    CHECK_OK(als_side_of_users(&ratings, &by_user, &error), error);
    CHECK_OK(als_side_of_films(&ratings, &by_film, &error), error);
    check_pieces(&by_user, 0);
    check_pieces(&by_film, 1);
    CHECK(als_is_shared(&by_film, 0));
    CHECK(USERS / ALS_PARTS <= ALS_SHARED); /* a part of it is no longer than a row that one thread solves */
    CHECK_INT(by_user.lengths[PER_USER], USERS);
    als_side_free(&by_user);
    als_side_free(&by_film);
    free((void *)(uintptr_t)ratings.user_offsets);
    free((void *)(uintptr_t)ratings.films);
    free((void *)(uintptr_t)ratings.half_stars);
}
