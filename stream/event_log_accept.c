/* Acceptance in SQLite: the schema, and the decisions about one event, all of them from the log's own rows.
 *
 * An event costs four index entries: by position, by id (the same event again), by person and version (the last version, lists) and
 * by facet (what decides now, what an undo restores). Each decision is one look-up in one of them.
 */
#include "stream/event_log_local.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

static const char *const steps[] = {
    /* 1 */
    "CREATE TABLE event ("
    "  position INTEGER PRIMARY KEY AUTOINCREMENT," /* never reused, also after an erase */
    "  id BLOB NOT NULL UNIQUE, user BLOB NOT NULL,"
    "  undo_of BLOB, origin BLOB NOT NULL,"
    "  version INTEGER NOT NULL, at INTEGER NOT NULL,"
    "  film_id INTEGER NOT NULL, facet INTEGER NOT NULL, value INTEGER NOT NULL, source TEXT NOT NULL);"
    "CREATE INDEX event_of_user ON event (user, version);"
    "CREATE INDEX event_of_facet ON event (user, film_id, facet, version, id);",
};

const database_kind event_log_kind = {
    .name = "event log",
    .application = 0x42544556, /* "BTEV" */
    .steps = steps,
    .n_steps = sizeof steps / sizeof *steps,
    .safety = DATABASE_FULL,
    .forgets = true,
    .missing = "nobody has marked a film yet",
    .damaged = "restore it from a backup",
};

/* --- rows ------------------------------------------------------------------------------------------------------------ */

static void read_id(sqlite_call *call, int column, event_id *out)
{
    *out = (event_id){{0}};
    call_blob(call, column, out->bytes, sizeof out->bytes);
}

bool local_read_event(sqlite_call *call, int first, event *e)
{
    *e = (event){0};
    read_id(call, first, &e->id);
    read_id(call, first + 1, &e->user);
    read_id(call, first + 2, &e->undo_of);
    read_id(call, first + 3, &e->origin);
    e->version = (uint64_t)call_int(call, first + 4);
    e->at = call_int(call, first + 5);
    e->film_id = (uint32_t)call_int(call, first + 6);
    e->facet = (uint8_t)call_int(call, first + 7);
    e->value = (uint8_t)call_int(call, first + 8);
    const char *source = call_text(call, first + 9);
    if (source == NULL)
        call_no_memory(call);
    else
        snprintf(e->source, sizeof e->source, "%s", source);
    return call->result == SQLITE_ROW;
}

static void bind_id(sqlite_call *call, const event_id *id)
{
    call_bind_blob(call, id->bytes, sizeof id->bytes);
}

/* --- look-ups -------------------------------------------------------------------------------------------------------- */

/* *found false: no such event. */
static bt_status find_event(database *d, const event_id *id, event *out, bool *found, bt_error *error)
{
    *found = false;
    sqlite_call call = call_begin(d, "SELECT " LOCAL_COLUMNS " FROM event WHERE id = ?");
    bind_id(&call, id);
    while (call_row(&call))
        *found = local_read_event(&call, 0, out);
    return call_end(&call, "looking up an event", error);
}

static bt_status last_version(database *d, const event_id *user, uint64_t *version, bt_error *error)
{
    *version = 0;
    sqlite_call call = call_begin(d, "SELECT max(version) FROM event WHERE user = ?");
    bind_id(&call, user);
    while (call_row(&call))
        *version = (uint64_t)call_int(&call, 0);
    return call_end(&call, "looking up a version", error);
}

