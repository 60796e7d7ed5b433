/* Lists for all users of the ratings: blocks of users among the threads, each block handed to the caller in the users' order while the
 * next is made: one thread writes, the others don't wait for it. What a user gets is what app_recommend gives for the same ratings.
 * Memory: the lists of two blocks, and 17 bytes a film of the model for each thread.
 */
#include "app/state.h"

#include <stdatomic.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/pool.h"

enum { BLOCK = 512 };

/* Users first .. first + n - 1. */
typedef struct block {
    size_t first, n;
    bt_list *lists[BLOCK]; /* NULL where it failed */
    atomic_int status;     /* the first failure */
} block;

typedef struct everyone {
    const app *a;
    const bt_ratings *ratings;
    const bt_recommend_params *params;
    const app_list_sink *sink;
    block blocks[2];
    block *made, *making;
    bt_status status; /* of handing over */
    bt_error *error;
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

/* Ends with what went wrong first, and with nothing left in the block. */
static void hand_over(everyone *e)
{
    block *b = e->made;
    e->status = (bt_status)atomic_load(&b->status);
    if (e->status != BT_OK)
        error_set(e->error, e->status, "%s while making lists for users %zu to %zu", bt_status_text(e->status), b->first,
                  b->first + b->n - 1);
    for (size_t i = 0; i < b->n; i++) {
        const char *key = e->ratings->user_keys + e->ratings->user_key_at[b->first + i];
        if (e->status == BT_OK && !e->sink->take(e->sink->context, key, b->lists[i]))
            e->status = error_set(e->error, BT_CANCELLED, "stopped at user %s", key);
        bt_list_free(b->lists[i]);
        b->lists[i] = NULL;
    }
    b->n = 0;
}

/* Piece 0 hands over what was made before, the others make a list each. */
static void work(void *context, size_t piece, size_t lane)
{
    (void)lane;
    everyone *e = context;
    if (piece == 0) {
        hand_over(e);
        return;
    }
    block *b = e->making;
    const bt_status status = list_of_user(e, b->first + piece - 1, &b->lists[piece - 1]);
    int none = BT_OK;
    if (status != BT_OK)
        atomic_compare_exchange_strong(&b->status, &none, (int)status);
}

static void swap_blocks(everyone *e)
{
    block *made = e->making;
    e->making = e->made;
    e->made = made;
}

static bt_status run_blocks(everyone *e, pool *threads, const bt_progress *progress, bt_error *error)
{
    const size_t n_users = e->ratings->n_users;
    e->made = &e->blocks[0];
    e->making = &e->blocks[1];
    e->error = error;
    for (size_t first = 0; e->status == BT_OK && first < n_users; first += BLOCK) {
        e->making->first = first;
        e->making->n = n_users - first < BLOCK ? n_users - first : BLOCK;
        pool_run(threads, e->making->n + 1, work, e);
        swap_blocks(e);
        const size_t done = first + e->made->n;
        if (e->status == BT_OK && progress != NULL && progress->report != NULL &&
            !progress->report(progress->context, "making lists", "users", done, n_users))
            e->status = error_set(error, BT_CANCELLED, "stopped after %zu of %zu users", done, n_users);
    }
    const bt_status status = e->status;
    if (status == BT_OK) {
        hand_over(e);
        return e->status;
    }
    for (size_t i = 0; i < e->made->n; i++) /* nobody takes them any more */
        bt_list_free(e->made->lists[i]);
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
        e->sink = sink;
        status = run_blocks(e, threads, progress, error);
    }
    bt_free(e);
    pool_free(threads);
    bt_ratings_close(ratings);
    bt_free(mask);
    return status;
}
