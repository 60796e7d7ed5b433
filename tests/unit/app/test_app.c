/* Opening folders, titles, users, filters and lists, over the small data folder. */
#include "app/app.h"

#include <stdio.h>
#include <string.h>

#include "app/json.h"
#include "app/near.h"
#include "base/memory.h"
#include "support/small_folder.h"
#include "support/test.h"

static uint32_t ids[SMALL_FILMS];

static const char *make_folder(void)
{
    small_folder_make(test_path("data"), ids);
    return test_path("data");
}

static app *open_app(bool trained)
{
    const char *path = make_folder();
    bt_error error = {0};
    if (trained) {
        bt_train_params params = bt_train_params_default();
        params.rank = 4;
        params.max_iter = 4;
        params.n_threads = 1;
        app_training result;
        CHECK_OK(app_train(path, &params, NULL, &result, &error), error);
        CHECK_INT(result.n_users, SMALL_USERS);
        CHECK_INT(result.trace.n_iterations, 4);
        CHECK(result.loss > 0 && result.trace.loss[3] <= result.trace.loss[0]);
    }
    app *a = NULL;
    CHECK_OK(app_open(path, &a, &error), error);
    return a;
}

/* --- opening --------------------------------------------------------------------------------------------------------- */

TEST(a_folder_that_is_not_there_says_to_import)
{
    app *a = (app *)1;
    bt_error error = {0};
    CHECK_STATUS(app_open(test_path("nowhere"), &a, &error), BT_NOT_FOUND);
    CHECK(a == NULL);
    CHECK_CONTAINS(error.message, "nowhere");
    CHECK_CONTAINS(error.message, "butaca import");
}

TEST(training_does_not_make_a_folder)
{
    app_training result;
    bt_error error = {0};
    const bt_train_params params = bt_train_params_default();
    CHECK_STATUS(app_train(test_path("nowhere"), &params, NULL, &result, &error), BT_NOT_FOUND);
    CHECK_CONTAINS(error.message, "butaca import");
    app *a = NULL;
    CHECK_STATUS(app_open(test_path("nowhere"), &a, NULL), BT_NOT_FOUND);
}

TEST(without_a_model_lists_say_to_train)
{
    app *a = open_app(false);
    bt_list *list = NULL;
    bt_error error = {0};
    CHECK(app_model(a) == NULL && app_model_id(a) == NULL);
    app_wish nothing = app_wish_default();
    CHECK_STATUS(app_recommend(a, &nothing, &list, &error), BT_NOT_FOUND);
    CHECK_CONTAINS(error.message, "butaca train");
    app_close(a);
}

/* --- predicted ratings ------------------------------------------------------------------------------------------------ */

static bt_status predict(const app *a, bt_predicted_rating out[2], bt_error *error)
{
    const uint32_t films[] = {ids[2], UINT32_MAX};
    bt_opinion rated = {.film_id = ids[1], .half_stars = 10};
    const bt_profile profile = {&rated, 1};
    return app_predict_ratings(a, &profile, films, 2, out, error);
}

TEST(training_brings_predicted_ratings)
{
    app *a = open_app(true);
    bt_predicted_rating out[2];
    bt_error error = {0};
    CHECK_OK(predict(a, out, &error), error);
    CHECK(out[0].known && !out[1].known);
    CHECK(0.5 <= out[0].low && out[0].low < out[0].stars && out[0].stars < out[0].high && out[0].high <= 5.0);
    app_close(a);
}

static const char *train_by(const app_train_start *start, bt_status expected, bt_error *error)
{
    const char *path = make_folder();
    bt_train_params params = bt_train_params_default();
    params.rank = 4;
    params.n_threads = 1;
    app_training result;
    CHECK_STATUS(app_train_from(path, &params, start, NULL, &result, error), expected);
    CHECK(result.ratings_seconds == 0.0);
    return path;
}

TEST(lists_do_without_predicted_ratings)
{
    app *a = NULL;
    bt_predicted_rating out[2];
    bt_error error = {0};
    const char *path = train_by(&(app_train_start){.lists_only = true}, BT_OK, &error);
    CHECK_OK(app_open(path, &a, &error), error);
    CHECK(app_model(a) != NULL);
    CHECK_STATUS(predict(a, out, &error), BT_NOT_FOUND);
    CHECK_CONTAINS(error.message, "butaca train");
    app_close(a);
}

