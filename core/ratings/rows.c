/* Growing rows: half as much again each time, so that memory stays in proportion to what is there. */
#include "ratings/rows.h"

#include <stdbool.h>

#include "base/error.h"
#include "base/memory.h"

enum { FIRST_ROWS = 1 << 12, FIRST_RUNS = 1 << 8 };

void ratings_rows_free(ratings_rows *r)
{
    bt_free(r->film_ids);
    bt_free(r->times);
    bt_free(r->half_stars);
    bt_free(r->runs);
    *r = (ratings_rows){0};
}

static bool resize(void **column, size_t capacity, size_t size)
{
    void *larger = memory_resized(*column, capacity, size);
    if (larger)
        *column = larger;
    return larger != NULL;
}

static size_t grown(size_t capacity, size_t needed, size_t first)
{
    const size_t more = capacity + capacity / 2;
    return needed > more ? (needed > first ? needed : first) : more;
}

bt_status ratings_rows_reserve(ratings_rows *r, size_t more, bt_error *error)
{
    if (more > UINT32_MAX - r->n)
        return error_set(error, BT_LIMIT, "%zu ratings: at most 4294967295 fit", r->n + more);
    if (r->n + more <= r->capacity)
        return BT_OK;
    const size_t capacity = grown(r->capacity, r->n + more, FIRST_ROWS);
    void *film_ids = r->film_ids, *times = r->times, *half_stars = r->half_stars;
    const bool fits = resize(&film_ids, capacity, sizeof *r->film_ids) && resize(&times, capacity, sizeof *r->times) &&
                      resize(&half_stars, capacity, sizeof *r->half_stars);
    r->film_ids = film_ids;
    r->times = times;
    r->half_stars = half_stars;
    if (!fits)
        return error_no_memory(error, "reading ratings");
    r->capacity = capacity;
    return BT_OK;
}

bt_status ratings_rows_append(ratings_rows *r, uint32_t user, size_t n, bt_error *error)
{
    if (n == 0)
        return BT_OK;
    if (r->n_runs == 0 || r->runs[r->n_runs - 1].user != user) {
        if (r->n_runs == r->run_capacity) {
            const size_t capacity = grown(r->run_capacity, r->n_runs + 1, FIRST_RUNS);
            void *runs = r->runs;
            if (!resize(&runs, capacity, sizeof *r->runs))
                return error_no_memory(error, "reading ratings");
            r->runs = runs;
            r->run_capacity = capacity;
        }
        r->runs[r->n_runs++] = (ratings_run){user, (uint32_t)r->n};
    }
    r->n += n;
    return BT_OK;
}

bt_status ratings_rows_add(ratings_rows *r, const bt_rating *rating, bt_error *error)
{
    const size_t at = r->n;
    bt_status status = ratings_rows_reserve(r, 1, error);
    if (status == BT_OK)
        status = ratings_rows_append(r, rating->user, 1, error);
    if (status != BT_OK)
        return status;
    r->film_ids[at] = rating->film_id;
    r->times[at] = rating->time;
    r->half_stars[at] = rating->half_stars;
    return BT_OK;
}
