/* Counting tags: a table of open addressing by film and key. */
#include "import/tags.h"

#include <stdlib.h>
#include <string.h>

#include "base/checksum.h"
#include "base/error.h"
#include "base/memory.h"
#include "butaca/text.h"
#include "import/fields.h"

enum { FIRST_SLOTS = 1 << 10 };

bool film_tags_parse(const import_job *job, const csv_field *user, const csv_field *movie, const csv_field *timestamp,
                     uint32_t *film_id, import_reject *reason)
{
    uint32_t user_id, movie_id, time;
    *film_id = 0;
    if (!field_id(user, &user_id) || !field_id(movie, &movie_id))
        *reason = IMPORT_REJECT_ID;
    else if (!field_u32(timestamp, &time))
        *reason = field_is_number(timestamp) ? IMPORT_REJECT_TIME : IMPORT_REJECT_NUMBER;
    else if ((*film_id = id_map_get(&job->film_ids, movie_id)) == 0)
        *reason = IMPORT_REJECT_UNKNOWN_FILM;
    return *film_id != 0;
}

/* The slot of a film's tag, or the empty one where it would be. */
static film_tag *slot_of(const film_tags *t, uint32_t film_id, const char *key)
{
    const uint64_t parts[] = {film_id, checksum_of(key, strlen(key))};
    size_t at = checksum_of(parts, sizeof parts) & (t->n_slots - 1);
    while (t->slots[at].film_id != 0 && (t->slots[at].film_id != film_id || strcmp(t->slots[at].key, key) != 0))
        at = (at + 1) & (t->n_slots - 1);
    return &t->slots[at];
}

static bool make_room(film_tags *t)
{
    if (t->n_slots > 0 && t->n < t->n_slots / 2)
        return true;
    film_tags larger = *t;
    larger.n_slots = t->n_slots > 0 ? 2 * t->n_slots : FIRST_SLOTS;
    larger.slots = memory_zeroed(larger.n_slots, sizeof *larger.slots);
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < t->n_slots; i++)
        if (t->slots[i].film_id != 0)
            *slot_of(&larger, t->slots[i].film_id, t->slots[i].key) = t->slots[i];
    bt_free(t->slots);
    *t = larger;
    return true;
}

static bt_status count_key(film_tags *t, uint32_t film_id, const char *key, const char *tag, size_t length, bt_error *error)
{
    if (!make_room(t))
        return error_no_memory(error, "reading tags");
    film_tag *slot = slot_of(t, film_id, key);
    if (slot->film_id == 0) {
        const char *text = arena_string(&t->texts, tag, length), *kept = arena_string(&t->texts, key, strlen(key));
        if (!text || !kept)
            return error_no_memory(error, "reading tags");
        *slot = (film_tag){.film_id = film_id, .key = kept, .text = text};
        t->n++;
    }
    slot->n++;
    return BT_OK;
}

bt_status film_tags_add(film_tags *t, uint32_t film_id, const char *tag, size_t length, bt_error *error)
{
    char *key = NULL;
    bt_status status = bt_title_key(tag, length, &key, error);
    if (status == BT_OK && key[0] != '\0' && !memchr(tag, '\x1f', length)) /* no list may hold that one */
        status = count_key(t, film_id, key, tag, length, error);
    bt_free(key);
    return status;
}

/* By film; then most used first. */
static int compare_tags(const void *left, const void *right)
{
    const film_tag *a = left, *b = right;
    if (a->film_id != b->film_id)
        return a->film_id < b->film_id ? -1 : 1;
    return a->n != b->n ? (a->n < b->n) - (a->n > b->n) : strcmp(a->key, b->key);
}

/* The slots are pushed together and sorted, so that the table is one no longer. */
static size_t sort_tags(film_tags *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n_slots; i++)
        if (t->slots[i].film_id != 0)
            t->slots[n++] = t->slots[i];
    if (n > 0)
        qsort(t->slots, n, sizeof *t->slots, compare_tags);
    return n;
}

bt_status film_tags_store(film_tags *t, catalogue *c, bt_error *error)
{
    bt_status status = BT_OK;
    const size_t n = sort_tags(t);
    for (size_t i = 0, end; i < n && status == BT_OK; i = end) {
        const char *names[TAGS_A_FILM];
        film_names tags = {names, 0};
        for (end = i; end < n && t->slots[end].film_id == t->slots[i].film_id; end++)
            if (tags.n < TAGS_A_FILM)
                names[tags.n++] = t->slots[end].text;
        status = catalogue_put_tags(c, t->slots[i].film_id, &tags, error);
    }
    film_tags_free(t);
    return status;
}

void film_tags_free(film_tags *t)
{
    bt_free(t->slots);
    arena_free(&t->texts);
    *t = (film_tags){0};
}
