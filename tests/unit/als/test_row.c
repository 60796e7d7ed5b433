/* One row's solution against the equations rebuilt in float64 from the same factors: |A x - b| <= 1e-4 |b|. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "als/als.h"
#include "base/memory.h"
#include "base/random.h"
#include "support/test.h"

typedef struct fixture {
    als_factors fixed;
    als_scratch scratch;
    als_weights weights;
    pool *threads;
    uint32_t *columns;
    uint8_t *half_stars;
    size_t n;
    float *x;
} fixture;

/* Random factors with a common direction, as real ones have it (popularity): that makes G badly conditioned. */
static fixture make(size_t n_fixed, size_t rank, size_t n, const bt_train_params *params, uint64_t seed)
{
    fixture f = {.weights = als_weights_of(params), .n = n};
    bt_error error = {0};
    CHECK_OK(als_factors_make(n_fixed, rank, &f.fixed, &error), error);
    CHECK_OK(als_scratch_make(f.fixed.ld, &f.scratch, &error), error);
    CHECK_OK(pool_create(1, &f.threads, &error), error);
    als_factors_randomize(&f.fixed, seed);
    for (size_t r = 0; r < n_fixed; r++)
        f.fixed.rows[r * f.fixed.ld] += 1.0f;
    als_factors_sum(&f.fixed, simd_available(0), f.threads);
    f.columns = malloc((n + 1) * sizeof *f.columns);
    f.half_stars = malloc(n + 1);
    f.x = memory_aligned(f.fixed.ld, sizeof(float));
    REQUIRE(f.columns != NULL && f.half_stars != NULL && f.x != NULL);
    random_stream random = random_make(seed, UINT64_MAX);
    for (size_t i = 0; i < n; i++) {
        f.columns[i] = (uint32_t)random_below(&random, n_fixed);
        f.half_stars[i] = (uint8_t)(i == 0 ? 10 : 1 + random_below(&random, 10));
    }
    return f;
}

static void release(fixture *f)
{
    als_factors_free(&f->fixed);
    als_scratch_free(&f->scratch);
    pool_free(f->threads);
    free(f->columns);
    free(f->half_stars);
    bt_free(f->x);
}

/* |A x - b| / |b|, from the definition: every cell of the row has its term. */
static double relative_residual(const fixture *f, const bt_train_params *p)
{
    const size_t k = f->fixed.rank, ld = f->fixed.ld;
    double *residual = calloc(k, sizeof *residual), *b = calloc(k, sizeof *b), sum_c = (double)f->fixed.n_rows;
    for (size_t row = 0; row < f->fixed.n_rows + f->n; row++) {
        /* First all cells with the weight 1, then each rating with what it has in excess. */
        const bool is_rating = row >= f->fixed.n_rows;
        const size_t column = is_rating ? f->columns[row - f->fixed.n_rows] : row;
        const int half_stars = is_rating ? f->half_stars[row - f->fixed.n_rows] : 0;
        const double e = p->alpha * (half_stars >= 8 ? 1.0 : half_stars >= 5 ? p->interest : p->aversion);
        const double weight = is_rating ? e : 1.0, target = half_stars >= 5 && e > 0.0 ? 1.0 + e : 0.0;
        const float *y = f->fixed.rows + column * ld;
        double score = 0.0;
        for (size_t j = 0; j < k; j++)
            score += (double)y[j] * (double)f->x[j];
        for (size_t j = 0; j < k; j++) {
            residual[j] += (weight * score - target) * (double)y[j];
            b[j] += target * (double)y[j];
        }
        sum_c += is_rating ? e : 0.0;
    }
    double norm_r = 0.0, norm_b = 0.0;
    for (size_t j = 0; j < k; j++) {
        residual[j] += p->reg_param * pow(sum_c, p->reg_exponent) * (double)f->x[j];
        norm_r += residual[j] * residual[j];
        norm_b += b[j] * b[j];
    }
    free(residual);
    free(b);
    return sqrt(norm_r / norm_b);
}

static void check_exact(size_t n_fixed, size_t rank, size_t n, const bt_train_params *params)
{
    for (size_t table = 0; simd_available(table) != NULL; table++) {
        fixture f = make(n_fixed, rank, n, params, 17 * rank + n);
        const als_row row = {f.columns, f.half_stars, f.n, 0};
        REQUIRE(als_solve_row(&f.fixed, &f.weights, simd_available(table), row, &f.scratch, f.x));
        CHECK_NEAR(relative_residual(&f, params), 0.0, 1e-4);
        release(&f);
    }
}

TEST(rows_of_all_lengths_are_exact)
{
    const bt_train_params params = bt_train_params_default();
    const size_t ranks[] = {1, 2, 15, 16, 17, 64, 100}, lengths[] = {1, 2, 127, 128, 129, 1000};
    for (size_t r = 0; r < sizeof ranks / sizeof *ranks; r++)
        for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++)
            check_exact(2000, ranks[r], lengths[l], &params);
}

TEST(a_row_of_a_million_ratings_is_exact)
{
    const bt_train_params params = bt_train_params_default();
    check_exact(5000, 16, 1000000, &params);
}

TEST(hard_weights_are_exact)
{
    bt_train_params params = bt_train_params_default();
    params.reg_param = 1e-7; /* nearly singular: float alone can't */
    check_exact(2000, 32, 50, &params);
    params.alpha = 1e6;
    check_exact(2000, 32, 50, &params);
    params = bt_train_params_default();
    params.aversion = 1e9; /* leaves float's range when squared */
    check_exact(2000, 32, 50, &params);
}

TEST(rows_without_a_like_are_exactly_zero)
{
    const bt_train_params params = bt_train_params_default();
    fixture f = make(100, 20, 10, &params, 5);
    memset(f.half_stars, 2, f.n);
    for (size_t n = 0; n <= f.n; n += f.n) {
        memset(f.x, 0xff, f.fixed.ld * sizeof *f.x);
        CHECK(
            als_solve_row(&f.fixed, &f.weights, simd_available(0), (als_row){f.columns, f.half_stars, n, 0}, &f.scratch, f.x));
        for (size_t i = 0; i < f.fixed.ld; i++)
            CHECK(f.x[i] == 0.0f);
    }
    release(&f);
}

TEST(singular_equations_are_refused)
{
    bt_train_params params = bt_train_params_default();
    params.reg_param = 0.0;
    fixture f = make(10, 32, 5, &params, 5); /* rank 32 from 10 films */
    memset(f.half_stars, 10, f.n);
    CHECK(!als_solve_row(&f.fixed, &f.weights, simd_available(0), (als_row){f.columns, f.half_stars, f.n, 0}, &f.scratch, f.x));
    release(&f);
}
