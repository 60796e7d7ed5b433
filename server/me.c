/* What belongs to the person who asks: the profile as it stands, and the list that it makes. Both carry an ETag of the profile's version,
 * so that asking again for what is unchanged costs next to nothing.
 */
#include <string.h>

#include "app/json.h"
#include "server/handlers.h"
#include "server/kept.h"
#include "server/sessions.h"
#include "server/state.h"

enum { LIST_MAX = 100, LIST_DEFAULT = 20, YEAR_MIN = 1870, YEAR_MAX = 2200 };

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

typedef struct question {
    const char *genre;
    app_filter filter;
    uint32_t limit, explain;
} question;

static bool read_question(request *r, question *q)
{
    uint32_t from = 0, to = 0;
    if (!request_number(r, "limit", 1, LIST_MAX, &q->limit) || !request_number(r, "explain", 0, 1, &q->explain) ||
        !request_number(r, "from_year", YEAR_MIN, YEAR_MAX, &from) || !request_number(r, "to_year", YEAR_MIN, YEAR_MAX, &to))
        return false;
    q->genre = request_parameter(r, "genre");
    q->filter = (app_filter){.from_year = (int)from, .to_year = (int)to, .genres = &q->genre, .n_genres = q->genre != NULL};
    return true;
}

/* Model, texts, profile and question make the list, and nothing else does. */
static const char *list_etag(request *r, const question *q, uint64_t version)
{
    return arena_format(&r->memory, "\"%llx-%llu-%u.%u.%d.%d.%s\"", (unsigned long long)app_lists_id(r->app),
                        (unsigned long long)version, q->limit, q->explain, q->filter.from_year, q->filter.to_year,
                        q->genre && q->genre[strcspn(q->genre, "\"\\\r\n")] == '\0' ? q->genre : "");
}

static void answer(request *r, const question *q, const profile_view *v)
{
    bt_error error = {0};
    bt_list *list = NULL;
    bt_opinion *opinions = arena_take(&r->memory, (v->n_opinions + 1) * sizeof *opinions);
    if (!opinions) {
        reply_problem(r, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL, "out of memory");
        return;
    }
    memcpy(opinions, v->opinions, v->n_opinions * sizeof *opinions); /* app_recommend sorts them in place */
    app_wish wish = app_wish_default();
    wish.opinions = opinions;
    wish.n_opinions = v->n_opinions;
    wish.filter = q->filter;
    wish.limit = q->limit;
    wish.explain = q->explain;
    const bt_status status = app_recommend(r->app, &wish, &list, &error);
    json_t *document = status == BT_OK ? app_json_list(r->app, list, NULL) : NULL;
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
static void answer_as_before(request *r, const question *q, const profile_view *v, const char *etag)
{
    char user[EVENT_ID_TEXT];
    event_id_write(&v->user, user);
    const char *key =
        arena_format(&r->memory, "%s %s %s %s", user, etag, request_takes_gzip(r) ? "gzip" : "plain", q->genre ? q->genre : "");
    shared_body *kept = key ? list_cache_find(r->server->lists, key) : NULL;
    if (kept) {
        reply_shared(r, "application/json", kept);
        return;
    }
    answer(r, q, v);
    r->reply.keep_as = key;
}

void me_recommendations(request *r, catalogue *c)
{
    if (!app_model(r->app)) {
        reply_problem(r, MHD_HTTP_SERVICE_UNAVAILABLE, "no-model", "there is no model yet; run `butaca train`");
        return;
    }
    question q = {.limit = LIST_DEFAULT};
    if (!read_question(r, &q))
        return;
    profile_view *v = session_profile(r, c, me_recommendations);
    if (!v)
        return;
    const char *etag = list_etag(r, &q, v->version);
    if (etag && !reply_unchanged(r, etag))
        answer_as_before(r, &q, v, etag);
    profile_view_release(v);
}
