/* The inside of the vector file (kind "vectors", version 1, docs/formats.md), and how one is made.
 *
 * A vector is kept in 16 bits a value: value = scale (256 high + low), both bytes signed, in two planes. A scan reads the high bytes
 * alone: a quarter of the size of floats, and off by at most half a step of 1/127 of the vector's largest value.
 *
 * When a file is opened, the signs of all vectors are put aside: they say which films are worth a look (vectors_signs.c).
 *
 * Film i has rows [starts[i], starts[i + 1]): for each of its texts the whole and then, where there are several, its sentences. Its
 * first row stands for it beside other films.
 */
#ifndef SEARCH_VECTORS_H
#define SEARCH_VECTORS_H

#include <stdbool.h>

#include "base/sections.h"
#include "butaca/encoder.h"
#include "butaca/vectors.h"
#include "simd/bytes.h"

enum { VECTORS_VERSION = 1, VECTORS_DIMENSIONS_MAX = 4096 };

extern const char vectors_kind[];

/* Section "params". */
typedef struct vectors_params {
    char encoder[16]; /* NUL-padded */
    uint64_t encoder_fingerprint, stamp, n_missing;
    uint32_t dimensions, zero[5];
} vectors_params;

_Static_assert(sizeof(vectors_params) == 64, "the file's layout has no padding");
_Static_assert(sizeof(bt_passage) == 12, "stored as it is");

struct bt_vectors {
    sections_file file;
    char encoder[17];
    bt_vectors_info info;
    const byte_kernels *kernels;
    const uint64_t *keys;       /* n_films: of the texts that a film's vectors were made of */
    const uint32_t *starts;     /* n_films + 1 */
    const bt_passage *passages; /* n_vectors */
    const float *scales;        /* n_vectors */
    const int8_t *high, *low;   /* n_vectors x dimensions */
    size_t n_rows_max;          /* of one film */
    float scale_max;
    uint8_t *signs;      /* of n_vectors rows, in blocks (simd/bytes.h); NULL: too few dimensions for that */
    float *sign_factors; /* n_vectors */
};

/* Finds everything in the sections of an opened file, and checks that it fits together. */
bt_status vectors_read_sections(const sections_file *file, const char *path, bt_vectors *v, bt_error *error);

/* --- whole numbers (vectors_pack.c) ----------------------------------------------------------------------------------- */

/* A vector in 16 bits a value; returns its scale. `x` has `n` finite values. */
float vectors_pack(const float *x, size_t n, int8_t *high, int8_t *low);

/* A vector for `dots`: values up to VECTORS_QUERY_MAX in size; returns its scale. */
enum { VECTORS_QUERY_MAX = 4095 };
float vectors_quantize(const float *x, size_t n, int16_t *out);

/* --- signs (vectors_signs.c) ------------------------------------------------------------------------------------------- */

enum { VECTORS_SIGNS_LEAST = 256 /* dimensions: signs of fewer say too little */ };

bt_status vectors_make_signs(bt_vectors *v, bt_error *error);
void vectors_free_signs(bt_vectors *v); /* of zeroed ones is fine */

/* out[film] = about the film's score, the whole text's share as in bt_vectors_params. v has signs; the query's length is 2 at most.
 * False: no memory. */
bool vectors_estimate(const bt_vectors *v, const float *query, float share, float *out);

/* --- the best of many (vectors_best.c) --------------------------------------------------------------------------------- */

typedef struct vectors_found {
    uint32_t film; /* position in the file */
    float score;
    uint32_t row; /* the best sentence, or the whole text */
} vectors_found;

/* A higher score, or an equal one and the smaller film. */
bool vectors_is_better(const vectors_found *a, const vectors_found *b);

/* Keeps the best `limit` (at least 1) of what is offered: heap has room for them, *n counts. When *n == limit its worst is on top. */
void vectors_offer(vectors_found *heap, size_t *n, size_t limit, vectors_found one);
void vectors_sort(vectors_found *found, size_t n); /* the best first */

/* --- making one (vectors_build.c) --------------------------------------------------------------------------------------- */

/* What will be written: films in ascending order of id. Holds 2 bytes a dimension and vector. */
typedef struct vectors_builder {
    size_t dimensions;
    uint32_t *film_ids;
    uint64_t *keys;
    uint32_t *starts; /* n_films + 1 */
    size_t n_films, film_room;
    bt_passage *passages;
    float *scales;
    int8_t *high, *low;
    size_t n_vectors, vector_room;
} vectors_builder;

void vectors_builder_begin(vectors_builder *b, size_t dimensions); /* takes no memory */
void vectors_builder_free(vectors_builder *b);                     /* zeroed is fine */

/* A film with `n` passages and their vectors (n x dimensions), at least one, the first of them a whole text. */
bt_status vectors_builder_add(vectors_builder *b, uint32_t film_id, uint64_t key, const bt_passage *passages,
                              const float *vectors, size_t n, bt_error *error);
/* The same film as `from` has it. */
bt_status vectors_builder_copy(vectors_builder *b, const bt_vectors *from, size_t film, bt_error *error);
/* Back to the first n_films films. */
void vectors_builder_cut(vectors_builder *b, size_t n_films);

/* Writes the file whole or not at all; `stamp` and n_missing as bt_vectors_info says them. */
bt_status vectors_builder_write(const vectors_builder *b, const char *path, const bt_encoder_info *encoder, uint64_t stamp,
                                size_t n_missing, bt_error *error);

#endif
