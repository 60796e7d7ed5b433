/* How good lists are: rankings for people of whom a part of what they like was held out, beside those of simpler methods.
 *
 * `strong` (strong generalization: the tested are not in training): relevant is a rating of 4 or more; users with at least 5 of them
 * take part, in 5 folds; a ranker is made of the users of four folds (and of those with fewer than 5 positives). Of a tested user's
 * positives 20 % (rounded down, at least 1) are held out; the user's other ratings may fold in. All films of the ratings but the
 * folded-in positives are ranked. Means over users, then folds, then seeds.
 *
 * `temporal`: of everybody with at least 5 positives the last 20 % are held out, with all that came after the first of them; the
 * ranker is made of what came before, by everybody.
 *
 * Splits are hashes of (seed, user key, film id), written down in core/evaluate/split.h.
 */
#ifndef BUTACA_EVALUATE_H
#define BUTACA_EVALUATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "butaca/model.h"
#include "butaca/neighbours.h"
#include "butaca/rating_model.h"
#include "butaca/ratings.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What ranks. */
typedef enum bt_ranker {
    BT_RANKER_ALS,           /* other people's taste alone */
    BT_RANKER_LISTS,         /* what a person gets: with the say of texts (core/taste/) */
    BT_RANKER_DIAL_1,        /* the same at the other settings of the dial from safe to adventurous */
    BT_RANKER_DIAL_3,        /* */
    BT_RANKER_DIAL_4,        /* */
    BT_RANKER_DIAL_5,        /* */
    BT_RANKER_NO_TEXTS,      /* lists without one of their parts: similar descriptions, */
    BT_RANKER_NO_DISLIKES,   /* dislikes, */
    BT_RANKER_NO_DAMPING,    /* what corrects popularity */
    BT_RANKER_DIVERSE,       /* lists with diversity 0.3 */
    BT_RANKER_EASE,          /* Steck 2019, on likes */
    BT_RANKER_EASE_MIDDLING, /* the same on likes and, with less weight, ratings of 2.5 to 3.5 */
    BT_RANKER_KNN,           /* item-kNN: cosine of likes */
    BT_RANKER_POPULARITY,
    BT_RANKER_ASKED,            /* of a person only ten answers are known: onboarding's questions and list (butaca/onboard.h) */
    BT_RANKER_ASKED_POPULAR,    /* the same of the ten most liked films */
    BT_RANKER_POPULAR_ORDINARY, /* answers about these, and an ordinary list */
    BT_N_RANKERS,
} bt_ranker;

/* "als", "lists", "dial-1", "dial-3", "dial-4", "dial-5", "no-texts", "no-dislikes", "no-damping", "diverse", "ease",
 * "ease-middling", "knn", "popularity", "asked", "asked-popular", "popular-ordinary" */
BT_API const char *bt_ranker_name(bt_ranker kind);

/* What is measured of each user's list. */
typedef enum bt_measure {
    BT_RECALL_20,     /* held-out films among the first 20, over min(20, held out) */
    BT_RECALL_50,     /* the same of 50 */
    BT_NDCG_10,       /* Jarvelin and Kekalainen 2002, relevance 0 or 1 */
    BT_NDCG_100,      /* */
    BT_UNWANTED_20,   /* share of the first 20 that the person rated 2 or less, later (temporal) or held out */
    BT_NOVELTY_20,    /* mean over the first 20 of -log2 of the share of people who like the film (nobody: as if one did) */
    BT_POPULARITY_20, /* mean number of likes of the first 20 over that of the folded-in likes: 1 is no popularity bias */
    BT_N_MEASURES,
} bt_measure;

/* "recall_20" and so on. */
BT_API const char *bt_measure_name(bt_measure measure);

typedef struct bt_ranker_result {
    double mean[BT_N_MEASURES];
    /* The leader (ALS) minus this ranker, paired by user, and half of the 95 % interval: 1.96 standard errors of the mean over users of each
     * one's mean over seeds. So seeds, which test the same people again, don't count as more people. */
    double lead[BT_N_MEASURES], lead_half[BT_N_MEASURES];
    /* The 95 % interval of the lead by 1,000 seeded bootstraps over users (Efron 1979), which takes no distribution for granted. */
    double lead_low[BT_N_MEASURES], lead_high[BT_N_MEASURES];
    double coverage_20; /* share of films that stand in somebody's first 20; mean over folds and seeds */
} bt_ranker_result;

