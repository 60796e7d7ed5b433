/* Checkpoints of a training: the state between two iterations, which is the films' factors and no more, since the next half of an
 * iteration solves all users from them. A file of kind "training", version 1 (docs/formats.md). */
#ifndef ALS_CHECKPOINT_H
#define ALS_CHECKPOINT_H

#include "als/als.h"

/* Writes the state of a job's trainer whole or not at all. trace may be NULL. */
bt_status checkpoint_write(const als_trainer *t, const bt_train_job *job, const bt_train_params *params, bt_error *error);

/* Sets films, iteration and the trace's losses from the job's file. BT_CORRUPT; BT_INVALID_ARGUMENT names what differs. */
bt_status checkpoint_read(als_trainer *t, const bt_train_job *job, const bt_train_params *params, bt_error *error);

#endif
