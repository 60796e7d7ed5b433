/* butaca evaluate --protocol strong and temporal: rankings beside those of simpler methods. */
#include "cli/evaluate_lists.h"

#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "butaca/evaluate.h"
#include "cli/evaluate_export.h"
#include "cli/plot.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "cli/training.h"

const cli_option evaluate_lists_options[] = {
    {"beside", "NAMES", "rankers beside ALS, with commas: lists,dial-1 … dial-5,no-texts …,ease …,knn,popularity; all"},
    {"seeds", "N", "how many seeds of the split, from --seed on (default: 1)"},
    {"plot", "FILE", "draw the rankers beside each other as FILE, an SVG"},
    {"export", "DIR", "write the splits there, a file for each seed, and nothing else"},
    {NULL, NULL, NULL},
};

_Static_assert(BT_RECALL_20 == 0 && BT_NDCG_100 == PLOT_PANELS_MAX - 1, "a plot's panels are the first measures");

enum {
    LISTS = (1 << BT_RANKER_EASE) - (1 << BT_RANKER_LISTS) /* all kinds of them, which need texts */
};

/* What the onboarding protocol sets beside each other. */
enum {
    ANSWERS = 1 << BT_RANKER_ASKED | 1 << BT_RANKER_ASKED_POPULAR | 1 << BT_RANKER_POPULAR_ORDINARY | 1 << BT_RANKER_POPULARITY
};

typedef struct request {
    bool temporal, onboarding, dislikes;
    bt_train_params als;
    bt_evaluate_params params;
} request;

/* --- options ------------------------------------------------------------------------------------------------------------ */

static bool read_rankers(const cli *c, uint32_t *set)
{
    const char *names = cli_value(c, "beside");
    *set = 1u << BT_RANKER_POPULARITY;
    if (names == NULL)
        return true;
    if (strcmp(names, "all") == 0) {
        *set = (1u << BT_RANKER_ASKED) - 1; /* the others know less of people */
        return true;
    }
    *set = 0;
    for (const char *at = names; *at != '\0';) {
        const size_t length = strcspn(at, ",");
        int kind = 0;
        while (kind < BT_RANKER_ASKED &&
               (strlen(bt_ranker_name((bt_ranker)kind)) != length || memcmp(bt_ranker_name((bt_ranker)kind), at, length) != 0))
            kind++;
        if (kind == BT_RANKER_ASKED) {
            cli_usage(
                c,
                "--beside: there are als, lists, dial-1, dial-3, dial-4, dial-5, no-texts, no-dislikes, no-damping, diverse, "
                "ease, ease-middling, knn, popularity and all, found \"%.*s\"",
                (int)length, at);
            return false;
        }
        *set |= 1u << kind;
        at += length + (at[length] == ',');
    }
    return true;
}

static bool read_request(const cli *c, request *r)
{
    const char *protocol = cli_value(c, "protocol");
    uint64_t n_seeds = 1;
    *r = (request){.temporal = protocol != NULL && strcmp(protocol, "temporal") == 0,
                   .onboarding = protocol != NULL && strcmp(protocol, "onboarding") == 0,
                   .dislikes = protocol != NULL && strcmp(protocol, "dislikes") == 0};
    if (!training_read(c, &r->als) || !cli_whole(c, "seeds", 1, 1000, &n_seeds) || !read_rankers(c, &r->params.rankers))
        return false;
    if (r->onboarding) {
        r->params.rankers = ANSWERS;
        r->params.leader = BT_RANKER_ASKED;
    }
    if (r->dislikes) {
        r->params.rankers = 1 << BT_RANKER_LISTS | 1 << BT_RANKER_NO_DISLIKES;
        r->params.leader = BT_RANKER_LISTS;
        r->params.hold_dislikes = true;
    }
    r->params.first_seed = r->als.seed;
    r->params.n_seeds = (uint32_t)n_seeds;
    return true;
}

/* --- answers ------------------------------------------------------------------------------------------------------------ */

static const char *name_of(const request *r)
{
    return r->temporal ? "temporal" : r->onboarding ? "onboarding" : r->dislikes ? "dislikes" : "strong";
}

static bool has_unwanted(const request *r)
{
    return r->temporal || r->dislikes;
}

static bool is_shown(const request *r, int kind)
{
    return kind == BT_RANKER_ALS || (r->params.rankers >> kind & 1) != 0;
}

