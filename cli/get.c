/* butaca get: known data sets from where they are published into the data folder. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/import_summary.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "import/get.h"

enum { SETS_MAX = 16 };

/* What was asked for, in the order in which it is imported. */
typedef struct wanted {
    const known_set *sets[SETS_MAX];
    size_t n;
} wanted;

static bool is_wanted(const cli *c, const known_set *set)
{
    for (size_t i = 0; i < c->n_arguments; i++)
        if (known_set_find(c->arguments[i]) == set)
            return true;
    return false;
}

/* The first name that is no data set, or NULL. */
static const char *collect(const cli *c, wanted *w)
{
    for (size_t i = 0; i < c->n_arguments; i++)
        if (known_set_find(c->arguments[i]) == NULL)
            return c->arguments[i];
    for (size_t i = 0; known_set_at(i) != NULL; i++)
        if (is_wanted(c, known_set_at(i)))
            w->sets[w->n++] = known_set_at(i);
    return NULL;
}

/* --- what it is ----------------------------------------------------------------------------------------------------- */

/* Words in lines of at most 100 letters, the lines after the first one indented. */
static void print_wrapped(FILE *to, const char *text)
{
    enum { WIDTH = 91 };
    for (size_t used = 0; *text != '\0';) {
        const size_t word = strcspn(text, " ");
        const char *before = used == 0 ? "" : used + 1 + word > WIDTH ? "\n         " : " ";
        used = before[0] == '\n' ? word : used + word + (used > 0);
        fprintf(to, "%s%.*s", before, (int)word, text);
        text += word + (text[word] == ' ');
    }
}

static void describe(FILE *to, const known_set *set)
{
    fprintf(to, "%s%s%s: %s\n  %s\n  from   %s\n", terminal_style(to, STYLE_BOLD), set->name, terminal_style(to, STYLE_PLAIN),
            set->title, set->holds, set->who);
    if (set->by_hand == NULL)
        fprintf(to, "  size   %.1f MB to download\n", (double)known_set_size(set) * 1e-6);
    fputs("  terms  ", to);
    print_wrapped(to, set->terms);
    fprintf(to, "\n         %s\n", set->terms_url);
}

static json_t *describe_json(const known_set *set)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:s?}", "name", set->name, "title", set->title, "who", set->who,
                     "holds", set->holds, "bytes", (json_int_t)known_set_size(set), "terms", set->terms, "terms_url",
                     set->terms_url, "by_hand", set->by_hand);
}

static int list(const cli *c)
{
    json_t *sets = json_array();
    for (size_t i = 0; known_set_at(i) != NULL; i++) {
        if (!c->json)
            describe(stdout, known_set_at(i));
        json_array_append_new(sets, describe_json(known_set_at(i)));
    }
    if (c->json)
        return cli_json(c, json_pack("{s:o}", "sets", sets));
    json_decref(sets);
    return CLI_DONE;
}

/* --- asking --------------------------------------------------------------------------------------------------------- */

/* Whether the person says yes. */
static bool ask(void)
{
    char answer[16] = "";
    fputs("Download, and accept these terms? [y/N] ", stderr);
    fflush(stderr);
    if (fgets(answer, sizeof answer, stdin) == NULL)
        return false;
    return answer[0] == 'y' || answer[0] == 'Y' || answer[0] == 's' || answer[0] == 'S'; /* sí */
}

/* CLI_DONE: go on. */
static int accept_terms(const cli *c, const wanted *w)
{
    bool any = false;
    for (size_t i = 0; i < w->n; i++)
        any = any || w->sets[i]->by_hand == NULL;
    if (!any)
        return CLI_DONE;
    for (size_t i = 0; i < w->n; i++)
        if (w->sets[i]->by_hand == NULL)
            describe(stderr, w->sets[i]);
    if (cli_value(c, "accept-terms") != NULL)
        return CLI_DONE;
    if (c->json || !terminal_is(stdin))
        return cli_usage(c, "nobody can be asked here: if you accept the terms, add --accept-terms");
    if (ask())
        return CLI_DONE;
    const bt_error error = {BT_CANCELLED, "nothing was downloaded"};
    return cli_fail(c, &error);
}

