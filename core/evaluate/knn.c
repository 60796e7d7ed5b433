/* Item-kNN, a yardstick: a film's score is the sum of its similarities to the films that the person liked, as far as these are among
 * its nearest. The similarity is the cosine of the two films' sets of likes, shrunk where it rests on few (Bell and Koren 2007,
 * "Improved neighborhood-based collaborative filtering"; settings as in Dacrema, Cremonesi and Jannach 2019, "Are we really making
 * much progress?"):
 *
 *     s_ij = n_ij / (sqrt(n_i n_j) + shrink)
 *
 * Memory: 16 bytes for each of a film's NEAREST, and 4 a film and thread. Time: the sum of the squares of users' numbers of likes.
 */
#include <math.h>
#include <string.h>

#include "als/topk.h"
#include "base/error.h"
#include "base/memory.h"
#include "evaluate/ranker.h"

enum { NEAREST = 200 };

static const double shrink = 10.0; /* docs/als.md */

typedef struct knn {
    ranker base;
    topk *near; /* n_films */
} knn;

static bt_status score_knn(const ranker *r, const fold_term *terms, size_t n, double *scores, bt_error *error)
{
    const knn *k = (const knn *)r;
    uint8_t *liked = memory_zeroed(r->n_films, 1);
    if (liked == NULL)
        return error_no_memory(error, "testing users");
    for (size_t i = 0; i < n; i++)
        liked[terms[i].film] = terms[i].half_stars >= BT_LIKE_HALF_STARS;
    for (size_t j = 0; j < r->n_films; j++) {
        scores[j] = 0.0;
        for (size_t i = 0; i < k->near[j].n; i++)
            if (liked[k->near[j].entries[i].film])
                scores[j] += k->near[j].entries[i].score;
    }
    bt_free(liked);
    return BT_OK;
}

static void free_knn(ranker *r)
{
    knn *k = (knn *)r;
    for (size_t i = 0; k->near != NULL && i < r->n_films; i++)
        topk_free(&k->near[i]);
    bt_free(k->near);
    bt_free((void *)(uintptr_t)r->likes);
    bt_free(k);
}

typedef struct knn_work {
    knn *k;
    const bt_ratings *ratings;
    const als_side *by_film;
    uint32_t *together; /* n_films for each lane: users who like both; 0 between films */
} knn_work;

static void find_nearest(void *context, size_t film, size_t lane)
{
    const knn_work *w = context;
    const ranker *r = &w->k->base;
    uint32_t *together = w->together + lane * r->n_films;
    for (uint64_t i = w->by_film->offsets[film]; i < w->by_film->offsets[film + 1]; i++) {
        if (w->by_film->half_stars[i] < BT_LIKE_HALF_STARS)
            continue;
        const size_t user = w->by_film->columns[i];
        for (uint64_t j = w->ratings->user_offsets[user]; j < w->ratings->user_offsets[user + 1]; j++)
            together[w->ratings->films[j]] += w->ratings->half_stars[j] >= BT_LIKE_HALF_STARS;
    }
    for (size_t j = 0; j < r->n_films; j++)
        if (together[j] > 0 && j != film)
            topk_offer(&w->k->near[film], (double)together[j] / (sqrt((double)r->likes[film] * (double)r->likes[j]) + shrink),
                       (uint32_t)j);
    topk_sort(&w->k->near[film]);
    memset(together, 0, r->n_films * sizeof *together);
}

static bt_status fit(knn *k, const bt_ratings *training, pool *threads, bt_error *error)
{
    als_side by_film = {0};
    bt_status status = als_side_of_films(training, &by_film, error);
    uint32_t *together = NULL;
    if (status == BT_OK) {
        together = memory_zeroed(pool_lanes(threads), k->base.n_films * sizeof *together);
        status = together == NULL ? error_no_memory(error, "item-kNN") : BT_OK;
    }
    if (status == BT_OK) {
        knn_work work = {k, training, &by_film, together};
        pool_run(threads, k->base.n_films, find_nearest, &work);
    }
    bt_free(together);
    als_side_free(&by_film);
    return status;
}

bt_status ranker_knn(const bt_ratings *training, pool *threads, ranker **out, bt_error *error)
{
    knn *k = memory_zeroed(1, sizeof *k);
    if (k == NULL)
        return error_no_memory(error, "item-kNN");
    k->base = (ranker){training->n_films, ranker_count_likes(training), score_knn, free_knn};
    k->near = memory_zeroed(training->n_films, sizeof *k->near);
    bt_status status = k->base.likes == NULL || k->near == NULL ? error_no_memory(error, "item-kNN") : BT_OK;
    for (size_t i = 0; status == BT_OK && i < training->n_films; i++)
        if (!topk_make(&k->near[i], NEAREST < training->n_films ? NEAREST : training->n_films))
            status = error_no_memory(error, "item-kNN");
    if (status == BT_OK)
        status = fit(k, training, threads, error);
    if (status == BT_OK)
        *out = &k->base;
    else
        free_knn(&k->base);
    return status;
}
