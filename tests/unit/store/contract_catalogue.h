/* What every back end of the catalogue has to hold. A back end's test program (test_catalogue_NAME.c) says how to reach an empty
 * store, and contract_catalogue.c, which is linked into it, has the tests.
 */
#ifndef TESTS_CONTRACT_CATALOGUE_H
#define TESTS_CONTRACT_CATALOGUE_H

/* The URL of a store of this test's own, which is empty at the test's start. */
const char *contract_catalogue_url(void);

#endif
