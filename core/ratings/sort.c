/* Sorting rows of ratings into columns.
 *
 *   1. users    with a rating, in the order of their keys; how many rows each has
 *   2. move     a counting sort by user, a run of rows at a time. Rows that come user by user in the order of keys, as those of
 *               data sets do, are in place: their columns become the result's
 *   3. rank     film ids become indices of the film list, and users are found whose films don't ascend
 *   4. mend     those users' rows sorted by film (radix sort), one rating for each film kept
 *   5. compact  where ratings fell away, the columns close up
 *
 * Linear in rows. Steps 2 to 4 run on all threads; which thread takes a user doesn't change the result. Memory: nothing beyond the
 * rows where they are in place and sorted; else 9 bytes a row while they move, and 21 bytes for each rating of the longest user to
 * be mended and thread.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "ratings/build.h"
#include "ratings/film_set.h"
#include "ratings/object.h"
#include "ratings/users.h"

enum { USERS_PER_PIECE = 256, RUNS_PER_PIECE = 4096, INSERTION_MAX = 40 };

typedef struct sort_user {
    const char *key;
    uint32_t input; /* index in the caller's keys */
} sort_user;

/* What one thread mends in; as long as the longest user that needs it. */
typedef struct sort_lane {
    uint64_t *keys, *spare; /* film index << 32 | position among the user's rows */
    uint32_t *times;        /* as they came */
    uint8_t *half_stars;
    size_t n_same;
} sort_lane;

typedef struct sorter {
    ratings_rows *rows;
    const ratings_names *names;
    pool *threads;
    film_set films;
    uint32_t *next;   /* names->n_users: rows of each; then where its next run goes */
    sort_user *users; /* n_users, in order of their keys */
    uint32_t *kept;   /* n_users: ratings that stay; 0: to be mended */
    sort_lane *lanes; /* a thread's each, or NULL */
    ratings_sizes sizes;
    ratings_columns columns;
} sorter;

/* --- 1. users ------------------------------------------------------------------------------------------------------- */

static uint32_t run_end(const ratings_rows *rows, size_t run)
{
    return run + 1 < rows->n_runs ? rows->runs[run + 1].begin : (uint32_t)rows->n;
}

static int compare_users(const void *a, const void *b)
{
    return user_key_compare(((const sort_user *)a)->key, ((const sort_user *)b)->key);
}

static bool users_in_order(const sorter *s)
{
    for (size_t u = 1; u < s->sizes.n_users; u++)
        if (compare_users(&s->users[u - 1], &s->users[u]) >= 0)
            return false;
    return true;
}

static bt_status order_users(sorter *s, bt_error *error)
{
    const ratings_names *names = s->names;
    s->next = memory_zeroed(names->n_users, sizeof *s->next);
    s->users = memory_array(names->n_users, sizeof *s->users);
    if (!s->next || !s->users)
        return error_no_memory(error, "ordering users");
    for (size_t i = 0; i < s->rows->n_runs; i++)
        s->next[s->rows->runs[i].user] += run_end(s->rows, i) - s->rows->runs[i].begin;
    for (size_t u = 0; u < names->n_users; u++) {
        if (s->next[u] == 0)
            continue;
        s->users[s->sizes.n_users++] = (sort_user){names->user_keys[u], (uint32_t)u};
        s->sizes.key_bytes += strlen(names->user_keys[u]) + 1;
    }
    if (users_in_order(s))
        return BT_OK;
    qsort(s->users, s->sizes.n_users, sizeof *s->users, compare_users);
    for (size_t u = 1; u < s->sizes.n_users; u++)
        if (strcmp(s->users[u - 1].key, s->users[u].key) == 0)
            return error_set(error, BT_INVALID_ARGUMENT, "user key \"%s\" stands twice", s->users[u].key);
    return BT_OK;
}

/* --- 2. move -------------------------------------------------------------------------------------------------------- */

