/* Accounts in one SQLite file.
 *
 *     person    user, created, and for those with a name: name, key (unique), password, admin
 *     session   secret (hash), id, user, kind, label, created, expires; goes with its person
 *     note      name, value
 *
 * Everything is written durably (synchronous = FULL): who was told that a session is there must find it after a crash.
 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "sqlite/database.h"
#include "store/accounts_backend.h"
#include "store/film.h"

static const char *const steps[] = {
    /* 1 */
    "CREATE TABLE person (user BLOB PRIMARY KEY, created INTEGER NOT NULL, name TEXT, key TEXT UNIQUE,"
    "  password TEXT NOT NULL DEFAULT '', admin INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;"
    "CREATE TABLE session (secret BLOB PRIMARY KEY, id BLOB NOT NULL,"
    "  user BLOB NOT NULL REFERENCES person ON DELETE CASCADE,"
    "  kind INTEGER NOT NULL, label TEXT NOT NULL, created INTEGER NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX session_of_user ON session (user, kind, created);"
    "CREATE TABLE note (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;",
};

static const database_kind accounts_kind = {
    .name = "accounts",
    .application = 0x42544143, /* "BTAC" */
    .steps = steps,
    .n_steps = sizeof steps / sizeof *steps,
    .safety = DATABASE_FULL,
    .forgets = true,
    .missing = "nobody has an account yet",
    .damaged = "restore it from a backup",
};

typedef struct sqlite_accounts {
    accounts base;
    database db;
} sqlite_accounts;

static database *database_of(accounts *a)
{
    return &((sqlite_accounts *)a)->db;
}

static void bind_id(sqlite_call *call, const event_id *id)
{
    call_bind_blob(call, id->bytes, sizeof id->bytes);
}

static void read_id(sqlite_call *call, int column, event_id *out)
{
    *out = (event_id){{0}};
    call_blob(call, column, out->bytes, sizeof out->bytes);
}

static void read_text(sqlite_call *call, int column, char *out, size_t size)
{
    const char *text = call_text(call, column);
    snprintf(out, size, "%s", text != NULL ? text : "");
}

/* Ends a transaction as its statements went. */
static bt_status finish(database *d, bt_status status, const char *doing, bt_error *error)
{
    if (status == BT_OK)
        status = database_commit(d, doing, error);
    if (status != BT_OK)
        database_rollback(d);
    return status;
}

/* --- sessions ---------------------------------------------------------------------------------------------------------- */

static bt_status insert_session(database *d, const account_session *s, bt_error *error)
{
    sqlite_call call = call_begin(d, "INSERT INTO session (secret, id, user, kind, label, created, expires)"
                                     " VALUES (?, ?, ?, ?, ?, ?, ?)");
    call_bind_blob(&call, s->secret, sizeof s->secret);
    bind_id(&call, &s->id);
    bind_id(&call, &s->user);
    call_bind_int(&call, s->kind);
    call_bind_text(&call, s->label);
    call_bind_int(&call, s->created);
    call_bind_int(&call, s->expires);
    return call_run(&call, "storing a session", error);
}

static bt_status drop_expired(database *d, const event_id *user, int64_t now, bt_error *error)
{
    sqlite_call call = call_begin(d, "DELETE FROM session WHERE user = ? AND expires <= ?");
    bind_id(&call, user);
    call_bind_int(&call, now);
    return call_run(&call, "storing a session", error);
}

static bt_status add_session(accounts *a, const account_session *s, bt_error *error)
{
    database *d = database_of(a);
    bt_status status = database_begin_write(d, "storing a session", error);
    if (status == BT_OK)
        status = drop_expired(d, &s->user, s->created, error);
    if (status == BT_OK)
        status = insert_session(d, s, error);
    return finish(d, status, "storing a session", error);
}

/* kept NULL: all of them. */
static bt_status drop_browsers(database *d, const event_id *user, const uint8_t *kept, bt_error *error)
{
    static const uint8_t none[1];
    sqlite_call call = call_begin(d, "DELETE FROM session WHERE user = ? AND kind = 0 AND secret <> ?");
    bind_id(&call, user);
    call_bind_blob(&call, kept != NULL ? kept : none, kept != NULL ? ACCOUNT_SECRET_SIZE : sizeof none);
    return call_run(&call, "ending sessions", error);
}

