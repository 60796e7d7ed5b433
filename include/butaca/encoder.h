/* Text encoders: a text becomes a vector of unit length, and texts that mean the same point the same way.
 *
 * An encoder is one file of weights (.btenc, docs/encoders.md), mapped: tools/weights.sh makes it from a pinned package. It holds
 * its tokenizer, its licence and where it came from.
 *
 *     name     dimensions  languages                        texts are cut
 *     muse     512         16, English and Spanish too      never
 *     minilm   384         English                          at 256 tokens
 *
 * Promises:
 *   - Any bytes are a text: what isn't UTF-8 is read as U+FFFD, byte by byte. An empty text has a vector, too.
 *   - A text's vector is the same to the bit in whatever company it is encoded and with any number of threads. Between
 *     instruction sets vectors differ by rounding (cosine above 0.999999).
 *   - An encoder doesn't change after it was opened: any number of threads may use it.
 */
#ifndef BUTACA_ENCODER_H
#define BUTACA_ENCODER_H

#include <stddef.h>
#include <stdint.h>

#include "butaca/progress.h"
#include "butaca/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bt_encoder bt_encoder;

/* Maps a file of weights and checks all of it. BT_NOT_FOUND if there is none, BT_CORRUPT if it is damaged: both messages say how
 * to get it. *out: bt_encoder_close; NULL on failure. */
BT_API bt_status bt_encoder_open(const char *path, bt_encoder **out, bt_error *error);
BT_API void bt_encoder_close(bt_encoder *encoder); /* NULL is fine */

/* What an encoder is. Pointers live as long as the encoder. */
typedef struct bt_encoder_info {
    const char *name; /* "muse" */
    size_t dimensions;
    size_t n_vocabulary;
    size_t max_tokens;    /* of a text, those that mark its ends included; 0: no limit */
    const char *about;    /* JSON object: title, licence, origin, package, version, sha256 */
    const char *licence;  /* its whole text */
    uint64_t fingerprint; /* of the file: vectors of two fingerprints must not be compared */
} bt_encoder_info;

BT_API const bt_encoder_info *bt_encoder_describe(const bt_encoder *encoder);

/* Bytes that belong to somebody else. */
typedef struct bt_text {
    const char *bytes; /* NULL if length is 0 */
    size_t length;
} bt_text;

typedef struct bt_encode_params {
    size_t n_threads;            /* 0: one for each processor; doesn't change the result */
    const bt_progress *progress; /* NULL: none; counts texts */
} bt_encode_params;

BT_API bt_encode_params bt_encode_params_default(void);

/* vectors is n x dimensions, row-major: row i is the vector of texts[i]. params NULL: the default. Many texts at once are several
 * times faster than one by one. A text of more than BT_TEXT_MAX bytes: BT_LIMIT. On failure what is in vectors is of no use. */
enum { BT_TEXT_MAX = 1 << 20 };
BT_API bt_status bt_encode(const bt_encoder *encoder, const bt_encode_params *params, const bt_text *texts, size_t n,
                           float *vectors, bt_error *error);

/* The tokens that a text is encoded from, ends included: *ids has *n of them, bt_free. */
BT_API bt_status bt_encoder_tokens(const bt_encoder *encoder, bt_text text, uint32_t **ids, size_t *n, bt_error *error);

#ifdef __cplusplus
}
#endif
#endif
