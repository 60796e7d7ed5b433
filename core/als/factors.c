/* Factor matrices, their first values, and their Gram matrices.
 *
 * The Gram matrix is the sum of at most 16 blocks of rows, each summed by one thread in the order of its rows; the blocks are
 * added in their order. Neither depends on the number of threads.
 */
#include <math.h>
#include <string.h>

#include "als/als.h"
#include "als/eigen.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"

enum { MAX_BLOCKS = 16, MIN_BLOCK_ROWS = 1024 };

bt_status als_factors_make(size_t n_rows, size_t rank, als_factors *out, bt_error *error)
{
    const size_t ld = (rank + SIMD_LANES - 1) / SIMD_LANES * SIMD_LANES;
    size_t n_blocks = n_rows / MIN_BLOCK_ROWS;
    n_blocks = n_blocks < 1 ? 1 : n_blocks > MAX_BLOCKS ? MAX_BLOCKS : n_blocks;
    *out = (als_factors){
        .n_rows = n_rows,
        .rank = rank,
        .ld = ld,
        .rows = memory_scattered(n_rows, ld * sizeof(float)),
        .gram = memory_aligned(ld * ld, sizeof(double)),
        .gram32 = memory_aligned(ld * ld, sizeof(float)),
        .blocks = memory_aligned(n_blocks * ld * ld, sizeof(double)),
        .n_blocks = n_blocks,
        .spectrum = memory_aligned(ld, sizeof(double)),
        .spectrum32 = memory_aligned(ld, sizeof(float)),
    };
    if (!out->rows || !out->gram || !out->gram32 || !out->blocks || !out->spectrum || !out->spectrum32) {
        als_factors_free(out);
        return error_no_memory(error, "training");
    }
    memset(out->rows, 0, n_rows * ld * sizeof(float));
    memset(out->gram, 0, ld * ld * sizeof(double));
    memset(out->gram32, 0, ld * ld * sizeof(float));
    return BT_OK;
}

void als_factors_free(als_factors *f)
{
    bt_free(f->rows);
    bt_free(f->gram);
    bt_free(f->gram32);
    bt_free(f->blocks);
    bt_free(f->spectrum);
    bt_free(f->spectrum32);
    *f = (als_factors){0};
}

void als_factors_randomize(als_factors *f, uint64_t seed, double length)
{
    const double half_width = length * sqrt(3.0 / (double)f->rank); /* sqrt is exact everywhere (IEEE 754) */
    for (size_t r = 0; r < f->n_rows; r++) {
        random_stream stream = random_make(seed, r);
        for (size_t i = 0; i < f->rank; i++)
            f->rows[r * f->ld + i] = (float)(half_width * (2.0 * random_unit(&stream) - 1.0));
    }
}

typedef struct gram_job {
    als_factors *f;
    const simd_kernels *simd;
} gram_job;

static void sum_block(void *context, size_t block, size_t lane)
{
    (void)lane;
    const gram_job *job = context;
    const als_factors *f = job->f;
    const size_t size = f->ld * f->ld;
    const size_t first = block * f->n_rows / f->n_blocks, last = (block + 1) * f->n_rows / f->n_blocks;
    memset(f->blocks + block * size, 0, size * sizeof(double));
    /* Panels that stay in the cache while all tiles of the result pass over them. */
    for (size_t row = first; row < last; row += ALS_PANEL) {
        const size_t n = last - row < ALS_PANEL ? last - row : ALS_PANEL;
        job->simd->gram64(f->rows + row * f->ld, n, f->blocks + block * size, f->ld);
    }
}

void als_factors_sum(als_factors *f, const simd_kernels *simd, pool *threads)
{
    gram_job job = {f, simd};
    pool_run(threads, f->n_blocks, sum_block, &job);
    f->is_diagonal = false;

    const size_t size = f->ld * f->ld;
    for (size_t i = 0; i < f->ld; i++) {
        for (size_t j = i; j < f->ld; j++) {
            double sum = 0.0;
            for (size_t block = 0; block < f->n_blocks; block++)
                sum += f->blocks[block * size + i * f->ld + j];
            f->gram[i * f->ld + j] = f->gram[j * f->ld + i] = sum;
            f->gram32[i * f->ld + j] = f->gram32[j * f->ld + i] = (float)sum;
        }
    }
}

/* --- rotation ----------------------------------------------------------------------------------------------------------- */

typedef struct rotation {
    als_factors *f;
    const simd_kernels *simd;
    const float *basis; /* ld x ld: column j is the j-th eigenvector */
} rotation;

/* The rows of a block in panels of ld, for which its partial sum of the Gram matrix has room. */
static void rotate_block(void *context, size_t block, size_t lane)
{
    (void)lane;
    const rotation *r = context;
    const als_factors *f = r->f;
    const size_t ld = f->ld, first = block * f->n_rows / f->n_blocks, last = (block + 1) * f->n_rows / f->n_blocks;
    float *panel = (float *)(f->blocks + block * ld * ld);
    for (size_t row = first; row < last; row += ld) {
        const size_t n = last - row < ld ? last - row : ld;
        memcpy(panel, f->rows + row * ld, n * ld * sizeof *panel);
        r->simd->multiply(panel, n, ld, r->basis, ld, ld, f->rows + row * ld);
    }
}

static void set_spectrum(als_factors *f)
{
    double square = 0.0;
    for (size_t i = 0; i < f->ld; i++) {
        f->spectrum[i] = f->gram[i * f->ld + i];
        f->spectrum32[i] = i < f->rank ? (float)f->spectrum[i] : INFINITY;
        for (size_t j = 0; j < i; j++)
            square += 2.0 * f->gram[i * f->ld + j] * f->gram[i * f->ld + j];
    }
    f->off_diagonal = sqrt(square);
    f->is_diagonal = true;
}

/* basis = the eigenvectors of the Gram matrix. */
static bool find_basis(const als_factors *f, double *vectors, float *basis)
{
    const size_t k = f->rank, ld = f->ld;
    double *values = vectors + k * k;
    for (size_t i = 0; i < k; i++)
        memcpy(vectors + i * k, f->gram + i * ld, k * sizeof *vectors);
    if (!eigen_symmetric(vectors, k, values, values + k))
        return false;
    memset(basis, 0, ld * ld * sizeof *basis);
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < k; j++)
            basis[j * ld + i] = (float)vectors[i * k + j];
    return true;
}

bt_status als_factors_rotate(als_factors *f, const simd_kernels *simd, pool *threads, bt_error *error)
{
    double *vectors = memory_array(f->rank * (f->rank + 2), sizeof *vectors);
    float *basis = memory_array(f->ld * f->ld, sizeof *basis);
    bt_status status = BT_OK;
    if (vectors == NULL || basis == NULL) {
        status = error_no_memory(error, "training");
    } else if (find_basis(f, vectors, basis)) {
        rotation r = {f, simd, basis};
        pool_run(threads, f->n_blocks, rotate_block, &r);
        als_factors_sum(f, simd, threads);
        set_spectrum(f);
    }
    bt_free(vectors);
    bt_free(basis);
    return status;
}
