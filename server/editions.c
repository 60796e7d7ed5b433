/* The watching thread, and counted references to what it puts in place; see editions.h. */
#include "server/editions.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "app/meaning.h"
#include "base/error.h"
#include "base/memory.h"

enum { WATCH_NANOSECONDS = 500000000 };

struct editions {
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t wake, looked;
    edition *now;
    bool stopping, awaited;
    uint64_t n_looks;    /* since the start */
    app_sources refused; /* what can't be opened, so that it is said once */

    pthread_mutex_t listening; /* guards the listener, also while it runs */
    editions_changed *changed;
    void *context;

    pthread_t thread;
    bool started;
};

static edition *edition_new(app *a)
{
    edition *one = memory_zeroed(1, sizeof *one);
    if (one != NULL) {
        one->app = a;
        atomic_init(&one->n_holders, 1);
    }
    return one;
}

void edition_release(edition *one)
{
    if (one == NULL || atomic_fetch_sub(&one->n_holders, 1) > 1)
        return;
    app_close(one->app);
    bt_free(one);
}

edition *editions_hold(editions *e)
{
    pthread_mutex_lock(&e->lock);
    edition *one = e->now;
    atomic_fetch_add(&one->n_holders, 1);
    pthread_mutex_unlock(&e->lock);
    return one;
}

/* --- watching ------------------------------------------------------------------------------------------------------------- */

static edition *open_next(const app *before, bt_error *error)
{
    app *a = NULL;
    edition *next = NULL;
    bt_status status = app_open(app_folder(before)->path, &a, error);
    if (status == BT_OK)
        status = app_prepare_search(a, error);
    if (status == BT_OK)
        status = app_prepare_texts(a, NULL, error);
    if (status == BT_OK)
        status = app_prepare_meaning(a, error);
    if (status == BT_OK && (next = edition_new(a)) == NULL)
        error_no_memory(error, "opening a model");
    if (next == NULL)
        app_close(a);
    return next;
}

/* A model that went away leaves the one that there is. */
static bool is_whole(const edition *next, const app_sources *wanted)
{
    return next != NULL && (wanted->model_id[0] == '\0' || app_model_id(next->app) != NULL);
}

/* What can't be opened leaves things as they are. */
static void follow(editions *e, const app_sources *wanted)
{
    bt_error error = {0};
    edition *next = open_next(e->now->app, &error);
    if (!is_whole(next, wanted)) {
        pthread_mutex_lock(&e->lock);
        e->refused = *wanted;
        pthread_mutex_unlock(&e->lock);
        fprintf(stderr, "The data folder has changed, but what is served stays: %s\n", error.message);
        edition_release(next);
        return;
    }
    pthread_mutex_lock(&e->lock);
    edition *before = e->now;
    e->now = next;
    pthread_mutex_unlock(&e->lock);
    edition_release(before);
    const char *model = app_model_id(next->app);
    pthread_mutex_lock(&e->listening);
    if (e->changed != NULL && model != NULL)
        e->changed(e->context, model);
    pthread_mutex_unlock(&e->listening);
}

/* false: the end. */
static bool wait_a_moment(editions *e)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += WATCH_NANOSECONDS;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&e->lock);
    if (!e->stopping && !e->awaited)
        pthread_cond_timedwait(&e->wake, &e->lock, &until);
    e->awaited = false;
    const bool goes_on = !e->stopping;
    pthread_mutex_unlock(&e->lock);
    return goes_on;
}

/* e->now is written by this thread alone, so it may read it without the lock. Vectors of the films' texts that came or changed are taken
 * up by the edition that is there; without memory for them it keeps what it has. */
static void *watch(void *context)
{
    editions *e = context;
    while (wait_a_moment(e)) {
        app_sources then, now;
        app_prepare_meaning(e->now->app, NULL);
        app_sources_then(e->now->app, &then);
        app_sources_now(e->now->app, &now);
        if (memcmp(&then, &now, sizeof now) != 0 && memcmp(&e->refused, &now, sizeof now) != 0)
            follow(e, &now);
        pthread_mutex_lock(&e->lock);
        e->n_looks++;
        pthread_cond_broadcast(&e->looked);
        pthread_mutex_unlock(&e->lock);
    }
    pthread_mutex_lock(&e->lock);
    pthread_cond_broadcast(&e->looked);
    pthread_mutex_unlock(&e->lock);
    return NULL;
}

/* A look that is under way may have begun before the activation: the one after it counts. */
bt_status editions_await(editions *e, const char *model, bt_error *error)
{
    pthread_mutex_lock(&e->lock);
    const uint64_t enough = e->n_looks + 2;
    const char *now = app_model_id(e->now->app);
    while (!e->stopping && e->n_looks < enough && (now == NULL || strcmp(now, model) != 0)) {
        e->awaited = true;
        pthread_cond_signal(&e->wake);
        pthread_cond_wait(&e->looked, &e->lock);
        now = app_model_id(e->now->app);
    }
    const bool there = now != NULL && strcmp(now, model) == 0, refused = strcmp(e->refused.model_id, model) == 0;
    pthread_mutex_unlock(&e->lock);
    if (there)
        return BT_OK;
    return refused ? error_set(error, BT_CORRUPT, "model %s can't be opened: the one before stays", model)
                   : error_set(error, BT_BUSY, "another model was activated meanwhile, or the server is stopping");
}

/* --- starting and stopping ------------------------------------------------------------------------------------------------- */

void editions_listen(editions *e, editions_changed *changed, void *context)
{
    pthread_mutex_lock(&e->listening);
    e->changed = changed;
    e->context = context;
    pthread_mutex_unlock(&e->listening);
}

bt_status editions_start(app *first, editions **out, bt_error *error)
{
    *out = NULL;
    editions *e = memory_zeroed(1, sizeof *e);
    if (e == NULL)
        return error_no_memory(error, "starting the server");
    pthread_mutex_init(&e->lock, NULL);
    pthread_mutex_init(&e->listening, NULL);
    pthread_cond_init(&e->wake, NULL);
    pthread_cond_init(&e->looked, NULL);
    e->now = edition_new(first);
    const int failed = e->now != NULL ? pthread_create(&e->thread, NULL, watch, e) : 0;
    e->started = e->now != NULL && failed == 0;
    if (e->started) {
        *out = e;
        return BT_OK;
    }
    bt_free(e->now); /* `first` stays open */
    e->now = NULL;
    editions_stop(e);
    return failed != 0 ? error_system(error, failed, "starting the server") : error_no_memory(error, "starting the server");
}

void editions_stop(editions *e)
{
    if (e == NULL)
        return;
    pthread_mutex_lock(&e->lock);
    e->stopping = true;
    pthread_cond_signal(&e->wake);
    pthread_mutex_unlock(&e->lock);
    if (e->started)
        pthread_join(e->thread, NULL);
    edition_release(e->now);
    pthread_mutex_destroy(&e->lock);
    pthread_mutex_destroy(&e->listening);
    pthread_cond_destroy(&e->wake);
    pthread_cond_destroy(&e->looked);
    bt_free(e);
}
