/* butaca import: data sets into the data folder, one after the other, each whole or not at all. */
#include <stdio.h>

#include "cli/cli.h"
#include "cli/import_preview.h"
#include "cli/import_summary.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "import/import.h"

/* What the command line asks for, for each path. */
typedef struct wishes {
    import_map map;
    bool has_map, dry;
} wishes;

static bt_status import_one(const cli *c, const wishes *w, folder *target, const char *path, import_summary *summary,
                            json_t *done, bt_error *error)
{
    progress_bar bar = {0};
    const bt_progress progress = progress_begin(&bar);
    import_preview preview = {0};
    *summary = (import_summary){0};
    const import_params params = {
        .path = path, .progress = &progress, .map = w->has_map ? &w->map : NULL, .preview = w->dry ? &preview : NULL};
    const bt_status status = import_run_params(target, &params, summary, error);
    progress_end(&bar);
    if (status != BT_OK)
        return status;
    if (c->json) {
        json_t *one = import_summary_json(path, summary);
        if (w->dry)
            json_object_set_new(one, "sample", import_preview_json(&preview));
        json_array_append_new(done, one);
        return BT_OK;
    }
    import_summary_print(path, summary);
    if (w->dry) {
        import_preview_print(&preview);
        import_dry_total_print(c->data, summary);
    }
    return BT_OK;
}

/* Imports all paths; each success is printed, or joins `done`, as it comes. */
static bt_status import_all(const cli *c, const wishes *w, folder *target, json_t *done, bt_error *error)
{
    import_summary summary = {0};
    for (size_t i = 0; i < c->n_arguments; i++) {
        const bt_status status = import_one(c, w, target, c->arguments[i], &summary, done, error);
        if (status != BT_OK)
            return status;
    }
    if (!c->json && !w->dry)
        import_total_print(c->data, &summary);
    return BT_OK;
}

static json_t *answer(const wishes *w, json_t *done)
{
    return json_pack("{s:b, s:o}", "dry_run", (int)w->dry, "imports", done);
}

static int run(const cli *c)
{
    folder target = {.lock = -1};
    bt_error error = {0};
    wishes w = {.has_map = cli_value(c, "map") != NULL, .dry = cli_value(c, "dry-run") != NULL};
    if (w.has_map && import_map_parse(cli_value(c, "map"), &w.map, &error) != BT_OK)
        return cli_usage(c, "%s", error.message);
    json_t *done = json_array();
    interrupt_catch(); /* before the lock: from then on Ctrl-C ends in an orderly way */
    bt_status status = folder_open(c->data, w.dry ? FOLDER_LOOK : FOLDER_WRITE, &target, &error);
    if (status == BT_OK) {
        status = import_all(c, &w, &target, done, &error);
        folder_close(&target);
    }
    if (status == BT_OK)
        return c->json ? cli_json(c, answer(&w, done)) : (json_decref(done), CLI_DONE);
    if (status == BT_CANCELLED)
        snprintf(error.message, sizeof error.message, "stopped; the data folder is as it was before this file");
    return cli_fail_with(c, &error, answer(&w, done));
}

static const cli_option options[] = {
    {"map", "COLUMNS", "PATH is any CSV file; COLUMNS says which of its columns is what"},
    {"dry-run", NULL, "tells what would happen, with examples, and writes nothing"},
    {NULL, NULL, NULL},
};

static const char *notes(void)
{
    return "PATH is a folder, a zip or a file of MovieLens (any of its sets), of Kaggle's The Movies Dataset, of overviews, "
           "of\n"
           "Wikipedia's films or of the demo, packed by gzip or not, or - for standard input; what it is shows from its "
           "content.\n"
           "Importing the same again changes nothing. Rows that can't be read are counted by reason and written, with their\n"
           "line, to a file.\n\n"
           "COLUMNS is user=NAME,item=NAME,rating=NAME,timestamp=NAME with the names that the file's header has. timestamp= "
           "may\n"
           "be left out, title=NAME names the films that are new, and movielens=, tmdb= or imdb= in place of item= finds "
           "films\n"
           "that are there. source=WORD sets the file's people and items apart from those of others (else csv).";
}

const cli_verb verb_import = {
    .name = "import",
    .arguments = "PATH…",
    .min_arguments = 1,
    .max_arguments = SIZE_MAX,
    .purpose = "Brings films and ratings into the data folder.",
    .options = {options},
    .notes = notes,
    .examples = "  butaca import ml-latest-small.zip\n"
                "  butaca import data/demo --data /srv/butaca --json\n"
                "  gzip -dc movies.csv.gz | butaca import -\n"
                "  butaca import --dry-run the-movies-dataset.zip\n"
                "  butaca import --map user=uid,item=film,rating=stars,timestamp=when,title=name shop.csv\n",
    .run = run,
};