/* The state of e's facet by the events before (version, id) of `e`. All of them: a version of INT64_MAX. */
static bt_status state_before(database *d, const event *e, event_mark *mark, bt_error *error)
{
    *mark = (event_mark){0};
    sqlite_call call = call_begin(d, "SELECT " LOCAL_COLUMNS " FROM event"
                                     " WHERE user = ? AND film_id = ? AND facet = ? AND (version, id) < (?, ?)"
                                     " ORDER BY version DESC, id DESC LIMIT 1");
    bind_id(&call, &e->user);
    call_bind_int(&call, e->film_id);
    call_bind_int(&call, e->facet);
    call_bind_int(&call, (int64_t)e->version);
    bind_id(&call, &e->id);
    event before;
    while (call_row(&call))
        if (local_read_event(&call, 0, &before))
            *mark = event_mark_of(&before);
    return call_end(&call, "looking up a facet", error);
}

/* --- decisions ------------------------------------------------------------------------------------------------------- */

static bt_status decide_undo(database *d, event *e, event_outcome *outcome, bt_error *error)
{
    bool found = false;
    event undone, latest;
    event_mark now, before;
    bt_status status = find_event(d, &e->undo_of, &undone, &found, error);
    if (status != BT_OK)
        return status;
    if (!found || undone.facet == EVENT_ERASE || event_id_compare(&undone.user, &e->user) != 0) {
        *outcome = EVENT_NOTHING_TO_UNDO;
        return BT_OK;
    }
    latest = undone;
    latest.version = INT64_MAX;
    status = state_before(d, &latest, &now, error);
    if (status == BT_OK)
        status = state_before(d, &undone, &before, error);
    if (status != BT_OK)
        return status;
    event_undo(e, &undone, &before);
    if (!event_undo_applies(&now, &undone))
        *outcome = EVENT_NOT_DECIDING;
    return BT_OK;
}

/* What was there before goes with the erase, in the same transaction. */
static bt_status forget(database *d, const event_id *user, bt_error *error)
{
    sqlite_call call = call_begin(d, "DELETE FROM event WHERE user = ?");
    bind_id(&call, user);
    return call_run(&call, "erasing a person's events", error);
}

static bt_status insert(database *d, const event *e, uint64_t *position, bt_error *error)
{
    sqlite_call call = call_begin(d, "INSERT INTO event (" LOCAL_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    bind_id(&call, &e->id);
    bind_id(&call, &e->user);
    if (event_id_is_zero(&e->undo_of))
        call_bind_text(&call, NULL);
    else
        bind_id(&call, &e->undo_of);
    bind_id(&call, &e->origin);
    call_bind_int(&call, (int64_t)e->version);
    call_bind_int(&call, e->at);
    call_bind_int(&call, e->film_id);
    call_bind_int(&call, e->facet);
    call_bind_int(&call, e->value);
    call_bind_text(&call, e->source);
    const bt_status status = call_run(&call, "storing an event", error);
    *position = status == BT_OK ? (uint64_t)sqlite3_last_insert_rowid(d->handle) : 0;
    return status;
}

/* The event is new: its version and, for an undo, its value. */
static bt_status decide(database *d, event *e, uint64_t now, event_outcome *outcome, bt_error *error)
{
    uint64_t last = 0;
    bt_status status = last_version(d, &e->user, &last, error);
    e->version = event_next_version(now, last);
    e->origin = e->id;
    if (status == BT_OK && !event_id_is_zero(&e->undo_of))
        status = decide_undo(d, e, outcome, error);
    return status;
}

bt_status local_accept(database *d, event *e, uint64_t now, event_outcome *outcome, uint64_t *position, bt_error *error)
{
    bool found = false;
    event known;
    *outcome = EVENT_ACCEPTED;
    bt_status status = find_event(d, &e->id, &known, &found, error);
    if (status == BT_OK && found) {
        *outcome = event_same(&known, e) ? EVENT_KNOWN : EVENT_CONFLICT;
        if (*outcome == EVENT_KNOWN)
            *e = known;
        return BT_OK;
    }
    if (status == BT_OK)
        status = decide(d, e, now, outcome, error);
    if (status != BT_OK || *outcome != EVENT_ACCEPTED)
        return status;
    if (e->facet == EVENT_ERASE)
        status = forget(d, &e->user, error);
    return status == BT_OK ? insert(d, e, position, error) : status;
}
