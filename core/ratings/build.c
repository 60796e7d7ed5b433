/* Sorting rows of ratings into columns.
 *
 *   1. check    one pass over the rows: values in range, ratings per user, the set of films
 *   2. users    with a rating, in the order of their keys
 *   3. scatter  a counting sort by user: `order`, 4 bytes a row, holds the row numbers user by user, in input order
 *   4. emit     each user's rows sorted by film (radix sort), one rating for each film kept, written to the columns
 *   5. compact  where ratings fell away, the columns close up
 *
 * Linear in rows. Step 4 is most of the time and runs on all threads; which thread sorts a user doesn't change the result. Memory:
 * 4 bytes a row beyond the columns (9 bytes a row), and 16 bytes for each rating of the longest user and thread.
 */
#include "ratings/build.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/pool.h"
#include "ratings/film_set.h"
#include "ratings/object.h"
#include "ratings/users.h"

enum { USERS_PER_PIECE = 64, INSERTION_MAX = 40 };

typedef struct build_user {
    const char *key;
    uint32_t input; /* index in the caller's keys */
} build_user;

/* What one thread sorts in: keys are film_id << 32 | position among the user's rows. */
typedef struct build_lane {
    uint64_t *keys, *spare; /* longest user */
    size_t n_same;
} build_lane;

typedef struct build {
    const bt_rating_rows *rows;
    film_set films;
    uint64_t *count;   /* rows->n_users: ratings of each; then where its next row goes */
    build_user *users; /* n_users, in order of their keys */
    size_t n_users;
    uint32_t *order;   /* n_ratings */
    uint32_t *kept;    /* n_users */
    build_lane *lanes; /* n_lanes */
    size_t n_lanes;
    ratings_sizes sizes;
    ratings_columns columns;
} build;

/* --- 1. check ------------------------------------------------------------------------------------------------------- */

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

static bt_status check_rows(build *b, bt_error *error)
{
    const bt_rating_rows *rows = b->rows;
    if (rows->n_ratings > UINT32_MAX || rows->n_users > UINT32_MAX)
        return error_set(error, BT_LIMIT, "%zu ratings of %zu users: at most 4294967295 of either fit", rows->n_ratings,
                         rows->n_users);
    b->count = memory_zeroed(rows->n_users, sizeof *b->count);
    if (!b->count || !film_set_make(&b->films))
        return error_no_memory(error, "counting ratings");
    for (size_t i = 0; i < rows->n_ratings; i++) {
        const bt_rating *r = &rows->ratings[i];
        if (r->user >= rows->n_users || r->film_id == 0 || r->half_stars - 1u > 9u)
            return refuse_row(rows, i, error);
        b->count[r->user]++;
        if (!film_set_add(&b->films, r->film_id))
            return error_no_memory(error, "collecting the films of ratings");
    }
    return BT_OK;
}

/* --- 2. users ------------------------------------------------------------------------------------------------------- */

static int compare_users(const void *a, const void *b)
{
    return user_key_compare(((const build_user *)a)->key, ((const build_user *)b)->key);
}

static bool users_in_order(const build *b)
{
    for (size_t u = 1; u < b->n_users; u++)
        if (compare_users(&b->users[u - 1], &b->users[u]) >= 0)
            return false;
    return true;
}

static bt_status order_users(build *b, bt_error *error)
{
    const bt_rating_rows *rows = b->rows;
    b->users = memory_array(rows->n_users, sizeof *b->users);
    if (!b->users)
        return error_no_memory(error, "ordering users");
    for (size_t u = 0; u < rows->n_users; u++) {
        if (b->count[u] == 0)
            continue;
        b->users[b->n_users++] = (build_user){rows->user_keys[u], (uint32_t)u};
        b->sizes.key_bytes += strlen(rows->user_keys[u]) + 1;
    }
    if (users_in_order(b))
        return BT_OK;
    qsort(b->users, b->n_users, sizeof *b->users, compare_users);
    for (size_t u = 1; u < b->n_users; u++)
        if (strcmp(b->users[u - 1].key, b->users[u].key) == 0)
            return error_set(error, BT_INVALID_ARGUMENT, "user key \"%s\" stands twice", b->users[u].key);
    return BT_OK;
}

/* --- 3. scatter ----------------------------------------------------------------------------------------------------- */

