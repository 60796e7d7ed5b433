/* The contract of the catalogue's look-ups: titles, lists, cards. */
#include "contract_catalogue.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "store/film.h"
#include "support/test.h"

/* --- titles -------------------------------------------------------------------------------------------------------- */

static catalogue *with_titles(void)
{
    catalogue *c = writing();
    put_title(c, "The Matrix", 1999);                                                                          /* 1 */
    put_title(c, "The Matrix Reloaded", 2003);                                                                 /* 2 */
    put_title(c, "Sabrina", 1995);                                                                             /* 3 */
    put_title(c, "Sabrina", 1954);                                                                             /* 4 */
    put(c, (film){.title = "El laberinto del fauno", .year = 2006, .other_titles = NAMES("Pan's Labyrinth")}); /* 5 */
    put(c,
        (film){.title = "Am\xC3\xA9lie", .year = 2001, .original_title = "Le fabuleux destin d'Am\xC3\xA9lie Poulain"}); /* 6 */
    put_title(c, "Heat", 1995);                                                                                          /* 7 */
    put_title(c, "The Heat", 2013);                                                                                      /* 8 */
    put_title(c, "Heathers", 1989);                                                                                      /* 9 */
    put(c, (film){.title = "The City of Lost Children",
                  .year = 1995,
                  .other_titles = NAMES("La Cit\xC3\xA9 des enfants perdus")}); /* 10 */
    put_title(c, "L'Avventura", 1960);                                          /* 11 */
    put_title(c, "$", 1971);                                                    /* 12 */
    put_title(c, "Matrix", 0);                                                  /* 13 */
    put_title(c, "\xE4\xB8\x83\xE4\xBA\xBA\xE3\x81\xAE\xE4\xBE\x8D", 1954);     /* 14: 七人の侍 */
    const film_text spanish = {"es", "Siete samur\xC3\xA1is", NULL, "tmdb"};
    put(c, (film){.id = 14, .texts = &spanish, .n_texts = 1});
    return c;
}

TEST(exact_titles_are_found_in_any_spelling)
{
    catalogue *c = with_titles();
    CHECK_STR(found(c, "The Matrix"), "1");
    CHECK_STR(found(c, "the  MATRIX"), "1");
    CHECK_STR(found(c, "Matrix, The"), "1");
    CHECK_STR(found(c, "Matrix, The (1999)"), "1");
    CHECK_STR(found(c, "The Matrix (1999) "), "1");
    CHECK_STR(found(c, "Laberinto del fauno, El"), "5");
    CHECK_STR(found(c, "pans labyrinth"), "");
    CHECK_STR(found(c, "PAN\xE2\x80\x99S labyrinth"), "5"); /* ’ */
    CHECK_STR(found(c, "amelie"), "6");
    CHECK_STR(found(c, "AM\xC3\x89LIE (2001)"), "6");
    CHECK_STR(found(c, "le fabuleux destin d'amelie poulain"), "6");
    CHECK_STR(found(c, "Avventura, L'"), "11");
    CHECK_STR(found(c, "$"), "12");
    CHECK_STR(found(c, "\xE4\xB8\x83\xE4\xBA\xBA\xE3\x81\xAE\xE4\xBE\x8D"), "14");
    CHECK_STR(found(c, "siete samurais"), "14");
    CHECK_STR(found(c, "City of Lost Children, The (Cit\xC3\xA9 des enfants perdus, La) (1995)"), "10");
    catalogue_close(c);
}

TEST(exact_beats_no_article_beats_the_beginning)
{
    catalogue *c = with_titles();
    CHECK_STR(found(c, "Matrix"), "13");
    CHECK_STR(found(c, "Heat"), "7");
    CHECK_STR(found(c, "The Heat"), "8");
    CHECK_STR(found(c, "avventura"), "11");
    CHECK_STR(found(c, "The Sabrina"), "4 3");
    CHECK_STR(found(c, "laberinto del fauno"), "5");
    CHECK_STR(found(c, "heath"), "~9");
    CHECK_STR(found(c, "the matrix r"), "~2");
    CHECK_STR(found(c, "matri"), "~13 ~1 ~2"); /* with and without an article, by year */
    CHECK_STR(found(c, "hea"), "~9 ~7 ~8");
    CHECK_STR(found(c, "si"), "~14");
    CHECK_STR(found(c, "eat"), "");
    CHECK_STR(found(c, "nothing like it"), "");
    CHECK_STR(found(c, ""), "");
    CHECK_STR(found(c, "()"), "");
    catalogue_close(c);
}

