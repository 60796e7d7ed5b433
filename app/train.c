/* Training on the folder's ratings: the model that makes lists, and the rating model that goes with it. They become visible in one
 * step, the activation at the end: until then a failure, a cancel or a crash leaves the active model as it was, and at most
 * models/next.tmp (which the next writer removes), a rating model without its model (which the same training overwrites), a model
 * that isn't active, or a checkpoint behind.
 */
#include "app/app.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* The defaults, but of a small set no more than an eighth of the films, as for lists. */
static bt_rating_params rating_params_of(const bt_train_job *job)
{
    bt_rating_params p = bt_rating_params_default();
    const size_t most = job->ratings->n_films / 8;
    p.rank = p.rank < most ? p.rank : (uint32_t)most;
    p.seed = job->params->seed;
    p.n_threads = job->params->n_threads;
    return p;
}

/* Trains the rating model and writes it under the name of the model with this fingerprint. */
static bt_status make_ratings(const folder *f, const bt_train_job *job, uint64_t fingerprint, arena *memory, app_training *out,
                              bt_error *error)
{
    const double begun = seconds_now();
    const bt_rating_params params = rating_params_of(job);
    bt_rating_model *model = NULL;
    const char *path = NULL;
    bt_status status = bt_rating_model_train_calibrated(job->ratings, &params, job->progress, &model, error);
    if (status == BT_OK)
        status = folder_rating_path(f, fingerprint, memory, &path, error);
    if (status == BT_OK)
        status = bt_rating_model_write(model, path, NULL, error);
    bt_rating_model_close(model);
    out->ratings_seconds = seconds_now() - begun;
    return status;
}

/* Gives the model the name by its fingerprint, which is known only once it is written, and puts it to use. */
static bt_status show_model(folder *f, const char *next, uint64_t fingerprint, arena *memory, char id[17], bt_error *error)
{
    const char *path = NULL;
    char name[17];
    bt_status status = folder_model_path(f, fingerprint, memory, &path, error);
    if (status == BT_OK)
        status = file_rename(next, path, error);
    if (status != BT_OK)
        return status;
    snprintf(name, sizeof name, "%016" PRIx64, fingerprint);
    return folder_model_activate(f, name, id, error);
}

static char *checkpoint_path(const folder *f)
{
    return file_join(f->models_path, "training.checkpoint");
}

/* The active model, to start from. */
static bt_status open_active(const folder *f, bt_model **out, bt_error *error)
{
    arena memory = {0};
    const char *path = NULL;
    bt_status status = folder_model_active(f, &memory, &path, error);
    if (status == BT_OK)
        status = bt_model_open(path, out, error);
    arena_free(&memory);
    return status;
}

static bt_status run_job(const folder *f, const app_train_start *start, bt_train_job *job, bt_model **out, bt_error *error)
{
    bt_model *before = NULL;
    char *path = checkpoint_path(f);
    bt_status status = path != NULL ? file_make_folder(f->models_path, error) : error_no_memory(error, "training");
    if (status == BT_OK && start->warm)
        status = open_active(f, &before, error);
    job->start = before;
    job->checkpoint_path = path;
    job->checkpoint_seconds = start->checkpoint_seconds;
    job->resume = start->resume;
    job->memory_limit = start->memory_limit;
    if (status == BT_OK)
        status = bt_model_train_job(job, out, error);
    bt_model_close(before);
    bt_free(path);
    return status;
}

/* Once the model is active nothing is left to resume. */
static bt_status remove_checkpoint(const folder *f, bt_error *error)
{
    char *path = checkpoint_path(f);
    if (path == NULL)
        return error_no_memory(error, "training");
    const bt_status status = file_exists(path) ? file_remove(path, error) : BT_OK;
    bt_free(path);
    return status;
}

/* One model after the other: what the greater takes. Where the first doesn't fit, training it says what would. */
static bt_status count_memory(const app_train_start *start, const bt_train_job *job, app_training *out, bt_error *error)
{
    const bt_rating_params params = rating_params_of(job);
    const uint64_t lists = bt_train_memory(job->ratings, job->params);
    const uint64_t ratings = start->lists_only ? 0 : bt_rating_train_memory(job->ratings, &params);
    const uint64_t limit = start->memory_limit;
    out->memory = ratings > lists ? ratings : lists;
    if (limit != 0 && lists <= limit && ratings > limit)
        return error_set(error, BT_LIMIT,
                         "training the rating model takes %.1f MiB, %.1f are allowed: leave it out (butaca train --lists-only)",
                         (double)ratings / (1 << 20), (double)limit / (1 << 20));
    if (start->plan != NULL && (limit == 0 || out->memory <= limit))
        start->plan(start->context, out->memory);
    return BT_OK;
}

