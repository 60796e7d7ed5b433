/* The table of routes and how a path finds its row. The table is short, so it is read from the top for every request. */
#include "server/routes.h"

#include <string.h>

#include "server/handlers.h"

const route routes[] = {
    {"GET", "/", NULL, REQUEST_INLINE, ROUTE_OPEN, assets_page, "The page for people"},
    {"GET", "/admin", NULL, REQUEST_INLINE, ROUTE_OPEN, assets_admin, "The page that an administrator begins with"},
    {"GET", "/api/v1/films",
     "text ids genre country language person keyword from_year to_year from_runtime to_runtime from_votes to_votes order "
     "facets "
     "limit cursor",
     REQUEST_WORKER, ROUTE_OPEN, films_list, "Films of the catalogue, filtered and paged"},
    {"GET", "/api/v1/films/{id}", "", REQUEST_WORKER, ROUTE_OPEN, films_get, "One film, with everything that is known of it"},
    {"GET", "/api/v1/films/{id}/similar", "by limit", REQUEST_INLINE, ROUTE_OPEN, films_similar,
     "Films that the same people like, or that are described alike"},
    {"GET", "/api/v1/search", "text genre language country from_year to_year mode facets explain limit cursor", REQUEST_WORKER,
     ROUTE_OPEN, search_get, "Films for a text: titles first, then people and what happens"},
    {"GET", "/api/v1/suggest", "text genre language country from_year to_year limit", REQUEST_INLINE, ROUTE_OPEN, suggest_get,
     "Films for what was typed so far"},
    {"GET", "/api/v1/genres", "", REQUEST_INLINE, ROUTE_OPEN, films_genres, "The genres, with how many films each has"},
    {"POST", "/api/v1/recommendations", "", REQUEST_INLINE, ROUTE_OPEN, recommendations_post, "The list for a taste"},
    {"POST", "/api/v1/recommendations/rows", "", REQUEST_INLINE, ROUTE_OPEN, recommendations_rows,
     "The same in rows, each with its reason"},
    {"GET", "/api/v1/onboarding", "limit", REQUEST_WORKER, ROUTE_OPEN, onboarding_get,
     "What to ask somebody of whom nothing is known"},
    {"POST", "/api/v1/onboarding", "", REQUEST_WORKER, ROUTE_OPEN, onboarding_post,
     "The next questions, and the list that the answers make"},
    {"POST", "/api/v1/guests", "", REQUEST_WORKER, ROUTE_ANYBODY, guests_post, "A new guest, with a profile of its own"},
    {"GET", "/api/v1/session", "", REQUEST_INLINE, ROUTE_ANYBODY, session_get, "Who asks"},
    {"POST", "/api/v1/session", "", REQUEST_WORKER, ROUTE_OPEN, session_post, "Logs in"},
    {"DELETE", "/api/v1/session", "", REQUEST_WORKER, ROUTE_PERSON, session_delete, "Logs out"},
    {"POST", "/api/v1/users", "", REQUEST_WORKER, ROUTE_ANYBODY, users_post, "Registers an account"},
    {"DELETE", "/api/v1/me", "", REQUEST_WORKER, ROUTE_PERSON, me_delete, "Erases everything of the person who asks"},
    {"GET", "/api/v1/me/export", "format", REQUEST_WORKER, ROUTE_PERSON, me_export,
     "Everything that is kept of the person who asks"},
    {"PUT", "/api/v1/me/password", "", REQUEST_WORKER, ROUTE_ACCOUNT, password_put, "Changes the password"},
    {"GET", "/api/v1/me/tokens", "", REQUEST_WORKER, ROUTE_ACCOUNT, tokens_get, "The tokens for programs"},
    {"POST", "/api/v1/me/tokens", "", REQUEST_WORKER, ROUTE_ACCOUNT, tokens_post, "Makes a token for a program"},
    {"DELETE", "/api/v1/me/tokens/{id}", "", REQUEST_WORKER, ROUTE_ACCOUNT, token_delete, "Drops a token"},
    {"GET", "/api/v1/me/sessions", "", REQUEST_WORKER, ROUTE_ACCOUNT, sessions_get, "Where the account is logged in"},
    {"DELETE", "/api/v1/me/sessions", "", REQUEST_WORKER, ROUTE_ACCOUNT, sessions_delete, "Logs out everywhere else"},
    {"POST", "/api/v1/events", "", REQUEST_INLINE, ROUTE_PERSON, events_post, "Says something about a film, or takes it back"},
    {"POST", "/api/v1/events/batch", "", REQUEST_INLINE, ROUTE_PERSON, events_post_batch, "Several events at once"},
    {"GET", "/api/v1/events", "limit cursor", REQUEST_WORKER, ROUTE_PERSON, events_list, "What the person said, newest first"},
    {"GET", "/api/v1/me/profile", "", REQUEST_INLINE, ROUTE_PERSON, me_profile,
     "What the person said about films, as it stands"},
    {"GET", "/api/v1/me/recommendations",
     "limit explain predict dial text genre language country from_year to_year from_runtime to_runtime from_likes to_likes "
     "only "
     "without",
     REQUEST_INLINE, ROUTE_PERSON, me_recommendations, "The list for the profile of the person who asks"},
    {"GET", "/api/v1/stream", "", REQUEST_INLINE, ROUTE_PERSON, stream_get,
     "The profile, the list and the model as they change (server-sent events)"},
    {"POST", "/api/v1/admin/claim", "", REQUEST_WORKER, ROUTE_ACCOUNT, admin_claim,
     "Makes the account that asks an administrator"},
    {"GET", "/api/v1/admin/users", "limit cursor", REQUEST_WORKER, ROUTE_ADMIN, admin_users, "The accounts"},
    {"PUT", "/api/v1/admin/users/{id}", "", REQUEST_WORKER, ROUTE_ADMIN, admin_user_put,
     "Makes an account an administrator, or no longer"},
    {"DELETE", "/api/v1/admin/users/{id}", "", REQUEST_WORKER, ROUTE_ADMIN, admin_user_delete, "Erases a person"},
    {"GET", "/api/v1/admin/models", "", REQUEST_WORKER, ROUTE_ADMIN, admin_models, "The models that are there"},
    {"POST", "/api/v1/admin/models/{id}/activate", "", REQUEST_WORKER, ROUTE_ADMIN, admin_activate,
     "Makes a model the active one"},
    {"POST", "/api/v1/admin/models/rollback", "", REQUEST_WORKER, ROUTE_ADMIN, admin_rollback,
     "Makes the model before the active one"},
    {"GET", "/api/v1/admin/training", "", REQUEST_WORKER, ROUTE_ADMIN, admin_training_get, "How far the training is"},
    {"POST", "/api/v1/admin/training", "", REQUEST_WORKER, ROUTE_ADMIN, admin_training_post, "Trains on the ratings"},
    {"GET", "/api/v1/about", "", REQUEST_WORKER, ROUTE_OPEN, health_about, "Version, model, and the data with its licences"},
    {"GET", "/api/openapi.yaml", NULL, REQUEST_INLINE, ROUTE_OPEN, assets_openapi, "The API's description, OpenAPI 3.1"},
    {"GET", "/api/docs", NULL, REQUEST_INLINE, ROUTE_OPEN, assets_docs, "This reference"},
    {"GET", "/healthz", NULL, REQUEST_INLINE, ROUTE_OPEN, health_live, "The process answers"},
    {"GET", "/readyz", NULL, REQUEST_WORKER, ROUTE_OPEN, health_ready, "A model is loaded and the catalogue can be read"},
    {"GET", "/metrics", NULL, REQUEST_INLINE, ROUTE_OPEN, metrics_get, "Counters and latencies for Prometheus"},
};
const size_t n_routes = sizeof routes / sizeof *routes;

