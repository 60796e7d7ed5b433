/* Encoders with random weights and a small vocabulary: opening, damage, limits, company, threads, memory. What the real ones
 * compute is compared with their origins in tests/encoders. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "butaca/encoder.h"
#include "encoder/object.h"
#include "support/small_encoder.h"
#include "support/test.h"

static const char *const names[] = {"muse", "minilm"};
#define EACH_ENCODER(name)                     \
    for (size_t which = 0; which < 2; which++) \
        for (const char *name = names[which]; name != NULL; name = NULL)

static bt_encoder *open_small(const char *name)
{
    bt_encoder *encoder;
    bt_error error = {0};
    CHECK_OK(bt_encoder_open(small_encoder_write(name, NULL, NULL), &encoder, &error), error);
    return encoder;
}

/* Short texts, and one that is longer than a piece of work. */
enum { TEXTS_MAX = 30, LETTERS_MAX = 250 };

static void make_texts(size_t n, bt_text *texts, char *letters)
{
    static const char alphabet[] = "ab la. c";
    for (size_t i = 0; i < LETTERS_MAX; i++)
        letters[i] = alphabet[i * i / 3 % (sizeof alphabet - 1)];
    for (size_t i = 0; i < n; i++)
        texts[i] = (bt_text){letters + i % 7, i == 9 ? LETTERS_MAX - 7 : i * 37 % 41};
}

TEST(an_encoder_says_what_it_is)
{
    EACH_ENCODER(name)
    {
        bt_encoder *encoder = open_small(name);
        const bt_encoder_info *info = bt_encoder_describe(encoder);
        CHECK_STR(info->name, name);
        CHECK_INT(info->dimensions, which == 0 ? 512 : 384);
        CHECK_INT(info->n_vocabulary, 11);
        CHECK_INT(info->max_tokens, which == 0 ? 0 : 64);
        CHECK_STR(info->about, "{\"title\": \"random\"}");
        CHECK_STR(info->licence, "none");
        CHECK(info->fingerprint != 0);
        bt_encoder_close(encoder);
    }
    bt_encoder_close(NULL);
}

TEST(vectors_have_unit_length_and_differ)
{
    EACH_ENCODER(name)
    {
        bt_encoder *encoder = open_small(name);
        const size_t d = bt_encoder_describe(encoder)->dimensions;
        const bt_text texts[] = {{"a film", 6}, {"", 0}, {"lo la", 5}, {NULL, 0}};
        float vectors[4 * 512];
        bt_error error = {0};
        CHECK_OK(bt_encode(encoder, NULL, texts, 4, vectors, &error), error);
        for (size_t i = 0; i < 4; i++) {
            double squares = 0.0;
            for (size_t j = 0; j < d; j++)
                squares += (double)vectors[i * d + j] * (double)vectors[i * d + j];
            CHECK_NEAR(squares, 1.0, 1e-5);
        }
        CHECK(memcmp(vectors, vectors + d, d * sizeof *vectors) != 0);
        CHECK_BYTES(vectors + 3 * d, vectors + d, d * sizeof *vectors);
        bt_encoder_close(encoder);
    }
}

/* Runs, groups, tables of tokens and threads cut the texts in many ways, and none shows in a vector. */
TEST(company_and_threads_change_nothing)
{
    static char letters[LETTERS_MAX];
    static bt_text texts[TEXTS_MAX];
    EACH_ENCODER(name)
    {
        const size_t n = which == 0 ? TEXTS_MAX : 12;
        make_texts(n, texts, letters);
        bt_encoder *encoder = open_small(name);
        const size_t d = bt_encoder_describe(encoder)->dimensions;
        float *together = memory_array(n * d, sizeof *together), *again = memory_array(n * d, sizeof *again);
        bt_error error = {0};
        bt_encode_params params = bt_encode_params_default();
        params.n_threads = 1;
        CHECK_OK(bt_encode(encoder, &params, texts, n, together, &error), error);
        params.n_threads = 3;
        CHECK_OK(bt_encode(encoder, &params, texts, n, again, &error), error);
        CHECK_BYTES(again, together, n * d * sizeof *again);
        for (size_t i = 0; i < n; i += 9) {
            CHECK_OK(bt_encode(encoder, &params, texts + i, 1, again, &error), error);
            CHECK_BYTES(again, together + i * d, d * sizeof *again);
        }
        bt_free(together);
        bt_free(again);
        bt_encoder_close(encoder);
    }
}

TEST(tokens_are_shown)
{
    bt_encoder *encoder = open_small("minilm");
    uint32_t *ids;
    size_t n;
    bt_error error = {0};
    CHECK_OK(bt_encoder_tokens(encoder, (bt_text){"Films.", 6}, &ids, &n, &error), error);
    const uint32_t expected[] = {2, 8, 9, 10, 3};
    if (CHECK_INT(n, 5))
        CHECK_BYTES(ids, expected, sizeof expected);
    bt_free(ids);
    char long_text[4000];
    memset(long_text, '.', sizeof long_text);
    CHECK_OK(bt_encoder_tokens(encoder, (bt_text){long_text, sizeof long_text}, &ids, &n, &error), error);
    CHECK_INT(n, 64);
    bt_free(ids);
    bt_encoder_close(encoder);
}

