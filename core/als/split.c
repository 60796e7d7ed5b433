/* Splits by hash. A copy costs 9 bytes a rating and 16 a user; film ids and sources are borrowed. */
#include "als/split.h"

#include <stdlib.h>
#include <string.h>

#include "base/checksum.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "butaca/memory.h"
#include "butaca/profile.h"

uint64_t split_user_hash(const bt_ratings *ratings, size_t user, uint64_t seed)
{
    const char *key = ratings->user_keys + ratings->user_key_at[user];
    return random_mix(checksum_of(key, strlen(key)) + random_mix(seed));
}

size_t split_positives(const bt_ratings *ratings, size_t user)
{
    size_t n = 0;
    for (uint64_t i = ratings->user_offsets[user]; i < ratings->user_offsets[user + 1]; i++)
        n += ratings->half_stars[i] >= BT_LIKE_HALF_STARS;
    return n;
}

static int ascending(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

size_t split_hold_out(const bt_ratings *ratings, size_t user, uint64_t seed, uint64_t *order, uint8_t *is_held_out)
{
    const uint64_t first = ratings->user_offsets[user], hash = split_user_hash(ratings, user, seed);
    const size_t n = (size_t)(ratings->user_offsets[user + 1] - first);
    size_t n_positive = 0;
    for (size_t i = 0; i < n; i++)
        if (ratings->half_stars[first + i] >= BT_LIKE_HALF_STARS)
            order[n_positive++] = random_mix(hash + ratings->film_ids[ratings->films[first + i]]);
    memset(is_held_out, 0, n);
    if (n_positive == 0)
        return 0;
    /* random_mix is a bijection: no two films of a user have the same value, so that the limit splits them exactly. */
    const size_t n_held_out = n_positive / 5 > 0 ? n_positive / 5 : 1;
    qsort(order, n_positive, sizeof *order, ascending);
    const uint64_t limit = order[n_held_out - 1];
    for (size_t i = 0; i < n; i++)
        if (ratings->half_stars[first + i] >= BT_LIKE_HALF_STARS)
            is_held_out[i] = random_mix(hash + ratings->film_ids[ratings->films[first + i]]) <= limit;
    return n_held_out;
}

typedef struct split_columns {
    uint64_t *offsets, *key_at;
    uint32_t *films, *times;
    uint8_t *half_stars;
} split_columns;

static void copy_users(const bt_ratings *from, const uint8_t *keep, split_columns to)
{
    size_t n_users = 0, n = 0;
    to.offsets[0] = 0;
    for (size_t u = 0; u < from->n_users; u++) {
        if (!keep[u])
            continue;
        const size_t first = (size_t)from->user_offsets[u], count = (size_t)from->user_offsets[u + 1] - first;
        memcpy(to.films + n, from->films + first, count * sizeof *to.films);
        memcpy(to.times + n, from->times + first, count * sizeof *to.times);
        memcpy(to.half_stars + n, from->half_stars + first, count);
        n += count;
        to.key_at[n_users] = from->user_key_at[u];
        to.offsets[++n_users] = n;
    }
}

/* *out = the ratings over columns that have yet to be filled. */
static bt_status make_copy(const bt_ratings *ratings, size_t n_users, size_t n, split_columns *columns, bt_ratings *out,
                           bt_error *error)
{
    *columns = (split_columns){
        .offsets = memory_array(n_users + 1, sizeof(uint64_t)),
        .key_at = memory_array(n_users, sizeof(uint64_t)),
        .films = memory_array(n, sizeof(uint32_t)),
        .times = memory_array(n, sizeof(uint32_t)),
        .half_stars = memory_array(n, 1),
    };
    *out = *ratings; /* film ids, user keys and sources are shared */
    out->n_users = n_users;
    out->n_ratings = n;
    out->user_offsets = columns->offsets;
    out->user_key_at = columns->key_at;
    out->films = columns->films;
    out->times = columns->times;
    out->half_stars = columns->half_stars;
    out->fingerprint = 0;
    if (columns->offsets && columns->key_at && columns->films && columns->times && columns->half_stars)
        return BT_OK;
    split_free(out);
    return error_no_memory(error, "splitting the ratings");
}

bt_status split_copy(const bt_ratings *ratings, const uint8_t *keep, bt_ratings *out, bt_error *error)
{
    size_t n_users = 0, n = 0;
    for (size_t u = 0; u < ratings->n_users; u++) {
        n_users += keep[u] != 0;
        n += keep[u] ? (size_t)(ratings->user_offsets[u + 1] - ratings->user_offsets[u]) : 0;
    }
    split_columns columns;
    const bt_status status = make_copy(ratings, n_users, n, &columns, out, error);
    if (status == BT_OK)
        copy_users(ratings, keep, columns);
    return status;
}

bool split_is_tenth(uint64_t user_hash, uint32_t film_id)
{
    return random_mix(user_hash + film_id) % 10 == 0;
}

bt_status split_nine_tenths(const bt_ratings *ratings, uint64_t seed, bt_ratings *out, bt_error *error)
{
    split_columns to;
    const bt_status status = make_copy(ratings, ratings->n_users, ratings->n_ratings, &to, out, error);
    if (status != BT_OK)
        return status;
    size_t n = 0;
    to.offsets[0] = 0;
    for (size_t u = 0; u < ratings->n_users; u++) {
        const uint64_t hash = split_user_hash(ratings, u, seed);
        for (uint64_t i = ratings->user_offsets[u]; i < ratings->user_offsets[u + 1]; i++) {
            if (split_is_tenth(hash, ratings->film_ids[ratings->films[i]]))
                continue;
            to.films[n] = ratings->films[i];
            to.times[n] = ratings->times[i];
            to.half_stars[n++] = ratings->half_stars[i];
        }
        to.key_at[u] = ratings->user_key_at[u];
        to.offsets[u + 1] = n;
    }
    out->n_ratings = n;
    return BT_OK;
}

void split_free(bt_ratings *copy)
{
    bt_free((void *)(uintptr_t)copy->user_offsets);
    bt_free((void *)(uintptr_t)copy->user_key_at);
    bt_free((void *)(uintptr_t)copy->films);
    bt_free((void *)(uintptr_t)copy->times);
    bt_free((void *)(uintptr_t)copy->half_stars);
    *copy = (bt_ratings){0};
}
