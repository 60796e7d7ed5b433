/* Any CSV file through a map of its columns: what maps there are, what becomes of rows and films, and each thing that can be wrong. */
#include <stdio.h>
#include <string.h>

#include "import/map.h"
#include "support/import_sample.h"
#include "support/test.h"

#define SHOP "visitor,product,stars,when,name\n"
#define SHOP_MAP "user=visitor,item=product,rating=stars,timestamp=when,title=name,source=shop"

static const char *write_file(const char *name, const char *text)
{
    return test_write_file(name, text, strlen(text));
}

static import_map map_of(const char *text)
{
    bt_error error = {0};
    import_map map;
    CHECK_OK(import_map_parse(text, &map, &error), error);
    return map;
}

static bt_status run(const char *map_text, const char *path, import_summary *got, bt_error *error)
{
    const import_map map = map_of(map_text);
    return sample_import_params(test_path("data"), &(import_params){.path = path, .map = &map}, got, error);
}

static import_summary run_ok(const char *map_text, const char *path)
{
    bt_error error = {0};
    import_summary got;
    CHECK_OK(run(map_text, path, &got, &error), error);
    return got;
}

static void check_fails(const char *map_text, const char *path, bt_status expected, const char *what)
{
    bt_error error = {0};
    import_summary got;
    const sample_state before = sample_look(test_path("data"));
    CHECK_STATUS(run(map_text, path, &got, &error), expected);
    CHECK_CONTAINS(error.message, what);
    const sample_state after = sample_look(test_path("data"));
    CHECK(sample_state_equal(&before, &after));
}

static void check_title(const char *source, const char *value, const char *title, int year)
{
    bt_error error = {0};
    arena a = {0};
    folder f;
    catalogue *c;
    film found;
    uint32_t id;
    CHECK_OK(folder_open(test_path("data"), FOLDER_READ, &f, &error), error);
    CHECK_OK(catalogue_open(f.catalogue_url, CATALOGUE_READ, &c, &error), error);
    CHECK_OK(catalogue_find_id(c, source, value, &id, &error), error);
    CHECK_OK(catalogue_get(c, id, &a, &found, &error), error);
    CHECK_STR(found.title, title);
    CHECK_INT(found.year, year);
    catalogue_close(c);
    folder_close(&f);
    arena_free(&a);
}

/* --- maps ------------------------------------------------------------------------------------------------------------ */

TEST(a_map_names_columns)
{
    const import_map map = map_of(SHOP_MAP);
    CHECK_STR(map.user, "visitor");
    CHECK_STR(map.item, "product");
    CHECK_STR(map.rating, "stars");
    CHECK_STR(map.timestamp, "when");
    CHECK_STR(map.title, "name");
    CHECK_STR(map.source, "shop");
    CHECK_STR(map.movielens, "");
    const import_map least = map_of("rating=my = stars,imdb=tconst,user=w");
    CHECK_STR(least.rating, "my = stars");
    CHECK_STR(least.imdb, "tconst");
    CHECK_STR(least.source, "csv");
}

