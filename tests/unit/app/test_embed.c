/* Embedding a data folder: what is there is kept, what is new is encoded, what was cut off goes on; and a running program takes it up. */
#include "app/embed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/meaning.h"
#include "app/passages.h"
#include "base/file.h"
#include "base/memory.h"
#include "search/vectors.h"
#include "support/small_encoder.h"
#include "support/small_folder.h"
#include "support/test.h"

static uint32_t ids[SMALL_FILMS];
static bt_error error;

static const char *make_folder(void)
{
    const char *path = test_path("data");
    small_folder_make(path, ids);
    small_encoder_write("muse", NULL, NULL);
    setenv("BUTACA_WEIGHTS", test_tmpdir(), 1);
    return path;
}

static app_embedding embed(const char *path)
{
    app_embedding result;
    const app_embed_params params = app_embed_params_default();
    CHECK_OK(app_embed(path, &params, NULL, &result, &error), error);
    return result;
}

static bt_vectors *open_vectors(void)
{
    bt_vectors *v = NULL;
    CHECK_OK(bt_vectors_open(test_path("data/text/vectors.bt"), &v, &error), error);
    return v;
}

/* Stores a film with an overview (under `id` if that isn't 0); returns its id. */
static uint32_t put_film(const char *path, uint32_t id, const char *title, const char *overview)
{
    const film_text texts[] = {{"en", NULL, overview, "test"}};
    film f = {.id = id, .title = title, .year = 1980, .texts = texts, .n_texts = 1};
    folder fold;
    catalogue *c = NULL;
    CHECK_OK(folder_open(path, FOLDER_WRITE, &fold, &error), error);
    CHECK_OK(catalogue_open(fold.catalogue_url, CATALOGUE_WRITE, &c, &error), error);
    CHECK_OK(catalogue_begin(c, &error), error);
    CHECK_OK(catalogue_put(c, &f, &error), error);
    CHECK_OK(catalogue_commit(c, &error), error);
    catalogue_close(c);
    folder_close(&fold);
    return f.id;
}

/* --- passages --------------------------------------------------------------------------------------------------------- */

static const passages *cut(const film *f, arena *memory)
{
    static passages p;
    CHECK_OK(passages_of(f, memory, &p, &error), error);
    return &p;
}

static void check_text(const passages *p, size_t i, const char *expected)
{
    CHECK_INT(p->text[i].length, strlen(expected));
    CHECK(strncmp(p->text[i].bytes, expected, p->text[i].length) == 0);
}

TEST(passages_are_the_whole_text_and_its_sentences)
{
    arena memory = {0};
    const film_text texts[] = {{"en", NULL, "A ship lands.  Nobody comes out! Why?", "x"},
                               {"es", "La nave", "Una nave aterriza.", "x"},
                               {"ja", NULL, "\u8239\u3002\u8239\u3002", "x"},
                               {"fr", NULL, NULL, "x"}};
    const film f = {.title = "The Ship", .texts = texts, .n_texts = 4};
    const passages *p = cut(&f, &memory);
    CHECK_INT(p->n, 8);
    check_text(p, 0, "The Ship. A ship lands.  Nobody comes out! Why?");
    check_text(p, 1, "A ship lands.");
    check_text(p, 2, "Nobody comes out!");
    check_text(p, 3, "Why?");
    check_text(p, 4, "La nave. Una nave aterriza."); /* one sentence stands for itself */
    check_text(p, 6, "\u8239\u3002");
    CHECK(p->at[0].end == 0 && p->at[2].begin == 15 && p->at[2].end == 32 && p->at[4].text == 1 && p->at[7].text == 2);
    arena_free(&memory);
}

TEST(a_film_without_a_text_has_its_title)
{
    arena memory = {0};
    const film_text texts[] = {{"en", NULL, "", "x"}};
    const film f = {.title = "The Ship", .texts = texts, .n_texts = 1};
    const passages *p = cut(&f, &memory);
    CHECK_INT(p->n, 1);
    check_text(p, 0, "The Ship");
    arena_free(&memory);
}

TEST(keys_tell_texts_apart)
{
    arena memory = {0};
    const film_text texts[][1] = {
        {{"en", NULL, "One. Two.", "x"}}, {{"en", NULL, "One. Too.", "x"}}, {{"en", "T", "One. Two.", "x"}}};
    uint64_t keys[3];
    for (size_t i = 0; i < 3; i++)
        keys[i] = cut(&(film){.title = "A", .texts = texts[i], .n_texts = 1}, &memory)->key;
    CHECK(keys[0] != keys[1] && keys[0] != keys[2] && keys[1] != keys[2]);
    CHECK(cut(&(film){.title = "A", .texts = texts[0], .n_texts = 1}, &memory)->key == keys[0]);
    arena_free(&memory);
}

