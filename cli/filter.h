/* --genre, --from-year, --to-year, --language, --country, --from-runtime and --to-runtime, shared by `recommend`, `search` and
 * `suggest`. */
#ifndef CLI_FILTER_H
#define CLI_FILTER_H

#include "app/app.h"
#include "cli/cli.h"

extern const cli_option filter_options[];

/* CLI_DONE, or the exit code of an error that was reported. Names are in the arena. */
int filter_read(const cli *c, arena *memory, app_filter *out);

#endif
