/* Accounts: who may ask. Guests and people with a name, their sessions, and the tokens of their programs. One interface, one table of
 * operations for each back end (SQLite here; PostgreSQL joins behind it), one contract suite (tests/unit/store/contract_accounts.c).
 *
 * A person is known everywhere else by a random UUID, the pseudonym that events carry; only this store joins it to a name. Of
 * sessions and tokens it holds a hash, so that who reads the file can't log in with it. Passwords come hashed, too.
 *
 * A handle belongs to one thread at a time.
 */
#ifndef STORE_ACCOUNTS_H
#define STORE_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "butaca/status.h"
#include "event/event.h"

typedef struct accounts accounts;

enum {
    ACCOUNT_NAME_SIZE = 161,     /* 40 characters */
    ACCOUNT_PASSWORD_SIZE = 128, /* of the hash, with its zero byte */
    ACCOUNT_LABEL_SIZE = 241,    /* 60 characters */
    ACCOUNT_SECRET_SIZE = 32     /* bytes of a session's hash */
};

typedef struct account {
    event_id user;
    bool named; /* false: a guest */
    bool admin;
    int64_t created; /* unix seconds */
    char name[ACCOUNT_NAME_SIZE];
    char password[ACCOUNT_PASSWORD_SIZE]; /* "": none */
} account;

typedef enum session_kind { SESSION_BROWSER, SESSION_TOKEN } session_kind;

typedef struct account_session {
    uint8_t secret[ACCOUNT_SECRET_SIZE]; /* the hash of what the client sends */
    event_id id;                         /* what it is called in lists */
    event_id user;
    session_kind kind;
    int64_t created, expires; /* unix seconds */
    char label[ACCOUNT_LABEL_SIZE];
} account_session;

/* `url`: "sqlite:PATH", made when it isn't there. As catalogue_open. */
bt_status accounts_open(const char *url, accounts **out, bt_error *error);
/* The store's check of itself; changes nothing. BT_NOT_FOUND if there is none; BT_CORRUPT. */
bt_status accounts_check(const char *url, bt_error *error);
void accounts_close(accounts *a); /* NULL is fine */

/* --- people ---------------------------------------------------------------------------------------------------------- */

/* A guest with its first session, both or none. */
bt_status accounts_add_guest(accounts *a, const account_session *first, bt_error *error);

/* Gives a guest a name, or makes a new person with one, together with a first session; a guest's sessions before it end. `key` is what
 * must be unique: *taken when it is, and nothing changed. BT_INVALID_ARGUMENT: the person has a name already. */
bt_status accounts_register(accounts *a, const account *person, const char *key, const account_session *first, bool *taken,
                            bt_error *error);

/* *found false: no such person. */
bt_status accounts_find(accounts *a, const event_id *user, account *out, bool *found, bt_error *error);
bt_status accounts_find_name(accounts *a, const char *key, account *out, bool *found, bt_error *error);

/* A new password; sessions of browsers but `kept` (may be NULL) end. */
bt_status accounts_set_password(accounts *a, const event_id *user, const char *password, const uint8_t *kept, bt_error *error);

/* BT_INVALID_ARGUMENT: the last administrator can't be made none. */
bt_status accounts_set_admin(accounts *a, const event_id *user, bool admin, bt_error *error);
bt_status accounts_count_admins(accounts *a, size_t *n, bt_error *error);

/* People with a name, by their key, those after `after` ("": from the first). */
bt_status accounts_list(accounts *a, const char *after, size_t limit, arena *memory, account **out, const char ***keys,
                        size_t *n, bt_error *error);

/* The person with everything that is kept here. No such person: nothing. */
bt_status accounts_erase(accounts *a, const event_id *user, bt_error *error);

/* --- sessions and tokens --------------------------------------------------------------------------------------------- */

/* *found false: none with this secret that lasts beyond `now`. */
bt_status accounts_session(accounts *a, const uint8_t secret[ACCOUNT_SECRET_SIZE], int64_t now, account_session *out,
                           account *person, bool *found, bt_error *error);
/* Those of this person that have expired go. */
bt_status accounts_add_session(accounts *a, const account_session *s, bt_error *error);
bt_status accounts_end_session(accounts *a, const uint8_t secret[ACCOUNT_SECRET_SIZE], bt_error *error);
bt_status accounts_end_other_sessions(accounts *a, const event_id *user, const uint8_t *kept, bt_error *error);
bt_status accounts_end_token(accounts *a, const event_id *user, const event_id *id, bool *found, bt_error *error);
/* Newest first. */
bt_status accounts_sessions(accounts *a, const event_id *user, session_kind kind, arena *memory, account_session **out,
                            size_t *n, bt_error *error);

/* --- notes: small values by name ---------------------------------------------------------------------------------------- */

bt_status accounts_note(accounts *a, const char *name, arena *memory, char **value, bt_error *error); /* NULL: none */
bt_status accounts_set_note(accounts *a, const char *name, const char *value, bt_error *error);       /* NULL: removes it */

#endif
