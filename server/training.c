/* The thread, and what it says of itself under one lock; see training.h. */
#include "server/training.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "base/error.h"
#include "base/memory.h"

struct training {
    pthread_mutex_t lock; /* guards what follows, but not `params`, which is the thread's while it runs */
    training_state state;
    bool stopping;
    bool started; /* the thread has to be joined */
    pthread_t thread;
    bt_train_params params;
    uint64_t memory_limit; /* bytes */
    char data_path[];
};

static bool report(void *context, const char *stage, const char *unit, uint64_t done, uint64_t total)
{
    training *t = context;
    pthread_mutex_lock(&t->lock);
    snprintf(t->state.detail, sizeof t->state.detail, "%s", stage);
    if (strcmp(unit, "iterations") == 0) {
        t->state.iteration = (uint32_t)done;
        t->state.iterations = (uint32_t)total;
    }
    const bool goes_on = !t->stopping;
    pthread_mutex_unlock(&t->lock);
    return goes_on;
}

static void *run(void *context)
{
    training *t = context;
    const bt_progress progress = {report, t};
    app_training done = {0};
    bt_error error = {0};
    const app_train_start start = {.checkpoint_seconds = 30.0, .memory_limit = t->memory_limit};
    const bt_status status = app_train_from(t->data_path, &t->params, &start, &progress, &done, &error);
    pthread_mutex_lock(&t->lock);
    t->state.phase = status == BT_OK ? TRAINING_DONE : TRAINING_FAILED;
    snprintf(t->state.model, sizeof t->state.model, "%s", done.model_id);
    snprintf(t->state.detail, sizeof t->state.detail, "%s", error.message);
    pthread_mutex_unlock(&t->lock);
    return NULL;
}

/* Under the lock; a thread that has said that it is over holds it no more. */
static bt_status begin(training *t, const bt_train_params *params, bt_error *error)
{
    if (t->state.phase == TRAINING_RUNNING)
        return error_set(error, BT_BUSY, "a training runs already");
    if (t->started)
        pthread_join(t->thread, NULL);
    t->params = *params;
    t->state = (training_state){.phase = TRAINING_RUNNING, .iterations = params->max_iter, .detail = "starting"};
    const int failed = pthread_create(&t->thread, NULL, run, t);
    t->started = failed == 0;
    if (t->started)
        return BT_OK;
    t->state.phase = TRAINING_FAILED;
    return error_system(error, failed, "can't start a training");
}

bt_status training_start(training *t, const bt_train_params *params, bt_error *error)
{
    pthread_mutex_lock(&t->lock);
    const bt_status status = begin(t, params, error);
    pthread_mutex_unlock(&t->lock);
    return status;
}

void training_look(training *t, training_state *out)
{
    pthread_mutex_lock(&t->lock);
    *out = t->state;
    pthread_mutex_unlock(&t->lock);
}

bt_status training_new(const char *data_path, uint64_t memory_limit, training **out, bt_error *error)
{
    const size_t size = strlen(data_path) + 1;
    training *t = *out = memory_zeroed(1, sizeof *t + size);
    if (t == NULL)
        return error_no_memory(error, "preparing for trainings");
    t->memory_limit = memory_limit;
    memcpy(t->data_path, data_path, size);
    pthread_mutex_init(&t->lock, NULL);
    return BT_OK;
}

void training_free(training *t)
{
    if (t == NULL)
        return;
    pthread_mutex_lock(&t->lock);
    t->stopping = true;
    pthread_mutex_unlock(&t->lock);
    if (t->started)
        pthread_join(t->thread, NULL);
    pthread_mutex_destroy(&t->lock);
    bt_free(t);
}
