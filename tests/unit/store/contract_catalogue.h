/* What every back end of the catalogue has to hold. A back end's test program (test_catalogue_NAME.c) says how to reach an empty
 * store; contract_catalogue.c and contract_catalogue_lists.c, which are linked into it, have the tests, and
 * contract_catalogue_steps.c the steps that both take.
 */
#ifndef TESTS_CONTRACT_CATALOGUE_H
#define TESTS_CONTRACT_CATALOGUE_H

#include "store/catalogue.h"

/* The URL of a store of this test's own, which is empty at the test's start. */
const char *contract_catalogue_url(void);

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NAMES(...)                                                                      \
    {                                                                                   \
        (const char *const[]){__VA_ARGS__}, COUNT(((const char *const[]){__VA_ARGS__})) \
    }

/* --- steps; a failure ends the test ---------------------------------------------------------------------------------- */

extern bt_error error;

catalogue *open_store(catalogue_mode mode);
/* A store with a transaction open. */
catalogue *writing(void);
uint32_t put(catalogue *c, film f);
uint32_t put_title(catalogue *c, const char *title, int year);
film get(catalogue *c, uint32_t id, arena *a);
size_t count(catalogue *c);
void check_names(const film_names *names, const film_names *expected);
/* The ids that a title finds, as "3 17"; those that match exactly, or only by their beginning and a "~" before. */
const char *found(catalogue *c, const char *title);
/* The ids of a page, as "3 17 of 40"; catalogue_list_ids must give the same ones. */
const char *listed(catalogue *c, film_query q);

/* A film with everything. */
film labyrinth(void);
void check_labyrinth(const film *f);

#endif
