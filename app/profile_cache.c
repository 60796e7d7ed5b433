/* A hash table with chains, and a list through all entries from the most recently used to the least. One lock guards both; what is
 * done under it is a look-up, or a copy of one profile.
 */
#include "app/profile_cache.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "base/checksum.h"
#include "base/error.h"
#include "base/memory.h"

enum { SLOTS = 4096 }; /* a power of two */

typedef struct entry {
    struct entry *chain, *newer, *older;
    profile_view *view;
} entry;

struct profile_cache {
    pthread_mutex_t lock;
    entry *slots[SLOTS];
    uint64_t stamps[SLOTS]; /* events so far of the people of a slot */
    entry *newest, *oldest;
    size_t bytes, bytes_max;
};

/* --- views ----------------------------------------------------------------------------------------------------------- */

profile_view *profile_view_new(const event_id *user, uint64_t version, size_t n_opinions)
{
    profile_view *v = memory_array(1, sizeof *v + n_opinions * sizeof v->opinions[0]);
    if (v == NULL)
        return NULL;
    atomic_init(&v->n_references, 1);
    v->user = *user;
    v->version = version;
    v->n_opinions = n_opinions;
    return v;
}

profile_view *profile_view_hold(profile_view *v)
{
    atomic_fetch_add_explicit(&v->n_references, 1, memory_order_relaxed);
    return v;
}

void profile_view_release(profile_view *v)
{
    if (v != NULL && atomic_fetch_sub_explicit(&v->n_references, 1, memory_order_acq_rel) == 1)
        bt_free(v);
}

static size_t bytes_of(const profile_view *v)
{
    return sizeof(entry) + sizeof *v + v->n_opinions * sizeof v->opinions[0];
}

/* --- entries; the lock is held ------------------------------------------------------------------------------------------ */

static size_t slot_of(const event_id *user)
{
    return checksum_of(user->bytes, sizeof user->bytes) % SLOTS;
}

static entry *find(const profile_cache *c, const event_id *user)
{
    entry *e = c->slots[slot_of(user)];
    while (e != NULL && event_id_compare(&e->view->user, user) != 0)
        e = e->chain;
    return e;
}

static void take_from_list(profile_cache *c, const entry *e)
{
    *(e->newer != NULL ? &e->newer->older : &c->newest) = e->older;
    *(e->older != NULL ? &e->older->newer : &c->oldest) = e->newer;
}

static void put_first(profile_cache *c, entry *e)
{
    e->newer = NULL;
    e->older = c->newest;
    *(c->newest != NULL ? &c->newest->newer : &c->oldest) = e;
    c->newest = e;
}

static void drop(profile_cache *c, entry *e)
{
    entry **at = &c->slots[slot_of(&e->view->user)];
    while (*at != e)
        at = &(*at)->chain;
    *at = e->chain;
    take_from_list(c, e);
    c->bytes -= bytes_of(e->view);
    profile_view_release(e->view);
    bt_free(e);
}

/* Takes over a reference. */
static void replace(profile_cache *c, entry *e, profile_view *v)
{
    c->bytes += bytes_of(v) - bytes_of(e->view);
    profile_view_release(e->view);
    e->view = v;
}

static void shrink(profile_cache *c)
{
    while (c->bytes > c->bytes_max && c->oldest != NULL)
        drop(c, c->oldest);
}

/* Takes over a reference. Without memory the profile just isn't kept. */
static void add(profile_cache *c, profile_view *v)
{
    entry *e = memory_zeroed(1, sizeof *e);
    if (e == NULL) {
        profile_view_release(v);
        return;
    }
    entry **slot = &c->slots[slot_of(&v->user)];
    e->view = v;
    e->chain = *slot;
    *slot = e;
    put_first(c, e);
    c->bytes += bytes_of(v);
    shrink(c);
}

/* --- a profile and one event ------------------------------------------------------------------------------------------- */

/* A copy of the profile with the event applied; NULL: no memory. */
static profile_view *changed(const profile_view *old, const event *e)
{
    if (e->facet == EVENT_ERASE)
        return profile_view_new(&old->user, e->version, 0);
    size_t at = 0;
    while (at < old->n_opinions && old->opinions[at].film_id < e->film_id)
        at++;
    const bool there = at < old->n_opinions && old->opinions[at].film_id == e->film_id;
    bt_opinion opinion = there ? old->opinions[at] : (bt_opinion){.film_id = e->film_id};
    event_opinion_set(&opinion, (event_facet)e->facet, e->value);
    const size_t stays = event_opinion_is_empty(&opinion) ? 0 : 1, rest = at + (there ? 1 : 0);
    profile_view *v = profile_view_new(&old->user, e->version, at + stays + old->n_opinions - rest);
    if (v == NULL)
        return NULL;
    memcpy(v->opinions, old->opinions, at * sizeof *v->opinions);
    if (stays > 0)
        v->opinions[at] = opinion;
    memcpy(v->opinions + at + stays, old->opinions + rest, (old->n_opinions - rest) * sizeof *v->opinions);
    return v;
}

void profile_cache_apply(profile_cache *c, const event *e)
{
    pthread_mutex_lock(&c->lock);
    c->stamps[slot_of(&e->user)]++;
    entry *found = find(c, &e->user);
    if (found != NULL) {
        /* An event that isn't the person's last one may not count: the store knows. */
        profile_view *v = e->version > found->view->version ? changed(found->view, e) : NULL;
        if (v != NULL)
            replace(c, found, v);
        else
            drop(c, found);
        shrink(c);
    }
    pthread_mutex_unlock(&c->lock);
}

/* --- the rest ---------------------------------------------------------------------------------------------------------- */

profile_view *profile_cache_find(profile_cache *c, const event_id *user)
{
    profile_view *v = NULL;
    pthread_mutex_lock(&c->lock);
    entry *e = find(c, user);
    if (e != NULL) {
        v = profile_view_hold(e->view);
        take_from_list(c, e);
        put_first(c, e);
    }
    pthread_mutex_unlock(&c->lock);
    return v;
}

uint64_t profile_cache_stamp(profile_cache *c, const event_id *user)
{
    pthread_mutex_lock(&c->lock);
    const uint64_t stamp = c->stamps[slot_of(user)];
    pthread_mutex_unlock(&c->lock);
    return stamp;
}

bool profile_cache_offer(profile_cache *c, profile_view *v, uint64_t stamp)
{
    pthread_mutex_lock(&c->lock);
    const bool current = c->stamps[slot_of(&v->user)] == stamp;
    if (current && find(c, &v->user) == NULL)
        add(c, profile_view_hold(v));
    pthread_mutex_unlock(&c->lock);
    return current;
}

void profile_cache_clear(profile_cache *c)
{
    pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < SLOTS; i++)
        c->stamps[i]++;
    while (c->oldest != NULL)
        drop(c, c->oldest);
    pthread_mutex_unlock(&c->lock);
}

bt_status profile_cache_new(size_t bytes_max, profile_cache **out, bt_error *error)
{
    profile_cache *c = *out = memory_zeroed(1, sizeof *c);
    if (c == NULL)
        return error_no_memory(error, "making room for profiles");
    c->bytes_max = bytes_max;
    pthread_mutex_init(&c->lock, NULL);
    return BT_OK;
}

void profile_cache_free(profile_cache *c)
{
    if (c == NULL)
        return;
    profile_cache_clear(c);
    pthread_mutex_destroy(&c->lock);
    bt_free(c);
}
