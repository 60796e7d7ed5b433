/* Search over a catalogue: every kind of text is searched, likes order what is alike, the sentence that matched is found. */
#include "app/app.h"
#include "app/queries.h"

#include <stdio.h>
#include <string.h>

#include "app/state.h"
#include "base/file.h"
#include "base/memory.h"
#include "support/small_folder.h"
#include "support/test.h"

static uint32_t ids[SMALL_FILMS];
static bt_error error;

/* The small folder, with one film that has everything. */
static const char *folder_with_a_rich_film(uint32_t *film_id)
{
    const char *path = test_path("data");
    small_folder_make(path, ids);
    static const char *const genres[] = {"Drama"}, *const directors[] = {"Agn\xC3\xA8s Varda"},
                             *const cast[] = {"Corinne Marchand"}, *const themes[] = {"waiting"},
                             *const others[] = {"Cleo from 5 to 7"};
    const film_text texts[] = {
        {"en", NULL, "A singer walks through Paris. She waits for a diagnosis! Two hours pass.", "test"},
        {"es", "Cl\xC3\xA9o de 5 a 7", "Una cantante espera un diagn\xC3\xB3stico.", "test"},
    };
    film f = {.title = "Cl\xC3\xA9o de 5 \xC3\xA0 7",
              .other_titles = {others, 1},
              .year = 1962,
              .genres = {genres, 1},
              .directors = {directors, 1},
              .cast = {cast, 1},
              .themes = {themes, 1},
              .texts = texts,
              .n_texts = 2};
    folder fold;
    catalogue *c = NULL;
    CHECK_OK(folder_open(path, FOLDER_WRITE, &fold, &error), error);
    CHECK_OK(catalogue_open(fold.catalogue_url, CATALOGUE_WRITE, &c, &error), error);
    CHECK_OK(catalogue_begin(c, &error), error);
    CHECK_OK(catalogue_put(c, &f, &error), error);
    CHECK_OK(catalogue_commit(c, &error), error);
    catalogue_close(c);
    folder_close(&fold);
    *film_id = f.id;
    return path;
}

static app *open_app(uint32_t *film_id)
{
    app *a = NULL;
    CHECK_OK(app_open(folder_with_a_rich_film(film_id), &a, &error), error);
    return a;
}

TEST(every_text_of_a_film_is_searched)
{
    uint32_t film_id = 0;
    app *a = open_app(&film_id);
    arena memory = {0};
    app_found found;
    CHECK_STATUS(app_search(a, "cleo", NULL, 5, &memory, &found, &error), BT_UNSUPPORTED); /* before it was prepared */
    CHECK_OK(app_prepare_search(a, &error), error);
    static const char *const asked[] = {"cleo de 5 a 7", "Cleo from 5 to 7", "agnes varda", "marchand", "waiting",
                                        "singers",       "cantantes",        "diagnostico", "drama"};
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        CHECK_OK(app_search(a, asked[i], NULL, 5, &memory, &found, &error), error);
        REQUIRE(found.n > 0);
        CHECK_INT(found.hits[0].film_id, film_id);
    }
    CHECK_OK(app_suggest(a, "vard", NULL, 5, &memory, &found, &error), error);
    CHECK_INT(found.n, 1);
    CHECK_OK(app_suggest(a, "diagnosis", NULL, 5, &memory, &found, &error), error);
    CHECK_INT(found.n, 0);
    arena_free(&memory);
    app_close(a);
}

/* Whether the folder's index is its file, and what it finds for "cleo". */
static size_t found_for_cleo(const char *path, bool *mapped)
{
    app *a = NULL;
    arena memory = {0};
    app_found found;
    CHECK_OK(app_open(path, &a, &error), error);
    CHECK_OK(app_prepare_search(a, &error), error);
    *mapped = bt_search_describe(a->search).mapped;
    CHECK_OK(app_search(a, "cleo", NULL, 5, &memory, &found, &error), error);
    arena_free(&memory);
    app_close(a);
    return found.n_total;
}

