/* Householder's reduction to a tridiagonal matrix, then the implicit QL method (Golub and Van Loan, Matrix Computations, sections
 * 8.3.1 and 8.3.5). Only sqrt is asked of libm. All inner loops run along rows.
 *
 * The reduction leaves in row j, right of the diagonal, the vector v of the reflection H_j = I - 2 v v' / v'v, which clears row j
 * behind its second value; the diagonal and what is beside it go to arrays of their own.
 */
#include "als/eigen.h"

#include <float.h>
#include <math.h>

enum { MAX_STEPS = 60 }; /* for one value; two or three are usual */

static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static void add(double factor, const double *x, double *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += factor * x[i];
}

/* 2 / v'v; 0 for a row that is clear already. */
static double reflection_of(const double *v, size_t n)
{
    const double square = dot(v, v, n);
    return square > 0.0 ? 2.0 / square : 0.0;
}

/* Makes v from the row's values; returns what is left beside the diagonal. */
static double make_reflection(double *v, size_t n)
{
    const double first = v[0], rest = dot(v + 1, v + 1, n - 1);
    if (rest == 0.0) {
        v[0] = 0.0;
        return first;
    }
    const double norm = sqrt(first * first + rest), left = first > 0.0 ? -norm : norm;
    v[0] = first - left;
    return left;
}

/* The n x n matrix b becomes H b H = b - v w' - w v'; w is scratch. */
static void reflect(double *b, size_t n, size_t ld, const double *v, double *w)
{
    const double beta = reflection_of(v, n);
    for (size_t i = 0; i < n; i++)
        w[i] = beta * dot(b + i * ld, v, n);
    add(-0.5 * beta * dot(v, w, n), v, w, n);
    for (size_t i = 0; i < n; i++) {
        add(-v[i], w, b + i * ld, n);
        add(-w[i], v, b + i * ld, n);
    }
}

static void reduce(double *a, size_t n, double *diagonal, double *beside)
{
    for (size_t j = 0; j < n; j++) {
        double *row = a + j * n;
        diagonal[j] = row[j];
        const size_t m = n - j - 1; /* values right of the diagonal */
        if (m == 0) {
            beside[j] = 0.0;
            continue;
        }
        beside[j] = make_reflection(row + j + 1, m);
        reflect(row + n + j + 1, m, n, row + j + 1, diagonal + j + 1); /* what is right of diagonal[j] isn't set yet */
    }
}

/* The matrix of reflections becomes their product, transposed: rows j + 1 and on are those of H_{n-1} ... H_{j+1}, from the last. */
static void multiply_reflections(double *a, size_t n)
{
    for (size_t j = n; j-- > 0;) {
        double *v = a + j * n + j + 1;
        const size_t m = n - j - 1;
        const double beta = reflection_of(v, m);
        for (size_t i = j + 1; i < n; i++) {
            double *row = a + i * n + j + 1;
            add(-beta * dot(row, v, m), v, row, m);
            a[i * n + j] = 0.0;
        }
        a[j * n + j] = 1.0;
        for (size_t i = 0; i < m; i++)
            v[i] = 0.0;
    }
}

/* Rows i and i + 1 turn by the angle of which c and s are cosine and sine. */
static void turn_rows(double *row, double *next, size_t n, double c, double s)
{
    for (size_t i = 0; i < n; i++) {
        const double was = next[i];
        next[i] = s * row[i] + c * was;
        row[i] = c * row[i] - s * was;
    }
}

/* One step from value m up to l, with a shift from the first two values. */
static void ql_step(double *d, double *e, size_t l, size_t m, double *rows, size_t n)
{
    const double half = (d[l + 1] - d[l]) / (2.0 * e[l]), root = sqrt(half * half + 1.0);
    double g = d[m] - d[l] + e[l] / (half + (half < 0.0 ? -root : root)), s = 1.0, c = 1.0, shift = 0.0;
    for (size_t i = m; i-- > l;) {
        const double f = s * e[i], b = c * e[i], r = sqrt(f * f + g * g);
        e[i + 1] = r;
        if (r == 0.0) { /* the matrix falls apart here */
            d[i + 1] -= shift;
            e[m] = 0.0;
            return;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - shift;
        const double t = (d[i] - g) * s + 2.0 * c * b;
        shift = s * t;
        d[i + 1] = g + shift;
        g = c * t - b;
        turn_rows(rows + i * n, rows + (i + 1) * n, n, c, s);
    }
    d[l] -= shift;
    e[l] = g;
    e[m] = 0.0;
}

bool eigen_symmetric(double *a, size_t n, double *values, double *scratch)
{
    double *d = values, *e = scratch;
    reduce(a, n, d, e);
    multiply_reflections(a, n);
    for (size_t l = 0; l < n; l++) {
        for (int step = 0;; step++) {
            size_t m = l;
            while (m + 1 < n && !(fabs(e[m]) <= DBL_EPSILON * (fabs(d[m]) + fabs(d[m + 1]))))
                m++;
            if (m == l)
                break;
            if (step == MAX_STEPS)
                return false;
            ql_step(d, e, l, m, a, n);
        }
    }
    for (size_t i = 0; i < n; i++)
        if (!isfinite(d[i]))
            return false;
    return true;
}
