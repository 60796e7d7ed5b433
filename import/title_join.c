/* Joining by title and year. */
#include "import/title_join.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "butaca/text.h"

static const char doing[] = "joining films by their titles";

/* --- the two sides -------------------------------------------------------------------------------------------------- */

/* The title's key, and where it begins without its article. */
static bt_status make_key(title_join *j, const char *title, const char **key, const char **bare, bt_error *error)
{
    char *made;
    const bt_status status = bt_title_key(title, strlen(title), &made, error);
    if (status != BT_OK)
        return status;
    *key = arena_string(&j->keys, made, strlen(made));
    bt_free(made);
    if (!*key)
        return error_no_memory(error, doing);
    *bare = bt_title_key_bare(*key);
    return BT_OK;
}

static bt_status add_title(title_join *j, const film *f, const char *title, bool own, bt_error *error)
{
    title_entry e = {.film = f->id, .year = f->year, .own = own};
    if (!title)
        return BT_OK;
    const bt_status status = make_key(j, title, &e.key, &e.bare, error);
    if (status != BT_OK)
        return status;
    void *entries = j->entries;
    const bool room = memory_reserve(&entries, j->n_entries, &j->entry_capacity, sizeof *j->entries);
    j->entries = entries;
    if (!room)
        return error_no_memory(error, doing);
    j->entries[j->n_entries++] = e;
    return BT_OK;
}

static bt_status add_film(title_join *j, const film *f, bt_error *error)
{
    bt_status status = f->year != 0 ? add_title(j, f, f->title, true, error) : BT_OK;
    if (status == BT_OK && f->year != 0)
        status = add_title(j, f, f->original_title, true, error);
    for (size_t i = 0; i < f->other_titles.n && f->year != 0 && status == BT_OK; i++)
        status = add_title(j, f, f->other_titles.items[i], false, error);
    for (size_t i = 0; i < f->n_texts && f->year != 0 && status == BT_OK; i++)
        status = add_title(j, f, f->texts[i].title, false, error);
    return status;
}

/* By bare key, the own titles first, so that of a film's equal titles the own one is met first. */
static int compare_entries(const void *x, const void *y)
{
    const title_entry *a = x, *b = y;
    const int order = strcmp(a->bare, b->bare);
    if (order != 0)
        return order;
    if (a->own != b->own)
        return a->own ? -1 : 1;
    return (a->film > b->film) - (a->film < b->film);
}

bt_status title_join_open(title_join *j, catalogue *c, bt_error *error)
{
    *j = (title_join){0};
    const film_query all = {.order = FILM_ORDER_ID};
    arena list = {0}, one = {0};
    uint32_t *ids;
    size_t n;
    bt_status status = catalogue_list_ids(c, &all, &list, &ids, &n, error);
    for (size_t i = 0; status == BT_OK && i < n; i++) {
        film f;
        arena_clear(&one);
        status = catalogue_get(c, ids[i], &one, &f, error);
        if (status == BT_OK)
            status = add_film(j, &f, error);
    }
    arena_free(&list);
    arena_free(&one);
    if (status == BT_OK && j->n_entries > 0)
        qsort(j->entries, j->n_entries, sizeof *j->entries, compare_entries);
    if (status != BT_OK)
        title_join_free(j);
    return status;
}

void title_join_free(title_join *j)
{
    bt_free(j->entries);
    bt_free(j->wanted);
    id_map_free(&j->taken);
    arena_free(&j->keys);
    *j = (title_join){0};
}

bt_status title_join_want(title_join *j, const char *title, int year, uint32_t known, bt_error *error)
{
    title_wanted w = {.year = year, .film = known};
    bt_status status = make_key(j, title, &w.key, &w.bare, error);
    if (status != BT_OK)
        return status;
    void *wanted = j->wanted;
    const bool room = memory_reserve(&wanted, j->n_wanted, &j->wanted_capacity, sizeof *j->wanted);
    j->wanted = wanted;
    if (!room || (known != 0 && !id_map_put(&j->taken, known, (uint32_t)j->n_wanted + 1)))
        return error_no_memory(error, doing);
    j->wanted[j->n_wanted++] = w;
    return BT_OK;
}

/* --- deciding ------------------------------------------------------------------------------------------------------- */

/* How near a title and a film have to be; later rounds are for what the earlier ones left. */
typedef struct join_round {
    bool own;
    int years;
} join_round;

static size_t first_entry(const title_join *j, const char *bare)
{
    size_t low = 0, high = j->n_entries;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(j->entries[middle].bare, bare) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_near(const title_entry *e, const title_wanted *w, const join_round *round)
{
    if (e->year != w->year && strcmp(e->key, w->key) != 0)
        return false;
    return abs(e->year - w->year) <= round->years && (e->own || !round->own);
}

/* The one film that fits; 0: none, TITLE_JOIN_AMBIGUOUS: several. Films that an earlier round gave away don't. */
static uint32_t candidate(const title_join *j, const title_wanted *w, const join_round *round, const id_map *before)
{
    uint32_t found = 0;
    for (size_t i = first_entry(j, w->bare); i < j->n_entries && strcmp(j->entries[i].bare, w->bare) == 0; i++) {
        const title_entry *e = &j->entries[i];
        if (!is_near(e, w, round) || id_map_get(before, e->film) != 0)
            continue;
        if (found != 0 && found != e->film)
            return TITLE_JOIN_AMBIGUOUS;
        found = e->film;
    }
    return found;
}

/* Lets each undecided title ask for its candidate: who asks alone gets it. */
static bt_status run_round(title_join *j, const join_round *round, bt_error *error)
{
    id_map asked = {0};
    bool room = true;
    for (size_t i = 0; i < j->n_wanted && room; i++) {
        title_wanted *w = &j->wanted[i];
        if (w->film != 0 || w->year == 0)
            continue;
        w->film = candidate(j, w, round, &j->taken);
        if (w->film == 0 || w->film == TITLE_JOIN_AMBIGUOUS)
            continue;
        const uint32_t other = id_map_get(&asked, w->film);
        room = id_map_put(&asked, w->film, other == 0 ? (uint32_t)i + 1 : UINT32_MAX);
        if (other == 0)
            continue;
        if (other != UINT32_MAX)
            j->wanted[other - 1].film = TITLE_JOIN_AMBIGUOUS;
        w->film = TITLE_JOIN_AMBIGUOUS;
    }
    for (size_t i = 0; i < asked.capacity && room; i++)
        if (asked.slots[i].key != 0)
            room = id_map_put(&j->taken, asked.slots[i].key, asked.slots[i].value);
    id_map_free(&asked);
    return room ? BT_OK : error_no_memory(error, doing);
}

bt_status title_join_resolve(title_join *j, bt_error *error)
{
    static const join_round rounds[] = {{true, 0}, {false, 0}, {true, 1}, {false, 1}};
    bt_status status = BT_OK;
    for (size_t i = 0; i < sizeof rounds / sizeof *rounds && status == BT_OK; i++)
        status = run_round(j, &rounds[i], error);
    return status;
}
