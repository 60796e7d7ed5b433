/* What a wish may ask for: every filter, rows with their reasons, previews. */
#include <stdio.h>
#include <string.h>

#include "app/json.h"
#include "app/state.h"
#include "support/small_folder.h"
#include "support/test.h"

static uint32_t ids[SMALL_FILMS];
static bt_error error;

/* Film i of the small folder: runtime 80 + i; every third is Spanish, of Spain and (films 6, 18 and 30) of Argentina too; the others
 * are in English and of nowhere. */
static void add_facts(const char *path)
{
    static const char *const spanish[] = {"es", "eu"}, *const english[] = {"en"}, *const made_in[] = {"ES", "AR"};
    folder f = {.lock = -1};
    catalogue *c = NULL;
    CHECK_OK(folder_open(path, FOLDER_WRITE, &f, &error), error);
    CHECK_OK(catalogue_open(f.catalogue_url, CATALOGUE_WRITE, &c, &error), error);
    CHECK_OK(catalogue_begin(c, &error), error);
    for (int i = 0; i < SMALL_FILMS; i++) {
        arena memory = {0};
        film whole;
        CHECK_OK(catalogue_get(c, ids[i], &memory, &whole, &error), error);
        whole.runtime = 80 + i;
        whole.languages = i % 3 == 0 ? (film_names){spanish, 2} : (film_names){english, 1};
        whole.countries = (film_names){made_in, i % 3 != 0 ? 0 : i % 12 == 6 ? 2 : 1};
        CHECK_OK(catalogue_put(c, &whole, &error), error);
        arena_free(&memory);
    }
    CHECK_OK(catalogue_commit(c, &error), error);
    catalogue_close(c);
    folder_close(&f);
}

static app *open_app(void)
{
    const char *path = test_path("data");
    small_folder_make(path, ids);
    add_facts(path);
    bt_train_params params = bt_train_params_default();
    params.rank = 4;
    params.max_iter = 4;
    params.n_threads = 1;
    app_training result;
    CHECK_OK(app_train(path, &params, NULL, &result, &error), error);
    app *a = NULL;
    CHECK_OK(app_open(path, &a, &error), error);
    return a;
}

static bt_opinion like;

static app_wish wish_with(app_filter filter)
{
    app_wish wish = app_wish_default();
    like = (bt_opinion){.film_id = ids[0], .verdict = BT_LIKE};
    wish.opinions = &like;
    wish.n_opinions = 1;
    wish.filter = filter;
    wish.limit = SMALL_FILMS;
    wish.explain = true;
    return wish;
}

/* Which of the small folder's films but the liked one pass: their bits. */
static uint64_t passing(const app *a, app_filter filter)
{
    app_wish wish = wish_with(filter);
    bt_list *list = NULL;
    uint64_t bits = 0;
    CHECK_OK(app_recommend(a, &wish, &list, &error), error);
    CHECK_INT(list->n_films, list->n_total);
    for (size_t i = 0; i < list->n_films; i++)
        for (size_t k = 0; k < SMALL_FILMS; k++)
            bits |= list->films[i].film_id == ids[k] ? UINT64_C(1) << k : 0;
    bt_list_free(list);
    return bits;
}

typedef bool number_passes(const app *a, size_t i);

static uint64_t expected(const app *a, number_passes *passes)
{
    uint64_t bits = 0;
    for (size_t i = 1; i < SMALL_FILMS; i++)
        bits |= passes(a, i) ? UINT64_C(1) << i : 0;
    return bits;
}

static bool is_spanish(const app *a, size_t i)
{
    (void)a;
    return i % 3 == 0;
}

static bool is_of_argentina(const app *a, size_t i)
{
    (void)a;
    return i % 12 == 6;
}

static bool is_any(const app *a, size_t i)
{
    (void)a;
    (void)i;
    return true;
}

static bool is_long_enough(const app *a, size_t i)
{
    (void)a;
    return 80 + i >= 90 && 80 + i <= 99;
}

static bool is_space_12_or_14(const app *a, size_t i)
{
    (void)a;
    return i == 12 || i == 14;
}

static uint32_t likes_of(const app *a, size_t i)
{
    const bt_model_info *info = bt_model_describe(app_model(a));
    size_t at = 0;
    while (info->film_ids[at] != ids[i])
        at++;
    return info->likes[at];
}

static bool is_little_known(const app *a, size_t i)
{
    return likes_of(a, i) <= likes_of(a, 3);
}