TEST(a_text_that_is_too_long)
{
    bt_encoder *encoder = open_small("muse");
    static char text[BT_TEXT_MAX + 1];
    memset(text, 'a', sizeof text);
    const bt_text texts[] = {{"a", 1}, {text, sizeof text}};
    float vectors[2 * 512];
    bt_error error = {0};
    CHECK_STATUS(bt_encode(encoder, NULL, texts, 2, vectors, &error), BT_LIMIT);
    CHECK_CONTAINS(error.message, "1048576");
    bt_encoder_close(encoder);
}

static bool stop(void *context, const char *stage, const char *unit, uint64_t done, uint64_t total)
{
    size_t *calls = context;
    CHECK_STR(stage, "encoding texts");
    CHECK_STR(unit, "texts");
    CHECK(done <= total);
    return ++*calls < 2;
}

TEST(progress_and_cancel)
{
    static bt_text texts[1100];
    for (size_t i = 0; i < 1100; i++)
        texts[i] = (bt_text){"a", 1};
    bt_encoder *encoder = open_small("muse");
    float *vectors = memory_array((size_t)1100 * 512, sizeof *vectors);
    size_t calls = 0;
    const bt_progress progress = {stop, &calls};
    const bt_encode_params params = {.progress = &progress};
    bt_error error = {0};
    CHECK_STATUS(bt_encode(encoder, &params, texts, 1100, vectors, &error), BT_CANCELLED);
    CHECK_INT(calls, 2);
    bt_free(vectors);
    bt_encoder_close(encoder);
}

/* --- files that can't be used ------------------------------------------------------------------------------------------- */

TEST(a_missing_file_says_how_to_get_it)
{
    bt_encoder *encoder;
    bt_error error = {0};
    CHECK_STATUS(bt_encoder_open(test_path("none.btenc"), &encoder, &error), BT_NOT_FOUND);
    CHECK_CONTAINS(error.message, "none.btenc");
    CHECK_CONTAINS(error.message, "tools/weights.sh");
    CHECK(encoder == NULL);
}

TEST(damage_is_found_and_named)
{
    const char *path = small_encoder_write("muse", NULL, NULL);
    FILE *file = fopen(path, "r+b");
    REQUIRE(file != NULL);
    CHECK(fseek(file, 3000000, SEEK_SET) == 0 && fputc(0x7E, file) != EOF && fclose(file) == 0);
    bt_encoder *encoder;
    bt_error error = {0};
    CHECK_STATUS(bt_encoder_open(path, &encoder, &error), BT_CORRUPT);
    CHECK_CONTAINS(error.message, "muse.btenc: damaged: the checksum of section");
    CHECK_CONTAINS(error.message, "tools/weights.sh");
    CHECK_STATUS(bt_encoder_open(test_write_file("x.btenc", "hello", 5), &encoder, &error), BT_BAD_FORMAT);
}

TEST(every_section_must_be_there_and_have_its_size)
{
    static const char *const muse[] = {"params",       "about",     "licence",   "pieces",     "scores", "charsmap",
                                       "tokens",       "project",   "conv1",     "conv2",      "norm",   "deep_out",
                                       "project_norm", "conv_bias", "conv_bias", "token_scale"};
    static const char *const minilm[] = {"pieces", "words", "positions", "qkv", "narrow_norm"};
    EACH_ENCODER(name)
    {
        const char *const *sections = which == 0 ? muse : minilm;
        const size_t n = which == 0 ? sizeof muse / sizeof *muse : sizeof minilm / sizeof *minilm;
        for (size_t i = 0; i < n; i++) {
            bt_encoder *encoder;
            bt_error error = {0};
            CHECK_STATUS(bt_encoder_open(small_encoder_write(name, sections[i], NULL), &encoder, &error), BT_CORRUPT);
            CHECK_CONTAINS(error.message, sections[i]);
            CHECK_STATUS(bt_encoder_open(small_encoder_write(name, NULL, sections[i]), &encoder, &error), BT_CORRUPT);
            CHECK_CONTAINS(error.message, sections[i]);
        }
    }
}

TEST(memory_that_runs_out)
{
    EACH_ENCODER(name)
    {
        const char *path = small_encoder_write(name, NULL, NULL);
        EACH_FAILED_ALLOCATION
        {
            bt_encoder *encoder = NULL;
            bt_status status = bt_encoder_open(path, &encoder, NULL);
            const bt_text texts[] = {{"a la film", 9}, {"b", 1}};
            float vectors[2 * 512];
            const bt_encode_params params = {.n_threads = 2};
            if (status == BT_OK)
                status = bt_encode(encoder, &params, texts, 2, vectors, NULL);
            CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
            bt_encoder_close(encoder);
        }
    }
}
