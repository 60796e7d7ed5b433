/* butaca similar: the films that the same people like, or that tell of the same. */
#include <stdio.h>

#include "app/json.h"
#include "cli/taste.h"
#include "cli/terminal.h"

static const cli_option options[] = {
    {"by", "WHAT", "taste (the same people like them), text (described alike) or both (default: taste)"},
    {"limit", "N", "how many films (default: 10)"},
    {NULL, NULL, NULL},
};

static int print_similar(const cli *c, const app *a, uint32_t film_id, app_similar_by by, const app_alike *alike, arena *memory)
{
    static const table_column columns[] = {
        {.title = "", .right = true}, {.title = "film", .flexible = true}, {.title = "likeness", .right = true}};
    table t;
    table_begin(&t, memory, columns, 3);
    for (size_t i = 0; i < alike->n; i++) {
        table_cell(&t, "%zu", i + 1);
        table_cell(&t, "%s", taste_film_name(a, alike->films[i].film_id, memory));
        table_cell(&t, "%.3f", alike->films[i].score);
    }
    static const char *const heads[][2] = {
        {"Who likes ", " also likes"}, {"Described as ", " is"}, {"Like ", ", by taste and by text"}};
    printf("%s%s%s%s%s\n", heads[by][0], terminal_style(stdout, STYLE_BOLD), taste_film_name(a, film_id, memory),
           terminal_style(stdout, STYLE_PLAIN), heads[by][1]);
    return table_print(&t, stdout) ? CLI_DONE : cli_no_memory(c);
}

static int answer(const cli *c, const app *a, app_similar_by by, size_t limit, arena *memory)
{
    uint32_t film_id = 0;
    const int code = taste_find_film(c, app_catalogue(a), c->arguments[0], "butaca similar ", memory, &film_id);
    if (code != CLI_DONE)
        return code;
    app_alike alike;
    bt_error error = {0};
    if (app_similar(a, film_id, by, limit, memory, &alike, &error) != BT_OK)
        return cli_fail(c, &error);
    return c->json ? cli_json(c, app_json_similar(a, film_id, by, &alike)) : print_similar(c, a, film_id, by, &alike, memory);
}

static int run(const cli *c)
{
    uint64_t limit = 10;
    app_similar_by by = APP_SIMILAR_TASTE;
    const char *name = cli_value(c, "by");
    if (name != NULL && !app_similar_by_named(name, &by))
        return cli_usage(c, "--by: there are taste, text and both, found \"%s\"", name);
    if (!cli_whole(c, "limit", 1, 10000, &limit))
        return CLI_USAGE;
    arena memory = {0};
    app *a = NULL;
    bt_error error = {0};
    bt_status status = app_open(c->data, &a, &error);
    if (status == BT_OK && by != APP_SIMILAR_TASTE)
        status = app_prepare_texts(a, NULL, &error);
    const int code = status == BT_OK ? answer(c, a, by, (size_t)limit, &memory) : cli_fail(c, &error);
    app_close(a);
    arena_free(&memory);
    return code;
}

const cli_verb verb_similar = {
    .name = "similar",
    .arguments = "TITLE",
    .min_arguments = 1,
    .max_arguments = 1,
    .purpose = "Lists the films that the same people like, or that are described alike.",
    .options = {options},
    .examples = "  butaca similar \"Spirited Away\"\n"
                "  butaca similar id:17 --by text --limit 3 --json\n",
    .run = run,
};