static bt_status end_session(accounts *a, const uint8_t *secret, bt_error *error)
{
    sqlite_call call = call_begin(database_of(a), "DELETE FROM session WHERE secret = ?");
    call_bind_blob(&call, secret, ACCOUNT_SECRET_SIZE);
    return call_run(&call, "ending a session", error);
}

static bt_status end_other_sessions(accounts *a, const event_id *user, const uint8_t *kept, bt_error *error)
{
    return drop_browsers(database_of(a), user, kept, error);
}

static bt_status end_token(accounts *a, const event_id *user, const event_id *id, bool *found, bt_error *error)
{
    database *d = database_of(a);
    sqlite_call call = call_begin(d, "DELETE FROM session WHERE user = ? AND id = ? AND kind = 1 RETURNING 1");
    bind_id(&call, user);
    bind_id(&call, id);
    while (call_row(&call))
        *found = true;
    return call_end(&call, "dropping a token", error);
}

/* secret, id, user, kind, label, created, expires. */
static void read_session(sqlite_call *call, account_session *out)
{
    *out = (account_session){0};
    call_blob(call, 0, out->secret, sizeof out->secret);
    read_id(call, 1, &out->id);
    read_id(call, 2, &out->user);
    out->kind = call_int(call, 3) == SESSION_TOKEN ? SESSION_TOKEN : SESSION_BROWSER;
    read_text(call, 4, out->label, sizeof out->label);
    out->created = call_int(call, 5);
    out->expires = call_int(call, 6);
}

static bt_status list_sessions(accounts *a, const event_id *user, session_kind kind, arena *memory, account_session **out,
                               size_t *n, bt_error *error)
{
    size_t capacity = 0;
    sqlite_call call = call_begin(database_of(a), "SELECT secret, id, user, kind, label, created, expires FROM session"
                                                  " WHERE user = ? AND kind = ? ORDER BY created DESC, id DESC");
    bind_id(&call, user);
    call_bind_int(&call, kind);
    while (call_row(&call)) {
        account_session *items = list_room(memory, *out, *n, &capacity, sizeof *items);
        if (items == NULL) {
            call_no_memory(&call);
            break;
        }
        *out = items;
        read_session(&call, &items[(*n)++]);
    }
    return call_end(&call, "listing sessions", error);
}

/* --- people ------------------------------------------------------------------------------------------------------------ */

#define PERSON_COLUMNS "person.user, person.created, name, password, admin"

static void read_person(sqlite_call *call, int first, account *out)
{
    *out = (account){0};
    read_id(call, first, &out->user);
    out->created = call_int(call, first + 1);
    read_text(call, first + 2, out->name, sizeof out->name);
    read_text(call, first + 3, out->password, sizeof out->password);
    out->admin = call_int(call, first + 4) != 0;
    out->named = out->name[0] != '\0';
}

static bt_status find_session(accounts *a, const uint8_t *secret, int64_t now, account_session *out, account *person,
                              bool *found, bt_error *error)
{
    sqlite_call call =
        call_begin(database_of(a), "SELECT secret, id, session.user, kind, label, session.created, expires, " PERSON_COLUMNS
                                   " FROM session JOIN person USING (user) WHERE secret = ? AND expires > ?");
    call_bind_blob(&call, secret, ACCOUNT_SECRET_SIZE);
    call_bind_int(&call, now);
    while (call_row(&call)) {
        read_session(&call, out);
        read_person(&call, 7, person);
        *found = true;
    }
    return call_end(&call, "looking up a session", error);
}

static bt_status find(accounts *a, const event_id *user, account *out, bool *found, bt_error *error)
{
    sqlite_call call = call_begin(database_of(a), "SELECT " PERSON_COLUMNS " FROM person WHERE user = ?");
    bind_id(&call, user);
    while (call_row(&call)) {
        read_person(&call, 0, out);
        *found = true;
    }
    return call_end(&call, "looking up a person", error);
}

