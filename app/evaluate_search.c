/* Measuring search: sums over queries, by language. With R films to be found for a query,
 *
 *     1 / rank     of the first of them
 *     Recall@20    those in the first 20, over |R|
 *     nDCG@10      sum of 1 / log2(1 + rank) over those in the first 10, over the same for the best order
 */
#include <math.h>
#include <string.h>

#include "app/fusion.h"
#include "app/queries.h"
#include "app/state.h"
#include "base/error.h"

enum { DEPTH = 100, RECALL_DEPTH = 20, NDCG_DEPTH = 10 };

typedef struct sums {
    const char *language;
    size_t n;
    double rr, rr_squared, hits[4], recall, ndcg;
} sums;

static bool is_wanted(const query *q, uint32_t film_id)
{
    for (size_t i = 0; i < q->n_films; i++)
        if (q->films[i] == film_id)
            return true;
    return false;
}

static void add_ranks(sums *s, const query *q, const bt_search_hit *hits, size_t n)
{
    static const size_t depths[] = {1, 5, 10, DEPTH};
    size_t first = 0, n_found = 0;
    double gain = 0, best = 0;
    for (size_t rank = n; rank > 0; rank--) {
        if (!is_wanted(q, hits[rank - 1].film_id))
            continue;
        first = rank;
        n_found += rank <= RECALL_DEPTH;
        gain += rank <= NDCG_DEPTH ? 1 / log2(1 + (double)rank) : 0;
    }
    for (size_t rank = 1; rank <= NDCG_DEPTH && rank <= q->n_films; rank++)
        best += 1 / log2(1 + (double)rank);
    const double rr = first > 0 ? 1 / (double)first : 0;
    s->n++;
    s->rr += rr;
    s->rr_squared += rr * rr;
    for (size_t i = 0; i < 4; i++)
        s->hits[i] += first > 0 && first <= depths[i];
    s->recall += (double)n_found / (double)q->n_films;
    s->ndcg += gain / best;
}

static app_search_quality quality_of(const sums *s)
{
    const double n = s->n > 0 ? (double)s->n : 1, mean = s->rr / n;
    const double variance = s->n > 1 ? fmax(0, s->rr_squared - n * mean * mean) / (n - 1) : 0;
    return (app_search_quality){
        .language = s->language,
        .n_queries = s->n,
        .mrr = mean,
        .mrr_95 = 1.96 * sqrt(variance / n),
        .hit_1 = s->hits[0] / n,
        .hit_5 = s->hits[1] / n,
        .hit_10 = s->hits[2] / n,
        .hit_100 = s->hits[3] / n,
        .recall_20 = s->recall / n,
        .ndcg_10 = s->ndcg / n,
    };
}

/* The sums of a language, from 1 on; NULL: there are too many. */
static sums *sums_of(sums all[APP_SEARCH_LANGUAGES], size_t *n, const char *language)
{
    for (size_t i = 1; i < *n; i++)
        if (strcmp(all[i].language, language) == 0)
            return &all[i];
    if (*n == APP_SEARCH_LANGUAGES)
        return NULL;
    all[*n].language = language;
    return &all[(*n)++];
}

static bt_status ask(const app *a, const query *q, app_search_mode mode, unsigned without, arena *memory, app_found *found,
                     bt_error *error)
{
    bt_search_params words = bt_search_params_default();
    for (size_t field = 0; field < BT_FIELD_COUNT; field++)
        if (without >> field & 1)
            words.weight[field] = 0;
    arena_clear(memory);
    return fusion_search(a, q->text, &(app_search_params){.mode = mode, .limit = DEPTH}, &words, memory, found, error);
}

static bool go_on(const bt_progress *progress, size_t done, size_t total)
{
    enum { OFTEN = 32 };
    return progress == NULL || done % OFTEN != 0 || progress->report(progress->context, "asking", "queries", done, total);
}

/* Adds a query's answer to the sums of all, and of its language. */
static bt_status add_answer(sums *all, size_t *n_sums, const query *q, const app_found *found, bt_error *error)
{
    add_ranks(&all[0], q, found->hits, found->n);
    sums *of_language = sums_of(all, n_sums, q->language);
    if (of_language == NULL)
        return error_set(error, BT_LIMIT, "the queries are in more than %d languages", APP_SEARCH_LANGUAGES - 1);
    add_ranks(of_language, q, found->hits, found->n);
    return BT_OK;
}

static bt_status ask_all(const app *a, const queries *q, app_search_mode mode, unsigned without, const bt_progress *progress,
                         sums *all, size_t *n_sums, bt_error *error)
{
    arena memory = {0};
    bt_status status = BT_OK;
    for (size_t i = 0; i < q->n && status == BT_OK; i++) {
        app_found found;
        status = go_on(progress, i, q->n) ? ask(a, &q->items[i], mode, without, &memory, &found, error)
                                          : error_set(error, BT_CANCELLED, "stopped after %zu of %zu queries", i, q->n);
        if (status == BT_OK)
            status = add_answer(all, n_sums, &q->items[i], &found, error);
    }
    arena_free(&memory);
    return status;
}

bt_status app_evaluate_search(const app *a, const queries *q, app_search_mode mode, unsigned without,
                              const bt_progress *progress, app_search_quality out[APP_SEARCH_LANGUAGES], size_t *n,
                              bt_error *error)
{
    sums all[APP_SEARCH_LANGUAGES] = {{.language = ""}};
    size_t n_sums = 1;
    const bt_status status = ask_all(a, q, mode, without, progress, all, &n_sums, error);
    if (status != BT_OK)
        return status;
    *n = n_sums > 2 ? n_sums : 1;
    for (size_t i = 0; i < *n; i++)
        out[i] = quality_of(&all[i]);
    return BT_OK;
}
