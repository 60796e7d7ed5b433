/* Kernels for NEON with float64, which every 64-bit ARM processor has.
 *
 * The rank-n updates work on tiles of the result that stay in registers while the rows pass by: 8 x 8 floats (sixteen sums of
 * four) or 4 x 8 doubles. Leading dimensions are multiples of 16, so that nothing is left over beside the tiles. The Cholesky
 * factorization takes eight pivot rows at a time: nearly all of its work is the same tile, subtracted.
 */
#include <arm_neon.h>
#include <math.h>
#include <stdbool.h>

#include "simd/simd.h"

enum { TILE = 8, PRODUCT_ROWS = 4, PRODUCT_COLUMNS = 16 };

/* --- float64 sums in the order of simd.h: no fused operations ----------------------------------------------------------- */

/* sums[v] += products 2 v and 2 v + 1 of eight. */
static inline void add_products(float64x2_t sums[4], const float *a, const double *b)
{
    const float32x4_t low = vld1q_f32(a), high = vld1q_f32(a + 4);
    const float64x2_t wide[4] = {vcvt_f64_f32(vget_low_f32(low)), vcvt_high_f64_f32(low), vcvt_f64_f32(vget_low_f32(high)),
                                 vcvt_high_f64_f32(high)};
    for (size_t v = 0; v < 4; v++)
        sums[v] = vaddq_f64(sums[v], vmulq_f64(wide[v], vld1q_f64(b + 2 * v)));
}

static double dot(const float *a, const double *b, size_t n)
{
    float64x2_t sums[4] = {vdupq_n_f64(0.0), vdupq_n_f64(0.0), vdupq_n_f64(0.0), vdupq_n_f64(0.0)};
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        add_products(sums, a + i, b + i);
    if (i < n) {
        float a_rest[8] = {0};
        double b_rest[8] = {0};
        for (size_t lane = 0; i + lane < n; lane++) {
            a_rest[lane] = a[i + lane];
            b_rest[lane] = b[i + lane];
        }
        add_products(sums, a_rest, b_rest);
    }
    const float64x2_t s = vaddq_f64(vaddq_f64(sums[0], sums[2]), vaddq_f64(sums[1], sums[3]));
    return vgetq_lane_f64(s, 0) + vgetq_lane_f64(s, 1);
}

static void axpy(double factor, const float *x, double *y, size_t n)
{
    const float64x2_t f = vdupq_n_f64(factor);
    size_t i = 0;
    for (; i + 2 <= n; i += 2)
        vst1q_f64(y + i, vaddq_f64(vld1q_f64(y + i), vmulq_f64(f, vcvt_f64_f32(vld1_f32(x + i)))));
    if (i < n)
        y[i] += factor * (double)x[i];
}

static void add_squares(const float *const *rows, const double *factors, size_t n_rows, double *a, size_t n, size_t ld)
{
    for (size_t i = 0; i < n; i++) /* row i stays in the first-level cache */
        for (size_t r = 0; r < n_rows; r++)
            axpy(factors[r] * (double)rows[r][i], rows[r] + i, a + i * ld + i, n - i);
}

static void scores(const float *rows, size_t n_rows, size_t stride, const double *x, size_t n, double *out)
{
    for (size_t r = 0; r < n_rows; r++)
        out[r] = dot(rows + r * stride, x, n);
}

/* --- gathers ------------------------------------------------------------------------------------------------------------ */

/* Sixteen columns: their sums stay in registers. */
static void gather_strip(const simd_terms *t, size_t first, float *panel, double *b)
{
    float32x4_t sums[4] = {vdupq_n_f32(0.0f), vdupq_n_f32(0.0f), vdupq_n_f32(0.0f), vdupq_n_f32(0.0f)};
    for (size_t i = 0; i < t->n; i++) {
        const float *row = t->rows + t->columns[i] * t->stride + first;
        const float root = t->root[t->kinds[i]], weight = t->weight[t->kinds[i]];
        float *to = panel + i * t->ld + first;
        for (size_t v = 0; v < 4; v++) {
            const float32x4_t value = vld1q_f32(row + 4 * v);
            vst1q_f32(to + 4 * v, vmulq_n_f32(value, root));
            sums[v] = vfmaq_n_f32(sums[v], value, weight);
        }
    }
    for (size_t v = 0; v < 4; v++) {
        double *to = b + first + 4 * v;
        vst1q_f64(to, vaddq_f64(vld1q_f64(to), vcvt_f64_f32(vget_low_f32(sums[v]))));
        vst1q_f64(to + 2, vaddq_f64(vld1q_f64(to + 2), vcvt_high_f64_f32(sums[v])));
    }
}

