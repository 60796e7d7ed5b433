/* butaca evaluate --protocol rmse: how far predicted ratings are off, beside those of biases alone. */
#include "cli/evaluate_rmse.h"

#include <stdio.h>

#include "app/app.h"
#include "cli/progress.h"
#include "cli/terminal.h"

/* Of the options of training those that the rating model has; others are refused. */
static bool read_params(const cli *c, bt_rating_params *params)
{
    static const char *const others[] = {"reg-exponent",    "alpha",    "interest", "preference",
                                         "fold-preference", "aversion", "damping"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (cli_value(c, others[i]) != NULL) {
            cli_usage(c, "--%s is a parameter of the ranking model; protocol rmse trains the rating model", others[i]);
            return false;
        }
    }
    *params = bt_rating_params_default();
    uint64_t rank = params->rank, max_iter = params->max_iter, threads = params->n_threads;
    const bool read = cli_whole(c, "rank", 0, BT_RATING_RANK_MAX, &rank) && cli_whole(c, "max-iter", 1, 10000, &max_iter) &&
                      cli_real(c, "reg-param", 0, 1e9, &params->reg_param) &&
                      cli_real(c, "reg-bias", 1e-9, 1e9, &params->reg_bias) &&
                      cli_whole(c, "seed", 0, UINT64_MAX, &params->seed) && cli_whole(c, "threads", 0, 1024, &threads);
    params->rank = (uint32_t)rank;
    params->max_iter = (uint32_t)max_iter;
    params->n_threads = (uint32_t)threads;
    params->nonnegative = cli_value(c, "nonnegative") != NULL;
    return read;
}

static json_t *errors_json(const bt_rating_errors *e)
{
    return json_pack("{s:f, s:f}", "rmse", e->rmse, "mae", e->mae);
}

static json_t *to_json(const bt_rating_evaluation *e, const bt_rating_params *p)
{
    return json_pack("{s:s, s:o, s:o, s:I, s:I, s:{s:I, s:I, s:f, s:f, s:b, s:I}}", "protocol", "rmse", "als",
                     errors_json(&e->als), "biases", errors_json(&e->biases), "trained", (json_int_t)e->n_trained, "held_out",
                     (json_int_t)e->n_held_out, "parameters", "rank", (json_int_t)p->rank, "maxIter", (json_int_t)p->max_iter,
                     "regParam", p->reg_param, "regBias", p->reg_bias, "nonnegative", p->nonnegative, "seed",
                     (json_int_t)p->seed);
}

static void add_row(table *t, const char *name, const bt_rating_errors *e)
{
    table_cell(t, "%s", name);
    table_cell(t, "%.4f", e->rmse);
    table_cell(t, "%.4f", e->mae);
}

static int print(const cli *c, const bt_rating_evaluation *e, uint64_t seed)
{
    static const table_column columns[] = {
        {.title = "predicted ratings"}, {.title = "RMSE", .right = true}, {.title = "MAE", .right = true}};
    arena memory = {0};
    table t;
    char held_out[TERMINAL_COUNT_SIZE], trained[TERMINAL_COUNT_SIZE];
    table_begin(&t, &memory, columns, 3);
    add_row(&t, "ALS with biases", &e->als);
    add_row(&t, "biases alone", &e->biases);
    const bool printed = table_print(&t, stdout);
    arena_free(&memory);
    if (!printed)
        return cli_no_memory(c);
    printf("Protocol rmse, seed %llu, %s ratings held out, trained on %s.\n", (unsigned long long)seed,
           terminal_count(e->n_held_out, held_out), terminal_count(e->n_trained, trained));
    return CLI_DONE;
}

int evaluate_rmse(const cli *c)
{
    bt_rating_params params;
    if (!read_params(c, &params))
        return CLI_USAGE;
    progress_bar bar = {0};
    const bt_progress progress = progress_begin(&bar);
    app *a = NULL;
    const bt_ratings *ratings = NULL;
    bt_rating_evaluation result = {0};
    bt_error error = {0};
    bt_status status = app_open(c->data, &a, &error);
    if (status == BT_OK)
        status = app_open_ratings(a, &ratings, &error);
    if (status == BT_OK)
        status = bt_evaluate_rmse(ratings, &params, params.seed, &progress, &result, &error);
    progress_end(&bar);
    bt_ratings_close(ratings);
    app_close(a);
    if (status != BT_OK)
        return cli_fail(c, &error);
    return c->json ? cli_json(c, to_json(&result, &params)) : print(c, &result, params.seed);
}