TEST(several_films_of_one_title_come_by_year)
{
    catalogue *c = with_titles();
    CHECK_STR(found(c, "Sabrina"), "4 3");
    CHECK_STR(found(c, "Sabrina (1954)"), "4");
    CHECK_STR(found(c, "Sabrina (1995)"), "3");
    CHECK_STR(found(c, "Sabrina (1996)"), "");
    CHECK_STR(found(c, "Matrix (1999)"), "1"); /* 13 has no year */
    CHECK_STR(found(c, "matri (2003)"), "~2");

    arena a = {0};
    title_match *matches = NULL;
    size_t n = 0;
    CHECK_OK(catalogue_find_title(c, "sabrina", 1, &a, &matches, &n, &error), error);
    REQUIRE(n == 1);
    CHECK_INT(matches[0].id, 4);
    CHECK_INT(matches[0].year, 1954);
    CHECK_STR(matches[0].title, "Sabrina");
    CHECK_OK(catalogue_find_title(c, "pan's labyrinth", 9, &a, &matches, &n, &error), error);
    REQUIRE(n == 1);
    CHECK_STR(matches[0].title, "El laberinto del fauno"); /* its own title */
    arena_free(&a);
    catalogue_close(c);
}

TEST(titles_that_can_not_be_looked_up)
{
    arena a = {0};
    title_match *matches = NULL;
    size_t n = 0;
    catalogue *c = with_titles();
    CHECK_STATUS(catalogue_find_title(c, "caf\xE9", 9, &a, &matches, &n, &error), BT_BAD_FORMAT);
    char *large = memory_array(1, 100 * 1000 + 1);
    REQUIRE(large != NULL);
    memset(large, '(', 100 * 1000);
    large[100 * 1000] = '\0';
    CHECK_STATUS(catalogue_find_title(c, large, 9, &a, &matches, &n, &error), BT_LIMIT);
    large[CATALOGUE_TITLE_MAX] = '\0';
    CHECK_STR(found(c, large), "");
    memset(large, ')', CATALOGUE_TITLE_MAX);
    CHECK_STR(found(c, large), "");
    bt_free(large);
    arena_free(&a);
    catalogue_close(c);
}

TEST(a_title_that_was_replaced_is_not_found_any_more)
{
    catalogue *c = writing();
    const uint32_t id = put_title(c, "Working Title", 2000);
    put(c, (film){.id = id, .title = "Final Title"});
    CHECK_STR(found(c, "Working Title"), "");
    CHECK_STR(found(c, "Final Title"), "1");
    CHECK_STR(listed(c, (film_query){.text = "working"}), "of 0");
    CHECK_STR(listed(c, (film_query){.text = "final"}), "1 of 1");
    catalogue_close(c);
}

/* --- lists --------------------------------------------------------------------------------------------------------- */

static catalogue *with_list(void)
{
    catalogue *c = writing();
    put(c, (film){.title = "The Thing", .year = 1982, .genres = NAMES("Horror", "Sci-Fi")});            /* 1 */
    put(c, (film){.title = "Alien", .year = 1979, .genres = NAMES("Horror", "Sci-Fi")});                /* 2 */
    put(c, (film){.title = "Aliens", .year = 1986, .genres = NAMES("Action", "Sci-Fi")});               /* 3 */
    put(c, (film){.title = "Star Wars", .year = 1977, .genres = NAMES("Action", "Sci-Fi")});            /* 4 */
    put(c, (film){.title = "A Star Is Born", .year = 1954, .genres = NAMES("Drama")});                  /* 5 */
    put(c, (film){.title = "Undated", .genres = NAMES("Drama"), .other_titles = NAMES("Alien Diary")}); /* 6 */
    return c;
}

