/* A = U'U by Cholesky, then V = U^-1, both in place and by blocks of 64 x 64 (Golub and Van Loan, Matrix Computations, section
 * 4.2.6): a block is 32 KB, and nearly all work is adding products of blocks that lie in cache. Tiles are independent, so threads
 * share them out and the result doesn't depend on their number.
 */
#include "evaluate/spd.h"

#include <math.h>
#include <string.h>

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

typedef struct spd_tiles {
    double *a, *column;
    size_t n, at, end; /* the block of rows or columns being worked on */
} spd_tiles;

/* c -= a b for blocks of row strides lc, la and lb: m x n, m x k (as its transpose, k x m, if `transposed`), k x n. */
typedef struct spd_block {
    const double *at;
    size_t stride;
} spd_block;

static void subtract_product(double *c, size_t stride, spd_block a, bool transposed, spd_block b, size_t m, size_t n, size_t k)
{
    const size_t along_row = transposed ? 1 : a.stride, along_k = transposed ? a.stride : 1;
    for (size_t i = 0; i < m; i++) {
        double *restrict row = c + i * stride;
        const double *factor = a.at + i * along_row;
        size_t p = 0;
        for (; p + 4 <= k; p += 4) {
            const double f0 = factor[p * along_k], f1 = factor[(p + 1) * along_k], f2 = factor[(p + 2) * along_k],
                         f3 = factor[(p + 3) * along_k];
            const double *b0 = b.at + p * b.stride, *b1 = b0 + b.stride, *b2 = b1 + b.stride, *b3 = b2 + b.stride;
            for (size_t j = 0; j < n; j++)
                row[j] -= f0 * b0[j] + f1 * b1[j] + f2 * b2[j] + f3 * b3[j];
        }
        for (; p < k; p++)
            for (size_t j = 0; j < n; j++)
                row[j] -= factor[p * along_k] * b.at[p * b.stride + j];
    }
}

/* --- A = U'U ------------------------------------------------------------------------------------------------------------ */

static bool factor_diagonal(const spd_tiles *t)
{
    for (size_t p = t->at; p < t->end; p++) {
        double *pivot_row = t->a + p * t->n;
        if (!(pivot_row[p] > 0.0 && isfinite(pivot_row[p])))
            return false;
        const double scale = 1.0 / sqrt(pivot_row[p]);
        for (size_t j = p; j < t->end; j++)
            pivot_row[j] *= scale;
        for (size_t i = p + 1; i < t->end; i++)
            for (size_t j = i; j < t->end; j++)
                t->a[i * t->n + j] -= pivot_row[i] * pivot_row[j];
    }
    return true;
}

/* The rows of the panel, to the right of its diagonal block: U12 = U11'^-1 A12. */
static void finish_panel(void *context, size_t tile, size_t lane)
{
    (void)lane;
    const spd_tiles *t = context;
    const size_t first = t->end + tile * SPD_BLOCK, end = smaller(first + SPD_BLOCK, t->n);
    for (size_t p = t->at; p < t->end; p++) {
        double *row = t->a + p * t->n;
        for (size_t q = t->at; q < p; q++) {
            const double *above = t->a + q * t->n, factor = above[p];
            for (size_t j = first; j < end; j++)
                row[j] -= factor * above[j];
        }
        for (size_t j = first; j < end; j++)
            row[j] /= row[p];
    }
}

/* A22 -= U12'U12, a row of tiles. */
static void update_rest(void *context, size_t tile, size_t lane)
{
    (void)lane;
    const spd_tiles *t = context;
    const double *panel = t->a + t->at * t->n;
    const size_t row = t->end + tile * SPD_BLOCK, rows = smaller(row + SPD_BLOCK, t->n) - row;
    for (size_t column = row; column < t->n; column += SPD_BLOCK)
        subtract_product(t->a + row * t->n + column, t->n, (spd_block){panel + row, t->n}, true,
                         (spd_block){panel + column, t->n}, rows, smaller(column + SPD_BLOCK, t->n) - column, t->end - t->at);
}

/* --- V = U^-1 ----------------------------------------------------------------------------------------------------------- */

/* Inverts the upper triangular diagonal block in place, column by column. */
static void invert_diagonal(const spd_tiles *t)
{
    for (size_t j = t->at; j < t->end; j++) {
        const double pivot = 1.0 / t->a[j * t->n + j];
        for (size_t i = t->at; i < j; i++) {
            double sum = 0.0;
            for (size_t k = i; k < j; k++)
                sum += t->a[i * t->n + k] * t->a[k * t->n + j];
            t->a[i * t->n + j] = -sum * pivot;
        }
        t->a[j * t->n + j] = pivot;
    }
}

/* A tile of the block column above its diagonal block: V12 = -V11 U12 V22, with U12 saved in `column`. */
static void finish_column(void *context, size_t tile, size_t lane)
{
    (void)lane;
    const spd_tiles *t = context;
    const size_t row = tile * SPD_BLOCK, rows = smaller(row + SPD_BLOCK, t->at) - row, width = t->end - t->at;
    double product[SPD_BLOCK * SPD_BLOCK];
    memset(product, 0, sizeof product);
    for (size_t k = row; k < t->at; k += SPD_BLOCK)
        subtract_product(product, SPD_BLOCK, (spd_block){t->a + row * t->n + k, t->n}, false,
                         (spd_block){t->column + k * SPD_BLOCK, SPD_BLOCK}, rows, width, smaller(k + SPD_BLOCK, t->at) - k);
    for (size_t i = 0; i < rows; i++) {
        double *to = t->a + (row + i) * t->n + t->at;
        for (size_t j = 0; j < width; j++) {
            double sum = 0.0;
            for (size_t k = 0; k <= j; k++)
                sum += product[i * SPD_BLOCK + k] * t->a[(t->at + k) * t->n + t->at + j];
            to[j] = sum;
        }
    }
}

static void invert_block_column(spd_tiles *t, pool *threads)
{
    for (size_t i = 0; i < t->at; i++)
        memcpy(t->column + i * SPD_BLOCK, t->a + i * t->n + t->at, (t->end - t->at) * sizeof(double));
    invert_diagonal(t);
    pool_run(threads, (t->at + SPD_BLOCK - 1) / SPD_BLOCK, finish_column, t);
}

bool spd_inverse_root(double *a, size_t n, double *column, pool *threads)
{
    spd_tiles t = {.a = a, .n = n};
    t.column = column;
    for (t.at = 0; t.at < n; t.at = t.end) {
        t.end = smaller(t.at + SPD_BLOCK, n);
        if (!factor_diagonal(&t))
            return false;
        const size_t n_tiles = (n - t.end + SPD_BLOCK - 1) / SPD_BLOCK;
        pool_run(threads, n_tiles, finish_panel, &t);
        pool_run(threads, n_tiles, update_rest, &t);
    }
    /* The blocks below the diagonal hold what the updates of whole tiles left there. */
    for (size_t i = 1; i < n; i++)
        memset(a + i * n, 0, i * sizeof *a);
    for (t.at = 0; t.at < n; t.at = t.end) {
        t.end = smaller(t.at + SPD_BLOCK, n);
        invert_block_column(&t, threads);
    }
    return true;
}

void spd_multiply_transposed(const double *v, size_t n, const double *x, double *y)
{
    memset(y, 0, n * sizeof *y);
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; x[i] != 0.0 && j < n; j++)
            y[j] += x[i] * v[i * n + j];
}

void spd_multiply(const double *v, size_t n, const double *x, double *y)
{
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0;
        for (size_t j = i; j < n; j++)
            sum += v[i * n + j] * x[j];
        y[i] = sum;
    }
}