/* Offsets and keys of the users, and b->count becomes each user's place in `order`. */
static void place_users(build *b)
{
    uint64_t at = 0, key_at = 0;
    for (size_t u = 0; u < b->n_users; u++) {
        const build_user *user = &b->users[u];
        const uint64_t n = b->count[user->input];
        const size_t key_size = strlen(user->key) + 1;
        b->columns.user_offsets[u] = at;
        b->columns.user_key_at[u] = key_at;
        memcpy(b->columns.user_keys + key_at, user->key, key_size);
        b->count[user->input] = at;
        at += n;
        key_at += key_size;
    }
    b->columns.user_offsets[b->n_users] = at;
}

static bt_status scatter(build *b, bt_error *error)
{
    b->sizes.n_users = b->n_users;
    b->sizes.n_films = film_set_finish(&b->films);
    b->sizes.n_ratings = b->rows->n_ratings;
    bt_status status = ratings_columns_make(&b->columns, &b->sizes, b->rows->sources, error);
    if (status != BT_OK)
        return status;
    b->order = memory_array(b->rows->n_ratings, sizeof *b->order);
    b->kept = memory_array(b->n_users, sizeof *b->kept);
    if (!b->order || !b->kept)
        return error_no_memory(error, "sorting ratings by user");
    film_set_list(&b->films, b->columns.film_ids);
    place_users(b);
    for (size_t i = 0; i < b->rows->n_ratings; i++)
        b->order[b->count[b->rows->ratings[i].user]++] = (uint32_t)i;
    return BT_OK;
}

/* --- 4. emit -------------------------------------------------------------------------------------------------------- */

static void insertion_sort(uint64_t *keys, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        const uint64_t key = keys[i];
        size_t j = i;
        for (; j > 0 && keys[j - 1] > key; j--)
            keys[j] = keys[j - 1];
        keys[j] = key;
    }
}

/* Least significant digit first over the four bytes of the film id; bytes that all keys share are skipped. Stable, so rows of
 * one film stay in input order. Returns where the sorted keys are: lane->keys or lane->spare. */
static const uint64_t *radix_sort(build_lane *lane, size_t n)
{
    uint64_t *from = lane->keys, *to = lane->spare;
    for (unsigned shift = 32; shift < 64; shift += 8) {
        size_t place[256] = {0};
        for (size_t i = 0; i < n; i++)
            place[from[i] >> shift & 0xff]++;
        if (place[from[0] >> shift & 0xff] == n)
            continue;
        size_t at = 0;
        for (size_t digit = 0; digit < 256; digit++) {
            const size_t count = place[digit];
            place[digit] = at;
            at += count;
        }
        for (size_t i = 0; i < n; i++)
            to[place[from[i] >> shift & 0xff]++] = from[i];
        uint64_t *other = from;
        from = to;
        to = other;
    }
    return from;
}

/* The user's rows as keys in order of film, then input. */
static const uint64_t *sort_user(const build *b, build_lane *lane, uint64_t begin, size_t n)
{
    bool sorted = true;
    for (size_t i = 0; i < n; i++) {
        lane->keys[i] = (uint64_t)b->rows->ratings[b->order[begin + i]].film_id << 32 | i;
        sorted = sorted && (i == 0 || lane->keys[i - 1] < lane->keys[i]);
    }
    if (sorted)
        return lane->keys;
    if (n > INSERTION_MAX)
        return radix_sort(lane, n);
    insertion_sort(lane->keys, n);
    return lane->keys;
}

/* Of the rows keys[0 .. n) of one film the one that stays: the latest time, of equal times the last. */
static const bt_rating *pick(const build *b, build_lane *lane, uint64_t begin, const uint64_t *keys, size_t n)
{
    const uint32_t *order = b->order + begin;
    const bt_rating *best = &b->rows->ratings[order[(uint32_t)keys[0]]];
    for (size_t i = 1; i < n; i++) {
        const bt_rating *r = &b->rows->ratings[order[(uint32_t)keys[i]]];
        if (r->time >= best->time)
            best = r;
    }
    for (size_t i = 0; n > 1 && i < n; i++) {
        const bt_rating *r = &b->rows->ratings[order[(uint32_t)keys[i]]];
        lane->n_same += r != best && r->time == best->time && r->half_stars == best->half_stars;
    }
    return best;
}

static void emit_user(build *b, build_lane *lane, size_t u)
{
    const uint64_t begin = b->columns.user_offsets[u];
    const size_t n = (size_t)(b->columns.user_offsets[u + 1] - begin);
    const uint64_t *keys = sort_user(b, lane, begin, n);
    uint64_t at = begin;
    for (size_t i = 0, next; i < n; i = next) {
        for (next = i + 1; next < n && keys[next] >> 32 == keys[i] >> 32; next++)
            ;
        const bt_rating *r = pick(b, lane, begin, keys + i, next - i);
        b->columns.films[at] = film_set_rank(&b->films, r->film_id);
        b->columns.half_stars[at] = r->half_stars;
        b->columns.times[at] = r->time;
        at++;
    }
    b->kept[u] = (uint32_t)(at - begin);
}

