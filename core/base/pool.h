/* A pool of threads for loops over independent pieces.
 *
 * pool_run cuts [0, n_pieces) among the threads one piece at a time (a shared counter), the calling thread works too, and it
 * returns when all pieces are done. Which thread runs a piece must not change its result: that is what makes results
 * independent of the number of threads. `lane` (0 .. pool_lanes-1) names the scratch space that the piece may use.
 *
 * fork: threads don't survive it. A pool notices that it runs in a child process and starts its threads anew, so that PySpark's
 * forked workers can use one that was made before the fork.
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stddef.h>

#include "butaca/status.h"

enum { POOL_MAX_LANES = 1024 };

typedef struct pool pool;
typedef void pool_work(void *context, size_t piece, size_t lane);

/* n_threads 0: one for each online processor. The count includes the calling thread: 1 starts no thread.
 * More than POOL_MAX_LANES, or than the system gives: BT_LIMIT. */
bt_status pool_create(size_t n_threads, pool **out, bt_error *error);
void pool_free(pool *p); /* NULL is fine */

size_t pool_lanes(const pool *p);
size_t pool_lanes_of(size_t n_threads); /* of a pool made with that number */

/* One loop at a time; not to be called from inside a piece. */
void pool_run(pool *p, size_t n_pieces, pool_work *work, void *context);

#endif
