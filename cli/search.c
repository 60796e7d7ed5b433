/* butaca search and butaca suggest: films for a text, and for the beginning of one. */
#include <stdio.h>
#include <string.h>

#include "app/json.h"
#include "app/meaning.h"
#include "cli/filter.h"
#include "cli/search_mode.h"
#include "cli/taste.h"
#include "cli/terminal.h"

enum { LIMIT_MAX = 10000 };

static const cli_option search_options[] = {
    {"limit", "N", "how many films (default: 10)"},
    {"mode", "MODE", "lexical: by words; semantic: by meaning; hybrid: by both (default)"},
    {NULL, NULL, NULL},
};

static const cli_option suggest_options[] = {
    {"limit", "N", "how many films (default: 10)"},
    {NULL, NULL, NULL},
};

/* --- for people ------------------------------------------------------------------------------------------------------ */

/* The sentence that matched, its words in bold on a terminal. */
static const char *passage_text(const app_passage *p, arena *memory)
{
    const char *bold = terminal_style(stdout, STYLE_BOLD), *dim = terminal_style(stdout, STYLE_PLAIN);
    const char *text = "";
    size_t at = 0;
    for (size_t i = 0; i < p->n_words && text != NULL; i++) {
        const bt_search_span *w = &p->words[i];
        text = arena_format(memory, "%s%.*s%s%.*s%s", text, (int)(w->begin - at), p->text + at, bold, (int)(w->end - w->begin),
                            p->text + w->begin, dim);
        at = w->end;
    }
    return text != NULL ? arena_format(memory, "%s%s", text, p->text + at) : NULL;
}

static bt_status note_passage(const app *a, bt_search_highlighter *query, uint32_t film_id, table *t, arena *memory,
                              bt_error *error)
{
    film f;
    app_passage passage;
    bt_status status = catalogue_get_texts(app_catalogue(a), film_id, memory, &f, error);
    if (status == BT_OK)
        status = app_find_passage(query, &f, memory, &passage, error);
    const char *text = status == BT_OK && passage.text != NULL ? passage_text(&passage, memory) : NULL;
    if (text != NULL)
        table_note(t, text);
    return status;
}

static const char *match_text(bt_title_match match)
{
    static const char *const texts[] = {"", "title, nearly", "title, nearly", "title begins", "title"};
    return texts[match];
}

static int print_found(const cli *c, const app *a, const app_found *found, bool passages, arena *memory)
{
    static const table_column columns[] = {{.title = "", .right = true},
                                           {.title = "film", .flexible = true},
                                           {.title = "by"},
                                           {.title = "score", .right = true},
                                           {.title = "meaning", .right = true}};
    table t;
    bt_error error = {0};
    bt_search_highlighter *query = NULL;
    if (passages && app_highlighter(a, c->arguments[0], &query, &error) != BT_OK)
        return cli_fail(c, &error);
    table_begin(&t, memory, columns, found->meaning != NULL ? 5 : 4);
    for (size_t i = 0; i < found->n; i++) {
        const bt_search_hit *hit = &found->hits[i];
        table_cell(&t, "%zu", i + 1);
        table_cell(&t, "%s", taste_film_name(a, hit->film_id, memory));
        table_cell(&t, "%s", match_text(hit->title));
        table_cell(&t, "%.2f", hit->score);
        if (found->meaning != NULL)
            table_cell(&t, "%.2f", (double)found->meaning[i]);
        if (passages && error.status == BT_OK)
            note_passage(a, query, hit->film_id, &t, memory, &error);
    }
    bt_search_highlighter_close(query);
    if (error.status != BT_OK)
        return cli_fail(c, &error);
    if (found->n > 0 && !table_print(&t, stdout))
        return cli_no_memory(c);
    if (found->n == 0)
        fputs("No film is found by that.\n", stderr);
    else if (found->n_total > found->n)
        fprintf(stderr, "%zu of %zu films.\n", found->n, found->n_total);
    return CLI_DONE;
}

/* --- both verbs ------------------------------------------------------------------------------------------------------ */

static int answer(const cli *c, const app *a, bool search, const app_search_params *how, arena *memory)
{
    const char *text = c->arguments[0];
    app_found found;
    bt_error error = {0};
    const bt_status status = search ? app_search_by(a, text, how, memory, &found, &error)
                                    : app_suggest(a, text, how->filter, how->limit, memory, &found, &error);
    if (status != BT_OK)
        return cli_fail(c, &error);
    if (!c->json)
        return print_found(c, a, &found, search, memory);
    json_t *document = NULL;
    if (!search)
        document = app_json_suggested(a, &found);
    else if (app_json_found(a, app_catalogue(a), text, &found, memory, &document, &error) != BT_OK)
        return cli_fail(c, &error);
    return cli_json(c, document);
}

static int open_for(const cli *c, const app_search_params *how, app **a)
{
    bt_error error = {0};
    if (app_open(c->data, a, &error) != BT_OK || app_prepare_search(*a, &error) != BT_OK ||
        (how->mode != APP_SEARCH_LEXICAL && app_prepare_meaning(*a, &error) != BT_OK))
        return cli_fail(c, &error);
    return CLI_DONE;
}

static int run(const cli *c, bool search)
{
    arena memory = {0};
    app *a = NULL;
    app_filter filter = {0};
    uint64_t limit = 10;
    app_search_params how = {.mode = APP_SEARCH_LEXICAL, .filter = &filter};
    int code = filter_read(c, &memory, &filter);
    if (code == CLI_DONE && !cli_whole(c, "limit", 1, LIMIT_MAX, &limit))
        code = CLI_USAGE;
    if (code == CLI_DONE && search)
        code = search_mode_read(c, APP_SEARCH_HYBRID, &how.mode);
    how.limit = (size_t)limit;
    if (code == CLI_DONE)
        code = open_for(c, &how, &a);
    if (code == CLI_DONE)
        code = answer(c, a, search, &how, &memory);
    app_close(a);
    arena_free(&memory);
    return code;
}

static int run_search(const cli *c)
{
    return run(c, true);
}

static int run_suggest(const cli *c)
{
    return run(c, false);
}

static const char *search_notes(void)
{
    return "Titles come first, in any language, without case, accents or moved articles, and with slips of the finger; then\n"
           "words in names, genres, themes and overviews and, where `butaca embed` encoded the films, what the text means.\n"
           "Under a film stands the sentence that matched.";
}

static const char *suggest_notes(void)
{
    return "Looks at titles and names only, and takes the last word as one that may go on.";
}

const cli_verb verb_search = {
    .name = "search",
    .arguments = "TEXT",
    .min_arguments = 1,
    .max_arguments = 1,
    .purpose = "Finds films by title, by people, or by what happens.",
    .options = {search_options, filter_options},
    .notes = search_notes,
    .examples = "  butaca search \"godfahter 2\"\n"
                "  butaca search \"hacker finds out that the world is simulated\" --from-year 1990\n"
                "  butaca search \"barco que se hunde\" --json\n",
    .run = run_search,
};

const cli_verb verb_suggest = {
    .name = "suggest",
    .arguments = "PREFIX",
    .min_arguments = 1,
    .max_arguments = 1,
    .purpose = "Suggests films for what was typed so far.",
    .options = {suggest_options, filter_options},
    .notes = suggest_notes,
    .examples = "  butaca suggest \"the god\"\n"
                "  butaca suggest almod --genre comedy --json\n",
    .run = run_suggest,
};
