/* The contract of the catalogue, run over each back end: films, transactions, redirects. */
#include "contract_catalogue.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "store/catalogue.h"
#include "support/test.h"

/* --- opening ------------------------------------------------------------------------------------------------------- */

TEST(a_scheme_that_is_not_known_is_refused)
{
    catalogue *c = NULL;
    CHECK_STATUS(catalogue_open("mongodb://films", CATALOGUE_READ, &c, &error), BT_UNSUPPORTED);
    CHECK_CONTAINS(error.message, "mongodb://films");
    CHECK_CONTAINS(error.message, "sqlite:PATH");
    CHECK_STATUS(catalogue_open("", CATALOGUE_READ, &c, &error), BT_UNSUPPORTED);
    CHECK(c == NULL);
    catalogue_close(NULL);
}

TEST(reading_what_is_not_there)
{
    catalogue *c = NULL;
    CHECK_STATUS(catalogue_open(contract_catalogue_url(), CATALOGUE_READ, &c, &error), BT_NOT_FOUND);
    CHECK(c == NULL);
    catalogue_close(open_store(CATALOGUE_WRITE));
    c = open_store(CATALOGUE_READ);
    CHECK_INT(count(c), 0);
    CHECK_STATUS(catalogue_begin(c, &error), BT_INVALID_ARGUMENT);
    catalogue_close(c);
}

/* --- films --------------------------------------------------------------------------------------------------------- */

TEST(a_film_comes_back_as_it_was_stored)
{
    catalogue *c = writing();
    const uint32_t id = put(c, labyrinth());
    CHECK_INT(id, 1);
    CHECK_OK(catalogue_commit(c, &error), error);
    catalogue_close(c);

    arena a = {0};
    c = open_store(CATALOGUE_READ);
    const film f = get(c, id, &a);
    CHECK_INT(f.id, id);
    check_labyrinth(&f);
    CHECK_INT(count(c), 1);
    film none = {0};
    CHECK_STATUS(catalogue_get(c, 2, &a, &none, &error), BT_NOT_FOUND);
    CHECK_CONTAINS(error.message, "2");
    CHECK_STATUS(catalogue_get(c, UINT32_MAX, &a, &none, &error), BT_NOT_FOUND);
    arena_free(&a);
    catalogue_close(c);
}

TEST(texts_come_alone)
{
    arena a = {0};
    catalogue *c = writing();
    const uint32_t id = put(c, labyrinth()), other = put_title(c, "Roma", 2018);
    const film whole = get(c, id, &a);
    film f = {0};
    CHECK_OK(catalogue_get_texts(c, id, &a, &f, &error), error);
    CHECK_INT(f.id, id);
    CHECK(f.title == NULL && f.cast.n == 0 && f.n_ids == 0);
    REQUIRE(f.n_texts == whole.n_texts && f.n_texts > 1);
    for (size_t i = 0; i < f.n_texts; i++) {
        CHECK_STR(f.texts[i].language, whole.texts[i].language);
        CHECK_STR(f.texts[i].overview, whole.texts[i].overview);
    }
    CHECK_OK(catalogue_get_texts(c, other, &a, &f, &error), error);
    CHECK_INT(f.n_texts, 0);
    CHECK_OK(catalogue_get_texts(c, UINT32_MAX, &a, &f, &error), error);
    CHECK_INT(f.n_texts, 0);
    arena_free(&a);
    catalogue_close(c);
}

TEST(a_film_of_a_title_alone)
{
    arena a = {0};
    catalogue *c = writing();
    const film f = get(c, put_title(c, "Roma", 0), &a);
    CHECK_STR(f.title, "Roma");
    CHECK(f.original_title == NULL);
    CHECK_INT(f.year + f.runtime, 0);
    CHECK_INT(f.genres.n + f.cast.n + f.themes.n + f.other_titles.n + f.n_texts + f.n_ids, 0);
    arena_free(&a);
    catalogue_close(c);
}

