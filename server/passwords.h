/* Passwords (argon2id) and the brake on guessing them.
 *
 * A hash takes 64 MiB and some 100 ms of a processor, so only PASSWORDS_AT_ONCE are computed at once; one more is BT_BUSY, and a worker
 * that would wait is free for others. Failures fill two buckets, of the name and of the address, which leak one a minute: a full one
 * refuses before anything is computed. The buckets are a fixed table (96 KiB); names and addresses that share a place share its level,
 * which can only refuse more.
 */
#ifndef SERVER_PASSWORDS_H
#define SERVER_PASSWORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "butaca/status.h"
#include "store/accounts.h"

enum { PASSWORDS_AT_ONCE = 2, PASSWORD_FAILURES_NAME = 5, PASSWORD_FAILURES_ADDRESS = 100 };

typedef struct passwords passwords;

bt_status passwords_new(passwords **out, bt_error *error);
void passwords_free(passwords *p); /* NULL is fine */

bt_status password_hash(passwords *p, const char *password, char out[ACCOUNT_PASSWORD_SIZE], bt_error *error);
/* `hash` "": nobody's; takes as long and is never *right. */
bt_status password_check(passwords *p, const char *password, const char hash[ACCOUNT_PASSWORD_SIZE], bool *right,
                         bt_error *error);

/* Seconds until this name, or this address, may be tried again; 0: now. */
unsigned passwords_wait(passwords *p, const char *name, const char *address);
void passwords_failed(passwords *p, const char *name, const char *address); /* either may be NULL */
void passwords_forget(passwords *p, const char *name);                      /* it was right */

#endif
