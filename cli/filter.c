/* From options to a filter of films. */
#include "cli/filter.h"

#include <string.h>

enum { YEAR_MAX = 9999, RUNTIME_MAX = 100000 };

const cli_option filter_options[] = {
    {"genre", "GENRE", "only films of this genre; given again: of any of them"},
    {"from-year", "YEAR", "only films from this year on"},
    {"to-year", "YEAR", "only films up to this year"},
    {"language", "CODE", "only films in this language (es); given again: in any of them"},
    {"country", "CODE", "only films of this country (ES); given again: of any of them"},
    {"from-runtime", "MINUTES", "only films that take so long or longer"},
    {"to-runtime", "MINUTES", "only films that take so long or less"},
    {NULL, NULL, NULL},
};

/* A pair of bounds, "--from-NAME" and "--to-NAME"; what can't be both is a usage error. */
static int read_bounds(const cli *c, const char *from_name, const char *to_name, const char *what, uint64_t max, int *from,
                       int *to)
{
    uint64_t low = 0, high = 0;
    if (!cli_whole(c, from_name, 1, max, &low) || !cli_whole(c, to_name, 1, max, &high))
        return CLI_USAGE;
    if (low > high && high > 0)
        return cli_usage(c, "no %s is from %u on and up to %u", what, (unsigned)low, (unsigned)high);
    *from = (int)low;
    *to = (int)high;
    return CLI_DONE;
}

/* All values of an option; NULL: no memory. */
static const char *const *values_of(const cli *c, const char *name, arena *memory, size_t *n)
{
    const char **values = arena_take(memory, (c->n_given + 1) * sizeof *values);
    for (size_t i = 0; values != NULL && i < c->n_given; i++)
        if (strcmp(c->given[i].name, name) == 0)
            values[(*n)++] = c->given[i].value;
    return values;
}

int filter_read(const cli *c, arena *memory, app_filter *out)
{
    *out = (app_filter){0};
    int code = read_bounds(c, "from-year", "to-year", "year", YEAR_MAX, &out->from_year, &out->to_year);
    if (code == CLI_DONE)
        code = read_bounds(c, "from-runtime", "to-runtime", "runtime", RUNTIME_MAX, &out->from_runtime, &out->to_runtime);
    if (code != CLI_DONE)
        return code;
    out->genres = values_of(c, "genre", memory, &out->n_genres);
    out->languages = values_of(c, "language", memory, &out->n_languages);
    out->countries = values_of(c, "country", memory, &out->n_countries);
    return out->genres != NULL && out->languages != NULL && out->countries != NULL ? CLI_DONE : cli_no_memory(c);
}
