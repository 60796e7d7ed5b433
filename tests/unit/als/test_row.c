/* One row's solution against the equations rebuilt in float64 from the same factors: |A x - b| <= 1e-4 |b|. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "als/als.h"
#include "als/dual.h"
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
    CHECK_OK(als_scratch_make(f.fixed.ld, n + 1, &f.scratch, &error), error);
    CHECK_OK(pool_create(1, &f.threads, &error), error);
    als_factors_randomize(&f.fixed, seed, 0.1);
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

/* residual (k zeros) = A x - b and |b|, from the definition: every cell of the row has its term. */
static void set_gradient(const fixture *f, const bt_train_params *p, double *residual, double *norm_of_b)
{
    const size_t k = f->fixed.rank, ld = f->fixed.ld;
    double *b = calloc(k, sizeof *b), sum_c = (double)f->fixed.n_rows;
    REQUIRE(b != NULL);
    for (size_t row = 0; row < f->fixed.n_rows + f->n; row++) {
        /* First all cells with the weight 1, then each rating with what it has in excess. */
        const bool is_rating = row >= f->fixed.n_rows;
        const size_t column = is_rating ? f->columns[row - f->fixed.n_rows] : row;
        const int half_stars = is_rating ? f->half_stars[row - f->fixed.n_rows] : 0;
        const double e = p->alpha * (half_stars >= 8 ? 1.0 : half_stars >= 5 ? p->interest : p->aversion);
        const double preference = half_stars >= 8 ? 1.0 : half_stars >= 5 ? p->preference : 0.0;
        const double weight = is_rating ? e : 1.0, target = is_rating && e > 0.0 ? preference * (1.0 + e) : 0.0;
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
    double norm_b = 0.0;
    for (size_t j = 0; j < k; j++) {
        residual[j] += p->reg_param * pow(sum_c, p->reg_exponent) * (double)f->x[j];
        norm_b += b[j] * b[j];
    }
    free(b);
    *norm_of_b = sqrt(norm_b);
}

static double relative_residual(const fixture *f, const bt_train_params *p)
{
    double *residual = calloc(f->fixed.rank, sizeof *residual), norm_b = 0.0, norm_r = 0.0;
    REQUIRE(residual != NULL);
    set_gradient(f, p, residual, &norm_b);
    for (size_t j = 0; j < f->fixed.rank; j++)
        norm_r += residual[j] * residual[j];
    free(residual);
    return sqrt(norm_r) / norm_b;
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

/* From any start each sweep of blocks comes nearer, and the end of it is the exact solution. A rank of one block is there at once. */
TEST(blocks_converge_to_the_exact_solution)
{
    bt_train_params params = bt_train_params_default();
    params.solver = BT_SOLVER_BLOCK;
    const struct {
        size_t rank, n, sweeps;
    } rows[] = {{1, 3, 2}, {64, 5, 2}, {64, 200, 2}, {65, 200, 40}, {100, 1000, 40}, {130, 7, 40}, {256, 300, 60}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t table = 0; simd_available(table) != NULL; table++) {
            fixture f = make(2000, rows[i].rank, rows[i].n, &params, 5 * rows[i].rank + rows[i].n);
            const als_row row = {f.columns, f.half_stars, f.n, 0};
            memset(f.x, 0, f.fixed.ld * sizeof *f.x);
            double last = 1.0;
            for (size_t sweep = 0; sweep < rows[i].sweeps; sweep++) {
                REQUIRE(als_solve_row(&f.fixed, &f.weights, simd_available(table), row, &f.scratch, f.x));
                const double residual = relative_residual(&f, &params);
                if (residual > 1e-4)
                    CHECK(residual < last);
                last = residual;
            }
            CHECK_NEAR(last, 0.0, 1e-4);
            for (size_t j = f.fixed.rank; j < f.fixed.ld; j++)
                CHECK(f.x[j] == 0.0f);
            release(&f);
        }
    }
}

/* The conditions of Karush, Kuhn and Tucker, value by value, with the gradient from the definition. */
TEST(nonnegative_rows_obey_karush_kuhn_tucker)
{
    bt_train_params params = bt_train_params_default();
    params.nonnegative = true;
    const size_t ranks[] = {1, 2, 17, 64, 100}, lengths[] = {1, 3, 200, 1500};
    for (size_t r = 0; r < sizeof ranks / sizeof *ranks; r++) {
        for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
            fixture f = make(2000, ranks[r], lengths[l], &params, ranks[r] + lengths[l]);
            const als_row row = {f.columns, f.half_stars, f.n, 0};
            const size_t k = ranks[r];
            double *gradient = calloc(k, sizeof *gradient), norm_b = 0.0;
            REQUIRE(gradient != NULL);
            REQUIRE(als_solve_row(&f.fixed, &f.weights, simd_available(0), row, &f.scratch, f.x));
            set_gradient(&f, &params, gradient, &norm_b);
            size_t n_zero = 0;
            for (size_t j = 0; j < k; j++) {
                CHECK(f.x[j] >= 0.0f);
                CHECK(gradient[j] >= -1e-4 * norm_b);
                CHECK(f.x[j] == 0.0f || gradient[j] <= 1e-4 * norm_b);
                n_zero += f.x[j] == 0.0f;
            }
            CHECK(k < 17 || n_zero > 0); /* bounds hold some: otherwise nothing was tested */
            free(gradient);
            release(&f);
        }
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

TEST(rows_of_high_rank_are_exact)
{
    const bt_train_params params = bt_train_params_default();
    const size_t ranks[] = {127, 129, 256, BT_RANK_MAX};
    for (size_t r = 0; r < sizeof ranks / sizeof *ranks; r++)
        check_exact(2000, ranks[r], 300, &params);
}

static void check_dual(size_t rank, size_t n, const bt_train_params *params, bool is_easy)
{
    for (size_t table = 0; simd_available(table) != NULL; table++) {
        const simd_kernels *simd = simd_available(table);
        bt_error error = {0};
        fixture f = make(2000, rank, n, params, 19 * rank + n);
        const als_row row = {f.columns, f.half_stars, f.n, 0};
        CHECK_OK(als_factors_rotate(&f.fixed, simd, f.threads, &error), error);
        REQUIRE(f.fixed.is_diagonal);
        REQUIRE(als_solve_row(&f.fixed, &f.weights, simd, row, &f.scratch, f.x));
        CHECK_NEAR(relative_residual(&f, params), 0.0, 1e-4);
        double sum_excess = 0.0;
        for (size_t i = 0; i < n; i++)
            sum_excess += f.weights.excess[f.half_stars[i]];
        const double lambda = als_lambda(&f.weights, f.fixed.n_rows, sum_excess);
        memset(f.x, 0, f.fixed.ld * sizeof *f.x);
        const bool is_solved = dual_solve_row(&f.fixed, &f.weights, simd, row, lambda, &f.scratch, f.x);
        CHECK(is_solved || !is_easy);
        if (is_solved)
            CHECK_NEAR(relative_residual(&f, params), 0.0, 1e-4);
        release(&f);
    }
}

TEST(short_rows_are_exact_by_their_dual)
{
    bt_train_params params = bt_train_params_default();
    const size_t ranks[] = {3, 16, 17, 64, 100};
    for (size_t r = 0; r < sizeof ranks / sizeof *ranks; r++)
        for (size_t n = 1; dual_pays(n, ranks[r]); n += 1 + n / 3)
            check_dual(ranks[r], n, &params, true);
    params.interest = params.aversion = 0.0;
    check_dual(64, 40, &params, true);
    params = bt_train_params_default();
    params.reg_param = 1e-7;
    check_dual(32, 20, &params, false);
    params.alpha = 1e6;
    check_dual(32, 20, &params, false);
    params = bt_train_params_default();
    params.aversion = 1e9;
    check_dual(32, 20, &params, false);
}

TEST(rotated_factors_are_the_same_but_for_their_basis)
{
    const bt_train_params params = bt_train_params_default();
    for (size_t rank = 1; rank <= 70; rank += 23) {
        fixture f = make(3000, rank, 1, &params, rank), before = make(3000, rank, 1, &params, rank);
        bt_error error = {0};
        CHECK_OK(als_factors_rotate(&f.fixed, simd_available(0), f.threads, &error), error);
        CHECK(f.fixed.off_diagonal < 1e-5 * f.fixed.gram[0] + 1e-3);
        for (size_t r = 1; r < 3000; r += 7) { /* products of rows stay what they were */
            double was = 0.0, is = 0.0;
            for (size_t j = 0; j < f.fixed.ld; j++) {
                was += (double)before.fixed.rows[j] * (double)before.fixed.rows[r * f.fixed.ld + j];
                is += (double)f.fixed.rows[j] * (double)f.fixed.rows[r * f.fixed.ld + j];
            }
            CHECK_NEAR(is, was, 1e-5);
        }
        for (size_t j = rank; j < f.fixed.ld; j++)
            CHECK(f.fixed.rows[5 * f.fixed.ld + j] == 0.0f);
        release(&f);
        release(&before);
    }
}

TEST(factors_that_are_not_finite_stay_where_they_are)
{
    const bt_train_params params = bt_train_params_default();
    fixture f = make(50, 8, 1, &params, 4);
    bt_error error = {0};
    f.fixed.rows[17] = NAN;
    als_factors_sum(&f.fixed, simd_available(0), f.threads);
    const float kept = f.fixed.rows[3];
    CHECK_OK(als_factors_rotate(&f.fixed, simd_available(0), f.threads, &error), error);
    CHECK(!f.fixed.is_diagonal);
    CHECK(f.fixed.rows[3] == kept);
    release(&f);
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
