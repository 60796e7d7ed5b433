/* What a back end of the catalogue implements. The front (store/catalogue.c) keeps the rules of transactions, checks arguments,
 * merges films and normalizes ids before it calls one, so that a back end only stores and finds.
 */
#ifndef STORE_CATALOGUE_BACKEND_H
#define STORE_CATALOGUE_BACKEND_H

#include "store/catalogue.h"

typedef struct title_probe {
    const char *key;
    bool prefix; /* also titles that go on after it */
    int year;
    size_t limit;
} title_probe;

typedef struct title_list {
    title_match *items;
    size_t n, capacity;
} title_list;

typedef struct catalogue_ops {
    void (*close)(catalogue *c); /* nothing is open any more */
    bt_status (*begin)(catalogue *c, bt_error *error);
    bt_status (*commit)(catalogue *c, bt_error *error);
    void (*rollback)(catalogue *c);

    /* A film that is new (stored NULL: *id gets its id) or takes the place of `stored`, which is the film as it is now. */
    bt_status (*write_film)(catalogue *c, const film *stored, const film *f, uint32_t *id, bt_error *error);
    /* Removes a film, and leaves a redirect to `into`; redirects to the film lead to `into` from then on. */
    bt_status (*retire_film)(catalogue *c, const film *stored, uint32_t into, bt_error *error);
    bt_status (*put_source)(catalogue *c, const data_source *s, bt_error *error);
    bt_status (*put_tags)(catalogue *c, uint32_t id, const film_names *tags, bool *changed, bt_error *error);
    bt_status (*put_votes)(catalogue *c, const film_votes *votes, size_t n, bt_error *error);
    bt_status (*set_value)(catalogue *c, const char *name, const char *value, bt_error *error);

    /* Where a redirect from `id` leads, `id` itself without one. */
    bt_status (*resolve)(catalogue *c, uint32_t id, uint32_t *resolved, bt_error *error);
    bt_status (*get)(catalogue *c, uint32_t id, arena *a, film *out, bt_error *error); /* `id` is resolved */
    bt_status (*get_texts)(catalogue *c, uint32_t id, arena *a, film *out, bt_error *error);
    bt_status (*each)(catalogue *c, catalogue_each_film *each, void *context, bt_error *error);
    bt_status (*get_value)(catalogue *c, const char *name, arena *a, const char **value, bt_error *error);
    bt_status (*count)(catalogue *c, size_t *n_films, bt_error *error);
    bt_status (*find_id)(catalogue *c, const char *source, const char *value, uint32_t *id, bt_error *error); /* 0: none */
    bt_status (*all_ids)(catalogue *c, const char *source, catalogue_each_id *each, void *context, bt_error *error);
    bt_status (*list)(catalogue *c, const film_query *q, arena *a, film **out, size_t *n, size_t *n_total, bt_error *error);
    bt_status (*facets)(catalogue *c, const film_query *q, arena *a, film_facets *out, bt_error *error);
    bt_status (*list_ids)(catalogue *c, const film_query *q, arena *a, uint32_t **out, size_t *n, bt_error *error);
    bt_status (*cards)(catalogue *c, arena *a, film_card **out, size_t *n, bt_error *error);
    bt_status (*genres)(catalogue *c, arena *a, film_names *out, bt_error *error);
    bt_status (*sources)(catalogue *c, arena *a, data_source **out, size_t *n, bt_error *error);
    bt_status (*check)(catalogue *c, bt_error *error);

    /* Adds to `list` the films that have a title with this key, or one that begins with it, in the order of year and id, at most
     * `limit`. year 0: of any year. */
    bt_status (*titles)(catalogue *c, const title_probe *probe, arena *a, title_list *list, bt_error *error);
} catalogue_ops;

/* The first member of each back end's handle. */
struct catalogue {
    const catalogue_ops *ops;
    bool writable;
    bool open;       /* a transaction is open */
    bool broken;     /* a write in it failed half-way: it can only be rolled back */
    uint64_t change; /* checksum of the films that it has written; 0: none */
    arena scratch;   /* of one call */
};

/* `address` is the URL behind the scheme. */
bt_status catalogue_sqlite_open(const char *address, catalogue_mode mode, catalogue **out, bt_error *error);

#endif
