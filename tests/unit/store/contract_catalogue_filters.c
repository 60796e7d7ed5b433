/* The contract of the catalogue's filters, orders by votes, and facets. */
#include "contract_catalogue.h"

#include <stdio.h>
#include <string.h>

#include "support/test.h"

static catalogue *with_films(void)
{
    catalogue *c = writing();
    put(c, (film){.title = "Alien", /* 1 */
                  .year = 1979,
                  .runtime = 117,
                  .genres = NAMES("Horror", "Sci-Fi"),
                  .countries = NAMES("US", "GB"),
                  .languages = NAMES("en"),
                  .directors = NAMES("Ridley Scott"),
                  .writers = NAMES("Dan O'Bannon"),
                  .cast = NAMES("Sigourney Weaver", "Tom Skerritt"),
                  .themes = NAMES("space", "android"),
                  .tags = NAMES("Atmospheric")});
    put(c, (film){.title = "Volver", /* 2 */
                  .year = 2006,
                  .runtime = 121,
                  .genres = NAMES("Drama"),
                  .countries = NAMES("es"),
                  .languages = NAMES("ES"),
                  .directors = NAMES("Pedro Almod\xC3\xB3var"),
                  .cast = NAMES("Pen\xC3\xA9lope Cruz")});
    put(c, (film){.title = "The Others", /* 3 */
                  .year = 2001,
                  .runtime = 101,
                  .genres = NAMES("Horror", "Drama"),
                  .countries = NAMES("ES", "US"),
                  .languages = NAMES("en", "es"),
                  .directors = NAMES("Alejandro Amen\xC3\xA1"
                                     "bar"),
                  .writers = NAMES("Alejandro Amen\xC3\xA1"
                                   "bar"),
                  .themes = NAMES("ghost"),
                  .tags = NAMES("twist ending", "atmospheric")});
    put_title(c, "Nothing Known", 0); /* 4 */
    return c;
}

TEST(filters_by_code)
{
    catalogue *c = with_films();
    for (int pass = 0; pass < 2; pass++) { /* in the transaction of the first films, and after it */
        CHECK_STR(listed(c, (film_query){.country = "US"}), "1 3 of 2");
        CHECK_STR(listed(c, (film_query){.country = "us"}), "1 3 of 2");
        CHECK_STR(listed(c, (film_query){.country = "ES"}), "2 3 of 2");
        CHECK_STR(listed(c, (film_query){.language = "es"}), "2 3 of 2");
        CHECK_STR(listed(c, (film_query){.country = "US", .language = "es"}), "3 of 1");
        CHECK_STR(listed(c, (film_query){.country = "en"}), "of 0");
        CHECK_STR(listed(c, (film_query){.country = ""}), "1 2 3 4 of 4");
        CHECK_STR(listed(c, (film_query){.country = "' OR 1=1 --"}), "of 0");
        if (pass == 0)
            CHECK_OK(catalogue_commit(c, &error), error);
    }
    catalogue_close(c);
}

TEST(filters_by_person_and_keyword)
{
    catalogue *c = with_films();
    CHECK_STR(listed(c, (film_query){.person = "ridley scott"}), "1 of 1");
    CHECK_STR(listed(c, (film_query){.person = "Dan OBannon"}), "of 0");
    CHECK_STR(listed(c, (film_query){.person = "dan o\xE2\x80\x99"
                                               "bannon"}),
              "1 of 1"); /* ’ */
    CHECK_STR(listed(c, (film_query){.person = "Tom Skerritt"}), "1 of 1");
    CHECK_STR(listed(c, (film_query){.person = "PEDRO ALMODOVAR"}), "2 of 1");
    CHECK_STR(listed(c, (film_query){.person = "Alejandro Amenabar"}), "3 of 1");
    CHECK_STR(listed(c, (film_query){.person = "Ridley"}), "of 0"); /* the whole name */
    CHECK_STR(listed(c, (film_query){.person = "ghost"}), "of 0");
    CHECK_STR(listed(c, (film_query){.keyword = "Ghost"}), "3 of 1");
    CHECK_STR(listed(c, (film_query){.keyword = "ATMOSPHERIC"}), "1 3 of 2"); /* tags, too */
    CHECK_STR(listed(c, (film_query){.keyword = "atmospheric", .country = "ES"}), "3 of 1");
    CHECK_STR(listed(c, (film_query){.keyword = "twist"}), "of 0");
    CHECK_STATUS(
        catalogue_list(c, &(film_query){.person = "\xFF"}, &(arena){0}, &(film *){0}, &(size_t){0}, &(size_t){0}, &error),
        BT_BAD_FORMAT);
    catalogue_close(c);
}

TEST(filters_by_runtime)
{
    catalogue *c = with_films();
    CHECK_STR(listed(c, (film_query){.from_runtime = 117}), "1 2 of 2");
    CHECK_STR(listed(c, (film_query){.to_runtime = 117}), "1 3 of 2"); /* none whose runtime isn't known */
    CHECK_STR(listed(c, (film_query){.from_runtime = 117, .to_runtime = 120}), "1 of 1");
    catalogue_close(c);
}

