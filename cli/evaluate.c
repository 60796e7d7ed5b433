/* butaca evaluate: how good the lists are, beside the list of popular films that everybody gets. */
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "cli/evaluate_rmse.h"
#include "cli/evaluate_search.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "cli/training.h"

static const cli_option options[] = {
    {"protocol", "NAME", "strong (default): rank for people not in training; rmse: predict held-out ratings; search"},
    {"reg-bias", "X", "rmse: regularization of the biases"},
    {"nonnegative", NULL, "rmse: no factor is below 0"},
    {NULL, NULL, NULL},
};

static json_t *metrics_json(const bt_metrics *m)
{
    return json_pack("{s:f, s:f, s:f, s:f, s:I}", "recall_20", m->recall_20, "recall_50", m->recall_50, "ndcg_10", m->ndcg_10,
                     "ndcg_100", m->ndcg_100, "users", (json_int_t)m->n_users);
}

static json_t *to_json(const bt_evaluation *e, const bt_train_params *params)
{
    return json_pack("{s:s, s:o, s:o, s:o}", "protocol", "strong", "als", metrics_json(&e->als), "popularity",
                     metrics_json(&e->popularity), "parameters", training_json(params));
}

static void add_row(table *t, const char *name, const bt_metrics *m)
{
    table_cell(t, "%s", name);
    table_cell(t, "%.4f", m->recall_20);
    table_cell(t, "%.4f", m->recall_50);
    table_cell(t, "%.4f", m->ndcg_10);
    table_cell(t, "%.4f", m->ndcg_100);
}

static int print(const cli *c, const bt_evaluation *e, uint64_t seed)
{
    static const table_column columns[] = {{.title = "ranking"},
                                           {.title = "Recall@20", .right = true},
                                           {.title = "Recall@50", .right = true},
                                           {.title = "NDCG@10", .right = true},
                                           {.title = "NDCG@100", .right = true}};
    arena memory = {0};
    table t;
    char users[TERMINAL_COUNT_SIZE];
    table_begin(&t, &memory, columns, 5);
    add_row(&t, "ALS", &e->als);
    add_row(&t, "popularity", &e->popularity);
    const bool printed = table_print(&t, stdout);
    arena_free(&memory);
    if (!printed)
        return cli_no_memory(c);
    printf("Protocol strong, 5 folds, seed %llu, %s users.\n", (unsigned long long)seed, terminal_count(e->als.n_users, users));
    return CLI_DONE;
}

static int run(const cli *c)
{
    const char *protocol = cli_value(c, "protocol");
    if (protocol != NULL && strcmp(protocol, "rmse") == 0)
        return evaluate_rmse(c);
    if (protocol != NULL && strcmp(protocol, "search") == 0)
        return evaluate_search(c);
    if (protocol != NULL && strcmp(protocol, "strong") != 0)
        return cli_usage(c, "--protocol: there are strong, rmse and search, found \"%s\"", protocol);
    if (cli_value(c, "reg-bias") != NULL || cli_value(c, "nonnegative") != NULL)
        return cli_usage(c, "--reg-bias and --nonnegative go with --protocol rmse");
    bt_train_params params;
    if (!training_read(c, &params))
        return CLI_USAGE;
    progress_bar bar = {0};
    const bt_progress progress = progress_begin(&bar);
    app *a = NULL;
    const bt_ratings *ratings = NULL;
    bt_evaluation result = {0};
    bt_error error = {0};
    bt_status status = app_open(c->data, &a, &error);
    if (status == BT_OK)
        status = app_open_ratings(a, &ratings, &error);
    if (status == BT_OK)
        status = bt_evaluate_strong(ratings, &params, params.seed, &progress, &result, &error);
    progress_end(&bar);
    params.rank = result.rank; /* that the library chose, if it wasn't given */
    bt_ratings_close(ratings);
    app_close(a);
    if (status != BT_OK)
        return cli_fail(c, &error);
    return c->json ? cli_json(c, to_json(&result, &params)) : print(c, &result, params.seed);
}

static const char *notes(void)
{
    static char text[1024];
    const bt_rating_params rating = bt_rating_params_default();
    snprintf(text, sizeof text,
             "%s\n\nUsers with at least 5 ratings of 4 or more fall into 5 folds; each fold's users are left out of a "
             "training, and\n"
             "a fifth of each one's likes is to be found among all films. --seed also seeds the folds.\n\n"
             "rmse holds out a tenth of all ratings and trains explicit ALS with biases on the others; its defaults are\n"
             "--rank %u --max-iter %u --reg-param %g --reg-bias %g.",
             training_notes(), rating.rank, rating.max_iter, rating.reg_param, rating.reg_bias);
    return text;
}

const cli_verb verb_evaluate = {
    .name = "evaluate",
    .arguments = "",
    .purpose = "Measures how good the lists are.",
    .options = {options, evaluate_search_options, training_options},
    .notes = notes,
    .examples = "  butaca evaluate\n"
                "  butaca evaluate --protocol strong --rank 32 --seed 7 --json\n"
                "  butaca evaluate --protocol rmse\n"
                "  butaca evaluate --protocol search --queries data/demo/queries.tsv\n",
    .run = run,
};
