/* Making the questions reads all ratings of some people, which takes up to a second, so it is done once and behind a lock: who comes
 * meanwhile waits. What was made doesn't change, so any number of threads may use it.
 */
#include "app/onboard.h"

#include <pthread.h>

#include "app/state.h"
#include "base/error.h"
#include "base/memory.h"

struct onboarding_place {
    pthread_mutex_t lock; /* guards made */
    bt_onboarding *made;
};

bt_status onboarding_place_new(onboarding_place **out, bt_error *error)
{
    *out = memory_zeroed(1, sizeof **out);
    if (*out != NULL && pthread_mutex_init(&(*out)->lock, NULL) == 0)
        return BT_OK;
    bt_free(*out);
    *out = NULL;
    return error_no_memory(error, "opening the data folder");
}

void onboarding_place_free(onboarding_place *p)
{
    if (p == NULL)
        return;
    bt_onboarding_free(p->made);
    pthread_mutex_destroy(&p->lock);
    bt_free(p);
}

static bt_status make(const app *a, bt_onboarding **out, bt_error *error)
{
    const bt_ratings *ratings = NULL;
    bt_status status = app_need_model(a, error);
    if (status == BT_OK)
        status = app_open_ratings(a, &ratings, error);
    if (status == BT_OK)
        status = bt_onboarding_make(a->model, ratings, out, error);
    bt_ratings_close(ratings);
    return status;
}

static bt_status open_questions(const app *a, const bt_onboarding **out, bt_error *error)
{
    onboarding_place *p = a->onboarding;
    pthread_mutex_lock(&p->lock);
    const bt_status status = p->made == NULL ? make(a, &p->made, error) : BT_OK;
    *out = p->made;
    pthread_mutex_unlock(&p->lock);
    return status;
}

bt_status app_questions(const app *a, const bt_profile *answers, size_t limit, arena *memory, uint32_t **out, size_t *n,
                        bt_error *error)
{
    const bt_onboarding *o = NULL;
    const bt_status status = open_questions(a, &o, error);
    if (status != BT_OK)
        return status;
    size_t n_questions = 0, n_left = 0;
    const uint32_t *questions = bt_onboarding_films(o, &n_questions);
    *out = arena_take(memory, (n_questions + 1) * sizeof **out);
    if (*out == NULL)
        return error_no_memory(error, "choosing questions");
    for (size_t q = 0; q < n_questions && n_left < limit; q++) {
        bool is_left = app_card(a, questions[q]) != NULL;
        for (size_t i = 0; i < answers->n_opinions; i++)
            is_left = is_left && answers->opinions[i].film_id != questions[q];
        if (is_left)
            (*out)[n_left++] = questions[q];
    }
    *n = n_left;
    return BT_OK;
}

bt_status app_first_list(const app *a, const bt_profile *answers, size_t limit, arena *memory, bt_scored_film **out, size_t *n,
                         bt_error *error)
{
    const bt_onboarding *o = NULL;
    uint8_t *known = NULL;
    bt_status status = open_questions(a, &o, error);
    if (status == BT_OK)
        status = app_make_mask(a, NULL, &known, error);
    if (status == BT_OK && (*out = arena_take(memory, (limit + 1) * sizeof **out)) == NULL)
        status = error_no_memory(error, "making a list");
    if (status == BT_OK)
        status = bt_onboarding_list(o, answers, known, limit, *out, n, error);
    bt_free(known);
    return status;
}