TEST(ids_find_the_film_that_is_stored)
{
    catalogue *c = writing();
    const uint32_t id = put(c, labyrinth());
    const uint32_t other = put_title(c, "Roma", 2018);
    CHECK(other != id);
    const film_id_pair tmdb[] = {{"trakt", "77"}, {"tmdb", "1417"}};
    CHECK_INT(put(c, (film){.ids = tmdb, .n_ids = 2}), id); /* without a title: it has one */

    uint32_t at = 0;
    CHECK_OK(catalogue_find_id(c, "imdb", "0457430", &at, &error), error);
    CHECK_INT(at, id);
    CHECK_OK(catalogue_find_id(c, "imdb", "tt0457430", &at, &error), error);
    CHECK_INT(at, id);
    CHECK_OK(catalogue_find_id(c, "trakt", "77", &at, &error), error); /* united */
    CHECK_INT(at, id);
    CHECK_STATUS(catalogue_find_id(c, "imdb", "1417", &at, &error), BT_NOT_FOUND);
    CHECK_CONTAINS(error.message, "imdb:1417");
    CHECK_STATUS(catalogue_find_id(c, "tmdb", "", &at, &error), BT_NOT_FOUND);
    CHECK_INT(count(c), 2);
    catalogue_close(c);
}

TEST(storing_twice_changes_nothing)
{
    arena a = {0};
    catalogue *c = writing();
    const uint32_t id = put(c, labyrinth());
    CHECK_INT(put(c, labyrinth()), id);
    film f = get(c, id, &a);
    CHECK_INT(put(c, f), id); /* what was read */
    f = get(c, id, &a);
    check_labyrinth(&f);
    CHECK_INT(count(c), 1);
    arena_free(&a);
    catalogue_close(c);
}

static uint64_t version_of(catalogue *c)
{
    uint64_t version = 0;
    CHECK_OK(catalogue_version(c, &version, &error), error);
    return version;
}

TEST(the_version_follows_the_films)
{
    catalogue *c = writing();
    CHECK_INT(version_of(c), 0);
    put(c, labyrinth());
    const uint32_t other = put_title(c, "Other", 1990);
    CHECK_OK(catalogue_commit(c, &error), error);
    const uint64_t first = version_of(c);
    CHECK(first != 0);
    CHECK_OK(catalogue_begin(c, &error), error);
    put(c, labyrinth()); /* nothing new */
    CHECK_OK(catalogue_set_value(c, "a", "b", &error), error);
    CHECK_OK(catalogue_commit(c, &error), error);
    CHECK(version_of(c) == first);
    CHECK_OK(catalogue_begin(c, &error), error);
    put(c, (film){.id = other, .runtime = 99});
    catalogue_rollback(c);
    CHECK(version_of(c) == first);
    CHECK_OK(catalogue_begin(c, &error), error);
    put(c, (film){.id = other, .runtime = 99});
    CHECK_OK(catalogue_commit(c, &error), error);
    const uint64_t second = version_of(c);
    CHECK(second != first && second != 0);
    CHECK_OK(catalogue_begin(c, &error), error);
    CHECK_OK(catalogue_redirect(c, other, 1, &error), error);
    CHECK_OK(catalogue_commit(c, &error), error);
    CHECK(version_of(c) != second);
    catalogue_close(c);
    c = open_store(CATALOGUE_READ);
    CHECK(version_of(c) != 0);
    catalogue_close(c);
}

TEST(fields_that_are_given_replace_those_that_are_not_stay)
{
    arena a = {0};
    catalogue *c = writing();
    const uint32_t id = put(c, labyrinth());
    const film_text texts[] = {{"en", "Pan's Labyrinth", "Spain, 1944.", "wikipedia"},
                               {"es", NULL,
                                "Espa\xC3\xB1"
                                "a.",
                                "tmdb"}};
    put(c, (film){.id = id,
                  .year = 2007,
                  .genres = NAMES("Horror", "", "War"),
                  .other_titles = NAMES("Faun's Labyrinth", "Labyrinth of the Faun"),
                  .texts = texts,
                  .n_texts = 2});
    const film f = get(c, id, &a);
    CHECK_STR(f.title, "Pan's Labyrinth");
    CHECK_INT(f.year, 2007);
    CHECK_INT(f.runtime, 118);
    const film_names genres = NAMES("Horror", "War"), titles = NAMES("Faun's Labyrinth", "Labyrinth of the Faun");
    check_names(&f.genres, &genres);
    check_names(&f.other_titles, &titles);
    CHECK_INT(f.cast.n, 2);
    CHECK_INT(f.n_ids, 3);
    REQUIRE(f.n_texts == 3); /* en tmdb, en wikipedia, es tmdb */
    CHECK_STR(f.texts[0].overview, "A girl and a faun.");
    CHECK_STR(f.texts[1].source, "wikipedia");
    CHECK(f.texts[2].title == NULL);
    CHECK_STR(f.texts[2].overview, "Espa\xC3\xB1"
                                   "a.");
    CHECK_STR(found(c, "Labyrinth of the Faun"), "1");
    arena_free(&a);
    catalogue_close(c);
}

