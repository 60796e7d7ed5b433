/* The nearest films of each film. The films to be looked at are cut into tiles that stay in the cache; a piece of work is a tile of
 * films against all others, in whole numbers: high bytes against high bytes. Each film keeps a heap of the nearest, somewhat more than
 * are wanted, which are then compared again with all 16 bits.
 *
 * The result depends neither on the processor nor on the number of threads; ties go to the smaller id.
 */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/pool.h"
#include "base/sorted.h"
#include "search/vectors.h"

enum { TILE = 32, ROUND = 16 /* tiles between two reports */, KEPT = BT_NEIGHBOURS + 32 };

typedef struct lane_memory {
    int16_t wide[TILE * VECTORS_DIMENSIONS_MAX]; /* a tile's high bytes */
    int16_t exact[VECTORS_DIMENSIONS_MAX];       /* one film's vector, all bits of it */
    int32_t dots[TILE];
    vectors_found kept[TILE][KEPT];
} lane_memory;

typedef struct work {
    const bt_vectors *v;
    int8_t *rows;   /* n_films x dimensions: high bytes of the first rows, one behind the other */
    float *scales;  /* n_films */
    uint32_t *todo; /* n_todo films that are compared with all */
    size_t n_todo, first_tile;
    lane_memory *lanes;
    uint32_t *neighbours; /* n_films x BT_NEIGHBOURS */
    float *similarities;
} work;

/* --- one film --------------------------------------------------------------------------------------------------------- */

/* A film's vector for `dots`; returns its scale. */
static float unpack(const bt_vectors *v, size_t film, int16_t *out)
{
    float x[VECTORS_DIMENSIONS_MAX];
    const size_t d = v->info.dimensions, row = v->starts[film];
    for (size_t i = 0; i < d; i++)
        x[i] = v->scales[row] * (float)(256 * v->high[row * d + i] + v->low[row * d + i]);
    return vectors_quantize(x, d, out);
}

static float similarity(const bt_vectors *v, const int16_t *x, float scale, size_t film)
{
    const size_t d = v->info.dimensions, row = v->starts[film];
    int32_t high, low;
    v->kernels->dots(v->high + row * d, 1, d, x, &high);
    v->kernels->dots(v->low + row * d, 1, d, x, &low);
    return (float)((double)scale * (double)v->scales[row] * (256.0 * high + low));
}

/* The row of a film from those that are nearest to it, in order. */
static void write_row(const work *w, size_t film, const vectors_found *found, size_t n)
{
    uint32_t *neighbours = w->neighbours + film * BT_NEIGHBOURS;
    float *similarities = w->similarities + film * BT_NEIGHBOURS;
    for (size_t i = 0; i < BT_NEIGHBOURS; i++) {
        const bool is_near = i < n && found[i].score > 0;
        neighbours[i] = is_near ? found[i].film : BT_NO_NEIGHBOUR;
        similarities[i] = is_near ? found[i].score : 0;
    }
}

static void finish_film(const work *w, size_t film, vectors_found *kept, size_t n, int16_t *exact)
{
    const float scale = unpack(w->v, film, exact);
    for (size_t i = 0; i < n; i++)
        kept[i].score = similarity(w->v, exact, scale, kept[i].film);
    vectors_sort(kept, n);
    write_row(w, film, kept, n);
}

/* --- tiles ------------------------------------------------------------------------------------------------------------ */

/* A film against a tile of others; what both scales have in common is left out: it changes no order. */
static void meet(const work *w, uint32_t film, const int16_t *wide, size_t from, size_t n, int32_t *dots, vectors_found *kept,
                 size_t *n_kept)
{
    const size_t d = w->v->info.dimensions;
    w->v->kernels->dots(w->rows + from * d, n, d, wide, dots);
    for (size_t i = 0; i < n; i++)
        if (from + i != film)
            vectors_offer(kept, n_kept, KEPT, (vectors_found){(uint32_t)(from + i), w->scales[from + i] * (float)dots[i], 0});
}

static void find_tile(void *context, size_t piece, size_t lane)
{
    const work *w = context;
    lane_memory *memory = &w->lanes[lane];
    const size_t d = w->v->info.dimensions, n_films = w->v->info.n_films;
    const size_t first = (w->first_tile + piece) * TILE, n = w->n_todo - first < TILE ? w->n_todo - first : TILE;
    const uint32_t *todo = w->todo + first;
    size_t n_kept[TILE] = {0};
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < d; k++)
            memory->wide[i * d + k] = w->rows[todo[i] * d + k]; // NOLINT(bugprone-signed-char-misuse): they are numbers
    for (size_t from = 0; from < n_films; from += TILE)
        for (size_t i = 0; i < n; i++)
            meet(w, todo[i], memory->wide + i * d, from, n_films - from < TILE ? n_films - from : TILE, memory->dots,
                 memory->kept[i], &n_kept[i]);
    for (size_t i = 0; i < n; i++)
        finish_film(w, todo[i], memory->kept[i], n_kept[i], memory->exact);
}

static bool report(const bt_progress *progress, size_t done, size_t n)
{
    return progress == NULL || progress->report == NULL ||
           progress->report(progress->context, "finding films that are alike", "films", done, n);
}

static bt_status find_all(work *w, pool *threads, const bt_progress *progress, bt_error *error)
{
    const size_t n_tiles = (w->n_todo + TILE - 1) / TILE, n_round = ROUND * pool_lanes(threads);
    for (w->first_tile = 0; w->first_tile < n_tiles; w->first_tile += n_round) {
        if (!report(progress, w->first_tile * TILE, w->n_todo))
            return error_set(error, BT_CANCELLED, "finding films that are alike was stopped");
        const size_t left = n_tiles - w->first_tile;
        pool_run(threads, left < n_round ? left : n_round, find_tile, w);
    }
    report(progress, w->n_todo, w->n_todo);
    return BT_OK;
}

