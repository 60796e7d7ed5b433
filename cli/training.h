/* The parameters of training, which `train` and `evaluate` share. */
#ifndef CLI_TRAINING_H
#define CLI_TRAINING_H

#include "butaca/model.h"
#include "cli/cli.h"

extern const cli_option training_options[];

/* False: a usage error was reported. `params` starts as the default. */
bool training_read(const cli *c, bt_train_params *params);

const char *training_notes(void); /* the defaults, in words */

json_t *training_json(const bt_train_params *params);

#endif
