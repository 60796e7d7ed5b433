/* The file of vectors from any bytes: it is refused, or it can be searched. */
#include "fuzz/signed.h"
#include "search/vectors.h"

enum { N_HITS = 4 };

static void use(const bt_vectors *v)
{
    float query[VECTORS_DIMENSIONS_MAX] = {0};
    bt_vectors_hit hits[N_HITS], again[N_HITS];
    uint32_t ids[N_HITS];
    size_t n = 0;
    for (size_t i = 0; i < v->info.dimensions; i++)
        query[i] = ((float)(i % 7) - 3) / 128;
    const bt_vectors_params params = {.limit = N_HITS, .whole = 0.5f};
    require(bt_vectors_search(v, query, &params, hits, &n, NULL) == BT_OK);
    require(n == (v->info.n_films < N_HITS ? v->info.n_films : N_HITS));
    for (size_t i = 0; i < n; i++)
        ids[i] = hits[i].film_id;
    require(bt_vectors_score(v, query, &params, ids, n, again, NULL) == BT_OK);
    for (size_t i = 0; i < n; i++) {
        require(again[i].film_id == hits[i].film_id);
        require(hits[i].at.end == 0 || hits[i].at.begin < hits[i].at.end);
    }
#ifdef FUZZ_PLANTED_BUG
    require(v->info.n_missing == 0); /* the seeds are whole */
#endif
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const file_map input = signed_copy(data, size);
    bt_vectors *v = calloc(1, sizeof *v);
    require(v != NULL);
    bt_error error = {0};
    bt_status status = sections_parse(input, "input", vectors_kind, VECTORS_VERSION, &v->file, &error);
    if (status == BT_OK)
        status = vectors_read_sections(&v->file, "input", v, &error);
    if (status == BT_OK)
        status = vectors_make_signs(v, &error);
    if (status == BT_OK)
        use(v);
    else
        require(error.status == status && error.message[0] != '\0');
    vectors_free_signs(v);
    free(v);
    free((void *)(uintptr_t)input.bytes);
    return 0;
}
