/* The films of a generated data set.
 *
 * Popularity follows a Zipf-Mandelbrot law, 1 / (rank + 150)^1.5, which comes close to that of MovieLens: the best known film of
 * 60,000 stands in a third of all profiles, half of the films in a few dozen. Films with low ids tend to be better known. All of it
 * is integer arithmetic.
 */
#include "tools/generate_films.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"

enum { ZIPF_SHIFT = 150 };

typedef struct ranked_film {
    uint64_t key;
    size_t film;
} ranked_film;

/* --- the films ------------------------------------------------------------------------------------------------------ */

/* Floor of the square root, digit by digit in base 4. */
static uint64_t square_root(uint64_t n)
{
    uint64_t root = 0;
    for (uint64_t bit = UINT64_C(1) << 62; bit > 0; bit >>= 2) {
        if (n >= root + bit) {
            n -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    return root;
}

/* At most 2^35 and, for a million films, at least 2^18. */
static uint64_t weight_of_rank(size_t rank)
{
    const uint64_t r = rank + ZIPF_SHIFT;
    return (UINT64_C(1) << 56) / (r * square_root(r << 20));
}

static int compare_ranked(const void *left, const void *right)
{
    const ranked_film *a = left, *b = right;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return (a->film > b->film) - (a->film < b->film);
}

/* A film's place in the file times something between 1 and 16 is its place in fame. */
static bt_status weigh(generated_films *f, bt_error *error)
{
    ranked_film *order = memory_array(f->n, sizeof *order);
    if (!order)
        return error_no_memory(error, "ranking films");
    random_stream r = random_make(f->seed, 1);
    for (size_t i = 0; i < f->n; i++)
        order[i] = (ranked_film){(i + 1) * (64 + random_below(&r, 960)), i};
    qsort(order, f->n, sizeof *order, compare_ranked);
    for (size_t rank = 0; rank < f->n; rank++)
        f->weight[order[rank].film] = weight_of_rank(rank);
    bt_free(order);
    return BT_OK;
}

bt_status films_make(uint64_t seed, size_t n, generated_films *out, bt_error *error)
{
    *out = (generated_films){.seed = seed, .n = n};
    out->ids = memory_array(n, sizeof *out->ids);
    out->weight = memory_array(n, sizeof *out->weight);
    out->quality = memory_array(n, sizeof *out->quality);
    if (!out->ids || !out->weight || !out->quality)
        return error_no_memory(error, "making films");
    random_stream r = random_make(seed, 0);
    uint32_t id = 0;
    for (size_t i = 0; i < n; i++) {
        id += i < n / 8 ? 1 : 1 + (uint32_t)random_below(&r, 5);
        out->ids[i] = id;
        out->quality[i] = (int8_t)((int)random_below(&r, 3) + (int)random_below(&r, 3) - 2);
    }
    return weigh(out, error);
}

void films_free(generated_films *f)
{
    bt_free(f->ids);
    bt_free(f->weight);
    bt_free(f->quality);
    *f = (generated_films){0};
}

/* --- their files ---------------------------------------------------------------------------------------------------- */

static const char *const qualities[] = {"Silent",   "Golden", "Broken", "Distant",  "Hidden",   "Burning", "Crooked", "Paper",
                                        "Electric", "Frozen", "Velvet", "Borrowed", "Restless", "Hollow",  "Scarlet", "Última"};
static const char *const things[] = {"Harbor", "Garden", "Mirror",  "Engine", "Orchard", "Señal", "Kingdom", "Letter",
                                     "Winter", "Bridge", "Theatre", "Comet",  "River",   "Clock", "Station", "Promise"};
static const char *const places[] = {"Lisbon",   "the North", "Valparaíso", "Saturn", "My Father", "Tomorrow",
                                     "Kyoto",    "the Sea",   "Aleppo",     "Glass",  "Nobody",    "Praia",
                                     "the Moon", "Dust",      "Oslo",       "Silence"};
static const char *const genres[] = {"Action",      "Adventure", "Animation", "Children",  "Comedy", "Crime",
                                     "Documentary", "Drama",     "Fantasy",   "Film-Noir", "Horror", "Musical",
                                     "Mystery",     "Romance",   "Sci-Fi",    "Thriller"};

enum { WORDS = 16, YEAR_FIRST = 1920, YEARS = 98 };

/* "Silent Harbor of Lisbon (1987)", "Silent Harbor, The (1987)": a row of movies.csv. */
static int format_movie(const generated_films *f, size_t i, char *row, size_t size)
{
    random_stream r = random_make(f->seed, ((uint64_t)1 << 32) + i);
    const char *quality = qualities[random_below(&r, WORDS)], *thing = things[random_below(&r, WORDS)];
    const char *place = places[random_below(&r, WORDS)];
    const int year = YEAR_FIRST + (int)random_below(&r, YEARS), part = (int)random_below(&r, 40);
    char title[128];
    if (part < 6)
        snprintf(title, sizeof title, "\"%s %s, The (%d)\"", quality, thing, year);
    else if (part < 10)
        snprintf(title, sizeof title, "%s %s %d (%d)", quality, thing, part - 4, year);
    else
        snprintf(title, sizeof title, "%s %s of %s (%d)", quality, thing, place, year);
    const size_t first = random_below(&r, WORDS), second = random_below(&r, WORDS);
    if (part == 39)
        return snprintf(row, size, "%" PRIu32 ",%s,(no genres listed)\n", f->ids[i], title);
    if (first == second)
        return snprintf(row, size, "%" PRIu32 ",%s,%s\n", f->ids[i], title, genres[first]);
    return snprintf(row, size, "%" PRIu32 ",%s,%s|%s\n", f->ids[i], title, genres[first < second ? first : second],
                    genres[first < second ? second : first]);
}

/* Every 200th film isn't at TMDB. */
static int format_link(const generated_films *f, size_t i, char *row, size_t size)
{
    const unsigned long imdb = 100000ul + (unsigned long)i * 37, tmdb = 2ul + (unsigned long)i * 7;
    if (i % 200 == 199)
        return snprintf(row, size, "%" PRIu32 ",%07lu,\n", f->ids[i], imdb);
    return snprintf(row, size, "%" PRIu32 ",%07lu,%lu\n", f->ids[i], imdb, tmdb);
}

typedef int format_row(const generated_films *f, size_t i, char *row, size_t size);

static bt_status write_rows(const generated_films *f, const char *folder, const char *name, const char *header,
                            format_row *format, bt_error *error)
{
    file_replace out = {0};
    char *path = file_join(folder, name);
    bt_status status = path ? file_replace_begin(&out, path, error) : error_no_memory(error, "writing films");
    bt_free(path);
    char row[256];
    int length = snprintf(row, sizeof row, "%s\n", header);
    for (size_t i = 0; status == BT_OK; i++) {
        status = file_replace_write(&out, row, (size_t)length, error);
        if (i == f->n)
            break;
        length = format(f, i, row, sizeof row);
    }
    if (status == BT_OK)
        return file_replace_commit(&out, error);
    file_replace_abort(&out);
    return status;
}

bt_status films_write(const generated_films *f, const char *folder, bt_error *error)
{
    const bt_status status = write_rows(f, folder, "movies.csv", "movieId,title,genres", format_movie, error);
    if (status != BT_OK)
        return status;
    return write_rows(f, folder, "links.csv", "movieId,imdbId,tmdbId", format_link, error);
}
