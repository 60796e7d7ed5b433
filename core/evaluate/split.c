/* Splits by hash. A split costs a byte a rating and user; a copy 9 bytes a rating and 16 a user; film ids and sources are borrowed.
 */
#include "evaluate/split.h"

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

static bool is_positive(const bt_ratings *ratings, uint64_t rating)
{
    return ratings->half_stars[rating] >= BT_LIKE_HALF_STARS;
}

size_t split_positives(const bt_ratings *ratings, size_t user)
{
    size_t n = 0;
    for (uint64_t i = ratings->user_offsets[user]; i < ratings->user_offsets[user + 1]; i++)
        n += is_positive(ratings, i);
    return n;
}

bt_status split_make(const bt_ratings *ratings, split *out, bt_error *error)
{
    size_t longest = 0;
    for (size_t u = 0; u < ratings->n_users; u++) {
        const size_t n = (size_t)(ratings->user_offsets[u + 1] - ratings->user_offsets[u]);
        longest = n > longest ? n : longest;
    }
    *out = (split){
        .role = memory_zeroed(ratings->n_ratings, 1),
        .tested = memory_zeroed(ratings->n_users, 1),
        .order = memory_array(longest, sizeof *out->order),
    };
    if (out->role && out->tested && out->order)
        return BT_OK;
    split_free(out);
    return error_no_memory(error, "splitting the ratings");
}

void split_free(split *s)
{
    bt_free(s->role);
    bt_free(s->tested);
    bt_free(s->order);
    *s = (split){0};
}

static int ascending(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static size_t held_out_of(size_t n_positive)
{
    return n_positive / 5 > 0 ? n_positive / 5 : 1;
}

static uint64_t film_hash(const bt_ratings *ratings, uint64_t user_hash, uint64_t rating)
{
    return random_mix(user_hash + ratings->film_ids[ratings->films[rating]]);
}

/* --- strong ------------------------------------------------------------------------------------------------------------- */

static void hold_out_fifth(split *s, const bt_ratings *ratings, size_t user, uint64_t hash)
{
    const uint64_t first = ratings->user_offsets[user], end = ratings->user_offsets[user + 1];
    size_t n_positive = 0;
    for (uint64_t i = first; i < end; i++)
        if (is_positive(ratings, i))
            s->order[n_positive++] = film_hash(ratings, hash, i);
    /* random_mix is a bijection: no two films of a user have the same value, so that the limit splits them exactly. */
    qsort(s->order, n_positive, sizeof *s->order, ascending);
    const uint64_t limit = s->order[held_out_of(n_positive) - 1];
    for (uint64_t i = first; i < end; i++) {
        const uint64_t of_film = film_hash(ratings, hash, i);
        const bool is_dislike = ratings->half_stars[i] <= BT_DISLIKE_HALF_STARS;
        s->role[i] = is_positive(ratings, i) && of_film <= limit           ? BT_SPLIT_WANTED
                     : s->holds_dislikes && is_dislike && of_film % 2 == 0 ? BT_SPLIT_UNWANTED
                                                                           : BT_SPLIT_FOLDS_IN;
    }
}

static void set_roles(split *s, const bt_ratings *ratings, uint64_t seed, size_t fold_number, size_t min_positives)
{
    s->n_tested = 0;
    memset(s->role, BT_SPLIT_TRAINS, ratings->n_ratings);
    for (size_t u = 0; u < ratings->n_users; u++) {
        const uint64_t hash = split_user_hash(ratings, u, seed);
        const bool in_fold = fold_number == SPLIT_FOLDS || hash % SPLIT_FOLDS == fold_number;
        s->tested[u] = in_fold && split_positives(ratings, u) >= min_positives;
        s->n_tested += s->tested[u];
        if (s->tested[u])
            hold_out_fifth(s, ratings, u, hash);
    }
}

void split_strong(split *s, const bt_ratings *ratings, uint64_t seed, size_t fold_number)
{
    set_roles(s, ratings, seed, fold_number, SPLIT_MIN_POSITIVES);
}

void split_everybody(split *s, const bt_ratings *ratings, uint64_t seed, size_t min_positives)
{
    set_roles(s, ratings, seed, SPLIT_FOLDS, min_positives);
}

/* --- temporal ----------------------------------------------------------------------------------------------------------- */

/* Time first; within a second, as when many films are rated at once, the upper half of the hash. */
static uint64_t moment(const bt_ratings *ratings, uint64_t user_hash, uint64_t rating)
{
    return (uint64_t)ratings->times[rating] << 32 | film_hash(ratings, user_hash, rating) >> 32;
}

static void hold_out_last(split *s, const bt_ratings *ratings, size_t user, uint64_t hash)
{
    const uint64_t first = ratings->user_offsets[user], end = ratings->user_offsets[user + 1];
    size_t n_positive = 0;
    for (uint64_t i = first; i < end; i++)
        if (is_positive(ratings, i))
            s->order[n_positive++] = moment(ratings, hash, i);
    qsort(s->order, n_positive, sizeof *s->order, ascending);
    const uint64_t from = s->order[n_positive - held_out_of(n_positive)];
    for (uint64_t i = first; i < end; i++) {
        if (moment(ratings, hash, i) < from)
            s->role[i] = BT_SPLIT_FOLDS_IN;
        else if (is_positive(ratings, i))
            s->role[i] = BT_SPLIT_WANTED;
        else
            s->role[i] = ratings->half_stars[i] <= BT_DISLIKE_HALF_STARS ? BT_SPLIT_UNWANTED : BT_SPLIT_LEFT_OUT;
    }
}

void split_temporal(split *s, const bt_ratings *ratings, uint64_t seed)
{
    s->n_tested = 0;
    memset(s->role, BT_SPLIT_TRAINS, ratings->n_ratings);
    for (size_t u = 0; u < ratings->n_users; u++) {
        s->tested[u] = split_positives(ratings, u) >= SPLIT_MIN_POSITIVES;
        s->n_tested += s->tested[u];
        if (s->tested[u])
            hold_out_last(s, ratings, u, split_user_hash(ratings, u, seed));
    }
}

/* --- copies ------------------------------------------------------------------------------------------------------------- */

typedef struct split_columns {
    uint64_t *offsets, *key_at;
    uint32_t *films, *times;
    uint8_t *half_stars;
} split_columns;

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
    split_release(out);
    return error_no_memory(error, "splitting the ratings");
}

