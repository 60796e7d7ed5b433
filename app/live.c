/* Opening the people's side, and what happens after each commit of the log. */
#include "app/live.h"

#include <pthread.h>
#include <stdbool.h>

#include "base/error.h"
#include "base/memory.h"

struct live {
    int lock;
    event_log *log;
    history *writer; /* the log's thread's; in live_open, before that starts to work, the opener's */
    bool behind;     /* the log's thread's: an apply failed, and the profiles lack events */

    pthread_mutex_t reading; /* guards reader */
    history *reader;
    profile_cache *cache;

    pthread_mutex_t listening; /* guards the listener, also while it runs */
    live_listener *listener;
    void *listener_context;
};

live_params live_params_default(void)
{
    return (live_params){.queue_capacity = 4096, .profile_bytes_max = (size_t)32 << 20};
}

/* --- after a commit; on the log's thread ------------------------------------------------------------------------------- */

static bt_status apply(live *l, const logged_event *events, size_t n, bt_error *error)
{
    const event *pointers[EVENT_LOG_APPEND_MAX];
    for (size_t i = 0; i < n; i++)
        pointers[i] = &events[i].event;
    return n > 0 ? history_apply(l->writer, pointers, n, events[n - 1].position, error) : BT_OK;
}

/* An earlier batch couldn't be applied: everything from there on, this batch with it. */
static bt_status catch_up(live *l, bt_error *error)
{
    uint64_t n = 0;
    const bt_status status = live_catch_up(l->log, l->writer, &n, error);
    profile_cache_clear(l->cache);
    return status;
}

static void tell(live *l, const event *e)
{
    pthread_mutex_lock(&l->listening);
    if (l->listener != NULL)
        l->listener(l->listener_context, e);
    pthread_mutex_unlock(&l->listening);
}

static bt_status follow(void *context, const logged_event *events, size_t n, bt_error *error)
{
    live *l = context;
    const bt_status status = l->behind ? catch_up(l, error) : apply(l, events, n, error);
    l->behind = status != BT_OK;
    for (size_t i = 0; i < n && status == BT_OK; i++) {
        profile_cache_apply(l->cache, &events[i].event);
        tell(l, &events[i].event);
    }
    return status;
}

/* --- profiles ---------------------------------------------------------------------------------------------------------- */

static bt_status load(live *l, const event_id *user, profile_view **out, bt_error *error)
{
    arena memory = {0};
    event_film *films = NULL;
    size_t n = 0, kept = 0;
    uint64_t version = 0;
    pthread_mutex_lock(&l->reading);
    bt_status status = history_profile(l->reader, user, &memory, &films, &n, &version, error);
    pthread_mutex_unlock(&l->reading);
    profile_view *v = status == BT_OK ? profile_view_new(user, version, n) : NULL;
    if (status == BT_OK && v == NULL)
        status = error_no_memory(error, "reading a profile");
    for (size_t i = 0; v != NULL && i < n; i++) {
        const bt_opinion opinion = event_film_opinion(&films[i]);
        if (!event_opinion_is_empty(&opinion))
            v->opinions[kept++] = opinion;
    }
    if (v != NULL)
        v->n_opinions = kept;
    arena_free(&memory);
    *out = v;
    return status;
}

profile_view *live_profile_in_memory(live *l, const event_id *user)
{
    return profile_cache_find(l->cache, user);
}

bt_status live_profile(live *l, const event_id *user, profile_view **out, bt_error *error)
{
    enum { TRIES = 4 }; /* while events of that person keep coming; the last one is right when it is read, only not kept */
    *out = profile_cache_find(l->cache, user);
    for (int i = 0; i < TRIES && *out == NULL; i++) {
        const uint64_t stamp = profile_cache_stamp(l->cache, user);
        const bt_status status = load(l, user, out, error);
        if (status != BT_OK)
            return status;
        if (!profile_cache_offer(l->cache, *out, stamp) && i + 1 < TRIES) {
            profile_view_release(*out);
            *out = NULL;
        }
    }
    return BT_OK;
}

/* --- the rest ---------------------------------------------------------------------------------------------------------- */

bt_status live_submit(live *l, event_append *a, bt_error *error)
{
    return event_log_append(l->log, a, error);
}

size_t live_waiting(live *l)
{
    return event_log_waiting(l->log);
}

event_log *live_log(live *l)
{
    return l->log;
}

void live_listen(live *l, live_listener *listener, void *context)
{
    pthread_mutex_lock(&l->listening);
    l->listener = listener;
    l->listener_context = context;
    pthread_mutex_unlock(&l->listening);
}

/* --- opening ------------------------------------------------------------------------------------------------------------ */

/* The log may be an older one than the profiles were made of (a backup of it was put back): then they are made again. */
static bt_status bring_up_to_date(live *l, bt_error *error)
{
    uint64_t end = 0, position = 0, n = 0;
    bt_status status = event_log_end(l->log, &end, error);
    if (status == BT_OK)
        status = history_position(l->writer, &position, error);
    if (status == BT_OK && position > end)
        status = history_clear(l->writer, error);
    return status == BT_OK ? live_catch_up(l->log, l->writer, &n, error) : status;
}

static bt_status open_all(live *l, const folder *f, const live_params *params, bt_error *error)
{
    arena memory = {0};
    const char *log_url = NULL, *profiles_url = NULL;
    event_log_params log_params = event_log_params_default();
    log_params.watch = follow;
    log_params.context = l;
    log_params.queue_capacity = params->queue_capacity;
    bt_status status = live_urls(f, &memory, &log_url, &profiles_url, error);
    if (status == BT_OK)
        status = folder_lock(f, "live.lock", &l->lock, error);
    if (status == BT_OK)
        status = profile_cache_new(params->profile_bytes_max, &l->cache, error);
    if (status == BT_OK)
        status = history_open(profiles_url, HISTORY_WRITE, &l->writer, error);
    if (status == BT_OK)
        status = history_open(profiles_url, HISTORY_READ, &l->reader, error);
    if (status == BT_OK)
        status = event_log_open(log_url, &log_params, &l->log, error);
    if (status == BT_OK)
        status = bring_up_to_date(l, error);
    arena_free(&memory);
    return status;
}

bt_status live_open(const folder *f, const live_params *params, live **out, bt_error *error)
{
    *out = NULL;
    live *l = memory_zeroed(1, sizeof *l);
    if (l == NULL)
        return error_no_memory(error, "opening the profiles");
    l->lock = -1;
    pthread_mutex_init(&l->reading, NULL);
    pthread_mutex_init(&l->listening, NULL);
    const bt_status status = open_all(l, f, params, error);
    if (status == BT_OK)
        *out = l;
    else
        live_close(l);
    return status;
}

void live_close(live *l)
{
    if (l == NULL)
        return;
    event_log_close(l->log); /* first: its thread uses the others */
    history_close(l->reader);
    history_close(l->writer);
    profile_cache_free(l->cache);
    folder_unlock(l->lock);
    pthread_mutex_destroy(&l->reading);
    pthread_mutex_destroy(&l->listening);
    bt_free(l);
}