static void gather(const simd_terms *terms, float *panel, double *b)
{
    const simd_terms t = *terms; /* a copy that stores into the panel can't change */
    for (size_t first = 0; first < t.ld; first += 16)
        gather_strip(&t, first, panel, b);
}

/* The 4 x 4 block of four rows, by columns. */
static inline void transpose(const float *const row[4], size_t j, float32x4_t column[4])
{
    const float32x4x2_t even = vzipq_f32(vld1q_f32(row[0] + j), vld1q_f32(row[2] + j)),
                        odd = vzipq_f32(vld1q_f32(row[1] + j), vld1q_f32(row[3] + j));
    const float32x4x2_t first = vzipq_f32(even.val[0], odd.val[0]), last = vzipq_f32(even.val[1], odd.val[1]);
    column[0] = first.val[0];
    column[1] = first.val[1];
    column[2] = last.val[0];
    column[3] = last.val[1];
}

/* Four terms at a time. Behind the last one the first is read again, with a root of 0. */
static void gather_columns(const simd_terms *t, const float *diagonal, float shift, float *scale, float *panel, size_t width)
{
    for (size_t j = 0; j < t->ld; j += 4) {
        const float32x4_t d = vaddq_f32(vld1q_f32(diagonal + j), vdupq_n_f32(shift));
        vst1q_f32(scale + j, vdivq_f32(vdupq_n_f32(1.0f), vsqrtq_f32(d)));
    }
    for (size_t first = 0; first < width; first += 4) {
        const float *row[4];
        float roots[4];
        for (size_t i = 0; i < 4; i++) {
            const bool is_term = first + i < t->n;
            row[i] = t->rows + t->columns[is_term ? first + i : 0] * t->stride;
            roots[i] = is_term ? t->root[t->kinds[first + i]] : 0.0f;
        }
        const float32x4_t root = vld1q_f32(roots);
        for (size_t j = 0; j < t->ld; j += 4) {
            float32x4_t column[4];
            transpose(row, j, column);
            for (size_t q = 0; q < 4; q++)
                vst1q_f32(panel + (j + q) * width + first, vmulq_n_f32(vmulq_f32(root, column[q]), scale[j + q]));
        }
    }
}

/* --- tiles -------------------------------------------------------------------------------------------------------------- */

/* n_left x 16 elements of a product, n_left a constant where this is inlined. */
static inline __attribute__((always_inline)) void product_tile(const float *a, size_t a_stride, const float *b, size_t n_inner,
                                                               size_t n, size_t n_left, float *out)
{
    float32x4_t sums[PRODUCT_ROWS][4];
    for (size_t t = 0; t < n_left; t++)
        for (size_t v = 0; v < 4; v++)
            sums[t][v] = vdupq_n_f32(0.0f);
    for (size_t p = 0; p < n_inner; p++, b += n)
        for (size_t v = 0; v < 4; v++) {
            const float32x4_t right = vld1q_f32(b + 4 * v);
            for (size_t t = 0; t < n_left; t++)
                sums[t][v] = vfmaq_n_f32(sums[t][v], right, a[t * a_stride + p]);
        }
    for (size_t t = 0; t < n_left; t++)
        for (size_t v = 0; v < 4; v++)
            vst1q_f32(out + t * n + 4 * v, sums[t][v]);
}

static void multiply(const float *a, size_t n_rows, size_t a_stride, const float *b, size_t n_inner, size_t n, float *out)
{
    for (size_t j = 0; j < n; j += PRODUCT_COLUMNS) { /* columns of b that stay in the cache while all rows of a pass by */
        size_t r = 0;
        for (; r + PRODUCT_ROWS <= n_rows; r += PRODUCT_ROWS)
            product_tile(a + r * a_stride, a_stride, b + j, n_inner, n, PRODUCT_ROWS, out + r * n + j);
        for (; r < n_rows; r++)
            product_tile(a + r * a_stride, a_stride, b + j, n_inner, n, 1, out + r * n + j);
    }
}

