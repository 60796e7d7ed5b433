/* The contract of the catalogue, run over each back end. */
#include "contract_catalogue.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "store/catalogue.h"
#include "support/test.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NAMES(...)                                                                      \
    {                                                                                   \
        (const char *const[]){__VA_ARGS__}, COUNT(((const char *const[]){__VA_ARGS__})) \
    }

static bt_error error;

/* --- helpers ------------------------------------------------------------------------------------------------------- */

static catalogue *open_store(catalogue_mode mode)
{
    catalogue *c = NULL;
    CHECK_OK(catalogue_open(contract_catalogue_url(), mode, &c, &error), error);
    return c;
}

/* A store with a transaction open. */
static catalogue *writing(void)
{
    catalogue *c = open_store(CATALOGUE_WRITE);
    CHECK_OK(catalogue_begin(c, &error), error);
    return c;
}

static uint32_t put(catalogue *c, film f)
{
    CHECK_OK(catalogue_put(c, &f, &error), error);
    return f.id;
}

static uint32_t put_title(catalogue *c, const char *title, int year)
{
    return put(c, (film){.title = title, .year = year});
}

static film get(catalogue *c, uint32_t id, arena *a)
{
    film f = {0};
    CHECK_OK(catalogue_get(c, id, a, &f, &error), error);
    return f;
}

static size_t count(catalogue *c)
{
    size_t n = 0;
    CHECK_OK(catalogue_count(c, &n, &error), error);
    return n;
}

static void check_names(const film_names *names, const film_names *expected)
{
    CHECK_INT(names->n, expected->n);
    for (size_t i = 0; i < names->n && i < expected->n; i++)
        CHECK_STR(names->items[i], expected->items[i]);
}

/* The ids that a title finds, as "3 17"; those that match exactly, or only by their beginning and a "~" before. */
static const char *found(catalogue *c, const char *title)
{
    static char text[512];
    arena a = {0};
    title_match *matches = NULL;
    size_t n = 0, used = 0;
    CHECK_OK(catalogue_find_title(c, title, 20, &a, &matches, &n, &error), error);
    text[0] = '\0';
    for (size_t i = 0; i < n; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s%u", i > 0 ? " " : "", matches[i].exact ? "" : "~",
                                 matches[i].id);
    arena_free(&a);
    return text;
}

/* The ids of a page, as "3 17 of 40"; catalogue_list_ids must give the same ones. */
static const char *listed(catalogue *c, film_query q)
{
    static char text[512];
    arena a = {0};
    film *films = NULL;
    uint32_t *ids = NULL;
    size_t n = 0, n_ids = 0, total = 0, used = 0;
    CHECK_OK(catalogue_list(c, &q, &a, &films, &n, &total, &error), error);
    CHECK_OK(catalogue_list_ids(c, &q, &a, &ids, &n_ids, &error), error);
    CHECK_INT(n_ids, n);
    for (size_t i = 0; i < n && i < n_ids; i++)
        CHECK_INT(ids[i], films[i].id);
    for (size_t i = 0; i < n; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%u ", films[i].id);
    snprintf(text + used, sizeof text - used, "of %zu", total);
    arena_free(&a);
    return text;
}

/* A film with everything. */
static film labyrinth(void)
{
    static const film_text texts[] = {{"en", "Pan's Labyrinth", "A girl and a faun.", "tmdb"},
                                      {"es", "El laberinto del fauno",
                                       "Una ni\xC3\xB1"
                                       "a y un fauno.",
                                       "tmdb"}};
    static const film_id_pair ids[] = {{"movielens", "48394"}, {"imdb", "tt0457430"}, {"tmdb", "1417"}};
    static const char *const others[] = {"Faun's Labyrinth"}, *const genres[] = {"Fantasy", "Drama"},
                             *const countries[] = {"MX", "ES"}, *const languages[] = {"es"},
                             *const directors[] = {"Guillermo del Toro"},
                             *const cast[] = {"Ivana Baquero", "Sergi L\xC3\xB3pez"}, *const themes[] = {"faun", "civil war"};
    return (film){.title = "Pan's Labyrinth",
                  .original_title = "El laberinto del fauno",
                  .other_titles = {others, 1},
                  .year = 2006,
                  .runtime = 118,
                  .genres = {genres, 2},
                  .countries = {countries, 2},
                  .languages = {languages, 1},
                  .directors = {directors, 1},
                  .cast = {cast, 2},
                  .themes = {themes, 2},
                  .texts = texts,
                  .n_texts = 2,
                  .ids = ids,
                  .n_ids = 3};
}

static void check_labyrinth(const film *f)
{
    const film expected = labyrinth();
    CHECK_STR(f->title, expected.title);
    CHECK_STR(f->original_title, expected.original_title);
    CHECK_INT(f->year, 2006);
    CHECK_INT(f->runtime, 118);
    check_names(&f->other_titles, &expected.other_titles);
    check_names(&f->genres, &expected.genres);
    check_names(&f->countries, &expected.countries);
    check_names(&f->languages, &expected.languages);
    check_names(&f->directors, &expected.directors);
    check_names(&f->cast, &expected.cast);
    check_names(&f->themes, &expected.themes);
    REQUIRE(f->n_texts == 2 && f->n_ids == 3);
    CHECK_STR(f->texts[0].title, "Pan's Labyrinth");
    CHECK_STR(f->texts[1].overview, expected.texts[1].overview);
    CHECK_STR(f->ids[0].source, "imdb"); /* sorted by source */
    CHECK_STR(f->ids[0].value, "0457430");
    CHECK_STR(f->ids[1].source, "movielens");
}

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
    }
    arena_free(&a);
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
        status = catalogue_find_title(c, "roma", 9, &a, &matches, &n, &error);
    if (status == BT_OK)
        status = catalogue_list(c, &(film_query){.text = "the faun", .genre = "drama"}, &a, &films, &n, &total, &error);
    if (status == BT_OK)
        status = catalogue_cards(c, &a, &cards, &n, &error);
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