TEST(lists_are_filtered)
{
    catalogue *c = with_list();
    CHECK_STR(listed(c, (film_query){0}), "1 2 3 4 5 6 of 6");
    CHECK_STR(listed(c, (film_query){.text = "", .genre = ""}), "1 2 3 4 5 6 of 6");
    CHECK_STR(listed(c, (film_query){.genre = "Horror"}), "1 2 of 2");
    CHECK_STR(listed(c, (film_query){.genre = "SCI-fi"}), "1 2 3 4 of 4");
    CHECK_STR(listed(c, (film_query){.genre = "Sci"}), "of 0");
    CHECK_STR(listed(c, (film_query){.from_year = 1979}), "1 2 3 of 3");
    CHECK_STR(listed(c, (film_query){.to_year = 1979}), "2 4 5 of 3"); /* none without a year */
    CHECK_STR(listed(c, (film_query){.from_year = 1977, .to_year = 1979}), "2 4 of 2");
    CHECK_STR(listed(c, (film_query){.from_year = 1990, .to_year = 1980}), "of 0");
    CHECK_STR(listed(c, (film_query){.text = "alien"}), "2 3 6 of 3");
    CHECK_STR(listed(c, (film_query){.text = "star"}), "4 5 of 2");
    CHECK_STR(listed(c, (film_query){.text = "WAR star"}), "of 0"); /* only the last word may go on */
    CHECK_STR(listed(c, (film_query){.text = "star wa"}), "4 of 1");
    CHECK_STR(listed(c, (film_query){.text = "wars STAR"}), "4 of 1");
    CHECK_STR(listed(c, (film_query){.text = "lien"}), "of 0");
    CHECK_STR(listed(c, (film_query){.text = "alien", .genre = "sci-fi", .from_year = 1980}), "3 of 1");
    catalogue_close(c);
}

TEST(lists_come_in_order_and_pages)
{
    catalogue *c = with_list();
    CHECK_STR(listed(c, (film_query){.order = FILM_ORDER_TITLE}), "2 3 5 4 1 6 of 6"); /* without their articles */
    CHECK_STR(listed(c, (film_query){.order = FILM_ORDER_YEAR_DOWN}), "3 1 2 4 5 6 of 6");
    CHECK_STR(listed(c, (film_query){.limit = 2}), "1 2 of 6");
    CHECK_STR(listed(c, (film_query){.limit = 2, .offset = 4}), "5 6 of 6");
    CHECK_STR(listed(c, (film_query){.limit = 2, .offset = 6}), "of 6");
    CHECK_STR(listed(c, (film_query){.limit = 2, .offset = SIZE_MAX}), "of 6");
    CHECK_STR(listed(c, (film_query){.offset = 3}), "4 5 6 of 6");
    CHECK_STR(listed(c, (film_query){.genre = "sci-fi", .order = FILM_ORDER_YEAR_DOWN, .limit = 1, .offset = 1}), "1 of 4");
    catalogue_close(c);
}

TEST(a_list_has_the_films_whole)
{
    arena a = {0};
    film *films = NULL;
    size_t n = 0, total = 0;
    catalogue *c = writing();
    put_title(c, "Roma", 2018);
    put(c, labyrinth());
    CHECK_OK(catalogue_list(c, &(film_query){.text = "laberinto"}, &a, &films, &n, &total, &error), error);
    REQUIRE(n == 1 && total == 1);
    CHECK_INT(films[0].id, 2);
    check_labyrinth(&films[0]);
    arena_free(&a);
    catalogue_close(c);
}

TEST(lists_that_can_not_be_made)
{
    arena a = {0};
    film *films = NULL;
    size_t n = 0, total = 0;
    catalogue *c = with_list();
    CHECK_STATUS(catalogue_list(c, &(film_query){.text = "\xFF"}, &a, &films, &n, &total, &error), BT_BAD_FORMAT);
    CHECK_STATUS(catalogue_list(c, &(film_query){.genre = "\xFF"}, &a, &films, &n, &total, &error), BT_BAD_FORMAT);
    CHECK_STATUS(catalogue_list(c, &(film_query){.order = (film_order)9}, &a, &films, &n, &total, &error), BT_INVALID_ARGUMENT);
    const char *words = "a b c d e f g h i j k l m n o p q";
    CHECK_STATUS(catalogue_list(c, &(film_query){.text = words}, &a, &films, &n, &total, &error), BT_LIMIT);
    CHECK_STR(listed(c, (film_query){.text = "a b c d e f g h i j k l m n o p"}), "of 0");
    CHECK_STR(listed(c, (film_query){.genre = "horror"}), "1 2 of 2"); /* a failure leaves nothing open */
    arena_free(&a);
    catalogue_close(c);
}

