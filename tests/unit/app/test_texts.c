/* The neighbours by text of a data folder: made once, taken from the file, made again when they have to be; and what they do to lists. */
#include <math.h>
#include <string.h>

#include "app/state.h"
#include "base/file.h"
#include "support/small_folder.h"
#include "support/test.h"

static uint32_t ids[SMALL_FILMS];
static bt_error error;

/* Film i of the small folder is about subject i / 4: four films each, two of either camp of taste. */
static void add_overviews(const char *path)
{
    static const char *const subjects[] = {"sharks hunting swimmers", "night train detectives", "miners digging gold",
                                           "war hospital nurses", "chess masters playing"};
    folder f = {.lock = -1};
    catalogue *c = NULL;
    CHECK_OK(folder_open(path, FOLDER_WRITE, &f, &error), error);
    CHECK_OK(catalogue_open(f.catalogue_url, CATALOGUE_WRITE, &c, &error), error);
    CHECK_OK(catalogue_begin(c, &error), error);
    for (size_t i = 0; i < 20; i++) {
        const film_text text = {.language = "en", .source = "small", .overview = subjects[i / 4]};
        CHECK_OK(catalogue_put(c, &(film){.id = ids[i], .texts = &text, .n_texts = 1}, &error), error);
    }
    CHECK_OK(catalogue_commit(c, &error), error);
    catalogue_close(c);
    folder_close(&f);
}

static const char *make_folder(void)
{
    const char *path = test_path("data");
    small_folder_make(path, ids);
    add_overviews(path);
    bt_train_params params = bt_train_params_default();
    params.rank = 4;
    params.max_iter = 4;
    params.n_threads = 1;
    app_training result;
    CHECK_OK(app_train(path, &params, NULL, &result, &error), error);
    return path;
}

static app *open_app(const char *path)
{
    app *a = NULL;
    CHECK_OK(app_open(path, &a, &error), error);
    CHECK_OK(app_prepare_texts(a, NULL, &error), error);
    CHECK(a->texts != NULL);
    return a;
}

/* The fingerprint of the table that an app uses: 0 if it lives in memory alone. */
static uint64_t table_of(const char *path)
{
    app *a = open_app(path);
    const uint64_t fingerprint = bt_neighbours_describe(a->neighbours)->fingerprint;
    app_close(a);
    return fingerprint;
}

static void rename_a_film(const char *path)
{
    folder f = {.lock = -1};
    catalogue *c = NULL;
    CHECK_OK(folder_open(path, FOLDER_WRITE, &f, &error), error);
    CHECK_OK(catalogue_open(f.catalogue_url, CATALOGUE_WRITE, &c, &error), error);
    CHECK_OK(catalogue_begin(c, &error), error);
    CHECK_OK(catalogue_put(c, &(film){.title = "Another", .year = 1999}, &error), error);
    CHECK_OK(catalogue_commit(c, &error), error);
    catalogue_close(c);
    folder_close(&f);
}

TEST(the_table_is_stored_and_made_again_when_it_has_to)
{
    const char *path = make_folder(), *file = test_path("data/text/neighbours.bt");
    const uint64_t first = table_of(path);
    CHECK(first != 0 && file_exists(file));
    CHECK_INT(table_of(path), first); /* from the file */

    char *bytes = NULL;
    size_t n = 0;
    CHECK_OK(file_read_whole(file, 1 << 24, &bytes, &n, &error), error);
    bytes[n / 2] ^= 1; /* damaged */
    test_write_file("data/text/neighbours.bt", bytes, n);
    bt_free(bytes);
    CHECK_INT(table_of(path), first);

    rename_a_film(path); /* stale */
    const uint64_t second = table_of(path);
    CHECK(second != 0 && second != first);

    folder f = {.lock = -1};
    int lock = -1; /* another program stores one now */
    CHECK_OK(folder_open(path, FOLDER_READ, &f, &error), error);
    CHECK_OK(file_remove(file, &error), error);
    CHECK_OK(folder_lock(&f, "search.lock", &lock, &error), error);
    CHECK_INT(table_of(path), 0);
    CHECK(!file_exists(file));
    folder_unlock(lock);
    folder_close(&f);
}

TEST(the_table_of_an_encoder_is_never_replaced)
{
    const char *path = make_folder();
    const bt_neighbours_info none = {.method = "encoder"};
    bt_neighbours *table = NULL;
    uint64_t fingerprint = 0;
    CHECK_OK(file_make_folder(test_path("data/text"), &error), error);
    CHECK_OK(bt_neighbours_make(&none, &table, &error), error);
    CHECK_OK(bt_neighbours_write(table, test_path("data/text/neighbours.bt"), &fingerprint, &error), error);
    bt_neighbours_close(table);
    CHECK_INT(table_of(path), fingerprint);
    rename_a_film(path);
    CHECK_INT(table_of(path), fingerprint);
}

/* The score of film i for a wish, 0 if it isn't in the list. */
static double score_of(const app *a, app_wish *wish, size_t i)
{
    bt_list *list = NULL;
    double score = 0.0;
    CHECK_OK(app_recommend(a, wish, &list, &error), error);
    for (size_t k = 0; k < list->n_films; k++)
        score = list->films[k].film_id == ids[i] ? list->films[k].score : score;
    bt_list_free(list);
    return score;
}

TEST(a_like_lifts_films_of_its_subject_and_a_dislike_lowers_them)
{
    app *a = open_app(make_folder());
    bt_opinion opinions[] = {{.film_id = ids[0], .verdict = BT_LIKE}, {.film_id = ids[4], .verdict = BT_DISLIKE}};
    app_wish with = app_wish_default(), without = with;
    with.opinions = without.opinions = opinions;
    with.n_opinions = without.n_opinions = 2;
    with.limit = without.limit = SMALL_FILMS;
    without.without_texts = true;
    for (size_t i = 1; i < SMALL_FILMS; i += 2) { /* of the other genre: that is a word, too */
        const double more = score_of(a, &with, i) - score_of(a, &without, i);
        CHECK(i < 4 ? more > 0.0 : i > 4 && i < 8 ? more < 0.0 : fabs(more) <= 0.0);
    }
    CHECK(app_lists_id(a) != 0);
    app_close(a);
}

TEST(no_memory_is_an_error)
{
    const char *path = make_folder();
    for (int stored = 0; stored < 2; stored++) {
        EACH_FAILED_ALLOCATION
        {
            if (stored == 0 && file_exists(test_path("data/text/neighbours.bt")))
                file_remove(test_path("data/text/neighbours.bt"), NULL);
            app *a = NULL;
            bt_status status = app_open(path, &a, NULL);
            if (status == BT_OK)
                status = app_prepare_texts(a, NULL, NULL);
            CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
            app_close(a);
        }
        table_of(path);
    }
}
