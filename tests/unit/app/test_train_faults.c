/* Training on a disk that fails: whatever happens, the folder's active model is a whole one, the one before or the new one, and
 * training again mends everything.
 */
#include <string.h>

#include "app/app.h"
#include "base/memory.h"
#include "support/faults.h"
#include "support/small_folder.h"
#include "support/test.h"

typedef struct models {
    char before[17], after[17];
} models;

static bt_train_params params_with(uint64_t seed)
{
    bt_train_params params = bt_train_params_default();
    params.rank = 4;
    params.max_iter = 2;
    params.n_threads = 1;
    params.seed = seed;
    return params;
}

static bt_status train(const char *path, uint64_t seed, char id[17], bt_error *error)
{
    const bt_train_params params = params_with(seed);
    app_training result;
    const bt_status status = app_train(path, &params, NULL, &result, error);
    if (status == BT_OK && id != NULL)
        memcpy(id, result.model_id, sizeof result.model_id);
    return status;
}

/* A folder with a model in use. */
static void setup(const char *path, void *context)
{
    models *m = context;
    uint32_t ids[SMALL_FILMS];
    bt_error error = {0};
    small_folder_make(path, ids);
    CHECK_OK(train(path, 1, m->before, &error), error);
}

static bt_status action(const char *path, void *context, bt_error *error)
{
    (void)context;
    const bt_status status = train(path, 2, NULL, error);
    if (status == BT_OK)
        faults_acknowledge(1);
    return status;
}

/* The id of the active model, which has to open, with its rating model if there has to be one. */
static void active_model(const char *path, bool with_ratings, char id[17])
{
    app *a = NULL;
    bt_error error = {0};
    CHECK_OK(app_open(path, &a, &error), error);
    REQUIRE(app_model(a) != NULL);
    memcpy(id, app_model_id(a), 17);
    const uint32_t first = bt_model_describe(app_model(a))->film_ids[0];
    const bt_profile nobody = {NULL, 0};
    bt_predicted_rating predicted;
    if (with_ratings) {
        CHECK_OK(app_predict_ratings(a, &nobody, &first, 1, &predicted, &error), error);
        CHECK(predicted.known && predicted.low < predicted.high);
    }
    app_close(a);
}

static void verify(const char *path, const faults_outcome *outcome, void *context)
{
    models *m = context;
    char now[17];
    bt_error error = {0};
    active_model(path, true, now);
    if (outcome->acknowledged == 1)
        CHECK_STR(now, m->after);
    else if (outcome->finished && outcome->mode != FAULTS_IO_ERROR) /* there the last sync may be what failed */
        CHECK_STR(now, m->before);                                  /* it said that it failed */
    else
        CHECK(strcmp(now, m->before) == 0 || strcmp(now, m->after) == 0);
    char again[17];
    CHECK_OK(train(path, 2, again, &error), error);
    CHECK_STR(again, m->after);
    active_model(path, true, now);
    CHECK_STR(now, m->after);
}

static void run(faults_mode mode)
{
    models m;
    char path[512];
    bt_error error = {0};
    REQUIRE(strlen(test_path("reference")) < sizeof path);
    strcpy(path, test_path("reference"));
    setup(path, &m);
    CHECK_OK(train(path, 2, m.after, &error), error);
    CHECK(strcmp(m.before, m.after) != 0);
    const uint64_t changes =
        faults_run(&(faults_case){.setup = setup, .action = action, .verify = verify, .context = &m}, mode, 50);
    CHECK(changes > 5);
}

TEST(killed_at_any_change)
{
    run(FAULTS_KILL);
}

TEST(power_cut_with_unsynced_writes_dropped)
{
    run(FAULTS_DROP);
}

TEST(power_cut_with_unsynced_writes_torn)
{
    run(FAULTS_TEAR);
}

TEST(full_disk)
{
    run(FAULTS_NO_SPACE);
}

TEST(input_output_error)
{
    run(FAULTS_IO_ERROR);
}

TEST(short_writes)
{
    run(FAULTS_SHORT);
}

/* --- checkpoints ---------------------------------------------------------------------------------------------------------- */

static bt_status train_in_steps(const char *path, uint64_t seed, bool resume, char id[17], bt_error *error)
{
    const bt_train_params params = params_with(seed);
    const app_train_start start = {.resume = resume, .lists_only = true}; /* a checkpoint after each iteration */
    app_training result;
    const bt_status status = app_train_from(path, &params, &start, NULL, &result, error);
    if (status == BT_OK && id != NULL)
        memcpy(id, result.model_id, sizeof result.model_id);
    return status;
}

static bt_status action_in_steps(const char *path, void *context, bt_error *error)
{
    (void)context;
    return train_in_steps(path, 2, false, NULL, error);
}

/* Where there is a checkpoint, it is whole, and resuming brings the model of a training that wasn't cut off. */
static void verify_resumed(const char *path, const faults_outcome *outcome, void *context)
{
    (void)outcome;
    models *m = context;
    char now[17];
    bt_error error = {0};
    bt_train_params before;
    active_model(path, false, now);
    CHECK(strcmp(now, m->before) == 0 || strcmp(now, m->after) == 0);
    const bt_status status = app_checkpoint(path, &before, &error);
    CHECK(status == BT_OK || status == BT_NOT_FOUND);
    CHECK_OK(train_in_steps(path, 2, status == BT_OK, now, &error), error);
    CHECK_STR(now, m->after);
    CHECK_STATUS(app_checkpoint(path, &before, &error), BT_NOT_FOUND);
}

TEST(a_training_that_was_cut_off_goes_on)
{
    models m;
    char path[512];
    bt_error error = {0};
    REQUIRE(strlen(test_path("reference")) < sizeof path);
    strcpy(path, test_path("reference"));
    setup(path, &m);
    CHECK_OK(train(path, 2, m.after, &error), error);
    const faults_case c = {.setup = setup, .action = action_in_steps, .verify = verify_resumed, .context = &m};
    faults_run_all(&c, 30);
}
