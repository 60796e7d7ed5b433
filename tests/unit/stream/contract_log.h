/* What every back end of the event log has to hold. A back end's test program (test_log_NAME.c) says how to reach an empty log;
 * contract_log.c, which is linked into it, has the tests.
 */
#ifndef TESTS_CONTRACT_LOG_H
#define TESTS_CONTRACT_LOG_H

#include "stream/event_log.h"

/* The URL of a log of this test's own, which is empty at the test's start. */
const char *contract_log_url(void);

extern bt_error error;

event_log *open_log(void);
event_log *open_log_with(const event_log_params *params);

#endif
