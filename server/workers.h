/* Threads for what may wait on the store, each with a catalogue handle of its own, behind one bounded queue.
 *
 * The queue is a ring of pointers, first in, first out: push and pop cost a lock and a signal.
 */
#ifndef SERVER_WORKERS_H
#define SERVER_WORKERS_H

#include <stdbool.h>
#include <stddef.h>

#include "app/app.h"
#include "butaca/status.h"

typedef struct workers workers;
typedef void workers_run(void *job, catalogue *c);

bt_status workers_start(const app *a, unsigned n_threads, size_t capacity, workers_run *run, workers **out, bt_error *error);

/* false: the queue is full, or the workers are stopping; the job stays the caller's. */
bool workers_push(workers *w, void *job);
size_t workers_queued(workers *w);

/* Finishes everything that is queued, then ends the threads. NULL is fine. */
void workers_stop(workers *w);

#endif
