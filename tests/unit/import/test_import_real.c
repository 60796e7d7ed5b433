/* MovieLens itself: what its README says is there comes in, from the folder and from the zip. */
#include <stdio.h>
#include <string.h>

#include "support/import_sample.h"
#include "support/test.h"

static const char *real(const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", test_data_dir(), name);
    return path;
}

static import_summary import_real(const char *data, const char *name)
{
    bt_error error = {0};
    import_summary summary;
    CHECK_OK(sample_import(data, real(name), &summary, &error), error);
    return summary;
}

TEST(ml_latest_small_is_counted_as_its_readme_says)
{
    const char *data = test_path("data");
    const import_summary got = import_real(data, "ml-latest-small");
    CHECK_INT(got.ratings_read, 100836);
    CHECK_INT(got.ratings_new, 100836);
    CHECK_INT(got.users, 610);
    CHECK_INT(got.films_new, 9742);
    CHECK_INT(got.links, 9742);
    CHECK_INT(got.tags, 3683);
    CHECK_INT(got.rows_read, 100836 + 9742 * 2 + 3683);
    CHECK_INT(got.n_rejected, 0);
    const sample_state state = sample_look(data);
    CHECK_INT(state.n_films, 9742);
    CHECK_INT(state.n_users, 610);
    CHECK_INT(state.n_ratings, 100836);

    const import_summary again = import_real(data, "ml-latest-small/ml-latest-small.zip");
    CHECK_INT(again.ratings_new + again.films_new, 0);
    CHECK_INT(again.ratings_same, 100836);
    const sample_state after = sample_look(data);
    CHECK(sample_state_equal(&state, &after));
}

TEST(ml_latest_small_from_its_zip_is_the_same)
{
    import_real(test_path("folder"), "ml-latest-small");
    import_real(test_path("zip"), "ml-latest-small/ml-latest-small.zip");
    const sample_state a = sample_look(test_path("folder")), b = sample_look(test_path("zip"));
    CHECK(a.ratings != 0);
    CHECK(sample_state_equal(&a, &b));
}

TEST(hard_titles_of_ml_latest_small_are_found)
{
    static const struct {
        const char *typed, *title;
        int year;
    } cases[] = {
        {"The Matrix", "The Matrix", 1999},
        {"matrix, the (1999)", "The Matrix", 1999},
        {"The City of Lost Children", "The City of Lost Children", 1995},
        {"La Cité des enfants perdus", "The City of Lost Children", 1995},
        {"City of Lost Children, The (Cité des enfants perdus, La) (1995)", "The City of Lost Children", 1995},
        {"Se7en", "Seven", 1995},
        {"Sabrina (1954)", "Sabrina", 1954},
        {"Sabrina (1995)", "Sabrina", 1995},
        {"Babylon 5", "Babylon 5", 0},
        {"(500) Days of Summer", "(500) Days of Summer", 2009},
        {"Il Postino", "The Postman", 1994},
        {"La Haine", "Hate", 1995},
        {"alien3", "Alien³", 1992},
        {"the american president", "The American President", 1995},
    };
    import_real(test_path("data"), "ml-latest-small");
    bt_error error = {0};
    folder f;
    catalogue *c;
    CHECK_OK(folder_open(test_path("data"), FOLDER_READ, &f, &error), error);
    CHECK_OK(catalogue_open(f.catalogue_url, CATALOGUE_READ, &c, &error), error);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        arena a = {0};
        title_match *matches;
        size_t n;
        CHECK_OK(catalogue_find_title(c, cases[i].typed, 5, &a, &matches, &n, &error), error);
        if (CHECK(n == 1 && matches[0].exact)) {
            CHECK_STR(matches[0].title, cases[i].title);
            CHECK_INT(matches[0].year, cases[i].year);
        } else
            printf("%s: %zu matches\n", cases[i].typed, n);
        arena_free(&a);
    }
    catalogue_close(c);
    folder_close(&f);
}
