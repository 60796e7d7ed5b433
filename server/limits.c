/* The table of buckets; see limits.h. One lock guards it, for a look at one set. */
#include "server/limits.h"

#include <pthread.h>
#include <sodium.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

static const uint64_t second = 1000000000;

typedef struct bucket {
    uint64_t key;  /* 0: nobody's */
    uint64_t full; /* when it will be: monotonic, ns */
} bucket;

struct limits {
    unsigned rates[2]; /* by kind */
    unsigned char secret[crypto_shorthash_KEYBYTES];
    pthread_mutex_t lock;
    bucket *buckets; /* LIMITS_SETS x LIMITS_WAYS */
};

static uint64_t key_of(const limits *l, limit_kind kind, const void *key, size_t size)
{
    unsigned char hash[crypto_shorthash_BYTES];
    uint64_t value;
    crypto_shorthash(hash, key, size, l->secret);
    memcpy(&value, hash, sizeof value);
    value ^= kind;
    return value != 0 ? value : 1;
}

/* The key's bucket, or one for it: full. Under the lock. */
static bucket *find(const limits *l, uint64_t key)
{
    bucket *set = &l->buckets[key % LIMITS_SETS * LIMITS_WAYS], *least = set;
    for (size_t i = 0; i < LIMITS_WAYS; i++) {
        if (set[i].key == key)
            return &set[i];
        if (set[i].full < least->full)
            least = &set[i];
    }
    *least = (bucket){.key = key};
    return least;
}

static unsigned seconds_up(uint64_t nanoseconds)
{
    return (unsigned)((nanoseconds + second - 1) / second);
}

limit_state limits_take(limits *l, limit_kind kind, const void *key, size_t size, uint64_t now)
{
    const unsigned rate = l->rates[kind], burst = rate * LIMITS_BURST_SECONDS;
    if (rate == 0)
        return (limit_state){0};
    const uint64_t each = second / rate, most = burst * each, hashed = key_of(l, kind, key, size);
    pthread_mutex_lock(&l->lock);
    bucket *b = find(l, hashed);
    const uint64_t full = b->full > now ? b->full : now;
    const bool passes = full + each - now <= most;
    if (passes)
        b->full = full + each;
    pthread_mutex_unlock(&l->lock);
    const uint64_t missing = full - now + (passes ? each : 0); /* of the bucket, in time */
    return (limit_state){.rate = rate,
                         .burst = burst,
                         .remaining = (unsigned)((most - missing) / each),
                         .full = seconds_up(missing),
                         .wait = passes ? 0 : seconds_up(missing + each - most)};
}

bt_status limits_new(unsigned of_address, unsigned of_person, limits **out, bt_error *error)
{
    *out = NULL;
    if (sodium_init() < 0)
        return error_set(error, BT_IO, "no random numbers can be had from the system");
    limits *l = memory_zeroed(1, sizeof *l);
    if (l == NULL)
        return error_no_memory(error, "preparing limits");
    pthread_mutex_init(&l->lock, NULL);
    crypto_shorthash_keygen(l->secret);
    l->rates[LIMIT_ADDRESS] = of_address;
    l->rates[LIMIT_PERSON] = of_person;
    l->buckets = memory_zeroed((size_t)LIMITS_SETS * LIMITS_WAYS, sizeof *l->buckets);
    if (l->buckets == NULL) {
        limits_free(l);
        return error_no_memory(error, "preparing limits");
    }
    *out = l;
    return BT_OK;
}

void limits_free(limits *l)
{
    if (l == NULL)
        return;
    pthread_mutex_destroy(&l->lock);
    bt_free(l->buckets);
    bt_free(l);
}