/* --- from a table of before -------------------------------------------------------------------------------------------- */

/* The row that the film had, in today's positions, the farthest first; false: one of its neighbours is gone or changed, so that the row
 * lacks one. */
static bool take_row(const work *w, const bt_neighbours_info *before, const uint8_t *is_new, size_t film, vectors_found *row,
                     size_t *n)
{
    const bt_vectors_info *info = &w->v->info;
    const size_t was = sorted_find(before->film_ids, before->n_films, info->film_ids[film]);
    *n = 0;
    if (was == SIZE_MAX)
        return false;
    for (size_t i = BT_NEIGHBOURS; i-- > 0;) {
        const uint32_t neighbour = before->neighbours[was * BT_NEIGHBOURS + i];
        if (neighbour == BT_NO_NEIGHBOUR)
            continue;
        const size_t at = sorted_find(info->film_ids, info->n_films, before->film_ids[neighbour]);
        if (at == SIZE_MAX || is_new[at])
            return false;
        row[(*n)++] = (vectors_found){(uint32_t)at, before->similarities[was * BT_NEIGHBOURS + i], 0};
    }
    return true;
}

/* Rows of before, with the new films where they are nearer than what was there. Films for which that won't do are left to do. */
static void carry_over(work *w, const bt_neighbours_info *before, const uint8_t *is_new)
{
    const size_t n_films = w->v->info.n_films;
    int16_t *exact = w->lanes[0].exact;
    for (size_t film = 0; film < n_films; film++) {
        vectors_found row[BT_NEIGHBOURS];
        size_t n = 0;
        if (is_new[film] || !take_row(w, before, is_new, film, row, &n)) {
            w->todo[w->n_todo++] = (uint32_t)film;
            continue;
        }
        const float scale = unpack(w->v, film, exact);
        for (uint32_t other = 0; other < n_films; other++)
            if (is_new[other]) /* a row that is sorted, the farthest first, is a heap */
                vectors_offer(row, &n, BT_NEIGHBOURS, (vectors_found){other, similarity(w->v, exact, scale, other), 0});
        vectors_sort(row, n);
        write_row(w, film, row, n);
    }
}

/* Whether what is new is so little that carrying over is less work than comparing all: an exact product takes some 20 times as long. */
static bool is_little(const uint8_t *is_new, size_t n_films)
{
    size_t n_new = 0;
    for (size_t i = 0; i < n_films; i++)
        n_new += is_new[i] != 0;
    return n_new <= n_films / 64 + 1;
}

/* --- the whole --------------------------------------------------------------------------------------------------------- */

static bool take_memory(work *w, size_t n_lanes)
{
    const size_t n_films = w->v->info.n_films;
    w->rows = memory_array(n_films, w->v->info.dimensions);
    w->scales = memory_array(n_films, sizeof *w->scales);
    w->todo = memory_array(n_films, sizeof *w->todo);
    w->lanes = memory_array(n_lanes, sizeof *w->lanes);
    w->neighbours = memory_array(n_films * BT_NEIGHBOURS, sizeof *w->neighbours);
    w->similarities = memory_array(n_films * BT_NEIGHBOURS, sizeof *w->similarities);
    return w->rows != NULL && w->scales != NULL && w->todo != NULL && w->lanes != NULL && w->neighbours != NULL &&
           w->similarities != NULL;
}

/* The films' first rows, side by side. */
static void gather(work *w)
{
    const size_t d = w->v->info.dimensions;
    for (size_t film = 0; film < w->v->info.n_films; film++) {
        const size_t row = w->v->starts[film];
        memcpy(w->rows + film * d, w->v->high + row * d, d);
        w->scales[film] = w->v->scales[row];
    }
}

static void plan(work *w, const bt_neighbours *before, const uint8_t *is_new)
{
    if (before != NULL && is_little(is_new, w->v->info.n_films)) {
        carry_over(w, bt_neighbours_describe(before), is_new);
        return;
    }
    for (uint32_t film = 0; film < w->v->info.n_films; film++)
        w->todo[w->n_todo++] = film;
}

bt_status bt_vectors_neighbours(const bt_vectors *vectors, const bt_neighbours *before, const uint8_t *is_new, size_t n_threads,
                                const bt_progress *progress, bt_neighbours **out, bt_error *error)
{
    *out = NULL;
    pool *threads = NULL;
    bt_status status = pool_create(n_threads, &threads, error);
    if (status != BT_OK)
        return status;
    work w = {.v = vectors};
    if (!take_memory(&w, pool_lanes(threads)))
        status = error_no_memory(error, "finding films that are alike");
    if (status == BT_OK) {
        gather(&w);
        plan(&w, before, is_new);
        status = find_all(&w, threads, progress, error);
    }
    const bt_neighbours_info columns = {
        .n_films = vectors->info.n_films,
        .film_ids = vectors->info.film_ids,
        .neighbours = w.neighbours,
        .similarities = w.similarities,
        .method = vectors->info.encoder,
        .texts_fingerprint = vectors->info.texts_fingerprint,
    };
    if (status == BT_OK)
        status = bt_neighbours_make(&columns, out, error);
    bt_free(w.rows);
    bt_free(w.scales);
    bt_free(w.todo);
    bt_free(w.lanes);
    bt_free(w.neighbours);
    bt_free(w.similarities);
    pool_free(threads);
    return status;
}
