/* The people's side of a running server: events and profiles (app/live.h), accounts (store/accounts.h), and who a request is from.
 *
 * A client shows a secret of 32 random bytes, in a cookie or as a bearer token; what is stored and looked up is its hash. Sessions that
 * were looked up stay in memory, in SETS sets of WAYS (4 MiB, taken as they fill), so that an ordinary request asks no store.
 *
 * people_recall computes only; everything else that takes an error may wait for the disk and belongs on a worker.
 */
#ifndef SERVER_PEOPLE_H
#define SERVER_PEOPLE_H

#include <stdatomic.h>

#include "app/live.h"
#include "store/accounts.h"

typedef struct people people;

enum {
    PEOPLE_SECRET_TEXT = 44,            /* base64url of 32 bytes, with its zero byte */
    PEOPLE_GUEST_SECONDS = 400 * 86400, /* the longest that browsers keep a cookie */
    PEOPLE_ACCOUNT_SECONDS = 90 * 86400,
};

typedef enum person_kind { PERSON_NOBODY, PERSON_GUEST, PERSON_ACCOUNT } person_kind;

typedef struct person {
    person_kind kind;
    bool admin, by_token;
    event_id user;
    uint8_t secret[ACCOUNT_SECRET_SIZE]; /* the session's hash */
    int64_t expires;                     /* unix seconds */
} person;

/* Takes the folder's live.lock. BT_BUSY names the process that holds it; BT_PERMISSION: the folder can't be written. */
bt_status people_open(const folder *f, people **out, bt_error *error);
void people_close(people *p); /* NULL is fine */

live *people_live(people *p);

/* The accounts, for one at a time: the handle is the caller's until people_unlock. */
accounts *people_lock(people *p);
void people_unlock(people *p);

/* The hash of what a client sent; false: it can't be a secret of ours. */
bool people_hash(const char *text, uint8_t secret[ACCOUNT_SECRET_SIZE]);

/* Who has this session. The first asks only memory; false: not there. The second asks the store, and remembers; *found false: nobody. */
bool people_recall(people *p, const uint8_t secret[ACCOUNT_SECRET_SIZE], person *out);
bt_status people_find(people *p, const uint8_t secret[ACCOUNT_SECRET_SIZE], person *out, bool *found, bt_error *error);

/* A session that isn't stored yet, and the secret that its client gets. */
void people_new_session(const event_id *user, session_kind kind, int64_t seconds, account_session *out,
                        char secret[PEOPLE_SECRET_TEXT]);
event_id people_new_user(void);
event_id people_new_event_id(void);

/* After sessions ended or roles changed in the store, under people_lock: memory forgets all of them. */
void people_forget_sessions(people *p);

/* --- appending events --------------------------------------------------------------------------------------------------- */

/* As live_submit, but BT_BUSY once the server is ending. */
bt_status people_submit(people *p, event_append *a, bt_error *error);
/* What erases a person: an event of its own. */
event people_erase_event(const event_id *user);
/* To be called first in each append's `done`. */
void people_submitted(people *p);
/* From now on nothing is taken; returns when every append is done. */
void people_finish(people *p);

#endif
