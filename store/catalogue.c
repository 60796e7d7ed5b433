/* The catalogue's front: picks the back end by the URL's scheme, keeps the rules of transactions, and hands each call on.
 * Look-up by title is in catalogue_titles.c.
 */
#include "store/catalogue.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checksum.h"
#include "base/error.h"
#include "store/catalogue_backend.h"
#include "store/film.h"

typedef bt_status open_function(const char *address, catalogue_mode mode, catalogue **out, bt_error *error);

static const struct {
    const char *scheme;
    open_function *open;
} backends[] = {
    {"sqlite:", catalogue_sqlite_open},
};

bt_status catalogue_open(const char *url, catalogue_mode mode, catalogue **out, bt_error *error)
{
    *out = NULL;
    for (size_t i = 0; i < sizeof backends / sizeof *backends; i++) {
        const size_t n = strlen(backends[i].scheme);
        if (strncmp(url, backends[i].scheme, n) == 0)
            return backends[i].open(url + n, mode, out, error);
    }
    return error_set(error, BT_UNSUPPORTED, "no store is known for '%s': expected sqlite:PATH (sqlite:butaca.db)", url);
}

void catalogue_close(catalogue *c)
{
    if (c == NULL)
        return;
    catalogue_rollback(c);
    arena_free(&c->scratch);
    c->ops->close(c);
}

/* --- transactions -------------------------------------------------------------------------------------------------- */

bt_status catalogue_begin(catalogue *c, bt_error *error)
{
    if (!c->writable)
        return error_set(error, BT_INVALID_ARGUMENT, "the catalogue is open for reading: open it for writing to change it");
    if (c->open)
        return error_set(error, BT_INVALID_ARGUMENT, "a transaction of the catalogue is open already: commit it first");
    const bt_status status = c->ops->begin(c, error);
    c->open = status == BT_OK;
    c->broken = false;
    c->change = 0;
    return status;
}

/* Whether a write is in place now. */
static bt_status check_open(const catalogue *c, bt_error *error)
{
    if (!c->open)
        return error_set(error, BT_INVALID_ARGUMENT, "no transaction of the catalogue is open: begin one first");
    if (c->broken)
        return error_set(error, BT_INVALID_ARGUMENT, "an earlier write to the catalogue failed: roll back and begin again");
    return BT_OK;
}

/* The version follows from the one before and from what was written. */
static const char version_name[] = "films.version";

bt_status catalogue_version(catalogue *c, uint64_t *version, bt_error *error)
{
    arena memory = {0};
    const char *text = NULL;
    const bt_status status = c->ops->get_value(c, version_name, &memory, &text, error);
    *version = status == BT_OK && text != NULL ? strtoull(text, NULL, 16) : 0;
    arena_free(&memory);
    return status;
}

static bt_status store_version(catalogue *c, bt_error *error)
{
    char text[17];
    uint64_t version = 0;
    const bt_status status = catalogue_version(c, &version, error);
    if (status != BT_OK)
        return status;
    const uint64_t parts[] = {version, c->change};
    version = checksum_of(parts, sizeof parts);
    snprintf(text, sizeof text, "%016" PRIx64, version != 0 ? version : 1);
    return c->ops->set_value(c, version_name, text, error);
}

bt_status catalogue_commit(catalogue *c, bt_error *error)
{
    bt_status status = check_open(c, error);
    if (status == BT_OK && c->change != 0)
        status = store_version(c, error);
    if (status == BT_OK)
        status = c->ops->commit(c, error);
    if (status == BT_OK)
        c->open = false;
    else
        catalogue_rollback(c);
    return status;
}

void catalogue_rollback(catalogue *c)
{
    if (c->open)
        c->ops->rollback(c);
    c->open = false;
}

/* What a back end's write came to: one that failed may have been done by half. */
static bt_status written(catalogue *c, bt_status status)
{
    c->broken = c->broken || status != BT_OK;
    return status;
}

static void note_change(catalogue *c, uint64_t what)
{
    const uint64_t parts[] = {c->change, what};
    c->change = checksum_of(parts, sizeof parts);
}

/* --- writing ------------------------------------------------------------------------------------------------------- */

/* f without those outside ids that name another film than `id`; *id, if it is 0, gets the film that the first known one names. */
static bt_status claim_ids(catalogue *c, const film *f, uint32_t *id, film *claimed, bt_error *error)
{
    film_id_pair *ids = arena_take(&c->scratch, f->n_ids * sizeof *ids);
    if (ids == NULL)
        return error_no_memory(error, "looking up a film's ids");
    *claimed = *f;
    claimed->ids = ids;
    claimed->n_ids = 0;
    for (size_t i = 0; i < f->n_ids; i++) {
        uint32_t owner = 0;
        const bt_status status =
            c->ops->find_id(c, f->ids[i].source, film_outside_value(f->ids[i].source, f->ids[i].value), &owner, error);
        if (status != BT_OK)
            return status;
        if (*id == 0)
            *id = owner;
        if (owner == 0 || owner == *id)
            ids[claimed->n_ids++] = f->ids[i];
    }
    return BT_OK;
}

