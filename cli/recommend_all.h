/* butaca recommend --all. */
#ifndef CLI_RECOMMEND_ALL_H
#define CLI_RECOMMEND_ALL_H

#include "app/app.h"
#include "cli/cli.h"

/* Writes every user's list to stdout; returns the exit code. */
int recommend_all(const cli *c, const app *a, const app_filter *filter, size_t limit);

#endif
