/* What requests are answered from: one opened data folder, an edition, and the next one when the folder has something else while the server
 * runs: another active model (`butaca train`, `model activate`, `model rollback` in another process), films that were imported, another
 * table of neighbours by text (`butaca embed`).
 *
 * A thread of its own looks twice a second; the new edition is opened beside the old one and then takes its place. Each request holds the
 * edition that it began with, so none is dropped and none sees half of a change; the old one is closed by whoever lets it go last. While
 * both are there, so is the memory of both.
 */
#ifndef SERVER_EDITIONS_H
#define SERVER_EDITIONS_H

#include <stdatomic.h>

#include "app/app.h"

typedef struct edition {
    app *app;
    atomic_size_t n_holders;
} edition;

typedef struct editions editions;

/* Called on the watching thread after a change of whatever lists are made of, with the active model's id; not while there is no model. */
typedef void editions_changed(void *context, const char *model);

/* Takes `first`, which is closed in the end; on failure it stays the caller's. */
bt_status editions_start(app *first, editions **out, bt_error *error);
void editions_stop(editions *e); /* NULL is fine */

/* One listener; NULL takes it away. When it returns, the one before isn't called any more. */
void editions_listen(editions *e, editions_changed *changed, void *context);

/* Looks at once, and returns when requests are answered from this model. BT_CORRUPT: it can't be opened; BT_BUSY: another one was activated
 * meanwhile, or the end. Not on the watching thread. */
bt_status editions_await(editions *e, const char *model, bt_error *error);

edition *editions_hold(editions *e);
void edition_release(edition *one); /* NULL is fine */

#endif
