/* Search over vectors as long as the encoders' are, of which only those are looked at whose signs say so: against float64. Vectors lie
 * around topics, as those of texts do.
 */
#include <math.h>

#include "base/memory.h"
#include "base/random.h"
#include "search/vectors.h"
#include "support/test.h"

enum { D = 512, ROWS = 2 /* a whole text and another */, FILMS = 6000, TOPICS = 100, QUERIES = 25, LIMIT = 20 };

static bt_error error;

/* Around `center` (NULL: anywhere), of unit length. */
static void draw(random_stream *random, const float *center, float spread, float *out)
{
    double squares = 0;
    for (size_t i = 0; i < D; i++) {
        const double noise = random_unit(random) + random_unit(random) - 1;
        out[i] = (center != NULL ? 18 * center[i] : 0) + spread * (float)noise;
        squares += (double)out[i] * (double)out[i];
    }
    for (size_t i = 0; i < D; i++)
        out[i] /= (float)sqrt(squares);
}

/* n_films x ROWS x D; film i has the id i + 1. Release with bt_free. */
static float *make_films(size_t n_films, const char *path)
{
    static const bt_passage passages[ROWS] = {{0, 0, 0}, {1, 0, 0}};
    static float topics[TOPICS][D];
    const bt_encoder_info encoder = {.name = "muse", .dimensions = D};
    random_stream random = random_make(1, 0);
    float *all = memory_array(n_films * ROWS * D, sizeof *all);
    REQUIRE(all != NULL);
    for (size_t i = 0; i < TOPICS; i++)
        draw(&random, NULL, 1, topics[i]);
    vectors_builder b;
    vectors_builder_begin(&b, D);
    for (size_t film = 0; film < n_films; film++) {
        float *rows = all + film * ROWS * D;
        draw(&random, topics[random_below(&random, TOPICS)], 1, rows);
        draw(&random, rows, 1, rows + D);
        CHECK_OK(vectors_builder_add(&b, (uint32_t)film + 1, film, passages, rows, ROWS, &error), error);
    }
    CHECK_OK(vectors_builder_write(&b, path, &encoder, 1, 0, &error), error);
    vectors_builder_free(&b);
    return all;
}

static double exact_score(const float *rows, const float *query)
{
    double best = -2;
    for (const float *row = rows; row < rows + (ptrdiff_t)ROWS * D; row += D) {
        double sum = 0;
        for (size_t i = 0; i < D; i++)
            sum += (double)row[i] * (double)query[i];
        best = sum > best ? sum : best;
    }
    return best;
}

/* How many of the hits are among the best LIMIT of the films that may come. */
static size_t agreeing(const float *all, const uint8_t *allowed, const float *query, const bt_vectors_hit *hits, size_t n)
{
    static double scores[FILMS];
    size_t found = 0;
    for (size_t film = 0; film < FILMS; film++)
        scores[film] = allowed == NULL || allowed[film] ? exact_score(all + film * ROWS * D, query) : -2;
    for (size_t i = 0; i < n; i++) {
        const double mine = scores[hits[i].film_id - 1];
        size_t better = 0;
        CHECK_NEAR(hits[i].score, mine, 1e-4);
        for (size_t film = 0; film < FILMS; film++)
            better += scores[film] > mine + 1e-4;
        found += better < LIMIT;
    }
    return found;
}

static double agreement(const bt_vectors *v, const float *all, const uint8_t *allowed)
{
    const bt_vectors_params params = {.limit = LIMIT, .whole = 0.5f, .allowed = allowed};
    size_t found = 0;
    for (uint64_t i = 0; i < QUERIES; i++) {
        random_stream random = random_make(2, i);
        float query[D];
        bt_vectors_hit hits[LIMIT];
        size_t n = 0;
        draw(&random, all + random_below(&random, FILMS) * ROWS * D, 2, query);
        CHECK_OK(bt_vectors_search(v, query, &params, hits, &n, &error), error);
        CHECK_INT(n, LIMIT);
        found += agreeing(all, allowed, query, hits, n);
    }
    return (double)found / (QUERIES * LIMIT);
}

TEST(the_best_20_are_those_of_a_full_scan)
{
    bt_vectors *v = NULL;
    float *all = make_films(FILMS, test_path("vectors.bt"));
    uint8_t *allowed = memory_zeroed(FILMS, 1);
    REQUIRE(allowed != NULL);
    CHECK_OK(bt_vectors_open(test_path("vectors.bt"), &v, &error), error);
    CHECK(v->signs != NULL);
    CHECK(agreement(v, all, NULL) >= 0.995);
    for (size_t film = 0; film < FILMS; film += 2)
        allowed[film] = 1;
    CHECK(agreement(v, all, allowed) >= 0.995);
    for (size_t film = 0; film < FILMS; film++)
        allowed[film] = film % 100 == 0; /* so few that all are looked at */
    CHECK(agreement(v, all, allowed) >= 1);
    bt_vectors_close(v);
    bt_free(allowed);
    bt_free(all);
}

/* The estimate of a row is off by 0.6 / sqrt(D), and by nothing in the middle. */
TEST(estimates_lie_around_the_scores)
{
    enum { N = 200 };
    bt_vectors *v = NULL;
    float *all = make_films(N, test_path("vectors.bt")), estimates[N];
    double sum = 0, squares = 0;
    CHECK_OK(bt_vectors_open(test_path("vectors.bt"), &v, &error), error);
    for (uint64_t i = 0; i < N; i++) {
        random_stream random = random_make(3, i);
        float query[D];
        draw(&random, NULL, 1, query);
        CHECK(vectors_estimate(v, query, 1, estimates));
        for (size_t film = 0; film < N; film++) {
            const double off = (double)estimates[film] - exact_score(all + film * ROWS * D, query);
            sum += off, squares += off * off;
        }
    }
    const double n = N * N;
    CHECK_NEAR(sum / n, 0.3 / sqrt(D), 0.3 / sqrt(D)); /* the larger of two is taken */
    CHECK_NEAR(sqrt(squares / n), 0.6 / sqrt(D), 0.2 / sqrt(D));
    bt_vectors_close(v);
    bt_free(all);
}

TEST(queries_of_another_length_are_refused)
{
    bt_vectors *v = NULL;
    float *all = make_films(3, test_path("vectors.bt")), query[D] = {3};
    bt_vectors_hit hits[LIMIT];
    size_t n = 7;
    CHECK_OK(bt_vectors_open(test_path("vectors.bt"), &v, &error), error);
    CHECK_STATUS(bt_vectors_search(v, query, NULL, hits, &n, &error), BT_INVALID_ARGUMENT);
    CHECK_CONTAINS(error.message, "length 3, expected 1");
    query[0] = 0; /* nothing is like it */
    CHECK_OK(bt_vectors_search(v, query, NULL, hits, &n, &error), error);
    CHECK_INT(n, 3);
    bt_vectors_close(v);
    bt_free(all);
}

TEST(memory_that_runs_out)
{
    bt_free(make_films(700, test_path("vectors.bt")));
    const float query[D] = {1};
    EACH_FAILED_ALLOCATION
    {
        bt_vectors *v = NULL;
        bt_vectors_hit hits[LIMIT];
        size_t n = 0;
        bt_status status = bt_vectors_open(test_path("vectors.bt"), &v, NULL);
        if (status == BT_OK)
            status = bt_vectors_search(v, query, NULL, hits, &n, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        bt_vectors_close(v);
    }
}
