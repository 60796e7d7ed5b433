/* The ranking model: implicit alternating least squares.
 *
 * Hu, Koren, Volinsky 2008, "Collaborative filtering for implicit feedback datasets" (HKV), with the frequency-scaled
 * regularization of Rendle et al. 2021, "Revisiting the performance of iALS on item recommendation benchmarks". It minimizes
 *
 *     sum over (u, i) of  c_ui (p_ui - x_u . y_i)^2  +  sum_u lambda_u |x_u|^2  +  sum_i lambda_i |y_i|^2
 *
 * with c_ui = 1 and p_ui = 0 where there is no rating, and for a rating
 *
 *     4 or more       p = 1, c = 1 + alpha              a like
 *     2.5 to 3.5      p = preference, c = 1 + alpha * interest   still interest (either 0: as if it weren't rated)
 *     2 or less       p = 0, c = 1 + alpha * aversion            a dislike: surer to be 0 than what was never seen
 *
 *     lambda_u = regParam * (sum over i of c_ui)^regExponent,     lambda_i likewise over users.
 *
 * A model holds item factors and the Gram matrix; users are folded in (one least squares solve), so none is stored.
 */
#ifndef BUTACA_MODEL_H
#define BUTACA_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "butaca/profile.h"
#include "butaca/progress.h"
#include "butaca/ratings.h"
#include "butaca/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { BT_RANK_MAX = 1024, BT_RANK_DEFAULT = 192, BT_RANK_BLOCK = 256 };

/* How a row's equations are solved. */
typedef enum bt_solver {
    BT_SOLVER_AUTO,  /* exact up to rank BT_RANK_BLOCK, block above */
    BT_SOLVER_EXACT, /* whole, so that the residual is at most 1e-4 of the right side */
    BT_SOLVER_BLOCK  /* 64 values after the other, once each: Rendle et al. 2021, "iALS++" */
} bt_solver;

/* Names as Spark's ALS has them where the meaning is the same. */
typedef struct bt_train_params {
    /* k, 1 .. BT_RANK_MAX. 0: BT_RANK_DEFAULT, but at most an eighth of the films: with a dimension for each film, what is said
     * about one would say nothing about the others. */
    uint32_t rank;
    uint32_t max_iter;      /* one iteration solves all users, then all films */
    double reg_param;       /* >= 0 */
    double reg_exponent;    /* nu in Rendle et al., 0 .. 1 */
    double alpha;           /* > 0 */
    double interest;        /* share of alpha for ratings of 2.5 to 3.5, 0 .. 1 */
    double preference;      /* their p in training, 0 .. 1 */
    double fold_preference; /* their p when a person is folded in, 0 .. 1; 0: there they have no say */
    double aversion;        /* share of alpha for ratings of 2 or less, >= 0 */
    double damping; /* how far lists from few likes are freed from popularity, 0 .. 1; see recommend.h. Not used in training */
    uint64_t seed;
    uint32_t n_threads; /* 0: one for each processor; doesn't change the result */
    bt_solver solver;
    bool nonnegative; /* no factor is below 0: exact solver, KKT conditions within 1e-4 of the right side */
} bt_train_params;

BT_API bt_train_params bt_train_params_default(void);

/* What training reports after each iteration. */
typedef struct bt_train_trace {
    uint32_t rank; /* that is used */
    uint32_t n_iterations;
    double loss[512]; /* the objective above, by iteration; only the first 512 */
} bt_train_trace;

typedef struct bt_model bt_model;

/* Trains on all ratings. `trace` may be NULL (the loss then isn't computed). *out is released with bt_model_close; NULL on
 * failure. BT_NUMERIC if factors leave the range of float. */
BT_API bt_status bt_model_train(const bt_ratings *ratings, const bt_train_params *params, const bt_progress *progress,
                                bt_train_trace *trace, bt_model **out, bt_error *error);

/* A training that starts elsewhere than at random factors, or leaves checkpoints on its way. Zeroed fields: none of that. */
typedef struct bt_train_job {
    const bt_ratings *ratings;
    const bt_train_params *params;
    const bt_progress *progress;
    bt_train_trace *trace; /* may be NULL */
    /* Warm start: films that this model knows begin with its factors, others at random. Its rank must be the one asked for. */
    const bt_model *start;
    /* After an iteration the state is written to this file, whole or not at all, when that many seconds have passed since the
     * last time. The file stays when training ends. */
    const char *checkpoint_path;
    double checkpoint_seconds;
    /* Goes on from that file. Ratings and parameters must be those of the training that wrote it (BT_INVALID_ARGUMENT names what
     * differs; max_iter may be another), and the model gets the bytes of a training that was never interrupted. */
    bool resume;
    /* The most that bt_train_memory may say, in bytes; 0: any. Beyond it BT_LIMIT, with what is needed, before anything is taken. */
    uint64_t memory_limit;
} bt_train_job;

/* The memory that training takes at its highest, in bytes, beside the ratings (which are mapped from their file): counted from the sizes
 * of what is allocated. The stacks of the threads are not in it. */
BT_API uint64_t bt_train_memory(const bt_ratings *ratings, const bt_train_params *params);

/* bt_model_train for a job. */
BT_API bt_status bt_model_train_job(const bt_train_job *job, bt_model **out, bt_error *error);

/* The parameters of the training that wrote a checkpoint. */
BT_API bt_status bt_checkpoint_params(const char *path, bt_train_params *out, bt_error *error);

/* Writes the model whole or not at all; *fingerprint may be NULL. */
BT_API bt_status bt_model_write(const bt_model *model, const char *path, uint64_t *fingerprint, bt_error *error);

/* Maps a model file; all checksums are checked. */
BT_API bt_status bt_model_open(const char *path, bt_model **out, bt_error *error);
BT_API void bt_model_close(bt_model *model); /* NULL is fine */

/* What a model is. Pointers live as long as the model. */
typedef struct bt_model_info {
    bt_train_params params;
    size_t n_films, n_users, n_ratings; /* that it was trained on */
    const uint32_t *film_ids;           /* n_films, ascending */
    const float *film_factors;          /* n_films x rank, row-major */
    const double *gram;                 /* rank x rank, row-major, symmetric: Y'Y summed in float64 */
    const uint32_t *likes;              /* n_films: how many users liked the film (rating >= 4) */
    const char *sources;                /* JSON, from the ratings: licences travel with the model */
    uint64_t ratings_fingerprint;
    uint64_t fingerprint; /* 0 if it was never a file */
    uint32_t data_time;   /* the latest rating's time: the model's "now" */
} bt_model_info;

BT_API const bt_model_info *bt_model_describe(const bt_model *model);

/* --- similar films ------------------------------------------------------------------------------------------------- */

typedef struct bt_scored_film {
    uint32_t film_id;
    double score;
} bt_scored_film;

/* The films whose factors point the same way: cosine, -1 .. 1, best first, ties by film id, the film itself left out. Writes at
 * most `limit` into out, *n gets how many. BT_NOT_FOUND if the model doesn't know the film. */
BT_API bt_status bt_model_similar(const bt_model *model, uint32_t film_id, size_t limit, bt_scored_film *out, size_t *n,
                                  bt_error *error);

#ifdef __cplusplus
}
#endif
#endif