typedef struct bt_evaluation {
    bt_ranker_result of[BT_N_RANKERS];
    size_t n_users; /* tested, each once for each seed */
    uint32_t rank;  /* of the models */
} bt_evaluation;

typedef struct bt_evaluate_params {
    const bt_train_params *als;
    uint64_t first_seed; /* of the splits: first_seed .. first_seed + n_seeds - 1 */
    uint32_t n_seeds;
    uint32_t rankers;           /* a set of 1 << bt_ranker; ALS is always one of them */
    bt_ranker leader;           /* what others are compared with; ALS unless said otherwise */
    const bt_neighbours *texts; /* of lists and dials; NULL: texts have no say */
    bool hold_dislikes; /* strong: of the tested people's ratings of 2 or less half are held out, and measured as unwanted */
} bt_evaluate_params;

BT_API bt_status bt_evaluate_strong(const bt_ratings *ratings, const bt_evaluate_params *params, const bt_progress *progress,
                                    bt_evaluation *out, bt_error *error);
BT_API bt_status bt_evaluate_temporal(const bt_ratings *ratings, const bt_evaluate_params *params, const bt_progress *progress,
                                      bt_evaluation *out, bt_error *error);

/* A trained model on other people's ratings (users who weren't in its training), beside popularity: all with at least 2 positives,
 * 80/20 as above. Held-out films that the model doesn't know count as missed. */
BT_API bt_status bt_evaluate_held_out(const bt_model *model, const bt_ratings *held_out, uint64_t split_seed,
                                      bt_evaluation *out, bt_error *error);

/* What a split does with a rating. */
typedef enum bt_split_role {
    BT_SPLIT_TRAINS,
    BT_SPLIT_FOLDS_IN,
    BT_SPLIT_WANTED,
    BT_SPLIT_UNWANTED,
    BT_SPLIT_LEFT_OUT
} bt_split_role;

/* The splits themselves, so that others can run on the same: role[i] (a bt_split_role) of each of the n_ratings. */
BT_API bt_status bt_split_strong(const bt_ratings *ratings, uint64_t seed, uint32_t fold_number, uint8_t *role,
                                 bt_error *error);
BT_API bt_status bt_split_temporal(const bt_ratings *ratings, uint64_t seed, uint8_t *role, bt_error *error);

/* --- predicted ratings ----------------------------------------------------------------------------------------------- */

/* The `rmse` protocol: a tenth of all ratings is held out, (user, film) by hash (core/evaluate/split.h); the model is trained on the
 * others and calibrated, and so is trained one of biases alone. People's other ratings are folded in. Errors are in stars, of predictions
 * that are cut to 0.5 .. 5. */
typedef struct bt_rating_errors {
    double rmse, mae;
} bt_rating_errors;

/* The 80 % intervals of a group of held-out ratings. */
typedef struct bt_interval_result {
    size_t n;        /* held-out ratings */
    double coverage; /* share of them that lie in their interval */
    double width;    /* mean, in stars */
    double rmse;
} bt_interval_result;

/* By how much is known of the person: of the first three only so many of the person's ratings (the first by hash) are folded in, though
 * the films' factors have seen them all; the others are of people with fewer than 100 ratings in training, and with more. */
typedef enum bt_shown { BT_SHOWN_1, BT_SHOWN_5, BT_SHOWN_20, BT_SHOWN_FEW, BT_SHOWN_MANY, BT_SHOWN_ALL, BT_N_SHOWN } bt_shown;

typedef struct bt_rating_evaluation {
    bt_rating_errors als, biases;
    bt_interval_result intervals[BT_N_SHOWN];
    size_t n_held_out, n_trained;
} bt_rating_evaluation;

BT_API bt_status bt_evaluate_rmse(const bt_ratings *ratings, const bt_rating_params *params, uint64_t split_seed,
                                  const bt_progress *progress, bt_rating_evaluation *out, bt_error *error);

#ifdef __cplusplus
}
#endif
#endif
