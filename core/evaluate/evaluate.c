/* The protocols of ranking: for each seed and fold a split, rankers made of its training part, each tested on the same users.
 *
 * A user's values are weighted with 1 / (folds, tested users of the fold, seeds) and summed over seeds, so that the sum over users
 * is the mean over users, then folds, then seeds. Memory: 56 bytes a user and ranker, and a copy of the training part.
 */
#include "butaca/evaluate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/sorted.h"
#include "evaluate/tester.h"

enum { HELD_OUT_MIN_POSITIVES = 2 };

const char *bt_ranker_name(bt_ranker kind)
{
    static const char *const names[BT_N_RANKERS] = {
        "als",     "lists", "dial-1",        "dial-3", "dial-4",     "dial-5", "no-texts",      "no-dislikes",     "no-damping",
        "diverse", "ease",  "ease-middling", "knn",    "popularity", "asked",  "asked-popular", "popular-ordinary"};
    return kind < BT_N_RANKERS ? names[kind] : "";
}

const char *bt_measure_name(bt_measure measure)
{
    static const char *const names[BT_N_MEASURES] = {"recall_20",   "recall_50",  "ndcg_10",      "ndcg_100",
                                                     "unwanted_20", "novelty_20", "popularity_20"};
    return measure < BT_N_MEASURES ? names[measure] : "";
}

typedef struct evaluation {
    const bt_ratings *ratings;
    const bt_evaluate_params *params;
    const bt_progress *progress;
    pool *threads;
    split split;
    tester_values *values;            /* n_users: of one ranker on one split */
    tester_values *sum[BT_N_RANKERS]; /* n_users: weighted, over splits */
    uint8_t *ever_tested;             /* n_users */
    bt_evaluation *out;
} evaluation;

static bool has_ranker(const evaluation *e, bt_ranker kind)
{
    return kind == BT_RANKER_ALS || (e->params->rankers >> kind & 1) != 0;
}

static bt_status evaluation_make(evaluation *e, bt_error *error)
{
    const size_t n_users = e->ratings->n_users;
    e->values = memory_array(n_users, sizeof *e->values);
    e->ever_tested = memory_zeroed(n_users, 1);
    bool made = e->values != NULL && e->ever_tested != NULL;
    for (int kind = 0; made && kind < BT_N_RANKERS; kind++)
        if (has_ranker(e, (bt_ranker)kind))
            made = (e->sum[kind] = memory_zeroed(n_users, sizeof *e->sum[kind])) != NULL;
    *e->out = (bt_evaluation){0};
    return made ? split_make(e->ratings, &e->split, error) : error_no_memory(error, "testing users");
}

static void evaluation_free(evaluation *e)
{
    bt_free(e->values);
    bt_free(e->ever_tested);
    for (int kind = 0; kind < BT_N_RANKERS; kind++)
        bt_free(e->sum[kind]);
    split_free(&e->split);
    pool_free(e->threads);
}

/* --- one ranker on one split ---------------------------------------------------------------------------------------------- */

/* share: of the split in the means. */
static bt_status test_ranker(evaluation *e, bt_ranker kind, const tester *t, double share, bt_error *error)
{
    double coverage_20 = 0.0;
    const bt_status status = tester_run(t, e->values, &coverage_20, error);
    if (status != BT_OK)
        return status;
    e->out->of[kind].coverage_20 += share * coverage_20;
    for (size_t u = 0; u < e->ratings->n_users; u++) {
        if (!e->split.tested[u])
            continue;
        e->ever_tested[u] = 1;
        for (int m = 0; m < BT_N_MEASURES; m++)
            e->sum[kind][u][m] += share / (double)e->split.n_tested * e->values[u][m];
    }
    return BT_OK;
}

static bt_status test_split(evaluation *e, bool known_users, double share, bt_error *error)
{
    bt_ratings training = {0};
    bt_status status = split_training(&e->split, e->ratings, known_users, &training, error);
    ranker *als = NULL;
    ranker_params params = {.als = e->params->als, .threads = e->threads, .progress = e->progress, .texts = e->params->texts};
    for (int kind = 0; status == BT_OK && kind < BT_N_RANKERS; kind++) {
        if (!has_ranker(e, (bt_ranker)kind))
            continue;
        ranker *r = NULL;
        status = ranker_make((bt_ranker)kind, &training, &params, &r, error);
        const tester t = {
            .ranker = r, .ratings = e->ratings, .split = &e->split, .n_people = training.n_users, .threads = e->threads};
        if (status == BT_OK)
            status = test_ranker(e, (bt_ranker)kind, &t, share, error);
        if (kind == BT_RANKER_ALS) { /* the first: lists are made with its model */
            als = r;
            params.model = status == BT_OK ? ranker_model(r) : NULL;
        } else {
            ranker_free(r);
        }
    }
    ranker_free(als);
    split_release(&training);
    return status;
}