/* --- getting -------------------------------------------------------------------------------------------------------- */

/* The line to type for a set that can't be brought. */
static void by_hand(const cli *c, const known_set *set, json_t *done)
{
    if (c->json) {
        json_array_append_new(done, json_pack("{s:s, s:s}", "set", set->name, "by_hand", set->by_hand));
        return;
    }
    fprintf(stderr, "%s needs an account at Kaggle (pip install kaggle), so this line is yours to run:\n", set->title);
    printf("%s\n", set->by_hand);
}

static bt_status get_one(const cli *c, folder *target, const known_set *set, json_t *done, bt_error *error)
{
    progress_bar bar = {0};
    const bt_progress progress = progress_begin(&bar);
    const char *mirror = cli_value(c, "mirror");
    const get_params params = {.mirror = mirror != NULL ? mirror : getenv("BUTACA_MIRROR"), .progress = &progress};
    import_summary summary = {0};
    const bt_status status = get_run(target, set, &params, &summary, error);
    progress_end(&bar);
    if (status != BT_OK)
        return status;
    if (c->json) {
        json_t *object = import_summary_json(set->name, &summary);
        json_object_set_new(object, "set", json_string(set->name));
        json_array_append_new(done, object);
    } else {
        import_summary_print(set->name, &summary);
        import_total_print(c->data, &summary);
    }
    return BT_OK;
}

static bt_status get_all(const cli *c, const wanted *w, json_t *done, bt_error *error)
{
    folder target = {.lock = -1};
    bt_status status = BT_OK;
    for (size_t i = 0; i < w->n && status == BT_OK; i++) {
        if (w->sets[i]->by_hand != NULL) {
            by_hand(c, w->sets[i], done);
            continue;
        }
        if (target.path == NULL)
            status = folder_open(c->data, FOLDER_WRITE, &target, error);
        if (status == BT_OK)
            status = get_one(c, &target, w->sets[i], done, error);
    }
    if (target.path != NULL)
        folder_close(&target);
    return status;
}

static int run(const cli *c)
{
    wanted w = {.n = 0};
    if (c->n_arguments == 0)
        return list(c);
    const char *unknown = collect(c, &w);
    if (unknown != NULL)
        return cli_usage(c, "no data set is called \"%s\"; butaca get alone lists them", unknown);
    const int code = accept_terms(c, &w);
    if (code != CLI_DONE)
        return code;
    json_t *done = json_array();
    bt_error error = {0};
    interrupt_catch();
    if (get_all(c, &w, done, &error) != BT_OK)
        return cli_fail_with(c, &error, json_pack("{s:o}", "imports", done));
    return c->json ? cli_json(c, json_pack("{s:o}", "imports", done)) : (json_decref(done), CLI_DONE);
}

static const cli_option options[] = {
    {"accept-terms", NULL, "accept the terms without being asked, for scripts"},
    {"mirror", "URL", "a folder or URL that has the files under their names (default: $BUTACA_MIRROR)"},
    {NULL, NULL, NULL},
};

static const char *notes(void)
{
    return "SET is movielens-small, movielens-32m, wikipedia or kaggle; without one it lists them. Shows size and terms and "
           "asks\n"
           "before it downloads; goes on where it was cut off; checks the checksum; imports. Kaggle's needs an account, so for "
           "it\n"
           "the line to type is printed.";
}

const cli_verb verb_get = {
    .name = "get",
    .arguments = "[SET…]",
    .max_arguments = SIZE_MAX,
    .purpose = "Downloads known data sets and imports them.",
    .options = {options},
    .notes = notes,
    .examples = "  butaca get movielens-small wikipedia && butaca train\n"
                "  butaca get movielens-32m --accept-terms --mirror file:///srv/mirror\n"
                "  butaca get kaggle\n",
    .run = run,
};
