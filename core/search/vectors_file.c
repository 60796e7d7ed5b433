/* Opening a vector file: every section must fit the others, so that searching needs no checks. */
#include <math.h>
#include <string.h>

#include "base/checksum.h"
#include "base/error.h"
#include "base/memory.h"
#include "search/vectors.h"

const char vectors_kind[] = "vectors";

static const char advice[] = "butaca embed makes it again";

typedef struct reader {
    const sections_file *file;
    const char *path;
    bt_error *error;
} reader;

static bt_status read_exact(const reader *r, const char *name, size_t unit, size_t expected, const void **bytes)
{
    return sections_find_exactly(r->file, r->path, name, unit, expected, NULL, bytes, r->error);
}

static bt_status bad_section(const reader *r, const char *name, const char *why)
{
    return error_set(r->error, BT_CORRUPT, "%s: section %s: %s", r->path, name, why);
}

static bt_status read_params(const reader *r, bt_vectors *v)
{
    const void *bytes;
    vectors_params p;
    const bt_status status = read_exact(r, "params", sizeof p, 1, &bytes);
    if (status != BT_OK)
        return status;
    memcpy(&p, bytes, sizeof p);
    if (p.dimensions == 0 || p.dimensions % BYTES_STEP != 0 || p.dimensions > VECTORS_DIMENSIONS_MAX)
        return bad_section(r, "params", "a number of dimensions that no encoder has");
    memcpy(v->encoder, p.encoder, sizeof p.encoder);
    v->info = (bt_vectors_info){
        .encoder = v->encoder,
        .encoder_fingerprint = p.encoder_fingerprint,
        .stamp = p.stamp,
        .fingerprint = r->file->fingerprint,
        .dimensions = p.dimensions,
        .n_missing = (size_t)p.n_missing,
    };
    return BT_OK;
}

static bt_status read_columns(const reader *r, bt_vectors *v)
{
    const void *ids, *keys, *starts, *passages, *scales, *high, *low;
    size_t n = 0, n_vectors = 0;
    const size_t d = v->info.dimensions;
    bt_status status = sections_find(r->file, r->path, "film_ids", sizeof(uint32_t), &ids, &n, r->error);
    if (status == BT_OK)
        status = read_exact(r, "keys", sizeof(uint64_t), n, &keys);
    if (status == BT_OK)
        status = read_exact(r, "starts", sizeof(uint32_t), n + 1, &starts);
    if (status == BT_OK)
        status = sections_find(r->file, r->path, "passages", sizeof(bt_passage), &passages, &n_vectors, r->error);
    if (status == BT_OK)
        status = read_exact(r, "scales", sizeof(float), n_vectors, &scales);
    if (status == BT_OK)
        status = read_exact(r, "high", d, n_vectors, &high);
    if (status == BT_OK)
        status = read_exact(r, "low", d, n_vectors, &low);
    if (status != BT_OK)
        return status;
    v->info.film_ids = ids, v->info.n_films = n, v->info.n_vectors = n_vectors;
    v->keys = keys, v->starts = starts, v->passages = passages, v->scales = scales;
    v->high = high, v->low = low;
    v->info.texts_fingerprint = checksum_of(keys, n * sizeof *v->keys) ^ checksum_of(ids, n * sizeof(uint32_t)) * 3;
    return BT_OK;
}

/* Films ascend, and each has a whole text first; sentences lie in the same text. */
static bt_status check_films(const reader *r, bt_vectors *v)
{
    const size_t n = v->info.n_films;
    if (v->starts[0] != 0 || v->starts[n] != v->info.n_vectors)
        return bad_section(r, "starts", "it doesn't cover all vectors");
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && v->info.film_ids[i] <= v->info.film_ids[i - 1])
            return bad_section(r, "film_ids", "ids don't ascend");
        if (v->starts[i] >= v->starts[i + 1] || v->starts[i + 1] > v->info.n_vectors)
            return bad_section(r, "starts", "a film without vectors");
        const size_t n_rows = v->starts[i + 1] - v->starts[i];
        v->n_rows_max = n_rows > v->n_rows_max ? n_rows : v->n_rows_max;
        if (v->passages[v->starts[i]].end != 0)
            return bad_section(r, "passages", "a film that doesn't begin with a whole text");
        for (size_t row = v->starts[i] + 1; row < v->starts[i + 1]; row++) {
            const bt_passage *p = &v->passages[row], *before = p - 1;
            if (p->end == 0 ? p->text <= before->text : p->text != before->text || p->begin >= p->end)
                return bad_section(r, "passages", "a sentence that isn't in its text");
        }
    }
    return BT_OK;
}

static bt_status check_numbers(const reader *r, bt_vectors *v)
{
    for (size_t row = 0; row < v->info.n_vectors; row++) {
        if (!isfinite(v->scales[row]) || v->scales[row] < 0)
            return bad_section(r, "scales", "a scale that is no size");
        v->scale_max = v->scales[row] > v->scale_max ? v->scales[row] : v->scale_max;
    }
    return BT_OK;
}

bt_status vectors_read_sections(const sections_file *file, const char *path, bt_vectors *v, bt_error *error)
{
    const reader r = {file, path, error};
    bt_status status = read_params(&r, v);
    if (status == BT_OK)
        status = read_columns(&r, v);
    if (status == BT_OK)
        status = check_films(&r, v);
    if (status == BT_OK)
        status = check_numbers(&r, v);
    if (status == BT_OK)
        status = bytes_select(&v->kernels, error);
    return status;
}

bt_status bt_vectors_open(const char *path, bt_vectors **out, bt_error *error)
{
    *out = NULL;
    bt_vectors *v = memory_zeroed(1, sizeof *v);
    if (v == NULL)
        return error_no_memory(error, "opening vectors");
    bt_error why = {0};
    bt_status status = sections_open(path, vectors_kind, VECTORS_VERSION, &v->file, &why);
    if (status == BT_OK)
        status = sections_verify(&v->file, path, &why);
    if (status == BT_OK)
        status = vectors_read_sections(&v->file, path, v, &why);
    if (status == BT_OK)
        status = vectors_make_signs(v, &why);
    if (status == BT_OK) {
        *out = v;
        return BT_OK;
    }
    bt_vectors_close(v);
    if (status == BT_NOT_FOUND)
        return error_set(error, status, "%s: films aren't embedded yet; run: butaca embed", path);
    const bool is_about_file = status == BT_CORRUPT || status == BT_BAD_FORMAT;
    return error_set(error, status, is_about_file ? "%s; %s" : "%s", why.message, advice);
}

void bt_vectors_close(bt_vectors *vectors)
{
    if (vectors == NULL)
        return;
    vectors_free_signs(vectors);
    sections_close(&vectors->file);
    bt_free(vectors);
}

const bt_vectors_info *bt_vectors_describe(const bt_vectors *vectors)
{
    return &vectors->info;
}
