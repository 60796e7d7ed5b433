/* Evaluation: fold in four fifths of a person's likes, rank everything else, look for the last fifth.
 *
 * Users are independent: each writes its own metrics, which are averaged in their order, so that the result doesn't depend on
 * the number of threads. Memory: 8 bytes a film for each thread, 80 bytes a user, and a copy of the training part.
 */
#include "butaca/evaluate.h"

#include <math.h>
#include <string.h>

#include "als/fold.h"
#include "als/split.h"
#include "als/topk.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/pool.h"
#include "base/sorted.h"

enum { LIST_LENGTH = 100, NO_FILM = -1, HELD_OUT_MIN_POSITIVES = 2 };

/* What one thread needs. */
typedef struct lane_space {
    double *scores;    /* n_films of the model */
    uint8_t *excluded; /* the same; all 0 between users */
    uint64_t *order;   /* longest user's ratings, as the three below */
    uint8_t *held_out;
    fold_term *terms;
    uint32_t *wanted; /* held-out films, ascending */
    topk best;
} lane_space;

typedef struct user_result {
    bool tested;
    bt_metrics als, popularity;
} user_result;

typedef struct evaluation {
    const bt_model *model;
    const bt_ratings *ratings; /* of the tested users */
    const uint8_t *tested;     /* n_users */
    const int64_t *film_of;    /* n_films of the ratings: index in the model, NO_FILM */
    uint64_t seed;
    lane_space *lanes;
    size_t n_lanes;
    user_result *results; /* n_users */
    atomic_int status;    /* the first failure's bt_status */
} evaluation;

/* --- metrics ------------------------------------------------------------------------------------------------------------ */

static double recall(size_t hits, size_t k, size_t n_wanted)
{
    return (double)hits / (double)(n_wanted < k ? n_wanted : k);
}

/* Jarvelin and Kekalainen 2002, with relevance 0 or 1: gain 1 / log2(rank + 1). */
static double ideal_gain(size_t k, size_t n_wanted)
{
    double sum = 0.0;
    for (size_t rank = 1; rank <= k && rank <= n_wanted; rank++)
        sum += 1.0 / log2((double)rank + 1.0);
    return sum;
}

/* n_wanted counts also the films that the model doesn't know: they are missed. */
static bt_metrics measure(const topk *best, const uint32_t *wanted, size_t n_known, size_t n_wanted)
{
    size_t hits = 0, hits_20 = 0, hits_50 = 0;
    double gain = 0.0, gain_10 = 0.0;
    for (size_t at = 0; at < best->n; at++) {
        if (sorted_find(wanted, n_known, best->entries[at].film) != SIZE_MAX) {
            hits++;
            gain += 1.0 / log2((double)at + 2.0);
        }
        if (at + 1 <= 10)
            gain_10 = gain;
        if (at + 1 <= 20)
            hits_20 = hits;
        if (at + 1 <= 50)
            hits_50 = hits;
    }
    return (bt_metrics){
        .recall_20 = recall(hits_20, 20, n_wanted),
        .recall_50 = recall(hits_50, 50, n_wanted),
        .ndcg_10 = gain_10 / ideal_gain(10, n_wanted),
        .ndcg_100 = gain / ideal_gain(100, n_wanted),
        .n_users = 1,
    };
}

static void add_metrics(bt_metrics *sum, const bt_metrics *m, double weight)
{
    sum->recall_20 += weight * m->recall_20;
    sum->recall_50 += weight * m->recall_50;
    sum->ndcg_10 += weight * m->ndcg_10;
    sum->ndcg_100 += weight * m->ndcg_100;
    sum->n_users += m->n_users;
}

/* --- one user ----------------------------------------------------------------------------------------------------------- */

typedef struct user_case {
    size_t n_terms, n_wanted, n_known; /* folded in; held out; of these in the model */
} user_case;

static user_case split_user(const evaluation *e, size_t user, lane_space *s)
{
    const bt_ratings *r = e->ratings;
    user_case c = {.n_wanted = split_hold_out(r, user, e->seed, s->order, s->held_out)};
    const size_t first = (size_t)r->user_offsets[user], n = (size_t)r->user_offsets[user + 1] - first;
    for (size_t i = 0; i < n; i++) {
        const int64_t film = e->film_of[r->films[first + i]];
        if (film == NO_FILM)
            continue;
        if (s->held_out[i])
            s->wanted[c.n_known++] = (uint32_t)film;
        else if (fold_is_term(r->half_stars[first + i]))
            s->terms[c.n_terms++] = (fold_term){(uint32_t)film, r->half_stars[first + i]};
    }
    return c;
}

static void rank_films(const evaluation *e, lane_space *s)
{
    topk_clear(&s->best);
    for (size_t i = 0; i < e->model->info.n_films; i++)
        if (!s->excluded[i])
            topk_offer(&s->best, s->scores[i], (uint32_t)i);
    topk_sort(&s->best);
}

