/* What an import brought, for people and as JSON. */
#include "cli/import_summary.h"

#include <stdio.h>

#include "cli/cli.h"
#include "cli/terminal.h"

static json_t *rejects_json(const import_summary *s)
{
    json_t *object = json_object();
    for (int i = 0; i < (int)IMPORT_REJECT_COUNT; i++) {
        if (s->rejected[i] > 0)
            json_object_set_new(object, import_reject_text((import_reject)i), json_integer((json_int_t)s->rejected[i]));
    }
    return object;
}

/* Films that were there already, or stand in the data set more than once. */
static size_t n_joined(const import_summary *s)
{
    return s->films_read > s->films_new ? s->films_read - s->films_new : 0;
}

json_t *import_summary_json(const char *path, const import_summary *s)
{
    json_t *films = json_pack("{s:I, s:I, s:I}", "read", (json_int_t)s->films_read, "new", (json_int_t)s->films_new, "joined",
                              (json_int_t)n_joined(s));
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
    if (s->rejects_path[0] != '\0') /* a dry run writes none */
        printf("           each with its line in %s\n", s->rejects_path);
}

void import_summary_print(const char *path, const import_summary *s)
{
    char a[TERMINAL_COUNT_SIZE], b[TERMINAL_COUNT_SIZE], c[TERMINAL_COUNT_SIZE], rest[160];
    printf("%s%s%s (%s)\n", terminal_style(stdout, STYLE_BOLD), path, terminal_style(stdout, STYLE_PLAIN), s->source);
    snprintf(rest, sizeof rest, "  %s new, %s joined", terminal_count(s->films_new, a), terminal_count(n_joined(s), b));
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

static void print_total(const char *data, const char *holds, const import_summary *s, const char *next)
{
    char films[TERMINAL_COUNT_SIZE], ratings[TERMINAL_COUNT_SIZE], users[TERMINAL_COUNT_SIZE];
    printf("%s %s %s films and %s ratings by %s users.%s\n", data, holds, terminal_count(s->n_films_total, films),
           terminal_count(s->n_ratings_total, ratings), terminal_count(s->n_users_total, users), next);
}

void import_total_print(const char *data, const import_summary *s)
{
    print_total(data, "now holds", s, s->n_ratings_total > 0 ? " Next: butaca train" : "");
}

void import_dry_total_print(const char *data, const import_summary *s)
{
    print_total(data, "would then hold", s, " Nothing was written.");
}