TEST(an_endless_text_has_a_bound)
{
    arena memory = {0};
    enum { N = 10000 };
    char *text = memory_zeroed(3 * N + 1, 1);
    REQUIRE(text != NULL);
    for (size_t i = 0; i < N; i++)
        memcpy(text + 3 * i, "a. ", 3);
    film_text texts[40];
    for (size_t i = 0; i < 40; i++)
        texts[i] = (film_text){"en", NULL, text, "x"};
    CHECK_INT(cut(&(film){.title = "A", .texts = texts, .n_texts = 1}, &memory)->n, 1 + PASSAGES_SENTENCES);
    CHECK_INT(cut(&(film){.title = "A", .texts = texts, .n_texts = 40}, &memory)->n, PASSAGES_MAX);
    bt_free(text);
    arena_free(&memory);
}

/* --- embedding -------------------------------------------------------------------------------------------------------- */

TEST(what_is_up_to_date_is_left)
{
    const char *path = make_folder();
    app_embedding done = embed(path);
    CHECK(done.n_films == SMALL_FILMS && done.n_encoded == SMALL_FILMS && done.n_texts == SMALL_FILMS);
    bt_vectors *v = open_vectors();
    CHECK(v->info.n_films == SMALL_FILMS && v->info.n_missing == 0 && done.n_vectors == v->info.n_vectors);
    bt_vectors_close(v);
    char *before = NULL, *after = NULL;
    size_t n_before = 0, n_after = 0;
    CHECK_OK(file_read_whole(test_path("data/text/vectors.bt"), 1 << 24, &before, &n_before, &error), error);
    done = embed(path);
    CHECK(done.n_films == SMALL_FILMS && done.n_encoded == 0 && done.n_texts == 0);
    CHECK_OK(file_read_whole(test_path("data/text/vectors.bt"), 1 << 24, &after, &n_after, &error), error);
    CHECK(n_before == n_after && memcmp(before, after, n_before) == 0);
    bt_free(before);
    bt_free(after);
}

/* The films' vectors and neighbours are those of an embedding from nothing. */
static void check_against_anew(const char *path)
{
    bt_vectors *a = open_vectors(), *b = NULL;
    bt_neighbours *near = NULL, *near_anew = NULL;
    CHECK_OK(bt_neighbours_open(test_path("data/text/neighbours.bt"), &near, &error), error);
    CHECK(rename(test_path("data/text"), test_path("kept")) == 0);
    embed(path);
    b = open_vectors();
    CHECK_OK(bt_neighbours_open(test_path("data/text/neighbours.bt"), &near_anew, &error), error);
    CHECK(a->info.fingerprint == b->info.fingerprint);
    CHECK(bt_neighbours_describe(near)->fingerprint == bt_neighbours_describe(near_anew)->fingerprint);
    CHECK(bt_neighbours_describe(near)->texts_fingerprint == b->info.texts_fingerprint);
    bt_neighbours_close(near);
    bt_neighbours_close(near_anew);
    bt_vectors_close(a);
    bt_vectors_close(b);
}

TEST(a_new_film_and_a_changed_one_are_encoded_alone)
{
    const char *path = make_folder();
    embed(path);
    const uint32_t added = put_film(path, 0, "lola", "la la. lo lo.");
    app_embedding done = embed(path);
    CHECK(done.n_films == SMALL_FILMS + 1 && done.n_encoded == 1 && done.n_texts == 3);
    put_film(path, ids[3], "Space Film 3", "abc cba. bac. cab.");
    done = embed(path);
    CHECK(done.n_films == SMALL_FILMS + 1 && done.n_encoded == 1 && done.n_texts == 4);
    bt_vectors *v = open_vectors();
    CHECK_INT(v->info.film_ids[SMALL_FILMS], added);
    bt_vectors_close(v);
    check_against_anew(path);
}

typedef struct stopper {
    size_t calls, stop_at;
} stopper;

static bool stop(void *context, const char *stage, const char *unit, uint64_t done, uint64_t total)
{
    (void)stage, (void)unit, (void)done, (void)total;
    stopper *s = context;
    return ++s->calls < s->stop_at;
}