static void exclude_likes(lane_space *s, size_t n_terms, uint8_t value)
{
    for (size_t i = 0; i < n_terms; i++)
        if (s->terms[i].half_stars >= BT_LIKE_HALF_STARS)
            s->excluded[s->terms[i].film] = value;
}

static void test_user(void *context, size_t user, size_t lane)
{
    evaluation *e = context;
    lane_space *s = &e->lanes[lane];
    if (!e->tested[user])
        return;
    const user_case c = split_user(e, user, s);
    fold f;
    const bt_status status = fold_in(e->model, s->terms, c.n_terms, false, &f, NULL);
    if (status != BT_OK) {
        int none = BT_OK;
        atomic_compare_exchange_strong(&e->status, &none, (int)status);
        return;
    }
    exclude_likes(s, c.n_terms, 1);
    fold_scores(e->model, &f, s->scores);
    rank_films(e, s);
    user_result *result = &e->results[user];
    result->als = measure(&s->best, s->wanted, c.n_known, c.n_wanted);
    for (size_t i = 0; i < e->model->info.n_films; i++)
        s->scores[i] = (double)e->model->info.likes[i];
    rank_films(e, s);
    result->popularity = measure(&s->best, s->wanted, c.n_known, c.n_wanted);
    result->tested = true;
    exclude_likes(s, c.n_terms, 0);
    fold_free(&f);
}

/* --- many users --------------------------------------------------------------------------------------------------------- */

static void free_lanes(evaluation *e)
{
    for (size_t lane = 0; e->lanes != NULL && lane < e->n_lanes; lane++) {
        lane_space *s = &e->lanes[lane];
        bt_free(s->scores);
        bt_free(s->excluded);
        bt_free(s->order);
        bt_free(s->held_out);
        bt_free(s->terms);
        bt_free(s->wanted);
        topk_free(&s->best);
    }
    bt_free(e->lanes);
}

static bool make_lanes(evaluation *e, size_t n_lanes)
{
    const size_t n_films = e->model->info.n_films;
    size_t longest = 0;
    for (size_t u = 0; u < e->ratings->n_users; u++) {
        const size_t n = (size_t)(e->ratings->user_offsets[u + 1] - e->ratings->user_offsets[u]);
        longest = n > longest ? n : longest;
    }
    e->n_lanes = n_lanes;
    e->lanes = memory_zeroed(n_lanes, sizeof *e->lanes);
    for (size_t lane = 0; e->lanes != NULL && lane < n_lanes; lane++) {
        lane_space *s = &e->lanes[lane];
        s->scores = memory_array(n_films, sizeof *s->scores);
        s->excluded = memory_zeroed(n_films, 1);
        s->order = memory_array(longest, sizeof *s->order);
        s->held_out = memory_array(longest, 1);
        s->terms = memory_array(longest, sizeof *s->terms);
        s->wanted = memory_array(longest, sizeof *s->wanted);
        if (!topk_make(&s->best, LIST_LENGTH) || !s->scores || !s->excluded || !s->order || !s->held_out || !s->terms ||
            !s->wanted)
            return false;
    }
    return e->lanes != NULL;
}

static int64_t *map_films(const bt_model *model, const bt_ratings *ratings)
{
    int64_t *film_of = memory_array(ratings->n_films, sizeof *film_of);
    for (size_t i = 0; film_of != NULL && i < ratings->n_films; i++) {
        const size_t film = sorted_find(model->info.film_ids, model->info.n_films, ratings->film_ids[i]);
        film_of[i] = film == SIZE_MAX ? NO_FILM : (int64_t)film;
    }
    return film_of;
}

static void average(const evaluation *e, bt_evaluation *out)
{
    *out = (bt_evaluation){.rank = e->model->info.params.rank};
    size_t n = 0;
    for (size_t u = 0; u < e->ratings->n_users; u++)
        n += e->results[u].tested;
    for (size_t u = 0; u < e->ratings->n_users; u++) {
        if (!e->results[u].tested)
            continue;
        add_metrics(&out->als, &e->results[u].als, 1.0 / (double)n);
        add_metrics(&out->popularity, &e->results[u].popularity, 1.0 / (double)n);
    }
}