TEST(maps_that_are_none_say_why)
{
    static const struct {
        const char *map, *message;
    } cases[] = {
        {"", "\"\" is no key"},
        {"user", "user= needs a name"},
        {"user=", "user= needs a name"},
        {"user=a,user=b", "user= stands twice"},
        {"user=a,,item=b", "\"\" is no key"},
        {"user=a,item=b,rating=c,", "\"\" is no key"},
        {"colour=red", "\"colour\" is no key; expected user=COLUMN"},
        {"users=a", "\"users\" is no key"},
        {"user=a,rating=c", "one of item="},
        {"item=b,rating=c", "needs user="},
        {"user=a,item=b", "rating="},
        {"user=a,item=b,tmdb=c,rating=d", "one of item="},
        {"user=a,tmdb=b,rating=c,title=d", "title= goes with item="},
        {"user=a,item=b,rating=c,source=My Shop", "source=My Shop: expected small letters"},
        {"user=a,item=b,rating=c,source=../x", "expected small letters"},
        {"user=a,item=b,rating=c,source=0123456789012345678901234567890123456789", "source= needs a name of 1 to 31 bytes"},
        {"user=0123456789012345678901234567890123456789012345678901234567890123,item=b,rating=c", "1 to 63 bytes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bt_error error = {0};
        import_map map;
        CHECK_STATUS(import_map_parse(cases[i].map, &map, &error), BT_INVALID_ARGUMENT);
        CHECK_CONTAINS(error.message, cases[i].message);
    }
}

/* --- rows ------------------------------------------------------------------------------------------------------------ */

TEST(rows_become_ratings_of_new_films)
{
    const char *path = write_file("shop.csv", "\xEF\xBB\xBF" SHOP "1,7,4.5,100,\"Matrix, The (1999)\"\r\n"
                                              "2,7,3,200,another name\r\n1,8,5,300,\r\n");
    const import_summary got = run_ok(SHOP_MAP, path);
    CHECK_STR(got.source, "shop");
    CHECK_INT(got.films_new, 2);
    CHECK_INT(got.films_read, 2);
    CHECK_INT(got.ratings_new, 3);
    CHECK_INT(got.users, 2);
    CHECK_INT(got.n_rejected, 0);
    check_title("shop", "7", "The Matrix", 1999);
    check_title("shop", "8", "shop 8", 0);

    const sample_state before = sample_look(test_path("data"));
    const import_summary again = run_ok(SHOP_MAP, path);
    CHECK_INT(again.films_new, 0);
    CHECK_INT(again.ratings_same, 3);
    const sample_state after = sample_look(test_path("data"));
    CHECK(sample_state_equal(&before, &after));
}

TEST(only_user_film_and_rating_are_needed)
{
    const import_summary got = run_ok("user=u,item=i,rating=r", write_file("a.csv", "r,x,i,u\n3,,5,9\n4,,5,8\n"));
    CHECK_STR(got.source, "csv");
    CHECK_INT(got.ratings_new, 2);
    check_title("csv", "5", "csv 5", 0);
}

TEST(ids_find_films_that_are_there)
{
    static const struct {
        const char *map, *row;
    } cases[] = {{"user=u,movielens=f,rating=r,source=a", "1,7,4\n"},
                 {"user=u,tmdb=f,rating=r,source=b", "1,5007.0,4\n"},
                 {"user=u,imdb=f,rating=r,source=c", "1,tt0000107,4\n"}};
    const sample s = sample_default();
    bt_error error = {0};
    CHECK_OK(sample_import(test_path("data"), sample_folder("ml", &s), NULL, &error), error);
    for (size_t i = 0; i < 3; i++) {
        char text[128];
        snprintf(text, sizeof text, "u,f,r\n%s1,99999,4\n", cases[i].row);
        const import_summary got = run_ok(cases[i].map, write_file("known.csv", text));
        CHECK_INT(got.ratings_new, 1);
        CHECK_INT(got.films_new, 0);
        CHECK_INT(got.rejected[IMPORT_REJECT_UNKNOWN_FILM], 1);
        CHECK_INT(got.n_films_total, 60);
    }
}

TEST(rows_that_are_wrong_are_refused_by_reason)
{
    static char text[8192] = SHOP "1,7,4.5,100,Heat (1995)\n"
                                  "-1,7,4,1,\n0,7,4,1,\nx,7,4,1,\n1,0,4,1,\n1,-7,4,1,\n1,,4,1,\n4294967296,7,4,1,\n"
                                  "1,99999999999999999999999,4,1,\n"
                                  "1,7,0,1,\n1,7,5.5,1,\n1,7,,1,\n1,7,NaN,1,\n"
                                  "1,7,4,-5,\n1,7,4,964982703000,\n1,7,4,,\n1,7,4,soon,\n"
                                  "1,7,4,1\n1,9,4,1,Am\xE9lie\n1,10,4,1,";
    const size_t n = strlen(text);
    memset(text + n, 'x', 5000);
    const import_summary got = run_ok(SHOP_MAP, write_file("wrong.csv", text));
    CHECK_INT(got.ratings_new, 1);
    CHECK_INT(got.films_new, 1);
    CHECK_INT(got.rejected[IMPORT_REJECT_ID], 8);
    CHECK_INT(got.rejected[IMPORT_REJECT_RATING], 2);
    CHECK_INT(got.rejected[IMPORT_REJECT_NUMBER], 4);
    CHECK_INT(got.rejected[IMPORT_REJECT_TIME], 2);
    CHECK_INT(got.rejected[IMPORT_REJECT_COLUMNS], 1);
    CHECK_INT(got.rejected[IMPORT_REJECT_ENCODING], 1);
    CHECK_INT(got.rejected[IMPORT_REJECT_LENGTH], 1);
    CHECK_INT(got.n_rejected, 19);
    CHECK_STR(got.rejects_path, test_path("data/rejects/shop-1.csv"));
}

/* --- files ----------------------------------------------------------------------------------------------------------- */

TEST(files_that_do_not_fit_the_map_are_named_with_their_line)
{
    run_ok(SHOP_MAP, write_file("shop.csv", SHOP "1,7,4.5,100,Heat (1995)\n"));
    check_fails("user=who,item=product,rating=stars", test_path("shop.csv"), BT_BAD_FORMAT,
                "shop.csv:1: has no column who; expected who,product,stars, found visitor,product,stars,when,name");
    check_fails("user=a,item=b,rating=c", write_file("double.csv", "a,b,a,c\n1,2,1,4\n"), BT_BAD_FORMAT,
                "double.csv:1: the column a stands twice");
    check_fails(SHOP_MAP, write_file("none.csv", SHOP), BT_BAD_FORMAT, "none.csv:1: has a header and no row");
    check_fails(SHOP_MAP, write_file("all.csv", SHOP "0,7,4,1,\n"), BT_BAD_FORMAT, "all 1 rows of the file were refused");
    check_fails("user=visitor,tmdb=product,rating=stars", test_path("shop.csv"), BT_BAD_FORMAT,
                "--map tmdb=: the data folder has no film with such an id yet");
    check_fails("user=visitor,item=product,rating=stars,source=movielens", test_path("shop.csv"), BT_INVALID_ARGUMENT,
                "source=movielens: a data set of that name is known");
    const sample s = sample_default();
    check_fails(SHOP_MAP, sample_folder("ml", &s), BT_BAD_FORMAT, "--map reads one file, and the folder");
}

TEST(mapped_files_survive_any_failed_allocation)
{
    const import_map map = map_of(SHOP_MAP);
    const char *path = write_file("shop.csv", SHOP "1,7,4.5,100,\"Matrix, The (1999)\"\n2,8,3,200,\n0,8,3,200,\n");
    sample_params_without_memory(&(import_params){.path = path, .map = &map});
}
