/* Kernels for AVX2 and FMA (x86-64, 2013 and later). CMake compiles this file alone with -mavx2 -mfma.
 *
 * The rank-n updates work on tiles of the result that stay in registers while the rows pass by: 4 x 16 floats (eight sums, six
 * loads for eight fused operations) or 4 x 8 doubles. The Cholesky factorization takes 16 pivot rows at a time, so that nearly
 * all of its work is the same tile, subtracted.
 */
#include <immintrin.h>
#include <math.h>

#include "simd/simd.h"

enum { TILE_ROWS = 4, PIVOTS = 16 };

/* --- float64 sums in the order of simd.h: no fused operations ----------------------------------------------------------- */

static double sum_lanes(__m256d low, __m256d high)
{
    const __m256d s = _mm256_add_pd(low, high); /* 0+4, 1+5, 2+6, 3+7 */
    const __m128d pairs = _mm_add_pd(_mm256_castpd256_pd128(s), _mm256_extractf128_pd(s, 1));
    return _mm_cvtsd_f64(_mm_add_sd(pairs, _mm_unpackhi_pd(pairs, pairs)));
}

static double dot(const float *a, const double *b, size_t n)
{
    __m256d low = _mm256_setzero_pd(), high = _mm256_setzero_pd();
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        const __m256d a_low = _mm256_cvtps_pd(_mm_loadu_ps(a + i)), a_high = _mm256_cvtps_pd(_mm_loadu_ps(a + i + 4));
        low = _mm256_add_pd(low, _mm256_mul_pd(a_low, _mm256_loadu_pd(b + i)));
        high = _mm256_add_pd(high, _mm256_mul_pd(a_high, _mm256_loadu_pd(b + i + 4)));
    }
    if (i < n) {
        double rest[8] = {0};
        for (size_t lane = 0; i + lane < n; lane++)
            rest[lane] = (double)a[i + lane] * b[i + lane];
        low = _mm256_add_pd(low, _mm256_loadu_pd(rest));
        high = _mm256_add_pd(high, _mm256_loadu_pd(rest + 4));
    }
    return sum_lanes(low, high);
}

static void axpy(double factor, const float *x, double *y, size_t n)
{
    const __m256d f = _mm256_set1_pd(factor);
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        const __m256d product = _mm256_mul_pd(f, _mm256_cvtps_pd(_mm_loadu_ps(x + i)));
        _mm256_storeu_pd(y + i, _mm256_add_pd(_mm256_loadu_pd(y + i), product));
    }
    for (; i < n; i++)
        y[i] += factor * (double)x[i];
}

static void scores(const float *rows, size_t n_rows, size_t stride, const double *x, size_t n, double *out)
{
    for (size_t r = 0; r < n_rows; r++)
        out[r] = dot(rows + r * stride, x, n);
}

/* --- tiles -------------------------------------------------------------------------------------------------------------- */

/* sums[4][2] = the 4 x 16 tile of rows' rows whose rows are columns i .. i+3 and whose columns are j .. j+15. */
static inline void tile(const float *rows, size_t n_rows, size_t ld, size_t i, size_t j, __m256 sums[TILE_ROWS][2])
{
    for (size_t t = 0; t < TILE_ROWS; t++)
        sums[t][0] = sums[t][1] = _mm256_setzero_ps();
    for (size_t r = 0; r < n_rows; r++, rows += ld) {
        const __m256 left = _mm256_loadu_ps(rows + j), right = _mm256_loadu_ps(rows + j + 8);
        for (size_t t = 0; t < TILE_ROWS; t++) {
            const __m256 factor = _mm256_broadcast_ss(rows + i + t);
            sums[t][0] = _mm256_fmadd_ps(factor, left, sums[t][0]);
            sums[t][1] = _mm256_fmadd_ps(factor, right, sums[t][1]);
        }
    }
}

static void gram(const float *rows, size_t n_rows, float *a, size_t ld)
{
    __m256 sums[TILE_ROWS][2];
    for (size_t i = 0; i < ld; i += TILE_ROWS) {
        for (size_t j = i / 16 * 16; j < ld; j += 16) {
            tile(rows, n_rows, ld, i, j, sums);
            for (size_t t = 0; t < TILE_ROWS; t++) {
                float *to = a + (i + t) * ld + j;
                _mm256_storeu_ps(to, _mm256_add_ps(_mm256_loadu_ps(to), sums[t][0]));
                _mm256_storeu_ps(to + 8, _mm256_add_ps(_mm256_loadu_ps(to + 8), sums[t][1]));
            }
        }
    }
}

