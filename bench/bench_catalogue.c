/* bench_catalogue FOLDER [FILMS]: puts 60,000 generated films with all columns into a new catalogue, in one transaction, as an import
 * does; timed, as one line of JSON. The catalogue is FOLDER/bench.db and is removed. What syncing takes is in it: it is one commit. Then
 * lists of it: the milliseconds of a page of 20 with its total, and of facets, the best of five.
 *
 * A film has four titles, two texts of 60 words, three ids, genres, countries, languages, a director, ten actors and eight
 * keywords; the words follow a Zipf law, as those of languages do.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/file.h"
#include "base/random.h"
#include "store/catalogue.h"

enum { VOCABULARY = 20000, OVERVIEW_WORDS = 60, BATCH = 500 };

static double seconds(clockid_t clock)
{
    struct timespec t = {0};
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* --- films ------------------------------------------------------------------------------------------------------------ */

/* Appends word number n of a language of syllables. */
static char *add_word(char *out, size_t n)
{
    static const char *const syllables[] = {"ka",  "lo", "mi",  "ren", "tá", "su",  "vor", "é",
                                            "din", "pa", "gel", "os",  "ha", "bri", "ñu",  "el"};
    do {
        for (const char *c = syllables[n % 16]; *c; c++)
            *out++ = *c;
        n /= 16;
    } while (n > 0);
    return out;
}

/* Uniform in the logarithm: the n-th word comes 1 / n as often as the first. */
static size_t draw(random_stream *r, size_t limit)
{
    size_t bound = 16;
    while (bound < limit && random_below(r, 4) != 0)
        bound *= 2;
    return random_below(r, bound < limit ? bound : limit);
}

static const char *words(arena *a, random_stream *r, size_t n)
{
    char text[4096], *end = text;
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            *end++ = ' ';
        end = add_word(end, draw(r, VOCABULARY));
    }
    return arena_string(a, text, (size_t)(end - text));
}

static film_names names(arena *a, random_stream *r, size_t n, size_t n_words)
{
    const char **items = arena_take(a, n * sizeof *items);
    for (size_t i = 0; items && i < n; i++)
        items[i] = words(a, r, n_words);
    return (film_names){items, n};
}

static film_names choice(arena *a, random_stream *r, const char *const *from, size_t n_from, size_t n)
{
    const char **items = arena_take(a, n * sizeof *items);
    const size_t first = random_below(r, n_from);
    for (size_t i = 0; items && i < n; i++)
        items[i] = from[(first + i) % n_from];
    return (film_names){items, n};
}

static film make_film(arena *a, size_t i)
{
    static const char *const genres[] = {"Drama",  "Comedy", "Thriller",  "Romance", "Action",
                                         "Horror", "Crime",  "Animation", "Western"};
    static const char *const codes[] = {"en", "es", "fr", "ja", "de", "it", "ko", "pt", "hi", "ru"};
    random_stream r = random_make(1, i);
    film f = {.title = words(a, &r, 1 + random_below(&r, 4)), .year = 1920 + (int)random_below(&r, 105)};
    f.original_title = i % 3 == 0 ? words(a, &r, 3) : NULL;
    f.runtime = 60 + (int)random_below(&r, 120);
    f.other_titles = names(a, &r, 2, 3);
    f.genres = choice(a, &r, genres, 9, 1 + random_below(&r, 3));
    f.countries = choice(a, &r, codes, 10, 1 + random_below(&r, 2));
    f.languages = choice(a, &r, codes, 10, 1 + random_below(&r, 2));
    f.directors = names(a, &r, 1, 2);
    f.cast = names(a, &r, 10, 2);
    f.themes = names(a, &r, 8, 1);
    film_text *texts = arena_take(a, 2 * sizeof *texts);
    film_id_pair *ids = arena_take(a, 3 * sizeof *ids);
    texts[0] = (film_text){"en", NULL, words(a, &r, OVERVIEW_WORDS), "bench"};
    texts[1] = (film_text){"es", words(a, &r, 3), words(a, &r, OVERVIEW_WORDS), "bench"};
    ids[0] = (film_id_pair){"movielens", arena_format(a, "%zu", i + 1)};
    ids[1] = (film_id_pair){"imdb", arena_format(a, "%07zu", 100000 + i * 37)};
    ids[2] = (film_id_pair){"tmdb", arena_format(a, "%zu", 2 + i * 7)};
    f.texts = texts;
    f.n_texts = 2;
    f.ids = ids;
    f.n_ids = 3;
    return f;
}

/* --- measuring -------------------------------------------------------------------------------------------------------- */

typedef struct stopwatch {
    double wall, cpu; /* while it ran */
} stopwatch;

static void start(stopwatch *w)
{
    w->wall -= seconds(CLOCK_MONOTONIC);
    w->cpu -= seconds(CLOCK_PROCESS_CPUTIME_ID);
}

static void stop(stopwatch *w)
{
    w->wall += seconds(CLOCK_MONOTONIC);
    w->cpu += seconds(CLOCK_PROCESS_CPUTIME_ID);
}