/* --- means and intervals ------------------------------------------------------------------------------------------------- */

/* The leads of the leader: user u has n (sum_leader - sum_other), whose mean over users is the difference of the table's means. */
static void compare(const evaluation *e, bt_ranker kind)
{
    bt_ranker_result *r = &e->out->of[kind];
    const double n = (double)e->out->n_users;
    for (int m = 0; m < BT_N_MEASURES; m++) {
        double squares = 0.0;
        for (size_t u = 0; u < e->ratings->n_users; u++) {
            r->mean[m] += e->sum[kind][u][m];
            r->lead[m] += e->sum[e->params->leader][u][m] - e->sum[kind][u][m];
        }
        for (size_t u = 0; u < e->ratings->n_users; u++) {
            const double distance = n * (e->sum[e->params->leader][u][m] - e->sum[kind][u][m]) - r->lead[m];
            squares += e->ever_tested[u] ? distance * distance : 0.0;
        }
        r->lead_half[m] = n > 1.0 ? 1.96 * sqrt(squares / (n - 1.0) / n) : 0.0;
    }
}

static int ascending(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* Means of the leads over as many users as there are, drawn with replacement, again and again; all measures from the same draws. */
static bt_status bootstrap(const evaluation *e, bt_ranker kind, bt_error *error)
{
    enum { DRAWS = 1000, CUT = DRAWS / 40 };
    bt_ranker_result *r = &e->out->of[kind];
    const size_t n_users = e->ratings->n_users, n = e->out->n_users;
    double(*means)[DRAWS] = memory_zeroed(BT_N_MEASURES, sizeof *means);
    size_t *tested = memory_array(n, sizeof *tested), n_tested = 0;
    const bool made = means != NULL && tested != NULL;
    for (size_t u = 0; made && u < n_users; u++)
        if (e->ever_tested[u])
            tested[n_tested++] = u;
    random_stream random = random_make(e->params->first_seed, (uint64_t)kind);
    for (size_t draw = 0; made && draw < DRAWS; draw++)
        for (size_t i = 0; i < n; i++) {
            const size_t u = tested[random_below(&random, n)];
            for (int m = 0; m < BT_N_MEASURES; m++)
                means[m][draw] += e->sum[e->params->leader][u][m] - e->sum[kind][u][m];
        }
    for (int m = 0; made && m < BT_N_MEASURES; m++) {
        qsort(means[m], DRAWS, sizeof **means, ascending);
        r->lead_low[m] = means[m][CUT - 1];
        r->lead_high[m] = means[m][DRAWS - CUT];
    }
    bt_free(means);
    bt_free(tested);
    return made ? BT_OK : error_no_memory(error, "comparing rankers");
}

static bt_status finish(const evaluation *e, bt_error *error)
{
    bt_status status = BT_OK;
    e->out->rank = als_rank(e->params->als, e->ratings->n_films);
    for (size_t u = 0; u < e->ratings->n_users; u++)
        e->out->n_users += e->ever_tested[u];
    for (int kind = 0; kind < BT_N_RANKERS; kind++)
        if (has_ranker(e, (bt_ranker)kind))
            compare(e, (bt_ranker)kind);
    for (int kind = 0; status == BT_OK && kind < BT_N_RANKERS; kind++)
        if (has_ranker(e, (bt_ranker)kind) && kind != (int)e->params->leader)
            status = bootstrap(e, (bt_ranker)kind, error);
    return status;
}

/* --- protocols ----------------------------------------------------------------------------------------------------------- */

static bt_status run_strong(evaluation *e, bt_error *error)
{
    bt_status status = BT_OK;
    const double share = 1.0 / SPLIT_FOLDS / e->params->n_seeds;
    e->split.holds_dislikes = e->params->hold_dislikes;
    for (uint32_t i = 0; status == BT_OK && i < e->params->n_seeds; i++) {
        for (size_t number = 0; status == BT_OK && number < SPLIT_FOLDS; number++) {
            split_strong(&e->split, e->ratings, e->params->first_seed + i, number);
            if (e->split.n_tested == 0)
                return error_set(error, BT_INVALID_ARGUMENT, "fold %zu has no user with %d ratings of 4 or more: too few users",
                                 number, SPLIT_MIN_POSITIVES);
            status = test_split(e, false, share, error);
        }
    }
    return status;
}

static bt_status run_temporal(evaluation *e, bt_error *error)
{
    bt_status status = BT_OK;
    for (uint32_t i = 0; status == BT_OK && i < e->params->n_seeds; i++) {
        split_temporal(&e->split, e->ratings, e->params->first_seed + i);
        if (e->split.n_tested == 0)
            return error_set(error, BT_INVALID_ARGUMENT, "no user has %d ratings of 4 or more: too few ratings",
                             SPLIT_MIN_POSITIVES);
        status = test_split(e, true, 1.0 / e->params->n_seeds, error);
    }
    return status;
}

static bt_status run(bt_status (*protocol)(evaluation *, bt_error *), const bt_ratings *ratings,
                     const bt_evaluate_params *params, const bt_progress *progress, bt_evaluation *out, bt_error *error)
{
    evaluation e = {.ratings = ratings, .params = params, .progress = progress, .out = out};
    if (params->n_seeds == 0)
        return error_set(error, BT_INVALID_ARGUMENT, "0 seeds were asked for, expected at least 1");
    bt_status status = evaluation_make(&e, error);
    if (status == BT_OK)
        status = pool_create(params->als->n_threads, &e.threads, error);
    if (status == BT_OK)
        status = protocol(&e, error);
    if (status == BT_OK)
        status = finish(&e, error);
    evaluation_free(&e);
    return status;
}

bt_status bt_evaluate_strong(const bt_ratings *ratings, const bt_evaluate_params *params, const bt_progress *progress,
                             bt_evaluation *out, bt_error *error)
{
    return run(run_strong, ratings, params, progress, out, error);
}

bt_status bt_evaluate_temporal(const bt_ratings *ratings, const bt_evaluate_params *params, const bt_progress *progress,
                               bt_evaluation *out, bt_error *error)
{
    return run(run_temporal, ratings, params, progress, out, error);
}

/* --- a model that exists -------------------------------------------------------------------------------------------------- */

static int64_t *map_films(const bt_model *model, const bt_ratings *ratings)
{
    int64_t *film_of = memory_array(ratings->n_films, sizeof *film_of);
    for (size_t i = 0; film_of != NULL && i < ratings->n_films; i++) {
        const size_t film = sorted_find(model->info.film_ids, model->info.n_films, ratings->film_ids[i]);
        film_of[i] = film == SIZE_MAX ? TESTER_NO_FILM : (int64_t)film;
    }
    return film_of;
}

static bt_status test_model(evaluation *e, const bt_model *model, bt_error *error)
{
    int64_t *film_of = map_films(model, e->ratings);
    ranker *als = NULL;
    bt_status status = film_of == NULL ? error_no_memory(error, "testing users") : ranker_of_model(model, &als, error);
    const ranker popularity = {model->info.n_films, model->info.likes, ranker_score_likes, NULL};
    tester t = {als, e->ratings, &e->split, film_of, model->info.n_users, e->threads};
    if (status == BT_OK)
        status = test_ranker(e, BT_RANKER_ALS, &t, 1.0, error);
    t.ranker = &popularity;
    if (status == BT_OK)
        status = test_ranker(e, BT_RANKER_POPULARITY, &t, 1.0, error);
    ranker_free(als);
    bt_free(film_of);
    return status;
}

bt_status bt_evaluate_held_out(const bt_model *model, const bt_ratings *held_out, uint64_t split_seed, bt_evaluation *out,
                               bt_error *error)
{
    const bt_evaluate_params params = {
        .als = &model->info.params, .first_seed = split_seed, .n_seeds = 1, .rankers = 1u << BT_RANKER_POPULARITY};
    evaluation e = {.ratings = held_out, .params = &params, .out = out};
    bt_status status = evaluation_make(&e, error);
    if (status == BT_OK)
        split_everybody(&e.split, held_out, split_seed, HELD_OUT_MIN_POSITIVES);
    if (status == BT_OK && e.split.n_tested == 0)
        status = error_set(error, BT_INVALID_ARGUMENT, "no user has %d ratings of 4 or more", HELD_OUT_MIN_POSITIVES);
    if (status == BT_OK)
        status = pool_create(model->info.params.n_threads, &e.threads, error);
    if (status == BT_OK)
        status = test_model(&e, model, error);
    if (status == BT_OK)
        status = finish(&e, error);
    evaluation_free(&e);
    return status;
}

/* --- splits for others ---------------------------------------------------------------------------------------------------- */

bt_status bt_split_strong(const bt_ratings *ratings, uint64_t seed, uint32_t fold_number, uint8_t *role, bt_error *error)
{
    split s;
    if (fold_number >= SPLIT_FOLDS)
        return error_set(error, BT_INVALID_ARGUMENT, "fold %u was asked for, expected 0 to %d", fold_number, SPLIT_FOLDS - 1);
    const bt_status status = split_make(ratings, &s, error);
    if (status != BT_OK)
        return status;
    split_strong(&s, ratings, seed, fold_number);
    memcpy(role, s.role, ratings->n_ratings);
    split_free(&s);
    return BT_OK;
}

bt_status bt_split_temporal(const bt_ratings *ratings, uint64_t seed, uint8_t *role, bt_error *error)
{
    split s;
    const bt_status status = split_make(ratings, &s, error);
    if (status != BT_OK)
        return status;
    split_temporal(&s, ratings, seed);
    memcpy(role, s.role, ratings->n_ratings);
    split_free(&s);
    return BT_OK;
}