TEST(the_index_is_stored_and_made_again_when_it_has_to)
{
    uint32_t film_id = 0;
    bool mapped = false;
    const char *path = folder_with_a_rich_film(&film_id), *file = test_path("data/search.bt");
    CHECK_INT(found_for_cleo(path, &mapped), 1);
    char *first = NULL, *second = NULL;
    size_t n_first = 0, n_second = 0;
    CHECK(mapped);
    CHECK_OK(file_read_whole(file, 1 << 24, &first, &n_first, &error), error);

    CHECK_INT(found_for_cleo(path, &mapped), 1); /* from the file */
    CHECK_OK(file_read_whole(file, 1 << 24, &second, &n_second, &error), error);
    CHECK(n_first == n_second && memcmp(first, second, n_first) == 0);
    bt_free(second);

    first[n_first / 2] ^= 1; /* damaged */
    test_write_file("data/search.bt", first, n_first);
    CHECK_INT(found_for_cleo(path, &mapped), 1);
    CHECK(mapped);

    catalogue *c = NULL; /* stale */
    folder fold;
    CHECK_OK(folder_open(path, FOLDER_WRITE, &fold, &error), error);
    CHECK_OK(catalogue_open(fold.catalogue_url, CATALOGUE_WRITE, &c, &error), error);
    CHECK_OK(catalogue_begin(c, &error), error);
    CHECK_OK(catalogue_put(c, &(film){.title = "Cleo again", .year = 1999}, &error), error);
    CHECK_OK(catalogue_commit(c, &error), error);
    catalogue_close(c);
    CHECK_INT(found_for_cleo(path, &mapped), 2);
    CHECK(mapped);

    int lock = -1; /* another program stores one now */
    CHECK_OK(file_remove(file, &error), error);
    CHECK_OK(folder_lock(&fold, "search.lock", &lock, &error), error);
    CHECK_INT(found_for_cleo(path, &mapped), 2);
    CHECK(!mapped && !file_exists(file));
    folder_unlock(lock);
    folder_close(&fold);
    bt_free(first);
}

TEST(filters_and_likes)
{
    uint32_t film_id = 0;
    const char *path = folder_with_a_rich_film(&film_id);
    bt_train_params params = bt_train_params_default();
    params.rank = 2;
    params.max_iter = 1;
    app_training trained;
    CHECK_OK(app_train(path, &params, NULL, &trained, &error), error);
    app *a = NULL;
    CHECK_OK(app_open(path, &a, &error), error);
    CHECK_OK(app_prepare_search(a, &error), error);
    arena memory = {0};
    app_found found;
    const char *const romance[] = {"romance"};
    const app_filter filter = {.genres = romance, .n_genres = 1, .from_year = 1970, .to_year = 1980};
    CHECK_OK(app_search(a, "film", &filter, 50, &memory, &found, &error), error);
    CHECK(found.n > 2 && found.n == found.n_total);
    for (size_t i = 0; i < found.n; i++) {
        const film_card *card = app_card(a, found.hits[i].film_id);
        CHECK(card->year >= 1970 && card->year <= 1980 && strncmp(card->title, "Love", 4) == 0);
        CHECK(i == 0 || found.hits[i].prior <= found.hits[i - 1].prior);
    }
    CHECK(found.hits[0].prior > 0);
    const char *const unknown[] = {"western"};
    CHECK_STATUS(app_search(a, "film", &(app_filter){.genres = unknown, .n_genres = 1}, 5, &memory, &found, &error),
                 BT_NOT_FOUND);
    arena_free(&memory);
    app_close(a);
}

static bt_status find_passage(const app *a, const char *text, const film *f, arena *memory, app_passage *out, bt_error *e)
{
    bt_search_highlighter *h = NULL;
    bt_status status = app_highlighter(a, text, &h, e);
    if (status == BT_OK)
        status = app_find_passage(h, f, memory, out, e);
    bt_search_highlighter_close(h);
    return status;
}

