/* Uniting the ratings of a data folder with those of an import.
 *
 * Both sides are sorted by user and film, so one walk side by side finds every pair. The walk runs twice: it counts, which tells
 * whether anything changes at all and how large the result is, and then it writes. Memory: the result and 4 bytes a film.
 */
#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "ratings/build.h"
#include "ratings/object.h"
#include "ratings/users.h"

typedef struct merge {
    const bt_ratings *present, *added;
    uint32_t *present_film, *added_film; /* index of each side's films in the result */
    ratings_columns columns;             /* NULL while counting */
    ratings_sizes sizes;
    ratings_counts counts;
    bool writing;
} merge;

/* One side's user, or none (begin == end). */
typedef struct merge_range {
    const bt_ratings *from;
    const uint32_t *film; /* index in the result */
    uint64_t at, end;
} merge_range;

static void take(merge *m, const merge_range *side)
{
    if (m->writing) {
        m->columns.films[m->sizes.n_ratings] = side->film[side->from->films[side->at]];
        m->columns.half_stars[m->sizes.n_ratings] = side->from->half_stars[side->at];
        m->columns.times[m->sizes.n_ratings] = side->from->times[side->at];
    }
    m->sizes.n_ratings++;
}

/* Both sides rated one film. */
static void settle(merge *m, const merge_range *present, const merge_range *added)
{
    const uint32_t time_present = present->from->times[present->at], time_added = added->from->times[added->at];
    const bool alike = present->from->half_stars[present->at] == added->from->half_stars[added->at];
    if (time_added == time_present && alike) {
        m->counts.n_same++;
        take(m, present);
    } else if (time_added >= time_present) {
        m->counts.n_superseded++;
        m->counts.n_new++;
        take(m, added);
    } else {
        m->counts.n_superseded++;
        take(m, present);
    }
}

static void merge_user(merge *m, merge_range present, merge_range added)
{
    while (present.at < present.end || added.at < added.end) {
        const uint32_t none = UINT32_MAX; /* above every index: there are fewer than 2^32 - 1 films */
        const uint32_t film_present = present.at < present.end ? present.film[present.from->films[present.at]] : none;
        const uint32_t film_added = added.at < added.end ? added.film[added.from->films[added.at]] : none;
        if (film_present == film_added)
            settle(m, &present, &added);
        else if (film_present < film_added)
            take(m, &present);
        else {
            m->counts.n_new++;
            take(m, &added);
        }
        present.at += film_present <= film_added;
        added.at += film_added <= film_present;
    }
}

static merge_range range_of(const bt_ratings *r, const uint32_t *film, size_t user, bool has)
{
    if (!has)
        return (merge_range){.from = r, .film = film};
    return (merge_range){r, film, r->user_offsets[user], r->user_offsets[user + 1]};
}

static void take_user(merge *m, const char *key)
{
    const size_t size = strlen(key) + 1;
    if (m->writing) {
        m->columns.user_key_at[m->sizes.n_users] = m->sizes.key_bytes;
        memcpy(m->columns.user_keys + m->sizes.key_bytes, key, size);
        m->columns.user_offsets[m->sizes.n_users + 1] = m->sizes.n_ratings;
    }
    m->sizes.key_bytes += size;
    m->sizes.n_users++;
}

/* All users side by side; sizes and counts begin at 0. */
static void walk(merge *m)
{
    const bt_ratings *p = m->present, *a = m->added;
    m->counts = (ratings_counts){0};
    m->sizes.n_users = m->sizes.n_ratings = m->sizes.key_bytes = 0;
    for (size_t i = 0, j = 0; i < p->n_users || j < a->n_users;) {
        const char *key_p = i < p->n_users ? p->user_keys + p->user_key_at[i] : NULL;
        const char *key_a = j < a->n_users ? a->user_keys + a->user_key_at[j] : NULL;
        const int order = !key_p ? 1 : !key_a ? -1 : user_key_compare(key_p, key_a);
        merge_user(m, range_of(p, m->present_film, i, order <= 0), range_of(a, m->added_film, j, order >= 0));
        take_user(m, order <= 0 ? key_p : key_a);
        i += order <= 0;
        j += order >= 0;
    }
}

/* The union of both film lists: numbers each side's films; `ids` (may be NULL) gets the list. Returns its length. */
static size_t merge_films(merge *m, uint32_t *ids)
{
    const bt_ratings *p = m->present, *a = m->added;
    size_t n = 0;
    for (size_t i = 0, j = 0; i < p->n_films || j < a->n_films; n++) {
        const uint64_t id_p = i < p->n_films ? p->film_ids[i] : UINT64_MAX;
        const uint64_t id_a = j < a->n_films ? a->film_ids[j] : UINT64_MAX;
        if (ids)
            ids[n] = (uint32_t)(id_p < id_a ? id_p : id_a);
        if (id_p <= id_a)
            m->present_film[i++] = (uint32_t)n;
        if (id_a <= id_p)
            m->added_film[j++] = (uint32_t)n;
    }
    return n;
}

static bt_status merge_write(merge *m, const char *sources, const bt_ratings **out, bt_error *error)
{
    bt_status status = ratings_columns_make(&m->columns, &m->sizes, sources, error);
    if (status != BT_OK)
        return status;
    merge_films(m, m->columns.film_ids);
    m->writing = true;
    walk(m);
    return ratings_from_columns(&m->columns, &m->sizes, out, error);
}

bt_status ratings_merge(const bt_ratings *present, const bt_ratings *added, const char *sources, const bt_ratings **out,
                        ratings_counts *counts, bt_error *error)
{
    merge m = {.present = present, .added = added};
    bt_status status = BT_OK;
    *out = NULL;
    m.present_film = memory_array(present->n_films, sizeof *m.present_film);
    m.added_film = memory_array(added->n_films, sizeof *m.added_film);
    if (!m.present_film || !m.added_film)
        status = error_no_memory(error, "merging ratings");
    if (status == BT_OK) {
        m.sizes.n_films = merge_films(&m, NULL);
        walk(&m);
        if (m.counts.n_new > 0 || strcmp(present->sources, sources) != 0)
            status = merge_write(&m, sources, out, error);
        *counts = m.counts;
    }
    bt_free(m.present_film);
    bt_free(m.added_film);
    return status;
}