/* a += the same tile, 4 x 8 doubles. */
static inline void add_tile64(const float *rows, size_t n_rows, size_t ld, size_t i, size_t j, double *a)
{
    __m256d sums[TILE_ROWS][2];
    double *to = a + i * ld + j;
    for (size_t t = 0; t < TILE_ROWS; t++) {
        sums[t][0] = _mm256_loadu_pd(to + t * ld);
        sums[t][1] = _mm256_loadu_pd(to + t * ld + 4);
    }
    for (size_t r = 0; r < n_rows; r++, rows += ld) {
        const __m256d left = _mm256_cvtps_pd(_mm_loadu_ps(rows + j)), right = _mm256_cvtps_pd(_mm_loadu_ps(rows + j + 4));
        for (size_t t = 0; t < TILE_ROWS; t++) {
            const __m256d factor = _mm256_set1_pd((double)rows[i + t]);
            sums[t][0] = _mm256_fmadd_pd(factor, left, sums[t][0]);
            sums[t][1] = _mm256_fmadd_pd(factor, right, sums[t][1]);
        }
    }
    for (size_t t = 0; t < TILE_ROWS; t++) {
        _mm256_storeu_pd(to + t * ld, sums[t][0]);
        _mm256_storeu_pd(to + t * ld + 4, sums[t][1]);
    }
}

static void gram64(const float *rows, size_t n_rows, double *a, size_t ld)
{
    for (size_t i = 0; i < ld; i += TILE_ROWS)
        for (size_t j = i / 8 * 8; j < ld; j += 8)
            add_tile64(rows, n_rows, ld, i, j, a);
}

/* --- Cholesky ----------------------------------------------------------------------------------------------------------- */

/* y[from .. to) -= factor * x[from .. to), in whole vectors: `to` is a multiple of 8, elements from the last multiple before
 * `from` change too (they lie below the diagonal). */
static inline void subtract_row(float factor, const float *x, float *y, size_t from, size_t to)
{
    const __m256 f = _mm256_set1_ps(factor);
    for (size_t j = from / 8 * 8; j < to; j += 8)
        _mm256_storeu_ps(y + j, _mm256_fnmadd_ps(f, _mm256_loadu_ps(x + j), _mm256_loadu_ps(y + j)));
}

/* Factors the pivot rows first .. last-1, all their columns. */
static bool factor_panel(float *a, size_t first, size_t last, size_t ld)
{
    for (size_t p = first; p < last; p++) {
        float *row = a + p * ld;
        if (!(row[p] > 0.0f && isfinite(row[p])))
            return false;
        const __m256 scale = _mm256_set1_ps(1.0f / sqrtf(row[p]));
        for (size_t j = p / 8 * 8; j < ld; j += 8)
            _mm256_storeu_ps(row + j, _mm256_mul_ps(scale, _mm256_loadu_ps(row + j)));
        for (size_t i = p + 1; i < last; i++)
            subtract_row(row[i], row, a + i * ld, i, ld);
    }
    return true;
}

static bool cholesky(float *a, size_t n, size_t ld)
{
    __m256 sums[TILE_ROWS][2];
    for (size_t first = 0; first < n; first += PIVOTS) {
        const size_t last = first + PIVOTS < n ? first + PIVOTS : n;
        if (!factor_panel(a, first, last, ld))
            return false;
        for (size_t i = last; i < n; i += TILE_ROWS) { /* last < n: a multiple of 16 */
            for (size_t j = i / 16 * 16; j < ld; j += 16) {
                tile(a + first * ld, last - first, ld, i, j, sums);
                for (size_t t = 0; t < TILE_ROWS; t++) {
                    float *to = a + (i + t) * ld + j;
                    _mm256_storeu_ps(to, _mm256_sub_ps(_mm256_loadu_ps(to), sums[t][0]));
                    _mm256_storeu_ps(to + 8, _mm256_sub_ps(_mm256_loadu_ps(to + 8), sums[t][1]));
                }
            }
        }
    }
    return true;
}

/* y[from .. n) -= factor * x[from .. n) */
static inline void subtract_tail(float factor, const float *x, float *y, size_t from, size_t n)
{
    const __m256 f = _mm256_set1_ps(factor);
    size_t j = from;
    for (; j + 8 <= n; j += 8)
        _mm256_storeu_ps(y + j, _mm256_fnmadd_ps(f, _mm256_loadu_ps(x + j), _mm256_loadu_ps(y + j)));
    for (; j < n; j++)
        y[j] -= factor * x[j];
}

/* Sum of x[from .. n) * y[from .. n). */
static inline float dot_tail(const float *x, const float *y, size_t from, size_t n)
{
    __m256 sums = _mm256_setzero_ps();
    size_t j = from;
    for (; j + 8 <= n; j += 8)
        sums = _mm256_fmadd_ps(_mm256_loadu_ps(x + j), _mm256_loadu_ps(y + j), sums);
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(sums), _mm256_extractf128_ps(sums, 1));
    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    float sum = _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
    for (; j < n; j++)
        sum += x[j] * y[j];
    return sum;
}

static void substitute(const float *u, size_t n, size_t ld, float *b)
{
    for (size_t p = 0; p < n; p++) { /* U' z = b */
        b[p] /= u[p * ld + p];
        subtract_tail(b[p], u + p * ld, b, p + 1, n);
    }
    for (size_t p = n; p-- > 0;) /* U x = z */
        b[p] = (b[p] - dot_tail(u + p * ld, b, p + 1, n)) / u[p * ld + p];
}

const simd_kernels simd_avx2 = {"avx2", dot, axpy, scores, gram, gram64, cholesky, substitute};
