/* Who is tested and what is held out: the splits of the `strong` protocol (butaca/evaluate.h), decided by hashes, so that anyone
 * can rebuild them.
 *
 *     user hash        h_u = random_mix(XXH3-64(user key) + random_mix(seed))
 *     fold of a user   h_u mod 5
 *     held out         the floor(n / 5), at least 1, of the user's n positives with the smallest random_mix(h_u + film id)
 *                      (equal ones: the smaller film id)
 *
 * And of the `rmse` protocol: a rating is held out if random_mix(h_u + film id) mod 10 is 0.
 */
#ifndef ALS_SPLIT_H
#define ALS_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "butaca/ratings.h"

enum { SPLIT_FOLDS = 5, SPLIT_MIN_POSITIVES = 5 };

uint64_t split_user_hash(const bt_ratings *ratings, size_t user, uint64_t seed);

/* How many of the user's ratings are positive. */
size_t split_positives(const bt_ratings *ratings, size_t user);

/* Marks the user's held-out ratings: is_held_out[i] for the i-th of them, bytes 0 or 1. `order` is scratch for as many values.
 * Returns how many are held out. */
size_t split_hold_out(const bt_ratings *ratings, size_t user, uint64_t seed, uint64_t *order, uint8_t *is_held_out);

/* A copy of the ratings of the users for whom keep[user] is set; films keep their numbers, also those without a rating left.
 * Release with split_free. */
bt_status split_copy(const bt_ratings *ratings, const uint8_t *keep, bt_ratings *out, bt_error *error);
void split_free(bt_ratings *copy); /* zeroed is fine */

/* Whether the `rmse` protocol holds out the film's rating by the user with that hash. */
bool split_is_tenth(uint64_t user_hash, uint32_t film_id);

/* A copy without the ratings that it holds out; users and films keep their numbers. Release with split_free. */
bt_status split_nine_tenths(const bt_ratings *ratings, uint64_t seed, bt_ratings *out, bt_error *error);

#endif
