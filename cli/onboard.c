/* butaca onboard: asks a new person about a few films, and lists what the answers make. */
#include <stdio.h>
#include <string.h>

#include "app/json.h"
#include "cli/taste.h"
#include "cli/terminal.h"

enum { ASKED = 10, ANSWERS_MAX = 1000 };

static const cli_option options[] = {
    {"like", "TITLE", "an answer: a film that you like; as often as you like, as the next three"},
    {"dislike", "TITLE", "a film that you don't like"},
    {"seen", "TITLE", "a film that you saw and neither like nor dislike"},
    {"unseen", "TITLE", "a film that you haven't seen, which is an answer, too"},
    {"limit", "N", "how many films (default: 20)"},
    {NULL, NULL, NULL},
};

typedef struct talk {
    bt_opinion answers[ANSWERS_MAX]; /* n */
    size_t n;
} talk;

static bt_profile profile_of(const talk *t)
{
    return (bt_profile){t->answers, t->n};
}

/* --- answers as options ---------------------------------------------------------------------------------------------- */

static int read_answers(const cli *c, const app *a, arena *memory, talk *t)
{
    for (size_t i = 0; i < c->n_given && t->n < ANSWERS_MAX; i++) {
        const char *name = c->given[i].name;
        const bool like = strcmp(name, "like") == 0, dislike = strcmp(name, "dislike") == 0, seen = strcmp(name, "seen") == 0;
        if (!like && !dislike && !seen && strcmp(name, "unseen") != 0)
            continue;
        bt_opinion *said = &t->answers[t->n];
        *said = (bt_opinion){.verdict = like ? BT_LIKE : dislike ? BT_DISLIKE : BT_NO_VERDICT, .seen = seen};
        const char *as = arena_format(memory, "--%s ", name);
        const int code = taste_find_film(c, app_catalogue(a), c->given[i].value, as != NULL ? as : "", memory, &said->film_id);
        if (code != CLI_DONE)
            return code;
        for (size_t j = 0; j < t->n; j++)
            if (t->answers[j].film_id == said->film_id)
                return cli_usage(c, "there are two answers about %s", taste_film_name(a, said->film_id, memory));
        t->n++;
    }
    return CLI_DONE;
}

/* --- asking ---------------------------------------------------------------------------------------------------------- */

/* The answer that a key stands for; false: it is none. */
static bool read_key(char key, bt_opinion *said)
{
    said->verdict = key == 'l' ? BT_LIKE : key == 'd' ? BT_DISLIKE : BT_NO_VERDICT;
    said->seen = key == 's';
    return key == 'l' || key == 'd' || key == 's' || key == 'n';
}

/* False: no more questions are wanted. A film that is skipped gets no answer. */
static bool ask(const app *a, uint32_t film_id, size_t number, arena *memory, talk *t)
{
    char line[64];
    bt_opinion said = {.film_id = film_id};
    for (;;) {
        fprintf(stderr, "%2zu  %s  ", number, taste_film_name(a, film_id, memory));
        fflush(stderr);
        if (fgets(line, sizeof line, stdin) == NULL || line[0] == 'q')
            return false;
        if (line[0] == '\n')
            return true;
        if (read_key(line[0], &said)) {
            t->answers[t->n++] = said;
            return true;
        }
        fputs("    l, d, s, n, q, or nothing\n", stderr);
    }
}

static int talk_with(const cli *c, const app *a, arena *memory, talk *t)
{
    uint32_t *questions = NULL;
    size_t n = 0;
    bt_error error = {0};
    const bt_profile nothing = {0};
    if (app_questions(a, &nothing, ASKED, memory, &questions, &n, &error) != BT_OK)
        return cli_fail(c, &error);
    fputs("l: I like it; d: I don't; s: seen, neither; n: not seen; nothing: skip; q: that will do\n", stderr);
    for (size_t i = 0; i < n; i++)
        if (!ask(a, questions[i], i + 1, memory, t))
            break;
    return CLI_DONE;
}

