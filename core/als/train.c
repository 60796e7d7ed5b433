/* Training: alternate between the users' rows and the films' rows.
 *
 * Memory beside the ratings: 5 bytes a rating (the films' side), 4 ld bytes for each user and film (factors), 8 ld^2 for each
 * of at most 2 x 16 blocks of the Gram matrices (16 more if a row is shared by threads) and about 16 ld^2 + 256 ld for each
 * thread. 26 M ratings, 270,000 users, 60,000 films at rank 64: 215 MB.
 */
#include <math.h>
#include <string.h>

#include "als/als.h"
#include "als/checkpoint.h"
#include "als/object.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/sorted.h"

enum { TRACE_MAX = sizeof((bt_train_trace *)0)->loss / sizeof(double) };

void als_trainer_free(als_trainer *t)
{
    for (size_t lane = 0; t->scratch != NULL && lane < pool_lanes(t->threads); lane++)
        als_scratch_free(&t->scratch[lane]);
    bt_free(t->scratch);
    bt_free(t->parts);
    als_factors_free(&t->users);
    als_factors_free(&t->films);
    als_side_free(&t->by_user);
    als_side_free(&t->by_film);
    pool_free(t->threads);
}

static bt_status make_scratch(als_trainer *t, bt_error *error)
{
    const size_t n_lanes = pool_lanes(t->threads);
    t->scratch = memory_zeroed(n_lanes, sizeof *t->scratch);
    if (t->scratch == NULL)
        return error_no_memory(error, "training");
    const size_t longest = t->users.n_rows > t->films.n_rows ? t->users.n_rows : t->films.n_rows;
    const size_t n_predictions = t->weights.in_blocks ? longest : 0;
    bt_status status = BT_OK;
    for (size_t lane = 0; status == BT_OK && lane < n_lanes; lane++)
        status = als_scratch_make(t->films.ld, n_predictions, &t->scratch[lane], error);
    if (status != BT_OK || t->by_user.n_shared + t->by_film.n_shared == 0)
        return status;
    t->parts = memory_aligned(ALS_PARTS * (t->films.ld + 1), t->films.ld * sizeof *t->parts);
    return t->parts != NULL ? BT_OK : error_no_memory(error, "training");
}

bt_status als_trainer_make(als_trainer *t, const bt_ratings *ratings, size_t rank, size_t n_threads, bt_error *error)
{
    bt_status status = simd_select(&t->simd, error);
    if (status == BT_OK)
        status = als_side_of_users(ratings, &t->by_user, error);
    if (status == BT_OK)
        status = als_side_of_films(ratings, &t->by_film, error);
    if (status == BT_OK)
        status = pool_create(n_threads, &t->threads, error);
    if (status == BT_OK)
        status = als_factors_make(ratings->n_users, rank, &t->users, error);
    if (status == BT_OK)
        status = als_factors_make(ratings->n_films, rank, &t->films, error);
    if (status == BT_OK)
        status = make_scratch(t, error);
    return status;
}

static bt_status iterate(als_trainer *t, bt_train_trace *trace, bt_error *error)
{
    bt_status status = als_half_iteration(t, &t->by_user, &t->films, &t->users, "user", error);
    if (status == BT_OK)
        status = als_half_iteration(t, &t->by_film, &t->users, &t->films, "film", error);
    if (status == BT_OK && trace != NULL && t->iteration < TRACE_MAX)
        status = als_loss(t, &trace->loss[t->iteration], error);
    if (status != BT_OK)
        return status;
    t->iteration++;
    if (trace != NULL)
        trace->n_iterations = t->iteration;
    return BT_OK;
}

/* --- from factors to a model -------------------------------------------------------------------------------------------- */

static uint32_t latest_time(const bt_ratings *ratings)
{
    uint32_t latest = 0;
    for (size_t i = 0; i < ratings->n_ratings; i++)
        latest = ratings->times[i] > latest ? ratings->times[i] : latest;
    return latest;
}

static void fill_columns(const als_trainer *t, const bt_ratings *ratings, uint32_t *ids, float *factors, double *gram,
                         uint32_t *likes)
{
    const size_t k = t->films.rank, ld = t->films.ld;
    memcpy(ids, ratings->film_ids, ratings->n_films * sizeof *ids);
    for (size_t i = 0; i < ratings->n_films; i++)
        memcpy(factors + i * k, t->films.rows + i * ld, k * sizeof *factors);
    for (size_t i = 0; i < k; i++)
        memcpy(gram + i * k, t->films.gram + i * ld, k * sizeof *gram);
    for (size_t i = 0; i < ratings->n_ratings; i++)
        likes[ratings->films[i]] += ratings->half_stars[i] >= BT_LIKE_HALF_STARS;
}