static bt_status write_film(catalogue *c, const film *stored, film *f, uint32_t *id, bt_error *error)
{
    const bt_status status = written(c, c->ops->write_film(c, stored, f, id, error));
    f->id = *id;
    note_change(c, film_checksum(f));
    return status;
}

static bt_status put_checked(catalogue *c, film *f, bt_error *error)
{
    film claimed, stored = {0}, merged;
    uint32_t id = 0;
    bt_status status = f->id != 0 ? c->ops->resolve(c, f->id, &id, error) : BT_OK;
    if (status == BT_OK)
        status = claim_ids(c, f, &id, &claimed, error);
    if (status == BT_OK && id != 0)
        status = c->ops->get(c, id, &c->scratch, &stored, error);
    if (status == BT_OK)
        status = film_merge(&stored, &claimed, &c->scratch, &merged, error);
    if (status != BT_OK)
        return status;
    if (merged.title == NULL)
        return error_set(error, BT_INVALID_ARGUMENT, "a new film has no title: give it one");
    if (id == 0 || !film_same(&stored, &merged))
        status = write_film(c, id != 0 ? &stored : NULL, &merged, &id, error);
    if (status == BT_OK)
        f->id = id;
    return status;
}

bt_status catalogue_put(catalogue *c, film *f, bt_error *error)
{
    bt_status status = check_open(c, error);
    if (status == BT_OK)
        status = film_check(f, error);
    if (status == BT_OK)
        status = put_checked(c, f, error);
    arena_clear(&c->scratch);
    return status;
}

/* What `from` has that `into` takes over: its ids and, as other titles, its titles. */
static bt_status inherit(catalogue *c, const film *from, const film *into, film *out, bt_error *error)
{
    film_names_builder titles = {0};
    bool fits = film_names_add(&titles, &c->scratch, from->title);
    if (from->original_title != NULL)
        fits = fits && film_names_add(&titles, &c->scratch, from->original_title);
    for (size_t i = 0; i < from->other_titles.n; i++)
        fits = fits && film_names_add(&titles, &c->scratch, from->other_titles.items[i]);
    if (!fits)
        return error_no_memory(error, "merging two films");
    const film heritage = {.ids = from->ids, .n_ids = from->n_ids, .other_titles = film_names_of(&titles)};
    return film_merge(into, &heritage, &c->scratch, out, error);
}

static bt_status redirect_resolved(catalogue *c, uint32_t from, uint32_t into, bt_error *error)
{
    film old, target, merged;
    bt_status status = c->ops->get(c, from, &c->scratch, &old, error);
    if (status == BT_OK)
        status = c->ops->get(c, into, &c->scratch, &target, error);
    if (status == BT_OK)
        status = inherit(c, &old, &target, &merged, error);
    if (status != BT_OK)
        return status;
    status = c->ops->retire_film(c, &old, into, error);
    note_change(c, from);
    return status == BT_OK ? write_film(c, &target, &merged, &into, error) : written(c, status);
}

bt_status catalogue_redirect(catalogue *c, uint32_t from, uint32_t into, bt_error *error)
{
    uint32_t source = 0, target = 0;
    bt_status status = check_open(c, error);
    if (status == BT_OK)
        status = c->ops->resolve(c, from, &source, error);
    if (status == BT_OK)
        status = c->ops->resolve(c, into, &target, error);
    if (status != BT_OK)
        return status;
    if (source == target && from != source)
        return BT_OK; /* done before */
    if (source == target)
        return error_set(error, BT_INVALID_ARGUMENT, "film %u can't lead to film %u, which is or leads to itself", from, into);
    status = redirect_resolved(c, source, target, error);
    arena_clear(&c->scratch);
    return status;
}

static bt_status check_source(const data_source *s, bt_error *error)
{
    if (s->name == NULL || s->title == NULL || s->licence == NULL)
        return error_set(error, BT_INVALID_ARGUMENT, "a data source needs a name, a title and a licence");
    const char *const texts[] = {s->name, s->title, s->licence, s->url, s->attribution};
    bt_status status = BT_OK;
    for (size_t i = 0; i < sizeof texts / sizeof *texts && status == BT_OK; i++)
        status = film_check_text("the description of a data source", texts[i], error);
    return status;
}

bt_status catalogue_put_source(catalogue *c, const data_source *s, bt_error *error)
{
    bt_status status = check_open(c, error);
    if (status == BT_OK)
        status = check_source(s, error);
    return status == BT_OK ? written(c, c->ops->put_source(c, s, error)) : status;
}