/* --- the list -------------------------------------------------------------------------------------------------------- */

static bool print_questions(const app *a, const uint32_t *questions, size_t n, arena *memory)
{
    static const table_column columns[] = {{.title = "id", .right = true}, {.title = "have you seen", .flexible = true}};
    table t;
    table_begin(&t, memory, columns, 2);
    for (size_t i = 0; i < n; i++) {
        table_cell(&t, "%u", questions[i]);
        table_cell(&t, "%s", taste_film_name(a, questions[i], memory));
    }
    return table_print(&t, stdout);
}

static bool print_list(const app *a, const bt_scored_film *films, size_t n, arena *memory)
{
    static const table_column columns[] = {
        {.title = "", .right = true}, {.title = "film", .flexible = true}, {.title = "score", .right = true}};
    table t;
    table_begin(&t, memory, columns, 3);
    for (size_t i = 0; i < n; i++) {
        table_cell(&t, "%zu", i + 1);
        table_cell(&t, "%s", taste_film_name(a, films[i].film_id, memory));
        table_cell(&t, "%.3f", films[i].score);
    }
    return table_print(&t, stdout);
}

/* What `recommend` takes to go on from here. */
static void print_taste(const talk *t)
{
    fputs("\nGo on with\n\n  butaca recommend", stdout);
    for (size_t i = 0; i < t->n; i++)
        if (bt_opinion_known(&t->answers[i]))
            printf(" --%s id:%u",
                   t->answers[i].verdict == BT_LIKE      ? "like"
                   : t->answers[i].verdict == BT_DISLIKE ? "dislike"
                                                         : "seen",
                   t->answers[i].film_id);
    fputs("\n", stdout);
}

static int answer(const cli *c, const app *a, size_t limit, arena *memory, talk *t)
{
    int code = read_answers(c, a, memory, t);
    const bool asks = code == CLI_DONE && t->n == 0 && !c->json && terminal_is(stdin);
    if (asks)
        code = talk_with(c, a, memory, t);
    if (code != CLI_DONE)
        return code;
    uint32_t *questions = NULL;
    bt_scored_film *films = NULL;
    size_t n_questions = 0, n = 0;
    bt_error error = {0};
    const bt_profile profile = profile_of(t);
    bt_status status = app_questions(a, &profile, ASKED, memory, &questions, &n_questions, &error);
    if (status == BT_OK)
        status = app_first_list(a, &profile, limit, memory, &films, &n, &error);
    if (status != BT_OK)
        return cli_fail(c, &error);
    if (c->json)
        return cli_json(c, app_json_onboarding(a, questions, n_questions, films, n));
    const bool shown = t->n > 0 || asks ? print_list(a, films, n, memory) : print_questions(a, questions, n_questions, memory);
    if (t->n > 0)
        print_taste(t);
    return shown ? CLI_DONE : cli_no_memory(c);
}

static int run(const cli *c)
{
    uint64_t limit = 20;
    if (!cli_whole(c, "limit", 1, 10000, &limit))
        return CLI_USAGE;
    static talk t;
    arena memory = {0};
    app *a = NULL;
    bt_error error = {0};
    const int code = app_open(c->data, &a, &error) == BT_OK ? answer(c, a, (size_t)limit, &memory, &t) : cli_fail(c, &error);
    app_close(a);
    arena_free(&memory);
    return code;
}

static const char *notes(void)
{
    return "In a terminal, without answers, it asks about ten films. Else it shows which films it would ask about, or the list "
           "that\n"
           "the answers make.";
}

const cli_verb verb_onboard = {
    .name = "onboard",
    .arguments = "",
    .purpose = "Asks about a few films, and recommends.",
    .options = {options},
    .notes = notes,
    .examples = "  butaca onboard\n"
                "  butaca onboard --like \"Pulp Fiction\" --unseen \"Titanic (1997)\"\n"
                "  butaca onboard --json\n",
    .run = run,
};