static bt_status find_name(accounts *a, const char *key, account *out, bool *found, bt_error *error)
{
    sqlite_call call = call_begin(database_of(a), "SELECT " PERSON_COLUMNS " FROM person WHERE key = ?");
    call_bind_text(&call, key);
    while (call_row(&call)) {
        read_person(&call, 0, out);
        *found = true;
    }
    return call_end(&call, "looking up a name", error);
}

static bt_status insert_person(database *d, const event_id *user, int64_t created, bt_error *error)
{
    sqlite_call call = call_begin(d, "INSERT INTO person (user, created) VALUES (?, ?) ON CONFLICT DO NOTHING");
    bind_id(&call, user);
    call_bind_int(&call, created);
    return call_run(&call, "storing a person", error);
}

static bt_status add_guest(accounts *a, const account_session *first, bt_error *error)
{
    database *d = database_of(a);
    bt_status status = database_begin_write(d, "storing a guest", error);
    if (status == BT_OK)
        status = insert_person(d, &first->user, first->created, error);
    if (status == BT_OK)
        status = insert_session(d, first, error);
    return finish(d, status, "storing a guest", error);
}

/* *named: this person got the name. */
static bt_status give_name(database *d, const account *person, const char *key, bool *named, bt_error *error)
{
    sqlite_call call =
        call_begin(d, "UPDATE person SET name = ?, key = ?, password = ?, admin = ? WHERE user = ? AND name IS NULL"
                      " RETURNING 1");
    call_bind_text(&call, person->name);
    call_bind_text(&call, key);
    call_bind_text(&call, person->password);
    call_bind_int(&call, person->admin);
    bind_id(&call, &person->user);
    while (call_row(&call))
        *named = true;
    return call_end(&call, "registering", error);
}

static bt_status enroll(accounts *a, const account *person, const char *key, const account_session *first, bool *taken,
                        bt_error *error)
{
    database *d = database_of(a);
    account other;
    bool named = false;
    bt_status status = database_begin_write(d, "registering", error);
    if (status == BT_OK)
        status = find_name(a, key, &other, taken, error);
    if (status == BT_OK && *taken) {
        database_rollback(d);
        return BT_OK;
    }
    if (status == BT_OK)
        status = insert_person(d, &person->user, person->created, error);
    if (status == BT_OK)
        status = give_name(d, person, key, &named, error);
    if (status == BT_OK && !named)
        status = error_set(error, BT_INVALID_ARGUMENT, "this person has a name already");
    if (status == BT_OK)
        status = drop_browsers(d, &person->user, NULL, error);
    if (status == BT_OK)
        status = insert_session(d, first, error);
    return finish(d, status, "registering", error);
}

static bt_status set_password(accounts *a, const event_id *user, const char *password, const uint8_t *kept, bt_error *error)
{
    database *d = database_of(a);
    bt_status status = database_begin_write(d, "changing a password", error);
    if (status == BT_OK) {
        sqlite_call call = call_begin(d, "UPDATE person SET password = ? WHERE user = ?");
        call_bind_text(&call, password);
        bind_id(&call, user);
        status = call_run(&call, "changing a password", error);
    }
    if (status == BT_OK)
        status = drop_browsers(d, user, kept, error);
    return finish(d, status, "changing a password", error);
}

static bt_status count_admins(accounts *a, size_t *n, bt_error *error)
{
    sqlite_call call = call_begin(database_of(a), "SELECT count(*) FROM person WHERE admin = 1");
    while (call_row(&call))
        *n = (size_t)call_int(&call, 0);
    return call_end(&call, "counting administrators", error);
}

static bt_status set_admin(accounts *a, const event_id *user, bool admin, bt_error *error)
{
    database *d = database_of(a);
    size_t n = 0;
    bt_status status = database_begin_write(d, "changing a role", error);
    if (status == BT_OK) {
        sqlite_call call = call_begin(d, "UPDATE person SET admin = ? WHERE user = ? AND name IS NOT NULL");
        call_bind_int(&call, admin);
        bind_id(&call, user);
        status = call_run(&call, "changing a role", error);
    }
    if (status == BT_OK)
        status = count_admins(a, &n, error);
    if (status == BT_OK && n == 0)
        status = error_set(error, BT_INVALID_ARGUMENT, "that would leave nobody who administers");
    return finish(d, status, "changing a role", error);
}

