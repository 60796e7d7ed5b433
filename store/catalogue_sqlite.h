/* The SQLite back end's own interface: a handle over a database (sqlite/database.h), and the operations by file. */
#ifndef STORE_CATALOGUE_SQLITE_H
#define STORE_CATALOGUE_SQLITE_H

#include "sqlite/database.h"
#include "store/catalogue_backend.h"

extern const database_kind catalogue_kind;

enum { SQLITE_KEPT_GENRES = 32 };

typedef struct sqlite_catalogue {
    catalogue base;
    database db;

    /* Of the transaction that writes. */
    bool without_indexes; /* sqlite_drop_indexes */
    struct {
        char name[32];
        int64_t id;
    } genres[SQLITE_KEPT_GENRES];
    size_t n_genres;
} sqlite_catalogue;

static inline sqlite_catalogue *sqlite_of(catalogue *c)
{
    return (sqlite_catalogue *)c;
}

static inline database *database_of(catalogue *c)
{
    return &sqlite_of(c)->db;
}

/* One read transaction around all statements of a list, so that they see one state; inside a write it is there already. */
bt_status sqlite_begin_snapshot(sqlite_catalogue *c, bt_error *error);
void sqlite_end_snapshot(sqlite_catalogue *c);

/* The names in a column of film_list: one copy of its text, cut in place. */
film_names sqlite_split_names(sqlite_call *call, int column, arena *a);

/* --- the operations ------------------------------------------------------------------------------------------------ */

/* The indexes that storing a new film doesn't use: the transaction of the first films does without them and makes them, sorted, in
 * a third of the time, when it reads a film or ends. Makes nothing where they are. */
bt_status sqlite_drop_indexes(sqlite_catalogue *c, bt_error *error);
bt_status sqlite_make_indexes(sqlite_catalogue *c, bt_error *error);

bt_status sqlite_write_film(catalogue *c, const film *stored, const film *f, uint32_t *id, bt_error *error);
bt_status sqlite_retire_film(catalogue *c, const film *stored, uint32_t into, bt_error *error);

bt_status sqlite_resolve(catalogue *c, uint32_t id, uint32_t *resolved, bt_error *error);
bt_status sqlite_get(catalogue *c, uint32_t id, arena *a, film *out, bt_error *error);
bt_status sqlite_each(catalogue *c, catalogue_each_film *each, void *context, bt_error *error);
bt_status sqlite_titles(catalogue *c, const title_probe *probe, arena *a, title_list *list, bt_error *error);
bt_status sqlite_list(catalogue *c, const film_query *q, arena *a, film **out, size_t *n, size_t *n_total, bt_error *error);
bt_status sqlite_list_ids(catalogue *c, const film_query *q, arena *a, uint32_t **out, size_t *n, bt_error *error);
bt_status sqlite_cards(catalogue *c, arena *a, film_card **out, size_t *n, bt_error *error);
bt_status sqlite_genres(catalogue *c, arena *a, film_names *out, bt_error *error);

#endif