/* Means over the users for whom tested[user] is set. */
static bt_status evaluate(const bt_model *model, const bt_ratings *ratings, const uint8_t *tested, uint64_t seed, pool *threads,
                          bt_evaluation *out, bt_error *error)
{
    evaluation e = {.model = model, .ratings = ratings, .tested = tested, .seed = seed, .status = BT_OK};
    int64_t *film_of = map_films(model, ratings);
    e.film_of = film_of;
    e.results = memory_zeroed(ratings->n_users, sizeof *e.results);
    bt_status status = BT_OK;
    if (film_of == NULL || e.results == NULL || !make_lanes(&e, pool_lanes(threads)))
        status = BT_NO_MEMORY;
    if (status == BT_OK) {
        pool_run(threads, ratings->n_users, test_user, &e);
        status = (bt_status)atomic_load(&e.status);
    }
    if (status == BT_OK)
        average(&e, out);
    else
        error_set(error, status, "%s while testing users", bt_status_text(status));
    free_lanes(&e);
    bt_free(e.results);
    bt_free(film_of);
    return status;
}

/* tested[user]: whether the user has enough positives, and is of the fold (SPLIT_FOLDS: any). Returns how many are. */
static size_t choose_users(const bt_ratings *ratings, uint64_t seed, size_t fold_number, size_t min_positives, uint8_t *tested)
{
    size_t n = 0;
    for (size_t u = 0; u < ratings->n_users; u++) {
        const bool in_fold = fold_number == SPLIT_FOLDS || split_user_hash(ratings, u, seed) % SPLIT_FOLDS == fold_number;
        tested[u] = in_fold && split_positives(ratings, u) >= min_positives;
        n += tested[u];
    }
    return n;
}

bt_status bt_evaluate_held_out(const bt_model *model, const bt_ratings *held_out, uint64_t split_seed, bt_evaluation *out,
                               bt_error *error)
{
    uint8_t *tested = memory_zeroed(held_out->n_users, 1);
    if (tested == NULL)
        return error_no_memory(error, "testing users");
    pool *threads = NULL;
    bt_status status = BT_OK;
    if (choose_users(held_out, split_seed, SPLIT_FOLDS, HELD_OUT_MIN_POSITIVES, tested) == 0)
        status = error_set(error, BT_INVALID_ARGUMENT, "no user has %d ratings of 4 or more", HELD_OUT_MIN_POSITIVES);
    if (status == BT_OK)
        status = pool_create(model->info.params.n_threads, &threads, error);
    if (status == BT_OK)
        status = evaluate(model, held_out, tested, split_seed, threads, out, error);
    pool_free(threads);
    bt_free(tested);
    return status;
}

/* --- the strong protocol ------------------------------------------------------------------------------------------------ */

typedef struct strong {
    const bt_ratings *ratings;
    const bt_train_params *params;
    uint64_t seed;
    const bt_progress *progress;
    pool *threads;
    uint8_t *tested, *trained; /* n_users */
} strong;

/* Trains on all but the fold's test users and adds their metrics. */
static bt_status run_fold(const strong *s, size_t fold_number, bt_evaluation *sum, bt_error *error)
{
    if (choose_users(s->ratings, s->seed, fold_number, SPLIT_MIN_POSITIVES, s->tested) == 0)
        return error_set(error, BT_INVALID_ARGUMENT, "fold %zu has no user with %d ratings of 4 or more: too few users",
                         fold_number, SPLIT_MIN_POSITIVES);
    for (size_t u = 0; u < s->ratings->n_users; u++)
        s->trained[u] = !s->tested[u];
    bt_ratings training = {0};
    bt_model *model = NULL;
    bt_evaluation result;
    bt_status status = split_copy(s->ratings, s->trained, &training, error);
    if (status == BT_OK)
        status = bt_model_train(&training, s->params, s->progress, NULL, &model, error);
    if (status == BT_OK)
        status = evaluate(model, s->ratings, s->tested, s->seed, s->threads, &result, error);
    if (status == BT_OK) {
        add_metrics(&sum->als, &result.als, 1.0 / SPLIT_FOLDS);
        add_metrics(&sum->popularity, &result.popularity, 1.0 / SPLIT_FOLDS);
        sum->rank = result.rank;
    }
    bt_model_close(model);
    split_free(&training);
    return status;
}

bt_status bt_evaluate_strong(const bt_ratings *ratings, const bt_train_params *params, uint64_t split_seed,
                             const bt_progress *progress, bt_evaluation *out, bt_error *error)
{
    strong s = {
        .ratings = ratings,
        .params = params,
        .seed = split_seed,
        .progress = progress,
        .tested = memory_zeroed(ratings->n_users, 1),
        .trained = memory_zeroed(ratings->n_users, 1),
    };
    *out = (bt_evaluation){0};
    bt_status status = BT_OK;
    if (s.tested == NULL || s.trained == NULL)
        status = error_no_memory(error, "testing users");
    if (status == BT_OK)
        status = pool_create(params->n_threads, &s.threads, error);
    for (size_t number = 0; status == BT_OK && number < SPLIT_FOLDS; number++)
        status = run_fold(&s, number, out, error);
    pool_free(s.threads);
    bt_free(s.tested);
    bt_free(s.trained);
    return status;
}
