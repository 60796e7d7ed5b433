/* EASE (Steck 2019, "Embarrassingly shallow autoencoders for sparse data"), a yardstick: a film's score is a sum of weights of the
 * films that the person liked, where the weights solve ridge regression of each film on all others. In closed form (equation 8),
 * with X the users x films matrix of ratings as numbers and P = (X'X + lambda I)^-1,
 *
 *     score_j = x_j - (x P)_j / P_jj
 *
 * P is never made. The smaller of two matrices is inverted, as V V':
 *
 *     films   X'X + lambda I = A:  x P = V V' x
 *     users   X X' + lambda I = K: lambda P = I - X' K^-1 X (Woodbury's identity), so that lambda x P = x - X' V V' X x
 *
 * Memory: 8 n^2 bytes for n = min(users, films that someone liked), at most LARGEST; n^3 / 3 multiply-adds, and n^2 for a score.
 */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "evaluate/ranker.h"
#include "evaluate/spd.h"

enum { LARGEST = 24000, NOT_LIKED = -1 };

/* Found on MovieLens latest small, seeds 101 and 102: docs/als.md. */
static const double lambda_of_likes = 200.0, lambda_of_all = 100.0, middling_in_training = 0.5, middling_folded = 0.35;

typedef struct ease {
    ranker base;
    const bt_ratings *x;                             /* n_users rows */
    double weight[ALS_RATINGS], folded[ALS_RATINGS]; /* of a rating: in X, and in a tested person's x */
    double lambda;
    bool by_users;
    size_t n;          /* rows of V */
    int64_t *place_of; /* n_films: row of V, NOT_LIKED; NULL by users */
    double *v;         /* n x n */
    double *diagonal;  /* n_films: lambda P_jj */
} ease;

static double *row_of(const ease *e, size_t i)
{
    return e->v + i * e->n;
}

/* --- scores ------------------------------------------------------------------------------------------------------------- */

/* to = lambda x P, over all films. `half` and `whole` are n values. */
static void multiply_by_films(const ease *e, const double *x, double *half, double *whole, double *to)
{
    for (size_t i = 0; i < e->base.n_films; i++)
        if (e->place_of[i] != NOT_LIKED)
            whole[e->place_of[i]] = x[i];
    spd_multiply_transposed(e->v, e->n, whole, half);
    spd_multiply(e->v, e->n, half, whole);
    for (size_t i = 0; i < e->base.n_films; i++)
        to[i] = e->place_of[i] == NOT_LIKED ? x[i] : e->lambda * whole[e->place_of[i]];
}

static void multiply_by_users(const ease *e, const double *x, double *half, double *whole, double *to)
{
    const bt_ratings *r = e->x;
    for (size_t u = 0; u < e->n; u++) {
        whole[u] = 0.0;
        for (uint64_t i = r->user_offsets[u]; i < r->user_offsets[u + 1]; i++)
            whole[u] += e->weight[r->half_stars[i]] * x[r->films[i]];
    }
    spd_multiply_transposed(e->v, e->n, whole, half);
    spd_multiply(e->v, e->n, half, whole);
    memcpy(to, x, e->base.n_films * sizeof *to);
    for (size_t u = 0; u < e->n; u++)
        for (uint64_t i = r->user_offsets[u]; i < r->user_offsets[u + 1]; i++)
            to[r->films[i]] -= whole[u] * e->weight[r->half_stars[i]];
}

static bt_status score_ease(const ranker *r, const fold_term *terms, size_t n, double *scores, bt_error *error)
{
    const ease *e = (const ease *)r;
    double *x = memory_zeroed(r->n_films + 2 * e->n, sizeof *x);
    if (x == NULL)
        return error_no_memory(error, "testing users");
    for (size_t i = 0; i < n; i++)
        x[terms[i].film] = e->folded[terms[i].half_stars];
    double *half = x + r->n_films, *whole = half + e->n;
    (e->by_users ? multiply_by_users : multiply_by_films)(e, x, half, whole, scores);
    for (size_t j = 0; j < r->n_films; j++)
        scores[j] = x[j] - scores[j] / e->diagonal[j];
    bt_free(x);
    return BT_OK;
}

static void free_ease(ranker *r)
{
    ease *e = (ease *)r;
    bt_free((void *)(uintptr_t)e->base.likes);
    bt_free(e->place_of);
    bt_free(e->v);
    bt_free(e->diagonal);
    bt_free(e);
}

/* --- the matrix --------------------------------------------------------------------------------------------------------- */

/* Upper triangle of X'X, over films with a weight in X. */
static void sum_films(ease *e)
{
    const bt_ratings *r = e->x;
    for (size_t u = 0; u < r->n_users; u++)
        for (uint64_t i = r->user_offsets[u]; i < r->user_offsets[u + 1]; i++)
            for (uint64_t j = i; e->weight[r->half_stars[i]] != 0.0 && j < r->user_offsets[u + 1]; j++)
                if (e->weight[r->half_stars[j]] != 0.0)
                    row_of(e, (size_t)e->place_of[r->films[i]])[e->place_of[r->films[j]]] +=
                        e->weight[r->half_stars[i]] * e->weight[r->half_stars[j]];
}

/* Upper triangle of X X'. */
static void sum_users(ease *e, const als_side *by_film)
{
    for (size_t film = 0; film < by_film->n_rows; film++)
        for (uint64_t i = by_film->offsets[film]; i < by_film->offsets[film + 1]; i++)
            for (uint64_t j = i; j < by_film->offsets[film + 1]; j++)
                row_of(e, by_film->columns[i])[by_film->columns[j]] +=
                    e->weight[by_film->half_stars[i]] * e->weight[by_film->half_stars[j]];
}

