/* Search by words and by meaning in one list: who comes, in which order, and what it says of it. */
#include "app/fusion.h"

#include <stdlib.h>
#include <string.h>

#include "app/embed.h"
#include "app/meaning.h"
#include "support/small_encoder.h"
#include "support/small_folder.h"
#include "support/test.h"

static uint32_t ids[SMALL_FILMS];
static bt_error error;

static app *open_with_vectors(bool vectors)
{
    const char *path = test_path("data");
    app *a = NULL;
    small_folder_make(path, ids);
    small_encoder_write("muse", NULL, NULL);
    setenv("BUTACA_WEIGHTS", test_tmpdir(), 1);
    if (vectors) {
        app_embedding done;
        const app_embed_params params = app_embed_params_default();
        CHECK_OK(app_embed(path, &params, NULL, &done, &error), error);
    }
    CHECK_OK(app_open(path, &a, &error), error);
    CHECK_OK(app_prepare_search(a, &error), error);
    CHECK_OK(app_prepare_meaning(a, &error), error);
    return a;
}

static app_found ask(const app *a, const char *text, app_search_params how, arena *memory)
{
    app_found found;
    CHECK_OK(app_search_by(a, text, &how, memory, &found, &error), error);
    return found;
}

static bool has(const app_found *found, uint32_t film_id)
{
    for (size_t i = 0; i < found->n; i++)
        if (found->hits[i].film_id == film_id)
            return true;
    return false;
}

TEST(without_vectors_words_alone_are_asked)
{
    arena memory = {0};
    app *a = open_with_vectors(false);
    const app_found both = ask(a, "film", (app_search_params){.limit = 50}, &memory);
    const app_found words = ask(a, "film", (app_search_params){.mode = APP_SEARCH_LEXICAL, .limit = 50}, &memory);
    CHECK(both.meaning == NULL && both.n > 0);
    CHECK_INT(both.n, words.n);
    CHECK_INT(both.n_total, words.n_total);
    for (size_t i = 0; i < both.n; i++)
        CHECK_INT(both.hits[i].film_id, words.hits[i].film_id);
    app_found none;
    const app_search_params semantic = {.mode = APP_SEARCH_SEMANTIC, .limit = 5};
    CHECK_STATUS(app_search_by(a, "film", &semantic, &memory, &none, &error), BT_UNSUPPORTED);
    CHECK_CONTAINS(error.message, "butaca embed");
    arena_free(&memory);
    app_close(a);
}

TEST(by_meaning_the_nearest_text_is_first)
{
    arena memory = {0};
    app *a = open_with_vectors(true);
    const app_search_params how = {.mode = APP_SEARCH_SEMANTIC, .limit = SMALL_FILMS};
    const app_found found = ask(a, app_card(a, ids[7])->title, how, &memory);
    REQUIRE(found.n > 1 && found.meaning != NULL);
    CHECK_NEAR((double)found.meaning[0], 1, 0.01); /* a film without an overview is its title */
    for (size_t i = 1; i < found.n; i++)
        CHECK(found.meaning[i] <= found.meaning[i - 1]);
    CHECK_INT(found.n_total, found.n);
    CHECK_INT(ask(a, "  ", how, &memory).n, 0);
    arena_free(&memory);
    app_close(a);
}

TEST(both_ways_bring_their_films_and_titles_come_first)
{
    arena memory = {0};
    app *a = open_with_vectors(true);
    const char *title = app_card(a, ids[7])->title;
    const app_search_params lexical = {.mode = APP_SEARCH_LEXICAL, .limit = SMALL_FILMS};
    const app_found words = ask(a, title, lexical, &memory);
    const app_found both = ask(a, title, (app_search_params){.limit = SMALL_FILMS, .facets = true}, &memory);
    REQUIRE(words.n > 0 && both.meaning != NULL && both.facets != NULL);
    CHECK(both.n_total >= words.n_total);
    CHECK_INT(both.n, both.n_total);
    CHECK_INT(both.hits[0].film_id, words.hits[0].film_id);
    size_t counted = 0;
    for (size_t i = 0; i < both.facets->n_decades; i++)
        counted += both.facets->decades[i].n;
    CHECK(counted <= both.n_total && counted > 0);
    for (size_t i = 0; i < words.n; i++)
        CHECK(has(&both, words.hits[i].film_id));
    for (size_t i = 0; i < both.n; i++) /* one that no word finds is near, and has no score */
        if (!has(&words, both.hits[i].film_id))
            CHECK(both.meaning[i] >= 0.3F && both.hits[i].score <= 0);
    arena_free(&memory);
    app_close(a);
}

