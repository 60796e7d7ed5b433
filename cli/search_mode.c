/* Reading --mode. */
#include "cli/search_mode.h"

#include <string.h>

const char *const search_mode_names[] = {"hybrid", "lexical", "semantic"};

int search_mode_read(const cli *c, app_search_mode usual, app_search_mode *out)
{
    const char *name = cli_value(c, "mode");
    *out = usual;
    if (name == NULL)
        return CLI_DONE;
    for (app_search_mode mode = APP_SEARCH_HYBRID; mode <= APP_SEARCH_SEMANTIC; mode++)
        if (strcmp(name, search_mode_names[mode]) == 0) {
            *out = mode;
            return CLI_DONE;
        }
    return cli_usage(c, "--mode: there are lexical, semantic and hybrid, found \"%s\"", name);
}
