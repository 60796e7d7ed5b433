/* The set of film ids: pages, their running counts, and listing. */
#include "ratings/film_set.h"

#include "base/memory.h"

bool film_set_make(film_set *s)
{
    s->pages = memory_zeroed(FILM_SET_PAGES, sizeof(film_set_page *));
    return s->pages != NULL;
}

void film_set_free(film_set *s)
{
    for (size_t i = 0; s->pages && i < FILM_SET_PAGES; i++)
        bt_free(s->pages[i]);
    bt_free(s->pages);
    s->pages = NULL;
}

bool film_set_new_page(film_set *s, uint32_t id)
{
    film_set_page **page = &s->pages[id >> 16];
    *page = memory_zeroed(1, sizeof **page);
    return *page != NULL;
}

size_t film_set_finish(film_set *s)
{
    uint32_t n = 0;
    for (size_t i = 0; i < FILM_SET_PAGES; i++) {
        film_set_page *page = s->pages[i];
        for (size_t word = 0; page && word < FILM_SET_WORDS; word++) {
            page->before[word] = n;
            n += (uint32_t)__builtin_popcountll(page->bits[word]);
        }
    }
    return n;
}

void film_set_list(const film_set *s, uint32_t *ids)
{
    for (uint32_t i = 0; i < FILM_SET_PAGES; i++) {
        const film_set_page *page = s->pages[i];
        for (uint32_t word = 0; page && word < FILM_SET_WORDS; word++)
            for (uint64_t rest = page->bits[word]; rest != 0; rest &= rest - 1)
                *ids++ = i << 16 | word << 6 | (uint32_t)__builtin_ctzll(rest);
    }
}
