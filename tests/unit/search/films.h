/* A small catalogue for the tests of search, with the traps of real ones. */
#ifndef TESTS_SEARCH_FILMS_H
#define TESTS_SEARCH_FILMS_H

#include <string.h>

#include "butaca/search.h"
#include "support/test.h"

typedef struct small_film {
    uint32_t id;
    int year;
    const char *title, *title_es, *people, *genre, *tag, *overview, *overview_es;
} small_film;

static const small_film small_films[] = {
    {3, 1979, "Alien", "Alien, el octavo pasajero", "Ridley Scott", "Horror", "space", "A crew answers a call from a moon.",
     "Siete tripulantes despiertan en un carguero."},
    {5, 1986, "Aliens", NULL, "James Cameron", "Action", "space", "Marines descend on a colony.", NULL},
    {8, 1999, "Matrix, The", NULL, "Lana Wachowski", "Sci-Fi", "simulation", "A hacker wakes from a simulated world.", NULL},
    {9, 2003, "Matrix Reloaded, The", NULL, "Lana Wachowski", "Sci-Fi", "simulation", "The hackers return.", NULL},
    {11, 1954, "Sabrina", NULL, "Billy Wilder", "Romance", NULL, "A chauffeur's daughter returns from Paris.", NULL},
    {12, 1995, "Sabrina", NULL, "Sydney Pollack", "Romance", NULL, "A chauffeur's daughter, again.", NULL},
    {20, 1982, "Rocky III", NULL, "Sylvester Stallone", "Drama", "boxing", "The boxer trains again.", NULL},
    {21, 2001, "Am\xC3\xA9lie", NULL, "Jean-Pierre Jeunet", "Comedy", "Paris", "A waitress changes lives.",
     "Una camarera cambia vidas con sus canciones."},
    {30, 1997, "Titanic", NULL, "James Cameron", "Drama", "ship", "An ocean liner sinks after hitting an iceberg.", NULL},
    {31, 1931, "M", NULL, "Fritz Lang", "Thriller", NULL, "A city hunts a murderer who whistles.", NULL},
    {40, 1971, "$", NULL, "Richard Brooks", "Comedy", NULL, "A bank robbery with keys.", NULL},
};
enum { N_SMALL = sizeof small_films / sizeof *small_films };

static inline size_t small_texts(const small_film *f, bt_search_text texts[8])
{
    const bt_search_text all[] = {
        {BT_FIELD_TITLE, "en", f->title, 0},
        {BT_FIELD_TITLE, "es", f->title_es, 0},
        {BT_FIELD_PEOPLE, NULL, f->people, 0},
        {BT_FIELD_GENRE, "en", f->genre, 0},
        {BT_FIELD_TAG, "en", f->tag, 0},
        {BT_FIELD_OVERVIEW, "en", f->overview, 0},
        {BT_FIELD_OVERVIEW, "es", f->overview_es, 0},
    };
    size_t n = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (all[i].text == NULL)
            continue;
        texts[n] = all[i];
        texts[n++].length = strlen(all[i].text);
    }
    return n;
}

static inline bt_search_index *small_index(void)
{
    bt_error error = {0};
    bt_search_builder *b = NULL;
    bt_search_index *index = NULL;
    CHECK_OK(bt_search_builder_create(&b, &error), error);
    for (size_t i = 0; i < N_SMALL; i++) {
        bt_search_text texts[8];
        const size_t n = small_texts(&small_films[i], texts);
        CHECK_OK(bt_search_builder_add(b, small_films[i].id, small_films[i].year, texts, n, &error), error);
    }
    CHECK_OK(bt_search_builder_finish(b, &index, &error), error);
    bt_search_builder_free(b);
    return index;
}

#endif