TEST(a_film_that_changes_is_found_by_what_it_is_now)
{
    catalogue *c = with_films();
    put(c, (film){.id = 1, .countries = NAMES("FR"), .tags = NAMES("slow")});
    CHECK_STR(listed(c, (film_query){.country = "US"}), "3 of 1");
    CHECK_STR(listed(c, (film_query){.country = "FR"}), "1 of 1");
    CHECK_STR(listed(c, (film_query){.keyword = "slow"}), "1 of 1");
    CHECK_STR(listed(c, (film_query){.keyword = "atmospheric"}), "3 of 1");
    CHECK_OK(catalogue_redirect(c, 1, 2, &error), error);
    CHECK_STR(listed(c, (film_query){.country = "FR"}), "of 0");
    catalogue_close(c);
}

/* --- votes ------------------------------------------------------------------------------------------------------------ */

TEST(votes_are_kept_and_order_films)
{
    catalogue *c = with_films();
    arena a = {0};
    const film_votes votes[] = {{1, 1, 5.0}, {2, 40, 4.0}, {9, 3, 3.0}}; /* there is no film 9 */
    CHECK_OK(catalogue_put_votes(c, votes, COUNT(votes), &error), error);
    for (int pass = 0; pass < 2; pass++) {
        CHECK_STR(listed(c, (film_query){.order = FILM_ORDER_VOTES_DOWN}), "2 1 3 4 of 4");
        CHECK_STR(listed(c, (film_query){.order = FILM_ORDER_RATING_DOWN}), "1 2 3 4 of 4");
        CHECK_STR(listed(c, (film_query){.from_votes = 1}), "1 2 of 2");
        CHECK_STR(listed(c, (film_query){.from_votes = 2}), "2 of 1");
        CHECK_STR(listed(c, (film_query){.to_votes = 39}), "1 3 4 of 3");
        const film f = get(c, 2, &a);
        CHECK_INT(f.votes, 40);
        CHECK(f.rating == 4.0);
        CHECK_INT(get(c, 3, &a).votes, 0);
        if (pass == 0)
            CHECK_OK(catalogue_commit(c, &error), error);
    }
    arena_free(&a);
    catalogue_close(c);
}

/* 2 has 1,000 votes of 4.5; 1 has one of 5, which ten of the mean hold down. */
TEST(one_vote_does_not_win)
{
    catalogue *c = with_films();
    CHECK_OK(catalogue_put_votes(c, (film_votes[]){{1, 1, 5.0}, {2, 1000, 4.5}, {3, 1000, 2.0}}, 3, &error), error);
    CHECK_STR(listed(c, (film_query){.order = FILM_ORDER_RATING_DOWN}), "2 1 3 4 of 4");
    catalogue_close(c);
}

TEST(votes_stay_when_a_film_is_stored_again_and_go_when_they_are_not_named)
{
    catalogue *c = with_films();
    arena a = {0};
    uint64_t before = 0, after = 0;
    CHECK_OK(catalogue_put_votes(c, (film_votes[]){{1, 7, 3.5}, {3, 2, 1.5}}, 2, &error), error);
    put(c, (film){.id = 1, .runtime = 118, .votes = 99, .rating = 1});
    CHECK_INT(get(c, 1, &a).votes, 7);
    CHECK_OK(catalogue_commit(c, &error), error);
    CHECK_OK(catalogue_version(c, &before, &error), error);
    CHECK_OK(catalogue_begin(c, &error), error);
    CHECK_OK(catalogue_put_votes(c, (film_votes[]){{2, 1, 3.0}}, 1, &error), error);
    CHECK_OK(catalogue_commit(c, &error), error);
    CHECK_OK(catalogue_version(c, &after, &error), error);
    CHECK_INT(after, before); /* the films are the same */
    CHECK_STR(listed(c, (film_query){.from_votes = 1}), "2 of 1");
    arena_free(&a);
    catalogue_close(c);
}

TEST(votes_that_cannot_be)
{
    catalogue *c = with_films();
    const film_votes bad[][2] = {{{2, 1, 3}, {1, 1, 3}}, {{1, 1, 3}, {1, 1, 3}},   {{0, 1, 3}, {1, 1, 3}},
                                 {{1, 0, 3}, {2, 1, 3}}, {{1, 1, 5.5}, {2, 1, 3}}, {{1, 1, 0}, {2, 1, 3}}};
    for (size_t i = 0; i < COUNT(bad); i++)
        CHECK_STATUS(catalogue_put_votes(c, bad[i], 2, &error), BT_INVALID_ARGUMENT);
    CHECK_OK(catalogue_commit(c, &error), error);
    CHECK_STATUS(catalogue_put_votes(c, bad[0], 1, &error), BT_INVALID_ARGUMENT); /* outside of a transaction */
    catalogue_close(c);
}

/* --- tags ------------------------------------------------------------------------------------------------------------- */

