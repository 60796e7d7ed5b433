/* butaca import: data sets into the data folder, one after the other, each whole or not at all. */
#include <stdio.h>

#include "cli/cli.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "import/import.h"

static json_t *rejects_json(const import_summary *s)
{
    json_t *object = json_object();
    for (int i = 0; i < (int)IMPORT_REJECT_COUNT; i++) {
        if (s->rejected[i] > 0)
            json_object_set_new(object, import_reject_text((import_reject)i), json_integer((json_int_t)s->rejected[i]));
    }
    return object;
}

static json_t *to_json(const char *path, const import_summary *s)
{
    json_t *films = json_pack("{s:I, s:I}", "read", (json_int_t)s->films_read, "new", (json_int_t)s->films_new);
    json_t *ratings = json_pack("{s:I, s:I, s:I, s:I}", "read", (json_int_t)s->ratings_read, "new", (json_int_t)s->ratings_new,
                                "same", (json_int_t)s->ratings_same, "superseded", (json_int_t)s->ratings_superseded);
    json_t *rejected = json_pack("{s:I, s:o, s:o}", "rows", (json_int_t)s->n_rejected, "reasons", rejects_json(s), "file",
                                 s->rejects_path[0] != '\0' ? cli_json_text(s->rejects_path) : json_null());
    json_t *total = json_pack("{s:I, s:I, s:I}", "films", (json_int_t)s->n_films_total, "ratings",
                              (json_int_t)s->n_ratings_total, "users", (json_int_t)s->n_users_total);
    return json_pack("{s:o, s:s, s:I, s:o, s:o, s:I, s:I, s:I, s:o, s:o, s:f}", "path", cli_json_text(path), "source",
                     s->source, "rows", (json_int_t)s->rows_read, "films", films, "ratings", ratings, "users",
                     (json_int_t)s->users, "tags", (json_int_t)s->tags, "links", (json_int_t)s->links, "rejected", rejected,
                     "folder", total, "seconds", s->seconds);
}

static void print_line(const char *what, size_t read, const char *rest)
{
    char count[TERMINAL_COUNT_SIZE];
    printf("  %-8s %12s%s\n", what, terminal_count(read, count), rest);
}

static void print_rejects(const import_summary *s)
{
    char count[TERMINAL_COUNT_SIZE];
    if (s->n_rejected == 0)
        return;
    print_line("refused", s->n_rejected, "  rows:");
    for (int i = 0; i < (int)IMPORT_REJECT_COUNT; i++) {
        if (s->rejected[i] > 0)
            printf("  %21s  %s\n", terminal_count(s->rejected[i], count), import_reject_text((import_reject)i));
    }
    printf("           each with its line in %s\n", s->rejects_path);
}

static void print(const char *path, const import_summary *s)
{
    char a[TERMINAL_COUNT_SIZE], b[TERMINAL_COUNT_SIZE], c[TERMINAL_COUNT_SIZE], rest[160];
    printf("%s%s%s (%s)\n", terminal_style(stdout, STYLE_BOLD), path, terminal_style(stdout, STYLE_PLAIN), s->source);
    snprintf(rest, sizeof rest, "  %s new", terminal_count(s->films_new, a));
    print_line("films", s->films_read, rest);
    snprintf(rest, sizeof rest, "  %s new, %s there already, %s superseded by a later one", terminal_count(s->ratings_new, a),
             terminal_count(s->ratings_same, b), terminal_count(s->ratings_superseded, c));
    print_line("ratings", s->ratings_read, rest);
    print_line("users", s->users, "");
    if (s->tags > 0)
        print_line("tags", s->tags, "");
    print_rejects(s);
    printf("  %s rows in %.1f s", terminal_count(s->rows_read, a), s->seconds);
    if (s->seconds >= 0.05)
        printf(", %s rows/s", terminal_count((uint64_t)((double)s->rows_read / s->seconds), b));
    putchar('\n');
}

static void print_total(const cli *c, const import_summary *s)
{
    char films[TERMINAL_COUNT_SIZE], ratings[TERMINAL_COUNT_SIZE], users[TERMINAL_COUNT_SIZE];
    printf("%s now holds %s films and %s ratings by %s users. Next: butaca train\n", c->data,
           terminal_count(s->n_films_total, films), terminal_count(s->n_ratings_total, ratings),
           terminal_count(s->n_users_total, users));
}

/* Imports all paths; each success is printed, or joins `done`, as it comes. */
static bt_status import_all(const cli *c, folder *target, json_t *done, bt_error *error)
{
    import_summary summary = {0};
    for (size_t i = 0; i < c->n_arguments; i++) {
        progress_bar bar = {0};
        const bt_progress progress = progress_begin(&bar);
        summary = (import_summary){0};
        const bt_status status = import_run(target, c->arguments[i], &progress, &summary, error);
        progress_end(&bar);
        if (status != BT_OK)
            return status;
        if (c->json)
            json_array_append_new(done, to_json(c->arguments[i], &summary));
        else
            print(c->arguments[i], &summary);
    }
    if (!c->json)
        print_total(c, &summary);
    return BT_OK;
}

static int run(const cli *c)
{
    folder target = {.lock = -1};
    json_t *done = json_array();
    bt_error error = {0};
    interrupt_catch(); /* before the lock: from then on Ctrl-C ends in an orderly way */
    bt_status status = folder_open(c->data, FOLDER_WRITE, &target, &error);
    if (status == BT_OK) {
        status = import_all(c, &target, done, &error);
        folder_close(&target);
    }
    if (status == BT_OK)
        return c->json ? cli_json(c, json_pack("{s:o}", "imports", done)) : (json_decref(done), CLI_DONE);
    if (status == BT_CANCELLED)
        snprintf(error.message, sizeof error.message, "stopped; the data folder is as it was before this file");
    return cli_fail_with(c, &error, json_pack("{s:o}", "imports", done));
}

static const char *notes(void)
{
    return "PATH is a folder, a zip or a file of MovieLens (any of its sets), of Kaggle's The Movies Dataset or of the demo,\n"
           "packed by gzip or not, or - for standard input; what it is shows from its content. Importing the same again "
           "changes\n"
           "nothing. Rows that can't be read are counted by reason and written, with their line, to a file.";
}

const cli_verb verb_import = {
    .name = "import",
    .arguments = "PATH…",
    .min_arguments = 1,
    .max_arguments = SIZE_MAX,
    .purpose = "Brings films and ratings into the data folder.",
    .notes = notes,
    .examples = "  butaca import ml-latest-small.zip\n"
                "  butaca import data/demo --data /srv/butaca --json\n"
                "  gzip -dc movies.csv.gz | butaca import -\n",
    .run = run,
};
