/* butaca evaluate --protocol search. */
#include "cli/evaluate_search.h"

#include <stdio.h>
#include <string.h>

#include "app/meaning.h"
#include "app/queries.h"
#include "cli/progress.h"
#include "cli/search_mode.h"
#include "cli/terminal.h"

const cli_option evaluate_search_options[] = {
    {"queries", "FILE", "search: queries with their films, .tsv or .jsonl"},
    {"half", "WHICH", "search: only the half of the queries for tuning (tune), or the other (report)"},
    {"mode", "MODE", "search: lexical (default), semantic or hybrid"},
    {"without", "FIELD", "search: leave out title, people, genre, tag or overview; as often as you like"},
    {NULL, NULL, NULL},
};

static const char *const field_names[BT_FIELD_COUNT] = {"title", "people", "genre", "tag", "overview"};

typedef struct settings {
    const char *file, *half;
    unsigned without; /* a bit for each field */
    app_search_mode mode;
    uint64_t seed;
} settings;

static int read_settings(const cli *c, settings *s)
{
    *s = (settings){.file = cli_value(c, "queries"), .half = cli_value(c, "half"), .seed = 1};
    if (s->file == NULL)
        return cli_usage(c, "protocol search needs --queries FILE");
    if (s->half != NULL && strcmp(s->half, "tune") != 0 && strcmp(s->half, "report") != 0)
        return cli_usage(c, "--half: there are tune and report, found \"%s\"", s->half);
    if (!cli_whole(c, "seed", 0, UINT64_MAX, &s->seed))
        return CLI_USAGE;
    for (size_t i = 0; i < c->n_given; i++) {
        if (strcmp(c->given[i].name, "without") != 0)
            continue;
        size_t field = 0;
        while (field < BT_FIELD_COUNT && strcmp(field_names[field], c->given[i].value) != 0)
            field++;
        if (field == BT_FIELD_COUNT)
            return cli_usage(c, "--without: there are title, people, genre, tag and overview, found \"%s\"", c->given[i].value);
        s->without |= 1u << field;
    }
    return search_mode_read(c, APP_SEARCH_LEXICAL, &s->mode);
}

/* --- answers --------------------------------------------------------------------------------------------------------- */

static json_t *quality_json(const app_search_quality *q)
{
    return json_pack("{s:s, s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "language", q->language, "queries",
                     (json_int_t)q->n_queries, "mrr", q->mrr, "mrr_95", q->mrr_95, "hit_1", q->hit_1, "hit_5", q->hit_5,
                     "hit_10", q->hit_10, "hit_100", q->hit_100, "recall_20", q->recall_20, "ndcg_10", q->ndcg_10);
}

static json_t *to_json(const app_search_quality *q, size_t n, const queries *read, const settings *s)
{
    json_t *results = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(results, quality_json(&q[i]));
    return json_pack("{s:s, s:s, s:s?, s:I, s:I, s:I, s:o}", "protocol", "search", "mode", search_mode_names[s->mode], "half",
                     s->half, "seed", (json_int_t)s->seed, "lines", (json_int_t)read->n_lines, "unknown_films",
                     (json_int_t)read->n_unknown, "results", results);
}

static int print(const cli *c, const app_search_quality *q, size_t n, const queries *read)
{
    static const table_column columns[] = {{.title = "queries"},
                                           {.title = "n", .right = true},
                                           {.title = "MRR", .right = true},
                                           {.title = "hit@1", .right = true},
                                           {.title = "hit@10", .right = true},
                                           {.title = "hit@100", .right = true},
                                           {.title = "Recall@20", .right = true},
                                           {.title = "nDCG@10", .right = true}};
    arena memory = {0};
    table t;
    table_begin(&t, &memory, columns, 8);
    for (size_t i = 0; i < n; i++) {
        const double shares[] = {q[i].hit_1, q[i].hit_10, q[i].hit_100, q[i].recall_20, q[i].ndcg_10};
        table_cell(&t, "%s", q[i].language[0] != '\0' ? q[i].language : "all");
        table_cell(&t, "%zu", q[i].n_queries);
        table_cell(&t, "%.3f ± %.3f", q[i].mrr, q[i].mrr_95);
        for (size_t k = 0; k < sizeof shares / sizeof *shares; k++)
            table_cell(&t, "%.3f", shares[k]);
    }
    const bool printed = table_print(&t, stdout);
    arena_free(&memory);
    if (read->n_unknown > 0)
        fprintf(stderr, "%zu of %zu lines are about films that aren't in the catalogue.\n", read->n_unknown, read->n_lines);
    return printed ? CLI_DONE : cli_no_memory(c);
}

/* --- the work -------------------------------------------------------------------------------------------------------- */

static int measure(const cli *c, const app *a, const settings *s, const bt_progress *progress, arena *memory)
{
    queries read;
    app_search_quality quality[APP_SEARCH_LANGUAGES];
    size_t n = 0;
    bt_error error = {0};
    bt_status status = queries_read(app_catalogue(a), s->file, memory, &read, &error);
    if (status == BT_OK && s->half != NULL)
        queries_keep_half(&read, strcmp(s->half, "report") == 0, s->seed);
    if (status == BT_OK)
        status = app_evaluate_search(a, &read, s->mode, s->without, progress, quality, &n, &error);
    if (status != BT_OK)
        return cli_fail(c, &error);
    return c->json ? cli_json(c, to_json(quality, n, &read, s)) : print(c, quality, n, &read);
}

int evaluate_search(const cli *c)
{
    settings s;
    int code = read_settings(c, &s);
    if (code != CLI_DONE)
        return code;
    progress_bar bar = {0};
    const bt_progress progress = progress_begin(&bar);
    arena memory = {0};
    app *a = NULL;
    bt_error error = {0};
    if (app_open(c->data, &a, &error) != BT_OK || app_prepare_search(a, &error) != BT_OK ||
        app_prepare_meaning(a, &error) != BT_OK)
        code = cli_fail(c, &error);
    else
        code = measure(c, a, &s, &progress, &memory);
    progress_end(&bar);
    app_close(a);
    arena_free(&memory);
    return code;
}