/* a[0 .. 8) x [0 .. 8) += or -= left' right, n_rows of each, all with row stride ld. */
static inline __attribute__((always_inline)) void tile(const float *left, const float *right, size_t n_rows, size_t ld,
                                                       bool subtract, float *a)
{
    float32x4_t sums[TILE][2];
    for (size_t t = 0; t < TILE; t++)
        sums[t][0] = sums[t][1] = vdupq_n_f32(0.0f);
    for (size_t r = 0; r < n_rows; r++, left += ld, right += ld) {
        const float32x4_t first = vld1q_f32(right), last = vld1q_f32(right + 4);
        for (size_t t = 0; t < TILE; t++) {
            sums[t][0] = vfmaq_n_f32(sums[t][0], first, left[t]);
            sums[t][1] = vfmaq_n_f32(sums[t][1], last, left[t]);
        }
    }
    for (size_t t = 0; t < TILE; t++)
        for (size_t v = 0; v < 2; v++) {
            float *to = a + t * ld + 4 * v;
            const float32x4_t was = vld1q_f32(to);
            vst1q_f32(to, subtract ? vsubq_f32(was, sums[t][v]) : vaddq_f32(was, sums[t][v]));
        }
}

static void fetch(const simd_ahead *ahead, size_t first, size_t last)
{
    for (size_t i = first; i < last && i < ahead->n; i++) {
        const float *row = ahead->rows + ahead->columns[i] * ahead->stride;
        for (size_t at = 0; at < ahead->ld; at += 16)
            __builtin_prefetch(row + at, 0, 2);
    }
}

static void gram(const float *rows, size_t n_rows, float *a, size_t ld, const simd_ahead *ahead)
{
    const size_t n_each = ahead->n / (ld / TILE) + 1;
    for (size_t i = 0; i < ld; i += TILE) {
        fetch(ahead, i / TILE * n_each, (i / TILE + 1) * n_each);
        for (size_t j = i; j < ld; j += TILE)
            tile(rows + i, rows + j, n_rows, ld, false, a + i * ld + j);
    }
}

/* a += the same, 4 x 8 doubles. */
static void add_tile64(const float *rows, size_t n_rows, size_t ld, size_t i, size_t j, double *a)
{
    float64x2_t sums[4][4];
    double *to = a + i * ld + j;
    for (size_t t = 0; t < 4; t++)
        for (size_t v = 0; v < 4; v++)
            sums[t][v] = vld1q_f64(to + t * ld + 2 * v);
    for (size_t r = 0; r < n_rows; r++, rows += ld)
        for (size_t v = 0; v < 4; v++) {
            const float64x2_t right = vcvt_f64_f32(vld1_f32(rows + j + 2 * v));
            for (size_t t = 0; t < 4; t++)
                sums[t][v] = vfmaq_n_f64(sums[t][v], right, (double)rows[i + t]);
        }
    for (size_t t = 0; t < 4; t++)
        for (size_t v = 0; v < 4; v++)
            vst1q_f64(to + t * ld + 2 * v, sums[t][v]);
}

static void gram64(const float *rows, size_t n_rows, double *a, size_t ld)
{
    for (size_t i = 0; i < ld; i += 4)
        for (size_t j = i / TILE * TILE; j < ld; j += TILE)
            add_tile64(rows, n_rows, ld, i, j, a);
}

/* --- Cholesky ----------------------------------------------------------------------------------------------------------- */

/* y -= factor * x */
static inline void subtract_row(float factor, const float *x, float *y, size_t n)
{
    size_t j = 0;
    for (; j + 4 <= n; j += 4)
        vst1q_f32(y + j, vfmsq_n_f32(vld1q_f32(y + j), vld1q_f32(x + j), factor));
    for (; j < n; j++)
        y[j] -= factor * x[j];
}

/* Rows first .. first + 7 of U, to the last column. */
static bool factor_rows(float *a, size_t first, size_t ld)
{
    for (size_t p = first; p < first + TILE; p++) {
        float *row = a + p * ld;
        if (!(row[p] > 0.0f && isfinite(row[p])))
            return false;
        const float scale = 1.0f / sqrtf(row[p]);
        for (size_t j = p; j < ld; j++)
            row[j] *= scale;
        for (size_t i = p + 1; i < first + TILE; i++)
            subtract_row(row[i], row + i, a + i * ld + i, ld - i);
    }
    return true;
}

