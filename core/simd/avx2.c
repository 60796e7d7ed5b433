/* Kernels for AVX2 and FMA (x86-64, 2013 and later). CMake compiles this file alone with -mavx2 -mfma.
 *
 * The rank-n updates work on tiles of the result that stay in registers while the rows pass by: 4 x 24 floats (twelve sums, seven
 * loads for twelve fused operations) or 4 x 8 doubles. The Cholesky factorization takes 16 pivot rows at a time, so that nearly
 * all of its work is the same tile, subtracted.
 */
#include <immintrin.h>
#include <math.h>
#include <stdbool.h>

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

/* a += 4 x (4 n_right) elements of the squares, which stay in registers while the rows pass by. */
static inline __attribute__((always_inline)) void square_tile(const float *const *rows, const double *factors, size_t n_rows,
                                                              size_t i, size_t j, size_t n_right, double *a, size_t ld)
{
    __m256d sums[4][2];
    for (size_t t = 0; t < 4; t++)
        for (size_t v = 0; v < n_right; v++)
            sums[t][v] = _mm256_loadu_pd(a + (i + t) * ld + j + 4 * v);
    for (size_t r = 0; r < n_rows; r++) {
        const __m256d left = _mm256_mul_pd(_mm256_set1_pd(factors[r]), _mm256_cvtps_pd(_mm_loadu_ps(rows[r] + i)));
        const __m256d each[4] = {_mm256_permute4x64_pd(left, 0x00), _mm256_permute4x64_pd(left, 0x55),
                                 _mm256_permute4x64_pd(left, 0xaa), _mm256_permute4x64_pd(left, 0xff)};
        for (size_t v = 0; v < n_right; v++) {
            const __m256d right = _mm256_cvtps_pd(_mm_loadu_ps(rows[r] + j + 4 * v));
            for (size_t t = 0; t < 4; t++)
                sums[t][v] = _mm256_add_pd(sums[t][v], _mm256_mul_pd(each[t], right));
        }
    }
    for (size_t t = 0; t < 4; t++)
        for (size_t v = 0; v < n_right; v++)
            _mm256_storeu_pd(a + (i + t) * ld + j + 4 * v, sums[t][v]);
}

/* Four rows of the result at a time, from the diagonal on; what is left of rows and columns goes one by one. */
static void add_squares(const float *const *rows, const double *factors, size_t n_rows, double *a, size_t n, size_t ld)
{
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        size_t j = i;
        for (; j + 8 <= n; j += 8)
            square_tile(rows, factors, n_rows, i, j, 2, a, ld);
        for (; j + 4 <= n; j += 4)
            square_tile(rows, factors, n_rows, i, j, 1, a, ld);
        for (size_t r = 0; r < n_rows && j < n; r++)
            for (size_t t = i; t < i + 4; t++)
                axpy(factors[r] * (double)rows[r][t], rows[r] + j, a + t * ld + j, n - j);
    }
    for (size_t r = 0; r < n_rows; r++)
        for (size_t t = i; t < n; t++)
            axpy(factors[r] * (double)rows[r][t], rows[r] + t, a + t * ld + t, n - t);
}

static void scores(const float *rows, size_t n_rows, size_t stride, const double *x, size_t n, double *out)
{
    for (size_t r = 0; r < n_rows; r++)
        out[r] = dot(rows + r * stride, x, n);
}

/* --- tiles -------------------------------------------------------------------------------------------------------------- */

/* a[0 .. n_left) x [0 .. 8 n_right) += sign * left' right: a tile of the sum of n_rows outer products, held in registers while the
 * rows pass by. Always inlined with constant n_left, n_right <= 4, 3: then the loops unroll to straight code. */
