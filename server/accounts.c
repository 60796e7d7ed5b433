/* Accounts: a guest gets a name and keeps the profile; logging in, tokens for programs, sessions, the password. What computes a password's
 * hash runs on a worker (server/passwords.h).
 */
#include <string.h>
#include <time.h>

#include "app/json.h"
#include "base/memory.h"
#include "server/accounts.h"
#include "server/fields.h"
#include "server/handlers.h"
#include "server/remote.h"
#include "server/sessions.h"
#include "server/state.h"
#include "server/times.h"
#include "text/utf8.h"

enum {
    PASSWORD_SHORTEST = 10,
    PASSWORD_LONGEST = 200,
    NAME_LONGEST = 40,
    LABEL_LONGEST = 60,
    TOKEN_SECONDS = 10 * 365 * 86400
};

typedef struct credentials {
    char name[ACCOUNT_NAME_SIZE];
    const char *key;      /* names that differ in case or width alone are one */
    const char *password; /* both in the request's memory */
} credentials;

/* --- reading ---------------------------------------------------------------------------------------------------------- */

static char *copy(request *r, const char *text)
{
    char *copied = arena_format(&r->memory, "%s", text);
    if (!copied)
        reply_problem(r, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL, "out of memory");
    return copied;
}

static const char *key_of(request *r, const char *name)
{
    char *folded = utf8_folded(name);
    const char *key = folded ? copy(r, folded) : NULL;
    if (!folded)
        reply_problem(r, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL, "out of memory");
    bt_free(folded);
    return key;
}

static bool bad(request *r, const char *pointer, const char *message)
{
    reply_bad_field(r, pointer, "%s", message);
    return false;
}

static bool read_name(request *r, const json_t *root, credentials *out)
{
    const char *name = NULL;
    if (!fields_text(r, root, "", "name", 1, NAME_LONGEST, &name))
        return false;
    if (!name || name[0] == ' ' || name[strlen(name) - 1] == ' ')
        return bad(r, "/name", name ? "a name neither begins nor ends with a blank" : "missing");
    memcpy(out->name, name, strlen(name) + 1);
    return (out->key = key_of(r, name)) != NULL;
}

static bool read_password(request *r, const json_t *root, const char *field, size_t min, const char **out)
{
    const char *password = NULL;
    if (!fields_text(r, root, "", field, min, PASSWORD_LONGEST, &password))
        return false;
    if (!password) {
        char pointer[FIELDS_POINTER_MAX];
        fields_pointer(pointer, "", field);
        return bad(r, pointer, "missing");
    }
    return (*out = copy(r, password)) != NULL;
}

static bool read_credentials(request *r, credentials *out)
{
    json_t *root;
    if (!request_json(r, &root))
        return false;
    const bool good = fields_check_object(r, root, "", "name password") && read_name(r, root, out) &&
                      read_password(r, root, "password", PASSWORD_SHORTEST, &out->password);
    json_decref(root);
    return good;
}

static bool nothing_can_be_kept(request *r)
{
    if (r->server->people)
        return false;
    reply_problem(r, MHD_HTTP_SERVICE_UNAVAILABLE, "read-only", "the data folder can't be written: nothing can be kept");
    return true;
}

static bool must_wait(request *r, const char *name, const char *address)
{
    const unsigned seconds = passwords_wait(r->server->passwords, name, address);
    if (seconds == 0)
        return false;
    reply_problem(r, MHD_HTTP_TOO_MANY_REQUESTS, "throttled", "too many attempts: try again in %u s", seconds);
    r->reply.retry_after = seconds;
    return true;
}

/* --- a session for somebody with a name ---------------------------------------------------------------------------------- */

/* Replies with who asks from now on, and the cookie. */
static void welcome(request *r, catalogue *c, unsigned status, const account *a, const char *secret)
{
    r->who = (person){.kind = PERSON_ACCOUNT, .admin = a->admin, .user = a->user};
    profile_view *v = session_profile(r, c, NULL);
    if (!v)
        return;
    session_reply(r, status, a->name, v->version);
    session_set_cookie(r, secret, PEOPLE_ACCOUNT_SECONDS);
    profile_view_release(v);
}