TEST(the_sentence_that_matched)
{
    uint32_t film_id = 0;
    app *a = open_app(&film_id);
    CHECK_OK(app_prepare_search(a, &error), error);
    arena memory = {0};
    film f;
    app_passage p;
    CHECK_OK(catalogue_get(app_catalogue(a), film_id, &memory, &f, &error), error);
    CHECK_OK(find_passage(a, "waiting for the diagnoses", &f, &memory, &p, &error), error);
    CHECK_STR(p.text, "She waits for a diagnosis!");
    CHECK_STR(p.language, "en");
    REQUIRE(p.n_words == 1 || p.n_words == 2);
    CHECK_INT(p.words[0].begin, 4);
    CHECK_INT(p.words[0].end, 9);
    CHECK_OK(find_passage(a, "cantantes", &f, &memory, &p, &error), error);
    CHECK_STR(p.language, "es");
    CHECK_OK(find_passage(a, "zzz", &f, &memory, &p, &error), error);
    CHECK(p.text == NULL && p.n_words == 0);
    arena_free(&memory);
    app_close(a);
}

TEST(no_memory_is_an_error)
{
    uint32_t film_id = 0;
    const char *path = folder_with_a_rich_film(&film_id);
    EACH_FAILED_ALLOCATION
    {
        app *a = NULL;
        arena memory = {0};
        app_found found;
        app_passage p;
        film f;
        bt_status status = app_open(path, &a, NULL);
        if (status == BT_OK)
            status = app_prepare_search(a, NULL);
        if (status == BT_OK)
            status = app_search(a, "varda", NULL, 3, &memory, &found, NULL);
        if (status == BT_OK)
            status = catalogue_get(app_catalogue(a), film_id, &memory, &f, NULL);
        if (status == BT_OK)
            status = find_passage(a, "singer", &f, &memory, &p, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        arena_free(&memory);
        app_close(a);
    }
}

TEST(queries_are_asked_or_there_is_no_memory)
{
    uint32_t film_id = 0;
    app *a = open_app(&film_id);
    CHECK_OK(app_prepare_search(a, &error), error);
    char text[256];
    const int n =
        snprintf(text, sizeof text, "film\tlanguage\tquery\r\n1\ten\tcleo\r\n\n2\ten\tcleo\r\n1\tes\tvarda\n9\tes\tnobody\n");
    const char *path = test_write_file("queries.tsv", text, (size_t)n);
    catalogue *c = NULL;
    CHECK_OK(catalogue_open(app_folder(a)->catalogue_url, CATALOGUE_WRITE, &c, &error), error);
    CHECK_OK(catalogue_begin(c, &error), error);
    const film_id_pair id = {"butaca-demo", "1"}, other = {"butaca-demo", "2"};
    CHECK_OK(catalogue_put(c, &(film){.id = film_id, .ids = &id, .n_ids = 1}, &error), error);
    CHECK_OK(catalogue_put(c, &(film){.id = ids[0], .ids = &other, .n_ids = 1}, &error), error);
    CHECK_OK(catalogue_commit(c, &error), error);
    catalogue_close(c);
    EACH_FAILED_ALLOCATION
    {
        arena memory = {0};
        queries q;
        app_search_quality quality[APP_SEARCH_LANGUAGES];
        size_t n_results = 0;
        bt_status status = queries_read(app_catalogue(a), path, &memory, &q, NULL);
        if (status == BT_OK)
            status = app_evaluate_search(a, &q, APP_SEARCH_LEXICAL, 0, NULL, quality, &n_results, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        if (status == BT_OK) {
            CHECK_INT(q.n, 2); /* "cleo" has two films to find */
            CHECK_INT(q.items[0].n_films, 2);
            CHECK_INT(q.n_unknown, 1);
            CHECK_INT(n_results, 3);
            CHECK_NEAR(quality[0].mrr, 1, 1e-9);
            CHECK_NEAR(quality[1].recall_20, 0.5, 1e-9);
            CHECK_NEAR(quality[2].recall_20, 1, 1e-9);
        }
        arena_free(&memory);
    }
    app_close(a);
}