TEST(a_damaged_rating_model_takes_nothing_but_predictions)
{
    app *a = open_app(true);
    char path[1024];
    bt_predicted_rating out[2];
    bt_error error = {0};
    snprintf(path, sizeof path, "%s/data/models/%s.btr", test_path(""), app_model_id(a));
    app_close(a);
    FILE *file = fopen(path, "r+");
    REQUIRE(file != NULL && fseek(file, -1, SEEK_END) == 0 && fputc(0x5a, file) == 0x5a && fclose(file) == 0);
    CHECK_OK(app_open(test_path("data"), &a, &error), error);
    CHECK(app_model(a) != NULL);
    CHECK_STATUS(predict(a, out, &error), BT_CORRUPT);
    CHECK_CONTAINS(error.message, ".btr");
    app_close(a);
}

TEST(what_the_rating_model_takes_counts_against_the_limit)
{
    bt_error error = {0};
    const bt_train_params params = {.rank = 4, .n_threads = 1};
    const char *path = make_folder();
    app *a = NULL;
    const bt_ratings *ratings = NULL;
    CHECK_OK(app_open(path, &a, &error), error);
    CHECK_OK(app_open_ratings(a, &ratings, &error), error);
    app_train_start start = {.memory_limit = bt_train_memory(ratings, &params)};
    bt_ratings_close(ratings);
    app_close(a);
    train_by(&start, BT_LIMIT, &error);
    CHECK_CONTAINS(error.message, "--lists-only");
    start.lists_only = true;
    train_by(&start, BT_OK, &error);
}

TEST(cards_are_found_by_id)
{
    app *a = open_app(false);
    REQUIRE(app_card(a, ids[3]) != NULL);
    CHECK_STR(app_card(a, ids[3])->title, "Love Film 3");
    CHECK_INT(app_card(a, ids[3])->year, 1963);
    CHECK(app_card(a, 0) == NULL && app_card(a, 4000000000U) == NULL);
    CHECK_INT(app_genres(a)->n, 2);
    app_close(a);
}

TEST(another_training_finds_the_lock_taken)
{
    const char *path = make_folder();
    folder f = {.lock = -1};
    bt_error error = {0};
    CHECK_OK(folder_open(path, FOLDER_WRITE, &f, &error), error);
    app_training result;
    const bt_train_params params = bt_train_params_default();
    CHECK_STATUS(app_train(path, &params, NULL, &result, &error), BT_BUSY);
    folder_close(&f);
}

static bool refuse(void *context, const char *stage, const char *unit, uint64_t done, uint64_t total)
{
    (void)context, (void)stage, (void)unit, (void)done, (void)total;
    return false;
}

TEST(a_cancelled_training_leaves_the_model_in_use)
{
    app *a = open_app(true);
    char before[17];
    strcpy(before, app_model_id(a));
    app_close(a);
    bt_train_params params = bt_train_params_default();
    params.seed = 99;
    const bt_progress progress = {.report = refuse};
    app_training result;
    CHECK_STATUS(app_train(test_path("data"), &params, &progress, &result, NULL), BT_CANCELLED);
    bt_error error = {0};
    CHECK_OK(app_open(test_path("data"), &a, &error), error);
    CHECK_STR(app_model_id(a), before);
    app_close(a);
}

/* --- titles ---------------------------------------------------------------------------------------------------------- */

static bt_status resolve(const app *a, const char *title, uint32_t *id, size_t *n, bt_error *error)
{
    arena memory = {0};
    title_match *candidates = NULL;
    const bt_status status = app_resolve_title(app_catalogue(a), title, &memory, id, &candidates, n, error);
    arena_free(&memory);
    return status;
}

TEST(titles_resolve_to_one_film_or_to_candidates)
{
    app *a = open_app(false);
    uint32_t id = 0;
    size_t n = 0;
    bt_error error = {0};
    CHECK_OK(resolve(a, "space film 4", &id, &n, &error), error);
    CHECK_INT(id, ids[4]); /* and not Space Film 40's like, since exact beats prefix */
    CHECK_OK(resolve(a, "LOVE FILM 3 (1963)", &id, &n, &error), error);
    CHECK_INT(id, ids[3]);
    CHECK_STATUS(resolve(a, "Love Film 3 (2010)", &id, &n, &error), BT_NOT_FOUND);
    CHECK_STATUS(resolve(a, "space fil", &id, &n, &error), BT_AMBIGUOUS);
    CHECK_INT(n, 20);
    app_close(a);
}