static inline __attribute__((always_inline)) void tile(const float *left, const float *right, size_t n_rows, size_t ld,
                                                       bool subtract, size_t n_left, size_t n_right, float *a)
{
    __m256 sums[12];
    for (size_t t = 0; t < n_left * n_right; t++)
        sums[t] = _mm256_setzero_ps();
    for (size_t r = 0; r < n_rows; r++, left += ld, right += ld) {
        __m256 values[3];
        for (size_t v = 0; v < n_right; v++)
            values[v] = _mm256_loadu_ps(right + 8 * v);
        for (size_t t = 0; t < n_left; t++) {
            const __m256 factor = _mm256_broadcast_ss(left + t);
            for (size_t v = 0; v < n_right; v++)
                sums[t * n_right + v] = _mm256_fmadd_ps(factor, values[v], sums[t * n_right + v]);
        }
    }
    for (size_t t = 0; t < n_left; t++) {
        for (size_t v = 0; v < n_right; v++) {
            float *to = a + t * ld + 8 * v;
            const __m256 was = _mm256_loadu_ps(to), sum = sums[t * n_right + v];
            _mm256_storeu_ps(to, subtract ? _mm256_sub_ps(was, sum) : _mm256_add_ps(was, sum));
        }
    }
}

/* What is needed next, fetched a few rows at a time, between tiles: all at once it would wait for memory. Into the second-level
 * cache, since the first is full of the panel. */
typedef struct fetcher {
    const simd_ahead *ahead;
    size_t next, n_rows; /* at a time */
} fetcher;

static inline __attribute__((always_inline)) void fetch_some(fetcher *f)
{
    const simd_ahead *a = f->ahead;
    const size_t rest = a->n - f->next, end = f->next + (f->n_rows < rest ? f->n_rows : rest);
    for (; f->next < end; f->next++) {
        const float *row = a->rows + a->columns[f->next] * a->stride;
        for (size_t at = 0; at < a->ld; at += 16)
            _mm_prefetch((const char *)(row + at), _MM_HINT_T1);
    }
}

/* Rows i .. i+3 of the symmetric update, from column i rounded down to a vector to the last: three vectors at a time, the rest in
 * pairs, so that the sums of a tile fill the registers and no tile waits for its own additions. `fetch` may be NULL. */
static inline __attribute__((always_inline)) void strip(const float *rows, size_t n_rows, size_t ld, bool subtract, size_t i,
                                                        float *a, fetcher *fetch)
{
    size_t j = i / 8 * 8, n = (ld - j) / 8;
    while (n > 0) {
        const size_t width = n >= 3 && n != 4 ? 3 : n >= 2 ? 2 : 1;
        if (fetch != NULL)
            fetch_some(fetch);
        if (width == 3)
            tile(rows + i, rows + j, n_rows, ld, subtract, 4, 3, a + i * ld + j);
        else if (width == 2)
            tile(rows + i, rows + j, n_rows, ld, subtract, 4, 2, a + i * ld + j);
        else
            tile(rows + i, rows + j, n_rows, ld, subtract, 4, 1, a + i * ld + j);
        n -= width;
        j += 8 * width;
    }
}

static void gram(const float *rows, size_t n_rows, float *a, size_t ld, const simd_ahead *ahead)
{
    const size_t n_tiles = ld * ld / 144 + 1; /* or a few more */
    fetcher fetch = {ahead, 0, ahead->n / n_tiles + 1};
    for (size_t i = 0; i + 8 < ld; i += TILE_ROWS)
        strip(rows, n_rows, ld, false, i, a, &fetch);
    /* The last eight rows are one vector wide: together they fill the registers. */
    fetch_some(&fetch);
    tile(rows + ld - 8, rows + ld - 8, n_rows, ld, false, 8, 1, a + (ld - 8) * ld + ld - 8);
}

