/* What the files of this folder share: the objective's weights, the sides of the rating matrix, and one row's solution.
 *
 * Names as in butaca/model.h and HKV: k is the rank, y a factor of the side that is held fixed, x the factor that is solved for,
 * e = c - 1 the confidence in excess of the unobserved weight, G = Y'Y. Matrices of k columns have a row stride ld, k rounded
 * up to a multiple of SIMD_LANES, with zeros in between.
 */
#ifndef ALS_ALS_H
#define ALS_ALS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"
#include "butaca/model.h"
#include "simd/simd.h"

/* --- weights ------------------------------------------------------------------------------------------------------------ */

enum { ALS_RATINGS = 11 };                                     /* half stars 0 .. 10; 0 doesn't occur */
enum { ALS_HALF_STARS_LIKE = 10, ALS_HALF_STARS_DISLIKE = 1 }; /* what 👍 and 👎 count as */
enum { ALS_HALF_STARS_MIDDLING = 6 };                          /* what ratings of 2.5 to 3.5 count as in a list */

/* By half stars. */
typedef struct als_weights {
    double excess[ALS_RATINGS];     /* e */
    double target[ALS_RATINGS];     /* c p: the factor's weight in b */
    double ratio[ALS_RATINGS];      /* (c p)^2 / e */
    float root[ALS_RATINGS];        /* sqrt(e): scales the rows of which A is the sum of squares */
    float weight[ALS_RATINGS];      /* c p, rounded */
    float dual_target[ALS_RATINGS]; /* c p / sqrt(e), for dual.c */
    double reg_param, reg_exponent;
    bool nonnegative, in_blocks; /* how rows are solved in training */
} als_weights;

als_weights als_weights_of(const bt_train_params *params);      /* in training */
als_weights als_fold_weights_of(const bt_train_params *params); /* when a person is folded in */

/* lambda of a row with n_other columns, whose ratings' e add up to sum_excess. */
double als_lambda(const als_weights *w, size_t n_other, double sum_excess);

/* The rank to train with: the one asked for, or the one that 0 stands for. */
uint32_t als_rank(const bt_train_params *params, size_t n_films);

/* Whether rows are solved in blocks, at the rank that params has. */
bool als_in_blocks(const bt_train_params *params);

/* BT_INVALID_ARGUMENT names the parameter that is out of range. */
bt_status als_check_params(const bt_train_params *params, bt_error *error);

/* --- sides -------------------------------------------------------------------------------------------------------------- */

enum { ALS_DUAL_MAX = 96 }; /* ratings of a row that may be solved by its dual */

/* One side of the matrix, compressed by rows: users by films as the ratings are, or films by users. */
typedef struct als_side {
    size_t n_rows, n_columns;
    const uint64_t *offsets; /* n_rows + 1 */
    const uint32_t *columns; /* offsets[n_rows] */
    const uint8_t *half_stars;

    bool owned; /* the three arrays above */
    /* Pieces of work: piece p is the rows [piece_at[p], piece_at[p + 1]), of like cost. */
    size_t n_pieces;
    size_t *piece_at;
    size_t n_shared;                  /* rows of more than ALS_SHARED ratings, which all threads solve together */
    size_t lengths[ALS_DUAL_MAX + 1]; /* how many rows have that many ratings */
} als_side;

/* A row of 30 % of the ratings must not leave all threads but one without work. Its parts are a function of its length alone. */
enum { ALS_SHARED = 65536, ALS_PARTS = 16 };

static inline bool als_is_shared(const als_side *side, size_t row)
{
    return side->offsets[row + 1] - side->offsets[row] > ALS_SHARED;
}

/* The users' side borrows the ratings' arrays; the films' side holds a transposed copy (5 bytes a rating), made by counting
 * sort in one pass, users ascending inside a film. Ratings are checked on the way. Release with als_side_free. */
bt_status als_side_of_users(const bt_ratings *ratings, als_side *out, bt_error *error);
bt_status als_side_of_films(const bt_ratings *ratings, als_side *out, bt_error *error);
void als_side_free(als_side *side); /* zeroed is fine */

/* --- factors and their Gram matrix -------------------------------------------------------------------------------------- */

typedef struct als_factors {
    size_t n_rows, rank, ld;
    float *rows;    /* n_rows x ld, 64-byte aligned */
    double *gram;   /* ld x ld, symmetric */
    float *gram32;  /* the same, rounded */
    double *blocks; /* the partial sums it is made of: n_blocks x ld x ld */
    size_t n_blocks;

    bool is_diagonal; /* the Gram matrix, but for a rest of Frobenius norm `off_diagonal`; only then the three below are set */
    double off_diagonal;
    double *spectrum;  /* ld: its diagonal */
    float *spectrum32; /* the same, rounded; infinite from k on, so that what is scaled by its inverse is 0 there */
} als_factors;

/* All zero. At most 16 blocks: 16 ld^2 doubles. */
bt_status als_factors_make(size_t n_rows, size_t rank, als_factors *out, bt_error *error);
void als_factors_free(als_factors *f); /* zeroed is fine */

/* Uniform, so that |y| is about `length`; row r is drawn from a stream of its own (seed, r). */
void als_factors_randomize(als_factors *f, uint64_t seed, double length);

/* Sums the Gram matrix in float64, in an order that depends on n_rows only. */
void als_factors_sum(als_factors *f, const simd_kernels *simd, pool *threads);

