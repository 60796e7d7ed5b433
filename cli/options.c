/* Parsing a verb's command line with getopt_long over the verb's own table, which is also what --help prints. */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/near.h"
#include "base/memory.h"
#include "cli/cli.h"
#include "cli/terminal.h"
#include "store/folder.h"

static const cli_option common_options[] = {
    {"data", "DIR", "the data folder (default: $BUTACA_DATA, else ~/.local/share/butaca)"},
    {"json", NULL, "one JSON document on stdout"},
    {"help", NULL, "this text"},
    {NULL, NULL, NULL},
};

enum { OPTIONS_MAX = 40 };

/* --- help ------------------------------------------------------------------------------------------------------------ */

static void print_option(const cli_option *o)
{
    char left[64];
    snprintf(left, sizeof left, "--%s%s%s", o->name, o->value != NULL ? " " : "", o->value != NULL ? o->value : "");
    printf("  %-22s %s\n", left, o->help);
}

static void print_help(const cli_verb *verb)
{
    printf("%s%s%s\n\nusage: butaca %s%s%s [options]\n\n", terminal_style(stdout, STYLE_BOLD), verb->purpose,
           terminal_style(stdout, STYLE_PLAIN), verb->name, verb->arguments[0] != '\0' ? " " : "", verb->arguments);
    for (size_t g = 0; g < CLI_GROUPS_MAX && verb->options[g] != NULL; g++) {
        for (const cli_option *o = verb->options[g]; o->name != NULL; o++)
            print_option(o);
    }
    for (const cli_option *o = common_options; o->name != NULL; o++)
        print_option(o);
    if (verb->notes != NULL)
        printf("\n%s\n", verb->notes());
    printf("\nexamples:\n%s", verb->examples);
}

/* --- parsing --------------------------------------------------------------------------------------------------------- */

/* The verb's options and the common ones, as pointers and as getopt_long wants them. Returns how many. */
static size_t collect(const cli_verb *verb, const cli_option **all, struct option *getopt_table)
{
    size_t n = 0;
    for (size_t g = 0; g <= CLI_GROUPS_MAX; g++) {
        const cli_option *group = g < CLI_GROUPS_MAX ? verb->options[g] : common_options;
        for (; group != NULL && group->name != NULL && n + 1 < OPTIONS_MAX; group++) {
            all[n] = group;
            getopt_table[n] = (struct option){group->name, group->value != NULL ? required_argument : no_argument, NULL, 0};
            n++;
        }
    }
    getopt_table[n] = (struct option){NULL, 0, NULL, 0};
    return n;
}

static int unknown_option(const cli *c, const cli_option *const *all, size_t n, const char *typed)
{
    char name[NEAR_LENGTH_MAX];
    snprintf(name, sizeof name, "%s", typed[0] == '-' && typed[1] == '-' ? typed + 2 : typed);
    name[strcspn(name, "=")] = '\0';
    for (size_t i = 0; i < n; i++) {
        if (strcmp(all[i]->name, name) == 0) /* known, so it was its value that is wrong */
            return cli_usage(c, "--%s takes no value", name);
    }
    const char *nearest = NULL;
    size_t least = 3;
    for (size_t i = 0; i < n; i++) {
        const size_t distance = near_distance(name, all[i]->name);
        if (distance < least)
            least = distance, nearest = all[i]->name;
    }
    if (nearest != NULL)
        return cli_usage(c, "unknown option %s; did you mean --%s?", typed, nearest);
    return cli_usage(c, "unknown option %s", typed);
}

