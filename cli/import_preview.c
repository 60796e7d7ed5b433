/* The examples of a dry run, for people and as JSON. */
#include "cli/import_preview.h"

#include <stdio.h>

#include "cli/cli.h"
#include "cli/terminal.h"

/* --- JSON ------------------------------------------------------------------------------------------------------------ */

static json_t *film_json(const struct preview_film *f)
{
    json_t *year = f->year > 0 ? json_integer(f->year) : json_null();
    return json_pack("{s:o, s:o, s:b}", "title", cli_json_text(f->title), "year", year, "new", (int)f->is_new);
}

static json_t *rating_json(const struct preview_rating *r)
{
    char time[TERMINAL_TIME_SIZE];
    json_t *when = r->time > 0 ? json_string(terminal_time(r->time, time)) : json_null();
    return json_pack("{s:o, s:o, s:f, s:o}", "user", cli_json_text(r->user), "film", cli_json_text(r->title), "rating",
                     0.5 * r->half_stars, "time", when);
}

static json_t *reject_json(const struct preview_reject *r)
{
    return json_pack("{s:o, s:I, s:s, s:o}", "file", cli_json_text(r->file), "line", (json_int_t)r->line, "reason", r->reason,
                     "row", cli_json_text(r->row));
}

json_t *import_preview_json(const import_preview *p)
{
    json_t *films = json_array(), *ratings = json_array(), *rejects = json_array();
    for (size_t i = 0; i < p->n_films; i++)
        json_array_append_new(films, film_json(&p->films[i]));
    for (size_t i = 0; i < p->n_ratings; i++)
        json_array_append_new(ratings, rating_json(&p->ratings[i]));
    for (size_t i = 0; i < p->n_rejects; i++)
        json_array_append_new(rejects, reject_json(&p->rejects[i]));
    return json_pack("{s:o, s:o, s:o}", "films", films, "ratings", ratings, "rejects", rejects);
}

/* --- people ---------------------------------------------------------------------------------------------------------- */

static void print_film(const struct preview_film *f)
{
    char year[16] = "";
    if (f->year > 0)
        snprintf(year, sizeof year, " (%d)", f->year);
    printf("    film    %s%s%s\n", f->title, year, f->is_new ? ", new" : ", joined to the one that is there");
}

static void print_rating(const struct preview_rating *r)
{
    char time[TERMINAL_TIME_SIZE];
    printf("    rating  %s gives %s %.1f%s%s\n", r->user, r->title, 0.5 * r->half_stars, r->time > 0 ? ", " : "",
           r->time > 0 ? terminal_time(r->time, time) : "");
}

void import_preview_print(const import_preview *p)
{
    if (p->n_films + p->n_ratings + p->n_rejects > 0)
        puts("  for example");
    for (size_t i = 0; i < p->n_films; i++)
        print_film(&p->films[i]);
    for (size_t i = 0; i < p->n_ratings; i++)
        print_rating(&p->ratings[i]);
    for (size_t i = 0; i < p->n_rejects; i++)
        printf("    refused %s:%zu: %s: %s\n", p->rejects[i].file, p->rejects[i].line, p->rejects[i].reason, p->rejects[i].row);
}
