/* From options to a filter of films. */
#include "cli/filter.h"

#include <string.h>

enum { YEAR_MAX = 9999 };

const cli_option filter_options[] = {
    {"genre", "GENRE", "only films of this genre; given again: of any of them"},
    {"from-year", "YEAR", "only films from this year on"},
    {"to-year", "YEAR", "only films up to this year"},
    {NULL, NULL, NULL},
};

int filter_read(const cli *c, arena *memory, app_filter *out)
{
    uint64_t from = 0, to = 0;
    if (!cli_whole(c, "from-year", 1, YEAR_MAX, &from) || !cli_whole(c, "to-year", 1, YEAR_MAX, &to))
        return CLI_USAGE;
    if (from > to && to > 0)
        return cli_usage(c, "no year is from %u on and up to %u", (unsigned)from, (unsigned)to);
    const char **genres = arena_take(memory, (c->n_given + 1) * sizeof *genres);
    if (genres == NULL)
        return cli_no_memory(c);
    *out = (app_filter){.genres = genres, .from_year = (int)from, .to_year = (int)to};
    for (size_t i = 0; i < c->n_given; i++)
        if (strcmp(c->given[i].name, "genre") == 0)
            genres[out->n_genres++] = c->given[i].value;
    return CLI_DONE;
}
