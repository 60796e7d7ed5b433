/* Loops over the rows of a side: batches of pieces among the threads, with progress and the wish to stop in between. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "als/als.h"
#include "als/dual.h"
#include "base/error.h"

static const double batch_cost = 1e8;       /* multiply-adds a lane: some 0.05 s */
static const double report_interval = 0.25; /* seconds */

double als_seconds(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

bt_status als_report(als_trainer *t, bool now, bt_error *error)
{
    if (t->progress == NULL || t->progress->report == NULL)
        return BT_OK;
    const double time = als_seconds();
    if (!now && time - t->reported_at < report_interval)
        return BT_OK;
    t->reported_at = time;
    if (t->progress->report(t->progress->context, t->stage != NULL ? t->stage : "training", "iterations", t->iteration,
                            t->n_iterations))
        return BT_OK;
    return error_set(error, BT_CANCELLED, "training was stopped in iteration %" PRIu32 " of %" PRIu32, t->iteration + 1,
                     t->n_iterations);
}

typedef struct batch {
    pool_work *work;
    void *context;
    size_t first;
} batch;

static void run_one(void *context, size_t piece, size_t lane)
{
    const batch *b = context;
    b->work(b->context, b->first + piece, lane);
}

/* Of the pieces from `first` on, as many as make a batch. */
static size_t batch_end(const als_trainer *t, const als_side *side, size_t first)
{
    const double k = (double)t->films.ld, limit = batch_cost * (double)pool_lanes(t->threads);
    double cost = 0.0;
    size_t last = first;
    while (last < side->n_pieces && cost < limit) {
        const size_t row = side->piece_at[last], end = side->piece_at[++last];
        cost += (double)(end - row) * k * k * (k / 6 + 4) + (double)(side->offsets[end] - side->offsets[row]) * k * (k / 2 + 4);
    }
    return last;
}

bt_status als_run_pieces(als_trainer *t, const als_side *side, pool_work *work, void *context, bt_error *error)
{
    for (size_t first = 0, last; first < side->n_pieces; first = last) {
        const bt_status status = als_report(t, false, error);
        if (status != BT_OK)
            return status;
        last = batch_end(t, side, first);
        batch b = {work, context, first};
        pool_run(t->threads, last - first, run_one, &b);
    }
    return BT_OK;
}

/* --- one half of an iteration ------------------------------------------------------------------------------------------- */

typedef struct half {
    const als_trainer *t;
    const als_side *side;
    const als_factors *fixed;
    als_factors *solved;
    atomic_size_t failed_row; /* the first of them, SIZE_MAX: none */
} half;

static void note_failure(half *h, size_t row)
{
    size_t seen = atomic_load(&h->failed_row);
    while (row < seen && !atomic_compare_exchange_weak(&h->failed_row, &seen, row))
        ;
}

static als_row row_of(const als_side *side, size_t row)
{
    const uint64_t first = side->offsets[row], end = side->offsets[row + 1];
    return (als_row){side->columns + first, side->half_stars + first, end - first, side->offsets[side->n_rows] - end};
}

/* A row in blocks is no sum that could be taken apart. */
static bool is_shared(const half *h, size_t row)
{
    return als_is_shared(h->side, row) && !h->t->weights.in_blocks;
}

static void solve_piece(void *context, size_t piece, size_t lane)
{
    half *h = context;
    for (size_t row = h->side->piece_at[piece]; row < h->side->piece_at[piece + 1]; row++) {
        float *x = h->solved->rows + row * h->solved->ld;
        if (!is_shared(h, row) &&
            !als_solve_row(h->fixed, &h->t->weights, h->t->simd, row_of(h->side, row), &h->t->scratch[lane], x))
            note_failure(h, row);
    }
}

/* --- shared rows -------------------------------------------------------------------------------------------------------- */

typedef struct shared_row {
    const half *half;
    als_row row;
} shared_row;

static als_sums sums_of_part(const half *h, size_t part)
{
    const size_t ld = h->fixed->ld;
    double *sums = h->t->parts + part * (ld + 1) * ld;
    return (als_sums){sums, sums + ld * ld};
}

static void sum_part(void *context, size_t part, size_t lane)
{
    const shared_row *shared = context;
    const half *h = shared->half;
    const als_row *row = &shared->row;
    const size_t first = part * row->n / ALS_PARTS, end = (part + 1) * row->n / ALS_PARTS, ld = h->fixed->ld;
    const als_row piece = {row->columns + first, row->half_stars + first, end - first, row->n - end + row->n_ahead};
    const als_sums sums = sums_of_part(h, part);
    memset(sums.matrix, 0, (ld + 1) * ld * sizeof *sums.matrix); /* and b behind it */
    als_sum_row(h->fixed, &h->t->weights, h->t->simd, piece, &h->t->scratch[lane], sums);
}

/* Parts are summed by all threads and added in their order. */
static void solve_shared(half *h, size_t row)
{
    shared_row shared = {h, row_of(h->side, row)};
    pool_run(h->t->threads, ALS_PARTS, sum_part, &shared);
    const size_t ld = h->fixed->ld, size = (ld + 1) * ld;
    double *sum = h->t->parts;
    for (size_t part = 1; part < ALS_PARTS; part++)
        for (size_t i = 0; i < size; i++)
            sum[i] += h->t->parts[part * size + i];
    const als_sums sums = sums_of_part(h, 0);
    float *x = h->solved->rows + row * h->solved->ld;
    if (!als_solve_summed_row(h->fixed, &h->t->weights, h->t->simd, shared.row, &h->t->scratch[0], &sums, x))
        note_failure(h, row);
}

/* Finding the eigenvectors costs as much as solving some fifty rows. */
static bool rotation_pays(const als_side *side, size_t rank)
{
    enum { ROWS_WORTH_IT = 200 };
    size_t n_rows = 0;
    for (size_t n = 1; dual_pays(n, rank); n++)
        n_rows += side->lengths[n];
    return n_rows >= ROWS_WORTH_IT;
}

bt_status als_half_iteration(als_trainer *t, const als_side *side, als_factors *fixed, als_factors *solved,
                             const char *row_name, bt_error *error)
{
    half h = {t, side, fixed, solved, SIZE_MAX};
    bt_status status = BT_OK;
    const bool is_plain = !t->weights.nonnegative && !t->weights.in_blocks; /* x is any: not bound, and not where it begins */
    if (is_plain && rotation_pays(side, fixed->rank))
        status = als_factors_rotate(fixed, t->simd, t->threads, error);
    if (status == BT_OK)
        status = als_run_pieces(t, side, solve_piece, &h, error);
    for (size_t row = 0; status == BT_OK && side->n_shared > 0 && row < side->n_rows; row++) {
        if (!is_shared(&h, row))
            continue;
        solve_shared(&h, row);
        status = als_report(t, false, error);
    }
    if (status != BT_OK)
        return status;
    const size_t failed = atomic_load(&h.failed_row);
    if (failed != SIZE_MAX)
        return error_set(error, BT_NUMERIC,
                         "iteration %" PRIu32
                         ": the equations of %s %zu can't be solved in the range of float; raise regParam, "
                         "or lower rank or alpha",
                         t->iteration + 1, row_name, failed);
    als_factors_sum(solved, t->simd, t->threads);
    return BT_OK;
}
