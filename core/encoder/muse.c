/* mUSE's forward pass. For a text of n tokens, with the rows of muse_tokens.h:
 *
 *     h = relu(first convolution) + projection         for each of the windows of 2, 3 and 5 tokens, 256 channels
 *     c = relu(second convolution of h) + h
 *     f = standardized [embedding | c2 | c3 | c5]      1280 features of a token
 *     m = (sum of f) * output / sqrt(n)                 the sum commutes with the projection: one product a text, not a token
 *
 * and four small layers on m, tanh, unit length. The second convolution takes most of the time: its windows are rows of one buffer
 * that overlap, so nothing is copied.
 *
 * A piece of work is a run of texts with PIECE_TOKENS tokens together, or one longer text, which goes through in segments of that
 * length that overlap by the windows' reach. A lane's scratch is 2 MB.
 */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "encoder/muse_tokens.h"
#include "encoder/object.h"

enum { PIECE_TOKENS = 192, SEGMENTS_MAX = PIECE_TOKENS, REACH = 2, OUTPUT_TEXTS = 48 };
enum { ROWS_MAX = PIECE_TOKENS + SEGMENTS_MAX * 2 * REACH };

/* Tokens [from, to) of a text, in the lane's buffers. */
typedef struct segment {
    const encoder_text *text;
    float *sum; /* of the text's features */
    size_t from, to;
} segment;

/* Of one lane. A segment takes its tokens' rows in `hidden` and REACH more on both sides, zeros where the text has ended. */
typedef struct scratch {
    const float *rows[PIECE_TOKENS];
    float *hidden;   /* ROWS_MAX x MUSE_CONV, of one order */
    float *features; /* PIECE_TOKENS x MUSE_FEATURES */
    segment segments[SEGMENTS_MAX];
    size_t n_segments;
} scratch;

typedef struct work {
    const bt_encoder *encoder;
    const encoder_text *texts;
    size_t n_texts;
    const muse_tokens *table;
    const size_t *starts; /* of pieces */
    float *sums;          /* n_texts x MUSE_FEATURES */
    scratch *lanes;
    float *deep; /* lanes x OUTPUT_TEXTS x DEEP_ROW */
} work;

/* --- tokens ------------------------------------------------------------------------------------------------------------- */

/* A row of h: the shares of the window's tokens, of which those outside the text have none. */
static void first_convolution(const work *w, const encoder_text *text, size_t at, size_t order, float *out)
{
    const muse_weights *weights = &w->encoder->weights.muse;
    const layer_kernels *kernels = w->encoder->kernels;
    memset(out, 0, MUSE_CONV * sizeof *out);
    for (size_t tap = 0; tap < muse_window[order]; tap++) {
        const size_t token = at + tap - muse_left[order]; /* below 0 it wraps around, beyond any n */
        if (token < text->n)
            kernels->add(
                out, muse_tokens_row(w->table, text->ids[token]) + MUSE_PROJECTED + (muse_first_tap[order] + tap) * MUSE_CONV,
                MUSE_CONV);
    }
    const float *projected = muse_tokens_row(w->table, text->ids[at]) + order * MUSE_CONV;
    kernels->relu_add(out, weights->conv_bias + order * MUSE_CONV, projected, MUSE_CONV);
}

/* All of one order for the lane's segments: `features` gets c at its place. */
static void convolve(const work *w, scratch *s, size_t order)
{
    const muse_weights *weights = &w->encoder->weights.muse;
    const layer_kernels *kernels = w->encoder->kernels;
    const size_t first = muse_first_tap[order] * MUSE_CONV;
    size_t n = 0;
    float *hidden = s->hidden;
    for (const segment *g = s->segments; g < s->segments + s->n_segments; g++) {
        for (size_t at = g->from; at < g->to + 2 * REACH; at++, hidden += MUSE_CONV) {
            const size_t token = at - REACH;
            if (token < g->text->n)
                first_convolution(w, g->text, token, order, hidden);
            else
                memset(hidden, 0, MUSE_CONV * sizeof *hidden);
        }
        const float *middle = hidden - (g->to - g->from + REACH) * MUSE_CONV;
        for (size_t at = g->from; at < g->to; at++, middle += MUSE_CONV)
            s->rows[n++] = middle - muse_left[order] * MUSE_CONV;
    }
    float *out = s->features + MUSE_EMBEDDING + order * MUSE_CONV;
    kernels->product(s->rows, n, muse_window[order] * MUSE_CONV, weights->conv2 + first * MUSE_CONV, MUSE_CONV, out,
                     MUSE_FEATURES);
    for (size_t i = 0; i < n; i++)
        kernels->relu_add(out + i * MUSE_FEATURES, weights->conv_bias + (MUSE_ORDERS + order) * MUSE_CONV,
                          s->rows[i] + muse_left[order] * MUSE_CONV, MUSE_CONV);
}

