/* How a server gets its first administrator: while it has none, each start makes a new code, which only its log shows. An account that
 * sends the code back within CLAIM_SECONDS administers from then on, and the code is spent. What is kept of it is a hash, a note in the
 * accounts. Whoever reads the server's output could read its data folder, too.
 */
#ifndef SERVER_CLAIM_H
#define SERVER_CLAIM_H

#include "server/people.h"

enum { CLAIM_SECONDS = 24 * 3600 };

/* "": there is an administrator, and no code. The one before counts no more. */
bt_status claim_offer(people *p, char code[PEOPLE_SECRET_TEXT], bt_error *error);

/* Under people_lock. *taken false: not the code, or not any more. */
bt_status claim_take(accounts *a, const event_id *user, const char *code, bool *taken, bt_error *error);

#endif
