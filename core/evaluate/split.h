/* Who is tested and what is held out, decided by hashes, so that anyone can rebuild it. A split gives each rating a role.
 *
 *     user hash        h_u = random_mix(XXH3-64(user key) + random_mix(seed))
 *     fold of a user   h_u mod 5
 *
 *     strong           a user of the fold with at least 5 positives is tested: the floor(n / 5), at least 1, of the n positives
 *                      with the smallest random_mix(h_u + film id) are wanted, all other ratings fold in; the others' train
 *                      (where dislikes are held out, those of 2 or less for which that hash is even are unwanted)
 *     temporal         a user with at least 5 positives is tested: the last floor(n / 5), at least 1, of the positives by (time,
 *                      random_mix(h_u + film id)) are wanted; what was rated before the first of them trains and folds in; of
 *                      what came later, ratings of 2 or less are unwanted, the rest is left out
 *     rmse             a rating is held out if random_mix(h_u + film id) mod 10 is 0
 *     calibration      the same with seed ~seed, and mod a greater number where there are many ratings (calibrate.c)
 */
#ifndef EVALUATE_SPLIT_H
#define EVALUATE_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "butaca/evaluate.h"

enum { SPLIT_FOLDS = 5, SPLIT_MIN_POSITIVES = 5, SPLIT_TENTH = 10 };

typedef struct split {
    uint8_t *role;   /* n_ratings: bt_split_role */
    uint8_t *tested; /* n_users */
    size_t n_tested;
    bool holds_dislikes; /* strong: half of the tested users' dislikes are unwanted, too */
    uint64_t *order;     /* scratch: the longest user's ratings */
} split;

bt_status split_make(const bt_ratings *ratings, split *out, bt_error *error);
void split_free(split *s); /* zeroed is fine */

/* Set the roles. */
void split_strong(split *s, const bt_ratings *ratings, uint64_t seed, size_t fold_number);
void split_temporal(split *s, const bt_ratings *ratings, uint64_t seed);

/* As strong, for ratings of people none of whom was in training: all with at least `min_positives` are tested. */
void split_everybody(split *s, const bt_ratings *ratings, uint64_t seed, size_t min_positives);

uint64_t split_user_hash(const bt_ratings *ratings, size_t user, uint64_t seed);

/* How many of the user's ratings are positive. */
size_t split_positives(const bt_ratings *ratings, size_t user);

/* A copy of the ratings for which keep[i] is set, of the users who have one. Films keep their numbers, also those without a rating
 * left. Release with split_release. */
bt_status split_copy(const bt_ratings *ratings, const uint8_t *keep, bt_ratings *out, bt_error *error);
void split_release(bt_ratings *copy); /* zeroed is fine */

/* The ratings to train on: those that train, and with `known_users` those that fold in, too. */
bt_status split_training(const split *s, const bt_ratings *ratings, bool known_users, bt_ratings *out, bt_error *error);

/* Whether the film's rating by the user with that hash is in the part of 1 / share that the `rmse` protocol (share SPLIT_TENTH) or a
 * calibration holds out. */
bool split_is_part(uint64_t user_hash, uint32_t film_id, uint64_t share);

/* A copy without that part; users and films keep their numbers. Release with split_release. */
bt_status split_without_part(const bt_ratings *ratings, uint64_t seed, uint64_t share, bt_ratings *out, bt_error *error);

#endif
