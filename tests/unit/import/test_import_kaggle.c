/* Kaggle's The Movies Dataset from a small folder written here: what the rows of films may be, and memory that runs out. Its known
 * defects have a test each in tests/import/test_movies_dataset.py.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/import_sample.h"
#include "support/test.h"

#define HEADER                                                                                                                 \
    "adult,genres,id,imdb_id,original_language,original_title,overview,poster_path,production_countries,release_date,runtime," \
    "spoken_languages,title\n"
#define REST ",/p.jpg,\"[{'iso_3166_1': 'US'}]\",1995-10-30,81.0,\"[{'iso_639_1': 'en'}]\","

static const char *write_set(const char *name, const char *films)
{
    const char *path = test_path(name);
    REQUIRE(mkdir(path, 0700) == 0);
    sample_write(path, "movies_metadata.csv", films);
    sample_write(path, "keywords.csv", "id,keywords\n862,\"[{'id': 1, 'name': 'toy'}]\"\n");
    sample_write(path, "credits.csv",
                 "cast,crew,id\n\"[{'name': 'Tom Hanks'}]\",\"[{'job': 'Director', 'name': 'John Lasseter'}]\",862\n");
    sample_write(path, "links.csv", "movieId,imdbId,tmdbId\n1,0114709,862\n2,0113497,8844\n");
    sample_write(path, "ratings.csv", "userId,movieId,rating,timestamp\n1,1,4.0,964982703\n");
    return path;
}

static import_summary import_films(const char *films)
{
    static size_t n;
    char name[32], data[32];
    bt_error error = {0};
    import_summary got;
    snprintf(name, sizeof name, "set%zu", n);
    snprintf(data, sizeof data, "data%zu", n++);
    CHECK_OK(sample_import(test_path(data), write_set(name, films), &got, &error), error);
    return got;
}

#define TOY "False,\"[{'name': 'Comedy'}]\",862,tt0114709,en,Toy Story,Toys." REST "Toy Story\n"

TEST(a_small_set_comes_in)
{
    const import_summary got = import_films(HEADER TOY);
    CHECK_STR(got.source, "the-movies-dataset");
    CHECK_INT(got.films_new, 1);
    CHECK_INT(got.ratings_new, 1);
    CHECK_INT(got.links, 2);
    CHECK_INT(got.n_rejected, 0);
}

TEST(rows_of_films_are_refused_by_reason)
{
    static const struct {
        const char *row;
        import_reject reason;
    } cases[] = {
        {"False,[],x,tt1,en,Two,Text." REST "Two\n", IMPORT_REJECT_ID},
        {"False,[],0,tt1,en,Two,Text." REST "Two\n", IMPORT_REJECT_ID},
        {"False,[],-7,tt1,en,Two,Text." REST "Two\n", IMPORT_REJECT_ID},
        {"False,[],4294967296,tt1,en,Two,Text." REST "Two\n", IMPORT_REJECT_ID},
        {"False,[],862,tt1,en,Again,Text." REST "Again\n", IMPORT_REJECT_DUPLICATE},
        {"False,[],2,tt1,en,,Text." REST "\n", IMPORT_REJECT_TITLE},
        {"False,[],2,tt1,en, ,Text." REST " \n", IMPORT_REJECT_TITLE},
        {"False,[],2,tt1,en,Tw\xE9,Text." REST "Tw\xE9\n", IMPORT_REJECT_ENCODING},
        {"False,[],2,tt1,en,Two,T\xE9xt." REST "Two\n", IMPORT_REJECT_ENCODING},
        {"False,[{'name':,2,tt1,en,Two,Text." REST "Two\n", IMPORT_REJECT_LITERAL},
        {"False,\"[{'name': 'D\xE9'}]\",2,tt1,en,Two,Text." REST "Two\n", IMPORT_REJECT_LITERAL},
        {"False,{'name': 'Drama'},2,tt1,en,Two,Text." REST "Two\n", IMPORT_REJECT_LITERAL},
        {"False,12,2,tt1,en,Two,Text." REST "Two\n", IMPORT_REJECT_LITERAL},
        {"False,[],2\n", IMPORT_REJECT_COLUMNS},
        {"False,[],2,tt1,en,Two,Text." REST "Two,more\n", IMPORT_REJECT_COLUMNS},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char films[2048];
        snprintf(films, sizeof films, "%s%s%s", HEADER TOY, cases[i].row, "False,[],3,tt3,en,Three,Text." REST "Three\n");
        const import_summary got = import_films(films);
        CHECK_INT(got.films_new, 2);
        CHECK_INT(got.n_rejected, 1);
        if (!CHECK_INT(got.rejected[cases[i].reason], 1))
            printf("%s", cases[i].row);
    }
}

/* Two halves that make no whole are two refused rows; a half at the end of the file is one. */
TEST(halves_that_make_no_whole_are_refused)
{
    const import_summary got = import_films(HEADER "False,[],5,tt5,en,Five,Begins\n" TOY "rest,/p.jpg,[],1995-10-30\n"
                                                   "False,[],6,tt6,en,Six,Begins\n");
    CHECK_INT(got.films_new, 1);
    CHECK_INT(got.rejected[IMPORT_REJECT_COLUMNS], 3);
    const import_summary whole = import_films(HEADER "False,[],5,tt5,en,Five,Begins\nends" REST "Five\n" TOY);
    CHECK_INT(whole.films_new, 2);
    CHECK_INT(whole.rows_read, 2 + 2 + 2 + 1); /* a torn record is one row; keywords and credits, links, ratings */
    CHECK_INT(whole.n_rejected, 0);
}

