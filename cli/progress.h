/* The progress bar: one line on stderr that is drawn over, with rate and time left; nothing when stderr isn't a terminal. It also
 * carries Ctrl-C to the library.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "butaca/model.h"
#include "butaca/progress.h"

typedef struct progress_bar {
    char stage[96];
    double stage_began, last_drawn; /* seconds */
    uint64_t began_at;              /* `done` when the stage began */
    bool drawn;                     /* a line stands on the screen */
    const bt_train_trace *trace;    /* whose losses are printed as they come; NULL: none */
    uint32_t n_losses;              /* printed so far */
} progress_bar;

/* Catches Ctrl-C from now on. `bar` zeroed, or with a trace; it must outlive the work. */
bt_progress progress_begin(progress_bar *bar);
void progress_end(progress_bar *bar); /* takes the line off the screen */

#endif