/* The watch runs while the catalogue works, not while films are made: a few hundred at a time. */
static bt_status put_some(catalogue *c, arena *a, size_t first, size_t n, stopwatch *watch, bt_error *error)
{
    static film films[BATCH];
    bt_status status = BT_OK;
    arena_clear(a);
    for (size_t i = 0; i < n; i++)
        films[i] = make_film(a, first + i);
    start(watch);
    for (size_t i = 0; i < n && status == BT_OK; i++)
        status = catalogue_put(c, &films[i], error);
    stop(watch);
    return status;
}

static bt_status put_all(const char *url, size_t n, stopwatch *watch, bt_error *error)
{
    arena a = {0};
    catalogue *c = NULL;
    start(watch);
    bt_status status = catalogue_open(url, CATALOGUE_WRITE, &c, error);
    if (status == BT_OK)
        status = catalogue_begin(c, error);
    stop(watch);
    for (size_t i = 0; i < n && status == BT_OK; i += BATCH)
        status = put_some(c, &a, i, n - i < BATCH ? n - i : BATCH, watch, error);
    start(watch);
    if (status == BT_OK)
        status = catalogue_commit(c, error);
    catalogue_close(c);
    stop(watch);
    arena_free(&a);
    return status;
}

/* --- lists ------------------------------------------------------------------------------------------------------------ */

enum { ROUNDS = 5 };

static const struct {
    const char *name;
    film_query query;
    bool facets;
} lists[] = {
    {"by title", {.order = FILM_ORDER_TITLE, .limit = 20}, false},
    {"by title, the last page", {.order = FILM_ORDER_TITLE, .limit = 20, .offset = 59980}, false},
    {"by votes", {.order = FILM_ORDER_VOTES_DOWN, .limit = 20}, false},
    {"by year, of a genre and ten years",
     {.genre = "drama", .from_year = 1990, .to_year = 1999, .order = FILM_ORDER_YEAR_DOWN, .limit = 20},
     false},
    {"by votes, of a country and language",
     {.country = "ES", .language = "es", .order = FILM_ORDER_VOTES_DOWN, .limit = 20},
     false},
    {"by title, with a person", {.person = "ka lo", .order = FILM_ORDER_TITLE, .limit = 20}, false},
    {"by title, with a keyword", {.keyword = "lo", .order = FILM_ORDER_TITLE, .limit = 20}, false},
    {"by title, with words", {.text = "ka lo", .order = FILM_ORDER_TITLE, .limit = 20}, false},
    {"facets of all", {.genre = NULL}, true},
    {"facets of a genre", {.genre = "drama"}, true},
};

static bt_status list_once(catalogue *c, size_t i, bt_error *error)
{
    arena a = {0};
    film *films = NULL;
    film_facets facets;
    size_t n = 0, total = 0;
    const bt_status status = lists[i].facets ? catalogue_facets(c, &lists[i].query, &a, &facets, error)
                                             : catalogue_list(c, &lists[i].query, &a, &films, &n, &total, error);
    arena_free(&a);
    return status;
}

static bt_status time_lists(const char *url, bt_error *error)
{
    catalogue *c = NULL;
    bt_status status = catalogue_open(url, CATALOGUE_READ, &c, error);
    printf(", \"lists\": {");
    for (size_t i = 0; i < sizeof lists / sizeof *lists && status == BT_OK; i++) {
        double best = 1e9;
        for (int round = 0; round < ROUNDS && status == BT_OK; round++) {
            const double begin = seconds(CLOCK_MONOTONIC);
            status = list_once(c, i, error);
            const double took = seconds(CLOCK_MONOTONIC) - begin;
            best = took < best ? took : best;
        }
        printf("%s\"%s\": %.2f", i > 0 ? ", " : "", lists[i].name, best * 1e3);
    }
    printf("}}\n");
    catalogue_close(c);
    return status;
}

static void remove_catalogue(const char *path)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char name[4200];
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        remove(name);
    }
}

int main(int count, char **arguments)
{
    if (count < 2) {
        fprintf(stderr, "usage: bench_catalogue FOLDER [FILMS]\n");
        return 2;
    }
    const size_t n = count > 2 ? strtoul(arguments[2], NULL, 10) : 60000;
    char path[4100], url[4200];
    snprintf(path, sizeof path, "%s/bench.db", arguments[1]);
    snprintf(url, sizeof url, "sqlite:%s", path);
    remove_catalogue(path);
    stopwatch watch = {0};
    bt_error error = {0};
    bt_status status = put_all(url, n, &watch, &error);
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    if (status == BT_OK)
        printf("{\"films\": %zu, \"wall\": %.3f, \"cpu\": %.3f, \"peak_kib\": %ld", n, watch.wall, watch.cpu, u.ru_maxrss);
    if (status == BT_OK)
        status = time_lists(url, &error);
    if (status != BT_OK)
        fprintf(stderr, "bench_catalogue: %s\n", error.message);
    remove_catalogue(path);
    return status == BT_OK ? 0 : 1;
}
