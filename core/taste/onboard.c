/* Questions for a new person, and what follows from the answers (butaca/onboard.h has the formulas).
 *
 * All that the choice needs are two matrices over the candidates, K = Y P Y' and H = Y P G P Y'. Once film j is answered, with v = P y_j
 * and s = K_jj + n_j, P becomes P - v v' / s, so K loses K_j K_j' / s, and H becomes
 *
 *     H - (K_j H_j' + H_j K_j') / s + H_jj K_j K_j' / s^2.
 *
 * Kept are, for each question, its noise and P y_j: 8 (rank + 1) bytes. While it is made: 8 rank bytes for each person, 16 rank^2, and
 * 16 for each film. G costs n_films x rank^2 / 2 multiply-adds, and each person a fold-in.
 */
#include "taste/onboard.h"

#include <math.h>
#include <string.h>

#include "als/dense.h"
#include "als/object.h"
#include "als/topk.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/sorted.h"

/* Found on half of the people (docs/taste.md). The residuals are of people whom the fold-in knows; the floor makes up for it. */
static const double answer_seen = 0.4, noise_floor = 0.05, popularity_of_films = 0.25;

struct bt_onboarding {
    const bt_model *model;
    size_t n, rank;
    uint32_t films[BT_ONBOARD_QUESTIONS], film_ids[BT_ONBOARD_QUESTIONS]; /* n */
    double noise[BT_ONBOARD_QUESTIONS];
    double *mean;   /* rank: m */
    double *spread; /* n x rank: P y_j */
};

typedef struct design {
    const bt_model *model;
    size_t rank, n, n_people;
    topk candidates;                    /* n films, the most liked first */
    double *people;                     /* n_people x rank */
    double *mean, *covariance;          /* rank, rank x rank */
    double *weights;                    /* rank x rank: G */
    double noise[BT_ONBOARD_QUESTIONS]; /* n_j */
    double *spread, *weighed;           /* n x rank: P y_j, G P y_j */
    double *k, *h;                      /* n x n */
    bool asked[BT_ONBOARD_QUESTIONS];
} design;

/* --- people --------------------------------------------------------------------------------------------------------- */

static size_t person_terms(const bt_model *model, const bt_ratings *ratings, size_t user, fold_term *terms)
{
    size_t n = 0;
    for (uint64_t i = ratings->user_offsets[user]; i < ratings->user_offsets[user + 1]; i++) {
        const size_t film = sorted_find(model->info.film_ids, model->info.n_films, ratings->film_ids[ratings->films[i]]);
        if (film != SIZE_MAX)
            terms[n++] = (fold_term){(uint32_t)film, ratings->half_stars[i]};
    }
    return n;
}

/* Adds to the noise what the person's factor doesn't explain of each candidate. */
static void add_residuals(design *d, const fold_term *terms, size_t n_terms, const double *x, uint8_t *liked)
{
    for (size_t i = 0; i < n_terms; i++)
        liked[terms[i].film] = terms[i].half_stars >= BT_LIKE_HALF_STARS;
    for (size_t j = 0; j < d->n; j++) {
        const uint32_t film = d->candidates.entries[j].film;
        const double predicted = d->model->simd->dot(d->model->info.film_factors + film * d->rank, x, d->rank);
        const double residual = (double)liked[film] - predicted;
        d->noise[j] += residual * residual / (double)d->n_people;
    }
    for (size_t i = 0; i < n_terms; i++)
        liked[terms[i].film] = 0;
}

/* Folds in n_people of the people, at even distances. */
static bt_status fold_people(design *d, const bt_ratings *ratings, bt_error *error)
{
    fold_term *terms = memory_array(d->model->info.n_films, sizeof *terms);
    uint8_t *liked = memory_zeroed(d->model->info.n_films, 1);
    bt_status status = terms != NULL && liked != NULL ? BT_OK : error_no_memory(error, "preparing questions");
    for (size_t i = 0; status == BT_OK && i < d->n_people; i++) {
        fold f;
        const size_t n = person_terms(d->model, ratings, i * ratings->n_users / d->n_people, terms);
        status = fold_in(d->model, terms, n, false, &f, error);
        if (status != BT_OK)
            break;
        memcpy(d->people + i * d->rank, f.x, d->rank * sizeof *f.x);
        add_residuals(d, terms, n, f.x, liked);
        fold_free(&f);
    }
    bt_free(terms);
    bt_free(liked);
    return status;
}

