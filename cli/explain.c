/* butaca explain: every share of one film's score, and their sum. */
#include <stdio.h>

#include "app/json.h"
#include "cli/taste.h"
#include "cli/terminal.h"

static int print_shares(const cli *c, const app *a, const bt_recommendation *r, arena *memory)
{
    static const table_column columns[] = {{.title = "share", .right = true},
                                           {.title = "of it by text", .right = true},
                                           {.title = "because you"},
                                           {.title = "film", .flexible = true}};
    table t;
    table_begin(&t, memory, columns, 4);
    double sum = 0, text = 0;
    for (size_t i = 0; i < r->n_reasons; i++) {
        const bt_reason *reason = &r->reasons[i];
        sum += reason->share;
        text += reason->text;
        table_cell(&t, "%+.5f", reason->share);
        table_cell(&t, "%+.5f", reason->text);
        table_cell(&t, "%s", taste_verb(reason->taste));
        table_cell(&t, "%s", taste_film_name(a, reason->film_id, memory));
    }
    table_cell(&t, "%+.5f", sum);
    table_cell(&t, "%+.5f", text);
    table_cell(&t, "in all");
    table_cell(&t, "= the score, %.5f", r->score);
    printf("Why %s%s%s has the score %.3f\n", terminal_style(stdout, STYLE_BOLD), taste_film_name(a, r->film_id, memory),
           terminal_style(stdout, STYLE_PLAIN), r->score);
    return table_print(&t, stdout) ? CLI_DONE : cli_no_memory(c);
}

static int answer(const cli *c, app *a, arena *memory)
{
    uint32_t film_id = 0;
    taste t;
    int code = taste_find_film(c, app_catalogue(a), c->arguments[0], "butaca explain ", memory, &film_id);
    if (code == CLI_DONE)
        code = taste_read(c, a, memory, &t);
    if (code != CLI_DONE)
        return code;
    if (t.n == 0)
        return cli_usage(c, "explain needs a taste: --like TITLE, --rate TITLE=STARS or --user ID");
    bt_list *list = NULL;
    bt_error error = {0};
    app_wish wish;
    code = taste_wish(c, &t, &wish);
    if (code != CLI_DONE)
        return code;
    wish.reasons_max = 0;
    code = taste_prepare_texts(c, a);
    if (code != CLI_DONE)
        return code;
    if (app_explain(a, &wish, film_id, &list, &error) != BT_OK)
        return cli_fail(c, &error);
    code = c->json ? cli_json(c, app_json_list(a, list, NULL, NULL)) : print_shares(c, a, &list->films[0], memory);
    bt_list_free(list);
    return code;
}

static int run(const cli *c)
{
    arena memory = {0};
    app *a = NULL;
    bt_error error = {0};
    const int code = app_open(c->data, &a, &error) == BT_OK ? answer(c, a, &memory) : cli_fail(c, &error);
    app_close(a);
    arena_free(&memory);
    return code;
}

static const char *notes(void)
{
    return "The score is a sum: each film that you liked or disliked has its share, and nothing else has one.";
}

const cli_verb verb_explain = {
    .name = "explain",
    .arguments = "TITLE",
    .min_arguments = 1,
    .max_arguments = 1,
    .purpose = "Says why a film has its score for a taste.",
    .options = {taste_options},
    .notes = notes,
    .examples = "  butaca explain Aliens --like \"Alien (1979)\" --dislike \"Titanic (1997)\"\n"
                "  butaca explain \"Blade Runner\" --user 42 --json\n",
    .run = run,
};