/* Offsets and keys of the users, and s->next becomes each user's place. */
static void place_users(sorter *s)
{
    uint32_t at = 0;
    uint64_t key_at = 0;
    for (size_t u = 0; u < s->sizes.n_users; u++) {
        const sort_user *user = &s->users[u];
        const uint32_t n = s->next[user->input];
        const size_t key_size = strlen(user->key) + 1;
        s->columns.user_offsets[u] = at;
        s->columns.user_key_at[u] = key_at;
        memcpy(s->columns.user_keys + key_at, user->key, key_size);
        s->next[user->input] = at;
        at += n;
        key_at += key_size;
    }
    s->columns.user_offsets[s->sizes.n_users] = at;
}

static bool rows_in_place(const sorter *s)
{
    bool in_place = s->rows->n_runs == s->sizes.n_users;
    for (size_t i = 0; in_place && i < s->rows->n_runs; i++)
        in_place = s->rows->runs[i].user == s->users[i].input;
    return in_place;
}

/* Copies the runs of a piece; their `user` is now the row that they go to. */
static void move_piece(void *context, size_t piece, size_t lane)
{
    (void)lane;
    sorter *s = context;
    const ratings_rows *rows = s->rows;
    const size_t first = piece * RUNS_PER_PIECE;
    const size_t end = first + RUNS_PER_PIECE < rows->n_runs ? first + RUNS_PER_PIECE : rows->n_runs;
    for (size_t i = first; i < end; i++) {
        const uint32_t from = rows->runs[i].begin, to = rows->runs[i].user;
        const size_t n = run_end(rows, i) - from;
        memcpy(s->columns.films + to, rows->film_ids + from, n * sizeof *rows->film_ids);
        memcpy(s->columns.times + to, rows->times + from, n * sizeof *rows->times);
        memcpy(s->columns.half_stars + to, rows->half_stars + from, n);
    }
}

static bt_status move_rows(sorter *s, bt_error *error)
{
    ratings_rows *rows = s->rows;
    const bt_status status = ratings_columns_make_rows(&s->columns, rows->n, error);
    if (status != BT_OK)
        return status;
    for (size_t i = 0; i < rows->n_runs; i++) {
        const uint32_t user = rows->runs[i].user;
        rows->runs[i].user = s->next[user];
        s->next[user] += run_end(rows, i) - rows->runs[i].begin;
    }
    pool_run(s->threads, (rows->n_runs + RUNS_PER_PIECE - 1) / RUNS_PER_PIECE, move_piece, s);
    return BT_OK;
}

/* Gives back a column's room to grow; a column that can't shrink stays as it is. */
static void *trimmed(void *column, size_t n, size_t size)
{
    void *smaller = memory_resized(column, n, size);
    return smaller ? smaller : column;
}

static void adopt_rows(sorter *s)
{
    ratings_rows *rows = s->rows;
    s->columns.films = trimmed(rows->film_ids, rows->n, sizeof *rows->film_ids);
    s->columns.times = trimmed(rows->times, rows->n, sizeof *rows->times);
    s->columns.half_stars = trimmed(rows->half_stars, rows->n, sizeof *rows->half_stars);
    rows->film_ids = rows->times = NULL;
    rows->half_stars = NULL;
}

static bt_status group_rows(sorter *s, bt_error *error)
{
    s->sizes.n_ratings = s->rows->n;
    bt_status status = ratings_columns_make_lists(&s->columns, &s->sizes, s->names->sources, error);
    if (status != BT_OK)
        return status;
    film_set_list(&s->films, s->columns.film_ids);
    place_users(s);
    if (s->rows->n > 0 && rows_in_place(s))
        adopt_rows(s);
    else
        status = move_rows(s, error);
    ratings_rows_free(s->rows);
    return status;
}

/* --- 3. rank -------------------------------------------------------------------------------------------------------- */

static bt_status collect_films(sorter *s, bt_error *error)
{
    if (!film_set_make(&s->films))
        return error_no_memory(error, "collecting the films of ratings");
    for (size_t i = 0; i < s->rows->n; i++)
        if (!film_set_add(&s->films, s->rows->film_ids[i]))
            return error_no_memory(error, "collecting the films of ratings");
    s->sizes.n_films = film_set_finish(&s->films);
    return BT_OK;
}

