/* The SQLite back end's own interface: a handle over a database (sqlite/database.h), and the operations by file. */
#ifndef STORE_CATALOGUE_SQLITE_H
#define STORE_CATALOGUE_SQLITE_H

#include "sqlite/database.h"
#include "store/catalogue_backend.h"

extern const database_kind catalogue_kind;

enum { SQLITE_KEPT_GENRES = 32 };

typedef struct sqlite_key {
    const char *key;
    uint32_t film_id;
} sqlite_key;

/* Tables of (text, film_id) that films are found by. */
typedef enum sqlite_key_table { KEYS_OF_TITLES, KEYS_OF_CODES, N_KEY_TABLES } sqlite_key_table;

/* Outside ids of the first films, by source and value: a table of open addressing. */
typedef struct sqlite_id {
    const char *source, *value;
    uint32_t film_id; /* 0: the slot is empty */
} sqlite_id;

typedef struct sqlite_ids {
    sqlite_id *slots; /* n_slots, a power of two; n are taken */
    size_t n_slots, n;
    arena texts;
} sqlite_ids;

typedef struct sqlite_catalogue {
    catalogue base;
    database db;

    /* Of the transaction that writes. */
    bool without_indexes; /* sqlite_drop_indexes */
    struct {
        sqlite_key *items; /* n that wait for sqlite_write_keys */
        size_t n, capacity;
        arena texts;
    } waiting[N_KEY_TABLES];
    sqlite_ids ids; /* that wait for sqlite_write_ids */
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

/* Names in one text with `separator` between them; *out NULL if there are none. False: no memory. */
bool sqlite_join_names(const film_names *names, char separator, arena *a, const char **out);

/* The text in film_code of a country or language, in the arena; NULL: no memory. */
#define SQLITE_COUNTRY 'c'
#define SQLITE_LANGUAGE 'l'
const char *sqlite_code(char kind, const char *code, arena *a);

/* --- what films are found by (catalogue_sqlite_index.c) --------------------------------------------------------------- */

bt_status sqlite_index_film(sqlite_catalogue *c, const film *f, uint32_t id, bt_error *error);
bt_status sqlite_unindex_film(sqlite_catalogue *c, const film *f, uint32_t id, bt_error *error);
bt_status sqlite_write_keys(sqlite_catalogue *c, bt_error *error); /* those that wait */
void sqlite_forget_keys(sqlite_catalogue *c);

/* --- outside ids (catalogue_sqlite_ids.c) ----------------------------------------------------------------------------- */

bt_status sqlite_write_id(sqlite_catalogue *c, uint32_t film_id, const film_id_pair *pair, bt_error *error);
bt_status sqlite_write_ids(sqlite_catalogue *c, bt_error *error); /* those that wait */
void sqlite_forget_ids(sqlite_catalogue *c);
bt_status sqlite_find_id(catalogue *c, const char *source, const char *value, uint32_t *id, bt_error *error);
bt_status sqlite_all_ids(catalogue *c, const char *source, catalogue_each_id *each, void *context, bt_error *error);

/* --- filters (catalogue_sqlite_filter.c) ------------------------------------------------------------------------------ */

enum { SQLITE_WORDS_MAX = 16, SQLITE_PARAMETERS_MAX = SQLITE_WORDS_MAX + 16, SQLITE_WHERE_MAX = 4096 };

typedef struct sqlite_filter {
    char where[SQLITE_WHERE_MAX]; /* " WHERE …" over film, or "" */
    struct {
        char *text; /* NULL: the number */
        int64_t number;
    } parameters[SQLITE_PARAMETERS_MAX]; /* n, in the order of `where` */
    size_t n;
} sqlite_filter;

bt_status sqlite_make_filter(sqlite_filter *f, const film_query *q, bt_error *error); /* to be freed after a failure, too */
void sqlite_free_filter(sqlite_filter *f);
void sqlite_bind_filter(sqlite_call *call, const sqlite_filter *f);
bt_status sqlite_add_functions(sqlite_catalogue *c, bt_error *error); /* to the connection: those that filters use */

/* --- the operations ------------------------------------------------------------------------------------------------ */

/* The indexes that storing a new film doesn't use: the transaction of the first films does without them and makes them, sorted, in
 * a third of the time, when it reads a film or ends. Makes nothing where they are. */
bt_status sqlite_drop_indexes(sqlite_catalogue *c, bt_error *error);
bt_status sqlite_make_indexes(sqlite_catalogue *c, bt_error *error);

bt_status sqlite_write_film(catalogue *c, const film *stored, const film *f, uint32_t *id, bt_error *error);
bt_status sqlite_retire_film(catalogue *c, const film *stored, uint32_t into, bt_error *error);

bt_status sqlite_resolve(catalogue *c, uint32_t id, uint32_t *resolved, bt_error *error);
bt_status sqlite_get(catalogue *c, uint32_t id, arena *a, film *out, bt_error *error);
bt_status sqlite_get_texts(catalogue *c, uint32_t id, arena *a, film *out, bt_error *error);
bt_status sqlite_each(catalogue *c, catalogue_each_film *each, void *context, bt_error *error);
bt_status sqlite_titles(catalogue *c, const title_probe *probe, arena *a, title_list *list, bt_error *error);
bt_status sqlite_list(catalogue *c, const film_query *q, arena *a, film **out, size_t *n, size_t *n_total, bt_error *error);
bt_status sqlite_list_ids(catalogue *c, const film_query *q, arena *a, uint32_t **out, size_t *n, bt_error *error);
bt_status sqlite_facets(catalogue *c, const film_query *q, arena *a, film_facets *out, bt_error *error);
bt_status sqlite_put_tags(catalogue *c, uint32_t id, const film_names *tags, bool *changed, bt_error *error);
bt_status sqlite_put_votes(catalogue *c, const film_votes *votes, size_t n, bt_error *error);
bt_status sqlite_cards(catalogue *c, arena *a, film_card **out, size_t *n, bt_error *error);
bt_status sqlite_genres(catalogue *c, arena *a, film_names *out, bt_error *error);

#endif
