/* Lists that were made, as they went out, so that asking again for what is unchanged costs a look-up and no ranking.
 *
 * A list is known by a text that says everything it follows from: the person, the version of the profile, model, texts and catalogue, the
 * question, the encoding. So nothing has to be revoked: after a change the text is another one, and the old list is not asked for again
 * and falls out. A hash table with chains and a list from the newest use to the oldest, under one lock; bodies are counted references, so
 * what is being sent outlives its entry. Bytes are bounded.
 */
#ifndef SERVER_LIST_CACHE_H
#define SERVER_LIST_CACHE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "butaca/status.h"

typedef struct shared_body {
    atomic_uint n_holders;
    bool gzip; /* Content-Encoding */
    size_t size;
    char *bytes; /* malloc'ed */
} shared_body;

/* Takes `bytes` over; NULL: no memory, and they are still the caller's. */
shared_body *shared_body_new(char *bytes, size_t size, bool gzip);
void shared_body_release(shared_body *b); /* NULL is fine */

typedef struct list_cache list_cache;

bt_status list_cache_new(size_t bytes_max, list_cache **out, bt_error *error);
void list_cache_free(list_cache *c); /* NULL is fine */

/* Held, the caller releases it; NULL: not there. */
shared_body *list_cache_find(list_cache *c, const char *key);
/* Without memory for it, it just isn't kept. */
void list_cache_add(list_cache *c, const char *key, shared_body *b);

typedef struct list_cache_counts {
    uint64_t hits, misses;
    size_t bytes;
} list_cache_counts;
list_cache_counts list_cache_count(list_cache *c);

#endif
