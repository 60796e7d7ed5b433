/* What a supervisor and a curious person ask: is it alive, is it ready, what is it made of. */
#include <time.h>

#include "app/json.h"
#include "server/handlers.h"
#include "server/state.h"

void health_live(request *r, catalogue *c)
{
    (void)c;
    reply_json(r, MHD_HTTP_OK, json_pack("{s:s}", "status", "ok"));
}

void health_ready(request *r, catalogue *c)
{
    bt_error error = {0};
    size_t n_films;
    if (catalogue_count(c, &n_films, &error) != BT_OK)
        reply_problem(r, MHD_HTTP_SERVICE_UNAVAILABLE, NULL, "the catalogue can't be read: %s", error.message);
    else if (!app_model(r->app))
        reply_problem(r, MHD_HTTP_SERVICE_UNAVAILABLE, "no-model", "there is no model yet; run `butaca train`");
    else if (atomic_load(&r->server->stopping))
        reply_busy(r, "the server is stopping");
    else
        reply_json(r, MHD_HTTP_OK, json_pack("{s:s}", "status", "ready"));
}

/* RFC 3339, UTC; null for 0. */
static json_t *time_text(uint32_t seconds)
{
    const time_t when = (time_t)seconds;
    struct tm parts;
    char text[32];
    if (seconds == 0 || !gmtime_r(&when, &parts) || strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        return json_null();
    return json_string(text);
}

static json_t *model_json(const app *a)
{
    if (!app_model(a))
        return json_null();
    const bt_model_info *info = bt_model_describe(app_model(a));
    return json_pack("{s:s, s:I, s:I, s:I, s:I, s:o}", "id", app_model_id(a), "rank", (json_int_t)info->params.rank, "films",
                     (json_int_t)info->n_films, "users", (json_int_t)info->n_users, "ratings", (json_int_t)info->n_ratings,
                     "data_time", time_text(info->data_time));
}

void health_about(request *r, catalogue *c)
{
    bt_error error = {0};
    data_source *sources = NULL;
    size_t n_films = 0, n_sources = 0;
    bt_status status = catalogue_count(c, &n_films, &error);
    if (status == BT_OK)
        status = catalogue_sources(c, &r->memory, &sources, &n_sources, &error);
    if (status != BT_OK) {
        reply_error(r, &error);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < n_sources; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s?, s:s?}", "name", sources[i].name, "title", sources[i].title,
                                              "licence", sources[i].licence, "url", sources[i].url, "attribution",
                                              sources[i].attribution));
    reply_json(r, MHD_HTTP_OK,
               json_pack("{s:s, s:s, s:I, s:o, s:o}", "name", "Butaca", "version", BT_VERSION_TEXT, "films",
                         (json_int_t)n_films, "model", model_json(r->app), "sources", list));
}
