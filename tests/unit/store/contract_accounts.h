/* What every back end of the accounts has to hold. A back end's test program (test_accounts_NAME.c) says how to reach an empty store;
 * contract_accounts.c, which is linked into it, has the tests.
 */
#ifndef TESTS_CONTRACT_ACCOUNTS_H
#define TESTS_CONTRACT_ACCOUNTS_H

#include "store/accounts.h"

/* The URL of a store of this test's own, which is empty at the test's start. */
const char *contract_accounts_url(void);

extern bt_error error;

accounts *open_accounts(void);

/* Session number n of a person: made at 1000 + n, ends at 2000 + n. */
account_session session_of(uint32_t n, uint32_t user, session_kind kind);

/* "ana", "guest" for one without a name, "" for none: whose session number n is at `now`. */
const char *owner_of(accounts *a, uint32_t n, int64_t now);

bool enroll(accounts *a, uint32_t user, const char *name, uint32_t session); /* false: the name is taken */

#endif
