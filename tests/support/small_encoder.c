/* Encoder files as tools/convert-encoder writes them, their weights drawn at random. */
#include "support/small_encoder.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "encoder/object.h"
#include "support/test.h"
#include "support/vocabulary.h"

static const char *const muse_pieces[] = {"<unk>", "<s>", "</s>", "\xE2\x96\x81", "a", "b", "c", "\xE2\x96\x81la",
                                          "lo",    "l",   "o"};
static const char *const minilm_pieces[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "b", "##a", "##b", "film", "##s", "."};
enum { N_PIECES = sizeof muse_pieces / sizeof *muse_pieces };

typedef struct part {
    const char *name;
    const void *bytes; /* NULL: random floats */
    size_t size;
    float spread; /* of random floats, around `center` */
    float center;
} part;

enum { PARTS_MAX = 24 };

typedef struct parts {
    part list[PARTS_MAX];
    size_t n;
} parts;

static void add(parts *p, const char *name, const void *bytes, size_t size)
{
    p->list[p->n++] = (part){name, bytes, size, 0.0f, 0.0f};
}

/* `count` floats of a layer with `inputs` inputs: their sums keep their size. */
static void add_weights(parts *p, const char *name, size_t count, size_t inputs)
{
    p->list[p->n++] = (part){name, NULL, count * sizeof(float), 1.7f / sqrtf((float)inputs), 0.0f};
}

static void add_gains(parts *p, const char *name, size_t count)
{
    p->list[p->n++] = (part){name, NULL, count * sizeof(float), 0.5f, 0.5f};
}

static void write_part(sections_writer *w, const part *one, uint64_t seed, size_t size)
{
    bt_error error = {0};
    if (one->bytes != NULL) {
        CHECK_OK(sections_write(w, one->name, one->bytes, size, &error), error);
        return;
    }
    random_stream random = random_make(seed, 0);
    float *values = memory_array(one->size / sizeof *values, sizeof *values);
    REQUIRE(values != NULL);
    for (size_t i = 0; i < one->size / sizeof *values; i++)
        values[i] = one->center + one->spread * (float)(2.0 * random_unit(&random) - 1.0);
    CHECK_OK(sections_write(w, one->name, values, size, &error), error);
    bt_free(values);
}

static const char *write_parts(const parts *p, const char *name, const char *leave_out, const char *odd)
{
    char file[32];
    snprintf(file, sizeof file, "%s.btenc", name);
    const char *path = test_path(file);
    sections_writer w;
    bt_error error = {0};
    uint32_t n = 0;
    for (size_t i = 0; i < p->n; i++)
        n += leave_out == NULL || strcmp(leave_out, p->list[i].name) != 0;
    CHECK_OK(sections_write_begin(&w, path, encoder_kind, ENCODER_VERSION, n, &error), error);
    for (size_t i = 0; i < p->n; i++) {
        const part *one = &p->list[i];
        if (leave_out == NULL || strcmp(leave_out, one->name) != 0)
            write_part(&w, one, i, one->size - (odd != NULL && strcmp(odd, one->name) == 0 ? sizeof(float) : 0));
    }
    CHECK_OK(sections_write_commit(&w, NULL, &error), error);
    return path;
}