static bt_status list(accounts *a, const char *after, size_t limit, arena *memory, account **out, const char ***keys, size_t *n,
                      bt_error *error)
{
    account *items = arena_take(memory, (limit + 1) * sizeof *items);
    const char **names = arena_take(memory, (limit + 1) * sizeof *names);
    if (items == NULL || names == NULL)
        return error_no_memory(error, "listing accounts");
    sqlite_call call =
        call_begin(database_of(a), "SELECT " PERSON_COLUMNS ", key FROM person WHERE key > ? ORDER BY key LIMIT ?");
    call_bind_text(&call, after);
    call_bind_int(&call, (int64_t)limit);
    while (call_row(&call)) {
        read_person(&call, 0, &items[*n]);
        names[*n] = call_string(&call, 5, memory);
        ++*n;
    }
    *out = items;
    *keys = names;
    return call_end(&call, "listing accounts", error);
}

static bt_status erase(accounts *a, const event_id *user, bt_error *error)
{
    database *d = database_of(a);
    sqlite_call call = call_begin(d, "DELETE FROM person WHERE user = ?");
    bind_id(&call, user);
    const bt_status status = call_run(&call, "erasing a person", error);
    if (status == BT_OK)
        database_clear_wal(d);
    return status;
}

/* --- notes ------------------------------------------------------------------------------------------------------------- */

static bt_status note(accounts *a, const char *name, arena *memory, char **value, bt_error *error)
{
    sqlite_call call = call_begin(database_of(a), "SELECT value FROM note WHERE name = ?");
    call_bind_text(&call, name);
    while (call_row(&call))
        *value = call_string(&call, 0, memory);
    return call_end(&call, "reading a note", error);
}

static bt_status set_note(accounts *a, const char *name, const char *value, bt_error *error)
{
    static const char put[] = "INSERT INTO note (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value";
    static const char drop[] = "DELETE FROM note WHERE name = ?";
    sqlite_call call = call_begin(database_of(a), value != NULL ? put : drop);
    call_bind_text(&call, name);
    if (value != NULL)
        call_bind_text(&call, value);
    return call_run(&call, "storing a note", error);
}

/* --- opening ----------------------------------------------------------------------------------------------------------- */

static void close_accounts(accounts *a)
{
    database_close(database_of(a));
    bt_free(a);
}

static const accounts_ops sqlite_ops = {
    .close = close_accounts,
    .add_guest = add_guest,
    .enroll = enroll,
    .find = find,
    .find_name = find_name,
    .set_password = set_password,
    .set_admin = set_admin,
    .count_admins = count_admins,
    .list = list,
    .erase = erase,
    .session = find_session,
    .add_session = add_session,
    .end_session = end_session,
    .end_other_sessions = end_other_sessions,
    .end_token = end_token,
    .sessions = list_sessions,
    .note = note,
    .set_note = set_note,
};

bt_status accounts_sqlite_open(const char *address, accounts **out, bt_error *error)
{
    if (address[0] == '\0')
        return error_set(error, BT_INVALID_ARGUMENT, "'sqlite:' names no file: expected sqlite:PATH");
    sqlite_accounts *a = memory_zeroed(1, sizeof *a);
    if (a == NULL)
        return error_no_memory(error, "opening the accounts");
    a->base.ops = &sqlite_ops;
    const bt_status status = database_open(&a->db, &accounts_kind, address, true, error);
    if (status == BT_OK)
        *out = &a->base;
    else
        bt_free(a);
    return status;
}

bt_status accounts_sqlite_check(const char *address, bt_error *error)
{
    database d;
    bt_status status = database_open(&d, &accounts_kind, address, false, error);
    if (status != BT_OK)
        return status;
    status = database_check(&d, error);
    database_close(&d);
    return status;
}
