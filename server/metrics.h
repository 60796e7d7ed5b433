/* Counters by route and status, and a latency histogram by route: plain atomics, a few additions a request, no lock. */
#ifndef SERVER_METRICS_H
#define SERVER_METRICS_H

#include <stdint.h>

#include "butaca/status.h"

typedef struct metrics metrics;

bt_status metrics_new(metrics **out, bt_error *error);
void metrics_free(metrics *m);

struct route;
/* A request that was answered: `route` NULL counts as "other", a status that the server never gives as 500. */
void metrics_count(metrics *m, const struct route *route, unsigned status, uint64_t nanoseconds);
void metrics_count_refused(metrics *m); /* the queue was full */

#endif
