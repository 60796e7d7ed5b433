/* Texts for films: overviews by id, and Wikipedia's films by title and year. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "support/import_sample.h"
#include "support/test.h"

/* --- a folder with films, and what is in it afterwards ----------------------------------------------------------------- */

static import_summary import_ok(const char *path)
{
    bt_error error = {0};
    import_summary got;
    CHECK_OK(sample_import(test_path("data"), path, &got, &error), error);
    return got;
}

static void import_films(void)
{
    REQUIRE(mkdir(test_path("ml"), 0700) == 0);
    sample_write(test_path("ml"), "movies.csv",
                 "movieId,title,genres\n1,Toy Story (1995),Comedy\n7,Sabrina (1995),Romance\n915,Sabrina (1954),Romance\n"
                 "2571,\"Matrix, The (1999)\",Action\n");
    sample_write(test_path("ml"), "links.csv",
                 "movieId,imdbId,tmdbId\n1,0114709,862\n7,0114319,11860\n915,0047437,6620\n2571,0133093,603\n");
    sample_write(test_path("ml"), "ratings.csv", "userId,movieId,rating,timestamp\n1,1,4.0,964982703\n");
    import_ok(test_path("ml"));
}

static film get(const char *source, const char *value, arena *a)
{
    bt_error error = {0};
    folder f;
    catalogue *c;
    uint32_t id;
    film found = {0};
    CHECK_OK(folder_open(test_path("data"), FOLDER_READ, &f, &error), error);
    CHECK_OK(catalogue_open(f.catalogue_url, CATALOGUE_READ, &c, &error), error);
    CHECK_OK(catalogue_find_id(c, source, value, &id, &error), error);
    CHECK_OK(catalogue_get(c, id, a, &found, &error), error);
    catalogue_close(c);
    folder_close(&f);
    return found;
}

/* The film's one text. */
static void check_text(const char *source, const char *value, const char *text_source, const char *overview)
{
    arena a = {0};
    const film f = get(source, value, &a);
    if (CHECK_INT(f.n_texts, 1)) {
        CHECK_STR(f.texts[0].source, text_source);
        CHECK_STR(f.texts[0].overview, overview);
    }
    arena_free(&a);
}

static const char *write_file(const char *name, const char *text)
{
    return test_write_file(name, text, strlen(text));
}

static void check_fails(const char *path, bt_status expected, const char *where, const char *what)
{
    bt_error error = {0};
    const sample_state before = sample_look(test_path("data"));
    CHECK_STATUS(sample_import(test_path("data"), path, NULL, &error), expected);
    CHECK_CONTAINS(error.message, where);
    CHECK_CONTAINS(error.message, what);
    const sample_state after = sample_look(test_path("data"));
    CHECK(sample_state_equal(&before, &after));
}

/* --- overviews --------------------------------------------------------------------------------------------------------- */

TEST(overviews_find_their_films_by_each_kind_of_id)
{
    import_films();
    const import_summary got = import_ok(write_file("o.csv", "movieId,tmdbId,imdbId,overview,runtime,poster_path\n"
                                                             "1,,,\"Toys, alive.\",81.0,/toy.jpg\n"
                                                             ",11860.0,,A chauffeur's daughter.,,\n"
                                                             ",,tt0047437,\"Two\nbrothers.\",113,\n"
                                                             "999999,,0133093,A hacker.,,x\n"));
    CHECK_STR(got.source, "tmdb");
    CHECK_INT(got.films_read, 4);
    CHECK_INT(got.films_new, 0);
    CHECK_INT(got.n_rejected, 0);
    check_text("movielens", "1", "tmdb", "Toys, alive.");
    check_text("movielens", "7", "tmdb", "A chauffeur's daughter.");
    check_text("movielens", "915", "tmdb", "Two\nbrothers.");
    check_text("movielens", "2571", "tmdb", "A hacker.");
    arena a = {0};
    const film toys = get("movielens", "1", &a);
    CHECK_INT(toys.runtime, 81);
    CHECK_STR(toys.poster, "https://image.tmdb.org/t/p/w500/toy.jpg");
    CHECK_STR(toys.title, "Toy Story");
    CHECK(get("movielens", "2571", &a).poster == NULL);
    arena_free(&a);
}

TEST(overviews_of_another_language_and_origin)
{
    import_films();
    const import_summary got =
        import_ok(write_file("o.csv", "overview,language,imdbId,poster\nJuguetes.,es,0114709,https://example.org/p.jpg\n"));
    CHECK_STR(got.source, "overviews");
    arena a = {0};
    const film f = get("imdb", "0114709", &a);
    REQUIRE(f.n_texts == 1);
    CHECK_STR(f.texts[0].language, "es");
    CHECK_STR(f.texts[0].source, "overviews");
    CHECK_STR(f.poster, "https://example.org/p.jpg");
    arena_free(&a);
}

