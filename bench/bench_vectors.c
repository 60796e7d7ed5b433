/* bench_vectors FOLDER [FILMS]: 300 queries against the vectors of 60,000 generated films of 512 values, a whole text and two sentences
 * each; as one line of JSON: milliseconds of a query alone on one thread (middle, 99th of 100), and how much of the first 20 a scan of all
 * vectors in float64 finds too. The file is FOLDER/vectors.bt and is removed.
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

enum { D = 512, ROWS = 3, TOPICS = 2000, QUERIES = 300, CHECKED = 40, LIMIT = 20 };

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

static void write_films(const char *path, size_t n_films, float *all)
{
    static float topics[TOPICS][D];
    random_stream r = random_make(1, 0);
    for (size_t i = 0; i < TOPICS; i++)
        draw(&r, NULL, 1, topics[i]);
    vectors_builder b;
    bt_error error = {0};
    vectors_builder_begin(&b, D);
    for (size_t film = 0; film < n_films; film++) {
        float *rows = all + film * ROWS * D;
        draw(&r, topics[random_below(&r, TOPICS)], 1, rows);
        for (size_t i = 1; i < ROWS; i++)
            draw(&r, rows, 1, rows + i * D);
        if (vectors_builder_add(&b, (uint32_t)film + 1, film, passages, rows, ROWS, &error) != BT_OK)
            fail(&error);
    }
    const bt_encoder_info encoder = {.name = "muse"};
    if (vectors_builder_write(&b, path, &encoder, 1, 0, &error) != BT_OK)
        fail(&error);
    vectors_builder_free(&b);
}

static double dot(const float *x, const float *y)
{
    double sum = 0;
    for (size_t i = 0; i < D; i++)
        sum += (double)x[i] * (double)y[i];
    return sum;
}

static double exact_score(const float *rows, const float *query)
{
    const double a = dot(rows + D, query), b = dot(rows + 2 * D, query);
    return 0.5 * dot(rows, query) + 0.5 * (a > b ? a : b);
}

/* How many of the hits are among the best LIMIT by float64. */
static size_t agreeing(const float *all, size_t n_films, const float *query, const bt_vectors_hit *hits, size_t n)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        const double mine = exact_score(all + (size_t)(hits[i].film_id - 1) * ROWS * D, query);
        size_t better = 0;
        for (size_t film = 0; film < n_films && better < LIMIT; film++)
            better += exact_score(all + film * ROWS * D, query) > mine;
        found += better < LIMIT;
    }
    return found;
}

static int rising(const void *x, const void *y)
{
    const double a = *(const double *)x, b = *(const double *)y;
    return a < b ? -1 : a > b;
}

int main(int argc, char **argv)
{
    const size_t n_films = argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : 60000;
    char *path = argc > 1 ? file_join(argv[1], "vectors.bt") : NULL;
    float *all = memory_array(n_films * ROWS * D, sizeof *all);
    if (path == NULL || all == NULL || n_films == 0) {
        fputs("usage: bench_vectors FOLDER [FILMS]\n", stderr);
        return 2;
    }
    bt_vectors *v = NULL;
    bt_error error = {0};
    write_films(path, n_films, all);
    if (bt_vectors_open(path, &v, &error) != BT_OK)
        fail(&error);
    random_stream r = random_make(2, 0);
    double took[QUERIES];
    size_t agree = 0;
    for (size_t i = 0; i < QUERIES; i++) {
        float query[D];
        bt_vectors_hit hits[LIMIT];
        size_t n = 0;
        draw(&r, all + random_below(&r, n_films) * ROWS * D, 2, query);
        const double began = milliseconds();
        if (bt_vectors_search(v, query, NULL, hits, &n, &error) != BT_OK)
            fail(&error);
        took[i] = milliseconds() - began;
        agree += i < CHECKED ? agreeing(all, n_films, query, hits, n) : 0;
    }
    qsort(took, QUERIES, sizeof *took, rising);
    const size_t wanted = n_films < LIMIT ? n_films : LIMIT;
    printf("{\"films\": %zu, \"vectors\": %zu, \"ms_min\": %.2f, \"ms_p50\": %.2f, \"ms_p99\": %.2f, \"agreement_20\": %.4f}\n",
           n_films, n_films * ROWS, took[0], took[QUERIES / 2], took[QUERIES * 99 / 100],
           (double)agree / (double)(wanted * CHECKED));
    bt_vectors_close(v);
    file_remove(path, NULL);
    bt_free(path);
    bt_free(all);
    return 0;
}
