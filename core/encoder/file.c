/* Reading an encoder's file: every section must have exactly the size that the architecture gives it. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "encoder/object.h"

const char encoder_kind[] = "encoder";

/* --- parts -------------------------------------------------------------------------------------------------------------- */

typedef struct reader {
    const sections_file *file;
    const char *path;
    bt_error *error;
} reader;

/* A section of `expected` entries of `unit` bytes. */
static bt_status read_exact(const reader *r, const char *name, size_t unit, size_t expected, const void **bytes)
{
    return sections_find_exactly(r->file, r->path, name, unit, expected, NULL, bytes, r->error);
}

static bt_status read_text(const reader *r, const char *name, const char **text)
{
    const void *bytes;
    size_t size = 0;
    const bt_status status = sections_find(r->file, r->path, name, 1, &bytes, &size, r->error);
    if (status != BT_OK)
        return status;
    *text = bytes;
    if (size == 0 || memchr(bytes, 0, size) != *text + size - 1)
        return error_set(r->error, BT_CORRUPT, "%s: section %s is not a text that ends with a zero byte", r->path, name);
    return BT_OK;
}

typedef struct tensor {
    const char *name;
    size_t count; /* floats */
    const float **where;
} tensor;

/* Sections of floats, all of them finite. */
static bt_status read_tensors(const reader *r, const tensor *tensors, size_t n)
{
    for (size_t t = 0; t < n; t++) {
        const void *bytes;
        const bt_status status = read_exact(r, tensors[t].name, sizeof(float), tensors[t].count, &bytes);
        if (status != BT_OK)
            return status;
        const float *values = *tensors[t].where = bytes;
        bool is_finite = true;
        for (size_t i = 0; i < tensors[t].count; i++)
            is_finite &= isfinite(values[i]) != 0;
        if (!is_finite)
            return error_set(r->error, BT_CORRUPT, "%s: section %s has a value that is no number", r->path, tensors[t].name);
    }
    return BT_OK;
}

static bt_status read_params(const reader *r, encoder_params *params)
{
    const void *bytes;
    const bt_status status = read_exact(r, "params", sizeof *params, 1, &bytes);
    if (status != BT_OK)
        return status;
    memcpy(params, bytes, sizeof *params);
    const bool is_muse = params->architecture == ENCODER_MUSE && params->dimensions == MUSE_OUTPUT && params->max_tokens == 0;
    const bool is_minilm = params->architecture == ENCODER_MINILM && params->dimensions == MINILM_HIDDEN &&
                           params->max_tokens >= 2 && params->max_tokens <= MINILM_POSITIONS;
    if (params->name[0] == '\0' || params->name[sizeof params->name - 1] != '\0' || !(is_muse || is_minilm) ||
        params->n_vocabulary == 0 || params->n_vocabulary > DOUBLE_ARRAY_VALUES_MAX || !(params->epsilon > 0.0f) ||
        !isfinite(params->epsilon))
        return error_set(r->error, BT_CORRUPT, "%s: section params describes no encoder that this Butaca knows", r->path);
    return BT_OK;
}

static bt_status read_pieces(const reader *r, double_array *pieces)
{
    const void *units;
    const bt_status status =
        sections_find(r->file, r->path, "pieces", sizeof *pieces->units, &units, &pieces->n_units, r->error);
    if (status == BT_OK)
        pieces->units = units;
    return status;
}

/* Puts the path before the message of a tokenizer. */
static bt_status named(const reader *r, bt_status status, const bt_error *why)
{
    return status == BT_OK ? BT_OK : error_set(r->error, status, "%s: %s", r->path, why->message);
}

/* --- architectures ------------------------------------------------------------------------------------------------------ */

