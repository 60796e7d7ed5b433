/* Profiles in a model's terms. */
#include "taste/taste.h"

#include <inttypes.h>
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/sorted.h"

static bt_status check_profile(const bt_profile *profile, bt_error *error)
{
    for (size_t i = 0; i < profile->n_opinions; i++) {
        const bt_opinion *o = &profile->opinions[i];
        const bool in_order = i == 0 || o[-1].film_id < o->film_id;
        if (!in_order || o->verdict > BT_DISLIKE || o->half_stars > ALS_HALF_STARS_LIKE)
            return error_set(error, BT_INVALID_ARGUMENT, "opinion %zu is out of order or out of range; see bt_profile_sort", i);
    }
    return BT_OK;
}

/* What setting n of the dial adds to the exponent of the damping: the first lets what everybody likes come up again. */
static const double dial_exponents[] = {-0.05, 0.0, 0.1, 0.2, 0.35};

/* Where the damping ends: who liked many films is understood well enough to be shown again what many like. */
static const double popularity_of_many = 0.05;

static bt_status check_params(const bt_recommend_params *p, bt_error *error)
{
    if (p->dial < BT_DIAL_SAFE || p->dial > BT_DIAL_ADVENTUROUS)
        return error_set(error, BT_INVALID_ARGUMENT, "the dial stands at %d, expected %d to %d", p->dial, BT_DIAL_SAFE,
                         BT_DIAL_ADVENTUROUS);
    if (!(p->diversity >= 0.0 && p->diversity <= 1.0))
        return error_set(error, BT_INVALID_ARGUMENT, "diversity %g, expected 0 to 1", p->diversity);
    if (!(p->text_like >= 0.0 && p->text_dislike >= 0.0) || !isfinite(p->text_like + p->text_dislike))
        return error_set(error, BT_INVALID_ARGUMENT, "weights of texts %g and %g, expected 0 or more", p->text_like,
                         p->text_dislike);
    for (size_t i = 0; i < p->n_weights; i++)
        if (!(p->weights[i].weight >= 0.0 && p->weights[i].weight <= BT_WEIGHT_MAX) ||
            (i > 0 && p->weights[i - 1].film_id >= p->weights[i].film_id))
            return error_set(error, BT_INVALID_ARGUMENT, "weight of film %" PRIu32 " is out of order or out of 0 to %d",
                             p->weights[i].film_id, BT_WEIGHT_MAX);
    return BT_OK;
}

static double weight_of(const bt_recommend_params *p, uint32_t film_id)
{
    const size_t at = sorted_find_in(p->weights, p->n_weights, sizeof *p->weights, film_id);
    return at != SIZE_MAX ? p->weights[at].weight : 1.0;
}

/* A verdict weighs more than a rating, and all ratings of a kind weigh the same. 0: says nothing about taste. */
static uint8_t counts_as(const bt_opinion *opinion, bt_verdict verdict, bool middling_counts)
{
    if (verdict == BT_NO_VERDICT)
        return opinion->half_stars > 0 && middling_counts ? ALS_HALF_STARS_MIDDLING : 0;
    return verdict == BT_LIKE ? ALS_HALF_STARS_LIKE : ALS_HALF_STARS_DISLIKE;
}

static void add_term(taste *t, const bt_recommend_params *params, const bt_opinion *opinion)
{
    const bt_model_info *info = &t->model->info;
    const bt_verdict verdict = bt_opinion_taste(opinion);
    const uint8_t half_stars = counts_as(opinion, verdict, t->middling_counts);
    const double weight = weight_of(params, opinion->film_id);
    if (half_stars == 0 || weight == 0.0)
        return;
    const size_t film = sorted_find(info->film_ids, info->n_films, opinion->film_id);
    if (film == SIZE_MAX) {
        t->n_unknown++;
        return;
    }
    t->weights[t->n_terms] = weight;
    t->terms[t->n_terms++] = (fold_term){(uint32_t)film, half_stars};
    t->n_likes += verdict == BT_LIKE;
}

bt_status taste_make(const bt_model *model, const bt_profile *profile, const bt_recommend_params *params, taste *out,
                     bt_error *error)
{
    *out = (taste){.model = model, .text = params->text, .text_like = params->text_like, .text_dislike = params->text_dislike};
    bt_status status = check_profile(profile, error);
    if (status == BT_OK)
        status = check_params(params, error);
    if (status != BT_OK)
        return status;
    out->middling_counts = als_fold_weights_of(&model->info.params).excess[ALS_HALF_STARS_MIDDLING] > 0.0;
    out->dial = dial_exponents[params->dial - BT_DIAL_SAFE];
    out->terms = memory_array(profile->n_opinions, sizeof *out->terms);
    out->weights = memory_array(profile->n_opinions, sizeof *out->weights);
    if (out->terms == NULL || out->weights == NULL)
        return error_no_memory(error, "reading a profile");
    for (size_t i = 0; i < profile->n_opinions; i++)
        add_term(out, params, &profile->opinions[i]);
    return BT_OK;
}

void taste_free(taste *t)
{
    bt_free(t->terms);
    bt_free(t->weights);
    *t = (taste){0};
}

bt_status taste_fold(const taste *t, bool with_reasons, fold *out, bt_error *error)
{
    const bt_status status = fold_in_weighted(t->model, t->terms, t->weights, t->n_terms, with_reasons, out, error);
    out->exponent += t->dial - popularity_of_many * out->settled;
    return status;
}

void taste_scores(taste *t, const fold *f, double *scores)
{
    fold_scores(t->model, f, scores);
    taste_add_text(t, scores);
}