/* The model in a temporary file. */
static bt_status make_lists(const folder *f, const app_train_start *start, bt_train_job *job, const char *next,
                            uint64_t *fingerprint, bt_error *error)
{
    bt_model *model = NULL;
    bt_status status = run_job(f, start, job, &model, error);
    if (status == BT_OK)
        status = bt_model_write(model, next, fingerprint, error);
    bt_model_close(model);
    return status;
}

static bt_status make_all(folder *f, const app_train_start *start, bt_train_job *job, app_training *out, bt_error *error)
{
    uint64_t fingerprint = 0;
    arena memory = {0};
    const char *next = arena_format(&memory, "%s/next.tmp", f->models_path);
    bt_status status = next != NULL ? count_memory(start, job, out, error) : error_no_memory(error, "training");
    if (status == BT_OK)
        status = make_lists(f, start, job, next, &fingerprint, error);
    if (status == BT_OK && !start->lists_only)
        status = make_ratings(f, job, fingerprint, &memory, out, error);
    if (status == BT_OK)
        status = show_model(f, next, fingerprint, &memory, out->model_id, error);
    if (status == BT_OK)
        status = remove_checkpoint(f, error);
    arena_free(&memory);
    return status;
}

static bt_status train_on(folder *f, const app_train_start *start, bt_train_job *job, app_training *out, bt_error *error)
{
    job->trace = &out->trace;
    const bt_status status = make_all(f, start, job, out, error);
    out->n_users = job->ratings->n_users;
    out->n_films = job->ratings->n_films;
    out->n_ratings = job->ratings->n_ratings;
    const uint32_t last = out->trace.n_iterations < 512 ? out->trace.n_iterations : 512;
    out->loss = last > 0 ? out->trace.loss[last - 1] : 0;
    return status;
}

/* Opens for writing a folder that has data already; opening it for writing at once would make an empty one. */
static bt_status open_existing(const char *data_path, folder *f, bt_error *error)
{
    bt_status status = folder_open(data_path, FOLDER_READ, f, error);
    if (status != BT_OK)
        return status;
    folder_close(f);
    *f = (folder){.lock = -1};
    return folder_open(data_path, FOLDER_WRITE, f, error);
}

bt_status app_train_from(const char *data_path, const bt_train_params *params, const app_train_start *start,
                         const bt_progress *progress, app_training *out, bt_error *error)
{
    const double begun = seconds_now();
    *out = (app_training){0};
    folder f = {.lock = -1};
    bt_status status = open_existing(data_path, &f, error);
    if (status != BT_OK)
        return status;
    catalogue *c = NULL;
    arena memory = {0};
    const char *path = NULL;
    const bt_ratings *ratings = NULL;
    status = catalogue_open(f.catalogue_url, CATALOGUE_READ, &c, error);
    if (status == BT_OK)
        status = folder_ratings(&f, c, &memory, &path, error);
    if (status == BT_OK)
        status = bt_ratings_open(path, &ratings, error);
    bt_train_job job = {.ratings = ratings, .params = params, .progress = progress};
    if (status == BT_OK)
        status = train_on(&f, start, &job, out, error);
    bt_ratings_close(ratings);
    arena_free(&memory);
    catalogue_close(c);
    folder_close(&f);
    out->seconds = seconds_now() - begun;
    return status;
}

bt_status app_train(const char *data_path, const bt_train_params *params, const bt_progress *progress, app_training *out,
                    bt_error *error)
{
    const app_train_start start = {.checkpoint_seconds = 30.0};
    return app_train_from(data_path, params, &start, progress, out, error);
}

bt_status app_checkpoint(const char *data_path, bt_train_params *out, bt_error *error)
{
    folder f = {.lock = -1};
    bt_status status = folder_open(data_path, FOLDER_READ, &f, error);
    if (status != BT_OK)
        return status;
    char *path = checkpoint_path(&f);
    if (path == NULL)
        status = error_no_memory(error, "reading a checkpoint");
    else if (!file_exists(path))
        status = error_set(error, BT_NOT_FOUND,
                           "no training was cut off in %s after its first checkpoint: nothing can be resumed", data_path);
    else
        status = bt_checkpoint_params(path, out, error);
    bt_free(path);
    folder_close(&f);
    return status;
}
