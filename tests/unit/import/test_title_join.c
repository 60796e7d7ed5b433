/* Joining by title and year: twins stay apart, what may be several is none, and articles and years may differ, but not both. */
#include <stdio.h>
#include <string.h>

#include "import/title_join.h"
#include "support/test.h"

typedef struct known_film {
    const char *title, *original, *other;
    int year;
} known_film;

typedef struct wanted_title {
    const char *title;
    int year;
    uint32_t film; /* expected: the number of the film from 1 on */
} wanted_title;

static catalogue *make_catalogue(const known_film *films, size_t n)
{
    bt_error error = {0};
    catalogue *c;
    char url[4096];
    snprintf(url, sizeof url, "sqlite:%s", test_path("films.db"));
    remove(test_path("films.db"));
    CHECK_OK(catalogue_open(url, CATALOGUE_WRITE, &c, &error), error);
    CHECK_OK(catalogue_begin(c, &error), error);
    for (size_t i = 0; i < n; i++) {
        film f = {.title = films[i].title, .original_title = films[i].original, .year = films[i].year};
        if (films[i].other)
            f.other_titles = (film_names){&films[i].other, 1};
        CHECK_OK(catalogue_put(c, &f, &error), error);
        REQUIRE(f.id == i + 1);
    }
    CHECK_OK(catalogue_commit(c, &error), error);
    return c;
}

static void check_join(const known_film *films, size_t n_films, const wanted_title *wanted, size_t n_wanted)
{
    bt_error error = {0};
    title_join j;
    catalogue *c = make_catalogue(films, n_films);
    CHECK_OK(title_join_open(&j, c, &error), error);
    for (size_t i = 0; i < n_wanted; i++)
        CHECK_OK(title_join_want(&j, wanted[i].title, wanted[i].year, 0, &error), error);
    CHECK_OK(title_join_resolve(&j, &error), error);
    REQUIRE(j.n_wanted == n_wanted);
    for (size_t i = 0; i < n_wanted; i++)
        if (!CHECK_INT(j.wanted[i].film, wanted[i].film))
            printf("%s (%d)\n", wanted[i].title, wanted[i].year);
    title_join_free(&j);
    catalogue_close(c);
}

#define JOIN(films, wanted) check_join(films, sizeof(films) / sizeof *(films), wanted, sizeof(wanted) / sizeof *(wanted))

TEST(titles_are_compared_as_people_write_them)
{
    static const known_film films[] = {{"The Matrix", NULL, NULL, 1999},
                                       {"Amélie", "Le Fabuleux Destin d'Amélie Poulain", NULL, 2001},
                                       {"The City of Lost Children", NULL, "La Cité des enfants perdus", 1995},
                                       {"Alien³", NULL, NULL, 1992},
                                       {"Babylon 5", NULL, NULL, 0}};
    static const wanted_title wanted[] = {
        {"Matrix, The", 1999, 1},    {"AMELIE", 2001, 2}, {"La cite des enfants perdus", 1995, 3},
        {"Alien 3", 1992, 0},        {"Alien3", 1992, 4}, {"Babylon 5", 1998, 0},
        {"Something Else", 1999, 0}, {"", 1999, 0}};
    JOIN(films, wanted);
    static const wanted_title original[] = {{"Le fabuleux destin d'Amelie Poulain", 2002, 2}};
    JOIN(films, original);
}

TEST(twins_stay_apart)
{
    static const known_film films[] = {{"Sabrina", NULL, NULL, 1954}, {"Sabrina", NULL, NULL, 1995}};
    static const wanted_title wanted[] = {{"Sabrina", 1995, 2}, {"Sabrina", 1954, 1}, {"Sabrina", 1970, 0}};
    JOIN(films, wanted);
}

TEST(the_very_year_wins_over_the_year_beside_it)
{
    static const known_film films[] = {{"Heat", NULL, NULL, 1986}, {"Heat", NULL, NULL, 1987}};
    static const wanted_title wanted[] = {{"Heat", 1986, 1}, {"Heat", 1988, 2}};
    JOIN(films, wanted);
    static const wanted_title one_left[] = {{"Heat", 1987, 2}, {"Heat", 1985, 1}, {"Heat", 1990, 0}};
    JOIN(films, one_left);
}

TEST(what_may_be_several_is_none)
{
    static const known_film films[] = {{"Promise", NULL, NULL, 2005}, {"Promise", NULL, NULL, 2005}, {"Up", NULL, NULL, 2009}};
    static const wanted_title wanted[] = {{"Promise", 2005, TITLE_JOIN_AMBIGUOUS},
                                          {"Promise", 2006, TITLE_JOIN_AMBIGUOUS},
                                          {"Up", 2009, TITLE_JOIN_AMBIGUOUS}, /* two ask for one film */
                                          {"Up", 2009, TITLE_JOIN_AMBIGUOUS},
                                          {"Up", 2009, TITLE_JOIN_AMBIGUOUS}};
    JOIN(films, wanted);
    static const known_film between[] = {{"Up", NULL, NULL, 2008}, {"Up", NULL, NULL, 2010}};
    static const wanted_title middle[] = {{"Up", 2009, TITLE_JOIN_AMBIGUOUS}};
    JOIN(between, middle);
}

TEST(an_own_title_wins_over_another_one)
{
    static const known_film films[] = {{"Hate", NULL, "La Haine", 1995}, {"La Haine", NULL, NULL, 1995}};
    static const wanted_title wanted[] = {{"La Haine", 1995, 2}, {"Hate", 1995, 1}};
    JOIN(films, wanted);
    static const known_film one[] = {{"Hate", NULL, "La Haine", 1995}};
    static const wanted_title two[] = {{"La Haine", 1995, 0}, {"Hate", 1995, 1}};
    JOIN(one, two);
}

TEST(article_and_year_may_not_differ_both)
{
    static const known_film films[] = {{"Oscar", NULL, NULL, 1967}, {"The Killer", NULL, NULL, 1989}};
    static const wanted_title wanted[] = {{"The Oscar", 1966, 0}, {"Killer", 1989, 2}};
    JOIN(films, wanted);
    static const wanted_title near[] = {{"Oscar", 1966, 1}, {"The Killer", 1990, 2}};
    JOIN(films, near);
}

TEST(a_film_that_an_id_names_is_taken)
{
    static const known_film films[] = {{"Up", NULL, NULL, 2009}};
    bt_error error = {0};
    title_join j;
    catalogue *c = make_catalogue(films, 1);
    CHECK_OK(title_join_open(&j, c, &error), error);
    CHECK_OK(title_join_want(&j, "Up", 2009, 0, &error), error);
    CHECK_OK(title_join_want(&j, "Renamed", 1900, 1, &error), error);
    CHECK_OK(title_join_resolve(&j, &error), error);
    CHECK_INT(j.wanted[0].film, 0);
    CHECK_INT(j.wanted[1].film, 1);
    title_join_free(&j);
    catalogue_close(c);
}
