/* What every verb of the `butaca` program is made of: how it is described, what it is given, and how it answers.
 *
 * Exit codes: 0 done, 1 failed, 2 usage, 130 stopped by Ctrl-C. What was asked for goes to stdout, everything else to stderr; with
 * --json stdout carries one JSON document, also for an error: {"error": {"code": "NOT_FOUND", "message": "…"}}.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "butaca/status.h"

enum { CLI_DONE = 0, CLI_FAILED = 1, CLI_USAGE = 2, CLI_CANCELLED = 130 };

/* One `--name VALUE`, or `--name` if value is NULL. A list of them ends with a NULL name. */
typedef struct cli_option {
    const char *name, *value, *help;
} cli_option;

typedef struct cli_given {
    const char *name, *value; /* value NULL: a flag */
} cli_given;

enum { CLI_GROUPS_MAX = 4 };

typedef struct cli cli;

typedef struct cli_verb {
    const char *name;
    const char *arguments; /* "TITLE": what follows the options, "" if nothing may */
    size_t min_arguments, max_arguments;
    const char *purpose;                       /* a sentence: what it does */
    const cli_option *options[CLI_GROUPS_MAX]; /* groups of options, NULL after the last */
    const char *(*notes)(void);                /* shown after the options; NULL: nothing */
    const char *examples;                      /* lines to type */
    int (*run)(const cli *c);                  /* returns the exit code */
    bool without_data;                         /* runs also where no data folder can be told (no home) */
} cli_verb;

/* A parsed command line. */
struct cli {
    const cli_verb *verb;
    const char *data; /* the data folder */
    bool json;
    const cli_given *given; /* n_given options in the order they were typed, without --data and --json */
    size_t n_given;
    char *const *arguments;
    size_t n_arguments;
};

/* --- options (cli/options.c) ---------------------------------------------------------------------------------------- */

/* Parses argv (argv[0] is the verb) and runs the verb. */
int cli_run(const cli_verb *verb, int argc, char **argv);

/* The last value of an option, or NULL; a flag that was given has the value "". */
const char *cli_value(const cli *c, const char *name);

/* Numbers of options, unchanged where the option wasn't given. False: not one from minimum to maximum; the usage error is out. */
bool cli_whole(const cli *c, const char *name, uint64_t minimum, uint64_t maximum, uint64_t *value);
bool cli_real(const cli *c, const char *name, double minimum, double maximum, double *value);

/* --- answers (cli/answer.c) ----------------------------------------------------------------------------------------- */

/* All of them write and return the exit code. */
int cli_usage(const cli *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
int cli_fail(const cli *c, const bt_error *error); /* BT_CANCELLED: 130 */
/* The same with more members for the error object ({"candidates": […]}); steals `more`, which may be NULL. */
int cli_fail_with(const cli *c, const bt_error *error, json_t *more);
int cli_no_memory(const cli *c);
/* A text from outside (a path, a title as typed) as JSON: bytes that are not UTF-8 become U+FFFD. NULL: no memory. */
json_t *cli_json_text(const char *text);
/* Writes the document (NULL: no memory) and frees it. */
int cli_json(const cli *c, json_t *document);

/* --- verbs, a file each --------------------------------------------------------------------------------------------- */

extern const cli_verb verb_get, verb_import, verb_train, verb_search, verb_suggest, verb_recommend, verb_onboard, verb_similar,
    verb_explain, verb_evaluate, verb_embed, verb_model, verb_doctor, verb_serve, verb_events, verb_user, verb_version;

#endif
