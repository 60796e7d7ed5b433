/* butaca recommend: a list for a taste, with its reasons if one asks. */
#include <stdio.h>
#include <string.h>

#include "app/json.h"
#include "cli/filter.h"
#include "cli/recommend_all.h"
#include "cli/taste.h"
#include "cli/terminal.h"

enum { LIMIT_MAX = 10000, REASONS_SHOWN = 4 };

static const cli_option options[] = {
    {"limit", "N", "how many films (default: 10)"},
    {"explain", NULL, "say under each film why it is there"},
    {"all", NULL, "the list of every user of the ratings, a line a film: user, place, film id, score, title"},
    {NULL, NULL, NULL},
};

typedef struct request {
    app_filter filter;
    uint64_t limit;
    bool explain, all;
} request;

static int read_request(const cli *c, arena *memory, request *r)
{
    r->limit = 10;
    r->explain = cli_value(c, "explain") != NULL;
    if (!cli_whole(c, "limit", 1, LIMIT_MAX, &r->limit))
        return CLI_USAGE;
    r->all = cli_value(c, "all") != NULL;
    static const char *const of_one[] = {"user", "like", "dislike", "seen", "rate", "explain"};
    for (size_t i = 0; r->all && i < sizeof of_one / sizeof *of_one; i++)
        if (cli_value(c, of_one[i]) != NULL)
            return cli_usage(c, "--all gives every user's list; --%s is about one", of_one[i]);
    return filter_read(c, memory, &r->filter);
}

static const char *genres_of(const app *a, uint32_t film_id, arena *memory)
{
    const film_card *card = app_card(a, film_id);
    const film_names *genres = app_genres(a);
    const char *text = "";
    for (size_t i = 0; card != NULL && text != NULL && i < genres->n && i < 64; i++) {
        if ((card->genres >> i & 1) != 0)
            text = arena_format(memory, "%s%s%s", text, text[0] != '\0' ? ", " : "", genres->items[i]);
    }
    return text != NULL ? text : "";
}

/* "because you liked Alien (1979) (+0.41), disliked Saw (2004) (-0.05), and 12 more (+0.10)" */
static const char *because(const app *a, const bt_recommendation *r, arena *memory)
{
    const char *text = "because you";
    bt_verdict last = BT_NO_VERDICT;
    for (size_t i = 0; i < r->n_reasons && i < REASONS_SHOWN && text != NULL; i++) {
        const bt_reason *reason = &r->reasons[i];
        const char *verb = reason->taste == last ? "" : reason->taste == BT_DISLIKE ? " disliked" : " liked";
        text = arena_format(memory, "%s%s%s %s (%+.3f)", text, i > 0 ? "," : "", verb,
                            taste_film_name(a, reason->film_id, memory), reason->share);
        last = reason->taste;
    }
    double rest = 0;
    for (size_t i = REASONS_SHOWN; i < r->n_reasons; i++)
        rest += r->reasons[i].share;
    if (text != NULL && r->n_reasons > REASONS_SHOWN)
        text = arena_format(memory, "%s, and %zu more (%+.3f)", text, r->n_reasons - REASONS_SHOWN, rest);
    return text != NULL ? text : "";
}

static void print_remarks(const bt_list *list, const taste *t, const request *r)
{
    if (list->basis == BT_BASIS_POPULARITY)
        fprintf(stderr, "%s: the most liked films, spread over genres.\n",
                t->n == 0 ? "No taste given (--like TITLE, or --user ID)" : "No like among what you gave");
    if (list->n_unknown > 0)
        fprintf(stderr, "%zu of the films you named had no ratings when the model was trained: they have no say.\n",
                list->n_unknown);
    if (list->n_films == 0)
        fputs("No film is left by these filters.\n", stderr);
    else if (list->n_films < r->limit)
        fprintf(stderr, "Only %zu films pass.\n", list->n_films);
}

static int print_list(const cli *c, const app *a, const bt_list *list, bool explain, arena *memory)
{
    const bool taste_based = list->basis == BT_BASIS_TASTE;
    const table_column columns[] = {
        {.title = "", .right = true},
        {.title = "film", .flexible = true},
        {.title = "genres", .flexible = true},
        {.title = taste_based ? "score" : "likes", .right = true},
    };
    table t;
    table_begin(&t, memory, columns, 4);
    for (size_t i = 0; i < list->n_films; i++) {
        const bt_recommendation *r = &list->films[i];
        table_cell(&t, "%zu", i + 1);
        table_cell(&t, "%s", taste_film_name(a, r->film_id, memory));
        table_cell(&t, "%s", genres_of(a, r->film_id, memory));
        table_cell(&t, "%.*f", taste_based ? 3 : 0, r->score);
        if (explain && r->n_reasons > 0)
            table_note(&t, because(a, r, memory));
    }
    if (list->n_films > 0 && !table_print(&t, stdout))
        return cli_no_memory(c);
    return CLI_DONE;
}

static int answer(const cli *c, const app *a, const request *r, arena *memory)
{
    taste t;
    const int code = taste_read(c, a, memory, &t);
    if (code != CLI_DONE)
        return code;
    bt_list *list = NULL;
    bt_error error = {0};
    if (app_recommend(a, t.opinions, t.n, &r->filter, (size_t)r->limit, r->explain, &list, &error) != BT_OK)
        return cli_fail(c, &error);
    const int printed = c->json ? cli_json(c, app_json_list(a, list)) : print_list(c, a, list, r->explain, memory);
    if (!c->json)
        print_remarks(list, &t, r);
    bt_list_free(list);
    return printed;
}

static int run(const cli *c)
{
    arena memory = {0};
    app *a = NULL;
    request r = {0};
    bt_error error = {0};
    int code = read_request(c, &memory, &r);
    if (code == CLI_DONE)
        code = app_open(c->data, &a, &error) != BT_OK ? cli_fail(c, &error)
               : r.all                                ? recommend_all(c, a, &r.filter, (size_t)r.limit)
                                                      : answer(c, a, &r, &memory);
    app_close(a);
    arena_free(&memory);
    return code;
}

static const char *notes(void)
{
    return "A title is found without case, accents or moved articles; where it is not clear which film is meant, the\n"
           "candidates are listed, and id:17 names one. Films that you name never come back as recommendations.";
}

const cli_verb verb_recommend = {
    .name = "recommend",
    .arguments = "",
    .purpose = "Recommends films for a taste.",
    .options = {taste_options, filter_options, options},
    .notes = notes,
    .examples = "  butaca recommend --like \"Alien (1979)\" --dislike \"Titanic (1997)\" --explain\n"
                "  butaca recommend --user 42 --genre comedy --from-year 1990 --limit 5\n"
                "  butaca recommend --rate \"Psycho (1960)=4.5\" --seen Vertigo --json\n"
                "  butaca recommend --all --limit 20 > lists.tsv\n",
    .run = run,
};
