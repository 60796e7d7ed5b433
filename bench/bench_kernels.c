/* bench_kernels [TABLE] [--count]: each kernel of a table (core/simd/simd.h), at rank 64 on a panel of 64 rows, as a line of JSON: the
 * best time of a call, operations a second, and their share of the peak, which is measured first: the same instruction set's fused
 * multiply-adds (scalar: multiplications and additions) that wait for nothing but their own chain of twelve. An addition and a
 * multiplication are two operations.
 *
 * With --count each kernel runs once and nothing is printed but the names, in that order: tests/kernels counts the instructions
 * between entering and leaving `counted` under callgrind.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/random.h"
#include "simd/simd.h"

enum { K = 64, ROWS = 64, N_FACTORS = 512, PASSES = 30, CALLS = 200, CHAINS = 12, CHAIN = 100000 };

typedef struct inputs {
    float scale[K], product[ROWS * K], factors[N_FACTORS * K], panel[ROWS * K], matrix[K * K], definite[K * K], factor[K * K],
        vector[K];
    double sums[K * K], x[K], y[K], scores[N_FACTORS];
    uint32_t columns[ROWS];
    uint8_t kinds[ROWS];
    float root[K], weight[2]; /* two kinds; as a diagonal, root has K values */
} inputs;

typedef struct kernel {
    const char *name;
    void (*run)(const simd_kernels *simd, inputs *in);
    double operations; /* that count: of a symmetric matrix one half */
} kernel;

static volatile double sink; /* what nobody reads would not be computed */

/* --- the kernels -------------------------------------------------------------------------------------------------------- */

static void run_dot(const simd_kernels *simd, inputs *in)
{
    sink = simd->dot(in->factors, in->x, K);
}

static void run_axpy(const simd_kernels *simd, inputs *in)
{
    simd->axpy(1e-6, in->factors, in->y, K);
}

static void run_scores(const simd_kernels *simd, inputs *in)
{
    simd->scores(in->factors, N_FACTORS, K, in->x, K, in->scores);
}

static void run_add_squares(const simd_kernels *simd, inputs *in)
{
    const float *rows[ROWS];
    for (size_t i = 0; i < ROWS; i++)
        rows[i] = in->factors + in->columns[i] * K;
    simd->add_squares(rows, in->x, ROWS, in->sums, K, K);
}

static void run_gather(const simd_kernels *simd, inputs *in)
{
    const simd_terms terms = {in->factors, K, K, in->columns, in->kinds, in->root, in->weight, ROWS};
    simd->gather(&terms, in->panel, in->y);
}

static void run_gather_columns(const simd_kernels *simd, inputs *in)
{
    const simd_terms terms = {in->factors, K, K, in->columns, in->kinds, in->root, in->weight, ROWS};
    simd->gather_columns(&terms, in->root, 1.0f, in->scale, in->product, ROWS);
}

static void run_project(const simd_kernels *simd, inputs *in)
{
    const simd_terms terms = {in->factors, K, K, in->columns, in->kinds, in->root, in->weight, ROWS};
    simd->project(&terms, in->root, in->product);
}

static void run_subtract_rows(const simd_kernels *simd, inputs *in)
{
    simd->subtract_rows(in->panel, K, ROWS, in->root, K, in->y);
}

static void run_multiply(const simd_kernels *simd, inputs *in)
{
    simd->multiply(in->panel, ROWS, K, in->factors, K, K, in->product);
}

static void run_gram(const simd_kernels *simd, inputs *in)
{
    const simd_ahead ahead = {in->factors, K, K, in->columns, ROWS};
    simd->gram(in->panel, ROWS, in->matrix, K, &ahead);
}

static void run_gram64(const simd_kernels *simd, inputs *in)
{
    simd->gram64(in->panel, ROWS, in->sums, K);
}

static void run_cholesky(const simd_kernels *simd, inputs *in)
{
    memcpy(in->factor, in->definite, sizeof in->factor);
    sink = simd->cholesky(in->factor, K, K);
}

static void run_substitute(const simd_kernels *simd, inputs *in)
{
    memcpy(in->vector, in->factors, sizeof in->vector);
    simd->substitute(in->factor, K, K, in->vector);
}

static void run_subtract_product(const simd_kernels *simd, inputs *in)
{
    simd->subtract_product(in->definite, K, K, in->x, in->y);
}

static const kernel kernels[] = {
    {"dot", run_dot, 2.0 * K},
    {"axpy", run_axpy, 2.0 * K},
    {"add_squares", run_add_squares, 1.0 * K *(K + 1) * ROWS},
    {"scores", run_scores, 2.0 * K *N_FACTORS},
    {"gather", run_gather, 3.0 * K *ROWS},
    {"gather_columns", run_gather_columns, 2.0 * K *ROWS},
    {"project", run_project, 2.0 * K *ROWS},
    {"subtract_rows", run_subtract_rows, 2.0 * K *ROWS},
    {"multiply", run_multiply, 2.0 * K *K *ROWS},
    {"gram", run_gram, 1.0 * K *(K + 1) * ROWS},
    {"gram64", run_gram64, 1.0 * K *(K + 1) * ROWS},
    {"cholesky", run_cholesky, K * 1.0 * K *K / 3.0},
    {"substitute", run_substitute, 2.0 * K *K},
    {"subtract_product", run_subtract_product, 2.0 * K *K},
};

