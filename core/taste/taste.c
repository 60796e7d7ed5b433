/* Profiles in a model's terms. */
#include "taste/taste.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/sorted.h"

/* The half stars that stand for an opinion in training: 0 if it says nothing about taste. */
static uint8_t half_stars_of(const bt_opinion *opinion)
{
    switch (bt_opinion_taste(opinion)) {
    case BT_LIKE:
        return ALS_HALF_STARS_LIKE;
    case BT_DISLIKE:
        return ALS_HALF_STARS_DISLIKE;
    case BT_NO_VERDICT:
        break;
    }
    return opinion->half_stars != 0 ? ALS_HALF_STARS_INTEREST : 0;
}

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

bt_status taste_make(const bt_model *model, const bt_profile *profile, taste *out, bt_error *error)
{
    *out = (taste){.model = model};
    const bt_status status = check_profile(profile, error);
    if (status != BT_OK)
        return status;
    out->terms = memory_array(profile->n_opinions, sizeof *out->terms);
    if (out->terms == NULL)
        return error_no_memory(error, "reading a profile");
    for (size_t i = 0; i < profile->n_opinions; i++) {
        const bt_opinion *opinion = &profile->opinions[i];
        const uint8_t half_stars = half_stars_of(opinion);
        if (half_stars == 0)
            continue;
        const size_t film = sorted_find(model->info.film_ids, model->info.n_films, opinion->film_id);
        if (film == SIZE_MAX) {
            out->n_unknown++;
            continue;
        }
        out->terms[out->n_terms++] = (fold_term){(uint32_t)film, half_stars};
        out->n_likes += half_stars == ALS_HALF_STARS_LIKE;
    }
    return BT_OK;
}

void taste_free(taste *t)
{
    bt_free(t->terms);
    *t = (taste){0};
}
