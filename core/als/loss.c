/* The objective of butaca/model.h.
 *
 * Over all cells the squared predictions add up to <X'X, Y'Y> (the Gram trick of HKV, section 4), so that only the ratings are
 * visited: each puts c (p - s)^2 in place of the s^2 that it has there. Everything in float64; each piece writes its own sum,
 * which are added in order.
 */
#include "als/als.h"
#include "base/error.h"
#include "base/memory.h"

typedef struct loss_job {
    const als_trainer *t;
    const als_side *side;
    const als_factors *rows, *columns;
    bool with_ratings; /* otherwise regularization only */
    double *sums;      /* one for each piece */
} loss_job;

static double row_loss(const loss_job *job, size_t row, double *x)
{
    const als_weights *w = &job->t->weights;
    const size_t k = job->rows->rank, ld = job->rows->ld;
    double sum = 0.0, sum_excess = 0.0, norm = 0.0;
    for (size_t i = 0; i < k; i++) {
        x[i] = (double)job->rows->rows[row * ld + i];
        norm += x[i] * x[i];
    }
    for (uint64_t at = job->side->offsets[row]; at < job->side->offsets[row + 1]; at++) {
        const uint8_t half_stars = job->side->half_stars[at];
        const double excess = w->excess[half_stars];
        sum_excess += excess;
        if (!job->with_ratings)
            continue;
        const double score = job->t->simd->dot(job->columns->rows + job->side->columns[at] * ld, x, k);
        const double missing = w->target[half_stars] / (1.0 + excess) - score;
        sum += (1.0 + excess) * missing * missing - score * score;
    }
    return sum + als_lambda(w, job->side->n_columns, sum_excess) * norm;
}

static void sum_piece(void *context, size_t piece, size_t lane)
{
    const loss_job *job = context;
    double sum = 0.0;
    for (size_t row = job->side->piece_at[piece]; row < job->side->piece_at[piece + 1]; row++)
        sum += row_loss(job, row, job->t->scratch[lane].x);
    job->sums[piece] = sum;
}

static bt_status add_side(als_trainer *t, loss_job job, double *loss, bt_error *error)
{
    job.sums = memory_array(job.side->n_pieces, sizeof *job.sums);
    if (job.sums == NULL)
        return error_no_memory(error, "training");
    const bt_status status = als_run_pieces(t, job.side, sum_piece, &job, error);
    for (size_t i = 0; status == BT_OK && i < job.side->n_pieces; i++)
        *loss += job.sums[i];
    bt_free(job.sums);
    return status;
}

bt_status als_loss(als_trainer *t, double *loss, bt_error *error)
{
    const size_t k = t->films.rank, ld = t->films.ld;
    *loss = 0.0;
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < k; j++)
            *loss += t->users.gram[i * ld + j] * t->films.gram[i * ld + j];
    const loss_job users = {t, &t->by_user, &t->users, &t->films, true, NULL};
    const loss_job films = {t, &t->by_film, &t->films, &t->users, false, NULL};
    const bt_status status = add_side(t, users, loss, error);
    return status != BT_OK ? status : add_side(t, films, loss, error);
}