static void rank_piece(void *context, size_t piece, size_t lane)
{
    (void)lane;
    sorter *s = context;
    const uint64_t *offsets = s->columns.user_offsets;
    const size_t first = piece * USERS_PER_PIECE;
    const size_t end = first + USERS_PER_PIECE < s->sizes.n_users ? first + USERS_PER_PIECE : s->sizes.n_users;
    for (size_t u = first; u < end; u++) {
        bool ascending = true;
        int64_t before = -1;
        for (uint64_t i = offsets[u]; i < offsets[u + 1]; i++) {
            const uint32_t film = film_set_rank(&s->films, s->columns.films[i]);
            ascending &= before < film;
            before = film;
            s->columns.films[i] = film;
        }
        s->kept[u] = ascending ? (uint32_t)(offsets[u + 1] - offsets[u]) : 0;
    }
}

static size_t user_pieces(const sorter *s)
{
    return (s->sizes.n_users + USERS_PER_PIECE - 1) / USERS_PER_PIECE;
}

static bt_status rank_films(sorter *s, bt_error *error)
{
    s->kept = memory_array(s->sizes.n_users, sizeof *s->kept);
    if (!s->kept)
        return error_no_memory(error, "sorting ratings by film");
    pool_run(s->threads, user_pieces(s), rank_piece, s);
    return BT_OK;
}

/* --- 4. mend -------------------------------------------------------------------------------------------------------- */

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

/* Least significant digit first over the four bytes of the film index; bytes that all keys share are skipped. Stable, so rows of
 * one film stay in input order. Returns where the sorted keys are: lane->keys or lane->spare. */
static const uint64_t *radix_sort(sort_lane *lane, size_t n)
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

/* The user's rows as keys in order of film, then input; the lane holds their times and half stars as they came. */
static const uint64_t *sort_rows(const sorter *s, sort_lane *lane, uint64_t begin, size_t n)
{
    memcpy(lane->times, s->columns.times + begin, n * sizeof *lane->times);
    memcpy(lane->half_stars, s->columns.half_stars + begin, n);
    for (size_t i = 0; i < n; i++)
        lane->keys[i] = (uint64_t)s->columns.films[begin + i] << 32 | i;
    if (n > INSERTION_MAX)
        return radix_sort(lane, n);
    insertion_sort(lane->keys, n);
    return lane->keys;
}

/* Of the rows keys[0 .. n) of one film the one that stays: the latest time, of equal times the last. */
static uint32_t pick(sort_lane *lane, const uint64_t *keys, size_t n)
{
    uint32_t best = (uint32_t)keys[0];
    for (size_t i = 1; i < n; i++)
        if (lane->times[(uint32_t)keys[i]] >= lane->times[best])
            best = (uint32_t)keys[i];
    for (size_t i = 0; n > 1 && i < n; i++) {
        const uint32_t other = (uint32_t)keys[i];
        lane->n_same +=
            other != best && lane->times[other] == lane->times[best] && lane->half_stars[other] == lane->half_stars[best];
    }
    return best;
}

static void mend_user(sorter *s, sort_lane *lane, size_t u)
{
    const uint64_t begin = s->columns.user_offsets[u];
    const size_t n = (size_t)(s->columns.user_offsets[u + 1] - begin);
    const uint64_t *keys = sort_rows(s, lane, begin, n);
    uint64_t at = begin;
    for (size_t i = 0, next; i < n; i = next) {
        for (next = i + 1; next < n && keys[next] >> 32 == keys[i] >> 32; next++)
            ;
        const uint32_t row = pick(lane, keys + i, next - i);
        s->columns.films[at] = (uint32_t)(keys[i] >> 32);
        s->columns.half_stars[at] = lane->half_stars[row];
        s->columns.times[at] = lane->times[row];
        at++;
    }
    s->kept[u] = (uint32_t)(at - begin);
}

static void mend_piece(void *context, size_t piece, size_t lane)
{
    sorter *s = context;
    const size_t first = piece * USERS_PER_PIECE;
    const size_t end = first + USERS_PER_PIECE < s->sizes.n_users ? first + USERS_PER_PIECE : s->sizes.n_users;
    for (size_t u = first; u < end; u++)
        if (s->kept[u] == 0)
            mend_user(s, &s->lanes[lane], u);
}

