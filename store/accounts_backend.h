/* What a back end of the accounts implements. */
#ifndef STORE_ACCOUNTS_BACKEND_H
#define STORE_ACCOUNTS_BACKEND_H

#include "store/accounts.h"

typedef struct accounts_ops {
    void (*close)(accounts *a);
    bt_status (*add_guest)(accounts *a, const account_session *first, bt_error *error);
    bt_status (*enroll)(accounts *a, const account *person, const char *key, const account_session *first, bool *taken,
                        bt_error *error);
    bt_status (*find)(accounts *a, const event_id *user, account *out, bool *found, bt_error *error);
    bt_status (*find_name)(accounts *a, const char *key, account *out, bool *found, bt_error *error);
    bt_status (*set_password)(accounts *a, const event_id *user, const char *password, const uint8_t *kept, bt_error *error);
    bt_status (*set_admin)(accounts *a, const event_id *user, bool admin, bt_error *error);
    bt_status (*count_admins)(accounts *a, size_t *n, bt_error *error);
    bt_status (*list)(accounts *a, const char *after, size_t limit, arena *memory, account **out, const char ***keys, size_t *n,
                      bt_error *error);
    bt_status (*erase)(accounts *a, const event_id *user, bt_error *error);
    bt_status (*session)(accounts *a, const uint8_t *secret, int64_t now, account_session *out, account *person, bool *found,
                         bt_error *error);
    bt_status (*add_session)(accounts *a, const account_session *s, bt_error *error);
    bt_status (*end_session)(accounts *a, const uint8_t *secret, bt_error *error);
    bt_status (*end_other_sessions)(accounts *a, const event_id *user, const uint8_t *kept, bt_error *error);
    bt_status (*end_token)(accounts *a, const event_id *user, const event_id *id, bool *found, bt_error *error);
    bt_status (*sessions)(accounts *a, const event_id *user, session_kind kind, arena *memory, account_session **out, size_t *n,
                          bt_error *error);
    bt_status (*note)(accounts *a, const char *name, arena *memory, char **value, bt_error *error);
    bt_status (*set_note)(accounts *a, const char *name, const char *value, bt_error *error);
} accounts_ops;

/* The first member of each back end's handle. */
struct accounts {
    const accounts_ops *ops;
};

/* `address` is the URL behind the scheme. */
bt_status accounts_sqlite_open(const char *address, accounts **out, bt_error *error);
bt_status accounts_sqlite_check(const char *address, bt_error *error);

#endif
