/* Search in three steps, each over fewer films with more bits: signs say which films are worth a look (search/vectors.h), the high bytes
 * which of them may be among the best, all 16 bits in what order they come.
 */
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/sorted.h"
#include "search/vectors.h"

/* How many films are looked at beyond those that are wanted. Among the nearest 1,020 of 44,000 by their signs are 99.98 % of the best 20,
 * among the nearest 2,000 92 % of the best 1,000 (docs/search.md). */
enum { LOOK_MORE = 1000, BINS = 4096 };

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

/* A query in whole numbers, and room for a film's rows. */
typedef struct whole_query {
    const int16_t *values; /* dimensions */
    float scale, share;
    int32_t *high, *low; /* n_rows_max */
    float *scores;       /* n_rows_max */
} whole_query;

/* By the high bytes alone, or by both. */
static vectors_found look_at(const bt_vectors *v, const whole_query *q, uint32_t film, bool exactly)
{
    const size_t d = v->info.dimensions, first = v->starts[film], n = v->starts[film + 1] - first;
    v->kernels->dots(v->high + first * d, n, d, q->values, q->high);
    if (exactly)
        v->kernels->dots(v->low + first * d, n, d, q->values, q->low);
    for (size_t i = 0; i < n; i++) {
        const double dot = 256.0 * q->high[i] + (exactly ? q->low[i] : 0);
        q->scores[i] = (float)((double)q->scale * (double)v->scales[first + i] * dot);
    }
    return score_film(v, film, q->scores, q->share);
}

static bt_vectors_hit hit_of(const bt_vectors *v, const vectors_found *found)
{
    return (bt_vectors_hit){v->info.film_ids[found->film], found->score, v->passages[found->row]};
}

/* --- which films ------------------------------------------------------------------------------------------------------ */

static size_t bin_of(float score)
{
    const float at = (score + 1) * (BINS / 2);
    return !(at > 0) ? 0 : at < BINS ? (size_t)at : BINS - 1; /* an estimate may lie beyond 1 */
}

/* Films that may come: all if those are few, else those with the best estimates, at least `wanted`. `estimates` has room for a number a
 * film. False: no memory. */
static bool choose(const bt_vectors *v, const float *query, const bt_vectors_params *params, size_t wanted, float *estimates,
                   uint32_t *out, size_t *n)
{
    size_t bins[BINS] = {0}, least = BINS, n_better = 0, n_allowed = 0;
    for (uint32_t film = 0; film < v->info.n_films; film++) {
        out[n_allowed] = film;
        n_allowed += params->allowed == NULL || params->allowed[film] != 0;
    }
    *n = n_allowed;
    if (n_allowed <= wanted || v->signs == NULL)
        return true;
    if (!vectors_estimate(v, query, params->whole, estimates))
        return false;
    for (size_t i = 0; i < n_allowed; i++)
        bins[bin_of(estimates[out[i]])]++;
    while (least > 0 && n_better < wanted)
        n_better += bins[--least];
    *n = 0;
    for (size_t i = 0; i < n_allowed; i++) {
        const uint32_t film = out[i];
        out[*n] = film;
        *n += bin_of(estimates[film]) >= least;
    }
    return true;
}

/* How far off the high bytes may be: eight standard deviations of what is rounded away, the same in every direction. */
static float most_error(const bt_vectors *v)
{
    return 8 * v->scale_max * 256 / sqrtf(12);
}

/* Films that are chosen lie apart in a large file: the one after the next is fetched while this one is looked at. */
static void fetch_ahead(const bt_vectors *v, const uint32_t *films, size_t n_films, size_t i)
{
    enum { AHEAD = 2, LINE = 64 };
    if (i + AHEAD >= n_films)
        return;
    const size_t d = v->info.dimensions, film = films[i + AHEAD];
    for (const int8_t *p = v->high + v->starts[film] * d, *end = v->high + v->starts[film + 1] * d; p < end; p += LINE)
        __builtin_prefetch(p);
}

/* The best `limit` (at least 1) of the chosen films. `coarse` has room for them all; best for `limit`. */
static size_t find_best(const bt_vectors *v, const whole_query *q, const uint32_t *films, size_t n_films, size_t limit,
                        vectors_found *coarse, vectors_found *best)
{
    size_t n = 0;
    for (size_t i = 0; i < n_films; i++) {
        fetch_ahead(v, films, n_films, i);
        coarse[i] = look_at(v, q, films[i], false);
        vectors_offer(best, &n, limit, coarse[i]);
    }
    const float least = n < limit ? -INFINITY : best[0].score - most_error(v);
    n = 0;
    for (size_t i = 0; i < n_films; i++)
        if (!(coarse[i].score < least))
            vectors_offer(best, &n, limit, look_at(v, q, films[i], true));
    vectors_sort(best, n);
    return n;
}

