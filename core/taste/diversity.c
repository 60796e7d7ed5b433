/* Maximal marginal relevance (Carbonell and Goldstein 1998, "The use of MMR, diversity-based reranking"): each place goes to the film
 * that is good and unlike those above it.
 *
 * Likeness is the cosine of two films' factors, at least 0; relevance is the score over the best one's. The order doesn't depend on how
 * many places are asked for, so that pages continue each other. Costs rank multiply-adds for each candidate and place.
 */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "taste/taste.h"

typedef struct reranking {
    const bt_model *model;
    double diversity;
    double *relevance; /* n candidates, in their order by score, as the three below */
    double *likeness;  /* to the most alike film above */
    uint8_t *taken;
    double *factor; /* rank: the film that was placed last */
} reranking;

static double cosine(const reranking *r, uint32_t film, uint32_t other)
{
    const bt_model *model = r->model;
    const size_t k = model->info.params.rank;
    const double norms = model->norms[film] * model->norms[other];
    const double dot = model->simd->dot(model->info.film_factors + film * k, r->factor, k);
    return norms > 0.0 && dot > 0.0 ? dot / norms : 0.0;
}

static size_t next_film(const reranking *r, size_t n)
{
    size_t best = SIZE_MAX;
    double best_value = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double value = (1.0 - r->diversity) * r->relevance[i] - r->diversity * r->likeness[i];
        if (!r->taken[i] && (best == SIZE_MAX || value > best_value)) {
            best = i;
            best_value = value;
        }
    }
    return best;
}

static void place_film(reranking *r, const topk_entry *candidates, size_t n, size_t next)
{
    const size_t k = r->model->info.params.rank;
    const uint32_t film = candidates[next].film;
    r->taken[next] = 1;
    for (size_t i = 0; i < k; i++)
        r->factor[i] = (double)r->model->info.film_factors[film * k + i];
    for (size_t i = 0; i < n; i++) {
        const double likeness = r->taken[i] ? 0.0 : cosine(r, candidates[i].film, film);
        r->likeness[i] = likeness > r->likeness[i] ? likeness : r->likeness[i];
    }
}

bt_status taste_diversify(const bt_model *model, double diversity, const topk_entry *candidates, size_t n, size_t n_places,
                          uint32_t *order, bt_error *error)
{
    reranking r = {
        .model = model,
        .diversity = diversity,
        .relevance = memory_array(n, sizeof(double)),
        .likeness = memory_zeroed(n, sizeof(double)),
        .taken = memory_zeroed(n, 1),
        .factor = memory_array(model->info.params.rank, sizeof(double)),
    };
    bt_status status = BT_OK;
    if (r.relevance == NULL || r.likeness == NULL || r.taken == NULL || r.factor == NULL)
        status = error_no_memory(error, "spreading a list");
    const double best = n > 0 && candidates[0].score > 0.0 ? candidates[0].score : 1.0;
    for (size_t i = 0; status == BT_OK && i < n; i++)
        r.relevance[i] = candidates[i].score / best;
    for (size_t place = 0; status == BT_OK && place < n && place < n_places; place++) {
        const size_t next = next_film(&r, n);
        order[place] = (uint32_t)next;
        place_film(&r, candidates, n, next);
    }
    bt_free(r.relevance);
    bt_free(r.likeness);
    bt_free(r.taken);
    bt_free(r.factor);
    return status;
}
