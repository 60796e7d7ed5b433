/* From what a person types to the one film that is meant, or to the films among which to choose. */
#include "app/app.h"
#include "app/near.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { CANDIDATES_MAX = 20 }; /* titles beginning with the text that an ambiguity lists */

/* "id:17" -> 17; false if the text isn't of that form. */
static bool parse_id(const char *text, uint32_t *id)
{
    if (strncmp(text, "id:", 3) != 0 || text[3] < '0' || text[3] > '9')
        return false;
    char *end = NULL;
    const unsigned long long value = strtoull(text + 3, &end, 10);
    if (*end != '\0' || value == 0 || value > UINT32_MAX)
        return false;
    *id = (uint32_t)value;
    return true;
}

static bt_status resolve_id(catalogue *c, uint32_t id, arena *memory, uint32_t *film_id, bt_error *error)
{
    film found = {0};
    bt_error inner = {0};
    const bt_status status = catalogue_get(c, id, memory, &found, &inner);
    if (status == BT_NOT_FOUND)
        return error_set(error, status, "no film has the id %u", id);
    if (status != BT_OK)
        return error_set(error, status, "%s", inner.message);
    *film_id = found.id; /* a merged film's id leads to the one it was merged into */
    return BT_OK;
}

bt_status app_resolve_title(catalogue *c, const char *title, arena *memory, uint32_t *film_id, title_match **candidates,
                            size_t *n_candidates, bt_error *error)
{
    *candidates = NULL;
    *n_candidates = 0;
    uint32_t id = 0;
    if (parse_id(title, &id))
        return resolve_id(c, id, memory, film_id, error);
    title_match *matches = NULL;
    size_t n = 0;
    const bt_status status = catalogue_find_title(c, title, CANDIDATES_MAX, memory, &matches, &n, error);
    if (status != BT_OK)
        return status;
    if (n == 0)
        return error_set(error, BT_NOT_FOUND, "no film is called \"%s\"", title);
    *candidates = matches;
    *n_candidates = n;
    *film_id = matches[0].id;
    if (n == 1)
        return BT_OK;
    return error_set(error, BT_AMBIGUOUS, "\"%s\" may be any of %zu films", title, n);
}

/* --- titles that are spelt nearly so --------------------------------------------------------------------------------- */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Slips between two title keys, with or without their leading articles, times two: odd if only the beginning of b is meant, so
 * that a whole title comes before one that goes on.
 */
static size_t key_distance(const char *a, const char *b)
{
    const char *bare_a = bt_title_key_bare(a), *bare_b = bt_title_key_bare(b);
    const size_t whole = least(near_distance(a, b), near_distance(bare_a, bare_b));
    const size_t beginning = least(near_beginning(a, b), near_beginning(bare_a, bare_b));
    if (whole == SIZE_MAX && beginning == SIZE_MAX)
        return SIZE_MAX;
    return whole <= beginning ? 2 * whole : 2 * beginning + 1;
}

typedef struct near_films {
    title_match films[APP_NEAR_MAX];
    size_t distance[APP_NEAR_MAX];
    size_t n;
} near_films;

/* Keeps the nearest films in order of distance; of equal ones the first that came stays first. */
static void near_offer(near_films *best, const film_card *card, size_t distance)
{
    size_t at = best->n;
    while (at > 0 && best->distance[at - 1] > distance)
        at--;
    if (at == APP_NEAR_MAX)
        return;
    const size_t n = best->n < APP_NEAR_MAX ? best->n + 1 : APP_NEAR_MAX;
    memmove(&best->films[at + 1], &best->films[at], (n - at - 1) * sizeof best->films[0]);
    memmove(&best->distance[at + 1], &best->distance[at], (n - at - 1) * sizeof best->distance[0]);
    best->films[at] = (title_match){.id = card->id, .title = card->title, .year = card->year};
    best->distance[at] = distance;
    best->n = n;
}

/* The typed title as a key, without a year in parentheses at its end. */
static bt_status typed_key(const char *title, char **out, bt_error *error)
{
    size_t length = strlen(title);
    while (length > 0 && title[length - 1] == ' ')
        length--;
    if (length > 6 && title[length - 1] == ')' && title[length - 6] == '(')
        length -= 6;
    return bt_title_key(title, length, out, error);
}

bt_status app_near_titles(catalogue *c, const char *title, arena *memory, title_match **out, size_t *n, bt_error *error)
{
    *n = 0;
    film_card *cards = NULL;
    size_t n_cards = 0;
    char *key = NULL;
    bt_status status = catalogue_cards(c, memory, &cards, &n_cards, error);
    if (status == BT_OK)
        status = typed_key(title, &key, error);
    if (status != BT_OK)
        return status;
    if (key[0] == '\0') {
        bt_free(key);
        return BT_OK; /* no letter: anything would be near */
    }
    const size_t within = strlen(key) < 8 ? 1 : 2 + strlen(key) / 16; /* slips that still let the title be recognized */
    near_films best = {.n = 0};
    for (size_t i = 0; i < n_cards && status == BT_OK; i++) {
        char *other = NULL;
        status = bt_title_key(cards[i].title, strlen(cards[i].title), &other, error);
        const size_t distance = status == BT_OK ? key_distance(key, other) : SIZE_MAX;
        if (distance / 2 <= within)
            near_offer(&best, &cards[i], distance);
        bt_free(other);
    }
    bt_free(key);
    if (status != BT_OK)
        return status;
    *out = arena_take(memory, sizeof best.films);
    if (*out == NULL)
        return error_no_memory(error, "looking for titles");
    memcpy(*out, best.films, sizeof best.films);
    *n = best.n;
    return BT_OK;
}
