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
    {"skip", "N", "pass over the first N films of the list"},
    {"diversity", "X", "0 (default) to 1: how unlike each other the films shall be"},
    {"text", "WORDS", "only films that butaca search finds for them"},
    {"from-likes", "N", "only films that so many people liked, or more"},
    {"to-likes", "N", "only films that so many people liked, or fewer"},
    {"only", "TITLE", "only this film; given again: only these"},
    {"without", "TITLE", "not this film; given again: none of these"},
    {"explain", NULL, "say under each film why it is there"},
    {"predict", NULL, "say what you would rate each film, and between which ratings 8 of 10 lie"},
    {"rows", NULL, "the films in rows: for you, because you liked …, hidden gems, from a country, new to you"},
    {"if-like", "TITLE", "the list as it would be with this like, and where each film stood before"},
    {"if-dislike", "TITLE", "the same with this dislike"},
    {"all", NULL, "the list of every user of the ratings, a line a film: user, place, film id, score, title"},
    {NULL, NULL, NULL},
};

typedef struct request {
    app_filter filter;
    uint64_t limit, skip;
    double diversity;
    bool explain, predict, rows, all;
} request;

static int read_likes(const cli *c, app_filter *filter)
{
    uint64_t from = 0, to = 0;
    if (!cli_whole(c, "from-likes", 1, UINT32_MAX, &from) || !cli_whole(c, "to-likes", 1, UINT32_MAX, &to))
        return CLI_USAGE;
    filter->from_likes = (uint32_t)from;
    filter->to_likes = (uint32_t)to;
    return CLI_DONE;
}

static int read_request(const cli *c, arena *memory, request *r)
{
    r->limit = 10;
    r->explain = cli_value(c, "explain") != NULL;
    r->predict = cli_value(c, "predict") != NULL;
    r->rows = cli_value(c, "rows") != NULL;
    r->all = cli_value(c, "all") != NULL;
    if (!cli_whole(c, "limit", 1, LIMIT_MAX, &r->limit) || !cli_whole(c, "skip", 0, UINT32_MAX, &r->skip) ||
        !cli_real(c, "diversity", 0, 1, &r->diversity))
        return CLI_USAGE;
    static const char *const of_one[] = {"user", "like",    "dislike", "seen",    "rate",      "weight",
                                         "dial", "explain", "predict", "skip",    "diversity", "rows",
                                         "text", "only",    "without", "if-like", "if-dislike"};
    for (size_t i = 0; r->all && i < sizeof of_one / sizeof *of_one; i++)
        if (cli_value(c, of_one[i]) != NULL)
            return cli_usage(c, "--all gives every user's list; --%s is about one", of_one[i]);
    static const char *const of_a_list[] = {"skip", "predict", "if-like", "if-dislike"};
    for (size_t i = 0; r->rows && i < sizeof of_a_list / sizeof *of_a_list; i++)
        if (cli_value(c, of_a_list[i]) != NULL)
            return cli_usage(c, "--rows and --%s don't go together", of_a_list[i]);
    const int code = filter_read(c, memory, &r->filter);
    return code == CLI_DONE ? read_likes(c, &r->filter) : code;
}

/* The films that an option names; *ids NULL: none is named. */
static int read_films(const cli *c, const app *a, const char *name, arena *memory, const uint32_t **ids, size_t *n)
{
    uint32_t *found = NULL;
    for (size_t i = 0; i < c->n_given; i++) {
        if (strcmp(c->given[i].name, name) != 0)
            continue;
        if (found == NULL && (found = arena_take(memory, c->n_given * sizeof *found)) == NULL)
            return cli_no_memory(c);
        const char *as = arena_format(memory, "--%s ", name);
        const int code = taste_find_film(c, app_catalogue(a), c->given[i].value, as != NULL ? as : "", memory, &found[(*n)++]);
        if (code != CLI_DONE)
            return code;
    }
    *ids = found;
    return CLI_DONE;
}