enum { N_KERNELS = sizeof kernels / sizeof *kernels };

/* Not inlined and not copied: callgrind knows it by its name. */
static __attribute__((noinline, noclone)) void counted(const kernel *what, const simd_kernels *simd, inputs *in)
{
    what->run(simd, in);
    sink = in->y[0];
}

static inputs *make_inputs(void)
{
    inputs *in = calloc(1, sizeof *in);
    if (in == NULL)
        return NULL;
    random_stream random = random_make(1, 1);
    for (size_t i = 0; i < N_FACTORS * K; i++)
        in->factors[i] = (float)(random_unit(&random) - 0.5);
    for (size_t i = 0; i < K; i++)
        in->x[i] = random_unit(&random) - 0.5;
    for (size_t i = 0; i < ROWS; i++) {
        in->columns[i] = (uint32_t)random_below(&random, N_FACTORS);
        in->kinds[i] = (uint8_t)random_below(&random, 2);
    }
    for (size_t i = 0; i < K; i++)
        in->root[i] = 0.5f;
    in->weight[0] = in->weight[1] = 2.0f;
    simd_scalar.gram(in->factors, N_FACTORS, in->definite, K, &(simd_ahead){0});
    memcpy(in->factor, in->definite, sizeof in->factor);
    return in;
}

/* --- time --------------------------------------------------------------------------------------------------------------- */

static double seconds(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Operations a second of CHAINS independent chains, one lane each. */
static double scalar_chains(void)
{
    float sums[CHAINS] = {0};
    const volatile float one = 1.0f;
    const float factor = one;
    const double begin = seconds();
    for (size_t i = 0; i < CHAIN; i++)
        for (size_t c = 0; c < CHAINS; c++)
            sums[c] = sums[c] * factor + factor;
    const double taken = seconds() - begin;
    for (size_t c = 0; c < CHAINS; c++)
        sink = (double)sums[c];
    return 2.0 * CHAINS * CHAIN / taken;
}

#if defined(__x86_64__)
static __attribute__((target("avx2,fma"))) double avx2_chains(void)
{
    __m256 sums[CHAINS];
    const __m256 factor = _mm256_set1_ps(0.5f);
    for (size_t c = 0; c < CHAINS; c++)
        sums[c] = factor;
    const double begin = seconds();
    for (size_t i = 0; i < CHAIN; i++)
        for (size_t c = 0; c < CHAINS; c++)
            sums[c] = _mm256_fmadd_ps(sums[c], factor, factor);
    const double taken = seconds() - begin;
    for (size_t c = 0; c < CHAINS; c++)
        sink = (double)_mm_cvtss_f32(_mm256_castps256_ps128(sums[c]));
    return 16.0 * CHAINS * CHAIN / taken;
}
#endif

static double peak_of(const simd_kernels *simd)
{
    double (*chains)(void) = scalar_chains;
    double most = 0.0;
#if defined(__x86_64__)
    if (simd == &simd_avx2)
        chains = avx2_chains;
#endif
    (void)simd;
    for (size_t pass = 0; pass < PASSES; pass++) {
        const double now = chains();
        most = now > most ? now : most;
    }
    return most;
}

static void measure(const kernel *what, const simd_kernels *simd, inputs *in, double peak)
{
    double best = 1e9;
    for (size_t pass = 0; pass < PASSES; pass++) {
        const double begin = seconds();
        for (size_t call = 0; call < CALLS; call++)
            counted(what, simd, in);
        const double taken = (seconds() - begin) / CALLS;
        best = taken < best ? taken : best;
    }
    printf("{\"table\": \"%s\", \"kernel\": \"%s\", \"ns\": %.1f, \"gflops\": %.1f, \"of_peak\": %.2f}\n", simd->name,
           what->name, best * 1e9, what->operations / best / 1e9, what->operations / best / peak);
}

int main(int count, char **arguments)
{
    const bool counting = count > 1 && strcmp(arguments[count - 1], "--count") == 0;
    const simd_kernels *simd = NULL;
    bt_error error = {0};
    if (simd_find(count - counting > 1 ? arguments[1] : NULL, &simd, &error) != BT_OK) {
        fprintf(stderr, "bench_kernels: %s\n", error.message);
        return 1;
    }
    inputs *in = make_inputs();
    const double peak = counting ? 1.0 : peak_of(simd);
    if (in == NULL)
        return 1;
    if (!counting)
        printf("{\"table\": \"%s\", \"peak_gflops\": %.1f}\n", simd->name, peak / 1e9);
    for (size_t i = 0; i < N_KERNELS; i++) {
        if (counting) {
            printf("%s\n", kernels[i].name);
            counted(&kernels[i], simd, in);
        } else {
            measure(&kernels[i], simd, in, peak);
        }
    }
    free(in);
    return 0;
}