static void distribute(design *d)
{
    const size_t k = d->rank;
    const double share = 1.0 / (double)d->n_people;
    for (size_t u = 0; u < d->n_people; u++)
        for (size_t i = 0; i < k; i++)
            d->mean[i] += share * d->people[u * k + i];
    for (size_t u = 0; u < d->n_people; u++) {
        double *x = d->people + u * k;
        for (size_t i = 0; i < k; i++)
            x[i] -= d->mean[i];
        for (size_t i = 0; i < k; i++)
            for (size_t j = 0; j < k; j++)
                d->covariance[i * k + j] += share * x[i] * x[j];
    }
}

/* --- the choice ------------------------------------------------------------------------------------------------------ */

static bt_status weigh_films(design *d, bt_error *error)
{
    const bt_model_info *info = &d->model->info;
    const float **rows = memory_array(info->n_films, sizeof *rows);
    double *weights = memory_array(info->n_films, sizeof *weights);
    const bool made = rows != NULL && weights != NULL;
    for (size_t i = 0; made && i < info->n_films; i++) {
        rows[i] = info->film_factors + i * d->rank;
        weights[i] = pow((double)info->likes[i], popularity_of_films);
    }
    if (made)
        d->model->simd->add_squares(rows, weights, info->n_films, d->weights, d->rank, d->rank);
    for (size_t i = 0; made && i < d->rank; i++)
        for (size_t j = 0; j < i; j++)
            d->weights[i * d->rank + j] = d->weights[j * d->rank + i];
    bt_free(rows);
    bt_free(weights);
    return made ? BT_OK : error_no_memory(error, "preparing questions");
}

static const float *factor_of(const design *d, size_t candidate)
{
    return d->model->info.film_factors + d->candidates.entries[candidate].film * d->rank;
}

static void relate(design *d)
{
    const size_t k = d->rank, n = d->n;
    const simd_kernels *simd = d->model->simd;
    for (size_t j = 0; j < n; j++) {
        double *v = d->spread + j * k, *w = d->weighed + j * k;
        d->noise[j] += noise_floor;
        for (size_t i = 0; i < k; i++)
            v[i] = simd->dot(factor_of(d, j), d->covariance + i * k, k);
        for (size_t i = 0; i < k; i++)
            for (size_t l = 0; l < k; l++)
                w[i] += d->weights[i * k + l] * v[l];
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            d->k[i * n + j] = simd->dot(factor_of(d, i), d->spread + j * k, k);
            for (size_t l = 0; l < k; l++)
                d->h[i * n + j] += d->spread[i * k + l] * d->weighed[j * k + l];
        }
}

/* The candidate that takes most of what is left; of equal ones the more liked. */
static size_t next_question(const design *d)
{
    size_t best = SIZE_MAX;
    double most = 0.0;
    for (size_t j = 0; j < d->n; j++) {
        const double taken = d->h[j * d->n + j] / (d->k[j * d->n + j] + d->noise[j]);
        if (!d->asked[j] && (best == SIZE_MAX || taken > most)) {
            best = j;
            most = taken;
        }
    }
    return best;
}

/* `row` is scratch for 2 n values. */
static void take_out(design *d, size_t asked, double *row)
{
    const size_t n = d->n;
    double *k_j = row, *h_j = row + n;
    memcpy(k_j, d->k + asked * n, n * sizeof *row);
    memcpy(h_j, d->h + asked * n, n * sizeof *row);
    const double s = k_j[asked] + d->noise[asked], left = h_j[asked] / (s * s);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            d->k[i * n + j] -= k_j[i] * k_j[j] / s;
            d->h[i * n + j] += left * k_j[i] * k_j[j] - (k_j[i] * h_j[j] + h_j[i] * k_j[j]) / s;
        }
}

static void add_question(const design *d, size_t candidate, bt_onboarding *o)
{
    const uint32_t film = d->candidates.entries[candidate].film;
    o->films[o->n] = film;
    o->film_ids[o->n] = d->model->info.film_ids[film];
    o->noise[o->n] = d->noise[candidate];
    memcpy(o->spread + o->n++ * o->rank, d->spread + candidate * o->rank, o->rank * sizeof *o->spread);
}

