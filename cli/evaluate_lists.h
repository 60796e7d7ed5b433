/* butaca evaluate --protocol strong and temporal: rankings beside those of simpler methods. */
#ifndef CLI_EVALUATE_LISTS_H
#define CLI_EVALUATE_LISTS_H

#include "cli/cli.h"

extern const cli_option evaluate_lists_options[];

int evaluate_lists(const cli *c);

#endif
