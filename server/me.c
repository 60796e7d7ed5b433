/* What belongs to the person who asks: the profile as it stands, and the list that it makes. Both carry an ETag of the profile's version,
 * so that asking again for what is unchanged costs next to nothing.
 */
#include <string.h>

#include "app/json.h"
#include "server/filters.h"
#include "server/handlers.h"
#include "server/kept.h"
#include "server/sessions.h"
#include "server/state.h"

enum { LIST_MAX = 100, LIST_DEFAULT = 20 };

/* --- the profile ------------------------------------------------------------------------------------------------------ */

json_t *opinion_json(const app *a, const bt_opinion *o)
{
    static const char *const verdicts[] = {NULL, "like", "dislike"};
    return json_pack("{s:o, s:s?, s:b, s:o, s:b}", "film", app_json_card(a, o->film_id), "verdict", verdicts[o->verdict],
                     "seen", o->seen, "rating", o->half_stars ? json_real(0.5 * o->half_stars) : json_null(), "want", o->want);
}

void me_profile(request *r, catalogue *c)
{
    profile_view *v = session_profile(r, c, me_profile);
    if (!v)
        return;
    const char *etag = arena_format(&r->memory, "\"%llu\"", (unsigned long long)v->version);
    if (etag && !reply_unchanged(r, etag)) {
        json_t *items = json_array();
        for (size_t i = 0; i < v->n_opinions; i++)
            if (app_card(r->app, v->opinions[i].film_id)) /* a film may have left the catalogue */
                json_array_append_new(items, opinion_json(r->app, &v->opinions[i]));
        reply_json(r, MHD_HTTP_OK, json_pack("{s:I, s:o}", "profile_version", (json_int_t)v->version, "items", items));
    }
    profile_view_release(v);
}

/* --- the list ---------------------------------------------------------------------------------------------------------- */

static bool read_text(request *r, const char **text)
{
    *text = request_parameter(r, "text");
    if (*text && strlen(*text) > BT_SEARCH_QUERY_MAX)
        reply_bad_parameter(r, "text", "longer than %d bytes", BT_SEARCH_QUERY_MAX);
    return r->reply.status == 0;
}

static bool read_wish(request *r, app_wish *w)
{
    uint32_t limit = LIST_DEFAULT, explain = 0, predict = 0, dial = (uint32_t)w->dial;
    const bool read = request_number(r, "limit", 1, LIST_MAX, &limit) && request_number(r, "explain", 0, 1, &explain) &&
                      request_number(r, "predict", 0, 1, &predict) &&
                      request_number(r, "dial", BT_DIAL_SAFE, BT_DIAL_ADVENTUROUS, &dial) && filters_read(r, &w->filter) &&
                      read_text(r, &w->filter.text);
    w->limit = limit;
    w->explain = explain != 0;
    w->predict = predict != 0;
    w->dial = (int)dial;
    return read;
}

/* Model, texts, catalogue, profile and question make the list, and nothing else does. */
static const char *list_etag(request *r, uint64_t version)
{
    return arena_format(&r->memory, "\"%llx-%llu-%llx\"", (unsigned long long)app_lists_id(r->app), (unsigned long long)version,
                        (unsigned long long)request_fingerprint(r, ""));
}

static void answer(request *r, app_wish *w, const profile_view *v)
{
    bt_error error = {0};
    bt_list *list = NULL;
    w->n_opinions = v->n_opinions;
    w->opinions = arena_take(&r->memory, (v->n_opinions + 1) * sizeof *w->opinions);
    if (!w->opinions) {
        reply_problem(r, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL, "out of memory");
        return;
    }
    memcpy(w->opinions, v->opinions, v->n_opinions * sizeof *w->opinions); /* app_recommend sorts them in place */
    bt_predicted_rating *predicted = NULL;
    bt_status status = app_recommend(r->app, w, &list, &error);
    if (status == BT_OK)
        status = app_predict_list(r->app, w, list, &r->memory, &predicted, &error);
    json_t *document = status == BT_OK ? app_json_list(r->app, list, NULL, predicted) : NULL;
    if (document)
        json_object_set_new(document, "profile_version", json_integer((json_int_t)v->version));
    if (status == BT_NOT_FOUND) /* there is a model, so it is the genre */
        reply_bad_parameter(r, "genre", "%s", error.message);
    else if (status != BT_OK)
        reply_error(r, &error);
    else
        reply_json(r, MHD_HTTP_OK, document);
    bt_list_free(list);
}

/* The list as it went out before, or a new one, which is kept. */
static void answer_as_before(request *r, app_wish *w, const profile_view *v, const char *etag)
{
    char user[EVENT_ID_TEXT];
    event_id_write(&v->user, user);
    const char *key = arena_format(&r->memory, "%s %s %s", user, etag, request_takes_gzip(r) ? "gzip" : "plain");
    shared_body *kept = key ? list_cache_find(r->server->lists, key) : NULL;
    if (kept) {
        reply_shared(r, "application/json", kept);
        return;
    }
    answer(r, w, v);
    r->reply.keep_as = key;
}

void me_recommendations(request *r, catalogue *c)
{
    if (!app_model(r->app)) {
        reply_problem(r, MHD_HTTP_SERVICE_UNAVAILABLE, "no-model", "there is no model yet; run `butaca train`");
        return;
    }
    app_wish w = app_wish_default();
    if (!read_wish(r, &w))
        return;
    profile_view *v = session_profile(r, c, me_recommendations);
    if (!v)
        return;
    const char *etag = list_etag(r, v->version);
    if (etag && !reply_unchanged(r, etag))
        answer_as_before(r, &w, v, etag);
    profile_view_release(v);
}
