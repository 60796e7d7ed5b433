/* Memory that runs out at any point of app/: the call says so, nothing is held and nothing is changed. */
#include "app/app.h"

#include <string.h>

#include "base/memory.h"
#include "support/small_folder.h"
#include "support/test.h"

static uint32_t ids[SMALL_FILMS];

static bt_status train(const char *path)
{
    bt_train_params params = bt_train_params_default();
    params.rank = 2;
    params.max_iter = 1;
    params.n_threads = 1;
    app_training result;
    return app_train(path, &params, NULL, &result, NULL);
}

static const char *trained_folder(void)
{
    const char *path = test_path("data");
    small_folder_make(path, ids);
    CHECK_STATUS(train(path), BT_OK);
    return path;
}

static bt_status expected(void)
{
    return test_alloc_failed() ? BT_NO_MEMORY : BT_OK;
}

TEST(opening)
{
    const char *path = trained_folder();
    EACH_FAILED_ALLOCATION
    {
        app *a = NULL;
        const bt_status status = app_open(path, &a, NULL);
        CHECK_STATUS(status, expected());
        CHECK((a != NULL) == (status == BT_OK));
        app_close(a);
    }
}

TEST(lists)
{
    app *a = NULL;
    bt_error error = {0};
    CHECK_OK(app_open(trained_folder(), &a, &error), error);
    const char *const genres[] = {"sci-fi"};
    const app_filter filter = {.genres = genres, .n_genres = 1, .from_year = 1950};
    EACH_FAILED_ALLOCATION
    {
        bt_opinion likes[] = {{.film_id = ids[4], .verdict = BT_LIKE}, {.film_id = ids[1], .verdict = BT_DISLIKE}};
        app_wish wish = app_wish_default();
        wish.opinions = likes;
        wish.n_opinions = 2;
        wish.filter = filter;
        wish.limit = 5;
        wish.explain = true;
        bt_list *list = NULL;
        const bt_status status = app_recommend(a, &wish, &list, NULL);
        CHECK_STATUS(status, expected());
        CHECK((list != NULL) == (status == BT_OK));
        bt_list_free(list);
    }
    EACH_FAILED_ALLOCATION
    {
        bt_opinion like = {.film_id = ids[4], .verdict = BT_LIKE};
        app_wish wish = app_wish_default();
        wish.opinions = &like;
        wish.n_opinions = 1;
        bt_list *list = NULL;
        const bt_status status = app_explain(a, &wish, ids[2], &list, NULL);
        CHECK_STATUS(status, expected());
        bt_list_free(list);
    }
    app_close(a);
}

TEST(similar_films_and_titles)
{
    app *a = NULL;
    bt_error error = {0};
    CHECK_OK(app_open(trained_folder(), &a, &error), error);
    CHECK_OK(app_prepare_texts(a, NULL, &error), error);
    for (app_similar_by by = APP_SIMILAR_TASTE; by <= APP_SIMILAR_BOTH; by++)
        EACH_FAILED_ALLOCATION
        {
            arena memory = {0};
            app_alike alike;
            const bt_status status = app_similar(a, ids[0], by, 5, &memory, &alike, NULL);
            CHECK_STATUS(status, expected());
            CHECK(alike.n == 0 || status == BT_OK);
            arena_free(&memory);
        }
    EACH_FAILED_ALLOCATION
    {
        arena memory = {0};
        uint32_t id = 0;
        title_match *matches = NULL;
        size_t n = 0;
        const bt_status status = app_resolve_title(app_catalogue(a), "space film 4", &memory, &id, &matches, &n, NULL);
        CHECK_STATUS(status, expected());
        arena_free(&memory);
    }
    EACH_FAILED_ALLOCATION
    {
        arena memory = {0};
        title_match *near = NULL;
        size_t n = 0;
        const bt_status status = app_near_titles(app_catalogue(a), "spcae film 4", &memory, &near, &n, NULL);
        CHECK_STATUS(status, expected());
        arena_free(&memory);
    }
    app_close(a);
}

TEST(users)
{
    app *a = NULL;
    bt_error error = {0};
    CHECK_OK(app_open(trained_folder(), &a, &error), error);
    EACH_FAILED_ALLOCATION
    {
        bt_opinion *opinions = NULL;
        size_t n = 0;
        const bt_status status = app_user_profile(a, "7", &opinions, &n, NULL);
        CHECK_STATUS(status, expected());
        bt_free(opinions);
    }
    app_close(a);
}

TEST(training)
{
    const char *path = trained_folder();
    EACH_FAILED_ALLOCATION
    {
        const bt_status status = train(path);
        CHECK_STATUS(status, expected());
    }
}

/* What a check had no memory for may be a finding; the doctor's own lack is an error. Either way it ends. */
TEST(doctor)
{
    const char *path = trained_folder();
    EACH_FAILED_ALLOCATION
    {
        arena memory = {0};
        app_finding *findings = NULL;
        size_t n = 0, n_wrong = 0;
        const bt_status status = app_doctor(path, &memory, &findings, &n, NULL);
        for (size_t i = 0; i < n; i++)
            n_wrong += !findings[i].ok;
        CHECK(test_alloc_failed() || (status == BT_OK && n_wrong == 0));
        arena_free(&memory);
    }
}
