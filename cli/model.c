/* butaca model: the models of the data folder, and which one is in use. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "cli/cli.h"
#include "cli/terminal.h"

/* --- list ------------------------------------------------------------------------------------------------------------ */

/* A row of the list. The model is open while the row is made. */
typedef struct row {
    const folder_model *entry;
    const bt_model_info *info; /* NULL: the file can't be opened */
    const char *problem;
    char written[TERMINAL_TIME_SIZE]; /* UTC, RFC 3339 */
} row;

static json_t *row_json(const row *r)
{
    json_t *object = json_pack("{s:s, s:b, s:s, s:I}", "id", r->entry->id, "active", r->entry->active, "trained", r->written,
                               "bytes", (json_int_t)r->entry->size);
    if (r->info == NULL) {
        json_object_set_new(object, "problem", cli_json_text(r->problem));
        return object;
    }
    json_t *sources = json_loads(r->info->sources, 0, NULL);
    json_t *more = json_pack("{s:I, s:I, s:I, s:I, s:o}", "films", (json_int_t)r->info->n_films, "users",
                             (json_int_t)r->info->n_users, "ratings", (json_int_t)r->info->n_ratings, "rank",
                             (json_int_t)r->info->params.rank, "sources", sources != NULL ? sources : json_array());
    json_object_update(object, more);
    json_decref(more);
    return object;
}

/* "MovieLens ml-latest-small: research use; …" out of the model's JSON. */
static const char *sources_text(const char *sources, arena *memory)
{
    json_t *array = json_loads(sources, 0, NULL);
    const char *text = "";
    for (size_t i = 0; i < json_array_size(array) && text != NULL; i++) {
        const json_t *source = json_array_get(array, i);
        const char *title = json_string_value(json_object_get(source, "title"));
        const char *licence = json_string_value(json_object_get(source, "licence"));
        if (title == NULL)
            title = json_string_value(json_object_get(source, "name"));
        text = arena_format(memory, "%s%s%s (%s)", text, i > 0 ? "; " : "", title != NULL ? title : "?",
                            licence != NULL ? licence : "licence unknown");
    }
    json_decref(array);
    return text != NULL ? text : "";
}

static void row_cells(const row *r, table *t)
{
    char count[TERMINAL_COUNT_SIZE];
    table_cell(t, "%s", r->entry->active ? "*" : "");
    table_cell(t, "%s", r->entry->id);
    table_cell(t, "%.10s %.5s", r->written, r->written + 11);
    if (r->info == NULL) {
        for (int i = 0; i < 3; i++)
            table_cell(t, "-");
        table_note(t, r->problem);
        return;
    }
    table_cell(t, "%s", terminal_count(r->info->n_ratings, count));
    table_cell(t, "%s", terminal_count(r->info->n_films, count));
    table_cell(t, "%u", r->info->params.rank);
    table_note(t, sources_text(r->info->sources, t->memory));
}

static bt_status add_row(const folder *f, const folder_model *entry, table *t, json_t *array, bt_error *error)
{
    const char *path = NULL;
    const bt_status status = folder_model_path(f, strtoull(entry->id, NULL, 16), t->memory, &path, error);
    if (status != BT_OK)
        return status;
    bt_model *model = NULL;
    bt_error problem = {0};
    const bool opened = bt_model_open(path, &model, &problem) == BT_OK;
    row r = {.entry = entry, .info = opened ? bt_model_describe(model) : NULL, .problem = problem.message};
    terminal_time((int64_t)entry->written, r.written);
    if (array != NULL)
        json_array_append_new(array, row_json(&r));
    else
        row_cells(&r, t);
    bt_model_close(model); /* one at a time in memory */
    return BT_OK;
}

static int list(const cli *c, const folder *f, arena *memory)
{
    static const table_column columns[] = {{.title = ""},
                                           {.title = "model"},
                                           {.title = "trained (UTC)"},
                                           {.title = "ratings", .right = true},
                                           {.title = "films", .right = true},
                                           {.title = "rank", .right = true}};
    folder_model *models = NULL;
    size_t n = 0;
    bt_error error = {0};
    bt_status status = folder_models(f, memory, &models, &n, &error);
    table t;
    table_begin(&t, memory, columns, 6);
    json_t *array = c->json ? json_array() : NULL;
    for (size_t i = 0; i < n && status == BT_OK; i++)
        status = add_row(f, &models[i], &t, array, &error);
    if (status != BT_OK) {
        json_decref(array);
        return cli_fail(c, &error);
    }
    if (c->json)
        return cli_json(c, json_pack("{s:o}", "models", array));
    if (n == 0) {
        printf("No model yet in %s: butaca train makes one.\n", c->data);
        return CLI_DONE;
    }
    return table_print(&t, stdout) ? CLI_DONE : cli_no_memory(c);
}

/* --- activate and roll back ------------------------------------------------------------------------------------------ */

static int activate(const cli *c, folder *f)
{
    char id[17];
    bt_error error = {0};
    if (folder_model_activate(f, c->arguments[1], id, &error) != BT_OK)
        return cli_fail(c, &error);
    if (c->json)
        return cli_json(c, json_pack("{s:s}", "active", id));
    printf("Model %s is active.\n", id);
    return CLI_DONE;
}

static int rollback(const cli *c, folder *f)
{
    char id[17];
    bt_error error = {0};
    if (folder_model_rollback(f, id, &error) != BT_OK)
        return cli_fail(c, &error);
    if (c->json)
        return cli_json(c, json_pack("{s:s}", "active", id));
    printf("Model %s is active again.\n", id);
    return CLI_DONE;
}

static int run(const cli *c)
{
    const bool activating = strcmp(c->arguments[0], "activate") == 0, back = strcmp(c->arguments[0], "rollback") == 0;
    if (!activating && !back && strcmp(c->arguments[0], "list") != 0)
        return cli_usage(c, "model list, model activate ID, or model rollback; found \"%s\"", c->arguments[0]);
    if (activating && c->n_arguments != 2)
        return cli_usage(c, "model activate needs the ID of a model");
    if (!activating && c->n_arguments != 1)
        return cli_usage(c, "model %s takes no argument", c->arguments[0]);
    arena memory = {0};
    folder f = {.lock = -1};
    bt_error error = {0};
    bt_status status = folder_open(c->data, FOLDER_READ, &f, &error);
    if (status == BT_OK && (activating || back)) { /* opening for writing at once would make a folder that isn't there */
        folder_close(&f);
        f = (folder){.lock = -1};
        status = folder_open(c->data, FOLDER_WRITE, &f, &error);
    }
    const int code = status != BT_OK ? cli_fail(c, &error)
                     : activating    ? activate(c, &f)
                     : back          ? rollback(c, &f)
                                     : list(c, &f, &memory);
    if (status == BT_OK)
        folder_close(&f);
    arena_free(&memory);
    return code;
}

static const char *notes(void)
{
    return "list      all models, newest first; * marks the one in use; under each the data it was trained on and its licence\n"
           "activate  puts a model to use; the first digits of its id are enough\n"
           "rollback  goes back to the one that was in use before; again: to the one before that";
}

const cli_verb verb_model = {
    .name = "model",
    .arguments = "list | activate ID | rollback",
    .min_arguments = 1,
    .max_arguments = 2,
    .purpose = "Lists models, or puts another one to use.",
    .notes = notes,
    .examples = "  butaca model list\n"
                "  butaca model activate 6f3a\n"
                "  butaca model rollback\n",
    .run = run,
};
