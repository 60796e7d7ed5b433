/* The accounts' front: picks the back end by the URL's scheme and hands each call on. */
#include "store/accounts.h"

#include <string.h>

#include "base/error.h"
#include "store/accounts_backend.h"

typedef bt_status open_function(const char *address, accounts **out, bt_error *error);
typedef bt_status check_function(const char *address, bt_error *error);

static const struct {
    const char *scheme;
    open_function *open;
    check_function *check;
} backends[] = {
    {"sqlite:", accounts_sqlite_open, accounts_sqlite_check},
};

/* The place of a URL's scheme in `backends`; *address is what stands behind it. */
static bt_status find_backend(const char *url, size_t *found, const char **address, bt_error *error)
{
    for (*found = 0; *found < sizeof backends / sizeof *backends; ++*found) {
        const size_t n = strlen(backends[*found].scheme);
        *address = url + n;
        if (strncmp(url, backends[*found].scheme, n) == 0)
            return BT_OK;
    }
    return error_set(error, BT_UNSUPPORTED, "no accounts are known for '%s': expected sqlite:PATH (sqlite:accounts.db)", url);
}

bt_status accounts_open(const char *url, accounts **out, bt_error *error)
{
    size_t found;
    const char *address;
    *out = NULL;
    const bt_status status = find_backend(url, &found, &address, error);
    return status == BT_OK ? backends[found].open(address, out, error) : status;
}

bt_status accounts_check(const char *url, bt_error *error)
{
    size_t found;
    const char *address;
    const bt_status status = find_backend(url, &found, &address, error);
    return status == BT_OK ? backends[found].check(address, error) : status;
}

void accounts_close(accounts *a)
{
    if (a != NULL)
        a->ops->close(a);
}

bt_status accounts_add_guest(accounts *a, const account_session *first, bt_error *error)
{
    return a->ops->add_guest(a, first, error);
}

bt_status accounts_register(accounts *a, const account *person, const char *key, const account_session *first, bool *taken,
                            bt_error *error)
{
    *taken = false;
    return a->ops->enroll(a, person, key, first, taken, error);
}

bt_status accounts_find(accounts *a, const event_id *user, account *out, bool *found, bt_error *error)
{
    *found = false;
    return a->ops->find(a, user, out, found, error);
}

bt_status accounts_find_name(accounts *a, const char *key, account *out, bool *found, bt_error *error)
{
    *found = false;
    return a->ops->find_name(a, key, out, found, error);
}

bt_status accounts_set_password(accounts *a, const event_id *user, const char *password, const uint8_t *kept, bt_error *error)
{
    return a->ops->set_password(a, user, password, kept, error);
}

bt_status accounts_set_admin(accounts *a, const event_id *user, bool admin, bt_error *error)
{
    return a->ops->set_admin(a, user, admin, error);
}

bt_status accounts_count_admins(accounts *a, size_t *n, bt_error *error)
{
    *n = 0;
    return a->ops->count_admins(a, n, error);
}

bt_status accounts_list(accounts *a, const char *after, size_t limit, arena *memory, account **out, const char ***keys,
                        size_t *n, bt_error *error)
{
    *out = NULL;
    *keys = NULL;
    *n = 0;
    return a->ops->list(a, after, limit, memory, out, keys, n, error);
}

bt_status accounts_erase(accounts *a, const event_id *user, bt_error *error)
{
    return a->ops->erase(a, user, error);
}

bt_status accounts_session(accounts *a, const uint8_t secret[ACCOUNT_SECRET_SIZE], int64_t now, account_session *out,
                           account *person, bool *found, bt_error *error)
{
    *found = false;
    return a->ops->session(a, secret, now, out, person, found, error);
}

bt_status accounts_add_session(accounts *a, const account_session *s, bt_error *error)
{
    return a->ops->add_session(a, s, error);
}

bt_status accounts_end_session(accounts *a, const uint8_t secret[ACCOUNT_SECRET_SIZE], bt_error *error)
{
    return a->ops->end_session(a, secret, error);
}

bt_status accounts_end_other_sessions(accounts *a, const event_id *user, const uint8_t *kept, bt_error *error)
{
    return a->ops->end_other_sessions(a, user, kept, error);
}

bt_status accounts_end_token(accounts *a, const event_id *user, const event_id *id, bool *found, bt_error *error)
{
    *found = false;
    return a->ops->end_token(a, user, id, found, error);
}

bt_status accounts_sessions(accounts *a, const event_id *user, session_kind kind, arena *memory, account_session **out,
                            size_t *n, bt_error *error)
{
    *out = NULL;
    *n = 0;
    return a->ops->sessions(a, user, kind, memory, out, n, error);
}

bt_status accounts_note(accounts *a, const char *name, arena *memory, char **value, bt_error *error)
{
    *value = NULL;
    return a->ops->note(a, name, memory, value, error);
}

bt_status accounts_set_note(accounts *a, const char *name, const char *value, bt_error *error)
{
    return a->ops->set_note(a, name, value, error);
}
