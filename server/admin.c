/* For administrators: who has an account, which model makes the lists, training. How the first one comes to be stands in claim.h. */
#include <stdlib.h>

#include "server/accounts.h"
#include "server/claim.h"
#include "server/fields.h"
#include "server/handlers.h"
#include "server/sessions.h"
#include "server/state.h"
#include "server/times.h"

enum { USERS_MAX = 100, USERS_DEFAULT = 20, CODE_LONGEST = 100 };

/* The body is {} or has only `names`; *root is released by the caller. */
static bool read_object(request *r, const char *names, json_t **root)
{
    if (!request_json(r, root))
        return false;
    if (fields_check_object(r, *root, "", names))
        return true;
    json_decref(*root);
    return false;
}

/* --- the first administrator -------------------------------------------------------------------------------------------- */

/* Who asks, as they are from now on. */
static void reply_claimed(request *r, catalogue *c)
{
    account a = {0};
    bool found = false;
    bt_error error = {0};
    profile_view *v = session_profile(r, c, NULL);
    if (!v)
        return;
    const bt_status status = accounts_find(people_lock(r->server->people), &r->who.user, &a, &found, &error);
    people_unlock(r->server->people);
    r->who.admin = a.admin;
    if (status == BT_OK)
        session_reply(r, MHD_HTTP_OK, a.name, v->version);
    else
        reply_error(r, &error);
    profile_view_release(v);
}

static void claim(request *r, catalogue *c, const char *code)
{
    bool taken = false;
    bt_error error = {0};
    const bt_status status = claim_take(people_lock(r->server->people), &r->who.user, code, &taken, &error);
    people_forget_sessions(r->server->people);
    people_unlock(r->server->people);
    if (status != BT_OK)
        reply_error(r, &error);
    else if (taken)
        reply_claimed(r, c);
    else
        reply_problem(
            r, MHD_HTTP_FORBIDDEN, "wrong-code",
            "not the code, or it was used, or is too old: while nobody administers, each start of the server prints one");
}

void admin_claim(request *r, catalogue *c)
{
    json_t *root;
    const char *code = NULL;
    if (!read_object(r, "code", &root))
        return;
    if (fields_text(r, root, "", "code", 0, CODE_LONGEST, &code)) {
        if (code)
            claim(r, c, code);
        else
            reply_bad_field(r, "/code", "missing");
    }
    json_decref(root);
}

/* --- users -------------------------------------------------------------------------------------------------------------- */

static json_t *user_json(const account *a)
{
    char id[EVENT_ID_TEXT], created[TIME_TEXT];
    event_id_write(&a->user, id);
    time_write(a->created * 1000000, created);
    return json_pack("{s:s, s:s, s:b, s:s}", "id", id, "name", a->name, "admin", a->admin, "created", created);
}

/* The cursor is the key of the last name before, which only administrators see. */
void admin_users(request *r, catalogue *c)
{
    (void)c;
    account *found = NULL;
    const char **keys = NULL, *after = request_parameter(r, "cursor");
    size_t n = 0;
    uint32_t limit = USERS_DEFAULT;
    bt_error error = {0};
    if (!request_number(r, "limit", 1, USERS_MAX, &limit))
        return;
    const bt_status status =
        accounts_list(people_lock(r->server->people), after ? after : "", limit + 1, &r->memory, &found, &keys, &n, &error);
    people_unlock(r->server->people);
    if (status != BT_OK) {
        reply_error(r, &error);
        return;
    }
    json_t *items = json_array();
    for (size_t i = 0; i < n && i < limit; i++)
        json_array_append_new(items, user_json(&found[i]));
    reply_json(r, MHD_HTTP_OK, json_pack("{s:o, s:s?}", "items", items, "next_cursor", n > limit ? keys[limit - 1] : NULL));
}

static bool find_user(request *r, accounts *all, account *a)
{
    bool found = false;
    bt_error error = {0};
    if (accounts_find(all, &r->id, a, &found, &error) != BT_OK)
        reply_error(r, &error);
    else if (!found)
        reply_problem(r, MHD_HTTP_NOT_FOUND, NULL, "nobody has this id");
    return r->reply.status == 0;
}

static void set_admin(request *r, accounts *all, bool admin)
{
    account a;
    bt_error error = {0};
    if (!find_user(r, all, &a))
        return;
    if (!a.named) {
        reply_problem(r, MHD_HTTP_CONFLICT, "no-account", "a guest can't administer: this takes an account");
        return;
    }
    const bt_status status = accounts_set_admin(all, &r->id, admin, &error);
    people_forget_sessions(r->server->people);
    if (status == BT_INVALID_ARGUMENT)
        reply_problem(r, MHD_HTTP_CONFLICT, "last-administrator", "%s", error.message);
    else if (status != BT_OK)
        reply_error(r, &error);
    else
        a.admin = admin;
    if (r->reply.status == 0)
        reply_json(r, MHD_HTTP_OK, user_json(&a));
}

void admin_user_put(request *r, catalogue *c)
{
    (void)c;
    json_t *root;
    bool admin = false;
    if (!read_object(r, "admin", &root))
        return;
    if (!json_object_get(root, "admin")) {
        reply_bad_field(r, "/admin", "missing");
    } else if (fields_bool(r, root, "", "admin", &admin)) {
        set_admin(r, people_lock(r->server->people), admin);
        people_unlock(r->server->people);
    }
    json_decref(root);
}