static bool is_well_known(const app *a, size_t i)
{
    return likes_of(a, i) >= likes_of(a, 3);
}

TEST(each_filter_leaves_what_passes)
{
    app *a = open_app();
    const char *const basque[] = {"EU"}, *const both[] = {"en", "Es"}, *const argentina[] = {"ar"}, *const part[] = {"e"};
    const uint32_t only[] = {ids[14], 4000000000U, ids[12], ids[14]};
    const uint32_t bound = likes_of(a, 3);
    CHECK(bound > 0);
    CHECK_INT(passing(a, (app_filter){0}), expected(a, is_any));
    CHECK_INT(passing(a, (app_filter){.languages = basque, .n_languages = 1}), expected(a, is_spanish));
    CHECK_INT(passing(a, (app_filter){.languages = both, .n_languages = 2}), expected(a, is_any));
    CHECK_INT(passing(a, (app_filter){.languages = part, .n_languages = 1}), 0);
    CHECK_INT(passing(a, (app_filter){.countries = argentina, .n_countries = 1}), expected(a, is_of_argentina));
    CHECK_INT(passing(a, (app_filter){.from_runtime = 90, .to_runtime = 99}), expected(a, is_long_enough));
    CHECK_INT(passing(a, (app_filter){.to_likes = bound}), expected(a, is_little_known));
    CHECK_INT(passing(a, (app_filter){.from_likes = bound}), expected(a, is_well_known));
    CHECK_INT(passing(a, (app_filter){.only = only, .n_only = 4}), expected(a, is_space_12_or_14));
    CHECK_INT(passing(a, (app_filter){.only = only, .n_only = 0}), 0);
    CHECK_INT(passing(a, (app_filter){.only = only, .n_only = 4, .without = only, .n_without = 1}), UINT64_C(1) << 12);
    app_close(a);
}

TEST(a_text_is_a_filter_where_the_index_is_there)
{
    app *a = open_app();
    app_wish wish = wish_with((app_filter){.text = "space film 12"});
    bt_list *list = NULL;
    CHECK_STATUS(app_recommend(a, &wish, &list, &error), BT_UNSUPPORTED);
    CHECK_OK(app_prepare_search(a, &error), error);
    const uint64_t bits = passing(a, wish.filter);
    CHECK((bits & UINT64_C(1) << 12) != 0);
    CHECK_INT(passing(a, (app_filter){.text = "zebra"}), 0);
    app_found found;
    arena memory = {0};
    CHECK_OK(app_search(a, "space film 12", NULL, SMALL_FILMS, &memory, &found, &error), error);
    size_t n = 0;
    for (size_t i = 0; i < found.n; i++)
        n += found.hits[i].film_id != ids[0];
    CHECK_INT(__builtin_popcountll(bits), n);
    arena_free(&memory);
    app_close(a);
}

/* --- rows --------------------------------------------------------------------------------------------------------------- */

static void check_rows(const app *a, const app_rows *rows, size_t limit)
{
    uint64_t shown = 0;
    for (size_t i = 0; i < rows->n; i++) {
        const app_row *row = &rows->rows[i];
        CHECK(row->n_films <= limit && row->n_films >= APP_ROW_MIN);
        for (size_t k = 0; k < row->n_films; k++) {
            const bt_recommendation *r = row->films[k];
            size_t at = 0;
            while (ids[at] != r->film_id)
                at++;
            CHECK((shown >> at & 1) == 0);
            shown |= UINT64_C(1) << at;
            if (row->kind == APP_ROW_BECAUSE)
                CHECK(r->reasons[0].film_id == row->film_id && r->reasons[0].share > 0);
            if (row->kind == APP_ROW_COUNTRY)
                CHECK(app_has_code(app_card(a, r->film_id)->countries, &row->name, 1));
            if (row->kind == APP_ROW_NEW)
                CHECK(app_card(a, r->film_id)->genres != 0);
        }
    }
}