void users_post(request *r, catalogue *c)
{
    credentials wish = {0};
    bt_error error = {0};
    if (nothing_can_be_kept(r) || !read_credentials(r, &wish))
        return;
    if (r->who.kind == PERSON_ACCOUNT) {
        reply_problem(r, MHD_HTTP_CONFLICT, NULL, "you have an account already: log out first");
        return;
    }
    char address[REMOTE_TEXT];
    remote_network(r, address);
    if (must_wait(r, wish.key, address))
        return;
    passwords_failed(r->server->passwords, NULL, address); /* a hash is computed: so many an address, and no more */
    account a = {
        .user = r->who.kind == PERSON_GUEST ? r->who.user : people_new_user(), .named = true, .created = (int64_t)time(NULL)};
    memcpy(a.name, wish.name, sizeof a.name);
    account_session first;
    char secret[PEOPLE_SECRET_TEXT];
    bool taken = false;
    people_new_session(&a.user, SESSION_BROWSER, PEOPLE_ACCOUNT_SECONDS, &first, secret);
    bt_status status = password_hash(r->server->passwords, wish.password, a.password, &error);
    if (status == BT_OK) {
        status = accounts_register(people_lock(r->server->people), &a, wish.key, &first, &taken, &error);
        people_forget_sessions(r->server->people);
        people_unlock(r->server->people);
    }
    if (status != BT_OK)
        reply_error(r, &error);
    else if (taken)
        reply_problem(r, MHD_HTTP_CONFLICT, "name-taken", "somebody has this name: choose another");
    else
        welcome(r, c, MHD_HTTP_CREATED, &a, secret);
}

void session_post(request *r, catalogue *c)
{
    credentials wish = {0};
    bt_error error = {0};
    account a = {0};
    account_session session;
    bool found = false, right = false;
    char address[REMOTE_TEXT], secret[PEOPLE_SECRET_TEXT];
    if (nothing_can_be_kept(r) || !read_credentials(r, &wish))
        return;
    remote_network(r, address);
    if (must_wait(r, wish.key, address))
        return;
    bt_status status = accounts_find_name(people_lock(r->server->people), wish.key, &a, &found, &error);
    people_unlock(r->server->people);
    if (status == BT_OK)
        status = password_check(r->server->passwords, wish.password, found ? a.password : "", &right, &error);
    if (status == BT_OK && !right) {
        passwords_failed(r->server->passwords, wish.key, address);
        reply_problem(r, MHD_HTTP_UNAUTHORIZED, "wrong-password", "no account with this name and password");
        return;
    }
    if (status == BT_OK) {
        passwords_forget(r->server->passwords, wish.key);
        people_new_session(&a.user, SESSION_BROWSER, PEOPLE_ACCOUNT_SECONDS, &session, secret);
        status = accounts_add_session(people_lock(r->server->people), &session, &error);
        people_unlock(r->server->people);
    }
    if (status == BT_OK)
        welcome(r, c, MHD_HTTP_OK, &a, secret);
    else
        reply_error(r, &error);
}

/* --- the password -------------------------------------------------------------------------------------------------------- */

bool account_confirm(request *r, const char *password)
{
    account a = {0};
    bt_error error = {0};
    bool found = false, right = false;
    char name[EVENT_ID_TEXT], address[REMOTE_TEXT];
    event_id_write(&r->who.user, name);
    remote_network(r, address);
    if (must_wait(r, name, address))
        return false;
    bt_status status = accounts_find(people_lock(r->server->people), &r->who.user, &a, &found, &error);
    people_unlock(r->server->people);
    if (status == BT_OK)
        status = password_check(r->server->passwords, password, found ? a.password : "", &right, &error);
    if (status != BT_OK) {
        reply_error(r, &error);
    } else if (!right) {
        passwords_failed(r->server->passwords, name, address);
        reply_problem(r, MHD_HTTP_FORBIDDEN, "wrong-password", "this isn't the password");
    } else {
        passwords_forget(r->server->passwords, name);
    }
    return right;
}

void password_put(request *r, catalogue *c)
{
    (void)c;
    json_t *root;
    const char *old = NULL, *new = NULL;
    bt_error error = {0};
    char hash[ACCOUNT_PASSWORD_SIZE];
    if (!request_json(r, &root))
        return;
    const bool good = fields_check_object(r, root, "", "old new") && read_password(r, root, "old", 1, &old) &&
                      read_password(r, root, "new", PASSWORD_SHORTEST, &new);
    json_decref(root);
    if (!good || !account_confirm(r, old))
        return;
    bt_status status = password_hash(r->server->passwords, new, hash, &error);
    if (status == BT_OK) {
        status = accounts_set_password(people_lock(r->server->people), &r->who.user, hash, r->who.secret, &error);
        people_forget_sessions(r->server->people);
        people_unlock(r->server->people);
    }
    if (status != BT_OK) {
        reply_error(r, &error);
        return;
    }
    streams_end(r->server->streams, &r->who.user, NULL); /* the one that stays comes back by itself */
    reply_nothing(r, MHD_HTTP_NO_CONTENT);
}

