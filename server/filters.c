/* Reading filters from a query, a parameter after the other. */
#include "server/filters.h"

static bool read_names(request *r, const char *name, size_t max, const char *const **names, size_t *n)
{
    if (!request_parameter(r, name))
        return true;
    const char **items = arena_take(&r->memory, max * sizeof *items);
    *names = items;
    if (items)
        return request_names(r, name, items, max, n);
    reply_problem(r, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL, "out of memory");
    return false;
}

static bool read_ids(request *r, const char *name, const uint32_t **ids, size_t *n)
{
    const char *const *texts = NULL;
    if (!read_names(r, name, FILTERS_IDS_MAX, &texts, n) || !texts) /* not given isn't none */
        return r->reply.status == 0;
    uint32_t *items = arena_take(&r->memory, (*n + 1) * sizeof *items);
    if (!items) {
        reply_problem(r, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL, "out of memory");
        return false;
    }
    for (size_t i = 0; i < *n; i++)
        if (!parse_number(texts[i], UINT32_MAX, &items[i]) || items[i] == 0) {
            reply_bad_parameter(r, name, "expected ids of films with commas between them");
            return false;
        }
    *ids = items;
    return true;
}

static bool read_span(request *r, const char *from_name, const char *to_name, uint32_t min, uint32_t max, int *from, int *to)
{
    uint32_t low = 0, high = 0;
    if (!request_number(r, from_name, min, max, &low) || !request_number(r, to_name, min, max, &high))
        return false;
    *from = (int)low;
    *to = (int)high;
    return true;
}

bool filters_read_years(request *r, int *from, int *to)
{
    return read_span(r, "from_year", "to_year", FILTERS_YEAR_MIN, FILTERS_YEAR_MAX, from, to);
}

bool filters_read_runtimes(request *r, int *from, int *to)
{
    return read_span(r, "from_runtime", "to_runtime", 1, FILTERS_RUNTIME_MAX, from, to);
}

bool filters_read(request *r, app_filter *f)
{
    return read_names(r, "genre", FILTERS_NAMES_MAX, &f->genres, &f->n_genres) &&
           read_names(r, "language", FILTERS_NAMES_MAX, &f->languages, &f->n_languages) &&
           read_names(r, "country", FILTERS_NAMES_MAX, &f->countries, &f->n_countries) &&
           filters_read_years(r, &f->from_year, &f->to_year) && filters_read_runtimes(r, &f->from_runtime, &f->to_runtime) &&
           request_number(r, "from_likes", 1, UINT32_MAX, &f->from_likes) &&
           request_number(r, "to_likes", 1, UINT32_MAX, &f->to_likes) && read_ids(r, "only", &f->only, &f->n_only) &&
           read_ids(r, "without", &f->without, &f->n_without);
}