/* Whoever administers alone can't be erased by mistake; who wants to go erases themself. */
void admin_user_delete(request *r, catalogue *c)
{
    (void)c;
    account a = {0};
    size_t n = 0;
    bt_error error = {0};
    accounts *all = people_lock(r->server->people);
    if (find_user(r, all, &a) && a.admin && accounts_count_admins(all, &n, &error) != BT_OK)
        reply_error(r, &error);
    people_unlock(r->server->people);
    if (r->reply.status != 0)
        return;
    if (a.admin && n <= 1)
        reply_problem(r, MHD_HTTP_CONFLICT, "last-administrator", "that would leave nobody who administers");
    else
        person_erase(r, &r->id);
}

/* --- models ------------------------------------------------------------------------------------------------------------- */

static void reply_models(request *r)
{
    folder_model *models = NULL;
    size_t n = 0;
    bt_error error = {0};
    if (folder_models(app_folder(r->app), &r->memory, &models, &n, &error) != BT_OK) {
        reply_error(r, &error);
        return;
    }
    json_t *items = json_array();
    for (size_t i = 0; i < n; i++) {
        char written[TIME_TEXT];
        time_write(models[i].written * 1000000, written);
        json_array_append_new(items, json_pack("{s:s, s:b, s:s, s:I}", "id", models[i].id, "active", models[i].active,
                                               "written", written, "size", (json_int_t)models[i].size));
    }
    reply_json(r, MHD_HTTP_OK, json_pack("{s:o}", "items", items));
}

void admin_models(request *r, catalogue *c)
{
    (void)c;
    reply_models(r);
}

/* A model that can't be opened is refused before anything changes. */
static bt_status check_model(const folder *f, const char *id, arena *memory, bt_error *error)
{
    const char *path = NULL;
    bt_model *model = NULL;
    bt_status status = folder_model_path(f, strtoull(id, NULL, 16), memory, &path, error);
    if (status == BT_OK)
        status = bt_model_open(path, &model, error);
    bt_model_close(model);
    return status;
}

/* id NULL: the one before. The reply comes when lists are made by it. */
static bt_status change_model(request *r, const char *id, bt_error *error)
{
    char now[17] = "";
    folder f = {.lock = -1};
    bt_status status = folder_open(app_folder(r->app)->path, FOLDER_WRITE, &f, error);
    if (status != BT_OK)
        return status;
    if (id)
        status = check_model(&f, id, &r->memory, error);
    if (status == BT_OK)
        status = id ? folder_model_activate(&f, id, now, error) : folder_model_rollback(&f, now, error);
    folder_close(&f);
    return status == BT_OK ? editions_await(r->server->editions, now, error) : status;
}

static void answer_change(request *r, const char *id)
{
    json_t *root;
    bt_error error = {0};
    if (!read_object(r, "", &root))
        return;
    json_decref(root);
    const bt_status status = change_model(r, id, &error);
    if (status == BT_OK)
        reply_models(r);
    else if (status == BT_NOT_FOUND)
        reply_problem(r, MHD_HTTP_NOT_FOUND, NULL, "%s",
                      id ? "no model has this id; GET /api/v1/admin/models lists them" : error.message);
    else if (status == BT_CORRUPT || status == BT_UNSUPPORTED)
        reply_problem(r, MHD_HTTP_CONFLICT, "bad-model", "%s", error.message);
    else
        reply_error(r, &error);
}

void admin_activate(request *r, catalogue *c)
{
    (void)c;
    answer_change(r, r->model_id);
}

void admin_rollback(request *r, catalogue *c)
{
    (void)c;
    answer_change(r, NULL);
}

/* --- training ------------------------------------------------------------------------------------------------------------ */

static void reply_training(request *r, unsigned status)
{
    static const char *const phases[] = {"never", "running", "done", "failed"};
    training_state now;
    training_look(r->server->training, &now);
    reply_json(r, status,
               json_pack("{s:s, s:I, s:I, s:s?, s:s?}", "state", phases[now.phase], "iteration", (json_int_t)now.iteration,
                         "iterations", (json_int_t)now.iterations, "model", now.model[0] ? now.model : NULL, "detail",
                         now.detail[0] ? now.detail : NULL));
}

void admin_training_get(request *r, catalogue *c)
{
    (void)c;
    reply_training(r, MHD_HTTP_OK);
}

void admin_training_post(request *r, catalogue *c)
{
    (void)c;
    json_t *root;
    bt_error error = {0};
    bt_train_params params = bt_train_params_default();
    if (!read_object(r, "rank", &root))
        return;
    const bool good = fields_whole(r, root, "", "rank", 1, BT_RANK_MAX, &params.rank);
    json_decref(root);
    if (!good)
        return;
    const bt_status status = training_start(r->server->training, &params, &error);
    if (status == BT_BUSY)
        reply_problem(r, MHD_HTTP_CONFLICT, "training-runs", "%s", error.message);
    else if (status != BT_OK)
        reply_error(r, &error);
    else
        reply_training(r, MHD_HTTP_ACCEPTED);
}
