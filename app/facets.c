/* How many of the films found have each genre, language and decade: one pass over their cards.
 */
#include <stdlib.h>
#include <string.h>

#include "app/state.h"
#include "store/film.h"

enum { YEAR_FROM = 1870, YEARS = 10 * APP_DECADES_MAX };

/* Counts one for the name text[0, length). */
static bool count_name(app_count *counts, size_t *n, size_t room, const char *text, size_t length, arena *memory)
{
    size_t i = 0;
    while (i < *n && (strncmp(counts[i].name, text, length) != 0 || counts[i].name[length] != '\0'))
        i++;
    if (i == room)
        return true;
    if (i == *n) {
        counts[i] = (app_count){arena_string(memory, text, length), 0};
        if (counts[i].name == NULL)
            return false;
        ++*n;
    }
    counts[i].n++;
    return true;
}

static bool count_languages(app_facets *f, const film_card *card, arena *memory)
{
    static const char separators[] = {FILM_UNIT_SEPARATOR, '\0'};
    for (const char *text = card->languages; text != NULL && *text != '\0';) {
        const size_t length = strcspn(text, separators);
        if (!count_name(f->languages, &f->n_languages, APP_LANGUAGES_MAX, text, length, memory))
            return false;
        text += length + (text[length] != '\0');
    }
    return true;
}

static int compare_counts(const void *x, const void *y)
{
    const app_count *a = x, *b = y;
    return a->n != b->n ? (a->n > b->n ? -1 : 1) : strcmp(a->name, b->name);
}

static void write_genres(const app *a, const size_t counts[APP_GENRES_MAX], app_facets *f)
{
    for (size_t i = 0; i < a->genres.n && i < APP_GENRES_MAX; i++)
        if (counts[i] > 0)
            f->genres[f->n_genres++] = (app_count){a->genres.items[i], counts[i]};
    qsort(f->genres, f->n_genres, sizeof *f->genres, compare_counts);
}

static bool write_decades(const size_t counts[APP_DECADES_MAX], app_facets *f, arena *memory)
{
    for (size_t i = 0; i < APP_DECADES_MAX; i++) {
        if (counts[i] == 0)
            continue;
        const char *name = arena_format(memory, "%zu", YEAR_FROM + 10 * i);
        if (name == NULL)
            return false;
        f->decades[f->n_decades++] = (app_count){name, counts[i]};
    }
    return true;
}

bool facets_count(const app *a, const uint8_t *found, size_t n, arena *memory, app_facets *out)
{
    size_t genres[APP_GENRES_MAX] = {0}, decades[APP_DECADES_MAX] = {0};
    *out = (app_facets){.n_genres = 0};
    for (size_t i = 0; i < n; i++) {
        const film_card *card = a->search_cards[i];
        if (found[i] == 0 || card == NULL)
            continue;
        for (size_t bit = 0; bit < APP_GENRES_MAX; bit++)
            genres[bit] += card->genres >> bit & 1;
        if (card->year >= YEAR_FROM && card->year < YEAR_FROM + YEARS)
            decades[(card->year - YEAR_FROM) / 10]++;
        if (!count_languages(out, card, memory))
            return false;
    }
    qsort(out->languages, out->n_languages, sizeof *out->languages, compare_counts);
    write_genres(a, genres, out);
    return write_decades(decades, out, memory);
}
