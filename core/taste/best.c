/* The best films of a list: filter and verify.
 *
 * Bounds on all scores come from the coarse copy of the factors (als/coarse.h). A film is then scored exactly only if its
 * bound reaches the worst of the best so far: a hundred or two of 60,000. What comes out is the list of all exact scores, bit for bit, ties
 * included.
 *
 * Texts add to scores in the order of the terms. What they add is chained up for each film, raises its bound, and is added to the
 * exact score in the same order. Their scale, the best score of a film without a term, is found in the same way.
 *
 * Memory: 5 bytes a film, with texts 9 and 16 for each neighbour of a term. Where much of the list is wanted, or values are out of
 * the bounds' range, all films are scored, with 8 bytes a film.
 */
#include <float.h>
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/sorted.h"
#include "taste/taste.h"

enum { FILTER_PAYS = 16 }; /* where at most one film in so many is wanted */

typedef struct chained_say {
    double value;
    uint32_t next; /* of the same film: its number + 1, or 0 */
} chained_say;

typedef struct filter {
    const taste *t;
    const fold *f;
    float *upper, *largest; /* bounds of films and of tiles */
    uint32_t *first;        /* n_films: the first of a film's says, number + 1, or 0; NULL without texts */
    chained_say *says;
} filter;

static double exact_score(const filter *x, size_t film)
{
    const bt_model *model = x->t->model;
    const float *y = model->info.film_factors + film * x->f->rank;
    double score = model->simd->dot(y, x->f->x, x->f->rank) * fold_scale(model, x->f, film);
    for (uint32_t at = x->first != NULL ? x->first[film] : 0; at != 0; at = x->says[at - 1].next)
        score += x->says[at - 1].value;
    return score;
}

/* --- texts -------------------------------------------------------------------------------------------------------------- */

static bool has_term(const taste *t, size_t film)
{
    return sorted_find_in(t->terms, t->n_terms, sizeof *t->terms, (uint32_t)film) != SIZE_MAX;
}

static double best_without_term(const filter *x)
{
    const size_t n_films = x->t->model->info.n_films;
    double best = 0.0;
    for (size_t tile = 0; tile * TILE_FILMS < n_films; tile++) {
        if (!((double)x->largest[tile] > best))
            continue;
        const size_t end = (tile + 1) * TILE_FILMS < n_films ? (tile + 1) * TILE_FILMS : n_films;
        for (size_t film = tile * TILE_FILMS; film < end; film++)
            if ((double)x->upper[film] > best && !has_term(x->t, film))
                best = fmax(best, exact_score(x, film));
    }
    return best;
}

/* The bound of a sum, rounded to the safe side. */
static void raise_bound(filter *x, size_t film, double value)
{
    const double bound = (double)x->upper[film] + value;
    x->upper[film] = (float)(bound + fabs(bound) * (double)FLT_EPSILON);
    x->largest[film / TILE_FILMS] = fmaxf(x->largest[film / TILE_FILMS], x->upper[film]);
}

/* From the last say to the first, so that a film's chain begins with its first. */
static void chain_says(filter *x)
{
    text_say says[BT_NEIGHBOURS];
    uint32_t n_chained = 0;
    for (size_t term = x->t->n_terms; term-- > 0;) {
        for (size_t i = taste_text_says(x->t, term, says); i-- > 0;) {
            const uint32_t film = says[i].film;
            x->says[n_chained++] = (chained_say){says[i].value, x->first[film]};
            x->first[film] = n_chained;
            raise_bound(x, film, says[i].value);
        }
    }
}

static bt_status add_texts(filter *x, taste *t, bt_error *error)
{
    t->text_scale = best_without_term(x);
    x->first = memory_zeroed(t->model->info.n_films, sizeof *x->first);
    x->says = memory_array(t->n_terms * BT_NEIGHBOURS, sizeof *x->says);
    if (x->first == NULL || x->says == NULL)
        return error_no_memory(error, "making a list");
    chain_says(x);
    return BT_OK;
}

/* --- the list ----------------------------------------------------------------------------------------------------------- */

/* The films of a tile whose bound reaches the worst of the best, which are enough. */
static void offer_tile(const filter *x, size_t tile, const uint8_t *allowed, topk *best)
{
    const size_t n_films = x->t->model->info.n_films, first = tile * TILE_FILMS, rest = n_films - first;
    for (size_t film = first; film < first + (rest < TILE_FILMS ? rest : TILE_FILMS); film++)
        if (allowed[film] && (double)x->upper[film] >= topk_worst(best))
            topk_offer(best, exact_score(x, film), (uint32_t)film);
}

/* First the tiles of the greatest bounds: after them few others reach the list. */
static bt_status offer_candidates(const filter *x, const uint8_t *allowed, topk *best, bt_error *error)
{
    const size_t n_tiles = x->t->model->coarse.tiles.n_tiles;
    topk tiles = {0};
    if (!topk_make(&tiles, best->limit))
        return error_no_memory(error, "making a list");
    for (size_t tile = 0; tile < n_tiles; tile++)
        if ((double)x->largest[tile] > topk_worst(&tiles))
            topk_offer(&tiles, (double)x->largest[tile], (uint32_t)tile);
    for (size_t i = 0; i < tiles.n; i++) {
        offer_tile(x, tiles.entries[i].film, allowed, best);
        x->largest[tiles.entries[i].film] = NAN; /* which reaches nothing: it is done */
    }
    topk_free(&tiles);
    for (size_t tile = 0; tile < n_tiles; tile++)
        if ((double)x->largest[tile] >= topk_worst(best))
            offer_tile(x, tile, allowed, best);
    return BT_OK;
}

static bt_status offer_all(taste *t, const fold *f, const uint8_t *allowed, topk *best, bt_error *error)
{
    const size_t n_films = t->model->info.n_films;
    double *scores = memory_array(n_films, sizeof *scores);
    if (scores == NULL)
        return error_no_memory(error, "making a list");
    taste_scores(t, f, scores);
    for (size_t i = 0; i < n_films; i++)
        if (allowed[i])
            topk_offer(best, scores[i], (uint32_t)i);
    bt_free(scores);
    return BT_OK;
}

bt_status taste_best(taste *t, const fold *f, const uint8_t *allowed, size_t wanted, topk *best, bt_error *error)
{
    const coarse_films *coarse = &t->model->coarse;
    const size_t size = coarse_size(coarse);
    filter x = {.t = t, .f = f, .upper = memory_array(size + coarse->tiles.n_tiles, sizeof *x.upper)};
    *best = (topk){0};
    bt_status status = x.upper != NULL && topk_make(best, wanted) ? BT_OK : error_no_memory(error, "making a list");
    if (status == BT_OK)
        x.largest = x.upper + size;
    const bool pays = status == BT_OK && wanted > 0 && wanted <= t->model->info.n_films / FILTER_PAYS &&
                      coarse_bounds(coarse, f->x, f->rank, f->exponent, x.upper, x.largest);
    if (pays && t->text != NULL)
        status = add_texts(&x, t, error);
    if (status == BT_OK && pays)
        status = offer_candidates(&x, allowed, best, error);
    else if (status == BT_OK)
        status = offer_all(t, f, allowed, best, error);
    if (status == BT_OK)
        topk_sort(best);
    bt_free(x.upper);
    bt_free(x.first);
    bt_free(x.says);
    return status;
}