TEST(a_page_is_the_beginning_of_a_longer_one)
{
    arena memory = {0};
    app *a = open_with_vectors(true);
    const app_found longer = ask(a, "film of space", (app_search_params){.limit = 12}, &memory);
    const app_found page = ask(a, "film of space", (app_search_params){.limit = 5}, &memory);
    CHECK_INT(page.n, 5);
    CHECK_INT(page.n_total, longer.n_total);
    for (size_t i = 0; i < page.n; i++)
        CHECK_INT(page.hits[i].film_id, longer.hits[i].film_id);
    arena_free(&memory);
    app_close(a);
}

TEST(filters_go_before_the_meaning_too)
{
    arena memory = {0};
    app *a = open_with_vectors(true);
    const int year = app_card(a, ids[7])->year;
    const app_filter filter = {.from_year = year, .to_year = year};
    for (app_search_mode mode = APP_SEARCH_HYBRID; mode <= APP_SEARCH_SEMANTIC; mode++) {
        const app_search_params how = {.mode = mode, .filter = &filter, .limit = SMALL_FILMS};
        const app_found found = ask(a, app_card(a, ids[7])->title, how, &memory);
        CHECK(has(&found, ids[7]));
        for (size_t i = 0; i < found.n; i++)
            CHECK_INT(app_card(a, found.hits[i].film_id)->year, year);
    }
    arena_free(&memory);
    app_close(a);
}

TEST(any_bytes_are_a_query_in_each_mode)
{
    static char longest[100001], blanks[5000];
    memset(longest, 'x', sizeof longest - 1);
    memset(blanks, ' ', sizeof blanks - 1);
    const char *const texts[] = {"",
                                 " ",
                                 "\x01\x02\x1B\x7F",
                                 "\xFF\xFE\xC0\x80",
                                 "\xED\xA0\x80",
                                 "x\xFFy\x80",
                                 "\xE2",
                                 "\xCC\x81",
                                 "\xE2\x80\xAE",
                                 longest,
                                 blanks,
                                 "((((\"'--;*?%s"};
    app *a = open_with_vectors(true);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (app_search_mode mode = APP_SEARCH_HYBRID; mode <= APP_SEARCH_SEMANTIC; mode++) {
            arena memory = {0};
            const app_found found = ask(a, texts[i], (app_search_params){.mode = mode, .limit = 5, .facets = true}, &memory);
            CHECK(found.n <= 5 && found.n <= found.n_total && found.facets != NULL);
            arena_free(&memory);
        }
    app_close(a);
}

TEST(of_a_long_text_the_beginning_is_read)
{
    static char shorter[BT_SEARCH_QUERY_MAX + 1], longer[2 * BT_SEARCH_QUERY_MAX + 1];
    arena memory = {0};
    app *a = open_with_vectors(true);
    for (size_t i = 0; i < BT_SEARCH_QUERY_MAX; i += 4)
        memcpy(shorter + i, i % 8 == 0 ? "lo a" : " la ", 4);
    memcpy(longer, shorter, BT_SEARCH_QUERY_MAX);
    memset(longer + BT_SEARCH_QUERY_MAX, 'c', BT_SEARCH_QUERY_MAX);
    for (app_search_mode mode = APP_SEARCH_LEXICAL; mode <= APP_SEARCH_SEMANTIC; mode++) {
        const app_search_params how = {.mode = mode, .limit = SMALL_FILMS};
        const app_found all = ask(a, shorter, how, &memory), cut = ask(a, longer, how, &memory);
        CHECK_INT(cut.n, all.n);
        for (size_t i = 0; i < all.n && i < cut.n; i++) {
            CHECK_INT(cut.hits[i].film_id, all.hits[i].film_id);
            if (mode == APP_SEARCH_SEMANTIC)
                CHECK_NEAR((double)cut.meaning[i], (double)all.meaning[i], 0);
        }
    }
    arena_free(&memory);
    app_close(a);
}

TEST(many_words_tell_more_by_meaning_than_few)
{
    CHECK(fusion_weight(1) > 0 && fusion_weight(5) < fusion_weight(6));
    CHECK(fusion_weight(6) <= fusion_weight(500) && fusion_weight(500) < 1);
}

TEST(memory_may_run_out)
{
    app *a = open_with_vectors(true);
    EACH_FAILED_ALLOCATION
    {
        arena memory = {0};
        app_found found;
        const app_search_params how = {.limit = 5, .facets = true};
        const bt_status status = app_search_by(a, "film of space", &how, &memory, &found, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        arena_free(&memory);
    }
    app_close(a);
}
