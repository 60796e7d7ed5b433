/* The reference kernels: plain loops, in the order that the promises of simd.h fix. */
#include <math.h>

#include "simd/simd.h"

static double dot(const float *a, const double *b, size_t n)
{
    double sum[8] = {0};
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t lane = 0; lane < 8; lane++)
            sum[lane] += (double)a[i + lane] * b[i + lane];
    for (; i < n; i++)
        sum[i % 8] += (double)a[i] * b[i];
    return ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
}

static void axpy(double factor, const float *x, double *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += factor * (double)x[i];
}

static void add_squares(const float *const *rows, const double *factors, size_t n_rows, double *a, size_t n, size_t ld)
{
    for (size_t r = 0; r < n_rows; r++)
        for (size_t i = 0; i < n; i++)
            axpy(factors[r] * (double)rows[r][i], rows[r] + i, a + i * ld + i, n - i);
}

static void scores(const float *rows, size_t n_rows, size_t stride, const double *x, size_t n, double *out)
{
    for (size_t r = 0; r < n_rows; r++)
        out[r] = dot(rows + r * stride, x, n);
}

static void gather(const simd_terms *t, float *panel, double *b)
{
    for (size_t j = 0; j < t->ld; j++) {
        float sum = 0.0f;
        for (size_t i = 0; i < t->n; i++) {
            const float value = t->rows[t->columns[i] * t->stride + j];
            panel[i * t->ld + j] = t->root[t->kinds[i]] * value;
            sum += t->weight[t->kinds[i]] * value;
        }
        b[j] += (double)sum;
    }
}

static void gather_columns(const simd_terms *t, const float *diagonal, float shift, float *scale, float *panel, size_t width)
{
    for (size_t j = 0; j < t->ld; j++) {
        scale[j] = 1.0f / sqrtf(diagonal[j] + shift);
        for (size_t i = 0; i < width; i++)
            panel[j * width + i] = i < t->n ? t->root[t->kinds[i]] * t->rows[t->columns[i] * t->stride + j] * scale[j] : 0.0f;
    }
}

static void project(const simd_terms *t, const float *x, float *out)
{
    for (size_t i = 0; i < t->n; i++) {
        float sum = 0.0f;
        for (size_t j = 0; j < t->ld; j++)
            sum += t->rows[t->columns[i] * t->stride + j] * x[j];
        out[i] += t->root[t->kinds[i]] * sum;
    }
}

static void subtract_rows(const float *rows, size_t stride, size_t n_rows, const float *factors, size_t ld, double *y)
{
    for (size_t j = 0; j < ld; j++) {
        float sum = 0.0f;
        for (size_t r = 0; r < n_rows; r++)
            sum += factors[r] * rows[r * stride + j];
        y[j] -= (double)sum;
    }
}

static void multiply(const float *a, size_t n_rows, size_t a_stride, const float *b, size_t n_inner, size_t n, float *out)
{
    for (size_t r = 0; r < n_rows; r++, a += a_stride, out += n) {
        for (size_t j = 0; j < n; j++)
            out[j] = 0.0f;
        for (size_t p = 0; p < n_inner; p++)
            for (size_t j = 0; j < n; j++)
                out[j] += a[p] * b[p * n + j];
    }
}

static void gram(const float *rows, size_t n_rows, float *a, size_t ld, const simd_ahead *ahead)
{
    (void)ahead; /* it takes so long that the processor waits for nothing else */
    for (size_t i = 0; i < ld; i++) {
        for (size_t j = i; j < ld; j++) {
            float sum = 0.0f;
            for (size_t r = 0; r < n_rows; r++)
                sum += rows[r * ld + i] * rows[r * ld + j];
            a[i * ld + j] += sum;
        }
    }
}

static void gram64(const float *rows, size_t n_rows, double *a, size_t ld)
{
    for (size_t r = 0; r < n_rows; r++)
        for (size_t i = 0; i < ld; i++)
            axpy((double)rows[r * ld + i], rows + r * ld + i, a + i * ld + i, ld - i);
}

/* Right-looking (Golub and Van Loan, Matrix Computations, section 4.2): row p of U, then the rank-1 update of what is below. */
static bool cholesky(float *a, size_t n, size_t ld)
{
    for (size_t p = 0; p < n; p++) {
        float *pivot_row = a + p * ld;
        if (!(pivot_row[p] > 0.0f && isfinite(pivot_row[p])))
            return false;
        const float scale = 1.0f / sqrtf(pivot_row[p]);
        for (size_t j = p; j < n; j++)
            pivot_row[j] *= scale;
        for (size_t i = p + 1; i < n; i++) {
            const float factor = pivot_row[i];
            float *row = a + i * ld;
            for (size_t j = i; j < n; j++)
                row[j] -= factor * pivot_row[j];
        }
    }
    return true;
}

static void substitute(const float *u, size_t n, size_t ld, float *b)
{
    for (size_t p = 0; p < n; p++) { /* U' z = b */
        const float *row = u + p * ld;
        b[p] /= row[p];
        for (size_t j = p + 1; j < n; j++)
            b[j] -= b[p] * row[j];
    }
    for (size_t p = n; p-- > 0;) { /* U x = z */
        const float *row = u + p * ld;
        float sum = b[p];
        for (size_t j = p + 1; j < n; j++)
            sum -= row[j] * b[j];
        b[p] = sum / row[p];
    }
}

static void subtract_product(const float *a, size_t n, size_t ld, const double *x, double *y)
{
    for (size_t i = 0; i < n; i++) {
        const float *row = a + i * ld;
        double sum = (double)row[i] * x[i];
        for (size_t j = i + 1; j < n; j++) {
            sum += (double)row[j] * x[j];
            y[j] -= (double)row[j] * x[i];
        }
        y[i] -= sum;
    }
}

const simd_kernels simd_scalar = {
    .name = "scalar",
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
