/* butaca doctor: is the data folder well, and what mends it? */
#include <stdio.h>

#include "app/app.h"
#include "cli/cli.h"
#include "cli/terminal.h"

static json_t *to_json(const app_finding *findings, size_t n, bool well)
{
    json_t *array = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(array, json_pack("{s:s, s:b, s:o, s:o}", "what", findings[i].what, "ok", findings[i].ok, "detail",
                                               cli_json_text(findings[i].detail), "mend",
                                               findings[i].mend != NULL ? cli_json_text(findings[i].mend) : json_null()));
    return json_pack("{s:b, s:o}", "ok", well, "findings", array);
}

static void print(const app_finding *findings, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const app_finding *f = &findings[i];
        printf("%s%-5s%s %-14s %s\n", terminal_style(stdout, f->ok ? STYLE_GREEN : STYLE_RED), f->ok ? "ok" : "WRONG",
               terminal_style(stdout, STYLE_PLAIN), f->what, f->detail);
        if (f->mend != NULL)
            printf("      %-14s -> %s%s%s\n", "", terminal_style(stdout, STYLE_BOLD), f->mend,
                   terminal_style(stdout, STYLE_PLAIN));
    }
}

static int run(const cli *c)
{
    arena memory = {0};
    app_finding *findings = NULL;
    size_t n = 0, n_wrong = 0;
    bt_error error = {0};
    if (app_doctor(c->data, &memory, &findings, &n, &error) != BT_OK) {
        arena_free(&memory);
        return cli_fail(c, &error);
    }
    for (size_t i = 0; i < n; i++)
        n_wrong += !findings[i].ok;
    int code = CLI_DONE;
    if (c->json)
        code = cli_json(c, to_json(findings, n, n_wrong == 0));
    else
        print(findings, n);
    arena_free(&memory);
    return code == CLI_DONE && n_wrong > 0 ? CLI_FAILED : code;
}

static const char *notes(void)
{
    return "Changes nothing. Exits with 1 if something is wrong; each fault comes with what mends it.";
}

const cli_verb verb_doctor = {
    .name = "doctor",
    .arguments = "",
    .purpose = "Examines the data folder and names what mends it.",
    .notes = notes,
    .examples = "  butaca doctor\n"
                "  butaca doctor --data /srv/butaca --json\n",
    .run = run,
};