typedef struct ease_work {
    ease *e;
    const als_side *by_film;
    double *scratch; /* n for each lane */
} ease_work;

/* lambda P_jj = 1 - |V' X_j|^2 */
static void set_diagonal_by_users(void *context, size_t film, size_t lane)
{
    const ease_work *w = context;
    const ease *e = w->e;
    double *z = w->scratch + lane * e->n, sum = 0.0;
    memset(z, 0, e->n * sizeof *z);
    for (uint64_t i = w->by_film->offsets[film]; i < w->by_film->offsets[film + 1]; i++) {
        const double x = e->weight[w->by_film->half_stars[i]], *row = row_of(e, w->by_film->columns[i]);
        for (size_t j = w->by_film->columns[i]; x != 0.0 && j < e->n; j++)
            z[j] += x * row[j];
    }
    for (size_t j = 0; j < e->n; j++)
        sum += z[j] * z[j];
    e->diagonal[film] = 1.0 - sum;
}

static void set_diagonal_by_films(void *context, size_t film, size_t lane)
{
    (void)lane;
    const ease_work *w = context;
    const ease *e = w->e;
    double sum = 0.0;
    e->diagonal[film] = 1.0;
    if (e->place_of[film] == NOT_LIKED)
        return;
    const double *row = row_of(e, (size_t)e->place_of[film]);
    for (size_t j = (size_t)e->place_of[film]; j < e->n; j++)
        sum += row[j] * row[j];
    e->diagonal[film] = e->lambda * sum;
}

static bt_status invert(ease *e, pool *threads, bt_error *error)
{
    double *column = memory_array(e->n, SPD_BLOCK * sizeof *column);
    if (column == NULL)
        return error_no_memory(error, "EASE");
    for (size_t i = 0; i < e->n; i++)
        row_of(e, i)[i] += e->lambda;
    const bool inverted = spd_inverse_root(e->v, e->n, column, threads);
    bt_free(column);
    return inverted ? BT_OK : error_set(error, BT_NUMERIC, "EASE's matrix is singular");
}

static bt_status fit(ease *e, pool *threads, bt_error *error)
{
    als_side by_film = {0};
    ease_work work = {.e = e, .by_film = &by_film};
    bt_status status = als_side_of_films(e->x, &by_film, error);
    if (status == BT_OK) {
        work.scratch = memory_array(pool_lanes(threads), e->n * sizeof *work.scratch);
        status = work.scratch == NULL ? error_no_memory(error, "EASE") : BT_OK;
    }
    if (status == BT_OK) {
        if (e->by_users)
            sum_users(e, &by_film);
        else
            sum_films(e);
        status = invert(e, threads, error);
    }
    if (status == BT_OK)
        pool_run(threads, e->base.n_films, e->by_users ? set_diagonal_by_users : set_diagonal_by_films, &work);
    bt_free(work.scratch);
    als_side_free(&by_film);
    return status;
}

/* --- making ------------------------------------------------------------------------------------------------------------- */

/* Numbers the films that have a weight; returns how many. */
static size_t number_films(const ease *e)
{
    int64_t n = 0;
    for (size_t i = 0; i < e->base.n_films; i++)
        e->place_of[i] = NOT_LIKED;
    for (size_t i = 0; i < e->x->n_ratings; i++)
        if (e->weight[e->x->half_stars[i]] != 0.0)
            e->place_of[e->x->films[i]] = 0;
    for (size_t i = 0; i < e->base.n_films; i++)
        if (e->place_of[i] == 0)
            e->place_of[i] = n++;
    return (size_t)n;
}

static bt_status make_matrix(ease *e, bt_error *error)
{
    const size_t n_films = number_films(e), n_users = e->x->n_users;
    e->by_users = n_users < n_films;
    e->n = e->by_users ? n_users : n_films;
    if (e->n > LARGEST)
        return error_set(error, BT_LIMIT,
                         "EASE would need a matrix of %zu x %zu numbers, expected at most %d rows; leave it out", e->n, e->n,
                         LARGEST);
    e->v = memory_zeroed(e->n, e->n * sizeof *e->v);
    return e->v != NULL ? BT_OK : error_no_memory(error, "EASE");
}

bt_status ranker_ease(const bt_ratings *training, bool with_middling, pool *threads, ranker **out, bt_error *error)
{
    ease *e = memory_zeroed(1, sizeof *e);
    if (e == NULL)
        return error_no_memory(error, "EASE");
    e->base = (ranker){training->n_films, ranker_count_likes(training), score_ease, free_ease};
    e->x = training;
    e->lambda = with_middling ? lambda_of_all : lambda_of_likes;
    for (int half_stars = 1; half_stars < ALS_RATINGS; half_stars++) {
        const bool is_like = half_stars >= BT_LIKE_HALF_STARS;
        const bool is_middling = with_middling && !is_like && half_stars > BT_DISLIKE_HALF_STARS;
        e->weight[half_stars] = is_like ? 1.0 : is_middling ? middling_in_training : 0.0;
        e->folded[half_stars] = is_like ? 1.0 : is_middling ? middling_folded : 0.0;
    }
    e->place_of = memory_array(training->n_films, sizeof *e->place_of);
    e->diagonal = memory_array(training->n_films, sizeof *e->diagonal);
    bt_status status = BT_OK;
    if (e->base.likes == NULL || e->place_of == NULL || e->diagonal == NULL)
        status = error_no_memory(error, "EASE");
    if (status == BT_OK)
        status = make_matrix(e, error);
    if (status == BT_OK)
        status = fit(e, threads, error);
    if (status == BT_OK)
        *out = &e->base;
    else
        free_ease(&e->base);
    return status;
}
