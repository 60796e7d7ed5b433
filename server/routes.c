/* The table of routes and how a path finds its row. The table is short, so it is read from the top for every request. */
#include "server/routes.h"

#include <string.h>

#include "server/handlers.h"

const route routes[] = {
    {"GET", "/", NULL, ROUTE_INLINE, assets_page, "The page for people"},
    {"GET", "/api/v1/films", "text ids genre from_year to_year order limit cursor", ROUTE_WORKER, films_list,
     "Films of the catalogue, filtered and paged"},
    {"GET", "/api/v1/films/{id}", "", ROUTE_WORKER, films_get, "One film, with everything that is known of it"},
    {"GET", "/api/v1/films/{id}/similar", "limit", ROUTE_INLINE, films_similar, "Films that the same people like"},
    {"GET", "/api/v1/search", "text genre from_year to_year limit cursor", ROUTE_WORKER, search_get,
     "Films for a text: titles first, then people and what happens"},
    {"GET", "/api/v1/suggest", "text genre from_year to_year limit", ROUTE_INLINE, suggest_get,
     "Films for what was typed so far"},
    {"GET", "/api/v1/genres", "", ROUTE_INLINE, films_genres, "The genres, with how many films each has"},
    {"POST", "/api/v1/recommendations", "", ROUTE_INLINE, recommendations_post, "The list for a taste"},
    {"GET", "/api/v1/about", "", ROUTE_WORKER, health_about, "Version, model, and the data with its licences"},
    {"GET", "/api/openapi.yaml", NULL, ROUTE_INLINE, assets_openapi, "The API's description, OpenAPI 3.1"},
    {"GET", "/api/docs", NULL, ROUTE_INLINE, assets_docs, "This reference"},
    {"GET", "/healthz", NULL, ROUTE_INLINE, health_live, "The process answers"},
    {"GET", "/readyz", NULL, ROUTE_WORKER, health_ready, "A model is loaded and the catalogue can be read"},
    {"GET", "/metrics", NULL, ROUTE_INLINE, metrics_get, "Counters and latencies for Prometheus"},
};
const size_t n_routes = sizeof routes / sizeof *routes;

/* Whether `path` has the form of `pattern`; the segment at "{id}" goes to id[0 .. 15]. */
static bool fits(const char *pattern, const char *path, char id[16])
{
    const char *hole = strstr(pattern, "{id}");
    if (!hole)
        return strcmp(pattern, path) == 0;
    const size_t before = (size_t)(hole - pattern);
    if (strncmp(pattern, path, before) != 0)
        return false;
    const size_t length = strcspn(path + before, "/");
    if (length == 0 || length >= 16 || strcmp(hole + strlen("{id}"), path + before + length) != 0)
        return false;
    memcpy(id, path + before, length);
    id[length] = '\0';
    return true;
}

bool routes_match(request *r, const char *method, const char *path)
{
    const route *other = NULL; /* the path, with another method: no path has two */
    const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
    char id[16] = "";
    for (size_t i = 0; i < n_routes && !r->route; i++) {
        if (!fits(routes[i].path, path, id))
            continue;
        if (strcmp(routes[i].method, wanted) == 0)
            r->route = &routes[i];
        else
            other = &routes[i];
    }
    if (!r->route && other) {
        r->route = other;
        if (strcmp(method, "OPTIONS") == 0)
            r->reply.status = MHD_HTTP_NO_CONTENT;
        else
            reply_problem(r, MHD_HTTP_METHOD_NOT_ALLOWED, NULL, "%s answers %s only", other->path, other->method);
        r->reply.allow = strcmp(other->method, "GET") == 0 ? "GET, HEAD, OPTIONS" : "POST, OPTIONS";
        return false;
    }
    if (!r->route) {
        reply_problem(r, MHD_HTTP_NOT_FOUND, NULL, "there is nothing at this path; /api/docs lists what is there");
        return false;
    }
    if (*id && (!parse_number(id, UINT32_MAX, &r->film_id) || r->film_id == 0)) {
        reply_problem(r, MHD_HTTP_NOT_FOUND, NULL, "film ids are whole numbers from 1 to 4294967295");
        return false;
    }
    return true;
}
