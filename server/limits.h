/* How many requests somebody may make: each address (of IPv6 its /64) and each person who shows a session or a token has a bucket that
 * fills a token a 1/rate second, up to a burst; a request takes one, and where there is none it is 429.
 *
 * A bucket is one time, that at which it will be full (the virtual scheduling of GCRA, ITU-T I.371): 16 bytes with its key, in a fixed
 * table of SETS x WAYS (2 MiB, taken as it fills). Where a set is full, the bucket that is full soonest makes room, which loses nothing if
 * it is full already: who makes up addresses can only be let through more. Keys are hashed with a secret, so nobody can aim at a set.
 */
#ifndef SERVER_LIMITS_H
#define SERVER_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "butaca/status.h"

enum { LIMITS_SETS = 16384, LIMITS_WAYS = 8, LIMITS_BURST_SECONDS = 10 };

typedef enum limit_kind { LIMIT_ADDRESS, LIMIT_PERSON } limit_kind;

typedef struct limit_state {
    unsigned rate;      /* a second; 0: there is no such limit, and the rest says nothing */
    unsigned burst;     /* LIMITS_BURST_SECONDS times as many, at once */
    unsigned remaining; /* after this request */
    unsigned full;      /* seconds until the bucket is full */
    unsigned wait;      /* seconds until the next request is let through; 0: this one is */
} limit_state;

typedef struct limits limits;

/* Requests a second; 0: no limit. */
bt_status limits_new(unsigned of_address, unsigned of_person, limits **out, bt_error *error);
void limits_free(limits *l); /* NULL is fine */

/* Takes a token of whoever `key` is, at `now` (monotonic, ns). */
limit_state limits_take(limits *l, limit_kind kind, const void *key, size_t size, uint64_t now);

#endif
