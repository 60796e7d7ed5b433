/* What every back end of the histories has to hold. A back end's test program (test_history_NAME.c) says how to reach an empty
 * store; contract_history.c, which is linked into it, has the tests.
 */
#ifndef TESTS_CONTRACT_HISTORY_H
#define TESTS_CONTRACT_HISTORY_H

#include "store/history.h"

/* The URL of a store of this test's own, which is empty at the test's start. */
const char *contract_history_url(void);

extern bt_error error;

history *open_history(history_mode mode);

/* Event number n with a version: as accepted. */
event accepted(uint32_t n, uint32_t user, uint32_t film_id, event_facet facet, uint8_t value, uint64_t version);
void apply_one(history *h, event e, uint64_t position);

/* A person's profile as "version: 5 verdict=1 seen=1, 9 rating=8"; cleared facets with their 0. */
const char *profile_text(history *h, uint32_t user);

#endif