static void add_muse(parts *p)
{
    static const float scores[N_PIECES] = {0, 0, 0, -2, -3, -3, -3, -2, -4, -5, -5};
    static const vocabulary_rule rules[] = {{'A', "a"}, {'\t', " "}};
    static uint8_t tokens[N_PIECES * MUSE_EMBEDDING];
    static const float token_scale[MUSE_CHUNKS * 2] = {0.1f, -3.0f, 0.05f, -1.5f, 0.1f, -3.0f, 0.07f, -2.0f, 0.1f, -3.0f};
    random_stream random = random_make(9, 9);
    for (size_t i = 0; i < sizeof tokens; i++)
        tokens[i] = (uint8_t)(64.0 * random_unit(&random));
    size_t map_size;
    const uint8_t *map = vocabulary_map(rules, 2, &map_size);
    add(p, "scores", scores, sizeof scores);
    add(p, "charsmap", map, map_size);
    add(p, "tokens", tokens, sizeof tokens);
    add(p, "token_scale", token_scale, sizeof token_scale);
    add_weights(p, "project", MUSE_EMBEDDING * MUSE_ORDERS * MUSE_CONV, MUSE_EMBEDDING);
    add_gains(p, "project_bias", MUSE_ORDERS * MUSE_CONV);
    add_gains(p, "project_norm", 2 * MUSE_ORDERS * MUSE_CONV);
    add_weights(p, "conv1", MUSE_CONV * MUSE_TAPS * MUSE_CONV, 3 * MUSE_CONV);
    add_weights(p, "conv2", MUSE_CONV * MUSE_TAPS * MUSE_CONV, 3 * MUSE_CONV);
    add_gains(p, "conv_bias", 2 * MUSE_ORDERS * MUSE_CONV);
    add_gains(p, "norm", 2 * MUSE_FEATURES);
    add_weights(p, "output", MUSE_FEATURES * MUSE_OUTPUT, MUSE_FEATURES);
    add_gains(p, "output_bias", MUSE_OUTPUT);
    add_weights(p, "deep_in", MUSE_OUTPUT * 2 * MUSE_DEEP, MUSE_OUTPUT);
    add_weights(p, "deep_1", MUSE_DEEP * MUSE_DEEP, MUSE_DEEP);
    add_weights(p, "deep_2", MUSE_DEEP * MUSE_OUTPUT, MUSE_DEEP);
    add_weights(p, "deep_out", (MUSE_DEEP + MUSE_OUTPUT) * MUSE_OUTPUT, MUSE_DEEP + MUSE_OUTPUT);
}

static void add_minilm(parts *p)
{
    enum { L = MINILM_LAYERS, H = MINILM_HIDDEN, W = MINILM_WIDE };
    add_weights(p, "words", N_PIECES * H, 1);
    add_weights(p, "positions", MINILM_POSITIONS * H, 1);
    add_gains(p, "norm", 2 * H);
    add_weights(p, "qkv", L * H * 3 * H, H);
    add_gains(p, "qkv_bias", L * 3 * H);
    add_weights(p, "attention", L * H * H, H);
    add_gains(p, "attention_bias", L * H);
    add_gains(p, "attention_norm", L * 2 * H);
    add_weights(p, "widen", L * H * W, H);
    add_gains(p, "widen_bias", L * W);
    add_weights(p, "narrow", L * W * H, W);
    add_gains(p, "narrow_bias", L * H);
    add_gains(p, "narrow_norm", L * 2 * H);
}

const char *small_encoder_write(const char *name, const char *leave_out, const char *odd)
{
    const bool is_muse = strcmp(name, "muse") == 0;
    encoder_params params = {
        .architecture = is_muse ? ENCODER_MUSE : ENCODER_MINILM,
        .dimensions = is_muse ? MUSE_OUTPUT : MINILM_HIDDEN,
        .n_vocabulary = N_PIECES,
        .max_tokens = is_muse ? 0 : 64,
        .epsilon = 1e-12f,
    };
    strncpy(params.name, name, sizeof params.name - 1);
    const double_array pieces = vocabulary_of(is_muse ? muse_pieces : minilm_pieces, N_PIECES);
    parts p = {0};
    add(&p, "params", &params, sizeof params);
    add(&p, "about", "{\"title\": \"random\"}", 20);
    add(&p, "licence", "none", 5);
    add(&p, "pieces", pieces.units, pieces.n_units * sizeof *pieces.units);
    if (is_muse)
        add_muse(&p);
    else
        add_minilm(&p);
    const char *path = write_parts(&p, name, leave_out, odd);
    bt_free((void *)(uintptr_t)pieces.units);
    return path;
}
