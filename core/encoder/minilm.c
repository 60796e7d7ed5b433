/* MiniLM's forward pass: embeddings, six layers of attention and a two-layer network, each with a residual and a layer norm, then
 * the mean over the tokens.
 *
 * A piece of work is a run of texts of about the same length, up to PIECE_TOKENS tokens together: the products take all rows at
 * once, attention goes text by text and head by head. A lane's scratch is 7 MB.
 */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "encoder/object.h"

enum { H = MINILM_HIDDEN, W = MINILM_WIDE, QKV = 3 * MINILM_HIDDEN, PIECE_TOKENS = 192 };
enum { ROWS = PIECE_TOKENS + MINILM_POSITIONS, PADDED = MINILM_POSITIONS }; /* a run may overshoot by one text */

/* Of one lane. Rows are tokens. */
typedef struct scratch {
    const float *rows[ROWS];
    float *x;      /* rows x H: what goes from layer to layer */
    float *branch; /* rows x H: what a layer adds */
    float *qkv;    /* rows x QKV */
    float *wide;   /* rows x W */
    float *keys;   /* a text's keys of one head, transposed and packed: HEAD x PADDED */
    float *values; /* its values, packed: PADDED x HEAD */
    float *scores; /* PADDED x PADDED */
} scratch;

typedef struct work {
    const bt_encoder *encoder;
    const encoder_text *texts;
    const size_t *starts; /* of pieces, and their end */
    scratch *lanes;
} work;

/* --- attention ---------------------------------------------------------------------------------------------------------- */

static size_t padded(size_t n)
{
    return (n + LAYER_COLUMNS - 1) / LAYER_COLUMNS * LAYER_COLUMNS;
}

/* keys[i][t] = k_t[i] in panels of 16 tokens, zeros beyond n. `k` points at the head's keys of the first token. */
static void pack_keys(const float *k, size_t n, float *keys)
{
    for (size_t t0 = 0; t0 < n; t0 += LAYER_COLUMNS)
        for (size_t i = 0; i < MINILM_HEAD; i++, keys += LAYER_COLUMNS)
            for (size_t c = 0; c < LAYER_COLUMNS; c++)
                keys[c] = t0 + c < n ? k[(t0 + c) * QKV + i] : 0.0f;
}

static void pack_values(const float *v, size_t n, float *values)
{
    for (size_t j = 0; j < MINILM_HEAD; j += LAYER_COLUMNS)
        for (size_t t = 0; t < n; t++, values += LAYER_COLUMNS)
            memcpy(values, v + t * QKV + j, LAYER_COLUMNS * sizeof *values);
}

/* Scaled dot-product attention of one head over one text: out is n x HEAD with stride H. */
static void attend(const layer_kernels *kernels, scratch *s, const float *qkv, size_t n, float *out)
{
    const size_t stride = padded(n);
    pack_keys(qkv + H, n, s->keys);
    pack_values(qkv + 2 * H, n, s->values);
    for (size_t t = 0; t < n; t++)
        s->rows[t] = qkv + t * QKV;
    kernels->product(s->rows, n, MINILM_HEAD, s->keys, stride, s->scores, stride);
    for (size_t t = 0; t < n; t++) {
        kernels->softmax(s->scores + t * stride, 0.17677669529663688f /* 1 / sqrt(HEAD) */, n);
        s->rows[t] = s->scores + t * stride;
    }
    kernels->product(s->rows, n, n, s->values, MINILM_HEAD, out, H);
}

/* --- layers ------------------------------------------------------------------------------------------------------------- */

/* out = x * packed; x has `width` columns. */
static void times(const layer_kernels *kernels, scratch *s, const float *x, size_t n_rows, size_t width, const float *packed,
                  size_t n, float *out)
{
    for (size_t r = 0; r < n_rows; r++)
        s->rows[r] = x + r * width;
    kernels->product(s->rows, n_rows, width, packed, n, out, n);
}

/* x = layer_norm(x + branch + bias); norm is gain and shift. */
static void add_and_norm(const bt_encoder *e, scratch *s, size_t n_rows, const float *bias, const float *norm)
{
    for (size_t r = 0; r < n_rows; r++) {
        float *x = s->x + r * H;
        e->kernels->add(x, s->branch + r * H, H);
        e->kernels->add(x, bias, H);
        e->kernels->layer_norm(x, norm, norm + H, e->epsilon, H);
    }
}

static void run_layer(const bt_encoder *e, scratch *s, const encoder_text *texts, size_t n_texts, size_t n_rows, size_t layer)
{
    const layer_kernels *kernels = e->kernels;
    const minilm_weights *w = &e->weights.minilm;
    times(kernels, s, s->x, n_rows, H, w->qkv + layer * H * QKV, QKV, s->qkv);
    for (size_t r = 0; r < n_rows; r++)
        kernels->add(s->qkv + r * QKV, w->qkv_bias + layer * QKV, QKV);
    for (size_t t = 0, row = 0; t < n_texts; row += texts[t++].n)
        for (size_t head = 0; head < MINILM_HEADS; head++)
            attend(kernels, s, s->qkv + row * QKV + head * MINILM_HEAD, texts[t].n, s->wide + row * H + head * MINILM_HEAD);
    times(kernels, s, s->wide, n_rows, H, w->attention + layer * H * H, H, s->branch);
    add_and_norm(e, s, n_rows, w->attention_bias + layer * H, w->attention_norm + layer * 2 * H);

    times(kernels, s, s->x, n_rows, H, w->widen + layer * H * W, W, s->wide);
    for (size_t r = 0; r < n_rows; r++)
        kernels->gelu(s->wide + r * W, w->widen_bias + layer * W, W);
    times(kernels, s, s->wide, n_rows, W, w->narrow + layer * W * H, H, s->branch);
    add_and_norm(e, s, n_rows, w->narrow_bias + layer * H, w->narrow_norm + layer * 2 * H);
}