static void run_segments(const work *w, scratch *s)
{
    const bt_encoder *e = w->encoder;
    const muse_weights *weights = &e->weights.muse;
    for (size_t order = 0; order < MUSE_ORDERS; order++)
        convolve(w, s, order);
    float *features = s->features;
    for (const segment *g = s->segments; g < s->segments + s->n_segments; g++)
        for (size_t at = g->from; at < g->to; at++, features += MUSE_FEATURES) {
            const uint32_t id = g->text->ids[at];
            const float *scale = weights->token_scale + 2 * (id % MUSE_CHUNKS);
            e->kernels->dequantize(weights->tokens + (size_t)id * MUSE_EMBEDDING, MUSE_EMBEDDING, scale[0], scale[1], features);
            e->kernels->standardize_add(g->sum, features, e->epsilon, MUSE_FEATURES);
        }
    s->n_segments = 0;
}

static void sum_piece(void *context, size_t piece, size_t lane)
{
    const work *w = context;
    scratch *s = &w->lanes[lane];
    size_t n = 0; /* tokens in the segments */
    for (size_t t = w->starts[piece]; t < w->starts[piece + 1]; t++) {
        const encoder_text *text = &w->texts[t];
        float *sum = w->sums + t * MUSE_FEATURES;
        memset(sum, 0, MUSE_FEATURES * sizeof *sum);
        for (size_t from = 0; from < text->n;) {
            const size_t room = PIECE_TOKENS - n, to = text->n - from < room ? text->n : from + room;
            s->segments[s->n_segments++] = (segment){text, sum, from, to};
            n += to - from;
            from = to;
            if (n == PIECE_TOKENS) {
                run_segments(w, s);
                n = 0;
            }
        }
    }
    if (n > 0)
        run_segments(w, s);
}

/* --- texts -------------------------------------------------------------------------------------------------------------- */

/* A row of the last layers' scratch: features, then m, then layer 0, layer 1 and layer 2, which are one row for deep_out. */
enum {
    AT_M = MUSE_FEATURES,
    AT_0 = AT_M + MUSE_OUTPUT,
    AT_1 = AT_0 + MUSE_DEEP,
    AT_2 = AT_1 + MUSE_DEEP,
    DEEP_ROW = AT_2 + MUSE_OUTPUT
};

static const float zeros[MUSE_OUTPUT];

/* columns [to, …) = columns [from, from + k) * packed */
static void times(const layer_kernels *kernels, float *deep, size_t n_rows, size_t from, size_t k, const float *packed,
                  size_t n, size_t to)
{
    const float *rows[OUTPUT_TEXTS];
    for (size_t r = 0; r < n_rows; r++)
        rows[r] = deep + r * DEEP_ROW + from;
    kernels->product(rows, n_rows, k, packed, n, deep + to, DEEP_ROW);
}

/* m from the sum: gain and shift of the layer norm, the projection, 1 / sqrt(n). */
static void to_output(const bt_encoder *e, const work *w, size_t from, size_t n_rows, float *deep)
{
    const muse_weights *weights = &e->weights.muse;
    for (size_t r = 0; r < n_rows; r++) {
        const float n = (float)w->texts[from + r].n, *sum = w->sums + (from + r) * MUSE_FEATURES;
        for (size_t i = 0; i < MUSE_FEATURES; i++)
            deep[r * DEEP_ROW + i] = sum[i] * weights->norm[i] + n * weights->norm[MUSE_FEATURES + i];
    }
    times(e->kernels, deep, n_rows, 0, MUSE_FEATURES, weights->output, MUSE_OUTPUT, AT_M);
    for (size_t r = 0; r < n_rows; r++) {
        const float n = (float)w->texts[from + r].n;
        for (size_t i = 0; i < MUSE_OUTPUT; i++) {
            float *m = deep + r * DEEP_ROW + AT_M + i;
            *m = (*m + n * weights->output_bias[i]) / sqrtf(n);
        }
    }
}