enum { ID_SIZE = EVENT_ID_TEXT };

/* Whether `path` has the form of `pattern`; the segment at "{id}" goes to `id`. */
static bool fits(const char *pattern, const char *path, char id[ID_SIZE])
{
    const char *hole = strstr(pattern, "{id}");
    if (!hole)
        return strcmp(pattern, path) == 0;
    const size_t before = (size_t)(hole - pattern);
    if (strncmp(pattern, path, before) != 0)
        return false;
    const size_t length = strcspn(path + before, "/");
    if (length == 0 || length >= ID_SIZE || strcmp(hole + strlen("{id}"), path + before + length) != 0)
        return false;
    memcpy(id, path + before, length);
    id[length] = '\0';
    return true;
}

/* "GET, HEAD, OPTIONS" of all rows that have the path of `one`; in the request's memory. */
static const char *allowed(request *r, const route *one)
{
    const char *methods = "";
    for (size_t i = 0; i < n_routes && methods != NULL; i++)
        if (strcmp(routes[i].path, one->path) == 0)
            methods = arena_format(&r->memory, "%s%s, ", methods,
                                   strcmp(routes[i].method, "GET") == 0 ? "GET, HEAD" : routes[i].method);
    return methods != NULL ? arena_format(&r->memory, "%sOPTIONS", methods) : NULL;
}

static void refuse_method(request *r, const char *method)
{
    r->reply.allow = allowed(r, r->route);
    if (strcmp(method, "OPTIONS") == 0)
        reply_nothing(r, MHD_HTTP_NO_CONTENT);
    else
        reply_problem(r, MHD_HTTP_METHOD_NOT_ALLOWED, NULL, "%s answers %s only", r->route->path,
                      r->reply.allow != NULL ? r->reply.allow : "others");
}

static bool is_below(const request *r, const char *path)
{
    return strncmp(r->route->path, path, strlen(path)) == 0;
}

static bool read_model_id(request *r, const char *id)
{
    if (strlen(id) == 16 && strspn(id, "0123456789abcdef") == 16) {
        memcpy(r->model_id, id, sizeof r->model_id);
        return true;
    }
    reply_problem(r, MHD_HTTP_NOT_FOUND, NULL, "a model's id has 16 hexadecimal digits");
    return false;
}

/* The segment at "{id}", as what it is there. */
static bool read_id(request *r, const char *id)
{
    if (is_below(r, "/api/v1/admin/models/"))
        return read_model_id(r, id);
    if (!is_below(r, "/api/v1/films/")) {
        if (event_id_parse(id, &r->id))
            return true;
        reply_problem(r, MHD_HTTP_NOT_FOUND, NULL, "the id in this path is a UUID");
        return false;
    }
    if (parse_number(id, UINT32_MAX, &r->film_id) && r->film_id != 0)
        return true;
    reply_problem(r, MHD_HTTP_NOT_FOUND, NULL, "film ids are whole numbers from 1 to 4294967295");
    return false;
}

bool routes_match(request *r, const char *method, const char *path)
{
    const route *other = NULL; /* the path, with another method */
    const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
    char id[ID_SIZE] = "";
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
        refuse_method(r, method);
        return false;
    }
    if (!r->route) {
        reply_problem(r, MHD_HTTP_NOT_FOUND, NULL, "there is nothing at this path; /api/docs lists what is there");
        return false;
    }
    return *id == '\0' || read_id(r, id);
}
