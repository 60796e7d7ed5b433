/* butaca evaluate --protocol rmse. */
#ifndef CLI_EVALUATE_RMSE_H
#define CLI_EVALUATE_RMSE_H

#include "cli/cli.h"

/* Runs it and prints the answer; returns the exit code. */
int evaluate_rmse(const cli *c);

#endif
