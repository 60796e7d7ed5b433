/* butaca similar: the films that the same people like. */
#include <stdio.h>

#include "app/json.h"
#include "cli/taste.h"
#include "cli/terminal.h"

static const cli_option options[] = {
    {"limit", "N", "how many films (default: 10)"},
    {NULL, NULL, NULL},
};

static int print_similar(const cli *c, const app *a, uint32_t film_id, const bt_scored_film *films, size_t n, arena *memory)
{
    static const table_column columns[] = {
        {.title = "", .right = true}, {.title = "film", .flexible = true}, {.title = "likeness", .right = true}};
    table t;
    table_begin(&t, memory, columns, 3);
    for (size_t i = 0; i < n; i++) {
        table_cell(&t, "%zu", i + 1);
        table_cell(&t, "%s", taste_film_name(a, films[i].film_id, memory));
        table_cell(&t, "%.3f", films[i].score);
    }
    printf("Who likes %s%s%s also likes\n", terminal_style(stdout, STYLE_BOLD), taste_film_name(a, film_id, memory),
           terminal_style(stdout, STYLE_PLAIN));
    return table_print(&t, stdout) ? CLI_DONE : cli_no_memory(c);
}

static int answer(const cli *c, const app *a, size_t limit, arena *memory)
{
    uint32_t film_id = 0;
    const int code = taste_find_film(c, app_catalogue(a), c->arguments[0], "butaca similar ", memory, &film_id);
    if (code != CLI_DONE)
        return code;
    bt_scored_film *films = NULL;
    size_t n = 0;
    bt_error error = {0};
    if (app_similar(a, film_id, limit, memory, &films, &n, &error) != BT_OK)
        return cli_fail(c, &error);
    return c->json ? cli_json(c, app_json_similar(a, film_id, films, n)) : print_similar(c, a, film_id, films, n, memory);
}

static int run(const cli *c)
{
    uint64_t limit = 10;
    if (!cli_whole(c, "limit", 1, 10000, &limit))
        return CLI_USAGE;
    arena memory = {0};
    app *a = NULL;
    bt_error error = {0};
    const int code = app_open(c->data, &a, &error) == BT_OK ? answer(c, a, (size_t)limit, &memory) : cli_fail(c, &error);
    app_close(a);
    arena_free(&memory);
    return code;
}

const cli_verb verb_similar = {
    .name = "similar",
    .arguments = "TITLE",
    .min_arguments = 1,
    .max_arguments = 1,
    .purpose = "Lists the films that the same people like.",
    .options = {options},
    .examples = "  butaca similar \"Spirited Away\"\n"
                "  butaca similar id:17 --limit 3 --json\n",
    .run = run,
};