/* What of the filter needs the catalogue. */
static int finish_filter(const cli *c, app *a, arena *memory, app_filter *filter)
{
    bt_error error = {0};
    int code = read_films(c, a, "only", memory, &filter->only, &filter->n_only);
    if (code == CLI_DONE)
        code = read_films(c, a, "without", memory, &filter->without, &filter->n_without);
    filter->text = cli_value(c, "text");
    if (code == CLI_DONE && filter->text != NULL && app_prepare_search(a, &error) != BT_OK)
        code = cli_fail(c, &error);
    return code;
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
        const bool is_same = i > 0 && reason->taste == last;
        text =
            arena_format(memory, "%s%s%s%s %s (%+.3f)", text, i > 0 ? "," : "", is_same ? "" : " ",
                         is_same ? "" : taste_verb(reason->taste), taste_film_name(a, reason->film_id, memory), reason->share);
        last = reason->taste;
    }
    double rest = r->others;
    for (size_t i = REASONS_SHOWN; i < r->n_reasons; i++)
        rest += r->reasons[i].share;
    const size_t n_all = r->n_reasons + r->n_others;
    if (text != NULL && n_all > REASONS_SHOWN)
        text = arena_format(memory, "%s, and %zu more (%+.3f)", text, n_all - REASONS_SHOWN, rest);
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

/* Where a film stood before: "3", "new", or "" where nothing was tried. */
static const char *before(const size_t *ranks, size_t i, arena *memory)
{
    const char *text = ranks == NULL ? "" : ranks[i] == 0 ? "new" : arena_format(memory, "%zu", ranks[i]);
    return text != NULL ? text : "";
}

/* "4.1 (3.0-5.0)"; "" where the film isn't in the rating model. */
static const char *predicted_text(const bt_predicted_rating *p, arena *memory)
{
    const char *text = p->known ? arena_format(memory, "%.1f (%.1f-%.1f)", p->stars, p->low, p->high) : "";
    return text != NULL ? text : "";
}

/* `ranks` (NULL: nothing was tried): where each film stood before; `predicted` (NULL: not asked for): what it would be rated. */
static int print_list(const cli *c, const app *a, const bt_list *list, const request *r, const size_t *ranks,
                      const bt_predicted_rating *predicted, arena *memory)
{
    const bool taste_based = list->basis == BT_BASIS_TASTE;
    const bool moved = ranks != NULL || r->diversity > 0;
    table_column columns[6] = {
        {.title = "", .right = true},
        {.title = "film", .flexible = true},
        {.title = "genres", .flexible = true},
        {.title = taste_based ? "score" : "likes", .right = true},
    };
    size_t n_columns = 4;
    if (moved)
        columns[n_columns++] = (table_column){.title = ranks != NULL ? "was" : "by score", .right = true};
    if (predicted != NULL)
        columns[n_columns++] = (table_column){.title = "you would rate it"};
    table t;
    table_begin(&t, memory, columns, n_columns);
    for (size_t i = 0; i < list->n_films; i++) {
        const bt_recommendation *shown = &list->films[i];
        const size_t place = (size_t)r->skip + i + 1;
        table_cell(&t, "%zu", place);
        table_cell(&t, "%s", taste_film_name(a, shown->film_id, memory));
        table_cell(&t, "%s", genres_of(a, shown->film_id, memory));
        table_cell(&t, "%.*f", taste_based ? 3 : 0, shown->score);
        if (ranks != NULL)
            table_cell(&t, "%s", before(ranks, i, memory));
        else if (moved && shown->rank != place) /* diversity moved it */
            table_cell(&t, "%zu", shown->rank);
        else if (moved)
            table_cell(&t, "%s", "");
        if (predicted != NULL)
            table_cell(&t, "%s", predicted_text(&predicted[i], memory));
        if (r->explain && shown->n_reasons > 0)
            table_note(&t, because(a, shown, memory));
    }
    if (list->n_films > 0 && !table_print(&t, stdout))
        return cli_no_memory(c);
    return CLI_DONE;
}