static void choose(design *d, bool popular, double *row, bt_onboarding *o)
{
    memcpy(o->mean, d->mean, o->rank * sizeof *o->mean);
    while (o->n < d->n) {
        const size_t next = popular ? o->n : next_question(d);
        add_question(d, next, o);
        d->asked[next] = true;
        take_out(d, next, row);
    }
}

/* --- making ---------------------------------------------------------------------------------------------------------- */

static bool design_make(design *d, const bt_model *model, const bt_ratings *ratings)
{
    const size_t k = model->info.params.rank, n_films = model->info.n_films;
    *d = (design){.model = model, .rank = k};
    d->n_people = ratings->n_users < BT_ONBOARD_PEOPLE ? ratings->n_users : BT_ONBOARD_PEOPLE;
    if (!topk_make(&d->candidates, n_films < BT_ONBOARD_QUESTIONS ? n_films : BT_ONBOARD_QUESTIONS))
        return false;
    for (size_t i = 0; i < n_films; i++)
        topk_offer(&d->candidates, (double)model->info.likes[i], (uint32_t)i);
    d->n = topk_sort(&d->candidates);
    d->people = memory_array(d->n_people * k, sizeof(double));
    d->mean = memory_zeroed(k, sizeof(double));
    d->covariance = memory_zeroed(k * k, sizeof(double));
    d->weights = memory_zeroed(k * k, sizeof(double));
    d->spread = memory_array(d->n * k, sizeof(double));
    d->weighed = memory_zeroed(d->n * k, sizeof(double));
    d->k = memory_array(d->n * d->n, sizeof(double));
    d->h = memory_zeroed(d->n * d->n, sizeof(double));
    return d->people && d->mean && d->covariance && d->weights && d->spread && d->weighed && d->k && d->h;
}

static void design_free(design *d)
{
    topk_free(&d->candidates);
    bt_free(d->people);
    bt_free(d->mean);
    bt_free(d->covariance);
    bt_free(d->weights);
    bt_free(d->spread);
    bt_free(d->weighed);
    bt_free(d->k);
    bt_free(d->h);
}

bt_status onboard_make(const bt_model *model, const bt_ratings *ratings, bool popular, bt_onboarding **out, bt_error *error)
{
    design d;
    double row[2 * BT_ONBOARD_QUESTIONS];
    bt_onboarding *o = memory_zeroed(1, sizeof *o);
    *out = NULL;
    bool made = design_make(&d, model, ratings) && o != NULL;
    if (made) {
        o->model = model;
        o->rank = d.rank;
        o->mean = memory_array(d.rank, sizeof *o->mean);
        o->spread = memory_array(BT_ONBOARD_QUESTIONS * d.rank, sizeof *o->spread);
        made = o->mean != NULL && o->spread != NULL;
    }
    bt_status status = made ? fold_people(&d, ratings, error) : error_no_memory(error, "preparing questions");
    if (status == BT_OK)
        status = weigh_films(&d, error);
    if (status == BT_OK) {
        distribute(&d);
        relate(&d);
        choose(&d, popular, row, o);
        *out = o;
    } else {
        bt_onboarding_free(o);
    }
    design_free(&d);
    return status;
}

bt_status bt_onboarding_make(const bt_model *model, const bt_ratings *ratings, bt_onboarding **out, bt_error *error)
{
    return onboard_make(model, ratings, false, out, error);
}

void bt_onboarding_free(bt_onboarding *o)
{
    if (o == NULL)
        return;
    bt_free(o->mean);
    bt_free(o->spread);
    bt_free(o);
}

const uint32_t *bt_onboarding_films(const bt_onboarding *o, size_t *n)
{
    *n = o->n;
    return o->film_ids;
}

const uint32_t *onboard_questions(const bt_onboarding *o, size_t *n)
{
    *n = o->n;
    return o->films;
}

/* --- answers --------------------------------------------------------------------------------------------------------- */

double onboard_answer(uint8_t half_stars)
{
    return half_stars >= BT_LIKE_HALF_STARS ? 1.0 : half_stars > BT_DISLIKE_HALF_STARS ? answer_seen : 0.0;
}