/* Copies what is kept; users without any of it only if `all_users`. */
static void fill_copy(const bt_ratings *from, const uint8_t *keep, bool all_users, split_columns to)
{
    size_t n_users = 0, n = 0;
    to.offsets[0] = 0;
    for (size_t u = 0; u < from->n_users; u++) {
        for (uint64_t i = from->user_offsets[u]; i < from->user_offsets[u + 1]; i++) {
            if (!keep[i])
                continue;
            to.films[n] = from->films[i];
            to.times[n] = from->times[i];
            to.half_stars[n++] = from->half_stars[i];
        }
        if (n == to.offsets[n_users] && !all_users)
            continue;
        to.key_at[n_users] = from->user_key_at[u];
        to.offsets[++n_users] = n;
    }
}

static bt_status copy(const bt_ratings *ratings, const uint8_t *keep, bool all_users, bt_ratings *out, bt_error *error)
{
    size_t n_users = 0, n = 0;
    for (size_t u = 0; u < ratings->n_users; u++) {
        const size_t before = n;
        for (uint64_t i = ratings->user_offsets[u]; i < ratings->user_offsets[u + 1]; i++)
            n += keep[i] != 0;
        n_users += n > before || all_users;
    }
    split_columns columns;
    const bt_status status = make_copy(ratings, n_users, n, &columns, out, error);
    if (status == BT_OK)
        fill_copy(ratings, keep, all_users, columns);
    return status;
}

bt_status split_copy(const bt_ratings *ratings, const uint8_t *keep, bt_ratings *out, bt_error *error)
{
    return copy(ratings, keep, false, out, error);
}

bt_status split_training(const split *s, const bt_ratings *ratings, bool known_users, bt_ratings *out, bt_error *error)
{
    uint8_t *keep = memory_array(ratings->n_ratings, 1);
    if (keep == NULL)
        return error_no_memory(error, "splitting the ratings");
    for (size_t i = 0; i < ratings->n_ratings; i++)
        keep[i] = s->role[i] == BT_SPLIT_TRAINS || (known_users && s->role[i] == BT_SPLIT_FOLDS_IN);
    const bt_status status = copy(ratings, keep, false, out, error);
    bt_free(keep);
    return status;
}

bool split_is_part(uint64_t user_hash, uint32_t film_id, uint64_t share)
{
    return random_mix(user_hash + film_id) % share == 0;
}

bt_status split_without_part(const bt_ratings *ratings, uint64_t seed, uint64_t share, bt_ratings *out, bt_error *error)
{
    uint8_t *keep = memory_array(ratings->n_ratings, 1);
    if (keep == NULL)
        return error_no_memory(error, "splitting the ratings");
    for (size_t u = 0; u < ratings->n_users; u++) {
        const uint64_t hash = split_user_hash(ratings, u, seed);
        for (uint64_t i = ratings->user_offsets[u]; i < ratings->user_offsets[u + 1]; i++)
            keep[i] = !split_is_part(hash, ratings->film_ids[ratings->films[i]], share);
    }
    const bt_status status = copy(ratings, keep, true, out, error);
    bt_free(keep);
    return status;
}

void split_release(bt_ratings *copy)
{
    bt_free((void *)(uintptr_t)copy->user_offsets);
    bt_free((void *)(uintptr_t)copy->user_key_at);
    bt_free((void *)(uintptr_t)copy->films);
    bt_free((void *)(uintptr_t)copy->times);
    bt_free((void *)(uintptr_t)copy->half_stars);
    *copy = (bt_ratings){0};
}