TEST(overviews_without_a_film_are_refused)
{
    import_films();
    const import_summary got =
        import_ok(write_file("o.csv", "tmdbId,overview\n862,Toys.\n5,Unknown.\n,No id.\nx,No id.\n11860,B\xE9.\n"
                                      "603,No overview found.\n6620,\n"));
    CHECK_INT(got.films_read, 3);
    CHECK_INT(got.rejected[IMPORT_REJECT_UNKNOWN_FILM], 1);
    CHECK_INT(got.rejected[IMPORT_REJECT_ID], 2);
    CHECK_INT(got.rejected[IMPORT_REJECT_ENCODING], 1);
    arena a = {0};
    CHECK_INT(get("tmdb", "603", &a).n_texts, 0);
    arena_free(&a);
    check_fails(write_file("p.csv", "tmdbId,overview\n1,Nobody's.\n"), BT_BAD_FORMAT, "p.csv:2:", "no film file");
    check_fails(write_file("q.csv", "tmdbId,overview\n"), BT_BAD_FORMAT, "q.csv:1:", "no row");
}

/* --- Wikipedia --------------------------------------------------------------------------------------------------------- */

#define SABRINAS                                                                                                     \
    "[{\"title\": \"Sabrina\", \"year\": 1954, \"cast\": [\"Audrey Hepburn\"], \"genres\": [\"Comedy\"], \"href\": " \
    "\"Sabrina_(1954_film)\", \"extract\": \"Of 1954.\", \"thumbnail\": \"https://example.org/s.jpg\"},\n"           \
    " {\"title\": \"Sabrina\", \"year\": 1995, \"cast\": [], \"genres\": [], \"href\": \"Sabrina_(1995_film)\", "    \
    "\"extract\": \"Of 1995.\"},\n"

TEST(wikipedia_joins_by_title_and_year_and_adds_what_is_new)
{
    import_films();
    REQUIRE(mkdir(test_path("wiki"), 0700) == 0);
    sample_write(test_path("wiki"), "README.md", "about it");
    sample_write(test_path("wiki"), "movies-1990s.json",
                 SABRINAS
                 " {\"title\": \"The Matrix\", \"year\": 2000, \"cast\": [\"Keanu Reeves\"], \"genres\": [\"Action\"], "
                 "\"href\": \"The_Matrix\", \"extract\": \"Of 1999.\"}]\n");
    sample_write(test_path("wiki"), "movies-1900s.json",
                 "[{\"title\": \"Alone\", \"year\": 1900, \"cast\": [], \"genres\": [\"Silent\"], \"href\": null},"
                 "{\"title\": \"Sabrina\", \"year\": 1920, \"href\": \"Sabrina_(1920_film)\", \"extract\": \"Of 1920.\"}]");
    const import_summary got = import_ok(test_path("wiki"));
    CHECK_STR(got.source, "wikipedia");
    CHECK_INT(got.films_read, 5);
    CHECK_INT(got.films_new, 2);
    CHECK_INT(got.n_rejected, 0);
    check_text("movielens", "915", "wikipedia", "Of 1954.");
    check_text("movielens", "7", "wikipedia", "Of 1995.");
    check_text("movielens", "2571", "wikipedia", "Of 1999.");
    check_text("wikipedia", "Sabrina_(1920_film)", "wikipedia", "Of 1920.");
    arena a = {0};
    const film old = get("movielens", "915", &a), matrix = get("wikipedia", "The_Matrix", &a);
    REQUIRE(old.cast.n == 1 && old.genres.n == 1);
    CHECK_STR(old.cast.items[0], "Audrey Hepburn");
    CHECK_STR(old.genres.items[0], "Romance"); /* MovieLens's stay */
    CHECK_STR(old.poster, "https://example.org/s.jpg");
    CHECK_INT(matrix.year, 1999);
    arena_free(&a);

    const sample_state before = sample_look(test_path("data"));
    const import_summary again = import_ok(test_path("wiki"));
    const sample_state after = sample_look(test_path("data"));
    CHECK_INT(again.films_new, 0);
    CHECK_INT(again.n_rejected, 0);
    CHECK(sample_state_equal(&before, &after));
}