/* x += sum of P y_j alpha_j with (K + N) alpha = a - Y m over the n questions in `asked`. */
static bool estimate(const bt_onboarding *o, const double *answers, const size_t *asked, size_t n, double *x)
{
    const simd_kernels *simd = o->model->simd;
    double a[BT_ONBOARD_QUESTIONS * BT_ONBOARD_QUESTIONS], alpha[BT_ONBOARD_QUESTIONS];
    for (size_t i = 0; i < n; i++) {
        const float *y = o->model->info.film_factors + o->films[asked[i]] * o->rank;
        alpha[i] = answers[asked[i]] - simd->dot(y, o->mean, o->rank);
        for (size_t j = 0; j < n; j++)
            a[i * n + j] = simd->dot(y, o->spread + asked[j] * o->rank, o->rank);
        a[i * n + i] += o->noise[asked[i]];
    }
    if (n == 0)
        return true;
    if (!dense_cholesky(a, n, n))
        return false;
    dense_substitute(a, n, n, alpha);
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < o->rank; i++)
            x[i] += alpha[j] * o->spread[asked[j] * o->rank + i];
    return true;
}

bt_status onboard_scores(const bt_onboarding *o, const double *answers, size_t n_answers, double *scores, bt_error *error)
{
    size_t asked[BT_ONBOARD_QUESTIONS], n = 0;
    double *x = memory_array(o->rank, sizeof *x);
    if (x == NULL)
        return error_no_memory(error, "reading answers");
    memcpy(x, o->mean, o->rank * sizeof *x);
    for (size_t i = 0; i < n_answers && i < o->n; i++)
        if (!isnan(answers[i]))
            asked[n++] = i;
    const bool solved = estimate(o, answers, asked, n, x);
    if (solved)
        o->model->simd->scores(o->model->info.film_factors, o->model->info.n_films, o->rank, x, o->rank, scores);
    bt_free(x);
    return solved ? BT_OK : error_set(error, BT_NUMERIC, "the equations for these answers are singular");
}

static double answer_of(const bt_opinion *o)
{
    const bt_verdict verdict = bt_opinion_taste(o);
    if (verdict != BT_NO_VERDICT)
        return verdict == BT_LIKE ? 1.0 : 0.0;
    return o->seen || o->half_stars > 0 ? answer_seen : 0.0;
}

bt_status bt_onboarding_scores(const bt_onboarding *o, const bt_profile *answers, double *scores, bt_error *error)
{
    double values[BT_ONBOARD_QUESTIONS];
    for (size_t q = 0; q < o->n; q++)
        values[q] = (double)NAN;
    for (size_t i = 0; i < answers->n_opinions; i++)
        for (size_t q = 0; q < o->n; q++)
            if (o->film_ids[q] == answers->opinions[i].film_id)
                values[q] = answer_of(&answers->opinions[i]);
    return onboard_scores(o, values, o->n, scores, error);
}

static bool is_known(const bt_profile *answers, uint32_t film_id)
{
    for (size_t i = 0; i < answers->n_opinions; i++)
        if (answers->opinions[i].film_id == film_id)
            return bt_opinion_known(&answers->opinions[i]);
    return false;
}

bt_status bt_onboarding_list(const bt_onboarding *o, const bt_profile *answers, const uint8_t *allowed, size_t limit,
                             bt_scored_film *out, size_t *n, bt_error *error)
{
    const bt_model_info *info = &o->model->info;
    double *scores = memory_array(info->n_films, sizeof *scores);
    topk best = {0};
    *n = 0;
    const bool made = scores != NULL && topk_make(&best, limit < info->n_films ? limit : info->n_films);
    const bt_status status = made ? bt_onboarding_scores(o, answers, scores, error) : error_no_memory(error, "making a list");
    for (size_t i = 0; status == BT_OK && i < info->n_films; i++)
        if ((allowed == NULL || allowed[i]) && scores[i] > topk_worst(&best) && !is_known(answers, info->film_ids[i]))
            topk_offer(&best, scores[i], (uint32_t)i);
    if (status == BT_OK)
        *n = topk_sort(&best);
    for (size_t i = 0; i < *n; i++)
        out[i] = (bt_scored_film){info->film_ids[best.entries[i].film], best.entries[i].score};
    topk_free(&best);
    bt_free(scores);
    return status;
}