static bt_status read_muse(const reader *r, bt_encoder *e)
{
    muse_weights *w = &e->weights.muse;
    const size_t n = e->info.n_vocabulary;
    double_array pieces;
    const void *map, *token_bytes;
    const float *scores;
    size_t map_size = 0;
    const tensor tensors[] = {
        {"scores", n, &scores},
        {"token_scale", MUSE_CHUNKS * 2, &w->token_scale},
        {"project", MUSE_EMBEDDING * MUSE_ORDERS * MUSE_CONV, &w->project},
        {"project_bias", MUSE_ORDERS * MUSE_CONV, &w->project_bias},
        {"project_norm", 2 * MUSE_ORDERS * MUSE_CONV, &w->project_norm},
        {"conv1", MUSE_CONV * MUSE_TAPS * MUSE_CONV, &w->conv1},
        {"conv2", MUSE_CONV * MUSE_TAPS * MUSE_CONV, &w->conv2},
        {"conv_bias", 2 * MUSE_ORDERS * MUSE_CONV, &w->conv_bias},
        {"norm", 2 * MUSE_FEATURES, &w->norm},
        {"output", MUSE_FEATURES * MUSE_OUTPUT, &w->output},
        {"output_bias", MUSE_OUTPUT, &w->output_bias},
        {"deep_in", MUSE_OUTPUT * 2 * MUSE_DEEP, &w->deep_in},
        {"deep_1", MUSE_DEEP * MUSE_DEEP, &w->deep_1},
        {"deep_2", MUSE_DEEP * MUSE_OUTPUT, &w->deep_2},
        {"deep_out", (MUSE_DEEP + MUSE_OUTPUT) * MUSE_OUTPUT, &w->deep_out},
    };
    bt_status status = read_pieces(r, &pieces);
    if (status == BT_OK)
        status = sections_find(r->file, r->path, "charsmap", 1, &map, &map_size, r->error);
    if (status == BT_OK)
        status = read_exact(r, "tokens", MUSE_EMBEDDING, n, &token_bytes);
    if (status == BT_OK)
        status = read_tensors(r, tensors, sizeof tensors / sizeof *tensors);
    if (status != BT_OK)
        return status;
    w->tokens = token_bytes;
    bt_error why = {0};
    return named(r, unigram_read(pieces, scores, n, map, map_size, &e->unigram, &why), &why);
}

static bt_status read_minilm(const reader *r, bt_encoder *e)
{
    enum { L = MINILM_LAYERS, H = MINILM_HIDDEN, W = MINILM_WIDE };
    minilm_weights *w = &e->weights.minilm;
    const size_t n = e->info.n_vocabulary;
    double_array pieces;
    const tensor tensors[] = {
        {"words", n * H, &w->words},
        {"positions", MINILM_POSITIONS * H, &w->positions},
        {"norm", 2 * H, &w->norm},
        {"qkv", L * H * 3 * H, &w->qkv},
        {"qkv_bias", L * 3 * H, &w->qkv_bias},
        {"attention", L * H * H, &w->attention},
        {"attention_bias", L * H, &w->attention_bias},
        {"attention_norm", L * 2 * H, &w->attention_norm},
        {"widen", L * H * W, &w->widen},
        {"widen_bias", L * W, &w->widen_bias},
        {"narrow", L * W * H, &w->narrow},
        {"narrow_bias", L * H, &w->narrow_bias},
        {"narrow_norm", L * 2 * H, &w->narrow_norm},
    };
    bt_status status = read_pieces(r, &pieces);
    if (status == BT_OK)
        status = read_tensors(r, tensors, sizeof tensors / sizeof *tensors);
    if (status != BT_OK)
        return status;
    bt_error why = {0};
    return named(r, wordpiece_read(pieces, n, &e->wordpiece, &why), &why);
}

bt_status encoder_read_sections(const sections_file *file, const char *path, bt_encoder *encoder, bt_error *error)
{
    const reader r = {file, path, error};
    encoder_params params = {0};
    bt_status status = layers_select(&encoder->kernels, error);
    if (status == BT_OK)
        status = read_params(&r, &params);
    if (status == BT_OK)
        status = read_text(&r, "about", &encoder->info.about);
    if (status == BT_OK)
        status = read_text(&r, "licence", &encoder->info.licence);
    if (status != BT_OK)
        return status;
    const void *named_params;
    status = read_exact(&r, "params", sizeof params, 1, &named_params);
    encoder->info.name = ((const encoder_params *)named_params)->name;
    encoder->info.dimensions = params.dimensions;
    encoder->info.n_vocabulary = params.n_vocabulary;
    encoder->info.max_tokens = params.max_tokens;
    encoder->info.fingerprint = file->fingerprint;
    encoder->architecture = params.architecture;
    encoder->epsilon = params.epsilon;
    if (status != BT_OK)
        return status;
    return params.architecture == ENCODER_MUSE ? read_muse(&r, encoder) : read_minilm(&r, encoder);
}
