/* butaca version. */
#include <stdio.h>

#include "butaca/version.h"
#include "cli/cli.h"

static int run(const cli *c)
{
    if (c->json)
        return cli_json(c, json_pack("{s:s}", "version", BT_VERSION_TEXT));
    printf("butaca %s\n", BT_VERSION_TEXT);
    return CLI_DONE;
}

const cli_verb verb_version = {
    .name = "version",
    .arguments = "",
    .purpose = "Prints the version.",
    .examples = "  butaca version\n",
    .run = run,
    .without_data = true,
};