TEST(cards_say_what_lists_need)
{
    arena a = {0};
    film_card *cards = NULL;
    film_names genres = {0};
    size_t n = 0;
    catalogue *c = with_list();
    put_title(c, "No Genre", 2001);
    put(c, (film){.id = 4, .title = "Star Wars", .runtime = 121, .countries = NAMES("US"), .languages = NAMES("en", "es")});
    CHECK_OK(catalogue_redirect(c, 2, 3, &error), error);
    CHECK_OK(catalogue_genres(c, &a, &genres, &error), error);
    const film_names expected = NAMES("Action", "Drama", "Horror", "Sci-Fi");
    check_names(&genres, &expected);
    CHECK_OK(catalogue_cards(c, &a, &cards, &n, &error), error);
    REQUIRE(n == 6);
    const struct {
        uint32_t id;
        int year;
        uint64_t bits;
        const char *title;
    } want[] = {{1, 1982, 0xC, "The Thing"},      {3, 1986, 0x9, "Aliens"}, {4, 1977, 0x9, "Star Wars"},
                {5, 1954, 0x2, "A Star Is Born"}, {6, 0, 0x2, "Undated"},   {7, 2001, 0, "No Genre"}};
    for (size_t i = 0; i < n; i++) {
        CHECK_INT(cards[i].id, want[i].id);
        CHECK_INT(cards[i].year, want[i].year);
        CHECK_INT(cards[i].genres, want[i].bits);
        CHECK_STR(cards[i].title, want[i].title);
        CHECK(i == 2 || (cards[i].runtime == 0 && cards[i].countries == NULL && cards[i].languages == NULL));
    }
    CHECK_INT(cards[2].runtime, 121);
    CHECK_STR(cards[2].countries, "US");
    CHECK_STR(cards[2].languages, "en\x1f"
                                  "es");
    arena_free(&a);
    catalogue_close(c);
}

/* Each film as catalogue_get has it, but for its outside ids. */
static bt_status compare_with_get(void *context, const film *f, bt_error *e)
{
    catalogue *reader = context;
    arena a = {0};
    film whole;
    bt_status status = catalogue_get(reader, f->id, &a, &whole, e);
    if (status == BT_OK) {
        whole.ids = NULL;
        whole.n_ids = 0;
        CHECK(film_same(&whole, f));
    }
    arena_free(&a);
    return status;
}

static bt_status count_to_three(void *context, const film *f, bt_error *e)
{
    size_t *n = context;
    (void)f;
    return ++*n < 3 ? BT_OK : error_set(e, BT_CANCELLED, "three are enough");
}

TEST(each_film_comes_whole_and_in_order)
{
    catalogue *c = with_list();
    const film_text texts[] = {{"en", "Frozen", "In the ice.", "x"}, {"es", NULL, "En el hielo.", "x"}};
    put(c, (film){.id = 1, .texts = texts, .n_texts = 2, .directors = NAMES("A", "B"), .themes = NAMES("snow")});
    put_title(c, "No Genre", 2001);
    CHECK_OK(catalogue_redirect(c, 2, 3, &error), error);
    CHECK_OK(catalogue_commit(c, &error), error);
    catalogue *reader = NULL;
    CHECK_OK(catalogue_open(contract_catalogue_url(), CATALOGUE_READ, &reader, &error), error);
    CHECK_OK(catalogue_each(c, compare_with_get, reader, &error), error);
    size_t n = 0;
    CHECK_STATUS(catalogue_each(c, count_to_three, &n, &error), BT_CANCELLED);
    CHECK_CONTAINS(error.message, "three");
    CHECK_INT(n, 3);
    catalogue_close(reader);
    catalogue_close(c);
}

TEST(cards_keep_64_genres)
{
    enum { GENRES = 70 };
    char names[GENRES][8];
    const char *items[GENRES];
    for (size_t i = 0; i < GENRES; i++) {
        snprintf(names[i], sizeof names[i], "g%02zu", i);
        items[i] = names[i];
    }
    arena a = {0};
    film_card *cards = NULL;
    size_t n = 0;
    catalogue *c = writing();
    CHECK_OK(catalogue_cards(c, &a, &cards, &n, &error), error);
    CHECK_INT(n, 0);
    put(c, (film){.title = "All", .genres = {items, GENRES}});
    put(c, (film){.title = "Last", .genres = {items + 64, 6}});
    put(c, (film){.title = "63", .genres = {items + 63, 1}});
    CHECK_OK(catalogue_cards(c, &a, &cards, &n, &error), error);
    REQUIRE(n == 3);
    CHECK(cards[0].genres == UINT64_MAX);
    CHECK(cards[1].genres == 0);
    CHECK(cards[2].genres == UINT64_C(1) << 63);
    arena_free(&a);
    catalogue_close(c);
}
