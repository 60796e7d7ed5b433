/* From the log to the profiles: the rest of it, all of it, and whether what is stored is what it says. */
#include "app/live.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { PAGE = 1000 }; /* events in memory at once */

bt_status live_urls(const folder *f, arena *a, const char **log, const char **profiles, bt_error *error)
{
    *log = arena_format(a, "local:%s/events.db", f->path);
    *profiles = arena_format(a, "sqlite:%s/profiles.db", f->path);
    return *log != NULL && *profiles != NULL ? BT_OK : error_no_memory(error, "opening the profiles");
}

bt_status live_catch_up(event_log *log, history *profiles, uint64_t *n, bt_error *error)
{
    arena memory = {0};
    uint64_t position = 0;
    size_t n_page = 0;
    *n = 0;
    bt_status status = history_position(profiles, &position, error);
    do {
        logged_event *page = NULL;
        const event *pointers[PAGE];
        arena_clear(&memory);
        if (status == BT_OK)
            status = event_log_read(log, position, PAGE, &memory, &page, &n_page, error);
        for (size_t i = 0; status == BT_OK && i < n_page; i++)
            pointers[i] = &page[i].event;
        if (status != BT_OK || n_page == 0)
            break;
        position = page[n_page - 1].position;
        status = history_apply(profiles, pointers, n_page, position, error);
        *n += n_page;
    } while (status == BT_OK);
    arena_free(&memory);
    return status;
}

/* --- a folder that nobody serves ---------------------------------------------------------------------------------------- */

typedef struct opened {
    int lock;
    event_log *log;
    history *profiles;
} opened;

static bt_status open_folder(const folder *f, opened *o, bt_error *error)
{
    arena memory = {0};
    const char *log_url = NULL, *profiles_url = NULL;
    *o = (opened){.lock = -1};
    bt_status status = live_urls(f, &memory, &log_url, &profiles_url, error);
    if (status == BT_OK)
        status = event_log_open_reading(log_url, &o->log, error);
    if (status == BT_OK)
        status = folder_lock(f, "live.lock", &o->lock, error);
    if (status == BT_OK)
        status = history_open(profiles_url, HISTORY_WRITE, &o->profiles, error);
    arena_free(&memory);
    return status;
}

static void close_folder(const opened *o)
{
    history_close(o->profiles);
    event_log_close(o->log);
    folder_unlock(o->lock);
}

static bool count_film(void *context, const event_id *user, uint64_t version, const event_film *one)
{
    (void)user;
    (void)version;
    (void)one;
    ++*(uint64_t *)context;
    return true;
}

bt_status live_replay(const folder *f, live_replayed *out, bt_error *error)
{
    opened o;
    *out = (live_replayed){0};
    bt_status status = open_folder(f, &o, error);
    if (status == BT_OK)
        status = history_clear(o.profiles, error);
    if (status == BT_OK)
        status = live_catch_up(o.log, o.profiles, &out->n_events, error);
    if (status == BT_OK)
        status = history_each(o.profiles, count_film, &out->n_films, error);
    if (status == BT_OK)
        status = history_position(o.profiles, &out->position, error);
    close_folder(&o);
    return status;
}

/* --- comparing ------------------------------------------------------------------------------------------------------------ */

/* Walks one of two histories and looks each film up in the other, a person at a time. */
typedef struct comparison {
    history *other;
    arena memory; /* of the person */
    bool has_user;
    event_id user;
    uint64_t version;
    event_film *films; /* the other's of this person */
    size_t n_films, at;
    uint64_t n_compared;
    bt_status status;
    bt_error *error;
} comparison;

static bool marks_equal(const event_film *a, const event_film *b)
{
    for (int i = 0; i < EVENT_N_FACETS; i++) {
        uint8_t x[EVENT_MARK_SIZE], y[EVENT_MARK_SIZE];
        event_mark_pack(&a->marks[i], x);
        event_mark_pack(&b->marks[i], y);
        if (memcmp(x, y, sizeof x) != 0)
            return false;
    }
    return true;
}

static bool compare_film(void *context, const event_id *user, uint64_t version, const event_film *one)
{
    comparison *c = context;
    if (!c->has_user || event_id_compare(&c->user, user) != 0) {
        arena_clear(&c->memory);
        c->has_user = true;
        c->user = *user;
        c->at = 0;
        c->status = history_profile(c->other, user, &c->memory, &c->films, &c->n_films, &c->version, c->error);
        if (c->status != BT_OK)
            return false;
    }
    c->n_compared++;
    const bool same = c->at < c->n_films && c->films[c->at].film_id == one->film_id && c->version == version &&
                      marks_equal(&c->films[c->at], one);
    c->at++;
    if (same)
        return true;
    char text[EVENT_ID_TEXT];
    event_id_write(user, text);
    c->status =
        error_set(c->error, BT_CORRUPT,
                  "the profiles differ from the event log: user %s, film %" PRIu32 "; butaca events replay makes them again",
                  text, one->film_id);
    return false;
}

/* Every film of `one` is in `other`, the same. */
static bt_status compare(history *one, history *other, uint64_t *n, bt_error *error)
{
    comparison c = {.other = other, .error = error};
    const bt_status status = history_each(one, compare_film, &c, error);
    arena_free(&c.memory);
    *n = c.n_compared;
    return status == BT_OK ? c.status : status;
}

bt_status live_verify(const folder *f, live_replayed *out, bt_error *error)
{
    opened o;
    history *again = NULL;
    uint64_t rest = 0;
    *out = (live_replayed){0};
    bt_status status = open_folder(f, &o, error);
    if (status == BT_OK) /* what a server does first */
        status = live_catch_up(o.log, o.profiles, &rest, error);
    if (status == BT_OK)
        status = history_open("sqlite::memory:", HISTORY_WRITE, &again, error);
    if (status == BT_OK)
        status = live_catch_up(o.log, again, &out->n_events, error);
    if (status == BT_OK)
        status = history_position(again, &out->position, error);
    if (status == BT_OK)
        status = compare(o.profiles, again, &out->n_films, error);
    if (status == BT_OK)
        status = compare(again, o.profiles, &out->n_films, error);
    history_close(again);
    close_folder(&o);
    return status;
}
