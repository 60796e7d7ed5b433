/* Search over HTTP. A page of `search` reads its films from the store for the sentences that matched, so it runs on a worker;
 * `suggest` only computes.
 */
#include <string.h>

#include "app/json.h"
#include "server/filters.h"
#include "server/handlers.h"

enum {
    TEXT_MAX = BT_SEARCH_QUERY_MAX,
    PAGE_MAX = 100,
    PAGE_DEFAULT = 20,
    EXPLAINED_MAX = 20, /* films of a page; each costs a search */
    REACH_MAX = 1000
};

typedef struct search_request {
    const char *text;
    app_filter filter;
    uint32_t limit, offset;
    app_search_mode mode;
    bool facets, explain;
} search_request;

static bool read_flag(request *r, const char *name, bool *value)
{
    const char *text = request_parameter(r, name);
    if (text && strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
        reply_bad_parameter(r, name, "expected true or false");
        return false;
    }
    *value = text && strcmp(text, "true") == 0;
    return true;
}

static bool read_mode(request *r, app_search_mode *mode)
{
    static const char *const names[] = {"hybrid", "lexical", "semantic"};
    const char *text = request_parameter(r, "mode");
    *mode = APP_SEARCH_HYBRID;
    while (text && *mode <= APP_SEARCH_SEMANTIC && strcmp(text, names[*mode]) != 0)
        (*mode)++;
    if (*mode > APP_SEARCH_SEMANTIC)
        reply_bad_parameter(r, "mode", "expected hybrid, lexical or semantic");
    return r->reply.status == 0;
}

static bool read_request(request *r, search_request *q)
{
    *q = (search_request){.text = request_parameter(r, "text"), .limit = PAGE_DEFAULT};
    if (!q->text) {
        reply_bad_parameter(r, "text", "missing: what shall be found?");
        return false;
    }
    if (strlen(q->text) > TEXT_MAX) {
        reply_bad_parameter(r, "text", "longer than %d bytes", TEXT_MAX);
        return false;
    }
    if (!filters_read(r, &q->filter) || !request_number(r, "limit", 1, PAGE_MAX, &q->limit) ||
        !read_flag(r, "facets", &q->facets) || !read_flag(r, "explain", &q->explain) || !read_mode(r, &q->mode))
        return false;
    if (q->explain && q->limit > EXPLAINED_MAX)
        reply_bad_parameter(r, "limit", "with explain=true at most %d", EXPLAINED_MAX);
    return r->reply.status == 0;
}

static void reply_failure(request *r, const bt_error *error)
{
    if (error->status == BT_NOT_FOUND)
        reply_bad_parameter(r, "genre", "no such genre; /api/v1/genres lists them");
    else if (error->status == BT_UNSUPPORTED)
        reply_bad_parameter(r, "mode", "%s", error->message);
    else
        reply_error(r, error);
}

static void reply_found(request *r, catalogue *c, const search_request *q, app_found *found, uint64_t fingerprint)
{
    bt_error error = {0};
    json_t *body = NULL;
    const size_t reach = found->n_total < REACH_MAX ? found->n_total : REACH_MAX, end = found->n;
    char next[CURSOR_SIZE];
    cursor_write(next, fingerprint, (uint32_t)end);
    const size_t begin = q->offset < found->n ? q->offset : found->n;
    found->hits += begin;
    found->n -= begin;
    if (found->meaning)
        found->meaning += begin;
    if ((q->explain && app_explain_found(r->app, q->text, &r->memory, found, &error) != BT_OK) ||
        app_json_found(r->app, c, q->text, found, &r->memory, &body, &error) != BT_OK) {
        reply_error(r, &error);
        return;
    }
    json_object_set_new(body, "next_cursor", end < reach ? json_string(next) : json_null());
    reply_json(r, MHD_HTTP_OK, body);
}

void search_get(request *r, catalogue *c)
{
    search_request q;
    if (!read_request(r, &q))
        return;
    const uint64_t fingerprint = request_fingerprint(r, "limit cursor");
    if (!request_cursor(r, fingerprint, &q.offset))
        return;
    bt_error error = {0};
    app_found found;
    const size_t wanted = (size_t)q.offset + q.limit, limit = wanted < REACH_MAX ? wanted : REACH_MAX;
    const app_search_params how = {.mode = q.mode, .filter = &q.filter, .limit = limit, .facets = q.facets};
    if (app_search_by(r->app, q.text, &how, &r->memory, &found, &error) == BT_OK)
        reply_found(r, c, &q, &found, fingerprint);
    else
        reply_failure(r, &error);
}

void suggest_get(request *r, catalogue *c)
{
    (void)c;
    search_request q;
    if (!read_request(r, &q))
        return;
    bt_error error = {0};
    app_found found;
    if (app_suggest(r->app, q.text, &q.filter, q.limit, &r->memory, &found, &error) == BT_OK)
        reply_json(r, MHD_HTTP_OK, app_json_suggested(r->app, &found));
    else
        reply_failure(r, &error);
}
