/* Films with vectors that are drawn at random, for tests: kept as floats, too, to compare with what is exact. */
#ifndef TESTS_SEARCH_VECTORS_H
#define TESTS_SEARCH_VECTORS_H

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "search/vectors.h"
#include "support/test.h"

enum { SAMPLE_D = 64, SAMPLE_ROWS_MAX = 8 };

typedef struct sample {
    size_t n_films, n_rows;
    uint32_t *film_ids, *starts;
    uint64_t *keys;
    bt_passage *passages;
    float *vectors; /* n_rows x SAMPLE_D, of unit length */
} sample;

static const bt_encoder_info sample_encoder = {.name = "muse", .dimensions = SAMPLE_D, .fingerprint = 77};

static inline void sample_vector(random_stream *random, const float *near, float *out)
{
    double squares = 0;
    for (size_t i = 0; i < SAMPLE_D; i++) {
        double sum = 0;
        for (int k = 0; k < 4; k++)
            sum += random_unit(random) - 0.5;
        out[i] = (float)sum + (near != NULL ? 1.5f * near[i] : 0.0f);
        squares += (double)out[i] * (double)out[i];
    }
    for (size_t i = 0; i < SAMPLE_D; i++)
        out[i] = (float)((double)out[i] / sqrt(squares));
}

/* One film's texts: a whole with 0, 2 or 3 sentences, and for some films a second text. */
static inline size_t sample_passages(random_stream *random, bt_passage *out)
{
    size_t n = 0;
    const uint32_t n_texts = 1 + (uint32_t)random_below(random, 2);
    for (uint32_t text = 0; text < n_texts; text++) {
        const uint32_t sentences = (uint32_t)random_below(random, 4);
        out[n++] = (bt_passage){text, 0, 0};
        for (uint32_t i = 0; i < sentences && sentences > 1; i++)
            out[n++] = (bt_passage){text, 10 * i, 10 * i + 9};
    }
    return n;
}

/* Film i has the id 3 i + 2. Release with sample_free. */
static inline sample sample_make(size_t n_films, uint64_t seed)
{
    sample s = {.n_films = n_films};
    s.film_ids = memory_array(n_films, sizeof *s.film_ids);
    s.keys = memory_array(n_films, sizeof *s.keys);
    s.starts = memory_array(n_films + 1, sizeof *s.starts);
    s.passages = memory_array(n_films * SAMPLE_ROWS_MAX, sizeof *s.passages);
    s.vectors = memory_array(n_films * SAMPLE_ROWS_MAX * SAMPLE_D, sizeof *s.vectors);
    REQUIRE(s.film_ids != NULL && s.keys != NULL && s.starts != NULL && s.passages != NULL && s.vectors != NULL);
    s.starts[0] = 0;
    for (size_t film = 0; film < n_films; film++) {
        random_stream random = random_make(seed, film);
        const size_t first = s.starts[film], n = sample_passages(&random, s.passages + first);
        s.film_ids[film] = (uint32_t)(3 * film + 2);
        s.keys[film] = random_next(&random);
        for (size_t i = 0; i < n; i++)
            sample_vector(&random, i > 0 ? s.vectors + first * SAMPLE_D : NULL, s.vectors + (first + i) * SAMPLE_D);
        s.starts[film + 1] = (uint32_t)(first + n);
    }
    s.n_rows = s.starts[n_films];
    return s;
}

static inline void sample_free(sample *s)
{
    bt_free(s->film_ids);
    bt_free(s->keys);
    bt_free(s->starts);
    bt_free(s->passages);
    bt_free(s->vectors);
}

/* Writes the films for which `skip` isn't set (NULL: all). */
static inline bt_status sample_write(const sample *s, const uint8_t *skip, const char *path, uint64_t stamp, bt_error *error)
{
    vectors_builder b;
    vectors_builder_begin(&b, SAMPLE_D);
    bt_status status = BT_OK;
    for (size_t i = 0; i < s->n_films && status == BT_OK; i++)
        if (skip == NULL || !skip[i])
            status = vectors_builder_add(&b, s->film_ids[i], s->keys[i], s->passages + s->starts[i],
                                         s->vectors + s->starts[i] * SAMPLE_D, s->starts[i + 1] - s->starts[i], error);
    if (status == BT_OK)
        status = vectors_builder_write(&b, path, &sample_encoder, stamp, 0, error);
    vectors_builder_free(&b);
    return status;
}

static inline bt_vectors *sample_open(const sample *s, const uint8_t *skip)
{
    bt_vectors *v = NULL;
    bt_error error = {0};
    CHECK_OK(sample_write(s, skip, test_path("vectors.bt"), 5, &error), error);
    CHECK_OK(bt_vectors_open(test_path("vectors.bt"), &v, &error), error);
    return v;
}

static inline double sample_dot(const float *x, const float *y)
{
    double sum = 0;
    for (size_t i = 0; i < SAMPLE_D; i++)
        sum += (double)x[i] * (double)y[i];
    return sum;
}

#endif
