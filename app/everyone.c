/* Lists for all users of the ratings: blocks of users among the threads, each block handed to the caller in the users' order before
 * the next is begun. What a user gets is what app_recommend gives for the same ratings. Memory: the lists of one block, and 17 bytes
 * a film of the model for each thread.
 */
#include "app/state.h"

#include <stdatomic.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/pool.h"

enum { BLOCK = 512 };

typedef struct everyone {
    const app *a;
    const bt_ratings *ratings;
    const bt_recommend_params *params;
    size_t first;          /* user of the block */
    bt_list *lists[BLOCK]; /* NULL where it failed */
    atomic_int status;     /* the first failure */
} everyone;

static bt_status list_of_user(const everyone *e, size_t user, bt_list **out)
{
    const bt_ratings *r = e->ratings;
    const uint64_t begin = r->user_offsets[user], end = r->user_offsets[user + 1];
    bt_opinion *opinions = memory_zeroed((size_t)(end - begin), sizeof *opinions);
    if (opinions == NULL)
        return BT_NO_MEMORY;
    for (uint64_t i = begin; i < end; i++) /* films ascend in the ratings: the profile is sorted */
        opinions[i - begin] = (bt_opinion){.film_id = r->film_ids[r->films[i]], .half_stars = r->half_stars[i], .seen = true};
    const bt_profile profile = {opinions, (size_t)(end - begin)};
    const bt_status status = bt_recommend(e->a->model, &profile, e->params, out, NULL);
    bt_free(opinions);
    return status;
}

static void make_list(void *context, size_t piece, size_t lane)
{
    (void)lane;
    everyone *e = context;
    const bt_status status = list_of_user(e, e->first + piece, &e->lists[piece]);
    int none = BT_OK;
    if (status != BT_OK)
        atomic_compare_exchange_strong(&e->status, &none, (int)status);
}

static bt_status hand_over(everyone *e, size_t n, const app_list_sink *sink, bt_error *error)
{
    bt_status status = (bt_status)atomic_load(&e->status);
    if (status != BT_OK)
        error_set(error, status, "%s while making lists for users %zu to %zu", bt_status_text(status), e->first,
                  e->first + n - 1);
    for (size_t i = 0; i < n; i++) {
        const char *key = e->ratings->user_keys + e->ratings->user_key_at[e->first + i];
        if (status == BT_OK && !sink->take(sink->context, key, e->lists[i]))
            status = error_set(error, BT_CANCELLED, "stopped at user %s", key);
        bt_list_free(e->lists[i]);
        e->lists[i] = NULL;
    }
    return status;
}

static bt_status run_blocks(everyone *e, pool *threads, const bt_progress *progress, const app_list_sink *sink, bt_error *error)
{
    const size_t n_users = e->ratings->n_users;
    bt_status status = BT_OK;
    for (e->first = 0; status == BT_OK && e->first < n_users; e->first += BLOCK) {
        const size_t n = n_users - e->first < BLOCK ? n_users - e->first : BLOCK;
        pool_run(threads, n, make_list, e);
        status = hand_over(e, n, sink, error);
        if (status == BT_OK && progress != NULL && progress->report != NULL &&
            !progress->report(progress->context, "making lists", "users", e->first + n, n_users))
            status = error_set(error, BT_CANCELLED, "stopped after %zu of %zu users", e->first + n, n_users);
    }
    return status;
}

bt_status app_recommend_all(const app *a, const app_filter *filter, size_t limit, const bt_progress *progress,
                            const app_list_sink *sink, bt_error *error)
{
    uint8_t *mask = NULL;
    const bt_ratings *ratings = NULL;
    pool *threads = NULL;
    bt_recommend_params params = bt_recommend_params_default();
    everyone *e = NULL;
    bt_status status = app_need_model(a, error);
    if (status == BT_OK)
        status = app_make_mask(a, filter, &mask, error);
    if (status == BT_OK)
        status = app_open_ratings(a, &ratings, error);
    if (status == BT_OK)
        status = pool_create(0, &threads, error);
    if (status == BT_OK && (e = memory_zeroed(1, sizeof *e)) == NULL)
        status = error_no_memory(error, "making lists");
    if (status == BT_OK) {
        app_wish wish = app_wish_default();
        wish.limit = limit;
        params = app_params_of(a, &wish);
        params.allowed = mask;
        e->a = a;
        e->ratings = ratings;
        e->params = &params;
        status = run_blocks(e, threads, progress, sink, error);
    }
    bt_free(e);
    pool_free(threads);
    bt_ratings_close(ratings);
    bt_free(mask);
    return status;
}
