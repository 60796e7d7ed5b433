/* The yardsticks against their definitions, computed here from the ratings by the plainest means. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate/ranker.h"
#include "evaluate/spd.h"
#include "support/tastes.h"
#include "support/test.h"

static const tastes_params few_people = {.seed = 3, .n_users = 25, .n_films = 90, .n_groups = 3, .ratings_per_user = 12};
static const tastes_params few_films = {.seed = 4, .n_users = 120, .n_films = 30, .n_groups = 3, .ratings_per_user = 10};

static pool *two_threads(void)
{
    pool *threads = NULL;
    bt_error error = {0};
    CHECK_OK(pool_create(2, &threads, &error), error);
    return threads;
}

/* --- the matrix ----------------------------------------------------------------------------------------------------------- */

TEST(root_of_the_inverse)
{
    enum { N = 150 }; /* two blocks and a piece */
    double *a = calloc(N * N, sizeof *a), *v = malloc(N * N * sizeof *v), column[SPD_BLOCK * N], x[N], half[N], y[N];
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            a[i * N + j] = (i == j ? 3.0 : 0.0) + 1.0 / (1.0 + (i > j ? (double)(i - j) : (double)(j - i)));
    memcpy(v, a, N * N * sizeof *v);
    pool *threads = two_threads();
    CHECK(spd_inverse_root(v, N, column, threads));
    for (size_t i = 0; i < N; i++)
        x[i] = sin((double)i);
    spd_multiply_transposed(v, N, x, half);
    spd_multiply(v, N, half, y);
    for (size_t i = 0; i < N; i++) {
        double sum = 0.0;
        for (size_t j = 0; j < N; j++)
            sum += a[i * N + j] * y[j];
        CHECK_NEAR(sum, x[i], 1e-12);
    }
    a[70 * N + 70] = -1.0;
    CHECK(!spd_inverse_root(a, N, column, threads));
    pool_free(threads);
    free(a);
    free(v);
}

/* --- EASE ------------------------------------------------------------------------------------------------------------------- */

/* Gauss-Jordan, no pivoting: the matrix is positive definite. */
static void invert(double *a, double *inverse, size_t n)
{
    for (size_t i = 0; i < n * n; i++)
        inverse[i] = i % (n + 1) == 0 ? 1.0 : 0.0;
    for (size_t p = 0; p < n; p++) {
        const double pivot = a[p * n + p];
        for (size_t j = 0; j < n; j++) {
            a[p * n + j] /= pivot;
            inverse[p * n + j] /= pivot;
        }
        for (size_t i = 0; i < n; i++) {
            const double factor = a[i * n + p];
            for (size_t j = 0; i != p && j < n; j++) {
                a[i * n + j] -= factor * a[p * n + j];
                inverse[i * n + j] -= factor * inverse[p * n + j];
            }
        }
    }
}

/* B = I - P diag(P)^-1 (Steck 2019, equation 8), whole, and x B. */
static void check_ease(const tastes_params *shape)
{
    const bt_ratings *r = tastes_ratings(shape);
    const size_t n = r->n_films;
    double *gram = calloc(n * n, sizeof *gram), *p = malloc(n * n * sizeof *p), *scores = malloc(n * sizeof *scores);
    for (size_t u = 0; u < r->n_users; u++)
        for (uint64_t i = r->user_offsets[u]; i < r->user_offsets[u + 1]; i++)
            for (uint64_t j = r->user_offsets[u]; j < r->user_offsets[u + 1]; j++)
                gram[r->films[i] * n + r->films[j]] += r->half_stars[i] >= 8 && r->half_stars[j] >= 8;
    for (size_t i = 0; i < n; i++)
        gram[i * n + i] += 200.0;
    invert(gram, p, n);
    pool *threads = two_threads();
    ranker *ease = NULL;
    bt_error error = {0};
    CHECK_OK(ranker_ease(r, false, threads, &ease, &error), error);
    const fold_term terms[] = {{0, 10}, {3, 8}, {7, 5}, {11, 9}, {12, 2}};
    const size_t liked[] = {0, 3, 11};
    CHECK_OK(ease->score(ease, terms, 5, scores, &error), error);
    for (size_t j = 0; j < n; j++) {
        double expected = 0.0;
        for (size_t i = 0; i < 3; i++)
            expected += liked[i] == j ? 0.0 : -p[liked[i] * n + j] / p[j * n + j];
        CHECK_NEAR(scores[j], expected, 1e-10);
    }
    ranker_free(ease);
    pool_free(threads);
    free(gram);
    free(p);
    free(scores);
    bt_ratings_close(r);
}

TEST(ease_is_its_closed_form_by_users)
{
    check_ease(&few_people);
}

TEST(ease_is_its_closed_form_by_films)
{
    check_ease(&few_films);
}

/* --- item-kNN --------------------------------------------------------------------------------------------------------------- */

TEST(knn_sums_shrunk_cosines)
{
    const bt_ratings *r = tastes_ratings(&few_films);
    const size_t n = r->n_films;
    double together[30] = {0}, *scores = malloc(n * sizeof *scores);
    REQUIRE(n <= 30);
    for (size_t u = 0; u < r->n_users; u++) {
        bool likes_it = false;
        for (uint64_t i = r->user_offsets[u]; i < r->user_offsets[u + 1]; i++)
            likes_it |= r->films[i] == 4 && r->half_stars[i] >= 8;
        for (uint64_t i = r->user_offsets[u]; likes_it && i < r->user_offsets[u + 1]; i++)
            together[r->films[i]] += r->half_stars[i] >= 8;
    }
    pool *threads = two_threads();
    ranker *knn = NULL;
    bt_error error = {0};
    CHECK_OK(ranker_knn(r, threads, &knn, &error), error);
    const fold_term terms[] = {{2, 6}, {4, 9}};
    CHECK_OK(knn->score(knn, terms, 2, scores, &error), error);
    for (size_t j = 0; j < n; j++)
        CHECK_NEAR(scores[j], j == 4 ? 0.0 : together[j] / (sqrt((double)knn->likes[4] * knn->likes[j]) + 10.0), 1e-12);
    ranker_free(knn);
    pool_free(threads);
    free(scores);
    bt_ratings_close(r);
}
