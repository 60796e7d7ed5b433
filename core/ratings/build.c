/* bt_ratings_build: the caller's rows are checked and copied into growing columns (rows.h), which ratings_sort makes ratings of. */
#include "ratings/build.h"

#include "base/error.h"

static bt_status refuse_row(const bt_rating_rows *rows, size_t i, bt_error *error)
{
    const bt_rating *r = &rows->ratings[i];
    if (r->user >= rows->n_users)
        return error_set(error, BT_INVALID_ARGUMENT, "rating %zu: user %lu, but there are %zu user keys", i,
                         (unsigned long)r->user, rows->n_users);
    if (r->film_id == 0)
        return error_set(error, BT_INVALID_ARGUMENT, "rating %zu: film id 0; ids begin at 1", i);
    return error_set(error, BT_INVALID_ARGUMENT, "rating %zu: %u half stars; expected 1 to 10", i, r->half_stars);
}

static bt_status copy_rows(const bt_rating_rows *rows, ratings_rows *out, bt_error *error)
{
    if (rows->n_ratings > UINT32_MAX || rows->n_users > UINT32_MAX)
        return error_set(error, BT_LIMIT, "%zu ratings of %zu users: at most 4294967295 of either fit", rows->n_ratings,
                         rows->n_users);
    bt_status status = ratings_rows_reserve(out, rows->n_ratings, error);
    for (size_t i = 0; i < rows->n_ratings && status == BT_OK; i++) {
        const bt_rating *r = &rows->ratings[i];
        if (r->user >= rows->n_users || r->film_id == 0 || r->half_stars - 1u > 9u)
            return refuse_row(rows, i, error);
        status = ratings_rows_add(out, r, error);
    }
    return status;
}

static bt_status build(const bt_rating_rows *rows, pool *threads, const bt_ratings **out, ratings_counts *counts,
                       bt_error *error)
{
    ratings_rows copy = {0};
    const bt_status status = copy_rows(rows, &copy, error);
    if (status != BT_OK) {
        ratings_rows_free(&copy);
        return status;
    }
    const ratings_names names = {rows->user_keys, rows->n_users, rows->sources};
    return ratings_sort(&copy, &names, threads, out, counts, error);
}

bt_status bt_ratings_build(const bt_rating_rows *rows, size_t n_threads, const bt_ratings **out, size_t *n_superseded,
                           bt_error *error)
{
    pool *threads;
    ratings_counts counts = {0};
    *out = NULL;
    bt_status status = pool_create(n_threads, &threads, error);
    if (status != BT_OK)
        return status;
    status = build(rows, threads, out, &counts, error);
    pool_free(threads);
    if (status == BT_OK && n_superseded)
        *n_superseded = counts.n_superseded + counts.n_same;
    return status;
}