static bt_status make_lanes(sorter *s, size_t longest, bt_error *error)
{
    s->lanes = memory_zeroed(pool_lanes(s->threads), sizeof *s->lanes);
    if (!s->lanes)
        return error_no_memory(error, "sorting ratings by film");
    for (size_t i = 0; i < pool_lanes(s->threads); i++) {
        sort_lane *lane = &s->lanes[i];
        lane->keys = memory_array(longest, sizeof *lane->keys);
        lane->spare = memory_array(longest, sizeof *lane->spare);
        lane->times = memory_array(longest, sizeof *lane->times);
        lane->half_stars = memory_array(longest, sizeof *lane->half_stars);
        if (!lane->keys || !lane->spare || !lane->times || !lane->half_stars)
            return error_no_memory(error, "sorting ratings by film");
    }
    return BT_OK;
}

static bt_status mend_users(sorter *s, bt_error *error)
{
    size_t longest = 0;
    for (size_t u = 0; u < s->sizes.n_users; u++) {
        const size_t n = (size_t)(s->columns.user_offsets[u + 1] - s->columns.user_offsets[u]);
        if (s->kept[u] == 0 && n > longest)
            longest = n;
    }
    if (longest == 0)
        return BT_OK;
    const bt_status status = make_lanes(s, longest, error);
    if (status == BT_OK)
        pool_run(s->threads, user_pieces(s), mend_piece, s);
    return status;
}

/* --- 5. compact ----------------------------------------------------------------------------------------------------- */

/* Moves each user's ratings down over the gaps before them. The columns keep their size: what fell away is little. */
static void compact(sorter *s, ratings_counts *counts)
{
    ratings_columns *c = &s->columns;
    const size_t n_rows = s->sizes.n_ratings;
    uint64_t at = 0;
    for (size_t u = 0; u < s->sizes.n_users; u++) {
        const uint64_t from = c->user_offsets[u];
        const size_t n = s->kept[u];
        if (from != at) {
            memmove(c->films + at, c->films + from, n * sizeof *c->films);
            memmove(c->half_stars + at, c->half_stars + from, n * sizeof *c->half_stars);
            memmove(c->times + at, c->times + from, n * sizeof *c->times);
        }
        c->user_offsets[u] = at;
        at += n;
    }
    c->user_offsets[s->sizes.n_users] = at;
    s->sizes.n_ratings = (size_t)at;

    *counts = (ratings_counts){.n_new = (size_t)at};
    for (size_t i = 0; s->lanes && i < pool_lanes(s->threads); i++)
        counts->n_same += s->lanes[i].n_same;
    counts->n_superseded = n_rows - (size_t)at - counts->n_same;
}

static void sorter_free(sorter *s)
{
    ratings_rows_free(s->rows);
    film_set_free(&s->films);
    bt_free(s->next);
    bt_free(s->users);
    bt_free(s->kept);
    for (size_t i = 0; s->lanes && i < pool_lanes(s->threads); i++) {
        bt_free(s->lanes[i].keys);
        bt_free(s->lanes[i].spare);
        bt_free(s->lanes[i].times);
        bt_free(s->lanes[i].half_stars);
    }
    bt_free(s->lanes);
    ratings_columns_free(&s->columns);
}

bt_status ratings_sort(ratings_rows *rows, const ratings_names *names, pool *threads, const bt_ratings **out,
                       ratings_counts *counts, bt_error *error)
{
    sorter s = {.rows = rows, .names = names, .threads = threads};
    *out = NULL;
    bt_status status = order_users(&s, error);
    if (status == BT_OK)
        status = collect_films(&s, error);
    if (status == BT_OK)
        status = group_rows(&s, error);
    if (status == BT_OK)
        status = rank_films(&s, error);
    if (status == BT_OK)
        status = mend_users(&s, error);
    if (status == BT_OK) {
        compact(&s, counts);
        status = ratings_from_columns(&s.columns, &s.sizes, out, error);
    }
    sorter_free(&s);
    return status;
}
