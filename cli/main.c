/* The `butaca` program: finds the verb and runs it. */
#include <stdio.h>
#include <string.h>

#include "app/near.h"
#include "cli/cli.h"

static const cli_verb *const verbs[] = {&verb_get,      &verb_import,  &verb_train, &verb_recommend, &verb_onboard,
                                        &verb_similar,  &verb_explain, &verb_embed, &verb_search,    &verb_suggest,
                                        &verb_evaluate, &verb_model,   &verb_serve, &verb_events,    &verb_user,
                                        &verb_doctor,   &verb_version};
enum { N_VERBS = sizeof verbs / sizeof verbs[0] };

static void print_overview(FILE *to)
{
    fputs("Butaca recommends films.\n\nusage: butaca VERB [options]\n\n", to);
    for (size_t i = 0; i < N_VERBS; i++)
        fprintf(to, "  %-10s %s\n", verbs[i]->name, verbs[i]->purpose);
    fputs("\nbutaca VERB --help shows what a verb takes, with examples. A first run:\n\n"
          "  butaca get movielens-small wikipedia\n"
          "  butaca train\n"
          "  butaca recommend --like \"Alien (1979)\"\n",
          to);
}

static const cli_verb *find_verb(const char *name)
{
    for (size_t i = 0; i < N_VERBS; i++) {
        if (strcmp(verbs[i]->name, name) == 0)
            return verbs[i];
    }
    return NULL;
}

static int unknown_verb(const char *name)
{
    const cli_verb *nearest = NULL;
    size_t least = 3; /* more slips than two and it is another word */
    for (size_t i = 0; i < N_VERBS; i++) {
        const size_t distance = near_distance(name, verbs[i]->name);
        if (distance < least)
            least = distance, nearest = verbs[i];
    }
    fprintf(stderr, "butaca: no verb is called \"%s\"", name);
    if (nearest != NULL)
        fprintf(stderr, "; did you mean butaca %s?\n", nearest->name);
    else
        fputs("; butaca alone lists them\n", stderr);
    return CLI_USAGE;
}

/* "butaca help train" is "butaca train --help". */
static int help(int argc, char **argv)
{
    const cli_verb *verb = argc > 2 ? find_verb(argv[2]) : NULL;
    if (argc > 2 && verb == NULL)
        return unknown_verb(argv[2]);
    if (verb == NULL) {
        print_overview(stdout);
        return CLI_DONE;
    }
    char option[] = "--help";
    char *line[] = {argv[2], option, NULL};
    return cli_run(verb, 2, line);
}

static bool is_any(const char *text, const char *a, const char *b, const char *c)
{
    return strcmp(text, a) == 0 || strcmp(text, b) == 0 || strcmp(text, c) == 0;
}

int main(int argc, char **argv)
{
    if (argc < 2 || is_any(argv[1], "help", "--help", "-h"))
        return help(argc, argv);
    if (is_any(argv[1], "version", "--version", "-V"))
        return cli_run(&verb_version, argc - 1, argv + 1);
    const cli_verb *verb = find_verb(argv[1]);
    return verb != NULL ? cli_run(verb, argc - 1, argv + 1) : unknown_verb(argv[1]);
}
