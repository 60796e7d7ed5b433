/* A set of film ids that knows each member's position in ascending order: what turns ids into the columns' indices.
 *
 * Two levels: 65,536 pages of 65,536 ids, a page made when the first of its ids comes. Butaca's ids are dense, so a catalogue of
 * 60,000 films takes one page of 12 KB. Adding and ranking are O(1).
 */
#ifndef RATINGS_FILM_SET_H
#define RATINGS_FILM_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FILM_SET_PAGES = 1 << 16, FILM_SET_WORDS = (1 << 16) / 64 };

typedef struct film_set_page {
    uint64_t bits[FILM_SET_WORDS];
    uint32_t before[FILM_SET_WORDS]; /* members below the word's first id; after film_set_finish */
} film_set_page;

typedef struct film_set {
    film_set_page **pages; /* FILM_SET_PAGES, NULL where no id came */
} film_set;

bool film_set_make(film_set *s); /* false: no memory */
void film_set_free(film_set *s); /* zeroed is fine */

bool film_set_new_page(film_set *s, uint32_t id); /* false: no memory */

static inline bool film_set_add(film_set *s, uint32_t id)
{
    if (!s->pages[id >> 16] && !film_set_new_page(s, id))
        return false;
    s->pages[id >> 16]->bits[(id & 0xffff) / 64] |= UINT64_C(1) << (id % 64);
    return true;
}

/* Counts the members and makes ranks valid. */
size_t film_set_finish(film_set *s);

/* The members in ascending order. */
void film_set_list(const film_set *s, uint32_t *ids);

/* The position of a member in ascending order. */
static inline uint32_t film_set_rank(const film_set *s, uint32_t id)
{
    const film_set_page *page = s->pages[id >> 16];
    const uint32_t word = (id & 0xffff) / 64;
    const uint64_t below = page->bits[word] & ((UINT64_C(1) << (id % 64)) - 1);
    return page->before[word] + (uint32_t)__builtin_popcountll(below);
}

#endif