TEST(rows_have_their_reasons_and_no_film_twice)
{
    app *a = open_app();
    bt_opinion likes[] = {{.film_id = ids[6], .verdict = BT_LIKE}, {.film_id = ids[0], .verdict = BT_LIKE}};
    app_wish wish = wish_with((app_filter){0});
    wish.opinions = likes;
    wish.n_opinions = 2;
    wish.limit = 4;
    arena memory = {0};
    app_rows rows;
    CHECK_OK(app_make_rows(a, &wish, &memory, &rows, &error), error);
    REQUIRE(rows.n >= 3);
    CHECK_INT(rows.rows[0].kind, APP_ROW_TOP);
    CHECK_INT(rows.rows[0].n_films, 4);
    check_rows(a, &rows, 4);
    unsigned kinds = 0;
    for (size_t i = 0; i < rows.n; i++)
        kinds |= 1U << rows.rows[i].kind;
    CHECK((kinds & 1U << APP_ROW_BECAUSE) != 0);
    CHECK((kinds & 1U << APP_ROW_COUNTRY) != 0);
    CHECK((kinds & 1U << APP_ROW_NEW) != 0); /* Romance: both likes are Sci-Fi */
    json_t *document = app_json_rows(a, &rows);
    CHECK_INT(json_array_size(json_object_get(document, "rows")), rows.n);
    json_decref(document);
    app_rows_free(&rows);

    const char *const spain[] = {"ES"}, *const romance[] = {"romance"};
    wish.filter = (app_filter){.countries = spain, .n_countries = 1, .genres = romance, .n_genres = 1};
    CHECK_OK(app_make_rows(a, &wish, &memory, &rows, &error), error);
    for (size_t i = 0; i < rows.n; i++) /* what is filtered by already isn't a row's reason */
        CHECK(rows.rows[i].kind != APP_ROW_COUNTRY && rows.rows[i].kind != APP_ROW_NEW);
    app_rows_free(&rows);
    arena_free(&memory);
    app_close(a);
}

TEST(who_said_nothing_gets_the_popular_row)
{
    app *a = open_app();
    app_wish wish = app_wish_default();
    arena memory = {0};
    app_rows rows;
    CHECK_OK(app_make_rows(a, &wish, &memory, &rows, &error), error);
    CHECK_INT(rows.n, 1);
    CHECK_INT(rows.lists[0]->basis, BT_BASIS_POPULARITY);
    app_rows_free(&rows);
    arena_free(&memory);
    app_close(a);
}

/* --- previews ----------------------------------------------------------------------------------------------------------- */

TEST(a_preview_says_where_films_stood)
{
    app *a = open_app();
    app_wish before = wish_with((app_filter){0});
    bt_opinion changed[] = {{.film_id = ids[0], .seen = true}, {.film_id = ids[7], .verdict = BT_LIKE}};
    app_wish after = before;
    after.opinions = changed;
    after.n_opinions = 2;
    bt_list *old = NULL, *new = NULL;
    size_t ranks[SMALL_FILMS];
    CHECK_OK(app_recommend(a, &before, &old, &error), error);
    CHECK_OK(app_recommend(a, &after, &new, &error), error);
    after.diversity = 0.5;
    CHECK_OK(app_ranks(a, &before, new, ranks, &error), error);
    REQUIRE(new->n_films > 5);
    for (size_t i = 0; i < new->n_films; i++) {
        size_t at = 0;
        while (at < old->n_films && old->films[at].film_id != new->films[i].film_id)
            at++;
        CHECK_INT(ranks[i], at < old->n_films ? at + 1 : 0);
    }
    json_t *document = app_json_list(a, new, ranks, NULL);
    const json_t *first = json_array_get(json_object_get(document, "items"), 0);
    CHECK_INT(json_integer_value(json_object_get(first, "rank_before")), ranks[0]);
    json_decref(document);
    bt_list_free(old);
    bt_list_free(new);
    app_close(a);
}

TEST(memory_that_runs_out_leaves_nothing_behind)
{
    app *a = open_app();
    CHECK_OK(app_prepare_search(a, &error), error);
    const uint32_t only[] = {ids[2], ids[3], ids[4], ids[5], ids[6], ids[8]};
    const app_filter filter = {.text = "film", .only = only, .n_only = 6};
    EACH_FAILED_ALLOCATION
    {
        app_wish wish = wish_with(filter);
        bt_list *list = NULL;
        const bt_status status = app_recommend(a, &wish, &list, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        bt_list_free(list);
    }
    EACH_FAILED_ALLOCATION
    {
        app_wish wish = wish_with((app_filter){0});
        arena memory = {0};
        app_rows rows;
        const bt_status status = app_make_rows(a, &wish, &memory, &rows, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        app_rows_free(&rows);
        arena_free(&memory);
    }
    app_close(a);
}
