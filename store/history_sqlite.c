/* Histories in one SQLite file.
 *
 *     person    user, version of the last event, version of the last erase
 *     profile   (user, film_id) and a cell for each facet: a packed mark (event/event.h), NULL if it was never set
 *     applied   the one row with the log's position
 *
 * Packed marks compare like (version, id), so "the later event stays" is SQLite's max() of two blobs, and an erase clears the cells
 * that are below its own version. Synchronous = NORMAL: what a power loss takes, the log brings back.
 */
#include "base/error.h"
#include "base/memory.h"
#include "sqlite/database.h"
#include "store/film.h"
#include "store/history_backend.h"

static const char *const steps[] = {
    /* 1 */
    "CREATE TABLE person (user BLOB PRIMARY KEY, version INTEGER NOT NULL, erased INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE profile ("
    "  user BLOB NOT NULL, film_id INTEGER NOT NULL, verdict BLOB, seen BLOB, rating BLOB, want BLOB,"
    "  PRIMARY KEY (user, film_id)) WITHOUT ROWID;"
    "CREATE TABLE applied (one INTEGER PRIMARY KEY CHECK (one = 1), position INTEGER NOT NULL);"
    "INSERT INTO applied VALUES (1, 0);",
};

static const database_kind history_kind = {
    .name = "profiles",
    .application = 0x42545046, /* "BTPF" */
    .steps = steps,
    .n_steps = sizeof steps / sizeof *steps,
    .safety = DATABASE_NORMAL,
    .forgets = true,
    .missing = "nobody has marked a film yet",
    .damaged = "remove it: butaca events replay makes it again from the event log",
};

typedef struct sqlite_history {
    history base;
    database db;
} sqlite_history;

static database *database_of(history *h)
{
    return &((sqlite_history *)h)->db;
}

static void bind_id(sqlite_call *call, const event_id *id)
{
    call_bind_blob(call, id->bytes, sizeof id->bytes);
}

/* --- applying -------------------------------------------------------------------------------------------------------- */

#define SET_FACET(facet)                                                    \
    "INSERT INTO profile (user, film_id, " facet ") VALUES (?, ?, ?)"       \
    " ON CONFLICT DO UPDATE SET " facet " = max(coalesce(" facet ", x''), " \
    "excluded." facet ")"

static const char *const set_facet[EVENT_N_FACETS] = {SET_FACET("verdict"), SET_FACET("seen"), SET_FACET("rating"),
                                                      SET_FACET("want")};

/* *erased: the version of the person's last erase. */
static bt_status count_event(database *d, const event *e, uint64_t *erased, bt_error *error)
{
    sqlite_call call = call_begin(d, "INSERT INTO person (user, version, erased) VALUES (?, ?, ?) ON CONFLICT DO UPDATE"
                                     " SET version = max(version, excluded.version), erased = max(erased, excluded.erased)"
                                     " RETURNING erased");
    bind_id(&call, &e->user);
    call_bind_int(&call, (int64_t)e->version);
    call_bind_int(&call, e->facet == EVENT_ERASE ? (int64_t)e->version : 0);
    while (call_row(&call))
        *erased = (uint64_t)call_int(&call, 0);
    return call_end(&call, "applying an event", error);
}

static bt_status apply_mark(database *d, const event *e, bt_error *error)
{
    const event_mark mark = event_mark_of(e);
    uint8_t packed[EVENT_MARK_SIZE];
    event_mark_pack(&mark, packed);
    sqlite_call call = call_begin(d, set_facet[e->facet]);
    bind_id(&call, &e->user);
    call_bind_int(&call, e->film_id);
    call_bind_blob(&call, packed, sizeof packed);
    return call_run(&call, "applying an event", error);
}

/* Cells of this version and below are cleared; then films without cells go. */
static bt_status apply_erase(database *d, const event *e, bt_error *error)
{
    const event_mark above = {.version = e->version + 1};
    uint8_t limit[EVENT_MARK_SIZE];
    event_mark_pack(&above, limit);
    sqlite_call call = call_begin(d, "UPDATE profile SET"
                                     " verdict = iif(verdict < ?1, NULL, verdict), seen = iif(seen < ?1, NULL, seen),"
                                     " rating = iif(rating < ?1, NULL, rating), want = iif(want < ?1, NULL, want)"
                                     " WHERE user = ?2");
    call_bind_blob(&call, limit, 8);
    bind_id(&call, &e->user);
    const bt_status status = call_run(&call, "erasing a profile", error);
    if (status != BT_OK)
        return status;
    call = call_begin(d, "DELETE FROM profile WHERE user = ? AND coalesce(verdict, seen, rating, want) IS NULL");
    bind_id(&call, &e->user);
    return call_run(&call, "erasing a profile", error);
}

static bt_status apply_one(database *d, const event *e, bt_error *error)
{
    uint64_t erased = 0;
    const bt_status status = count_event(d, e, &erased, error);
    if (status != BT_OK)
        return status;
    if (e->facet == EVENT_ERASE)
        return apply_erase(d, e, error);
    return e->version > erased ? apply_mark(d, e, error) : BT_OK;
}

static bt_status move_position(database *d, uint64_t position, bt_error *error)
{
    sqlite_call call = call_begin(d, "UPDATE applied SET position = max(position, ?)");
    call_bind_int(&call, (int64_t)position);
    return call_run(&call, "applying events", error);
}