static json_t *ranker_json(const request *r, const bt_evaluation *e, int kind)
{
    const bt_ranker_result *result = &e->of[kind];
    json_t *object = json_object(), *leads = json_object();
    for (int m = 0; m < BT_N_MEASURES; m++) {
        if (m == BT_UNWANTED_20 && !has_unwanted(r))
            continue;
        json_object_set_new(object, bt_measure_name((bt_measure)m), json_real(result->mean[m]));
        json_object_set_new(leads, bt_measure_name((bt_measure)m),
                            json_pack("{s:f, s:f, s:[f, f]}", "mean", result->lead[m], "half_95", result->lead_half[m],
                                      "bootstrap_95", result->lead_low[m], result->lead_high[m]));
    }
    json_object_set_new(object, "coverage_20", json_real(result->coverage_20));
    json_object_set_new(object, "users", json_integer((json_int_t)e->n_users));
    if (kind != (int)r->params.leader)
        json_object_set(object, r->onboarding ? "asked_leads_by" : r->dislikes ? "lists_lead_by" : "als_leads_by", leads);
    json_decref(leads);
    return object;
}

static json_t *to_json(const request *r, const bt_evaluation *e)
{
    bt_train_params params = r->als;
    params.rank = e->rank; /* that the library chose, if it wasn't given */
    json_t *document = json_pack("{s:s, s:I, s:I, s:o}", "protocol", name_of(r), "seed", (json_int_t)r->params.first_seed,
                                 "seeds", (json_int_t)r->params.n_seeds, "parameters", training_json(&params));
    for (int kind = 0; document != NULL && kind < BT_N_RANKERS; kind++)
        if (is_shown(r, kind))
            json_object_set_new(document, bt_ranker_name((bt_ranker)kind), ranker_json(r, e, kind));
    return document;
}

static const char *title_of(int kind)
{
    static const char *const titles[BT_N_RANKERS] = {
        "ALS",        "lists",         "lists, dial 1", "lists, dial 3",    "lists, dial 4",  "lists, dial 5",
        "… no texts", "… no dislikes", "… no damping",  "… diversity 0.3",  "EASE",           "EASE, with 2.5 to 3.5",
        "item-kNN",   "popularity",    "10 questions",  "10 popular films", "… ordinary list"};
    return titles[kind];
}

static bool print_means(const request *r, const bt_evaluation *e)
{
    static const table_column columns[] = {{.title = "ranking"},
                                           {.title = "Recall@20", .right = true},
                                           {.title = "Recall@50", .right = true},
                                           {.title = "NDCG@10", .right = true},
                                           {.title = "NDCG@100", .right = true},
                                           {.title = "coverage", .right = true},
                                           {.title = "novelty", .right = true},
                                           {.title = "popularity", .right = true},
                                           {.title = "unwanted", .right = true}};
    arena memory = {0};
    table t;
    table_begin(&t, &memory, columns, has_unwanted(r) ? 9 : 8);
    for (int kind = 0; kind < BT_N_RANKERS; kind++) {
        if (!is_shown(r, kind))
            continue;
        const bt_ranker_result *result = &e->of[kind];
        table_cell(&t, "%s", title_of(kind));
        for (int m = 0; m <= BT_NDCG_100; m++)
            table_cell(&t, "%.4f", result->mean[m]);
        table_cell(&t, "%.4f", result->coverage_20);
        table_cell(&t, "%.2f", result->mean[BT_NOVELTY_20]);
        table_cell(&t, "%.2f", result->mean[BT_POPULARITY_20]);
        if (has_unwanted(r))
            table_cell(&t, "%.4f", result->mean[BT_UNWANTED_20]);
    }
    const bool printed = table_print(&t, stdout);
    arena_free(&memory);
    return printed;
}