static void finish_texts(void *context, size_t piece, size_t lane)
{
    const work *w = context;
    const bt_encoder *e = w->encoder;
    const muse_weights *weights = &e->weights.muse;
    const layer_kernels *k = e->kernels;
    const size_t from = piece * OUTPUT_TEXTS, left = w->n_texts - from, n = left < OUTPUT_TEXTS ? left : OUTPUT_TEXTS;
    float *deep = w->deep + lane * OUTPUT_TEXTS * DEEP_ROW, *end = deep + n * DEEP_ROW;
    to_output(e, w, from, n, deep);
    times(k, deep, n, AT_M, MUSE_OUTPUT, weights->deep_in, 2 * MUSE_DEEP, AT_0);
    for (float *row = deep; row < end; row += DEEP_ROW)
        k->relu_add(row + AT_0, zeros, NULL, MUSE_DEEP);
    times(k, deep, n, AT_0, MUSE_DEEP, weights->deep_1, MUSE_DEEP, AT_2); /* AT_2 is free until layer 2 */
    for (float *row = deep; row < end; row += DEEP_ROW)
        k->relu_add(row + AT_1, row + AT_2, NULL, MUSE_DEEP);
    times(k, deep, n, AT_1, MUSE_DEEP, weights->deep_2, MUSE_OUTPUT, AT_2);
    for (float *row = deep; row < end; row += DEEP_ROW)
        k->relu_add(row + AT_2, zeros, NULL, MUSE_OUTPUT);
    times(k, deep, n, AT_1, MUSE_DEEP + MUSE_OUTPUT, weights->deep_out, MUSE_OUTPUT, AT_M);
    for (size_t r = 0; r < n; r++) {
        float *vector = w->texts[from + r].vector;
        for (size_t i = 0; i < MUSE_OUTPUT; i++)
            vector[i] = tanhf(deep[r * DEEP_ROW + AT_M + i]);
        k->unit(vector, e->epsilon, MUSE_OUTPUT);
    }
}

/* --- pieces and their memory -------------------------------------------------------------------------------------------- */

static size_t cut(const encoder_text *texts, size_t n, size_t *starts)
{
    size_t n_pieces = 0, n_tokens = 0;
    for (size_t t = 0; t < n; t++) {
        if (t == 0 || n_tokens + texts[t].n > PIECE_TOKENS) {
            starts[n_pieces++] = t;
            n_tokens = 0;
        }
        n_tokens += texts[t].n;
    }
    starts[n_pieces] = n;
    return n_pieces;
}

/* Encodes as many texts as one table of tokens has room for. */
static bool encode_some(work *w, muse_tokens *table, pool *threads, size_t n, size_t *starts)
{
    if (!muse_tokens_gather(table, w->texts, n, &w->n_texts) || !muse_tokens_compute(table, w->encoder, threads))
        return false;
    w->table = table;
    w->starts = starts;
    pool_run(threads, cut(w->texts, w->n_texts, starts), sum_piece, w);
    pool_run(threads, (w->n_texts + OUTPUT_TEXTS - 1) / OUTPUT_TEXTS, finish_texts, w);
    return true;
}

static bool lanes_take(work *w, size_t n_lanes)
{
    w->lanes = memory_zeroed(n_lanes, sizeof *w->lanes);
    w->deep = memory_aligned(n_lanes * OUTPUT_TEXTS * DEEP_ROW, sizeof *w->deep);
    if (w->lanes == NULL || w->deep == NULL)
        return false;
    for (size_t lane = 0; lane < n_lanes; lane++) {
        scratch *s = &w->lanes[lane];
        s->hidden = memory_aligned(ROWS_MAX * MUSE_CONV + PIECE_TOKENS * MUSE_FEATURES, sizeof *s->hidden);
        if (s->hidden == NULL)
            return false;
        s->features = s->hidden + ROWS_MAX * MUSE_CONV;
    }
    return true;
}

bt_status muse_encode(const bt_encoder *encoder, pool *threads, const encoder_text *texts, size_t n, bt_error *error)
{
    const size_t n_lanes = pool_lanes(threads);
    work w = {.encoder = encoder, .texts = texts, .sums = memory_aligned(n * MUSE_FEATURES, sizeof *w.sums)};
    size_t *starts = memory_array(n + 1, sizeof *starts);
    muse_tokens table = {0};
    bool has_memory =
        w.sums != NULL && starts != NULL && lanes_take(&w, n_lanes) && muse_tokens_begin(&table, encoder->info.n_vocabulary);
    while (has_memory && w.texts < texts + n) {
        has_memory = encode_some(&w, &table, threads, n - (size_t)(w.texts - texts), starts);
        w.texts += w.n_texts;
    }
    for (size_t lane = 0; w.lanes != NULL && lane < n_lanes; lane++)
        bt_free(w.lanes[lane].hidden);
    bt_free(w.lanes);
    bt_free(w.deep);
    bt_free(w.sums);
    bt_free(starts);
    muse_tokens_free(&table);
    return has_memory ? BT_OK : error_no_memory(error, "encoding texts");
}