/* --- asking ----------------------------------------------------------------------------------------------------------- */

static bt_status check_query(const float *query, size_t n, const bt_vectors_params *params, bt_error *error)
{
    double squares = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(query[i]))
            return error_set(error, BT_INVALID_ARGUMENT, "value %zu of the query's vector is no number", i);
        squares += (double)query[i] * (double)query[i];
    }
    if (squares > 4)
        return error_set(error, BT_INVALID_ARGUMENT, "the query's vector has the length %g, expected 1", sqrt(squares));
    if (!(params->whole >= 0 && params->whole <= 1))
        return error_set(error, BT_INVALID_ARGUMENT, "the whole text's share is %g, expected 0 to 1", (double)params->whole);
    return BT_OK;
}

/* One block for all of its arrays, which begins with `scores`. NULL: no memory. */
static float *take_query(const bt_vectors *v, const float *query, float share, whole_query *q)
{
    const size_t d = v->info.dimensions, n = v->n_rows_max;
    q->scores = memory_array(n * 3 + d / 2, sizeof(float));
    if (q->scores == NULL)
        return NULL;
    q->high = (int32_t *)(void *)(q->scores + n);
    q->low = q->high + n;
    int16_t *values = (int16_t *)(void *)(q->low + n);
    q->values = values;
    q->scale = vectors_quantize(query, d, values);
    q->share = share;
    return q->scores;
}

bt_status bt_vectors_search(const bt_vectors *vectors, const float *query, const bt_vectors_params *params, bt_vectors_hit *out,
                            size_t *n, bt_error *error)
{
    const bt_vectors_params used = params != NULL ? *params : bt_vectors_params_default();
    const size_t n_films = vectors->info.n_films, limit = used.limit < n_films ? used.limit : n_films;
    *n = 0;
    const bt_status status = check_query(query, vectors->info.dimensions, &used, error);
    if (status != BT_OK || limit == 0)
        return status;
    whole_query q;
    float *room = take_query(vectors, query, used.whole, &q), *estimates = memory_array(n_films, sizeof *estimates);
    uint32_t *films = memory_array(n_films, sizeof *films);
    vectors_found *coarse = memory_array(n_films, sizeof *coarse), *best = memory_array(limit, sizeof *best);
    bool has_memory = room != NULL && estimates != NULL && films != NULL && coarse != NULL && best != NULL;
    size_t n_chosen;
    has_memory = has_memory && choose(vectors, query, &used, limit + LOOK_MORE, estimates, films, &n_chosen);
    if (has_memory) {
        *n = find_best(vectors, &q, films, n_chosen, limit, coarse, best);
        for (size_t i = 0; i < *n; i++)
            out[i] = hit_of(vectors, &best[i]);
    }
    bt_free(room);
    bt_free(estimates);
    bt_free(films);
    bt_free(coarse);
    bt_free(best);
    return has_memory ? BT_OK : error_no_memory(error, "searching vectors");
}

bt_status bt_vectors_score(const bt_vectors *vectors, const float *query, const bt_vectors_params *params,
                           const uint32_t *film_ids, size_t n, bt_vectors_hit *out, bt_error *error)
{
    const bt_vectors_params used = params != NULL ? *params : bt_vectors_params_default();
    const bt_status status = check_query(query, vectors->info.dimensions, &used, error);
    if (status != BT_OK)
        return status;
    whole_query q;
    float *room = take_query(vectors, query, used.whole, &q);
    if (room == NULL)
        return error_no_memory(error, "scoring films by their vectors");
    for (size_t i = 0; i < n; i++) {
        const size_t at = sorted_find(vectors->info.film_ids, vectors->info.n_films, film_ids[i]);
        out[i] = (bt_vectors_hit){.film_id = film_ids[i]};
        if (at == SIZE_MAX)
            continue;
        const vectors_found found = look_at(vectors, &q, (uint32_t)at, true);
        out[i] = hit_of(vectors, &found);
    }
    bt_free(room);
    return BT_OK;
}
