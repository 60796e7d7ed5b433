/* Profiles in a model's terms. */
#include "taste/taste.h"

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
        const bt_verdict verdict = bt_opinion_taste(opinion);
        if (verdict == BT_NO_VERDICT)
            continue;
        const size_t film = sorted_find(model->info.film_ids, model->info.n_films, opinion->film_id);
        if (film == SIZE_MAX) {
            out->n_unknown++;
            continue;
        }
        const uint8_t half_stars = verdict == BT_LIKE ? ALS_HALF_STARS_LIKE : ALS_HALF_STARS_DISLIKE;
        out->terms[out->n_terms++] = (fold_term){(uint32_t)film, half_stars};
        out->n_likes += verdict == BT_LIKE;
    }
    return BT_OK;
}

void taste_free(taste *t)
{
    bt_free(t->terms);
    *t = (taste){0};
}