TEST(an_id_of_another_film_stays_with_it)
{
    uint32_t at = 0;
    catalogue *c = writing();
    const film_id_pair first[] = {{"movielens", "1"}, {"imdb", "10"}}, second[] = {{"movielens", "2"}},
                       both[] = {{"movielens", "2"}, {"imdb", "10"}, {"tmdb", "5"}, {"tmdb", "5"}};
    const uint32_t one = put(c, (film){.title = "One", .ids = first, .n_ids = 2});
    const uint32_t two = put(c, (film){.title = "Two", .ids = second, .n_ids = 1});
    CHECK_INT(put(c, (film){.title = "Two", .ids = both, .n_ids = 4}), two);
    CHECK_OK(catalogue_find_id(c, "imdb", "10", &at, &error), error);
    CHECK_INT(at, one);
    CHECK_OK(catalogue_find_id(c, "tmdb", "5", &at, &error), error);
    CHECK_INT(at, two);
    catalogue_close(c);
}

TEST(ids_are_never_given_twice)
{
    catalogue *c = writing();
    const uint32_t one = put_title(c, "One", 0), two = put_title(c, "Two", 0);
    CHECK_OK(catalogue_redirect(c, two, one, &error), error);
    CHECK_OK(catalogue_commit(c, &error), error);
    catalogue_close(c);
    c = writing();
    CHECK_INT(put_title(c, "Three", 0), two + 1);
    catalogue_close(c);
}

TEST(films_that_can_not_be_stored)
{
    catalogue *c = writing();
    char *large = memory_array(CATALOGUE_TITLE_MAX + 2, 1);
    REQUIRE(large != NULL);
    memset(large, 'a', CATALOGUE_TITLE_MAX + 1);
    large[CATALOGUE_TITLE_MAX + 1] = '\0';
    const film_text latin1 = {"es", NULL,
                              "ni\xF1"
                              "a",
                              "x"},
                    nowhere = {"", "t", NULL, "x"}, unsourced = {"en", "t", NULL, NULL};
    const film_id_pair nameless = {"", "1"}, valueless = {"imdb", NULL};
    const struct {
        film f;
        bt_status expected;
    } cases[] = {
        {{.year = 1999}, BT_INVALID_ARGUMENT},
        {{.title = ""}, BT_INVALID_ARGUMENT},
        {{.title = "Roma", .year = -1}, BT_INVALID_ARGUMENT},
        {{.title = "Roma", .year = 10000}, BT_INVALID_ARGUMENT},
        {{.title = "Roma", .runtime = -1}, BT_INVALID_ARGUMENT},
        {{.title = "Roma", .id = 99}, BT_NOT_FOUND},
        {{.title = "caf\xE9"}, BT_BAD_FORMAT},
        {{.title = large}, BT_LIMIT},
        {{.title = "Roma", .original_title = "\xFF"}, BT_BAD_FORMAT},
        {{.title = "Roma", .cast = NAMES("A", "\x80")}, BT_BAD_FORMAT},
        {{.title = "Roma", .genres = NAMES("A", NULL)}, BT_INVALID_ARGUMENT},
        {{.title = "Roma",
          .themes = NAMES("a\x1F"
                          "b")},
         BT_BAD_FORMAT},
        {{.title = "Roma", .texts = &latin1, .n_texts = 1}, BT_BAD_FORMAT},
        {{.title = "Roma", .texts = &nowhere, .n_texts = 1}, BT_INVALID_ARGUMENT},
        {{.title = "Roma", .texts = &unsourced, .n_texts = 1}, BT_INVALID_ARGUMENT},
        {{.title = "Roma", .ids = &nameless, .n_ids = 1}, BT_INVALID_ARGUMENT},
        {{.title = "Roma", .ids = &valueless, .n_ids = 1}, BT_INVALID_ARGUMENT},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        film f = cases[i].f;
        if (!CHECK_STATUS(catalogue_put(c, &f, &error), cases[i].expected))
            printf("    (case %zu)\n", i);
    }
    CHECK_INT(put_title(c, "Roma", 2018), 1); /* the transaction goes on */
    CHECK_OK(catalogue_commit(c, &error), error);
    CHECK_INT(count(c), 1);
    bt_free(large);
    catalogue_close(c);
}