static bool print_leads(const request *r, const bt_evaluation *e)
{
    const table_column columns[] = {{.title = r->onboarding ? "10 questions lead by"
                                              : r->dislikes ? "lists lead by"
                                                            : "ALS leads by"},
                                    {.title = "Recall@20", .right = true},
                                    {.title = "Recall@50", .right = true},
                                    {.title = "NDCG@10", .right = true},
                                    {.title = "NDCG@100", .right = true},
                                    {.title = "unwanted", .right = true}};
    arena memory = {0};
    table t;
    table_begin(&t, &memory, columns, has_unwanted(r) ? 6 : 5);
    for (int kind = 0; kind < BT_N_RANKERS; kind++) {
        if (!is_shown(r, kind) || kind == (int)r->params.leader)
            continue;
        table_cell(&t, "%s", title_of(kind));
        for (int m = 0; m <= (has_unwanted(r) ? BT_UNWANTED_20 : BT_NDCG_100); m++)
            table_cell(&t, "%+.4f ± %.4f", e->of[kind].lead[m], e->of[kind].lead_half[m]);
    }
    const bool printed = table_print(&t, stdout);
    arena_free(&memory);
    return printed;
}

/* ALS's line, and the others with the intervals of their differences from it. */
static bt_status draw(const request *r, const bt_evaluation *e, const char *path, bt_error *error)
{
    plot_row rows[BT_N_RANKERS];
    char title[128];
    plot p = {
        .title = title,
        .note =
            "bars: 95 % intervals of the difference from ALS, paired by user; one that doesn't touch the dashed line differs",
        .panels = {"Recall@20", "Recall@50", "NDCG@10", "NDCG@100"},
        .n_panels = 4,
        .rows = rows,
    };
    for (int kind = 0; kind < BT_N_RANKERS; kind++) {
        if (!is_shown(r, kind))
            continue;
        plot_row *row = &rows[p.n_rows++];
        *row = (plot_row){.name = title_of(kind)};
        memcpy(row->value, e->of[kind].mean, sizeof row->value);
        if (kind != BT_RANKER_ALS)
            memcpy(row->half, e->of[kind].lead_half, sizeof row->half);
    }
    snprintf(title, sizeof title, "Protocol %s, seeds %llu to %llu, %zu people tested", r->temporal ? "temporal" : "strong",
             (unsigned long long)r->params.first_seed, (unsigned long long)(r->params.first_seed + r->params.n_seeds - 1),
             e->n_users);
    return plot_write(&p, path, error);
}

static int print(const cli *c, const request *r, const bt_evaluation *e)
{
    char users[TERMINAL_COUNT_SIZE];
    if (!print_means(r, e))
        return cli_no_memory(c);
    puts("");
    if (!print_leads(r, e))
        return cli_no_memory(c);
    const uint64_t first = r->params.first_seed, last = first + r->params.n_seeds - 1;
    printf("\nProtocol %s, seeds %llu to %llu, %s users; ± is a 95 %% interval, paired by user.\n",
           r->temporal     ? "temporal"
           : r->onboarding ? "onboarding, 5 folds"
           : r->dislikes   ? "dislikes, 5 folds"
                           : "strong, 5 folds",
           (unsigned long long)first, (unsigned long long)last, terminal_count(e->n_users, users));
    return CLI_DONE;
}

int evaluate_lists(const cli *c)
{
    request r;
    if (!read_request(c, &r))
        return CLI_USAGE;
    r.params.als = &r.als;
    const char *target = cli_value(c, "export");
    progress_bar bar = {0};
    const bt_progress progress = progress_begin(&bar);
    app *a = NULL;
    const bt_ratings *ratings = NULL;
    bt_evaluation result = {0};
    bt_error error = {0};
    bt_status status = app_open(c->data, &a, &error);
    if (status == BT_OK)
        status = app_open_ratings(a, &ratings, &error);
    if (status == BT_OK && target == NULL && (r.params.rankers & LISTS) != 0)
        status = app_prepare_texts(a, &progress, &error);
    r.params.texts = status == BT_OK ? app_neighbours(a) : NULL;
    if (status == BT_OK && target != NULL)
        status = evaluate_export(ratings, &r.params, r.temporal, target, &error);
    else if (status == BT_OK)
        status = (r.temporal ? bt_evaluate_temporal : bt_evaluate_strong)(ratings, &r.params, &progress, &result, &error);
    progress_end(&bar);
    bt_ratings_close(ratings);
    app_close(a);
    if (status != BT_OK)
        return cli_fail(c, &error);
    const char *figure = cli_value(c, "plot");
    if (target == NULL && figure != NULL && draw(&r, &result, figure, &error) != BT_OK)
        return cli_fail(c, &error);
    if (target != NULL)
        return evaluate_export_answer(c, &r.params, target);
    return c->json ? cli_json(c, to_json(&r, &result)) : print(c, &r, &result);
}
