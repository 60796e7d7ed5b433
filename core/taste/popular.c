/* The popular list, for those who haven't liked anything yet: the most liked films, the smaller id first where counts are equal.
 *
 * With genres it is spread, by a greedy rule: each place goes to the film with the greatest
 *
 *     likes / (1 + mean over its genres of how many films above it carry that genre)
 *
 * so that the second film of a genre counts half, the third a third. A film without a genre counts as one of a genre of its own
 * kind. Only the first SPREAD_PLACES places are spread, among the SPREAD_CANDIDATES most liked films, so that the cost stays
 * bounded; the rest follow in plain order.
 */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "taste/taste.h"

enum { SPREAD_PLACES = 100, SPREAD_CANDIDATES = 1000, GENRES = 64 };

/* Genre 63 also stands for "none". */
static uint64_t genres_of(const uint64_t *genres, uint32_t film)
{
    return genres[film] != 0 ? genres[film] : UINT64_C(1) << (GENRES - 1);
}

static double spread_value(topk_entry film, uint64_t genres, const size_t *above)
{
    size_t n = 0, sum = 0;
    for (uint64_t rest = genres; rest != 0; rest &= rest - 1, n++)
        sum += above[__builtin_ctzll(rest)];
    return film.score / (1.0 + (double)sum / (double)n);
}

/* Moves the film that comes next to the front of films[0 .. n), keeping the order of the others. */
static void bring_next(topk_entry *films, size_t n, const uint64_t *genres, size_t *above)
{
    size_t best = 0;
    double best_value = -1.0;
    for (size_t i = 0; i < n; i++) {
        const double value = spread_value(films[i], genres_of(genres, films[i].film), above);
        if (value > best_value) {
            best = i;
            best_value = value;
        }
    }
    const topk_entry next = films[best];
    memmove(films + 1, films, best * sizeof *films);
    films[0] = next;
    for (uint64_t rest = genres_of(genres, next.film); rest != 0; rest &= rest - 1)
        above[__builtin_ctzll(rest)]++;
}

bt_status taste_popular(const bt_model *model, const uint8_t *allowed, const uint64_t *genres, size_t limit, topk_entry *picks,
                        size_t *n, bt_error *error)
{
    const size_t n_films = model->info.n_films;
    size_t wanted = genres != NULL && limit < SPREAD_CANDIDATES ? SPREAD_CANDIDATES : limit;
    wanted = wanted < n_films ? wanted : n_films;
    topk best;
    if (!topk_make(&best, wanted))
        return error_no_memory(error, "making the popular list");
    for (size_t i = 0; i < n_films; i++)
        if (allowed[i])
            topk_offer(&best, (double)model->info.likes[i], (uint32_t)i);
    const size_t found = topk_sort(&best);
    const size_t candidates = found < SPREAD_CANDIDATES ? found : SPREAD_CANDIDATES;
    size_t above[GENRES] = {0};
    for (size_t place = 0; genres != NULL && place < candidates && place < SPREAD_PLACES && place < limit; place++)
        bring_next(best.entries + place, candidates - place, genres, above);
    *n = found < limit ? found : limit;
    memcpy(picks, best.entries, *n * sizeof *picks);
    topk_free(&best);
    return BT_OK;
}
