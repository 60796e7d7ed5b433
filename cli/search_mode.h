/* --mode of the verbs that search: lexical, semantic or hybrid. */
#ifndef CLI_SEARCH_MODE_H
#define CLI_SEARCH_MODE_H

#include "app/app.h"
#include "cli/cli.h"

extern const char *const search_mode_names[]; /* by app_search_mode */

/* CLI_DONE with the mode asked for, or `usual`; CLI_USAGE for another word. */
int search_mode_read(const cli *c, app_search_mode usual, app_search_mode *out);

#endif
