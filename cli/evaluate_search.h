/* butaca evaluate --protocol search: how well queries find the films that they are for. */
#ifndef CLI_EVALUATE_SEARCH_H
#define CLI_EVALUATE_SEARCH_H

#include "cli/cli.h"

extern const cli_option evaluate_search_options[];

/* Returns the exit code. */
int evaluate_search(const cli *c);

#endif
