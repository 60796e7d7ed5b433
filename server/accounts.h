/* What other handlers need of accounts. */
#ifndef SERVER_ACCOUNTS_H
#define SERVER_ACCOUNTS_H

#include "server/request.h"

/* Whether this is the password of r->who; false: the reply says so. On a worker. */
bool account_confirm(request *r, const char *password);

/* Erases everything of this person, and replies. On a worker. */
void person_erase(request *r, const event_id *user);

#endif
