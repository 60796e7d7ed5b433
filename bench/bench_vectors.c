/* bench_vectors FOLDER [FILMS]: 300 queries against the vectors of 60,000 generated films of 512 values, a whole text and two sentences
 * each; as one line of JSON: milliseconds to open the file, and of a query alone on one thread (least, middle, 99th of 100) for 20 films and
 * for 1,000, and how many of the first 20 a scan of all vectors in float64 finds too. The file is FOLDER/vectors.bt and is removed.
 *
 * Vectors lie around topics, so that films have near ones, as texts do.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "search/vectors.h"

enum { D = 512, ROWS = 3, TOPICS = 2000, QUERIES = 300, CHECKED = 20, LIMIT = 20, LIMIT_MAX = 1000 };

static const bt_passage passages[ROWS] = {{0, 0, 0}, {0, 0, 80}, {0, 81, 170}};

static double milliseconds(void)
{
    struct timespec t = {0};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* A vector around `center` (NULL: anywhere), of unit length. */
static void draw(random_stream *r, const float *center, float spread, float *out)
{
    double squares = 0;
    for (size_t i = 0; i < D; i++) {
        const float noise = (float)(random_unit(r) + random_unit(r) + random_unit(r) - 1.5);
        out[i] = center != NULL ? 18 * center[i] + spread * noise : noise;
        squares += (double)out[i] * (double)out[i];
    }
    for (size_t i = 0; i < D; i++)
        out[i] /= (float)sqrt(squares);
}

static void fail(const bt_error *error)
{
    fprintf(stderr, "bench_vectors: %s\n", error->message);
    exit(1);
}

static void write_films(const char *path, size_t n_films)
{
    static float topics[TOPICS][D], rows[ROWS][D];
    random_stream r = random_make(1, 0);
    for (size_t i = 0; i < TOPICS; i++)
        draw(&r, NULL, 1, topics[i]);
    vectors_builder b;
    bt_error error = {0};
    vectors_builder_begin(&b, D);
    for (size_t film = 0; film < n_films; film++) {
        draw(&r, topics[random_below(&r, TOPICS)], 1, rows[0]);
        for (size_t i = 1; i < ROWS; i++)
            draw(&r, rows[0], 1, rows[i]);
        if (vectors_builder_add(&b, (uint32_t)film + 1, film, passages, rows[0], ROWS, &error) != BT_OK)
            fail(&error);
    }
    const bt_encoder_info encoder = {.name = "muse"};
    if (vectors_builder_write(&b, path, &encoder, 1, 0, &error) != BT_OK)
        fail(&error);
    vectors_builder_free(&b);
}

static void unpack(const bt_vectors *v, size_t row, float *out)
{
    for (size_t i = 0; i < D; i++)
        out[i] = v->scales[row] * (float)(256 * v->high[row * D + i] + v->low[row * D + i]);
}

static double dot(const bt_vectors *v, size_t row, const float *query)
{
    double sum = 0;
    for (size_t i = 0; i < D; i++)
        sum += (double)(256 * v->high[row * D + i] + v->low[row * D + i]) * (double)query[i];
    return (double)v->scales[row] * sum;
}

static double exact_score(const bt_vectors *v, size_t film, const float *query)
{
    const double a = dot(v, film * ROWS + 1, query), b = dot(v, film * ROWS + 2, query);
    return 0.5 * dot(v, film * ROWS, query) + 0.5 * (a > b ? a : b);
}

/* How many of the hits are among the best LIMIT by float64; `scores` has room for all films. */
static size_t agreeing(const bt_vectors *v, const float *query, const bt_vectors_hit *hits, size_t n, double *scores)
{
    const size_t n_films = bt_vectors_describe(v)->n_films;
    size_t found = 0;
    for (size_t film = 0; film < n_films; film++)
        scores[film] = exact_score(v, film, query);
    for (size_t i = 0; i < n; i++) {
        size_t better = 0;
        for (size_t film = 0; film < n_films; film++)
            better += scores[film] > scores[hits[i].film_id - 1];
        found += better < LIMIT;
    }
    return found;
}

static int rising(const void *x, const void *y)
{
    const double a = *(const double *)x, b = *(const double *)y;
    return a < b ? -1 : a > b;
}

/* The same queries with each limit, one line of members. */
static void ask(const bt_vectors *v, size_t limit)
{
    static bt_vectors_hit hits[LIMIT_MAX];
    random_stream r = random_make(2, 0);
    double took[QUERIES];
    bt_error error = {0};
    for (size_t i = 0; i < QUERIES; i++) {
        float query[D], film[D];
        size_t n = 0;
        unpack(v, random_below(&r, bt_vectors_describe(v)->n_films) * ROWS, film);
        draw(&r, film, 2, query);
        const bt_vectors_params params = {.limit = limit, .whole = 0.5f};
        const double began = milliseconds();
        if (bt_vectors_search(v, query, &params, hits, &n, &error) != BT_OK)
            fail(&error);
        took[i] = milliseconds() - began;
    }
    qsort(took, QUERIES, sizeof *took, rising);
    printf(", \"limit_%zu\": {\"ms_min\": %.2f, \"ms_p50\": %.2f, \"ms_p99\": %.2f}", limit, took[0], took[QUERIES / 2],
           took[QUERIES * 99 / 100]);
}

static double agreement(const bt_vectors *v)
{
    const size_t n_films = bt_vectors_describe(v)->n_films;
    double *scores = memory_array(n_films, sizeof *scores);
    bt_error error = {.message = "no memory"};
    random_stream r = random_make(2, 0);
    size_t agree = 0, n_hits = 0;
    for (size_t i = 0; i < CHECKED; i++) {
        float query[D], film[D];
        bt_vectors_hit hits[LIMIT];
        size_t n = 0;
        unpack(v, random_below(&r, n_films) * ROWS, film);
        draw(&r, film, 2, query);
        if (scores == NULL || bt_vectors_search(v, query, NULL, hits, &n, &error) != BT_OK)
            fail(&error);
        agree += agreeing(v, query, hits, n, scores);
        n_hits += n;
    }
    bt_free(scores);
    return (double)agree / (double)n_hits;
}

int main(int argc, char **argv)
{
    const size_t n_films = argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : 60000;
    char *path = argc > 1 ? file_join(argv[1], "vectors.bt") : NULL;
    if (path == NULL || n_films == 0) {
        fputs("usage: bench_vectors FOLDER [FILMS]\n", stderr);
        return 2;
    }
    bt_vectors *v = NULL;
    bt_error error = {0};
    write_films(path, n_films);
    const double began = milliseconds();
    if (bt_vectors_open(path, &v, &error) != BT_OK)
        fail(&error);
    printf("{\"films\": %zu, \"vectors\": %zu, \"ms_open\": %.0f", n_films, n_films * ROWS, milliseconds() - began);
    ask(v, LIMIT);
    ask(v, LIMIT_MAX);
    printf(", \"agreement_20\": %.4f}\n", agreement(v));
    bt_vectors_close(v);
    file_remove(path, NULL);
    bt_free(path);
    return 0;
}