/* Turns the rows into the eigenvectors' basis of their Gram matrix, where that is diagonal, and sums it again. The objective knows no
 * basis, so training goes on from there. Leaves all as it was if the eigenvectors aren't found (values that aren't finite). */
bt_status als_factors_rotate(als_factors *f, const simd_kernels *simd, pool *threads, bt_error *error);

/* --- one row ------------------------------------------------------------------------------------------------------------ */

/* What a lane needs to solve rows: about 16 ld^2 bytes. */
typedef struct als_scratch {
    float *matrix, *factor;   /* ld x ld */
    float *panel;             /* ALS_PANEL x ld, or ld x as many as a dual has */
    float *step, *scale;      /* ld */
    float *dual;              /* ALS_DUAL_MAX */
    uintptr_t fetched;        /* the ratings before this one have their factors in the cache */
    double *matrix64;         /* ld x ld */
    double *b, *x, *residual; /* ld */
    double *sum_b;            /* ld */
    float *predictions;       /* of a row's ratings, for block.c alone */
} als_scratch;

enum { ALS_PANEL = 64 };

/* n_predictions: the longest row that is solved in blocks; 0 if none is. */
bt_status als_scratch_make(size_t ld, size_t n_predictions, als_scratch *out, bt_error *error);
void als_scratch_free(als_scratch *s); /* zeroed is fine */

typedef struct als_row {
    const uint32_t *columns;
    const uint8_t *half_stars;
    size_t n;
    size_t n_ahead; /* so many more columns follow, of the rows that come next: what they refer to is fetched ahead */
} als_row;

/* The factors of the next ALS_PANEL ratings behind `columns`, of which there are n, without those that were fetched already. */
simd_ahead als_ahead(const als_factors *fixed, const uint32_t *columns, size_t n, als_scratch *s);

/* Solves (G + sum e y y' + lambda I) x = sum c p y into x (ld floats), so that the residual, with everything in float64, is at most
 * 1e-4 |b|: in float32, checked and corrected; if that fails, in float64 throughout. With w->nonnegative x is at least 0 and what is
 * that small is how far the conditions of Karush, Kuhn and Tucker are missed, by each value. With w->in_blocks x comes nearer from
 * where it stands (block.h). A row without a like or interest is exactly 0. False if the matrix is singular or x leaves the range of float. */
bool als_solve_row(const als_factors *fixed, const als_weights *w, const simd_kernels *simd, als_row row, als_scratch *s,
                   float *x);

/* The n k^2 part of it alone, for rows that several threads share: what sum e y y' (upper triangle) and sum c p y add up to. */
typedef struct als_sums {
    double *matrix; /* ld x ld */
    double *b;      /* ld */
} als_sums;

/* Adds those of some ratings. */
void als_sum_row(const als_factors *fixed, const als_weights *w, const simd_kernels *simd, als_row row, als_scratch *s,
                 als_sums sums);

/* als_solve_row with the sums over all of the row's ratings. */
bool als_solve_summed_row(const als_factors *fixed, const als_weights *w, const simd_kernels *simd, als_row row, als_scratch *s,
                          const als_sums *sums, float *x);

/* --- training ----------------------------------------------------------------------------------------------------------- */

typedef struct als_trainer {
    const simd_kernels *simd;
    als_weights weights;
    pool *threads;
    als_side by_user, by_film;
    als_factors users, films;
    als_scratch *scratch; /* one for each lane */
    double *parts;        /* ALS_PARTS x (ld + 1) x ld: the sums of a shared row's parts; NULL without such rows */
    const char *stage;    /* that progress is told; NULL: "training" */
    const bt_progress *progress;
    double reported_at; /* seconds */
    uint32_t iteration, n_iterations;
} als_trainer;

/* Sides, threads, factors (zero) and scratch. On failure what was made stays in t, for als_trainer_free. */
bt_status als_trainer_make(als_trainer *t, const bt_ratings *ratings, size_t rank, size_t n_threads, bt_error *error);
void als_trainer_free(als_trainer *t); /* zeroed is fine */

/* One half of an iteration: solves the rows of `solved`. `fixed` is rotated first where that pays. BT_NUMERIC or BT_CANCELLED. */
bt_status als_half_iteration(als_trainer *t, const als_side *side, als_factors *fixed, als_factors *solved,
                             const char *row_name, bt_error *error);

/* The objective at the present factors, whose Gram matrices must be up to date. Runs over the ratings only: the unobserved part
 * of the sum is <X'X, Y'Y>. */
bt_status als_loss(als_trainer *t, double *loss, bt_error *error);

/* Bytes that training takes beside the ratings, at params->rank. */
uint64_t als_memory(const bt_ratings *r, const bt_train_params *params, uint64_t n_lanes);

/* BT_LIMIT says what is needed, and which rank would fit. limit 0: none. */
bt_status als_check_memory(const bt_ratings *ratings, const bt_train_params *params, uint64_t limit, bt_error *error);

/* A clock that only goes forward. */
double als_seconds(void);

/* Reports progress if a moment has passed since the last time (or if `now`). BT_CANCELLED if the caller wants to stop. */
bt_status als_report(als_trainer *t, bool now, bt_error *error);

/* Runs `work` over the side's pieces in batches of a tenth of a second or so, reporting in between. */
bt_status als_run_pieces(als_trainer *t, const als_side *side, pool_work *work, void *context, bt_error *error);

#endif