static int answer_rows(const cli *c, const app *a, app_wish *wish, const request *r, arena *memory)
{
    app_rows rows;
    bt_error error = {0};
    if (app_make_rows(a, wish, memory, &rows, &error) != BT_OK)
        return cli_fail(c, &error);
    int code = c->json ? cli_json(c, app_json_rows(a, &rows)) : CLI_DONE;
    for (size_t i = 0; i < rows.n && !c->json && code == CLI_DONE; i++) {
        const app_row *row = &rows.rows[i];
        static const char *const titles[] = {"For you", "Because you liked ", "Hidden gems", "From ", "New to you: "};
        const char *of = row->kind == APP_ROW_BECAUSE ? taste_film_name(a, row->film_id, memory) : row->name;
        printf("%s%s%s%s%s\n", i > 0 ? "\n" : "", terminal_style(stdout, STYLE_BOLD), titles[row->kind], of != NULL ? of : "",
               terminal_style(stdout, STYLE_PLAIN));
        bt_recommendation *films = arena_take(memory, row->n_films * sizeof *films);
        if (films == NULL)
            code = cli_no_memory(c);
        for (size_t k = 0; films != NULL && k < row->n_films; k++)
            films[k] = *row->films[k];
        const bt_list list = {.basis = rows.lists[0]->basis, .n_films = row->n_films, .films = films};
        const request plain = {.explain = r->explain};
        if (code == CLI_DONE)
            code = print_list(c, a, &list, &plain, NULL, NULL, memory);
    }
    app_rows_free(&rows);
    return code;
}

/* The list, and where its films stood before what was tried (*ranks NULL: nothing was). */
static int make_list(const cli *c, const app *a, taste *t, app_wish *wish, arena *memory, bt_list **list, size_t **ranks,
                     bt_predicted_rating **predicted)
{
    bt_error error = {0};
    taste changed = *t;
    bool tried = false;
    changed.opinions = arena_take(memory, (t->n + 1) * sizeof *changed.opinions);
    if (changed.opinions == NULL)
        return cli_no_memory(c);
    if (t->n > 0)
        memcpy(changed.opinions, t->opinions, t->n * sizeof *t->opinions);
    changed.room = t->n;
    const int code = taste_try(c, a, &changed, memory, &tried);
    if (code != CLI_DONE)
        return code;
    app_wish with = *wish;
    with.opinions = changed.opinions;
    with.n_opinions = changed.n;
    if (app_recommend(a, &with, list, &error) != BT_OK || app_predict_list(a, &with, *list, memory, predicted, &error) != BT_OK)
        return cli_fail(c, &error);
    *ranks = tried ? arena_take(memory, ((*list)->n_films + 1) * sizeof **ranks) : NULL;
    if (tried && *ranks == NULL)
        return cli_no_memory(c);
    return tried && app_ranks(a, wish, *list, *ranks, &error) != BT_OK ? cli_fail(c, &error) : CLI_DONE;
}

static int answer(const cli *c, app *a, request *r, arena *memory)
{
    taste t;
    app_wish wish;
    int code = taste_read(c, a, memory, &t);
    if (code == CLI_DONE)
        code = taste_wish(c, &t, &wish);
    if (code == CLI_DONE)
        code = finish_filter(c, a, memory, &r->filter);
    if (code != CLI_DONE)
        return code;
    wish.filter = r->filter;
    wish.limit = (size_t)r->limit;
    wish.offset = (size_t)r->skip;
    wish.explain = r->explain;
    wish.predict = r->predict;
    wish.diversity = r->diversity;
    if (r->rows)
        return answer_rows(c, a, &wish, r, memory);
    bt_list *list = NULL;
    size_t *ranks = NULL;
    bt_predicted_rating *predicted = NULL;
    code = make_list(c, a, &t, &wish, memory, &list, &ranks, &predicted);
    if (code == CLI_DONE && c->json)
        code = cli_json(c, app_json_list(a, list, ranks, predicted));
    else if (code == CLI_DONE) {
        code = print_list(c, a, list, r, ranks, predicted, memory);
        print_remarks(list, &t, r);
    }
    bt_list_free(list);
    return code;
}

static int answer_any(const cli *c, app *a, request *r, arena *memory)
{
    const int code = taste_prepare_texts(c, a);
    if (code != CLI_DONE)
        return code;
    return r->all ? recommend_all(c, a, &r->filter, (size_t)r->limit) : answer(c, a, r, memory);
}

static int run(const cli *c)
{
    arena memory = {0};
    app *a = NULL;
    request r = {0};
    bt_error error = {0};
    int code = read_request(c, &memory, &r);
    if (code == CLI_DONE)
        code = app_open(c->data, &a, &error) == BT_OK ? answer_any(c, a, &r, &memory) : cli_fail(c, &error);
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
                "  butaca recommend --like Alien --diversity 0.5 --dial 4 --to-runtime 100\n"
                "  butaca recommend --all --limit 20 > lists.tsv\n",
    .run = run,
};
