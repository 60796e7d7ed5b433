/* Outside ids in SQLite. Those of the first films wait in memory (catalogue_sqlite_index.c says why), where they are found by a table
 * of open addressing: some 60 bytes an id, at most IDS_WAITING_MAX of them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/checksum.h"
#include "base/error.h"
#include "base/memory.h"
#include "store/catalogue_sqlite.h"

enum { IDS_WAITING_MAX = 1 << 20, FIRST_SLOTS = 1 << 12, IDS_A_STATEMENT = 16 };

#define ID_ROWS_8 "(?,?,?),(?,?,?),(?,?,?),(?,?,?),(?,?,?),(?,?,?),(?,?,?),(?,?,?)"
static const char add_id_sql[] = "INSERT INTO film_id (source, value, film_id) VALUES (?,?,?)",
                  add_ids_sql[] = "INSERT INTO film_id (source, value, film_id) VALUES " ID_ROWS_8 "," ID_ROWS_8;
static const char doing[] = "storing a film";

/* --- the table of those that wait ---------------------------------------------------------------------------------------- */

/* The slot of an id, or the empty one where it would be. */
static sqlite_id *slot_of(const sqlite_ids *ids, const char *source, const char *value)
{
    const uint64_t parts[] = {checksum_of(source, strlen(source)), checksum_of(value, strlen(value))};
    size_t at = checksum_of(parts, sizeof parts) & (ids->n_slots - 1);
    while (ids->slots[at].film_id != 0 &&
           (strcmp(ids->slots[at].value, value) != 0 || strcmp(ids->slots[at].source, source) != 0))
        at = (at + 1) & (ids->n_slots - 1);
    return &ids->slots[at];
}

static bool make_room(sqlite_ids *ids)
{
    if (ids->n_slots > 0 && ids->n < ids->n_slots / 2)
        return true;
    sqlite_ids larger = *ids;
    larger.n_slots = ids->n_slots > 0 ? 2 * ids->n_slots : FIRST_SLOTS;
    larger.slots = memory_zeroed(larger.n_slots, sizeof *larger.slots);
    if (larger.slots == NULL)
        return false;
    for (size_t i = 0; i < ids->n_slots; i++)
        if (ids->slots[i].film_id != 0)
            *slot_of(&larger, ids->slots[i].source, ids->slots[i].value) = ids->slots[i];
    bt_free(ids->slots);
    *ids = larger;
    return true;
}

static bt_status let_wait(sqlite_ids *ids, const film_id_pair *pair, uint32_t film_id, bt_error *error)
{
    const char *source = arena_string(&ids->texts, pair->source, strlen(pair->source));
    const char *value = arena_string(&ids->texts, pair->value, strlen(pair->value));
    if (source == NULL || value == NULL || !make_room(ids))
        return error_no_memory(error, doing);
    *slot_of(ids, source, value) = (sqlite_id){source, value, film_id};
    ids->n++;
    return BT_OK;
}

void sqlite_forget_ids(sqlite_catalogue *c)
{
    bt_free(c->ids.slots);
    arena_free(&c->ids.texts);
    c->ids = (sqlite_ids){0};
}

/* --- writing ------------------------------------------------------------------------------------------------------------- */

static int compare_ids(const void *left, const void *right)
{
    const sqlite_id *a = left, *b = right;
    const int order = strcmp(a->source, b->source);
    return order != 0 ? order : strcmp(a->value, b->value);
}

static bt_status write_some(sqlite_catalogue *c, const char *sql, const sqlite_id *ids, size_t n, bt_error *error)
{
    sqlite_call call = call_begin(&c->db, sql);
    for (size_t i = 0; i < n; i++) {
        call_bind_text(&call, ids[i].source);
        call_bind_text(&call, ids[i].value);
        call_bind_int(&call, ids[i].film_id);
    }
    return call_run(&call, doing, error);
}

/* The slots are pushed together and sorted, so that the table is one no longer. */
bt_status sqlite_write_ids(sqlite_catalogue *c, bt_error *error)
{
    sqlite_id *ids = c->ids.slots;
    size_t total = 0;
    bt_status status = BT_OK;
    for (size_t i = 0; i < c->ids.n_slots; i++)
        if (ids[i].film_id != 0)
            ids[total++] = ids[i];
    if (total > 0)
        qsort(ids, total, sizeof *ids, compare_ids);
    for (size_t i = 0, n; i < total && status == BT_OK; i += n) {
        const bool many = total - i >= IDS_A_STATEMENT;
        n = many ? IDS_A_STATEMENT : 1;
        status = write_some(c, many ? add_ids_sql : add_id_sql, ids + i, n, error);
    }
    sqlite_forget_ids(c);
    return status;
}

/* When too many wait, the rest of the transaction does without waiting. */
bt_status sqlite_write_id(sqlite_catalogue *c, uint32_t film_id, const film_id_pair *pair, bt_error *error)
{
    if (c->without_indexes && c->ids.n < IDS_WAITING_MAX)
        return let_wait(&c->ids, pair, film_id, error);
    const bt_status status = c->without_indexes ? sqlite_make_indexes(c, error) : BT_OK;
    return status == BT_OK ? write_some(c, add_id_sql, &(sqlite_id){pair->source, pair->value, film_id}, 1, error) : status;
}

/* --- looking up ------------------------------------------------------------------------------------------------------------ */

bt_status sqlite_find_id(catalogue *base, const char *source, const char *value, uint32_t *id, bt_error *error)
{
    sqlite_catalogue *c = sqlite_of(base);
    if (c->without_indexes) { /* there was no film before */
        *id = c->ids.n > 0 ? slot_of(&c->ids, source, value)->film_id : 0;
        return BT_OK;
    }
    sqlite_call call = call_begin(&c->db, "SELECT film_id FROM film_id WHERE source = ? AND value = ?");
    call_bind_text(&call, source);
    call_bind_text(&call, value);
    while (call_row(&call))
        *id = (uint32_t)call_int(&call, 0);
    return call_end(&call, "looking up an id", error);
}

bt_status sqlite_all_ids(catalogue *base, const char *source, catalogue_each_id *each, void *context, bt_error *error)
{
    sqlite_catalogue *c = sqlite_of(base);
    const bt_status status = sqlite_make_indexes(c, error);
    if (status != BT_OK)
        return status;
    sqlite_call call = call_begin(&c->db, "SELECT value, film_id FROM film_id WHERE source = ?");
    call_bind_text(&call, source);
    while (call_row(&call)) {
        const char *value = call_text(&call, 0);
        if (value == NULL)
            call_no_memory(&call);
        else if (!each(context, value, (uint32_t)call_int(&call, 1)))
            break;
    }
    return call_end(&call, "reading the films' ids", error);
}
