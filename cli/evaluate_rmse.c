/* butaca evaluate --protocol rmse: how far predicted ratings are off, beside those of biases alone, and whether their intervals hold. */
#include "cli/evaluate_rmse.h"

#include <stdio.h>

#include "app/app.h"
#include "cli/progress.h"
#include "cli/terminal.h"

/* Of the options of training those that the rating model has; others are refused. */
static bool read_params(const cli *c, bt_rating_params *params)
{
    static const char *const others[] = {"reg-exponent",    "alpha",    "interest", "preference",
                                         "fold-preference", "aversion", "damping",  "solver"};
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

/* --- answers ------------------------------------------------------------------------------------------------------------ */

static const struct {
    const char *name, *title;
} groups[BT_N_SHOWN] = {
    [BT_SHOWN_1] = {"shown_1", "1 rating shown"},
    [BT_SHOWN_5] = {"shown_5", "5 shown"},
    [BT_SHOWN_20] = {"shown_20", "20 shown"},
    [BT_SHOWN_FEW] = {"few", "all, of people with fewer than 100"},
    [BT_SHOWN_MANY] = {"many", "all, of people with more"},
    [BT_SHOWN_ALL] = {"all", "all"},
};

static json_t *errors_json(const bt_rating_errors *e)
{
    return json_pack("{s:f, s:f}", "rmse", e->rmse, "mae", e->mae);
}

static json_t *intervals_json(const bt_interval_result *intervals)
{
    json_t *object = json_object();
    for (int i = 0; i < BT_N_SHOWN; i++)
        json_object_set_new(object, groups[i].name,
                            json_pack("{s:f, s:f, s:f, s:I}", "coverage", intervals[i].coverage, "width", intervals[i].width,
                                      "rmse", intervals[i].rmse, "held_out", (json_int_t)intervals[i].n));
    return object;
}

static json_t *to_json(const bt_rating_evaluation *e, const bt_rating_params *p, uint64_t n_seeds)
{
    return json_pack("{s:s, s:I, s:o, s:o, s:o, s:I, s:I, s:{s:I, s:I, s:f, s:f, s:b, s:I}}", "protocol", "rmse", "seeds",
                     (json_int_t)n_seeds, "als", errors_json(&e->als), "biases", errors_json(&e->biases), "intervals_80",
                     intervals_json(e->intervals), "trained", (json_int_t)e->n_trained, "held_out", (json_int_t)e->n_held_out,
                     "parameters", "rank", (json_int_t)p->rank, "maxIter", (json_int_t)p->max_iter, "regParam", p->reg_param,
                     "regBias", p->reg_bias, "nonnegative", p->nonnegative, "seed", (json_int_t)p->seed);
}

static void add_row(table *t, const char *name, const bt_rating_errors *e, double beside)
{
    table_cell(t, "%s", name);
    table_cell(t, "%.4f", e->rmse);
    table_cell(t, "%.4f", e->mae);
    table_cell(t, "%.3f", e->rmse / beside);
}

static bool print_errors(const bt_rating_evaluation *e)
{
    static const table_column columns[] = {{.title = "predicted ratings"},
                                           {.title = "RMSE", .right = true},
                                           {.title = "MAE", .right = true},
                                           {.title = "RMSE over biases'", .right = true}};
    arena memory = {0};
    table t;
    table_begin(&t, &memory, columns, 4);
    add_row(&t, "ALS with biases", &e->als, e->biases.rmse);
    add_row(&t, "biases alone", &e->biases, e->biases.rmse);
    const bool printed = table_print(&t, stdout);
    arena_free(&memory);
    return printed;
}

static bool print_intervals(const bt_interval_result *intervals)
{
    static const table_column columns[] = {{.title = "80 % intervals, by ratings of the person's"},
                                           {.title = "coverage", .right = true},
                                           {.title = "width", .right = true},
                                           {.title = "RMSE", .right = true}};
    arena memory = {0};
    table t;
    table_begin(&t, &memory, columns, 4);
    for (int i = 0; i < BT_N_SHOWN; i++) {
        table_cell(&t, "%s", groups[i].title);
        table_cell(&t, "%.1f %%", 100.0 * intervals[i].coverage);
        table_cell(&t, "%.2f", intervals[i].width);
        table_cell(&t, "%.4f", intervals[i].rmse);
    }
    const bool printed = table_print(&t, stdout);
    arena_free(&memory);
    return printed;
}

static int print(const cli *c, const bt_rating_evaluation *e, uint64_t seed, uint64_t n_seeds)
{
    char held_out[TERMINAL_COUNT_SIZE], trained[TERMINAL_COUNT_SIZE];
    if (!print_errors(e))
        return cli_no_memory(c);
    puts("");
    if (!print_intervals(e->intervals))
        return cli_no_memory(c);
    printf("\nProtocol rmse, seeds %llu to %llu, %s ratings held out, trained on %s.\n", (unsigned long long)seed,
           (unsigned long long)(seed + n_seeds - 1), terminal_count(e->n_held_out, held_out),
           terminal_count(e->n_trained, trained));
    return CLI_DONE;
}

/* --- means over seeds ----------------------------------------------------------------------------------------------------- */

static void add_share(bt_rating_evaluation *sum, const bt_rating_evaluation *e, uint64_t n_seeds)
{
    const double share = 1.0 / (double)n_seeds;
    sum->als.rmse += share * e->als.rmse;
    sum->als.mae += share * e->als.mae;
    sum->biases.rmse += share * e->biases.rmse;
    sum->biases.mae += share * e->biases.mae;
    sum->n_held_out += e->n_held_out / n_seeds;
    sum->n_trained += e->n_trained / n_seeds;
    for (int i = 0; i < BT_N_SHOWN; i++) {
        sum->intervals[i].coverage += share * e->intervals[i].coverage;
        sum->intervals[i].width += share * e->intervals[i].width;
        sum->intervals[i].rmse += share * e->intervals[i].rmse;
        sum->intervals[i].n += e->intervals[i].n / n_seeds;
    }
}

static bt_status run_seeds(const bt_ratings *ratings, const bt_rating_params *params, uint64_t n_seeds,
                           const bt_progress *progress, bt_rating_evaluation *mean, bt_error *error)
{
    bt_status status = BT_OK;
    *mean = (bt_rating_evaluation){0};
    for (uint64_t i = 0; status == BT_OK && i < n_seeds; i++) {
        bt_rating_evaluation one;
        bt_rating_params seeded = *params;
        seeded.seed += i;
        status = bt_evaluate_rmse(ratings, &seeded, seeded.seed, progress, &one, error);
        if (status == BT_OK)
            add_share(mean, &one, n_seeds);
    }
    return status;
}

int evaluate_rmse(const cli *c)
{
    bt_rating_params params;
    uint64_t n_seeds = 1;
    if (!read_params(c, &params) || !cli_whole(c, "seeds", 1, 1000, &n_seeds))
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
        status = run_seeds(ratings, &params, n_seeds, &progress, &result, &error);
    progress_end(&bar);
    bt_ratings_close(ratings);
    app_close(a);
    if (status != BT_OK)
        return cli_fail(c, &error);
    return c->json ? cli_json(c, to_json(&result, &params, n_seeds)) : print(c, &result, params.seed, n_seeds);
}