static bt_status make_model(const als_trainer *t, const bt_ratings *ratings, const bt_train_params *params, bt_model **out,
                            bt_error *error)
{
    bt_model *model = memory_zeroed(1, sizeof *model);
    if (model == NULL)
        return error_no_memory(error, "making the model");
    const size_t k = params->rank;
    uint32_t *ids = memory_array(ratings->n_films, sizeof *ids), *likes = memory_zeroed(ratings->n_films, sizeof *likes);
    float *factors = memory_array(ratings->n_films, k * sizeof *factors);
    double *gram = memory_array(k * k, sizeof *gram);
    char *sources = memory_string(ratings->sources, strlen(ratings->sources));
    model->simd = t->simd;
    model->owns_columns = true;
    model->info = (bt_model_info){
        .params = *params,
        .n_films = ratings->n_films,
        .n_users = ratings->n_users,
        .n_ratings = ratings->n_ratings,
        .film_ids = ids,
        .film_factors = factors,
        .gram = gram,
        .likes = likes,
        .sources = sources,
        .ratings_fingerprint = ratings->fingerprint,
        .data_time = latest_time(ratings),
    };
    model->info.params.n_threads = 0; /* it doesn't change the result, so it is no part of it */
    bt_status status = BT_OK;
    if (ids == NULL || likes == NULL || factors == NULL || gram == NULL || sources == NULL) {
        status = error_no_memory(error, "making the model");
    } else {
        fill_columns(t, ratings, ids, factors, gram, likes);
        status = model_finish(model, error);
    }
    if (status == BT_OK)
        *out = model;
    else
        bt_model_close(model);
    return status;
}

/* --- where training starts ---------------------------------------------------------------------------------------------- */

/* Films that the model knows begin with its factors. */
static bt_status start_warm(als_trainer *t, const bt_ratings *ratings, const bt_model *from, bt_error *error)
{
    const size_t k = t->films.rank;
    if (from->info.params.rank != k)
        return error_set(error, BT_INVALID_ARGUMENT, "the model to start from has rank %u, training %zu: they must be equal",
                         from->info.params.rank, k);
    for (size_t i = 0; i < ratings->n_films; i++) {
        const size_t film = sorted_find(from->info.film_ids, from->info.n_films, ratings->film_ids[i]);
        if (film != SIZE_MAX)
            memcpy(t->films.rows + i * t->films.ld, from->info.film_factors + film * k, k * sizeof(float));
    }
    return BT_OK;
}

/* What a longer start would bring, and why it isn't longer: docs/als.md. */
static const double start_length = 0.1;

static bt_status set_start(als_trainer *t, const bt_train_job *job, const bt_train_params *params, bt_error *error)
{
    bt_status status = BT_OK;
    als_factors_randomize(&t->films, params->seed, start_length);
    for (size_t i = 0; params->nonnegative && i < t->films.n_rows * t->films.ld; i++)
        t->films.rows[i] = fabsf(t->films.rows[i]);
    if (job->resume)
        status = checkpoint_read(t, job, params, error);
    else if (job->start != NULL)
        status = start_warm(t, job->ratings, job->start, error);
    if (status == BT_OK)
        als_factors_sum(&t->films, t->simd, t->threads);
    return status;
}

static bt_status run_iterations(als_trainer *t, const bt_train_job *job, const bt_train_params *params, bt_error *error)
{
    double written_at = als_seconds();
    bt_status status = BT_OK;
    while (status == BT_OK && t->iteration < t->n_iterations) {
        status = iterate(t, job->trace, error);
        if (status != BT_OK || job->checkpoint_path == NULL || als_seconds() - written_at < job->checkpoint_seconds)
            continue;
        status = checkpoint_write(t, job, params, error);
        written_at = als_seconds();
    }
    return status == BT_OK ? als_report(t, true, error) : status;
}

bt_status bt_model_train_job(const bt_train_job *job, bt_model **out, bt_error *error)
{
    *out = NULL;
    bt_train_params params = *job->params;
    params.rank = als_rank(job->params, job->ratings->n_films);
    if (job->trace != NULL)
        *job->trace = (bt_train_trace){.rank = params.rank};
    bt_status status = als_check_params(&params, error);
    if (status != BT_OK)
        return status;
    if (job->ratings->n_ratings == 0)
        return error_set(error, BT_INVALID_ARGUMENT, "there are no ratings to train on; import some first");
    if (job->resume && job->checkpoint_path == NULL)
        return error_set(error, BT_INVALID_ARGUMENT, "there is no checkpoint's path to resume from");
    status = als_check_memory(job->ratings, &params, job->memory_limit, error);
    if (status != BT_OK)
        return status;

    als_trainer t = {.weights = als_weights_of(&params), .progress = job->progress, .n_iterations = params.max_iter};
    status = als_trainer_make(&t, job->ratings, params.rank, params.n_threads, error);
    if (status == BT_OK)
        status = set_start(&t, job, &params, error);
    if (status == BT_OK)
        status = run_iterations(&t, job, &params, error);
    if (status == BT_OK)
        status = make_model(&t, job->ratings, &params, out, error);
    als_trainer_free(&t);
    return status;
}

bt_status bt_model_train(const bt_ratings *ratings, const bt_train_params *params, const bt_progress *progress,
                         bt_train_trace *trace, bt_model **out, bt_error *error)
{
    const bt_train_job job = {.ratings = ratings, .params = params, .progress = progress, .trace = trace};
    return bt_model_train_job(&job, out, error);
}