TEST(quotes_and_wildcards_are_letters_like_others)
{
    static const char *const titles[] = {
        "Robert'); DROP TABLE film;--", "100% \"Wolf\"", "a_b", "*batteries not included", "?", "\\"};
    arena a = {0};
    catalogue *c = writing();
    for (size_t i = 0; i < COUNT(titles); i++) {
        const uint32_t id = put(c, (film){.title = titles[i], .genres = NAMES("It's", "%")});
        const film f = get(c, id, &a);
        CHECK_STR(f.title, titles[i]);
        char expected[16];
        snprintf(expected, sizeof expected, "%u", id);
        CHECK_STR(found(c, titles[i]), expected);
    }
    CHECK_STR(found(c, "%"), "");
    CHECK_STR(found(c, "a%"), "~3"); /* only "a" counts */
    CHECK_STR(listed(c, (film_query){.genre = "it's"}), "1 2 3 4 5 6 of 6");
    CHECK_STR(listed(c, (film_query){.genre = "' OR 1=1 --"}), "of 0");
    CHECK_STR(listed(c, (film_query){.text = "\"wolf"}), "2 of 1");
    arena_free(&a);
    catalogue_close(c);
}

/* --- transactions -------------------------------------------------------------------------------------------------- */

TEST(writing_needs_a_transaction)
{
    catalogue *c = open_store(CATALOGUE_WRITE);
    film f = {.title = "Roma"};
    const data_source s = {"movielens", "MovieLens", "research", NULL, NULL};
    CHECK_STATUS(catalogue_put(c, &f, &error), BT_INVALID_ARGUMENT);
    CHECK_CONTAINS(error.message, "begin");
    CHECK_STATUS(catalogue_put_source(c, &s, &error), BT_INVALID_ARGUMENT);
    CHECK_STATUS(catalogue_set_value(c, "a", "b", &error), BT_INVALID_ARGUMENT);
    CHECK_STATUS(catalogue_redirect(c, 1, 2, &error), BT_INVALID_ARGUMENT);
    CHECK_STATUS(catalogue_commit(c, &error), BT_INVALID_ARGUMENT);
    catalogue_rollback(c); /* nothing to do */
    CHECK_OK(catalogue_begin(c, &error), error);
    CHECK_STATUS(catalogue_begin(c, &error), BT_INVALID_ARGUMENT);
    CHECK_OK(catalogue_commit(c, &error), error);
    catalogue_close(c);
}

TEST(what_is_not_committed_is_gone)
{
    catalogue *c = writing();
    put_title(c, "Kept", 2000);
    CHECK_OK(catalogue_commit(c, &error), error);
    CHECK_OK(catalogue_begin(c, &error), error);
    put(c, labyrinth());
    CHECK_OK(catalogue_set_value(c, "a", "b", &error), error);
    CHECK_INT(count(c), 2);
    catalogue_rollback(c);
    CHECK_INT(count(c), 1);
    CHECK_OK(catalogue_begin(c, &error), error);
    put(c, labyrinth());
    catalogue_close(c); /* rolls back */

    arena a = {0};
    const char *value = "unset";
    c = open_store(CATALOGUE_READ);
    CHECK_INT(count(c), 1);
    CHECK_STR(found(c, "Pan's Labyrinth"), "");
    CHECK_STR(listed(c, (film_query){.genre = "Drama"}), "of 0");
    CHECK_OK(catalogue_get_value(c, "a", &a, &value, &error), error);
    CHECK(value == NULL);
    arena_free(&a);
    catalogue_close(c);
}

