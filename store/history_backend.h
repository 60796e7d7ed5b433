/* What a back end of the histories implements. */
#ifndef STORE_HISTORY_BACKEND_H
#define STORE_HISTORY_BACKEND_H

#include "store/history.h"

typedef struct history_ops {
    void (*close)(history *h);
    bt_status (*apply)(history *h, const event *const *events, size_t n, uint64_t position, bt_error *error);
    bt_status (*position)(history *h, uint64_t *position, bt_error *error);
    bt_status (*profile)(history *h, const event_id *user, arena *a, event_film **out, size_t *n, uint64_t *version,
                         bt_error *error);
    bt_status (*each)(history *h, history_each_film *each, void *context, bt_error *error);
    bt_status (*clear)(history *h, bt_error *error);
    bt_status (*check)(history *h, bt_error *error);
} history_ops;

/* The first member of each back end's handle. */
struct history {
    const history_ops *ops;
};

/* `address` is the URL behind the scheme. */
bt_status history_sqlite_open(const char *address, history_mode mode, history **out, bt_error *error);

#endif