/* --- tokens and sessions ------------------------------------------------------------------------------------------------- */

static json_t *token_json(const account_session *s, const char *secret)
{
    char id[EVENT_ID_TEXT], created[TIME_TEXT];
    event_id_write(&s->id, id);
    time_write(s->created * 1000000, created);
    json_t *token = json_pack("{s:s, s:s, s:s}", "id", id, "label", s->label, "created", created);
    if (token && secret)
        json_object_set_new(token, "token", json_string(secret));
    return token;
}

static bool read_sessions(request *r, session_kind kind, account_session **out, size_t *n)
{
    bt_error error = {0};
    const bt_status status = accounts_sessions(people_lock(r->server->people), &r->who.user, kind, &r->memory, out, n, &error);
    people_unlock(r->server->people);
    if (status != BT_OK)
        reply_error(r, &error);
    return status == BT_OK;
}

void tokens_get(request *r, catalogue *c)
{
    (void)c;
    account_session *tokens = NULL;
    size_t n = 0;
    if (!read_sessions(r, SESSION_TOKEN, &tokens, &n))
        return;
    json_t *items = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(items, token_json(&tokens[i], NULL));
    reply_json(r, MHD_HTTP_OK, json_pack("{s:o}", "items", items));
}

void tokens_post(request *r, catalogue *c)
{
    (void)c;
    json_t *root;
    const char *label = NULL;
    account_session token;
    char secret[PEOPLE_SECRET_TEXT];
    bt_error error = {0};
    if (!request_json(r, &root))
        return;
    bool good = fields_check_object(r, root, "", "label") && fields_text(r, root, "", "label", 1, LABEL_LONGEST, &label);
    if (good && !label)
        good = bad(r, "/label", "missing");
    people_new_session(&r->who.user, SESSION_TOKEN, TOKEN_SECONDS, &token, secret);
    if (good)
        memcpy(token.label, label, strlen(label) + 1);
    json_decref(root);
    if (!good)
        return;
    const bt_status status = accounts_add_session(people_lock(r->server->people), &token, &error);
    people_unlock(r->server->people);
    if (status == BT_OK)
        reply_json(r, MHD_HTTP_CREATED, token_json(&token, secret));
    else
        reply_error(r, &error);
}

void token_delete(request *r, catalogue *c)
{
    (void)c;
    bool found = false;
    bt_error error = {0};
    const bt_status status = accounts_end_token(people_lock(r->server->people), &r->who.user, &r->id, &found, &error);
    people_forget_sessions(r->server->people);
    people_unlock(r->server->people);
    if (status != BT_OK)
        reply_error(r, &error);
    else if (!found)
        reply_problem(r, MHD_HTTP_NOT_FOUND, NULL, "you have no token with this id");
    else
        reply_nothing(r, MHD_HTTP_NO_CONTENT);
    streams_end(r->server->streams, &r->who.user, NULL);
}

void sessions_get(request *r, catalogue *c)
{
    (void)c;
    account_session *sessions = NULL;
    size_t n = 0;
    if (!read_sessions(r, SESSION_BROWSER, &sessions, &n))
        return;
    json_t *items = json_array();
    for (size_t i = 0; i < n; i++) {
        char created[TIME_TEXT];
        time_write(sessions[i].created * 1000000, created);
        const bool current = memcmp(sessions[i].secret, r->who.secret, ACCOUNT_SECRET_SIZE) == 0;
        json_array_append_new(items, json_pack("{s:s, s:b}", "created", created, "current", current));
    }
    reply_json(r, MHD_HTTP_OK, json_pack("{s:o}", "items", items));
}

void sessions_delete(request *r, catalogue *c)
{
    (void)c;
    bt_error error = {0};
    const bt_status status = accounts_end_other_sessions(people_lock(r->server->people), &r->who.user, r->who.secret, &error);
    people_forget_sessions(r->server->people);
    people_unlock(r->server->people);
    streams_end(r->server->streams, &r->who.user, NULL);
    if (status == BT_OK)
        reply_nothing(r, MHD_HTTP_NO_CONTENT);
    else
        reply_error(r, &error);
}
