/* Checkpoints: 4 k bytes a film, and a user if rows are solved in blocks, from where they stand; written in one pass and synced. */
#include "als/checkpoint.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/sections.h"

enum { VERSION = 3, SECTIONS = 4, LOSSES_MAX = sizeof((bt_train_trace *)0)->loss / sizeof(double) };

static const char kind[] = "training";

/* Section "state". */
typedef struct stored_state {
    uint32_t rank, max_iter, iteration, n_losses;
    double reg_param, reg_exponent, alpha, interest, aversion, damping;
    uint64_t seed;
    double preference, fold_preference;
    uint64_t n_users, n_films, n_ratings, ratings_fingerprint;
    uint32_t nonnegative, solver;
} stored_state;

_Static_assert(sizeof(stored_state) == 128, "the file's layout has no padding");

static stored_state state_of(const bt_train_job *job, const bt_train_params *p)
{
    return (stored_state){
        .rank = p->rank,
        .max_iter = p->max_iter,
        .reg_param = p->reg_param,
        .reg_exponent = p->reg_exponent,
        .alpha = p->alpha,
        .interest = p->interest,
        .aversion = p->aversion,
        .damping = p->damping,
        .seed = p->seed,
        .preference = p->preference,
        .fold_preference = p->fold_preference,
        .n_users = job->ratings->n_users,
        .n_films = job->ratings->n_films,
        .n_ratings = job->ratings->n_ratings,
        .ratings_fingerprint = job->ratings->fingerprint,
        .nonnegative = p->nonnegative,
        .solver = (uint32_t)p->solver,
    };
}

/* --- writing ------------------------------------------------------------------------------------------------------------ */

static bt_status write_factors(sections_writer *w, const char *name, const als_factors *f, size_t n_rows, bt_error *error)
{
    bt_status status = sections_begin(w, name, error);
    for (size_t i = 0; status == BT_OK && i < n_rows; i++)
        status = sections_part(w, f->rows + i * f->ld, f->rank * sizeof *f->rows, error);
    return status == BT_OK ? sections_end(w, error) : status;
}

bt_status checkpoint_write(const als_trainer *t, const bt_train_job *job, const bt_train_params *params, bt_error *error)
{
    stored_state state = state_of(job, params);
    state.iteration = t->iteration;
    if (job->trace != NULL)
        state.n_losses = t->iteration < LOSSES_MAX ? t->iteration : LOSSES_MAX;
    sections_writer w;
    bt_status status = sections_write_begin(&w, job->checkpoint_path, kind, VERSION, SECTIONS, error);
    if (status != BT_OK)
        return status;
    status = sections_write(&w, "state", &state, sizeof state, error);
    if (status == BT_OK)
        status = write_factors(&w, "factors", &t->films, t->films.n_rows, error);
    if (status == BT_OK)
        status = write_factors(&w, "users", &t->users, t->weights.in_blocks ? t->users.n_rows : 0, error);
    if (status == BT_OK)
        status =
            sections_write(&w, "losses", job->trace != NULL ? job->trace->loss : NULL, state.n_losses * sizeof(double), error);
    if (status == BT_OK)
        return sections_write_commit(&w, NULL, error);
    sections_write_abort(&w);
    return status;
}

/* --- reading ------------------------------------------------------------------------------------------------------------ */

static const char advice[] = "remove it and train from the start";

static bt_status open_state(const char *path, sections_file *file, stored_state *state, bt_error *error)
{
    const void *bytes;
    bt_status status = sections_open(path, kind, VERSION, file, error);
    if (status == BT_OK && file->version < VERSION)
        status = error_set(error, BT_VERSION, "%s is of an older version of Butaca; %s", path, advice);
    if (status == BT_OK)
        status = sections_verify(file, path, error);
    if (status == BT_OK)
        status = sections_find_exactly(file, path, "state", sizeof *state, 1, advice, &bytes, error);
    if (status == BT_OK)
        memcpy(state, bytes, sizeof *state);
    else
        sections_close(file);
    return status;
}

static bt_status differs(const char *path, const char *what, bt_error *error)
{
    return error_set(error, BT_INVALID_ARGUMENT, "%s is of a training with other %s: it can't be resumed by this one; %s", path,
                     what, advice);
}