/* Columns first .. first + 8 n: the sums of b stay in registers. Always inlined with n <= 8, most often a constant. */
static inline __attribute__((always_inline)) void gather_strip(const simd_terms *t, size_t first, size_t n, float *panel,
                                                               double *b)
{
    __m256 sums[8];
    for (size_t v = 0; v < n; v++)
        sums[v] = _mm256_setzero_ps();
    for (size_t i = 0; i < t->n; i++) {
        const float *row = t->rows + t->columns[i] * t->stride + first;
        const __m256 root = _mm256_broadcast_ss(t->root + t->kinds[i]), weight = _mm256_broadcast_ss(t->weight + t->kinds[i]);
        float *to = panel + i * t->ld + first;
        for (size_t v = 0; v < n; v++) {
            const __m256 value = _mm256_loadu_ps(row + 8 * v);
            _mm256_storeu_ps(to + 8 * v, _mm256_mul_ps(root, value));
            sums[v] = _mm256_fmadd_ps(weight, value, sums[v]);
        }
    }
    for (size_t v = 0; v < n; v++) {
        double *to = b + first + 8 * v;
        const __m256d low = _mm256_cvtps_pd(_mm256_castps256_ps128(sums[v])),
                      high = _mm256_cvtps_pd(_mm256_extractf128_ps(sums[v], 1));
        _mm256_storeu_pd(to, _mm256_add_pd(_mm256_loadu_pd(to), low));
        _mm256_storeu_pd(to + 4, _mm256_add_pd(_mm256_loadu_pd(to + 4), high));
    }
}

static void gather(const simd_terms *terms, float *panel, double *b)
{
    const simd_terms t = *terms; /* a copy that stores into the panel can't change */
    size_t first = 0;
    for (; first + 64 <= t.ld; first += 64)
        gather_strip(&t, first, 8, panel, b);
    for (; first < t.ld; first += 16)
        gather_strip(&t, first, 2, panel, b);
}

/* The 4 x 4 blocks of left and right transposed side by side: rows 0 .. 3 and 4 .. 7 of eight become lanes 0 .. 3 and 4 .. 7. */
static inline __attribute__((always_inline)) void transpose_four(const float *const row[8], size_t j, __m256 column[4])
{
    __m256 pair[4];
    for (size_t i = 0; i < 4; i++)
        pair[i] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(row[i] + j)), _mm_loadu_ps(row[i + 4] + j), 1);
    const __m256 low_01 = _mm256_unpacklo_ps(pair[0], pair[1]), high_01 = _mm256_unpackhi_ps(pair[0], pair[1]),
                 low_23 = _mm256_unpacklo_ps(pair[2], pair[3]), high_23 = _mm256_unpackhi_ps(pair[2], pair[3]);
    column[0] = _mm256_shuffle_ps(low_01, low_23, 0x44);
    column[1] = _mm256_shuffle_ps(low_01, low_23, 0xee);
    column[2] = _mm256_shuffle_ps(high_01, high_23, 0x44);
    column[3] = _mm256_shuffle_ps(high_01, high_23, 0xee);
}

/* Eight terms at a time. Behind the last one the first is read again, with a root of 0. */
static void gather_columns(const simd_terms *t, const float *diagonal, float shift, float *scale, float *panel, size_t width)
{
    for (size_t j = 0; j < t->ld; j += 8) {
        const __m256 d = _mm256_add_ps(_mm256_loadu_ps(diagonal + j), _mm256_set1_ps(shift));
        _mm256_storeu_ps(scale + j, _mm256_div_ps(_mm256_set1_ps(1.0f), _mm256_sqrt_ps(d)));
    }
    for (size_t first = 0; first < width; first += 8) {
        const float *row[8];
        float roots[8];
        for (size_t i = 0; i < 8; i++) {
            const bool is_term = first + i < t->n;
            row[i] = t->rows + t->columns[is_term ? first + i : 0] * t->stride;
            roots[i] = is_term ? t->root[t->kinds[first + i]] : 0.0f;
        }
        const __m256 root = _mm256_loadu_ps(roots);
        for (size_t j = 0; j < t->ld; j += 4) {
            __m256 column[4];
            transpose_four(row, j, column);
            for (size_t q = 0; q < 4; q++)
                _mm256_storeu_ps(panel + (j + q) * width + first,
                                 _mm256_mul_ps(_mm256_mul_ps(root, column[q]), _mm256_broadcast_ss(scale + j + q)));
        }
    }
}

