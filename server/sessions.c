/* Guests and sessions: who asks, and how somebody becomes one. */
#include "server/sessions.h"

#include "server/fields.h"
#include "server/handlers.h"
#include "server/state.h"

void session_set_cookie(request *r, const char *secret, int64_t seconds)
{
    r->reply.cookie =
        arena_format(&r->memory, SESSION_COOKIE "=%s; " SESSION_COOKIE_RULES "; Max-Age=%lld", secret, (long long)seconds);
}

void session_reply(request *r, unsigned status, const char *name, uint64_t profile_version)
{
    static const char *const kinds[] = {"nobody", "guest", "account"};
    char user[EVENT_ID_TEXT];
    event_id_write(&r->who.user, user);
    reply_json(r, status,
               json_pack("{s:s, s:s?, s:b, s:s?, s:I}", "kind", kinds[r->who.kind], "name", name, "admin", r->who.admin,
                         "user_id", r->who.kind != PERSON_NOBODY ? user : NULL, "profile_version",
                         (json_int_t)profile_version));
}

profile_view *session_profile(request *r, const catalogue *c, request_step *again)
{
    live *l = people_live(r->server->people);
    bt_error error = {0};
    profile_view *v = live_profile_in_memory(l, &r->who.user);
    if (v)
        return v;
    if (!c)
        request_next(r, REQUEST_WORKER, again);
    else if (live_profile(l, &r->who.user, &v, &error) != BT_OK)
        reply_error(r, &error);
    return v;
}

/* --- handlers -------------------------------------------------------------------------------------------------------- */

/* Who has a session already keeps it. */
void guests_post(request *r, catalogue *c)
{
    (void)c;
    json_t *root;
    if (!request_json(r, &root))
        return;
    const bool good = fields_check_object(r, root, "", "");
    json_decref(root);
    if (!good)
        return;
    if (!r->server->people) {
        reply_problem(r, MHD_HTTP_SERVICE_UNAVAILABLE, "read-only", "the data folder can't be written: nothing can be kept");
        return;
    }
    if (r->who.kind != PERSON_NOBODY) {
        session_get(r, c);
        return;
    }
    bt_error error = {0};
    account_session first;
    char secret[PEOPLE_SECRET_TEXT];
    const event_id user = people_new_user();
    people_new_session(&user, SESSION_BROWSER, PEOPLE_GUEST_SECONDS, &first, secret);
    accounts *a = people_lock(r->server->people);
    const bt_status status = accounts_add_guest(a, &first, &error);
    people_unlock(r->server->people);
    if (status != BT_OK) {
        reply_error(r, &error);
        return;
    }
    r->who = (person){.kind = PERSON_GUEST, .user = user};
    session_reply(r, MHD_HTTP_CREATED, NULL, 0);
    session_set_cookie(r, secret, PEOPLE_GUEST_SECONDS);
}

/* The name isn't in memory, so accounts are looked up at a worker. */
void session_get(request *r, catalogue *c)
{
    account a = {0};
    bt_error error = {0};
    if (r->who.kind == PERSON_NOBODY) {
        session_reply(r, MHD_HTTP_OK, NULL, 0);
        return;
    }
    if (!c) {
        request_next(r, REQUEST_WORKER, session_get);
        return;
    }
    profile_view *v = session_profile(r, c, session_get);
    if (!v)
        return;
    bool found;
    const bt_status status = accounts_find(people_lock(r->server->people), &r->who.user, &a, &found, &error);
    people_unlock(r->server->people);
    if (status == BT_OK)
        session_reply(r, MHD_HTTP_OK, a.named ? a.name : NULL, v->version);
    else
        reply_error(r, &error);
    profile_view_release(v);
}

void session_delete(request *r, catalogue *c)
{
    (void)c;
    bt_error error = {0};
    const bt_status status = accounts_end_session(people_lock(r->server->people), r->who.secret, &error);
    people_forget_sessions(r->server->people);
    people_unlock(r->server->people);
    if (status != BT_OK) {
        reply_error(r, &error);
        return;
    }
    streams_end(r->server->streams, &r->who.user, r->who.secret);
    reply_nothing(r, MHD_HTTP_NO_CONTENT);
    r->reply.cookie = SESSION_COOKIE_GONE;
}