static bt_status check_same(const stored_state *there, const stored_state *here, const char *path, bt_error *error)
{
    if (there->n_users != here->n_users || there->n_films != here->n_films || there->n_ratings != here->n_ratings ||
        there->ratings_fingerprint != here->ratings_fingerprint)
        return differs(path, "ratings", error);
    if (there->rank != here->rank)
        return differs(path, "rank", error);
    if (there->seed != here->seed)
        return differs(path, "seed", error);
    if (there->reg_param != here->reg_param || there->reg_exponent != here->reg_exponent)
        return differs(path, "regParam or regExponent", error);
    if (there->alpha != here->alpha || there->interest != here->interest || there->preference != here->preference ||
        there->aversion != here->aversion)
        return differs(path, "alpha, interest, preference or aversion", error);
    if (there->nonnegative != here->nonnegative || there->solver != here->solver)
        return differs(path, "nonnegative or solver", error);
    if (there->iteration > here->max_iter)
        return error_set(error, BT_INVALID_ARGUMENT, "%s has %" PRIu32 " iterations already, %" PRIu32 " are asked for; %s",
                         path, there->iteration, here->max_iter, advice);
    return BT_OK;
}

/* One section that has to have `expected` entries. */
static bt_status find(const sections_file *file, const char *path, const char *name, size_t unit, size_t expected,
                      const void **bytes, bt_error *error)
{
    return sections_find_exactly(file, path, name, unit, expected, advice, bytes, error);
}

static bt_status take_factors(als_factors *f, size_t n_rows, const float *stored, const char *path, bt_error *error)
{
    for (size_t i = 0; i < n_rows * f->rank; i++)
        if (!isfinite(stored[i]))
            return error_set(error, BT_CORRUPT, "%s: a factor has a value that is no number; %s", path, advice);
    for (size_t i = 0; i < n_rows; i++)
        memcpy(f->rows + i * f->ld, stored + i * f->rank, f->rank * sizeof *stored);
    return BT_OK;
}

bt_status checkpoint_read(als_trainer *t, const bt_train_job *job, const bt_train_params *params, bt_error *error)
{
    const char *path = job->checkpoint_path;
    sections_file file;
    stored_state state;
    const void *factors = NULL, *users = NULL, *losses = NULL;
    const size_t n_users = t->weights.in_blocks ? t->users.n_rows : 0;
    const stored_state here = state_of(job, params);
    bt_status status = open_state(path, &file, &state, error);
    if (status != BT_OK)
        return status;
    status = check_same(&state, &here, path, error);
    if (status == BT_OK)
        status = find(&file, path, "factors", sizeof(float), t->films.n_rows * t->films.rank, &factors, error);
    if (status == BT_OK)
        status = find(&file, path, "users", sizeof(float), n_users * t->users.rank, &users, error);
    if (status == BT_OK)
        status = find(&file, path, "losses", sizeof(double), state.n_losses, &losses, error);
    if (status == BT_OK && state.n_losses > LOSSES_MAX)
        status = error_set(error, BT_CORRUPT, "%s: %" PRIu32 " losses; %s", path, state.n_losses, advice);
    if (status == BT_OK)
        status = take_factors(&t->films, t->films.n_rows, factors, path, error);
    if (status == BT_OK)
        status = take_factors(&t->users, n_users, users, path, error);
    if (status == BT_OK) {
        t->iteration = state.iteration;
        if (job->trace != NULL && state.n_losses > 0)
            memcpy(job->trace->loss, losses, state.n_losses * sizeof(double));
        if (job->trace != NULL)
            job->trace->n_iterations = state.iteration;
    }
    sections_close(&file);
    return status;
}

bt_status bt_checkpoint_params(const char *path, bt_train_params *out, bt_error *error)
{
    sections_file file;
    stored_state s;
    const bt_status status = open_state(path, &file, &s, error);
    if (status != BT_OK)
        return status;
    sections_close(&file);
    *out = (bt_train_params){
        .rank = s.rank,
        .max_iter = s.max_iter,
        .reg_param = s.reg_param,
        .reg_exponent = s.reg_exponent,
        .alpha = s.alpha,
        .interest = s.interest,
        .aversion = s.aversion,
        .damping = s.damping,
        .seed = s.seed,
        .preference = s.preference,
        .fold_preference = s.fold_preference,
        .nonnegative = s.nonnegative != 0,
        .solver = (bt_solver)s.solver,
    };
    return als_check_params(out, error);
}