static bt_status embed_first_batch(const char *path, app_embedding *done)
{
    stopper s = {.stop_at = 1};
    const bt_progress progress = {stop, &s};
    app_embed_params params = app_embed_params_default();
    params.batch_texts = 16;
    return app_embed(path, &params, &progress, done, &error);
}

TEST(what_was_cut_off_goes_on)
{
    const char *path = make_folder();
    app_embedding done;
    CHECK_STATUS(embed_first_batch(path, &done), BT_CANCELLED);
    CHECK_INT(done.n_encoded, 16);
    bt_vectors *v = open_vectors(); /* what there is can be searched */
    CHECK(v->info.n_films == 16 && v->info.n_missing == SMALL_FILMS - 16);
    bt_vectors_close(v);
    CHECK_INT(embed(path).n_encoded, SMALL_FILMS - 16);
    check_against_anew(path);
}

/* The films behind the place where a second embedding is cut off keep the vectors that they had. */
TEST(an_embedding_that_is_cut_off_forgets_nothing)
{
    const char *path = make_folder();
    app_embedding done;
    embed(path);
    for (size_t i = 0; i < 20; i++)
        put_film(path, ids[i], "la", "lo");
    CHECK_STATUS(embed_first_batch(path, &done), BT_CANCELLED);
    CHECK_INT(done.n_encoded, 16);
    bt_vectors *v = open_vectors();
    CHECK(v->info.n_films == SMALL_FILMS && v->info.stamp == 0);
    bt_vectors_close(v);
    CHECK_INT(embed(path).n_encoded, 4);
}

TEST(what_was_encoded_is_stored_now_and_then)
{
    const char *path = make_folder();
    app_embed_params params = app_embed_params_default();
    app_embedding done;
    stopper s = {.stop_at = 2};
    const bt_progress progress = {stop, &s};
    params.batch_texts = 10;
    params.store_seconds = 0;
    CHECK_STATUS(app_embed(path, &params, &progress, &done, &error), BT_CANCELLED);
    bt_vectors *v = open_vectors();
    CHECK_INT(v->info.n_films, 20);
    bt_vectors_close(v);
}

TEST(what_is_damaged_is_made_again)
{
    const char *path = make_folder(), *file = test_path("data/text/vectors.bt");
    embed(path);
    char *bytes = NULL;
    size_t size = 0;
    CHECK_OK(file_read_whole(file, 1 << 24, &bytes, &size, &error), error);
    bytes[size / 2] ^= 1;
    test_write_file("data/text/vectors.bt", bytes, size);
    bt_free(bytes);
    CHECK_INT(embed(path).n_encoded, SMALL_FILMS);

    test_write_file("data/text/neighbours.bt", "damage", 6);
    CHECK_INT(embed(path).n_encoded, 0);
    bt_neighbours *near = NULL;
    CHECK_OK(bt_neighbours_open(test_path("data/text/neighbours.bt"), &near, &error), error);
    CHECK_STR(bt_neighbours_describe(near)->method, "muse");
    bt_neighbours_close(near);
}

TEST(vectors_of_other_weights_are_made_again)
{
    const char *path = make_folder();
    embed(path);
    bt_vectors *v = open_vectors();
    vectors_builder b;
    vectors_builder_begin(&b, v->info.dimensions);
    for (size_t i = 0; i < v->info.n_films; i++)
        CHECK_OK(vectors_builder_copy(&b, v, i, &error), error);
    const bt_encoder_info other = {.name = "muse", .fingerprint = v->info.encoder_fingerprint + 1};
    CHECK_OK(vectors_builder_write(&b, test_path("data/text/vectors.bt"), &other, v->info.stamp, 0, &error), error);
    vectors_builder_free(&b);
    bt_vectors_close(v);
    CHECK_INT(embed(path).n_encoded, SMALL_FILMS);
}

TEST(what_embedding_needs_is_said)
{
    const char *path = make_folder();
    app_embed_params params = app_embed_params_default();
    app_embedding done;
    CHECK_STATUS(app_embed(test_path("nowhere"), &params, NULL, &done, &error), BT_NOT_FOUND);
    params.encoder = "minilm";
    CHECK_STATUS(app_embed(path, &params, NULL, &done, &error), BT_NOT_FOUND);
    CHECK_CONTAINS(error.message, "tools/weights.sh minilm gets them");
    unsetenv("BUTACA_WEIGHTS");
    params.encoder = "muse";
    CHECK_STATUS(app_embed(path, &params, NULL, &done, &error), BT_NOT_FOUND);
    CHECK_OK(file_make_folder(test_path("data/weights"), &error), error);
    CHECK(rename(test_path("muse.btenc"), test_path("data/weights/muse.btenc")) == 0); /* the folder's own */
    CHECK_INT(embed(path).n_encoded, SMALL_FILMS);
}

