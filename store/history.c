/* The histories' front: picks the back end by the URL's scheme and hands each call on. */
#include "store/history.h"

#include <string.h>

#include "base/error.h"
#include "store/history_backend.h"

typedef bt_status open_function(const char *address, history_mode mode, history **out, bt_error *error);

static const struct {
    const char *scheme;
    open_function *open;
} backends[] = {
    {"sqlite:", history_sqlite_open},
};

bt_status history_open(const char *url, history_mode mode, history **out, bt_error *error)
{
    *out = NULL;
    for (size_t i = 0; i < sizeof backends / sizeof *backends; i++) {
        const size_t n = strlen(backends[i].scheme);
        if (strncmp(url, backends[i].scheme, n) == 0)
            return backends[i].open(url + n, mode, out, error);
    }
    return error_set(error, BT_UNSUPPORTED, "no history is known for '%s': expected sqlite:PATH (sqlite:profiles.db)", url);
}

void history_close(history *h)
{
    if (h != NULL)
        h->ops->close(h);
}

bt_status history_apply(history *h, const event *const *events, size_t n, uint64_t position, bt_error *error)
{
    return h->ops->apply(h, events, n, position, error);
}

bt_status history_position(history *h, uint64_t *position, bt_error *error)
{
    *position = 0;
    return h->ops->position(h, position, error);
}

bt_status history_profile(history *h, const event_id *user, arena *a, event_film **out, size_t *n, uint64_t *version,
                          bt_error *error)
{
    *out = NULL;
    *n = 0;
    *version = 0;
    return h->ops->profile(h, user, a, out, n, version, error);
}

bt_status history_each(history *h, history_each_film *each, void *context, bt_error *error)
{
    return h->ops->each(h, each, context, error);
}

bt_status history_clear(history *h, bt_error *error)
{
    return h->ops->clear(h, error);
}

bt_status history_check(history *h, bt_error *error)
{
    return h->ops->check(h, error);
}