TEST(a_long_name_or_overview_is_refused)
{
    static char films[200000];
    snprintf(films, sizeof films, "%sFalse,\"[{'name': '%05000d'}]\",2,tt1,en,Two,Text.%sTwo\n", HEADER TOY, 1, REST);
    CHECK_INT(import_films(films).rejected[IMPORT_REJECT_LENGTH], 1);
    snprintf(films, sizeof films, "%sFalse,[],2,tt1,en,Two,%070000d%sTwo\n", HEADER TOY, 1, REST);
    CHECK_INT(import_films(films).rejected[IMPORT_REJECT_LENGTH], 1);
}

TEST(files_that_are_missing)
{
    bt_error error = {0};
    import_summary got;
    const char *path = write_set("set", HEADER TOY);
    REQUIRE(unlink(test_path("set/keywords.csv")) == 0 && unlink(test_path("set/credits.csv")) == 0);
    CHECK_OK(sample_import(test_path("data"), path, &got, &error), error);
    CHECK_INT(got.ratings_new, 1);
    REQUIRE(rename(test_path("set/ratings.csv"), test_path("set/ratings_small.csv")) == 0);
    REQUIRE(rename(test_path("set/links.csv"), test_path("set/links_small.csv")) == 0);
    CHECK_OK(sample_import(test_path("data"), path, &got, &error), error);
    CHECK_INT(got.ratings_same, 1);
    REQUIRE(unlink(test_path("set/links_small.csv")) == 0);
    CHECK_STATUS(sample_import(test_path("data"), path, NULL, &error), BT_BAD_FORMAT);
    CHECK_CONTAINS(error.message, "no file links.csv");
    REQUIRE(unlink(test_path("set/ratings_small.csv")) == 0);
    CHECK_OK(sample_import(test_path("data"), path, &got, &error), error);
    CHECK_OK(sample_import(test_path("alone"), test_path("set/movies_metadata.csv"), &got, &error), error);
    CHECK_INT(got.films_new, 1);
}

TEST(a_set_survives_any_failed_allocation)
{
    sample_import_without_memory(write_set("set", HEADER "False,[],5,tt5,en,Five,Begins\nends" REST "Five\n" TOY));
}