TEST(a_reader_sees_the_last_commit)
{
    catalogue *writer = writing();
    put_title(writer, "One", 2000);
    CHECK_OK(catalogue_commit(writer, &error), error);
    catalogue *reader = open_store(CATALOGUE_READ);
    CHECK_OK(catalogue_begin(writer, &error), error);
    put_title(writer, "Two", 2001);
    CHECK_INT(count(reader), 1);
    CHECK_STR(found(reader, "Two"), "");
    CHECK_OK(catalogue_commit(writer, &error), error);
    CHECK_INT(count(reader), 2);
    CHECK_STR(found(reader, "Two"), "2");
    catalogue_close(writer);
    CHECK_STR(listed(reader, (film_query){0}), "1 2 of 2");
    catalogue_close(reader);
}

TEST(a_second_writer_is_told_to_wait)
{
    catalogue *first = writing(), *second = open_store(CATALOGUE_WRITE);
    put_title(first, "One", 2000);
    CHECK_STATUS(catalogue_begin(second, &error), BT_BUSY); /* after 5 s */
    CHECK_CONTAINS(error.message, "another program");
    CHECK_OK(catalogue_commit(first, &error), error);
    CHECK_OK(catalogue_begin(second, &error), error);
    CHECK_INT(put_title(second, "Two", 2000), 2);
    CHECK_OK(catalogue_commit(second, &error), error);
    catalogue_close(first);
    catalogue_close(second);
}

enum { THREADS = 4, FILMS_EACH = 25 };
static const char *shared_url;

static void *store_films(void *context)
{
    bt_error own = {0};
    catalogue *c = NULL;
    if (!CHECK_STATUS(catalogue_open(shared_url, CATALOGUE_WRITE, &c, &own), BT_OK))
        return NULL;
    for (int i = 0; i < FILMS_EACH; i++) {
        char title[32];
        snprintf(title, sizeof title, "Film %d of %s", i, (const char *)context);
        film f = {.title = title};
        if (!CHECK_STATUS(catalogue_begin(c, &own), BT_OK) || !CHECK_STATUS(catalogue_put(c, &f, &own), BT_OK) ||
            !CHECK_STATUS(catalogue_commit(c, &own), BT_OK))
            printf("    %s\n", own.message);
    }
    catalogue_close(c);
    return NULL;
}

