/* One training at a time beside the server's requests, in a thread of its own. It takes the folder's lock, as `butaca train` does, and the
 * model becomes active and is followed (server/editions.h) as one from there. Stopping the server cancels it; `butaca train
 * --resume` goes on from its last checkpoint. The memory that it may take is fixed when the server starts, so that nobody who administers
 * by the network starves it.
 */
#ifndef SERVER_TRAINING_H
#define SERVER_TRAINING_H

#include <stdint.h>

#include "butaca/model.h"
#include "butaca/status.h"

typedef enum training_phase { TRAINING_NEVER, TRAINING_RUNNING, TRAINING_DONE, TRAINING_FAILED } training_phase;

typedef struct training_state {
    training_phase phase;
    uint32_t iteration, iterations;
    char model[17];                     /* DONE */
    char detail[BT_ERROR_MESSAGE_SIZE]; /* RUNNING: what is being done; FAILED: why */
} training_state;

typedef struct training training;

/* memory_limit: bytes, as `butaca train --memory`; 0: none. */
bt_status training_new(const char *data_path, uint64_t memory_limit, training **out, bt_error *error);
void training_free(training *t); /* cancels; NULL is fine */

/* BT_BUSY: one runs. */
bt_status training_start(training *t, const bt_train_params *params, bt_error *error);
void training_look(training *t, training_state *out);

#endif