TEST(tags_are_put_apart)
{
    catalogue *c = with_films();
    arena a = {0};
    uint64_t before = 0, after = 0;
    const film_names tags = NAMES("dreamy", "slow"),
                     bad = NAMES("a\x1f"
                                 "b"),
                     none = {0};
    CHECK_OK(catalogue_commit(c, &error), error);
    CHECK_OK(catalogue_version(c, &before, &error), error);
    CHECK_OK(catalogue_begin(c, &error), error);
    CHECK_OK(catalogue_put_tags(c, 2, &tags, &error), error);
    CHECK_OK(catalogue_put_tags(c, 99, &tags, &error), error); /* nobody's */
    CHECK_STATUS(catalogue_put_tags(c, 1, &bad, &error), BT_BAD_FORMAT);
    CHECK_OK(catalogue_commit(c, &error), error);
    CHECK_OK(catalogue_version(c, &after, &error), error);
    CHECK(after != before);
    const film f = get(c, 2, &a);
    check_names(&f.tags, &tags);
    CHECK_STR(listed(c, (film_query){.keyword = "dreamy"}), "2 of 1");
    CHECK_OK(catalogue_begin(c, &error), error);
    CHECK_OK(catalogue_put_tags(c, 2, &tags, &error), error);
    CHECK_OK(catalogue_commit(c, &error), error);
    CHECK_OK(catalogue_version(c, &before, &error), error);
    CHECK_INT(after, before); /* they were those */
    CHECK_OK(catalogue_begin(c, &error), error);
    CHECK_OK(catalogue_put_tags(c, 2, &none, &error), error);
    CHECK_INT(get(c, 2, &a).tags.n, 0);
    catalogue_close(c);
    arena_free(&a);
}

/* --- facets ----------------------------------------------------------------------------------------------------------- */

static size_t write_list(char *to, size_t room, const film_facet_list *list)
{
    size_t used = 0;
    for (size_t i = 0; i < list->n; i++)
        used += (size_t)snprintf(to + used, room - used, "%s%s %zu", i > 0 ? ", " : "", list->items[i].name,
                                 list->items[i].n_films);
    return used + (size_t)snprintf(to + used, room - used, "; ");
}

static const char *facets(catalogue *c, film_query q)
{
    static char text[512];
    arena a = {0};
    film_facets f;
    size_t used = 0;
    text[0] = '\0';
    CHECK_OK(catalogue_facets(c, &q, &a, &f, &error), error);
    const film_facet_list *const lists[] = {&f.genres, &f.countries, &f.languages, &f.decades};
    for (size_t i = 0; i < COUNT(lists); i++)
        used += write_list(text + used, sizeof text - used, lists[i]);
    arena_free(&a);
    return text;
}

TEST(facets_count_the_films_that_pass)
{
    catalogue *c = with_films();
    for (int pass = 0; pass < 2; pass++) {
        CHECK_STR(facets(c, (film_query){0}), "Drama 2, Horror 2, Sci-Fi 1; ES 2, US 2, GB 1; en 2, es 2; 2000 2, 1970 1; ");
        CHECK_STR(facets(c, (film_query){.limit = 1, .offset = 2, .order = FILM_ORDER_TITLE}),
                  "Drama 2, Horror 2, Sci-Fi 1; ES 2, US 2, GB 1; en 2, es 2; 2000 2, 1970 1; ");
        CHECK_STR(facets(c, (film_query){.genre = "horror"}),
                  "Horror 2, Drama 1, Sci-Fi 1; US 2, ES 1, GB 1; en 2, es 1; 1970 1, 2000 1; ");
        CHECK_STR(facets(c, (film_query){.text = "the", .keyword = "ghost", .from_year = 2000, .to_year = 2010}),
                  "Drama 1, Horror 1; ES 1, US 1; en 1, es 1; 2000 1; ");
        CHECK_STR(facets(c, (film_query){.genre = "Western"}), "; ; ; ; ");
        if (pass == 0)
            CHECK_OK(catalogue_commit(c, &error), error);
    }
    catalogue_close(c);
}

/* Each facet's number is what the filter of that name lists. */
TEST(facets_agree_with_filters)
{
    catalogue *c = with_films();
    arena a = {0};
    film_facets f;
    CHECK_OK(catalogue_facets(c, &(film_query){.from_runtime = 100}, &a, &f, &error), error);
    CHECK_INT(f.countries.n, 3);
    for (size_t i = 0; i < f.countries.n + f.genres.n; i++) {
        film_query q = {.from_runtime = 100};
        const bool genre = i >= f.countries.n;
        const film_facet *one = genre ? &f.genres.items[i - f.countries.n] : &f.countries.items[i];
        *(genre ? &q.genre : &q.country) = one->name;
        uint32_t *ids = NULL;
        size_t n = 0;
        CHECK_OK(catalogue_list_ids(c, &q, &a, &ids, &n, &error), error);
        CHECK_INT(n, one->n_films);
    }
    CHECK_STATUS(catalogue_facets(c, &(film_query){.text = "\xFF"}, &a, &f, &error), BT_BAD_FORMAT);
    arena_free(&a);
    catalogue_close(c);
}