TEST(films_of_wikipedia_that_are_none_are_refused_by_line)
{
    static const struct {
        const char *item;
        import_reject reason;
    } cases[] = {
        {"{}", IMPORT_REJECT_JSON},
        {"{\"title\": \"\", \"year\": 1999}", IMPORT_REJECT_JSON},
        {"{\"title\": 5, \"year\": 1999}", IMPORT_REJECT_JSON},
        {"{\"title\": \"X\"}", IMPORT_REJECT_JSON},
        {"{\"title\": \"X\", \"year\": \"1999\"}", IMPORT_REJECT_JSON},
        {"{\"title\": \"X\", \"year\": 12}", IMPORT_REJECT_JSON},
        {"{\"title\": \"X\", \"year\": 1999, \"cast\": \"Y\"}", IMPORT_REJECT_JSON},
        {"{\"title\": \"X\", \"year\": 1999, \"cast\": [1]}", IMPORT_REJECT_JSON},
        {"{\"title\": \"X\", \"year\": 1999, \"genres\": [\"a\\u001fb\"]}", IMPORT_REJECT_JSON},
        {"{\"title\": \"X\", \"year\": 1999, \"extract\": [] }", IMPORT_REJECT_JSON},
        {"{\"title\": \"X\", \"year\": 1999, \"href\": \"Sabrina_(1954_film)\"}", IMPORT_REJECT_DUPLICATE},
    };
    import_films();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[2048];
        snprintf(text, sizeof text, "%s%s]", SABRINAS, cases[i].item);
        const import_summary got = import_ok(write_file("w.json", text));
        CHECK_INT(got.films_read, 2);
        CHECK_INT(got.films_new, 0);
        if (!CHECK_INT(got.rejected[cases[i].reason], 1))
            printf("%s\n", cases[i].item);
    }
    const import_summary got = import_ok(write_file(
        "w.json", SABRINAS "{\"title\": \"Toy Story\", \"year\": 1995}, {\"title\": \"Toy Story\", \"year\": 1995}]"));
    CHECK_INT(got.rejected[IMPORT_REJECT_AMBIGUOUS], 2);
}

TEST(files_that_are_no_lists_of_films_are_named_with_their_line)
{
    import_films();
    static const char begin[] = SABRINAS;
    check_fails(write_file("w.json", begin), BT_BAD_FORMAT, "w.json:3:", "JSON object");
    check_fails(write_file("w.json", SABRINAS "{\"title\": \"X\"\n"), BT_BAD_FORMAT, "w.json:4:", "JSON object");
    check_fails(write_file("w.json", SABRINAS "{\"title\": \"X\", \"year\": 1999} {}]"), BT_BAD_FORMAT, "w.json:3:", "comma");
    check_fails(write_file("w.json", SABRINAS "7]"), BT_BAD_FORMAT, "w.json:3:", "JSON object");
    check_fails(write_file("w.json", SABRINAS "[]]"), BT_BAD_FORMAT, "w.json:3:", "an array");
    check_fails(write_file("w.json", SABRINAS "{\"title\": \"b\xE9\"}]"), BT_BAD_FORMAT, "w.json:3:", "JSON object");
    check_fails(write_file("w.json", SABRINAS "{\"title\": \"X\", \"title\": \"Y\"}]"), BT_BAD_FORMAT,
                "w.json:3:", "JSON object");
    check_fails(write_file("w.json", SABRINAS "{\"title\": \"X\", \"year\": 1999}]\n\nmore"), BT_BAD_FORMAT,
                "w.json:5:", "end of the array");
    check_fails(write_file("w.json", "[{\"title\": 1, \"year\": 2, \"href\": 3}]"), BT_BAD_FORMAT, "w.json",
                "all 1 films were refused");
    check_fails(write_file("w.json", "{\"title\": \"X\", \"year\": 1999, \"href\": \"X\"}"), BT_BAD_FORMAT, "w.json",
                "expected MovieLens");
}

TEST(texts_survive_any_failed_allocation)
{
    import_films();
    const char *paths[] = {
        write_file("w.json",
                   SABRINAS "{\"title\": \"New\", \"year\": 1999, \"cast\": [\"A\"], \"href\": \"New\", \"extract\": \"B\"}]"),
        write_file("o.csv", "tmdbId,overview,poster_path\n862,Toys.,/p.jpg\n")};
    for (size_t i = 0; i < 2; i++) {
        bool failed = true;
        for (size_t n = 1; failed; n++) {
            const size_t held = test_live_blocks();
            bt_error error = {0};
            test_fail_alloc_at(n);
            const bt_status status = sample_import(test_path("data"), paths[i], NULL, &error);
            failed = test_alloc_failed();
            test_fail_alloc_at(0);
            if (!CHECK(status == BT_OK || (failed && status == BT_NO_MEMORY)))
                printf("%s, allocation %zu: %s: %s\n", paths[i], n, bt_status_name(status), error.message);
            CHECK_INT(test_live_blocks(), held);
        }
    }
}