/* Fills c from argv. True: go on; false: *code is the exit code. `given` has room for argc options. */
static bool parse(cli *c, int argc, char **argv, cli_given *given, int *code)
{
    const cli_option *all[OPTIONS_MAX];
    struct option long_options[OPTIONS_MAX];
    const size_t n = collect(c->verb, all, long_options);
    c->given = given;
    opterr = 0;
    int index = 0;
    for (int found; (found = getopt_long(argc, argv, ":h", long_options, &index)) != -1;) {
        if (found == 'h' || (found == 0 && strcmp(all[index]->name, "help") == 0)) {
            print_help(c->verb);
            *code = CLI_DONE;
            return false;
        }
        if (found != 0) {
            const char *typed = argv[optind - 1];
            *code = found == ':' ? cli_usage(c, "%s needs a value", typed) : unknown_option(c, all, n, typed);
            return false;
        }
        if (strcmp(all[index]->name, "data") == 0)
            c->data = optarg;
        else if (strcmp(all[index]->name, "json") != 0) /* seen already, by wants_json */
            given[c->n_given++] = (cli_given){all[index]->name, optarg};
    }
    c->arguments = argv + optind;
    c->n_arguments = (size_t)(argc - optind);
    return true;
}

static bool arguments_fit(const cli *c, int *code)
{
    const cli_verb *verb = c->verb;
    if (c->n_arguments < verb->min_arguments)
        *code = cli_usage(c, "%s needs %s", verb->name, verb->arguments);
    else if (c->n_arguments > verb->max_arguments)
        *code = cli_usage(c, "\"%s\" is one argument too many; a title with spaces needs quotes, and each option takes one",
                          c->arguments[verb->max_arguments]);
    else
        return true;
    return false;
}

/* Looked up before parsing, so that an error on the way is JSON already. */
static bool wants_json(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--json") == 0)
            return true;
    }
    return false;
}

static int run_parsed(cli *c)
{
    char *usual = NULL;
    if (!c->verb->without_data && (c->data == NULL || c->data[0] == '\0')) {
        bt_error error = {0};
        if (folder_default_path(&usual, &error) != BT_OK)
            return cli_fail(c, &error);
        c->data = usual;
    }
    int code = c->verb->run(c);
    bt_free(usual);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "butaca: stdout: %s\n", strerror(errno));
        code = code == CLI_DONE ? CLI_FAILED : code;
    }
    return code;
}

int cli_run(const cli_verb *verb, int argc, char **argv)
{
    cli c = {.verb = verb, .json = wants_json(argc, argv)};
    cli_given *given = memory_array((size_t)argc, sizeof *given);
    if (given == NULL)
        return cli_no_memory(&c);
    int code = CLI_DONE;
    if (parse(&c, argc, argv, given, &code) && arguments_fit(&c, &code))
        code = run_parsed(&c);
    bt_free(given);
    return code;
}

/* --- values ---------------------------------------------------------------------------------------------------------- */

const char *cli_value(const cli *c, const char *name)
{
    for (size_t i = c->n_given; i > 0; i--) {
        if (strcmp(c->given[i - 1].name, name) == 0)
            return c->given[i - 1].value != NULL ? c->given[i - 1].value : "";
    }
    return NULL;
}

bool cli_whole(const cli *c, const char *name, uint64_t minimum, uint64_t maximum, uint64_t *value)
{
    const char *text = cli_value(c, name);
    if (text == NULL)
        return true;
    char *end = NULL;
    errno = 0;
    const unsigned long long number = strtoull(text, &end, 10);
    if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && number >= minimum && number <= maximum) {
        *value = number;
        return true;
    }
    cli_usage(c, "--%s: expected a whole number from %llu to %llu, found \"%s\"", name, (unsigned long long)minimum,
              (unsigned long long)maximum, text);
    return false;
}

bool cli_real(const cli *c, const char *name, double minimum, double maximum, double *value)
{
    const char *text = cli_value(c, name);
    if (text == NULL)
        return true;
    char *end = NULL;
    const double number = strtod(text, &end);
    if (text[0] != '\0' && *end == '\0' && isfinite(number) && number >= minimum && number <= maximum) {
        *value = number;
        return true;
    }
    cli_usage(c, "--%s: expected a number from %g to %g, found \"%s\"", name, minimum, maximum, text);
    return false;
}