static size_t embed(const bt_encoder *e, scratch *s, const encoder_text *texts, size_t n_texts)
{
    const minilm_weights *w = &e->weights.minilm;
    size_t row = 0;
    for (size_t t = 0; t < n_texts; t++)
        for (size_t i = 0; i < texts[t].n; i++, row++) {
            float *x = s->x + row * H;
            memcpy(x, w->words + (size_t)texts[t].ids[i] * H, H * sizeof *x);
            e->kernels->add(x, w->positions + i * H, H);
            e->kernels->layer_norm(x, w->norm, w->norm + H, e->epsilon, H);
        }
    return row;
}

static void encode_piece(void *context, size_t piece, size_t lane)
{
    const work *w = context;
    const bt_encoder *e = w->encoder;
    scratch *s = &w->lanes[lane];
    const encoder_text *texts = w->texts + w->starts[piece];
    const size_t n_texts = w->starts[piece + 1] - w->starts[piece];
    const size_t n_rows = embed(e, s, texts, n_texts);
    for (size_t layer = 0; layer < MINILM_LAYERS; layer++)
        run_layer(e, s, texts, n_texts, n_rows, layer);
    for (size_t t = 0, row = 0; t < n_texts; t++) {
        float *vector = texts[t].vector;
        memset(vector, 0, H * sizeof *vector);
        for (size_t i = 0; i < texts[t].n; i++, row++)
            e->kernels->add(vector, s->x + row * H, H);
        e->kernels->unit(vector, e->epsilon, H);
    }
}

/* --- pieces and their memory -------------------------------------------------------------------------------------------- */

/* Runs of texts: starts gets where each begins and where the last one ends. How many there are comes back. */
static size_t cut(const encoder_text *texts, size_t n, size_t *starts)
{
    size_t n_pieces = 0, n_tokens = 0;
    for (size_t t = 0; t < n; t++) {
        if (t == 0 || n_tokens >= PIECE_TOKENS) {
            starts[n_pieces++] = t;
            n_tokens = 0;
        }
        n_tokens += texts[t].n;
    }
    starts[n_pieces] = n;
    return n_pieces;
}

/* One block for all of a lane's arrays. `n_rows`: of the largest piece, `longest`: of the longest text. NULL: no memory. */
static float *scratch_take(scratch *s, size_t n_rows, size_t longest)
{
    const size_t wide = padded(longest);
    float *block = memory_aligned(n_rows * (2 * H + QKV + W) + 2 * wide * MINILM_HEAD + wide * wide, sizeof *block);
    if (block == NULL)
        return NULL;
    s->x = block;
    s->branch = s->x + n_rows * H;
    s->qkv = s->branch + n_rows * H;
    s->wide = s->qkv + n_rows * QKV;
    s->keys = s->wide + n_rows * W;
    s->values = s->keys + wide * MINILM_HEAD;
    s->scores = s->values + wide * MINILM_HEAD;
    return block;
}

static size_t largest_piece(const encoder_text *texts, const size_t *starts, size_t n_pieces)
{
    size_t largest = 0;
    for (size_t p = 0; p < n_pieces; p++) {
        size_t n_tokens = 0;
        for (size_t t = starts[p]; t < starts[p + 1]; t++)
            n_tokens += texts[t].n;
        largest = n_tokens > largest ? n_tokens : largest;
    }
    return largest;
}

bt_status minilm_encode(const bt_encoder *encoder, pool *threads, const encoder_text *texts, size_t n, bt_error *error)
{
    const size_t n_lanes = pool_lanes(threads);
    size_t *starts = memory_array(n + 1, sizeof *starts);
    scratch *lanes = memory_zeroed(n_lanes, sizeof *lanes);
    bool has_memory = starts != NULL && lanes != NULL;
    size_t n_pieces = 0;
    if (has_memory) {
        n_pieces = cut(texts, n, starts);
        const size_t n_rows = largest_piece(texts, starts, n_pieces);
        for (size_t lane = 0; has_memory && lane < n_lanes; lane++)
            has_memory = scratch_take(&lanes[lane], n_rows, texts[n - 1].n) != NULL;
    }
    if (has_memory) {
        work w = {encoder, texts, starts, lanes};
        pool_run(threads, n_pieces, encode_piece, &w);
    }
    for (size_t lane = 0; lanes != NULL && lane < n_lanes; lane++)
        bt_free(lanes[lane].x);
    bt_free(lanes);
    bt_free(starts);
    return has_memory ? BT_OK : error_no_memory(error, "encoding texts");
}