bt_status catalogue_put_tags(catalogue *c, uint32_t id, const film_names *tags, bt_error *error)
{
    bool changed = false;
    bt_status status = check_open(c, error);
    if (status == BT_OK)
        status = film_check_names("tag", tags, error);
    if (status == BT_OK)
        status = written(c, c->ops->put_tags(c, id, tags, &changed, error));
    if (status == BT_OK && changed) {
        note_change(c, id);
        note_change(c, film_names_checksum(tags));
    }
    arena_clear(&c->scratch);
    return status;
}

static bt_status check_votes(const film_votes *votes, size_t n, bt_error *error)
{
    for (size_t i = 0; i < n; i++) {
        if (votes[i].film_id == 0 || (i > 0 && votes[i].film_id <= votes[i - 1].film_id))
            return error_set(error, BT_INVALID_ARGUMENT, "votes of film %u: expected film ids in ascending order",
                             votes[i].film_id);
        if (votes[i].n == 0 || !(votes[i].mean >= 0.5 && votes[i].mean <= 5))
            return error_set(error, BT_INVALID_ARGUMENT,
                             "%u votes of film %u with a mean of %g: expected 0.5 to 5 stars of at least 1", votes[i].n,
                             votes[i].film_id, votes[i].mean);
    }
    return BT_OK;
}

bt_status catalogue_put_votes(catalogue *c, const film_votes *votes, size_t n, bt_error *error)
{
    bt_status status = check_open(c, error);
    if (status == BT_OK)
        status = check_votes(votes, n, error);
    return status == BT_OK ? written(c, c->ops->put_votes(c, votes, n, error)) : status;
}

bt_status catalogue_set_value(catalogue *c, const char *name, const char *value, bt_error *error)
{
    const bt_status status = check_open(c, error);
    return status == BT_OK ? written(c, c->ops->set_value(c, name, value, error)) : status;
}

/* --- reading ------------------------------------------------------------------------------------------------------- */

bt_status catalogue_get_value(catalogue *c, const char *name, arena *a, const char **value, bt_error *error)
{
    *value = NULL;
    return c->ops->get_value(c, name, a, value, error);
}

bt_status catalogue_count(catalogue *c, size_t *n_films, bt_error *error)
{
    return c->ops->count(c, n_films, error);
}

bt_status catalogue_get(catalogue *c, uint32_t id, arena *a, film *out, bt_error *error)
{
    uint32_t resolved = 0;
    *out = (film){0};
    const bt_status status = c->ops->resolve(c, id, &resolved, error);
    return status == BT_OK ? c->ops->get(c, resolved, a, out, error) : status;
}

bt_status catalogue_get_texts(catalogue *c, uint32_t id, arena *a, film *out, bt_error *error)
{
    *out = (film){.id = id};
    return c->ops->get_texts(c, id, a, out, error);
}

bt_status catalogue_each(catalogue *c, catalogue_each_film *each, void *context, bt_error *error)
{
    return c->ops->each(c, each, context, error);
}

bt_status catalogue_find_id(catalogue *c, const char *source, const char *value, uint32_t *id, bt_error *error)
{
    *id = 0;
    const bt_status status = c->ops->find_id(c, source, film_outside_value(source, value), id, error);
    if (status == BT_OK && *id == 0)
        return error_set(error, BT_NOT_FOUND, "no film has the id %s:%s", source, value);
    return status;
}

bt_status catalogue_all_ids(catalogue *c, const char *source, catalogue_each_id *each, void *context, bt_error *error)
{
    return c->ops->all_ids(c, source, each, context, error);
}

bt_status catalogue_list(catalogue *c, const film_query *q, arena *a, film **out, size_t *n, size_t *n_total, bt_error *error)
{
    *out = NULL;
    *n = *n_total = 0;
    return c->ops->list(c, q, a, out, n, n_total, error);
}

bt_status catalogue_facets(catalogue *c, const film_query *q, arena *a, film_facets *out, bt_error *error)
{
    *out = (film_facets){0};
    return c->ops->facets(c, q, a, out, error);
}

bt_status catalogue_list_ids(catalogue *c, const film_query *q, arena *a, uint32_t **out, size_t *n, bt_error *error)
{
    *out = NULL;
    *n = 0;
    return c->ops->list_ids(c, q, a, out, n, error);
}

bt_status catalogue_cards(catalogue *c, arena *a, film_card **out, size_t *n, bt_error *error)
{
    *out = NULL;
    *n = 0;
    return c->ops->cards(c, a, out, n, error);
}

bt_status catalogue_genres(catalogue *c, arena *a, film_names *out, bt_error *error)
{
    *out = (film_names){0};
    return c->ops->genres(c, a, out, error);
}

bt_status catalogue_sources(catalogue *c, arena *a, data_source **out, size_t *n, bt_error *error)
{
    *out = NULL;
    *n = 0;
    return c->ops->sources(c, a, out, n, error);
}

bt_status catalogue_check(catalogue *c, bt_error *error)
{
    return c->ops->check(c, error);
}