TEST(one_embedding_at_a_time)
{
    const char *path = make_folder();
    folder f;
    int lock = -1;
    CHECK_OK(folder_open(path, FOLDER_READ, &f, &error), error);
    CHECK_OK(file_make_folder(test_path("data/text"), &error), error);
    CHECK_OK(folder_lock(&f, "text/lock", &lock, &error), error);
    const app_embed_params params = app_embed_params_default();
    app_embedding done;
    CHECK_STATUS(app_embed(path, &params, NULL, &done, &error), BT_BUSY);
    folder_unlock(lock);
    folder_close(&f);
    embed(path);
}

/* --- taking it up ------------------------------------------------------------------------------------------------------ */

static app *open_app(const char *path)
{
    app *a = NULL;
    CHECK_OK(app_open(path, &a, &error), error);
    return a;
}

TEST(a_running_program_takes_up_vectors_that_come)
{
    const char *path = make_folder();
    app *a = open_app(path);
    char why[BT_ERROR_MESSAGE_SIZE];
    CHECK_OK(app_prepare_meaning(a, &error), error);
    CHECK(meaning_take(a) == NULL);
    meaning_why(a, why, sizeof why);
    CHECK_CONTAINS(why, "butaca embed");

    embed(path);
    CHECK(meaning_take(a) == NULL); /* nobody has looked */
    CHECK_OK(app_prepare_meaning(a, &error), error);
    meaning *first = meaning_take(a);
    REQUIRE(first != NULL);
    CHECK(first->cards[0] == app_card(a, ids[0]) && first->cards[0] != NULL);
    CHECK_OK(app_prepare_meaning(a, &error), error); /* the same file: the same meaning */
    meaning *again = meaning_take(a);
    CHECK(again == first);
    meaning_give(a, again);

    put_film(path, 0, "lola", "la la. lo lo.");
    embed(path);
    CHECK_OK(app_prepare_meaning(a, &error), error);
    meaning *second = meaning_take(a);
    REQUIRE(second != NULL && second != first);
    CHECK(bt_vectors_describe(first->vectors)->n_films == SMALL_FILMS); /* who has the old one goes on with it */
    CHECK(bt_vectors_describe(second->vectors)->n_films == SMALL_FILMS + 1);
    CHECK(second->cards[SMALL_FILMS] == NULL); /* it came after app_open */
    float *query = NULL;
    bt_vectors_hit hit;
    size_t n = 0;
    CHECK_OK(meaning_encode(second, "lo lo.", &query, &error), error);
    CHECK_OK(bt_vectors_search(second->vectors, query, &(bt_vectors_params){.limit = 1}, &hit, &n, &error), error);
    CHECK_NEAR(hit.score, 1, 1e-4);
    bt_free(query);
    meaning_give(a, first);
    meaning_give(a, second);
    app_close(a);
}

TEST(vectors_that_cannot_be_used_are_none)
{
    const char *path = make_folder();
    char why[BT_ERROR_MESSAGE_SIZE];
    embed(path);
    app *a = open_app(path);
    CHECK_OK(app_prepare_meaning(a, &error), error);
    meaning *m = meaning_take(a);
    REQUIRE(m != NULL);
    meaning_give(a, m);
    test_write_file("data/text/vectors.bt", "damage", 6);
    CHECK_OK(app_prepare_meaning(a, &error), error);
    CHECK(meaning_take(a) == NULL);
    meaning_why(a, why, sizeof why);
    CHECK_CONTAINS(why, "vectors.bt");
    embed(path);
    CHECK(rename(test_path("muse.btenc"), test_path("away")) == 0);
    CHECK_OK(app_prepare_meaning(a, &error), error);
    CHECK(meaning_take(a) == NULL);
    meaning_why(a, why, sizeof why);
    CHECK_CONTAINS(why, "tools/weights.sh muse");
    CHECK(rename(test_path("away"), test_path("muse.btenc")) == 0); /* weights that come later are found */
    CHECK_OK(app_prepare_meaning(a, &error), error);
    m = meaning_take(a);
    CHECK(m != NULL);
    meaning_give(a, m);
    app_close(a);
}