TEST(threads_store_side_by_side)
{
    static char names[THREADS][8] = {"a", "b", "c", "d"};
    pthread_t threads[THREADS];
    shared_url = contract_catalogue_url();
    for (size_t i = 0; i < THREADS; i++)
        REQUIRE(pthread_create(&threads[i], NULL, store_films, names[i]) == 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    catalogue *c = open_store(CATALOGUE_READ);
    CHECK_INT(count(c), THREADS * FILMS_EACH);
    catalogue_close(c);
}

TEST(a_process_that_dies_leaves_the_last_commit)
{
    catalogue_close(open_store(CATALOGUE_WRITE));
    const pid_t child = fork();
    if (child == 0) {
        catalogue *c = NULL;
        film one = {.title = "Committed"}, two = {.title = "Lost"};
        const bool ready = catalogue_open(contract_catalogue_url(), CATALOGUE_WRITE, &c, NULL) == BT_OK &&
                           catalogue_begin(c, NULL) == BT_OK && catalogue_put(c, &one, NULL) == BT_OK &&
                           catalogue_commit(c, NULL) == BT_OK && catalogue_begin(c, NULL) == BT_OK &&
                           catalogue_put(c, &two, NULL) == BT_OK;
        _exit(ready ? 7 : 1);
    }
    int how = 0;
    REQUIRE(child > 0 && waitpid(child, &how, 0) == child);
    REQUIRE(WIFEXITED(how) && WEXITSTATUS(how) == 7);
    catalogue *c = open_store(CATALOGUE_READ);
    CHECK_STR(found(c, "Committed"), "1");
    CHECK_STR(found(c, "Lost"), "");
    catalogue_close(c);
    c = writing();
    CHECK_INT(put_title(c, "Next", 0), 2); /* an id that nobody ever saw */
    catalogue_close(c);
}

/* --- redirects ----------------------------------------------------------------------------------------------------- */

TEST(a_merged_film_leads_to_the_other)
{
    arena a = {0};
    uint32_t at = 0;
    catalogue *c = writing();
    const film_id_pair letterboxd = {"letterboxd", "faun"};
    const uint32_t whole = put(c, labyrinth());
    const uint32_t half = put(c, (film){.title = "Labirinto",
                                        .original_title = "Il labirinto",
                                        .year = 2006,
                                        .ids = &letterboxd,
                                        .n_ids = 1,
                                        .genres = NAMES("Western")});
    CHECK_OK(catalogue_redirect(c, half, whole, &error), error);
    CHECK_OK(catalogue_redirect(c, half, whole, &error), error); /* twice */

    film f = get(c, half, &a);
    CHECK_INT(f.id, whole);
    CHECK_STR(f.title, "Pan's Labyrinth");
    CHECK_INT(f.n_ids, 4);
    CHECK_OK(catalogue_find_id(c, "letterboxd", "faun", &at, &error), error);
    CHECK_INT(at, whole);
    CHECK_STR(found(c, "Labirinto"), "1");
    CHECK_STR(found(c, "Il labirinto"), "1");
    CHECK_INT(count(c), 1);
    CHECK_STR(listed(c, (film_query){0}), "1 of 1");
    film_names genres = {0};
    CHECK_OK(catalogue_genres(c, &a, &genres, &error), error);
    const film_names kept = NAMES("Drama", "Fantasy"); /* no Western is left */
    check_names(&genres, &kept);

    put(c, (film){.id = half, .runtime = 119}); /* goes to the other */
    f = get(c, whole, &a);
    CHECK_INT(f.runtime, 119);
    arena_free(&a);
    catalogue_close(c);
}

TEST(redirects_follow_each_other_and_never_in_a_circle)
{
    arena a = {0};
    catalogue *c = writing();
    const uint32_t one = put_title(c, "One", 0), two = put_title(c, "Two", 0), three = put_title(c, "Three", 0);
    CHECK_OK(catalogue_redirect(c, one, two, &error), error);
    CHECK_OK(catalogue_redirect(c, two, three, &error), error);
    CHECK_INT(get(c, one, &a).id, three);
    CHECK_INT(get(c, two, &a).id, three);
    CHECK_STATUS(catalogue_redirect(c, three, one, &error), BT_INVALID_ARGUMENT);
    CHECK_STATUS(catalogue_redirect(c, three, three, &error), BT_INVALID_ARGUMENT);
    CHECK_STATUS(catalogue_redirect(c, 99, three, &error), BT_NOT_FOUND);
    CHECK_STATUS(catalogue_redirect(c, three, 99, &error), BT_NOT_FOUND);
    CHECK_STR(found(c, "One"), "3");
    CHECK_OK(catalogue_commit(c, &error), error);
    CHECK_OK(catalogue_check(c, &error), error);
    arena_free(&a);
    catalogue_close(c);
}

/* --- the rest ------------------------------------------------------------------------------------------------------ */

typedef struct id_sum {
    size_t n, stop_at;
    uint64_t sum;
} id_sum;

static bool add_id(void *context, const char *value, uint32_t id)
{
    id_sum *s = context;
    s->n++;
    s->sum += (uint64_t)(value[0] - '0') * 100 + id;
    return s->n != s->stop_at;
}

TEST(all_ids_of_a_source)
{
    catalogue *c = writing();
    const film_id_pair ids[] = {{"movielens", "7"}, {"imdb", "8"}}, more[] = {{"movielens", "9"}};
    put(c, (film){.title = "One", .ids = ids, .n_ids = 2});
    put(c, (film){.title = "Two", .ids = more, .n_ids = 1});
    id_sum s = {0};
    CHECK_OK(catalogue_all_ids(c, "movielens", add_id, &s, &error), error);
    CHECK_INT(s.n, 2);
    CHECK_INT(s.sum, 700 + 1 + 900 + 2);
    s = (id_sum){.stop_at = 1};
    CHECK_OK(catalogue_all_ids(c, "movielens", add_id, &s, &error), error);
    CHECK_INT(s.n, 1);
    s = (id_sum){0};
    CHECK_OK(catalogue_all_ids(c, "tmdb", add_id, &s, &error), error);
    CHECK_INT(s.n, 0);
    catalogue_close(c);
}

TEST(values_and_sources)
{
    arena a = {0};
    const char *value = NULL;
    data_source *sources = NULL;
    size_t n = 0;
    catalogue *c = writing();
    CHECK_OK(catalogue_set_value(c, "a'b", "1", &error), error);
    CHECK_OK(catalogue_set_value(c, "a'b", "2", &error), error);
    CHECK_OK(catalogue_get_value(c, "a'b", &a, &value, &error), error);
    CHECK_STR(value, "2");
    CHECK_OK(catalogue_get_value(c, "c", &a, &value, &error), error);
    CHECK(value == NULL);

    const data_source tmdb = {"tmdb", "TMDB", "non-commercial", "https://example.org", "Uses TMDB"},
                      old = {"movielens", "MovieLens", "research", "x", "y"},
                      movielens = {"movielens", "MovieLens 2", "research", NULL, NULL};
    CHECK_OK(catalogue_put_source(c, &tmdb, &error), error);
    CHECK_OK(catalogue_put_source(c, &old, &error), error);
    CHECK_OK(catalogue_put_source(c, &movielens, &error), error);
    CHECK_STATUS(catalogue_put_source(c, &(data_source){.name = "x"}, &error), BT_INVALID_ARGUMENT);
    CHECK_STATUS(catalogue_put_source(c, &(data_source){"x", "\xFF", "y", NULL, NULL}, &error), BT_BAD_FORMAT);
    CHECK_OK(catalogue_sources(c, &a, &sources, &n, &error), error);
    REQUIRE(n == 2);
    CHECK_STR(sources[0].name, "movielens");
    CHECK_STR(sources[0].title, "MovieLens 2");
    CHECK(sources[0].url == NULL && sources[0].attribution == NULL);
    CHECK_STR(sources[1].attribution, "Uses TMDB");
    CHECK_OK(catalogue_check(c, &error), error);
    arena_free(&a);
    catalogue_close(c);
}

static bt_status pass_over(void *context, const film *f, bt_error *e)
{
    (void)context;
    return f->id != 0 && f->title != NULL ? BT_OK : error_set(e, BT_CORRUPT, "a film without id or title");
}

/* Everything once; with an allocation failing, nothing but "no memory" comes of it. */
static bt_status use_all(void)
{
    catalogue *c = NULL;
    arena a = {0};
    film f = labyrinth(), other = {.title = "Roma"}, read;
    film *films = NULL;
    film_card *cards = NULL;
    title_match *matches = NULL;
    data_source *sources = NULL;
    film_names genres;
    const data_source s = {"movielens", "MovieLens", "research", NULL, NULL};
    const char *value = NULL;
    size_t n, total;
    bt_status status = catalogue_open(contract_catalogue_url(), CATALOGUE_WRITE, &c, &error);
    if (status == BT_OK)
        status = catalogue_begin(c, &error);
    if (status == BT_OK)
        status = catalogue_put(c, &f, &error);
    if (status == BT_OK)
        status = catalogue_put(c, &other, &error);
    if (status == BT_OK)
        status = catalogue_put_source(c, &s, &error);
    if (status == BT_OK)
        status = catalogue_set_value(c, "a", "b", &error);
    if (status == BT_OK)
        status = catalogue_redirect(c, other.id, f.id, &error);
    if (status == BT_OK)
        status = catalogue_get(c, f.id, &a, &read, &error);
    if (status == BT_OK)
        status = catalogue_get_texts(c, f.id, &a, &read, &error);
    if (status == BT_OK)
        status = catalogue_find_title(c, "roma", 9, &a, &matches, &n, &error);
    if (status == BT_OK)
        status = catalogue_list(c, &(film_query){.text = "the faun", .genre = "drama"}, &a, &films, &n, &total, &error);
    if (status == BT_OK)
        status = catalogue_cards(c, &a, &cards, &n, &error);
    if (status == BT_OK)
        status = catalogue_each(c, pass_over, NULL, &error);
    if (status == BT_OK)
        status = catalogue_genres(c, &a, &genres, &error);
    if (status == BT_OK)
        status = catalogue_sources(c, &a, &sources, &n, &error);
    if (status == BT_OK)
        status = catalogue_get_value(c, "a", &a, &value, &error);
    if (status == BT_OK && value == NULL)
        status = BT_CORRUPT;
    arena_free(&a);
    catalogue_close(c);
    return status;
}

TEST(without_memory_calls_say_so_and_lose_nothing)
{
    EACH_FAILED_ALLOCATION
    {
        error = (bt_error){0};
        const bt_status status = use_all();
        if (!CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK))
            printf("    %s\n", error.message);
    }
}