static bt_status apply(history *h, const event *const *events, size_t n, uint64_t position, bt_error *error)
{
    database *d = database_of(h);
    bool erases = false;
    bt_status status = database_begin_write(d, "applying events", error);
    for (size_t i = 0; i < n && status == BT_OK; i++) {
        status = apply_one(d, events[i], error);
        erases = erases || events[i]->facet == EVENT_ERASE;
    }
    if (status == BT_OK)
        status = move_position(d, position, error);
    if (status == BT_OK)
        status = database_commit(d, "applying events", error);
    if (status != BT_OK)
        database_rollback(d);
    else if (erases)
        database_clear_wal(d);
    return status;
}

static bt_status clear(history *h, bt_error *error)
{
    database *d = database_of(h);
    bt_status status = database_begin_write(d, "clearing the profiles", error);
    if (status == BT_OK)
        status = database_execute(d, "DELETE FROM profile; DELETE FROM person; UPDATE applied SET position = 0",
                                  "clearing the profiles", error);
    if (status == BT_OK)
        status = database_commit(d, "clearing the profiles", error);
    if (status != BT_OK)
        database_rollback(d);
    return status;
}

/* --- reading --------------------------------------------------------------------------------------------------------- */

static bt_status position_of(history *h, uint64_t *position, bt_error *error)
{
    sqlite_call call = call_begin(database_of(h), "SELECT position FROM applied");
    while (call_row(&call))
        *position = (uint64_t)call_int(&call, 0);
    return call_end(&call, "reading the profiles", error);
}

/* film_id and the four cells, from column `first` on. */
static void read_film(sqlite_call *call, int first, event_film *out)
{
    *out = (event_film){.film_id = (uint32_t)call_int(call, first)};
    for (int i = 0; i < EVENT_N_FACETS; i++) {
        uint8_t packed[EVENT_MARK_SIZE];
        if (call_blob(call, first + 1 + i, packed, sizeof packed))
            out->marks[i] = event_mark_unpack(packed);
    }
}

static bt_status read_films(database *d, const event_id *user, arena *a, event_film **out, size_t *n, bt_error *error)
{
    size_t capacity = 0;
    sqlite_call call =
        call_begin(d, "SELECT film_id, verdict, seen, rating, want FROM profile WHERE user = ? ORDER BY film_id");
    bind_id(&call, user);
    while (call_row(&call)) {
        event_film *items = list_room(a, *out, *n, &capacity, sizeof *items);
        if (items == NULL) {
            call_no_memory(&call);
            break;
        }
        *out = items;
        read_film(&call, 0, &items[(*n)++]);
    }
    return call_end(&call, "reading a profile", error);
}

static bt_status read_version(database *d, const event_id *user, uint64_t *version, bt_error *error)
{
    sqlite_call call = call_begin(d, "SELECT version FROM person WHERE user = ?");
    bind_id(&call, user);
    while (call_row(&call))
        *version = (uint64_t)call_int(&call, 0);
    return call_end(&call, "reading a profile", error);
}

static bt_status profile(history *h, const event_id *user, arena *a, event_film **out, size_t *n, uint64_t *version,
                         bt_error *error)
{
    database *d = database_of(h);
    bt_status status = database_begin_read(d, "reading a profile", error);
    if (status != BT_OK)
        return status;
    status = read_version(d, user, version, error);
    if (status == BT_OK)
        status = read_films(d, user, a, out, n, error);
    database_rollback(d);
    return status;
}

static bt_status each_film(history *h, history_each_film *each, void *context, bt_error *error)
{
    sqlite_call call = call_begin(database_of(h), "SELECT p.user, person.version, film_id, verdict, seen, rating, want"
                                                  " FROM profile p JOIN person USING (user) ORDER BY p.user, film_id");
    while (call_row(&call)) {
        event_id user = {{0}};
        event_film one;
        call_blob(&call, 0, user.bytes, sizeof user.bytes);
        read_film(&call, 2, &one);
        if (call.result != SQLITE_ROW || !each(context, &user, (uint64_t)call_int(&call, 1), &one))
            break;
    }
    return call_end(&call, "reading the profiles", error);
}

static bt_status check(history *h, bt_error *error)
{
    return database_check(database_of(h), error);
}

/* --- opening --------------------------------------------------------------------------------------------------------- */

static void close_history(history *h)
{
    database_close(database_of(h));
    bt_free(h);
}

static const history_ops sqlite_ops = {
    .close = close_history,
    .apply = apply,
    .position = position_of,
    .profile = profile,
    .each = each_film,
    .clear = clear,
    .check = check,
};

bt_status history_sqlite_open(const char *address, history_mode mode, history **out, bt_error *error)
{
    if (address[0] == '\0')
        return error_set(error, BT_INVALID_ARGUMENT, "'sqlite:' names no file: expected sqlite:PATH");
    sqlite_history *h = memory_zeroed(1, sizeof *h);
    if (h == NULL)
        return error_no_memory(error, "opening the profiles");
    h->base.ops = &sqlite_ops;
    const bt_status status = database_open(&h->db, &history_kind, address, mode == HISTORY_WRITE, error);
    if (status == BT_OK)
        *out = &h->base;
    else
        bt_free(h);
    return status;
}
