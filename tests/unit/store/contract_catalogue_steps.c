/* Steps of the catalogue's contract. */
#include "contract_catalogue.h"

#include <stdio.h>

#include "support/test.h"

bt_error error;

catalogue *open_store(catalogue_mode mode)
{
    catalogue *c = NULL;
    CHECK_OK(catalogue_open(contract_catalogue_url(), mode, &c, &error), error);
    return c;
}

catalogue *writing(void)
{
    catalogue *c = open_store(CATALOGUE_WRITE);
    CHECK_OK(catalogue_begin(c, &error), error);
    return c;
}

uint32_t put(catalogue *c, film f)
{
    CHECK_OK(catalogue_put(c, &f, &error), error);
    return f.id;
}

uint32_t put_title(catalogue *c, const char *title, int year)
{
    return put(c, (film){.title = title, .year = year});
}

film get(catalogue *c, uint32_t id, arena *a)
{
    film f = {0};
    CHECK_OK(catalogue_get(c, id, a, &f, &error), error);
    return f;
}

size_t count(catalogue *c)
{
    size_t n = 0;
    CHECK_OK(catalogue_count(c, &n, &error), error);
    return n;
}

void check_names(const film_names *names, const film_names *expected)
{
    CHECK_INT(names->n, expected->n);
    for (size_t i = 0; i < names->n && i < expected->n; i++)
        CHECK_STR(names->items[i], expected->items[i]);
}

const char *found(catalogue *c, const char *title)
{
    static char text[512];
    arena a = {0};
    title_match *matches = NULL;
    size_t n = 0, used = 0;
    CHECK_OK(catalogue_find_title(c, title, 20, &a, &matches, &n, &error), error);
    text[0] = '\0';
    for (size_t i = 0; i < n; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s%u", i > 0 ? " " : "", matches[i].exact ? "" : "~",
                                 matches[i].id);
    arena_free(&a);
    return text;
}

const char *listed(catalogue *c, film_query q)
{
    static char text[512];
    arena a = {0};
    film *films = NULL;
    uint32_t *ids = NULL;
    size_t n = 0, n_ids = 0, total = 0, used = 0;
    CHECK_OK(catalogue_list(c, &q, &a, &films, &n, &total, &error), error);
    CHECK_OK(catalogue_list_ids(c, &q, &a, &ids, &n_ids, &error), error);
    CHECK_INT(n_ids, n);
    for (size_t i = 0; i < n && i < n_ids; i++)
        CHECK_INT(ids[i], films[i].id);
    for (size_t i = 0; i < n; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%u ", films[i].id);
    snprintf(text + used, sizeof text - used, "of %zu", total);
    arena_free(&a);
    return text;
}

film labyrinth(void)
{
    static const film_text texts[] = {{"en", "Pan's Labyrinth", "A girl and a faun.", "tmdb"},
                                      {"es", "El laberinto del fauno",
                                       "Una ni\xC3\xB1"
                                       "a y un fauno.",
                                       "tmdb"}};
    static const film_id_pair ids[] = {{"movielens", "48394"}, {"imdb", "tt0457430"}, {"tmdb", "1417"}};
    static const char *const others[] = {"Faun's Labyrinth"}, *const genres[] = {"Fantasy", "Drama"},
                             *const countries[] = {"MX", "ES"}, *const languages[] = {"es"},
                             *const directors[] = {"Guillermo del Toro"},
                             *const cast[] = {"Ivana Baquero", "Sergi L\xC3\xB3pez"}, *const themes[] = {"faun", "civil war"},
                             *const tags[] = {"dark fairy tale"}, *const writers[] = {"Guillermo del Toro"};
    return (film){.title = "Pan's Labyrinth",
                  .original_title = "El laberinto del fauno",
                  .other_titles = {others, 1},
                  .year = 2006,
                  .runtime = 118,
                  .genres = {genres, 2},
                  .countries = {countries, 2},
                  .languages = {languages, 1},
                  .directors = {directors, 1},
                  .cast = {cast, 2},
                  .themes = {themes, 2},
                  .tags = {tags, 1},
                  .writers = {writers, 1},
                  .poster = "https://example.org/faun.jpg",
                  .texts = texts,
                  .n_texts = 2,
                  .ids = ids,
                  .n_ids = 3};
}

void check_labyrinth(const film *f)
{
    const film expected = labyrinth();
    CHECK_STR(f->title, expected.title);
    CHECK_STR(f->original_title, expected.original_title);
    CHECK_INT(f->year, 2006);
    CHECK_INT(f->runtime, 118);
    check_names(&f->other_titles, &expected.other_titles);
    check_names(&f->genres, &expected.genres);
    check_names(&f->countries, &expected.countries);
    check_names(&f->languages, &expected.languages);
    check_names(&f->directors, &expected.directors);
    check_names(&f->cast, &expected.cast);
    check_names(&f->themes, &expected.themes);
    check_names(&f->tags, &expected.tags);
    check_names(&f->writers, &expected.writers);
    CHECK_STR(f->poster, expected.poster);
    REQUIRE(f->n_texts == 2 && f->n_ids == 3);
    CHECK_STR(f->texts[0].title, "Pan's Labyrinth");
    CHECK_STR(f->texts[1].overview, expected.texts[1].overview);
    CHECK_STR(f->ids[0].source, "imdb"); /* sorted by source */
    CHECK_STR(f->ids[0].value, "0457430");
    CHECK_STR(f->ids[1].source, "movielens");
}
