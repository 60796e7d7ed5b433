/* butaca train: a model from the folder's ratings. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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
    return json_pack("{s:s, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:o, s:o}", "model", t->model_id, "ratings",
                     (json_int_t)t->n_ratings, "users", (json_int_t)t->n_users, "films", (json_int_t)t->n_films, "memory",
                     (json_int_t)t->memory, "seconds", t->seconds, "rating_model_seconds", t->ratings_seconds, "loss", t->loss,
                     "losses", losses(&t->trace), "parameters", training_json(params));
}

static void print(const app_training *t, const bt_train_params *params)
{
    char ratings[TERMINAL_COUNT_SIZE], users[TERMINAL_COUNT_SIZE], films[TERMINAL_COUNT_SIZE];
    printf("Trained on %s ratings of %s films by %s users in %.1f s (rank %u, %u iterations, loss %.6g).\n",
           terminal_count(t->n_ratings, ratings), terminal_count(t->n_films, films), terminal_count(t->n_users, users),
           t->seconds, params->rank, t->trace.n_iterations, t->loss);
    if (t->ratings_seconds > 0)
        printf("%.1f s of them went into the rating model, which predicts ratings.\n", t->ratings_seconds);
    printf("Model %s is active. Next: butaca recommend --like TITLE\n", t->model_id);
}

static const cli_option options[] = {
    {"warm-start", NULL, "begin with the factors of the model in use, whose rank must be the same"},
    {"lists-only", NULL, "leave out the rating model, which predicts ratings; lists don't need it"},
    {"checkpoint", "SECONDS", "how often to note where training is, in case it is cut off (default: 30)"},
    {"memory", "MIB", "refuse to take more than that, beside the ratings, which are mapped"},
    {"resume", NULL, "go on where a training was cut off, with its parameters"},
    {NULL, NULL, NULL},
};

/* With --resume the parameters are those of the training that was cut off. False: *code says why. */
static bool read_resumed(const cli *c, bt_train_params *params, int *code)
{
    static const char *const may_be_given[] = {"resume", "checkpoint", "max-iter", "threads", "memory", "lists-only"};
    *code = CLI_USAGE;
    for (size_t i = 0; i < c->n_given; i++) {
        bool fits = false;
        for (size_t j = 0; j < sizeof may_be_given / sizeof *may_be_given; j++)
            fits |= strcmp(c->given[i].name, may_be_given[j]) == 0;
        if (!fits) {
            cli_usage(c, "--%s doesn't go with --resume, which goes on with the parameters of before", c->given[i].name);
            return false;
        }
    }
    bt_error error = {0};
    bt_train_params before;
    if (app_checkpoint(c->data, &before, &error) != BT_OK) {
        *code = cli_fail(c, &error);
        return false;
    }
    uint64_t max_iter = before.max_iter;
    if (!cli_whole(c, "max-iter", 1, 10000, &max_iter))
        return false;
    before.max_iter = (uint32_t)max_iter;
    before.n_threads = params->n_threads;
    *params = before;
    return true;
}

static void print_plan(void *context, uint64_t memory)
{
    (void)context;
    if (isatty(STDERR_FILENO)) /* as the progress is */
        fprintf(stderr, "Training takes %.1f MiB of memory.\n", (double)memory / (1 << 20));
}

static int run(const cli *c)
{
    bt_train_params params;
    uint64_t mebibytes = 0;
    int code = CLI_DONE;
    app_train_start start = {.resume = cli_value(c, "resume") != NULL,
                             .warm = cli_value(c, "warm-start") != NULL,
                             .lists_only = cli_value(c, "lists-only") != NULL,
                             .checkpoint_seconds = 30.0,
                             .plan = print_plan};
    if (!training_read(c, &params) || !cli_real(c, "checkpoint", 0, 1e9, &start.checkpoint_seconds) ||
        !cli_whole(c, "memory", 1, 1 << 30, &mebibytes))
        return CLI_USAGE;
    start.memory_limit = mebibytes << 20;
    if (start.resume && !read_resumed(c, &params, &code))
        return code;
    app_training result = {0};
    progress_bar bar = {.trace = &result.trace};
    const bt_progress progress = progress_begin(&bar);
    bt_error error = {0};
    const bt_status status = app_train_from(c->data, &params, &start, &progress, &result, &error);
    progress_end(&bar);
    bt_train_params cut_off;
    if (status == BT_CANCELLED)
        snprintf(error.message, sizeof error.message, "stopped; the model in use is still the one before%s",
                 app_checkpoint(c->data, &cut_off, NULL) == BT_OK ? "; butaca train --resume goes on from the last checkpoint"
                                                                  : "");
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
    .options = {options, training_options},
    .notes = training_notes,
    .examples = "  butaca train\n"
                "  butaca train --rank 32 --max-iter 10 --seed 7 --json\n"
                "  butaca train --resume\n",
    .run = run,
};
