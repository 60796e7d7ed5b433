/* butaca import: data sets into the data folder, one after the other, each whole or not at all. */
#include <stdio.h>

#include "cli/cli.h"
#include "cli/import_summary.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "import/import.h"

/* Imports all paths; each success is printed, or joins `done`, as it comes. */
static bt_status import_all(const cli *c, folder *target, json_t *done, bt_error *error)
{
    import_summary summary = {0};
    for (size_t i = 0; i < c->n_arguments; i++) {
        progress_bar bar = {0};
        const bt_progress progress = progress_begin(&bar);
        summary = (import_summary){0};
        const bt_status status = import_run(target, c->arguments[i], &progress, &summary, error);
        progress_end(&bar);
        if (status != BT_OK)
            return status;
        if (c->json)
            json_array_append_new(done, import_summary_json(c->arguments[i], &summary));
        else
            import_summary_print(c->arguments[i], &summary);
    }
    if (!c->json)
        import_total_print(c->data, &summary);
    return BT_OK;
}

static int run(const cli *c)
{
    folder target = {.lock = -1};
    json_t *done = json_array();
    bt_error error = {0};
    interrupt_catch(); /* before the lock: from then on Ctrl-C ends in an orderly way */
    bt_status status = folder_open(c->data, FOLDER_WRITE, &target, &error);
    if (status == BT_OK) {
        status = import_all(c, &target, done, &error);
        folder_close(&target);
    }
    if (status == BT_OK)
        return c->json ? cli_json(c, json_pack("{s:o}", "imports", done)) : (json_decref(done), CLI_DONE);
    if (status == BT_CANCELLED)
        snprintf(error.message, sizeof error.message, "stopped; the data folder is as it was before this file");
    return cli_fail_with(c, &error, json_pack("{s:o}", "imports", done));
}

static const char *notes(void)
{
    return "PATH is a folder, a zip or a file of MovieLens (any of its sets), of Kaggle's The Movies Dataset or of the demo,\n"
           "packed by gzip or not, or - for standard input; what it is shows from its content. Importing the same again "
           "changes\n"
           "nothing. Rows that can't be read are counted by reason and written, with their line, to a file.";
}

const cli_verb verb_import = {
    .name = "import",
    .arguments = "PATH…",
    .min_arguments = 1,
    .max_arguments = SIZE_MAX,
    .purpose = "Brings films and ratings into the data folder.",
    .notes = notes,
    .examples = "  butaca import ml-latest-small.zip\n"
                "  butaca import data/demo --data /srv/butaca --json\n"
                "  gzip -dc movies.csv.gz | butaca import -\n",
    .run = run,
};