TEST(ids_name_films)
{
    app *a = open_app(false);
    char text[32];
    uint32_t id = 0;
    size_t n = 0;
    bt_error error = {0};
    snprintf(text, sizeof text, "id:%u", ids[7]);
    CHECK_OK(resolve(a, text, &id, &n, &error), error);
    CHECK_INT(id, ids[7]);
    static const char *const none[] = {"id:0", "id:4294967295", "id:99999999999999999999", "id:7x", "id:", "id:-1"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        CHECK_STATUS(resolve(a, none[i], &id, &n, &error), BT_NOT_FOUND);
    app_close(a);
}

TEST(near_titles_come_nearest_first)
{
    app *a = open_app(false);
    arena memory = {0};
    title_match *near = NULL;
    size_t n = 0;
    bt_error error = {0};
    CHECK_OK(app_near_titles(app_catalogue(a), "Spcae Film 10 (1970)", &memory, &near, &n, &error), error);
    REQUIRE(n > 0 && n <= APP_NEAR_MAX);
    CHECK_INT(near[0].id, ids[10]);
    CHECK_OK(app_near_titles(app_catalogue(a), "Spaec", &memory, &near, &n, &error), error); /* the beginning of many */
    CHECK_INT(n, APP_NEAR_MAX);
    CHECK_OK(app_near_titles(app_catalogue(a), "Quite Another", &memory, &near, &n, &error), error);
    CHECK_INT(n, 0);
    arena_free(&memory);
    app_close(a);
}

TEST(distance_counts_slips)
{
    CHECK_INT(near_distance("", ""), 0);
    CHECK_INT(near_distance("", "abc"), 3);
    CHECK_INT(near_distance("train", "train"), 0);
    CHECK_INT(near_distance("trian", "train"), 1);
    CHECK_INT(near_distance("tain", "train"), 1);
    CHECK_INT(near_distance("traain", "train"), 1);
    CHECK_INT(near_distance("kitten", "sitting"), 3);
    CHECK_INT(near_beginning("", "star wars"), 0);
    CHECK_INT(near_beginning("star wras", "star wars episode iv"), 1);
    CHECK_INT(near_beginning("star wars episode", "star wars"), 8);
    CHECK_INT(near_beginning("star", "starring"), 4); /* a part of a word is no beginning */
    char huge[NEAR_LENGTH_MAX + 2];
    memset(huge, 'a', sizeof huge - 1);
    huge[sizeof huge - 1] = '\0';
    CHECK(near_distance(huge, "a") == SIZE_MAX);
    huge[NEAR_LENGTH_MAX] = '\0';
    CHECK_INT(near_distance(huge, "a"), NEAR_LENGTH_MAX - 1);
}

/* --- lists ----------------------------------------------------------------------------------------------------------- */

static bt_list *recommend(const app *a, const app_filter *filter, size_t limit)
{
    bt_opinion likes[] = {{.film_id = ids[4], .verdict = BT_LIKE}, {.film_id = ids[0], .verdict = BT_LIKE}}; /* unsorted */
    app_wish wish = app_wish_default();
    wish.opinions = likes;
    wish.n_opinions = 2;
    wish.filter = filter != NULL ? *filter : (app_filter){0};
    wish.limit = limit;
    wish.explain = true;
    bt_list *list = NULL;
    bt_error error = {0};
    CHECK_OK(app_recommend(a, &wish, &list, &error), error);
    return list;
}

TEST(likes_of_one_camp_bring_that_camp)
{
    app *a = open_app(true);
    bt_list *list = recommend(a, NULL, 5);
    CHECK_INT(list->n_films, 5);
    for (size_t i = 0; i < list->n_films; i++) {
        CHECK_CONTAINS(app_card(a, list->films[i].film_id)->title, "Space");
        double sum = 0;
        for (size_t j = 0; j < list->films[i].n_reasons; j++)
            sum += list->films[i].reasons[j].share;
        CHECK_NEAR(sum, list->films[i].score, 1e-4);
    }
    bt_list_free(list);
    app_close(a);
}

/* Filters act before ranking: as many films come back as pass. */
TEST(filters_leave_every_film_that_passes)
{
    app *a = open_app(true);
    const char *const romance[] = {"ROMANCE"};
    bt_list *list = recommend(a, &(app_filter){.genres = romance, .n_genres = 1}, 100);
    CHECK_INT(list->n_films, SMALL_FILMS / 2);
    bt_list_free(list);
    const char *const both[] = {"romance", "sci fi"};
    list = recommend(a, &(app_filter){.genres = both, .n_genres = 2}, 100);
    CHECK_INT(list->n_films, SMALL_FILMS - 2);
    bt_list_free(list);
    list = recommend(a, &(app_filter){.from_year = 1965, .to_year = 1968}, 100);
    CHECK_INT(list->n_films, 4);
    bt_list_free(list);
    const uint32_t without[] = {ids[8], ids[6], 4000000000U};
    list = recommend(a, &(app_filter){.from_year = 1965, .to_year = 1968, .without = without, .n_without = 3}, 100);
    CHECK_INT(list->n_films, 2);
    for (size_t i = 0; i < list->n_films; i++)
        CHECK(list->films[i].film_id != ids[6] && list->films[i].film_id != ids[8]);
    bt_list_free(list);
    app_close(a);
}

TEST(an_unknown_genre_names_the_known_ones)
{
    app *a = open_app(true);
    const char *const genres[] = {"western"};
    app_wish wish = app_wish_default();
    wish.filter = (app_filter){.genres = genres, .n_genres = 1};
    bt_list *list = NULL;
    bt_error error = {0};
    CHECK_STATUS(app_recommend(a, &wish, &list, &error), BT_NOT_FOUND);
    CHECK_CONTAINS(error.message, "western");
    CHECK_CONTAINS(error.message, "Romance, Sci-Fi");
    app_close(a);
}

TEST(a_film_without_ratings_is_named_by_its_title)
{
    app *a = open_app(true);
    bt_list *list = NULL;
    bt_error error = {0};
    bt_opinion like = {.film_id = ids[0], .verdict = BT_LIKE};
    app_wish wish = app_wish_default();
    wish.opinions = &like;
    wish.n_opinions = 1;
    CHECK_STATUS(app_explain(a, &wish, 4000000000U, &list, &error), BT_NOT_FOUND);
    CHECK_OK(app_explain(a, &wish, ids[2], &list, &error), error);
    CHECK_INT(list->n_films, 1);
    CHECK_INT(list->films[0].film_id, ids[2]);
    bt_list_free(list);
    app_close(a);
}

/* --- users ----------------------------------------------------------------------------------------------------------- */

TEST(users_are_found_with_and_without_their_source)
{
    app *a = open_app(false);
    bt_opinion *bare = NULL, *whole = NULL;
    size_t n_bare = 0, n_whole = 0;
    bt_error error = {0};
    CHECK_OK(app_user_profile(a, "42", &bare, &n_bare, &error), error);
    CHECK_OK(app_user_profile(a, "small:42", &whole, &n_whole, &error), error);
    REQUIRE(n_bare > 0 && n_bare == n_whole);
    for (size_t i = 0; i < n_bare; i++) {
        CHECK_INT(bare[i].film_id, whole[i].film_id);
        CHECK(bare[i].seen && bare[i].half_stars > 0 && bare[i].verdict == BT_NO_VERDICT);
    }
    bt_free(bare);
    bt_free(whole);
    CHECK_STATUS(app_user_profile(a, "4242", &bare, &n_bare, &error), BT_NOT_FOUND);
    CHECK_CONTAINS(error.message, "small:1");
    CHECK(bare == NULL);
    app_close(a);
}

/* --- JSON ------------------------------------------------------------------------------------------------------------ */

TEST(a_list_in_json_has_what_the_list_has)
{
    app *a = open_app(true);
    bt_list *list = recommend(a, NULL, 3);
    json_t *document = app_json_list(a, list, NULL, NULL);
    REQUIRE(document != NULL);
    CHECK_STR(json_string_value(json_object_get(document, "model")), app_model_id(a));
    CHECK_STR(json_string_value(json_object_get(document, "basis")), "taste");
    const json_t *items = json_object_get(document, "items");
    REQUIRE(json_array_size(items) == 3);
    for (size_t i = 0; i < 3; i++) {
        const json_t *item = json_array_get(items, i), *card = json_object_get(item, "film");
        CHECK_INT(json_integer_value(json_object_get(card, "id")), list->films[i].film_id);
        CHECK_STR(json_string_value(json_object_get(card, "title")), app_card(a, list->films[i].film_id)->title);
        CHECK_NEAR(json_real_value(json_object_get(item, "score")), list->films[i].score, 0);
        CHECK_INT(json_array_size(json_object_get(item, "reasons")), list->films[i].n_reasons);
    }
    json_decref(document);
    bt_list_free(list);
    app_close(a);
}
