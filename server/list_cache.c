/* The table, and the list by use; see list_cache.h. */
#include "server/list_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/checksum.h"
#include "base/error.h"
#include "base/memory.h"

enum { SLOTS = 4096 };

typedef struct entry {
    struct entry *chain, *newer, *older;
    shared_body *body;
    size_t slot, bytes;
    char key[];
} entry;

struct list_cache {
    pthread_mutex_t lock;
    entry *slots[SLOTS];
    entry *newest, *oldest;
    size_t bytes_max;
    list_cache_counts counts;
};

/* --- bodies -------------------------------------------------------------------------------------------------------------- */

shared_body *shared_body_new(char *bytes, size_t size, bool gzip)
{
    shared_body *b = memory_zeroed(1, sizeof *b);
    if (b == NULL)
        return NULL;
    atomic_init(&b->n_holders, 1);
    b->bytes = bytes;
    b->size = size;
    b->gzip = gzip;
    return b;
}

static shared_body *hold(shared_body *b)
{
    atomic_fetch_add_explicit(&b->n_holders, 1, memory_order_relaxed);
    return b;
}

void shared_body_release(shared_body *b)
{
    if (b == NULL || atomic_fetch_sub_explicit(&b->n_holders, 1, memory_order_acq_rel) > 1)
        return;
    free(b->bytes);
    bt_free(b);
}

/* --- entries; under the lock ----------------------------------------------------------------------------------------------- */

static entry *find(const list_cache *c, const char *key, size_t slot)
{
    entry *e = c->slots[slot];
    while (e != NULL && strcmp(e->key, key) != 0)
        e = e->chain;
    return e;
}

static void take_from_list(list_cache *c, const entry *e)
{
    *(e->newer != NULL ? &e->newer->older : &c->newest) = e->older;
    *(e->older != NULL ? &e->older->newer : &c->oldest) = e->newer;
}

static void put_first(list_cache *c, entry *e)
{
    e->newer = NULL;
    e->older = c->newest;
    *(c->newest != NULL ? &c->newest->newer : &c->oldest) = e;
    c->newest = e;
}

static void drop(list_cache *c, entry *e)
{
    entry **at = &c->slots[e->slot];
    while (*at != e)
        at = &(*at)->chain;
    *at = e->chain;
    take_from_list(c, e);
    c->counts.bytes -= e->bytes;
    shared_body_release(e->body);
    bt_free(e);
}

static entry *entry_new(const char *key, size_t slot, shared_body *b)
{
    const size_t size = strlen(key) + 1;
    entry *e = memory_array(1, sizeof *e + size);
    if (e == NULL)
        return NULL;
    *e = (entry){.body = hold(b), .slot = slot, .bytes = sizeof *e + size + sizeof *b + b->size};
    memcpy(e->key, key, size);
    return e;
}

/* --- what is asked --------------------------------------------------------------------------------------------------------- */

static size_t slot_of(const char *key)
{
    return checksum_of(key, strlen(key)) % SLOTS;
}

shared_body *list_cache_find(list_cache *c, const char *key)
{
    const size_t slot = slot_of(key);
    pthread_mutex_lock(&c->lock);
    entry *e = find(c, key, slot);
    shared_body *b = e != NULL ? hold(e->body) : NULL;
    if (e != NULL) {
        take_from_list(c, e);
        put_first(c, e);
    }
    c->counts.hits += e != NULL;
    c->counts.misses += e == NULL;
    pthread_mutex_unlock(&c->lock);
    return b;
}

/* Two may have made the same list at once: the first stays. */
void list_cache_add(list_cache *c, const char *key, shared_body *b)
{
    const size_t slot = slot_of(key);
    pthread_mutex_lock(&c->lock);
    entry *e = find(c, key, slot) == NULL ? entry_new(key, slot, b) : NULL;
    if (e != NULL) {
        e->chain = c->slots[slot];
        c->slots[slot] = e;
        put_first(c, e);
        c->counts.bytes += e->bytes;
        while (c->counts.bytes > c->bytes_max && c->oldest != NULL)
            drop(c, c->oldest);
    }
    pthread_mutex_unlock(&c->lock);
}

list_cache_counts list_cache_count(list_cache *c)
{
    pthread_mutex_lock(&c->lock);
    const list_cache_counts counts = c->counts;
    pthread_mutex_unlock(&c->lock);
    return counts;
}

bt_status list_cache_new(size_t bytes_max, list_cache **out, bt_error *error)
{
    list_cache *c = *out = memory_zeroed(1, sizeof *c);
    if (c == NULL)
        return error_no_memory(error, "making room for lists");
    c->bytes_max = bytes_max;
    pthread_mutex_init(&c->lock, NULL);
    return BT_OK;
}

void list_cache_free(list_cache *c)
{
    if (c == NULL)
        return;
    while (c->oldest != NULL)
        drop(c, c->oldest);
    pthread_mutex_destroy(&c->lock);
    bt_free(c);
}