static bool cholesky(float *a, size_t n, size_t ld)
{
    const size_t end = (n + TILE - 1) / TILE * TILE;
    for (size_t i = n; i < end; i++)
        a[i * ld + i] = 1.0f; /* what pads the matrix solves to 0 */
    for (size_t first = 0; first < end; first += TILE) {
        if (!factor_rows(a, first, ld))
            return false;
        for (size_t i = first + TILE; i < end; i += TILE)
            for (size_t j = i; j < end; j += TILE)
                tile(a + first * ld + i, a + first * ld + j, TILE, ld, true, a + i * ld + j);
    }
    return true;
}

static float dot32(const float *a, const float *b, size_t n)
{
    float32x4_t sums = vdupq_n_f32(0.0f);
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        sums = vfmaq_f32(sums, vld1q_f32(a + i), vld1q_f32(b + i));
    float sum = vaddvq_f32(sums);
    for (; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static void substitute(const float *u, size_t n, size_t ld, float *b)
{
    for (size_t p = 0; p < n; p++) { /* U' z = b */
        b[p] /= u[p * ld + p];
        subtract_row(b[p], u + p * ld + p + 1, b + p + 1, n - p - 1);
    }
    for (size_t p = n; p-- > 0;) /* U x = z */
        b[p] = (b[p] - dot32(u + p * ld + p + 1, b + p + 1, n - p - 1)) / u[p * ld + p];
}

/* --- block updates ------------------------------------------------------------------------------------------------------ */

/* Four sums a term, so that none waits for itself. */
static void project(const simd_terms *t, const float *x, float *out)
{
    for (size_t i = 0; i < t->n; i++) {
        const float *row = t->rows + t->columns[i] * t->stride;
        float32x4_t sums[4] = {vdupq_n_f32(0.0f), vdupq_n_f32(0.0f), vdupq_n_f32(0.0f), vdupq_n_f32(0.0f)};
        for (size_t j = 0; j < t->ld; j += 16)
            for (size_t v = 0; v < 4; v++)
                sums[v] = vfmaq_f32(sums[v], vld1q_f32(row + j + 4 * v), vld1q_f32(x + j + 4 * v));
        const float32x4_t sum = vaddq_f32(vaddq_f32(sums[0], sums[1]), vaddq_f32(sums[2], sums[3]));
        out[i] += t->root[t->kinds[i]] * vaddvq_f32(sum);
    }
}

static void subtract_rows(const float *rows, size_t stride, size_t n_rows, const float *factors, size_t ld, double *y)
{
    for (size_t first = 0; first < ld; first += 16) {
        float32x4_t sums[4] = {vdupq_n_f32(0.0f), vdupq_n_f32(0.0f), vdupq_n_f32(0.0f), vdupq_n_f32(0.0f)};
        for (size_t r = 0; r < n_rows; r++)
            for (size_t v = 0; v < 4; v++)
                sums[v] = vfmaq_n_f32(sums[v], vld1q_f32(rows + r * stride + first + 4 * v), factors[r]);
        for (size_t v = 0; v < 4; v++) {
            double *to = y + first + 4 * v;
            vst1q_f64(to, vsubq_f64(vld1q_f64(to), vcvt_f64_f32(vget_low_f32(sums[v]))));
            vst1q_f64(to + 2, vsubq_f64(vld1q_f64(to + 2), vcvt_high_f64_f32(sums[v])));
        }
    }
}

/* --- residuals ---------------------------------------------------------------------------------------------------------- */

static void subtract_product(const float *a, size_t n, size_t ld, const double *x, double *y)
{
    for (size_t i = 0; i < n; i++) {
        const float *row = a + i * ld;
        float64x2_t sums = vdupq_n_f64(0.0);
        double sum = (double)row[i] * x[i];
        size_t j = i + 1;
        for (; j + 2 <= n; j += 2) {
            const float64x2_t value = vcvt_f64_f32(vld1_f32(row + j));
            sums = vfmaq_f64(sums, value, vld1q_f64(x + j));
            vst1q_f64(y + j, vfmsq_n_f64(vld1q_f64(y + j), value, x[i]));
        }
        if (j < n) {
            sum += (double)row[j] * x[j];
            y[j] -= (double)row[j] * x[i];
        }
        y[i] -= sum + vaddvq_f64(sums);
    }
}

const simd_kernels simd_neon = {
    .name = "neon",
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