/* n_left x (8 n_right) elements of a product: a tile as above, whose factors come from rows of a. */
static inline __attribute__((always_inline)) void product_tile(const float *a, size_t a_stride, const float *b, size_t n_inner,
                                                               size_t n, size_t n_left, size_t n_right, float *out)
{
    __m256 sums[12];
    for (size_t t = 0; t < n_left * n_right; t++)
        sums[t] = _mm256_setzero_ps();
    for (size_t p = 0; p < n_inner; p++, b += n) {
        __m256 values[3];
        for (size_t v = 0; v < n_right; v++)
            values[v] = _mm256_loadu_ps(b + 8 * v);
        for (size_t t = 0; t < n_left; t++) {
            const __m256 factor = _mm256_broadcast_ss(a + t * a_stride + p);
            for (size_t v = 0; v < n_right; v++)
                sums[t * n_right + v] = _mm256_fmadd_ps(factor, values[v], sums[t * n_right + v]);
        }
    }
    for (size_t t = 0; t < n_left; t++)
        for (size_t v = 0; v < n_right; v++)
            _mm256_storeu_ps(out + t * n + 8 * v, sums[t * n_right + v]);
}

/* Columns of b that stay in the cache while all rows of a pass by. */
static void multiply(const float *a, size_t n_rows, size_t a_stride, const float *b, size_t n_inner, size_t n, float *out)
{
    for (size_t j = 0; j < n;) {
        const size_t left = n - j, step = left == 16 || left == 32 ? 16 : 24;
        size_t r = 0;
        for (; r + TILE_ROWS <= n_rows; r += TILE_ROWS) {
            if (step == 24)
                product_tile(a + r * a_stride, a_stride, b + j, n_inner, n, TILE_ROWS, 3, out + r * n + j);
            else
                product_tile(a + r * a_stride, a_stride, b + j, n_inner, n, TILE_ROWS, 2, out + r * n + j);
        }
        for (; r < n_rows; r++) {
            if (step == 24)
                product_tile(a + r * a_stride, a_stride, b + j, n_inner, n, 1, 3, out + r * n + j);
            else
                product_tile(a + r * a_stride, a_stride, b + j, n_inner, n, 1, 2, out + r * n + j);
        }
        j += step;
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

/* The factor is kept so that neither it nor the substitution waits for square roots: in blocks of eight rows, U = D W with D the
 * diagonal and W unit. Row p of a block holds, in the block's own columns,
 *
 *     lanes < p: column p of W      lane p: 1 / D_p      lanes > p: row p of W
 *
 * and right of them U itself. */

static inline __m256i lane_numbers(void)
{
    return _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
}

static inline __m256 lanes_after(size_t p)
{
    return _mm256_castsi256_ps(_mm256_cmpgt_epi32(lane_numbers(), _mm256_set1_epi32((int)p)));
}

static inline __m256 lanes_before(size_t p)
{
    return _mm256_castsi256_ps(_mm256_cmpgt_epi32(_mm256_set1_epi32((int)p), lane_numbers()));
}

static inline __m256 lane_at(size_t p)
{
    return _mm256_castsi256_ps(_mm256_cmpeq_epi32(lane_numbers(), _mm256_set1_epi32((int)p)));
}

static inline __m256 broadcast_lane(__m256 v, size_t lane)
{
    return _mm256_permutevar8x32_ps(v, _mm256_set1_epi32((int)lane));
}

/* The block's own columns, by W' D^2 W: a division for each pivot is all that the next one waits for. False if a pivot isn't positive
 * and finite. */
static inline __attribute__((always_inline)) bool factor_diagonal(float *a, size_t ld)
{
    __m256 row[8], pivots = _mm256_setzero_ps(), inverses = _mm256_setzero_ps();
    for (size_t i = 0; i < 8; i++)
        row[i] = _mm256_loadu_ps(a + i * ld);
    for (size_t p = 0; p < 8; p++) {
        const __m256 pivot = broadcast_lane(row[p], p), inverse = _mm256_div_ps(_mm256_set1_ps(1.0f), pivot);
        const __m256 unit_row = _mm256_mul_ps(row[p], inverse), at = lane_at(p);
        pivots = _mm256_blendv_ps(pivots, pivot, at);
        inverses = _mm256_blendv_ps(inverses, inverse, at);
        for (size_t i = p + 1; i < 8; i++)
            row[i] = _mm256_fnmadd_ps(broadcast_lane(row[p], i), unit_row, row[i]);
        row[p] = unit_row;
    }
    const __m256 is_good = _mm256_and_ps(_mm256_cmp_ps(pivots, _mm256_setzero_ps(), _CMP_GT_OQ),
                                         _mm256_cmp_ps(pivots, _mm256_set1_ps(INFINITY), _CMP_LT_OQ));
    const __m256 scale = _mm256_sqrt_ps(inverses);
    for (size_t p = 0; p < 8; p++)
        _mm256_storeu_ps(a + p * ld, _mm256_blendv_ps(row[p], scale, lane_at(p)));
    for (size_t p = 1; p < 8; p++)
        for (size_t i = 0; i < p; i++)
            a[p * ld + i] = a[i * ld + p];
    return _mm256_movemask_ps(is_good) == 0xff;
}

/* Rows after the p-th lose its share: factors are row p of W. */
static inline __attribute__((always_inline)) void eliminate(const float *factors, size_t p, __m256 row[8])
{
    for (size_t i = p + 1; i < 8; i++)
        row[i] = _mm256_fnmadd_ps(_mm256_broadcast_ss(factors + i), row[p], row[i]);
}

/* The block's other columns: n of them, its own included. */
static inline __attribute__((always_inline)) void factor_rest(float *a, size_t ld, size_t n)
{
    for (size_t j = 8; j < n; j += 8) {
        __m256 row[8];
        for (size_t i = 0; i < 8; i++)
            row[i] = _mm256_loadu_ps(a + i * ld + j);
        eliminate(a, 0, row); /* one by one, so that the rows stay in registers */
        eliminate(a + ld, 1, row);
        eliminate(a + 2 * ld, 2, row);
        eliminate(a + 3 * ld, 3, row);
        eliminate(a + 4 * ld, 4, row);
        eliminate(a + 5 * ld, 5, row);
        eliminate(a + 6 * ld, 6, row);
        for (size_t i = 0; i < 8; i++)
            _mm256_storeu_ps(a + i * ld + j, _mm256_mul_ps(_mm256_broadcast_ss(a + i * ld + i), row[i]));
    }
}

static bool factor_block(float *a, size_t first, size_t ld)
{
    float *block = a + first * ld + first;
    if (!factor_diagonal(block, ld))
        return false;
    factor_rest(block, ld, ld - first);
    return true;
}

static bool cholesky(float *a, size_t n, size_t ld)
{
    for (size_t i = n; i < ld; i++)
        a[i * ld + i] = 1.0f; /* what pads the matrix solves to 0 */
    for (size_t first = 0; first < n; first += PIVOTS) {
        const size_t last = first + PIVOTS;
        if (!factor_block(a, first, ld))
            return false;
        for (size_t i = first + 8; i < last; i += TILE_ROWS)
            strip(a + first * ld, 8, ld, true, i, a, NULL);
        if (!factor_block(a, first + 8, ld))
            return false;
        for (size_t i = last; i < (n + 7) / 8 * 8; i += TILE_ROWS)
            strip(a + first * ld, PIVOTS, ld, true, i, a, NULL);
    }
    return true;
}

static __m256 diagonal(const float *block, size_t ld)
{
    __m256 out = _mm256_setzero_ps();
    for (size_t p = 0; p < 8; p++)
        out = _mm256_or_ps(out, _mm256_and_ps(lane_at(p), _mm256_loadu_ps(block + p * ld)));
    return out;
}

/* sums[i] = the sum of v[i]'s lanes. */
static inline __m256 sum_each(const __m256 v[8])
{
    const __m256 a = _mm256_hadd_ps(_mm256_hadd_ps(v[0], v[1]), _mm256_hadd_ps(v[2], v[3])),
                 b = _mm256_hadd_ps(_mm256_hadd_ps(v[4], v[5]), _mm256_hadd_ps(v[6], v[7]));
    return _mm256_add_ps(_mm256_permute2f128_ps(a, b, 0x20), _mm256_permute2f128_ps(a, b, 0x31));
}

/* U' z = b */
static void substitute_forward(const float *u, size_t n, size_t ld, float *b)
{
    for (size_t first = 0; first < n; first += 8) {
        const float *block = u + first * ld + first;
        __m256 w = _mm256_loadu_ps(b + first);
        for (size_t p = 0; p < 8; p++)
            w = _mm256_fnmadd_ps(broadcast_lane(w, p), _mm256_and_ps(lanes_after(p), _mm256_loadu_ps(block + p * ld)), w);
        const __m256 z = _mm256_mul_ps(w, diagonal(block, ld));
        _mm256_storeu_ps(b + first, z);
        __m256 factors[8];
        for (size_t p = 0; p < 8; p++)
            factors[p] = broadcast_lane(z, p);
        for (size_t j = 8; first + j < n; j += 8) {
            __m256 even = _mm256_loadu_ps(b + first + j), odd = _mm256_setzero_ps();
            for (size_t p = 0; p < 8; p += 2) {
                even = _mm256_fnmadd_ps(factors[p], _mm256_loadu_ps(block + p * ld + j), even);
                odd = _mm256_fnmadd_ps(factors[p + 1], _mm256_loadu_ps(block + (p + 1) * ld + j), odd);
            }
            _mm256_storeu_ps(b + first + j, _mm256_add_ps(even, odd));
        }
    }
}

/* U x = z */
static void substitute_backward(const float *u, size_t n, size_t ld, float *b)
{
    for (size_t first = (n + 7) / 8 * 8; first > 0;) {
        first -= 8;
        const float *block = u + first * ld + first;
        __m256 sums[8];
        for (size_t p = 0; p < 8; p++)
            sums[p] = _mm256_setzero_ps();
        for (size_t j = 8; first + j < n; j += 8) {
            const __m256 x = _mm256_loadu_ps(b + first + j);
            for (size_t p = 0; p < 8; p++)
                sums[p] = _mm256_fmadd_ps(x, _mm256_loadu_ps(block + p * ld + j), sums[p]);
        }
        __m256 x = _mm256_mul_ps(_mm256_sub_ps(_mm256_loadu_ps(b + first), sum_each(sums)), diagonal(block, ld));
        for (size_t p = 8; p-- > 0;)
            x = _mm256_fnmadd_ps(broadcast_lane(x, p), _mm256_and_ps(lanes_before(p), _mm256_loadu_ps(block + p * ld)), x);
        _mm256_storeu_ps(b + first, x);
    }
}

static void substitute(const float *u, size_t n, size_t ld, float *b)
{
    substitute_forward(u, n, ld, b);
    substitute_backward(u, n, ld, b);
}

/* --- block updates ------------------------------------------------------------------------------------------------------ */

/* Eight terms at a time, as in gather_columns. */
static void project(const simd_terms *t, const float *x, float *out)
{
    for (size_t first = 0; first < t->n; first += 8) {
        const float *row[8];
        float roots[8], products[8];
        __m256 sums[8];
        for (size_t i = 0; i < 8; i++) {
            const bool is_term = first + i < t->n;
            row[i] = t->rows + t->columns[is_term ? first + i : 0] * t->stride;
            roots[i] = is_term ? t->root[t->kinds[first + i]] : 0.0f;
            sums[i] = _mm256_setzero_ps();
        }
        for (size_t j = 0; j < t->ld; j += 8) {
            const __m256 value = _mm256_loadu_ps(x + j);
            for (size_t i = 0; i < 8; i++)
                sums[i] = _mm256_fmadd_ps(value, _mm256_loadu_ps(row[i] + j), sums[i]);
        }
        _mm256_storeu_ps(products, _mm256_mul_ps(_mm256_loadu_ps(roots), sum_each(sums)));
        for (size_t i = 0; i < 8 && first + i < t->n; i++)
            out[first + i] += products[i];
    }
}

/* 8 n columns, whose sums stay in registers. */
static inline __attribute__((always_inline)) void subtract_strip(const float *rows, size_t stride, size_t n_rows,
                                                                 const float *factors, size_t n, double *y)
{
    __m256 sums[8];
    for (size_t v = 0; v < n; v++)
        sums[v] = _mm256_setzero_ps();
    for (size_t r = 0; r < n_rows; r++, rows += stride) {
        const __m256 factor = _mm256_broadcast_ss(factors + r);
        for (size_t v = 0; v < n; v++)
            sums[v] = _mm256_fmadd_ps(factor, _mm256_loadu_ps(rows + 8 * v), sums[v]);
    }
    for (size_t v = 0; v < n; v++) {
        double *to = y + 8 * v;
        const __m256d low = _mm256_cvtps_pd(_mm256_castps256_ps128(sums[v])),
                      high = _mm256_cvtps_pd(_mm256_extractf128_ps(sums[v], 1));
        _mm256_storeu_pd(to, _mm256_sub_pd(_mm256_loadu_pd(to), low));
        _mm256_storeu_pd(to + 4, _mm256_sub_pd(_mm256_loadu_pd(to + 4), high));
    }
}

static void subtract_rows(const float *rows, size_t stride, size_t n_rows, const float *factors, size_t ld, double *y)
{
    size_t first = 0;
    for (; first + 64 <= ld; first += 64)
        subtract_strip(rows + first, stride, n_rows, factors, 8, y + first);
    for (; first < ld; first += 16)
        subtract_strip(rows + first, stride, n_rows, factors, 2, y + first);
}

/* --- residuals ---------------------------------------------------------------------------------------------------------- */

/* One element right of the diagonal. */
static inline double product_step(double value, double x_i, const double *x, double *y)
{
    *y -= value * x_i;
    return value * *x;
}

static void subtract_product(const float *a, size_t n, size_t ld, const double *x, double *y)
{
    for (size_t i = 0; i < n; i++) {
        const float *row = a + i * ld;
        const __m256d x_i = _mm256_set1_pd(x[i]);
        __m256d sums = _mm256_setzero_pd();
        double sum = (double)row[i] * x[i];
        size_t j = i + 1;
        for (; j < n && j % 4 != 0; j++)
            sum += product_step((double)row[j], x[i], x + j, y + j);
        for (; j + 4 <= n; j += 4) {
            const __m256d value = _mm256_cvtps_pd(_mm_loadu_ps(row + j));
            sums = _mm256_fmadd_pd(value, _mm256_loadu_pd(x + j), sums);
            _mm256_storeu_pd(y + j, _mm256_fnmadd_pd(value, x_i, _mm256_loadu_pd(y + j)));
        }
        for (; j < n; j++)
            sum += product_step((double)row[j], x[i], x + j, y + j);
        y[i] -= sum + sum_lanes(sums, _mm256_setzero_pd());
    }
}

const simd_kernels simd_avx2 = {
    .name = "avx2",
    .dot = dot,
    .axpy = axpy,
    .add_squares = add_squares,
    .scores = scores,
    .gather = gather,
    .gather_columns = gather_columns,
    .project = project,
    .subtract_rows = subtract_rows,
    .multiply = multiply,
    .gram = gram,
    .gram64 = gram64,
    .cholesky = cholesky,
    .substitute = substitute,
    .subtract_product = subtract_product,
};
