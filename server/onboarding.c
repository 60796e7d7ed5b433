/* The first questions for somebody of whom nothing is known, and the list that the answers make. Nothing is kept: what a person says stays
 * with the client until it is sent as events. The first request of a model makes the questions, so both run on a worker.
 */
#include "app/json.h"
#include "server/fields.h"
#include "server/handlers.h"
#include "server/wish.h"

enum { QUESTIONS = 10 };

static bool has_model(request *r)
{
    if (!app_model(r->app))
        reply_problem(r, MHD_HTTP_SERVICE_UNAVAILABLE, "no-model", "there is no model yet; run `butaca train`");
    return r->reply.status == 0;
}

static void answer(request *r, app_wish *w)
{
    bt_error error = {0};
    uint32_t *questions = NULL;
    bt_scored_film *films = NULL;
    size_t n_questions = 0, n = 0;
    bt_status status = bt_profile_sort(w->opinions, w->n_opinions, &error);
    if (status != BT_OK) {
        reply_bad_field(r, "/profile", "%s", error.message);
        return;
    }
    const bt_profile answers = {w->opinions, w->n_opinions};
    status = app_questions(r->app, &answers, QUESTIONS, &r->memory, &questions, &n_questions, &error);
    if (status == BT_OK)
        status = app_first_list(r->app, &answers, w->limit, &r->memory, &films, &n, &error);
    if (status == BT_OK)
        reply_json(r, MHD_HTTP_OK, app_json_onboarding(r->app, questions, n_questions, films, n));
    else
        reply_error(r, &error);
}

void onboarding_get(request *r, catalogue *c)
{
    (void)c;
    app_wish w = app_wish_default();
    uint32_t limit = (uint32_t)w.limit;
    if (!has_model(r) || !request_number(r, "limit", 1, 100, &limit))
        return;
    w.limit = limit;
    answer(r, &w);
}

void onboarding_post(request *r, catalogue *c)
{
    (void)c;
    json_t *root;
    app_wish w = app_wish_default();
    if (!has_model(r) || !request_json(r, &root))
        return;
    if (fields_check_object(r, root, "", "profile limit") && wish_read(r, root, &w))
        answer(r, &w);
    json_decref(root);
}
