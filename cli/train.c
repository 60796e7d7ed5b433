/* butaca train: a model from the folder's ratings. */
#include <stdio.h>

#include "app/app.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "cli/training.h"

static json_t *losses(const bt_train_trace *trace)
{
    json_t *array = json_array();
    for (uint32_t i = 0; i < trace->n_iterations && i < 512; i++)
        json_array_append_new(array, json_real(trace->loss[i]));
    return array;
}

static json_t *to_json(const app_training *t, const bt_train_params *params)
{
    return json_pack("{s:s, s:I, s:I, s:I, s:f, s:f, s:o, s:o}", "model", t->model_id, "ratings", (json_int_t)t->n_ratings,
                     "users", (json_int_t)t->n_users, "films", (json_int_t)t->n_films, "seconds", t->seconds, "loss", t->loss,
                     "losses", losses(&t->trace), "parameters", training_json(params));
}

static void print(const app_training *t, const bt_train_params *params)
{
    char ratings[TERMINAL_COUNT_SIZE], users[TERMINAL_COUNT_SIZE], films[TERMINAL_COUNT_SIZE];
    printf("Trained on %s ratings of %s films by %s users in %.1f s (rank %u, %u iterations, loss %.6g).\n",
           terminal_count(t->n_ratings, ratings), terminal_count(t->n_films, films), terminal_count(t->n_users, users),
           t->seconds, params->rank, t->trace.n_iterations, t->loss);
    printf("Model %s is active. Next: butaca recommend --like TITLE\n", t->model_id);
}

static int run(const cli *c)
{
    bt_train_params params;
    if (!training_read(c, &params))
        return CLI_USAGE;
    app_training result = {0};
    progress_bar bar = {.trace = &result.trace};
    const bt_progress progress = progress_begin(&bar);
    bt_error error = {0};
    const bt_status status = app_train(c->data, &params, &progress, &result, &error);
    progress_end(&bar);
    if (status == BT_CANCELLED)
        snprintf(error.message, sizeof error.message, "stopped; the model in use is still the one before");
    if (status != BT_OK)
        return cli_fail(c, &error);
    params.rank = result.trace.rank; /* that the library chose, if it wasn't given */
    if (c->json)
        return cli_json(c, to_json(&result, &params));
    print(&result, &params);
    return CLI_DONE;
}

const cli_verb verb_train = {
    .name = "train",
    .arguments = "",
    .purpose = "Trains a model on the ratings and puts it to use.",
    .options = {training_options},
    .notes = training_notes,
    .examples = "  butaca train\n"
                "  butaca train --rank 32 --max-iter 10 --seed 7 --json\n",
    .run = run,
};
