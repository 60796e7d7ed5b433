/* The rating model as an object, and one person's row of it. */
#ifndef ALS_RATING_MODEL_H
#define ALS_RATING_MODEL_H

#include "als/als.h"
#include "base/sections.h"
#include "butaca/rating_model.h"

struct bt_rating_model {
    bt_rating_model_info info;
    const simd_kernels *simd;
    als_trainer t;      /* users and films are the model; the rest is freed after training. Zeroed for a mapped file */
    sections_file file; /* zeroed for a model in memory */
};

/* BT_INVALID_ARGUMENT names the parameter that is out of range. */
bt_status rating_model_check_params(const bt_rating_params *params, bt_error *error);

/* To the scale; what is no number becomes its lower end. */
static inline double rating_model_clip(double stars)
{
    return stars > 5.0 ? 5.0 : stars > 0.5 ? stars : 0.5;
}

/* Takes a model from parsed sections, checking sizes and values but no checksums. `model` is zeroed; its file isn't set. */
bt_status rating_model_read_sections(const sections_file *file, const char *path, bt_rating_model *model, bt_error *error);

/* --- fold-in (rating_fold.c) -------------------------------------------------------------------------------------------- */

typedef struct rating_term {
    uint32_t film; /* index in the model */
    uint8_t half_stars;
} rating_term;

typedef struct rating_fold {
    double *x;      /* rank + 1: factors and bias */
    double squares; /* sum over the terms of what their ratings are off, squared */
    size_t n_terms;
} rating_fold;

bt_status rating_fold_make(const bt_rating_model *model, const rating_term *terms, size_t n, rating_fold *out, bt_error *error);
void rating_fold_free(rating_fold *f); /* zeroed is fine */

/* In stars, not cut to the scale; film SIZE_MAX: one that the model doesn't know. */
double rating_fold_predict(const bt_rating_model *model, const rating_fold *f, size_t film);

/* An interval reaches quantile x sqrt(rating_fold_own_variance x rating_fold_unsureness) to each side. */

/* s_u^2 in stars^2: of n ratings that the fold left off by `squares`, among people who are off by spread^2 on average. */
double rating_fold_own_variance(double squares, size_t n, double spread);

/* What is added to it since neither the person nor the film is known for sure: a factor from 1 on. */
double rating_fold_unsureness(const bt_rating_model *model, const rating_fold *f, size_t film);

#endif
