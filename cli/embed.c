/* butaca embed: vectors of the films' texts, for search by meaning. */
#include <stdio.h>
#include <string.h>

#include "app/embed.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/terminal.h"

static const cli_option options[] = {
    {"encoder", "NAME", "muse: 16 languages, English and Spanish too (default); minilm: English"},
    {"threads", "N", "how many work; 0: one for each processor. Doesn't change the vectors"},
    {NULL, NULL, NULL},
};

static json_t *to_json(const app_embedding *e, const char *encoder)
{
    return json_pack("{s:s, s:I, s:I, s:I, s:I, s:f}", "encoder", encoder, "films", (json_int_t)e->n_films, "encoded_films",
                     (json_int_t)e->n_encoded, "encoded_texts", (json_int_t)e->n_texts, "vectors", (json_int_t)e->n_vectors,
                     "seconds", e->seconds);
}

static void print(const app_embedding *e)
{
    char films[TERMINAL_COUNT_SIZE], texts[TERMINAL_COUNT_SIZE], encoded[TERMINAL_COUNT_SIZE];
    if (e->n_encoded == 0)
        printf("The vectors of %s films are up to date.\n", terminal_count(e->n_films, films));
    else
        printf("Embedded %s of %s films, %s texts, in %.1f s.\n", terminal_count(e->n_encoded, encoded),
               terminal_count(e->n_films, films), terminal_count(e->n_texts, texts), e->seconds);
}

static int run(const cli *c)
{
    app_embed_params params = app_embed_params_default();
    uint64_t threads = 0;
    if (!cli_whole(c, "threads", 0, 1024, &threads))
        return CLI_USAGE;
    params.n_threads = (size_t)threads;
    if (cli_value(c, "encoder") != NULL)
        params.encoder = cli_value(c, "encoder");
    if (strcmp(params.encoder, "muse") != 0 && strcmp(params.encoder, "minilm") != 0)
        return cli_usage(c, "--encoder: expected muse or minilm, found \"%s\"", params.encoder);
    app_embedding result = {0};
    progress_bar bar = {0};
    const bt_progress progress = progress_begin(&bar);
    bt_error error = {0};
    const bt_status status = app_embed(c->data, &params, &progress, &result, &error);
    progress_end(&bar);
    if (status == BT_CANCELLED)
        snprintf(error.message, sizeof error.message, "stopped; what was encoded is kept, and butaca embed goes on from there");
    if (status != BT_OK)
        return cli_fail(c, &error);
    if (c->json)
        return cli_json(c, to_json(&result, params.encoder));
    print(&result);
    return CLI_DONE;
}

const cli_verb verb_embed = {
    .name = "embed",
    .arguments = "",
    .purpose = "Encodes the films' texts, for search by meaning.",
    .options = {options},
    .examples = "  butaca embed\n"
                "  butaca embed --encoder minilm --json\n",
    .run = run,
};
