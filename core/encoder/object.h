/* The inside of an encoder: a mapped file, its tokenizer, its weights. The file (kind "encoder", version 1, docs/formats.md) holds
 * everything as the kernels want it, so opening copies nothing.
 *
 * "Packed" matrices are laid out as simd/layers.h says: panels of 16 columns.
 */
#ifndef ENCODER_OBJECT_H
#define ENCODER_OBJECT_H

#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"
#include "base/sections.h"
#include "butaca/encoder.h"
#include "simd/layers.h"
#include "text/unigram.h"
#include "text/wordpiece.h"

enum { ENCODER_VERSION = 1, ENCODER_MUSE = 1, ENCODER_MINILM = 2 };

extern const char encoder_kind[];

/* Section "params". */
typedef struct encoder_params {
    char name[16]; /* NUL-padded */
    uint32_t architecture, dimensions, n_vocabulary, max_tokens;
    float epsilon; /* of the layer norms */
    uint32_t zero[7];
} encoder_params;

_Static_assert(sizeof(encoder_params) == 64, "the file's layout has no padding");

/* --- mUSE: Yang et al. 2020, "Multilingual universal sentence encoder for semantic retrieval", the convolutional one ---------- */

enum {
    MUSE_EMBEDDING = 512,
    MUSE_CONV = 256,  /* channels of each of the three convolutions */
    MUSE_ORDERS = 3,  /* windows of 2, 3 and 5 tokens */
    MUSE_TAPS = 10,   /* 2 + 3 + 5 */
    MUSE_CHUNKS = 17, /* token t is scaled by scale[t % 17] */
    MUSE_FEATURES = MUSE_EMBEDDING + MUSE_ORDERS * MUSE_CONV,
    MUSE_DEEP = 320,
    MUSE_OUTPUT = 512
};

typedef struct muse_weights {
    const uint8_t *tokens;     /* n_vocabulary x 512 */
    const float *token_scale;  /* 17 x 2: scale, lowest */
    const float *project;      /* packed 512 x 768 */
    const float *project_bias; /* 768 */
    const float *project_norm; /* 2 x 768: gain, shift */
    const float *conv1;        /* packed 256 x (n * 256) for n = 2, 3, 5, one behind the other: columns of tap 0, tap 1, … */
    const float *conv2;        /* packed (n * 256) x 256 for n = 2, 3, 5 */
    const float *conv_bias;    /* 2 x 3 x 256 */
    const float *norm;         /* 2 x 1280 */
    const float *output;       /* packed 1280 x 512 */
    const float *output_bias;  /* 512 */
    const float *deep_in;      /* packed 512 x 640: columns of the first layer, and of what bypasses it */
    const float *deep_1;       /* packed 320 x 320 */
    const float *deep_2;       /* packed 320 x 512 */
    const float *deep_out;     /* packed 832 x 512 */
} muse_weights;

/* --- MiniLM: Wang et al. 2020, "MiniLM: deep self-attention distillation", a BERT of 6 layers ----------------------------------- */

enum {
    MINILM_HIDDEN = 384,
    MINILM_LAYERS = 6,
    MINILM_HEADS = 12,
    MINILM_HEAD = 32,
    MINILM_WIDE = 1536,
    MINILM_POSITIONS = 512
};

typedef struct minilm_weights {
    const float *words;          /* n_vocabulary x 384 */
    const float *positions;      /* 512 x 384, the embedding of token type 0 added */
    const float *norm;           /* 2 x 384 */
    const float *qkv;            /* 6 layers x packed 384 x 1152: query, key, value */
    const float *qkv_bias;       /* 6 x 1152 */
    const float *attention;      /* 6 x packed 384 x 384 */
    const float *attention_bias; /* 6 x 384 */
    const float *attention_norm; /* 6 x 2 x 384 */
    const float *widen;          /* 6 x packed 384 x 1536 */
    const float *widen_bias;     /* 6 x 1536 */
    const float *narrow;         /* 6 x packed 1536 x 384 */
    const float *narrow_bias;    /* 6 x 384 */
    const float *narrow_norm;    /* 6 x 2 x 384 */
} minilm_weights;

/* ------------------------------------------------------------------------------------------------------------------------- */

struct bt_encoder {
    sections_file file;
    bt_encoder_info info;
    uint32_t architecture;
    float epsilon;
    const layer_kernels *kernels;
    unigram unigram;     /* of mUSE */
    wordpiece wordpiece; /* of MiniLM */
    union {
        muse_weights muse;
        minilm_weights minilm;
    } weights;
};

/* Finds everything in the sections of an opened file, and checks that it fits together. */
bt_status encoder_read_sections(const sections_file *file, const char *path, bt_encoder *encoder, bt_error *error);

/* A group of texts as their tokens, the shortest first. */
typedef struct encoder_text {
    const uint32_t *ids;
    size_t n;      /* at least 1 */
    float *vector; /* where it goes */
} encoder_text;

/* Encodes a group; the kernels are the encoder's. */
bt_status muse_encode(const bt_encoder *encoder, pool *threads, const encoder_text *texts, size_t n, bt_error *error);
bt_status minilm_encode(const bt_encoder *encoder, pool *threads, const encoder_text *texts, size_t n, bt_error *error);

#endif
