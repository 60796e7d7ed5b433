/* Splits as files, so that other programs run on the same. */
#ifndef CLI_EVALUATE_EXPORT_H
#define CLI_EVALUATE_EXPORT_H

#include "butaca/evaluate.h"
#include "cli/cli.h"

/* Writes FOLDER/strong-SEED.tsv or temporal-SEED.tsv for each seed, each whole or not at all. The folder is made if need be. */
bt_status evaluate_export(const bt_ratings *ratings, const bt_evaluate_params *params, bool temporal, const char *folder,
                          bt_error *error);

/* Says what was written; returns the exit code. */
int evaluate_export_answer(const cli *c, const bt_evaluate_params *params, const char *folder);

#endif
