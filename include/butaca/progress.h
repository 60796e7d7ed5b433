/* Progress of long work, and the caller's way to stop it. */
#ifndef BUTACA_PROGRESS_H
#define BUTACA_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "butaca/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bt_progress {
    /* Called from the thread that called the library, at most a few times a second and once at the end of each stage.
     * `stage` is a short English phrase ("reading ratings.csv"), `done` counts from 0 to `total` in `unit` ("rows", "bytes",
     * "iterations"); total 0 means unknown. Returning false stops the work: it ends with BT_CANCELLED and leaves the previous
     * state whole. */
    bool (*report)(void *context, const char *stage, const char *unit, uint64_t done, uint64_t total);
    void *context;
} bt_progress;

#ifdef __cplusplus
}
#endif
#endif