static void emit_piece(void *context, size_t piece, size_t lane)
{
    build *b = context;
    const size_t end = (piece + 1) * USERS_PER_PIECE < b->n_users ? (piece + 1) * USERS_PER_PIECE : b->n_users;
    for (size_t u = piece * USERS_PER_PIECE; u < end; u++)
        emit_user(b, &b->lanes[lane], u);
}

static bt_status make_lanes(build *b, size_t n_lanes, bt_error *error)
{
    uint64_t longest = 0;
    for (size_t u = 0; u < b->n_users; u++) {
        const uint64_t n = b->columns.user_offsets[u + 1] - b->columns.user_offsets[u];
        longest = n > longest ? n : longest;
    }
    b->lanes = memory_zeroed(n_lanes, sizeof *b->lanes);
    if (!b->lanes)
        return error_no_memory(error, "sorting ratings by film");
    b->n_lanes = n_lanes;
    for (size_t i = 0; i < n_lanes; i++) {
        b->lanes[i].keys = memory_array((size_t)longest, sizeof(uint64_t));
        b->lanes[i].spare = memory_array((size_t)longest, sizeof(uint64_t));
        if (!b->lanes[i].keys || !b->lanes[i].spare)
            return error_no_memory(error, "sorting ratings by film");
    }
    return BT_OK;
}

static bt_status emit(build *b, size_t n_threads, bt_error *error)
{
    pool *threads = NULL;
    bt_status status = pool_create(n_threads, &threads, error);
    if (status != BT_OK)
        return status;
    status = make_lanes(b, pool_lanes(threads), error);
    if (status == BT_OK)
        pool_run(threads, (b->n_users + USERS_PER_PIECE - 1) / USERS_PER_PIECE, emit_piece, b);
    pool_free(threads);
    return status;
}

/* --- 5. compact ----------------------------------------------------------------------------------------------------- */

/* Moves each user's ratings down over the gaps before them. The columns keep their size: what fell away is little. */
static void compact(build *b, ratings_counts *counts)
{
    ratings_columns *c = &b->columns;
    uint64_t at = 0;
    for (size_t u = 0; u < b->n_users; u++) {
        const uint64_t from = c->user_offsets[u];
        const size_t n = b->kept[u];
        if (from != at) {
            memmove(c->films + at, c->films + from, n * sizeof *c->films);
            memmove(c->half_stars + at, c->half_stars + from, n * sizeof *c->half_stars);
            memmove(c->times + at, c->times + from, n * sizeof *c->times);
        }
        c->user_offsets[u] = at;
        at += n;
    }
    c->user_offsets[b->n_users] = at;
    b->sizes.n_ratings = (size_t)at;

    *counts = (ratings_counts){.n_new = (size_t)at};
    for (size_t i = 0; i < b->n_lanes; i++)
        counts->n_same += b->lanes[i].n_same;
    counts->n_superseded = b->rows->n_ratings - (size_t)at - counts->n_same;
}

static void build_free(build *b)
{
    film_set_free(&b->films);
    bt_free(b->count);
    bt_free(b->users);
    bt_free(b->order);
    bt_free(b->kept);
    for (size_t i = 0; i < b->n_lanes; i++) {
        bt_free(b->lanes[i].keys);
        bt_free(b->lanes[i].spare);
    }
    bt_free(b->lanes);
    ratings_columns_free(&b->columns);
}

bt_status ratings_build(const bt_rating_rows *rows, size_t n_threads, const bt_ratings **out, ratings_counts *counts,
                        bt_error *error)
{
    build b = {.rows = rows};
    *out = NULL;
    bt_status status = check_rows(&b, error);
    if (status == BT_OK)
        status = order_users(&b, error);
    if (status == BT_OK)
        status = scatter(&b, error);
    if (status == BT_OK)
        status = emit(&b, n_threads, error);
    if (status == BT_OK) {
        compact(&b, counts);
        status = ratings_from_columns(&b.columns, &b.sizes, out, error);
    }
    build_free(&b);
    return status;
}

bt_status bt_ratings_build(const bt_rating_rows *rows, size_t n_threads, const bt_ratings **out, size_t *n_superseded,
                           bt_error *error)
{
    ratings_counts counts;
    const bt_status status = ratings_build(rows, n_threads, out, &counts, error);
    if (status == BT_OK && n_superseded)
        *n_superseded = counts.n_superseded + counts.n_same;
    return status;
}
