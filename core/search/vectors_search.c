/* Search: a scan in whole numbers over all rows, the best films by it, and those again with all 16 bits. */
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/sorted.h"
#include "search/vectors.h"

/* Rows of one block of the scan (64 KB of 512 values), and how many more films than are wanted are scored again. */
enum { BLOCK_ROWS = 128, AGAIN_FACTOR = 3, AGAIN_MORE = 100 };

bt_vectors_params bt_vectors_params_default(void)
{
    return (bt_vectors_params){.limit = 20, .whole = 0.5f};
}

/* --- scoring a film from its rows' scores ----------------------------------------------------------------------------- */

/* Where the text ends whose whole is `row`. */
static uint32_t text_end(const bt_vectors *v, uint32_t row, uint32_t end)
{
    for (row++; row < end && v->passages[row].end != 0;)
        row++;
    return row;
}

/* `scores` are those of the film's rows. */
static vectors_found score_film(const bt_vectors *v, uint32_t film, const float *scores, float share)
{
    const uint32_t first = v->starts[film], end = v->starts[film + 1];
    vectors_found best = {film, -INFINITY, first};
    for (uint32_t whole = first, next; whole < end; whole = next) {
        next = text_end(v, whole, end);
        uint32_t at = next > whole + 1 ? whole + 1 : whole; /* a text of one sentence is its own */
        for (uint32_t row = at + 1; row < next; row++)
            at = scores[row - first] > scores[at - first] ? row : at;
        const float score = share * scores[whole - first] + (1 - share) * scores[at - first];
        if (score > best.score)
            best = (vectors_found){film, score, at};
    }
    return best;
}

/* With all bits. `scores` has room for a film's rows. */
static vectors_found score_exactly(const bt_vectors *v, const float *query, uint32_t film, float share, float *scores)
{
    const size_t d = v->info.dimensions;
    const uint32_t first = v->starts[film];
    for (uint32_t row = first; row < v->starts[film + 1]; row++)
        scores[row - first] = v->scales[row] * vectors_dot(query, v->high + row * d, v->low + row * d, d);
    return score_film(v, film, scores, share);
}

static bt_vectors_hit hit_of(const bt_vectors *v, const vectors_found *found)
{
    return (bt_vectors_hit){v->info.film_ids[found->film], found->score, v->passages[found->row]};
}

/* --- the scan --------------------------------------------------------------------------------------------------------- */

/* scores: n_vectors, those of the scan. */
static void scan_rows(const bt_vectors *v, const int16_t *query, float query_scale, float *scores)
{
    const size_t d = v->info.dimensions, n = v->info.n_vectors;
    int32_t dots[BLOCK_ROWS];
    for (size_t row = 0; row < n; row += BLOCK_ROWS) {
        const size_t n_rows = n - row < BLOCK_ROWS ? n - row : BLOCK_ROWS;
        v->kernels->dots(v->high + row * d, n_rows, d, query, dots);
        for (size_t i = 0; i < n_rows; i++)
            scores[row + i] = 256.0f * query_scale * v->scales[row + i] * (float)dots[i];
    }
}

/* The best `limit` films of the scan, in no order. */
static size_t take_best(const bt_vectors *v, const bt_vectors_params *params, const float *scores, vectors_found *heap,
                        size_t limit)
{
    size_t n = 0;
    for (uint32_t film = 0; film < v->info.n_films && limit > 0; film++)
        if (params->allowed == NULL || params->allowed[film] != 0)
            vectors_offer(heap, &n, limit, score_film(v, film, scores + v->starts[film], params->whole));
    return n;
}

/* --- asking ----------------------------------------------------------------------------------------------------------- */

static bt_status check_query(const float *query, size_t n, const bt_vectors_params *params, bt_error *error)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(query[i]))
            return error_set(error, BT_INVALID_ARGUMENT, "value %zu of the query's vector is no number", i);
    if (!(params->whole >= 0 && params->whole <= 1))
        return error_set(error, BT_INVALID_ARGUMENT, "the whole text's share is %g, expected 0 to 1", (double)params->whole);
    return BT_OK;
}

bt_status bt_vectors_search(const bt_vectors *vectors, const float *query, const bt_vectors_params *params, bt_vectors_hit *out,
                            size_t *n, bt_error *error)
{
    const bt_vectors_params used = params != NULL ? *params : bt_vectors_params_default();
    const size_t d = vectors->info.dimensions, n_films = vectors->info.n_films;
    *n = 0;
    const bt_status status = check_query(query, d, &used, error);
    if (status != BT_OK)
        return status;
    const size_t limit = used.limit < n_films ? used.limit : n_films;
    const size_t again = limit < n_films / AGAIN_FACTOR ? AGAIN_FACTOR * limit + AGAIN_MORE : n_films;
    const size_t wanted = again < n_films ? again : n_films;
    float *scores = memory_array(vectors->info.n_vectors + vectors->n_rows_max, sizeof *scores);
    vectors_found *best = memory_array(wanted, sizeof *best);
    int16_t *quantized = memory_array(d, sizeof *quantized);
    const bool has_memory = scores != NULL && best != NULL && quantized != NULL;
    if (has_memory) {
        scan_rows(vectors, quantized, vectors_quantize(query, d, quantized), scores);
        const size_t n_best = take_best(vectors, &used, scores, best, wanted);
        for (size_t i = 0; i < n_best; i++)
            best[i] = score_exactly(vectors, query, best[i].film, used.whole, scores + vectors->info.n_vectors);
        vectors_sort(best, n_best);
        for (*n = 0; *n < n_best && *n < limit; (*n)++)
            out[*n] = hit_of(vectors, &best[*n]);
    }
    bt_free(scores);
    bt_free(best);
    bt_free(quantized);
    return has_memory ? BT_OK : error_no_memory(error, "searching vectors");
}

bt_status bt_vectors_score(const bt_vectors *vectors, const float *query, const bt_vectors_params *params,
                           const uint32_t *film_ids, size_t n, bt_vectors_hit *out, bt_error *error)
{
    const bt_vectors_params used = params != NULL ? *params : bt_vectors_params_default();
    const bt_status status = check_query(query, vectors->info.dimensions, &used, error);
    if (status != BT_OK)
        return status;
    float *scores = memory_array(vectors->n_rows_max, sizeof *scores);
    if (scores == NULL)
        return error_no_memory(error, "scoring films by their vectors");
    for (size_t i = 0; i < n; i++) {
        const size_t at = sorted_find(vectors->info.film_ids, vectors->info.n_films, film_ids[i]);
        out[i] = (bt_vectors_hit){.film_id = film_ids[i]};
        if (at == SIZE_MAX)
            continue;
        const vectors_found found = score_exactly(vectors, query, (uint32_t)at, used.whole, scores);
        out[i] = hit_of(vectors, &found);
    }
    bt_free(scores);
    return BT_OK;
}
