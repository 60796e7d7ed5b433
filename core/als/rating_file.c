/* The rating model's file: sections of the container, kind "rating", version 1 (docs/formats.md). It holds films alone: people are
 * folded in. It is mapped; opening reads it once, to check checksums and values. */
#include <math.h>
#include <string.h>

#include "als/rating_model.h"
#include "base/error.h"
#include "base/memory.h"

enum { RATING_VERSION = 1, RATING_SECTIONS = 4 };

static const char rating_kind[] = "rating";
static const char advice[] = "train the model again";

/* Section "params". */
typedef struct stored_params {
    uint32_t rank, max_iter;
    double reg_param, reg_bias;
    uint64_t seed, nonnegative;
    uint64_t n_users, n_ratings, ratings_fingerprint, stride;
    double mean, spread, quantile;
} stored_params;

_Static_assert(sizeof(stored_params) == 96, "the file's layout has no padding");

bt_status bt_rating_model_write(const bt_rating_model *model, const char *path, uint64_t *fingerprint, bt_error *error)
{
    const bt_rating_model_info *info = &model->info;
    const stored_params params = {
        .rank = info->params.rank,
        .max_iter = info->params.max_iter,
        .reg_param = info->params.reg_param,
        .reg_bias = info->params.reg_bias,
        .seed = info->params.seed,
        .nonnegative = info->params.nonnegative,
        .n_users = info->n_users,
        .n_ratings = info->n_ratings,
        .ratings_fingerprint = info->ratings_fingerprint,
        .stride = info->stride,
        .mean = info->mean,
        .spread = info->spread,
        .quantile = info->quantile,
    };
    sections_writer w;
    bt_status status = sections_write_begin(&w, path, rating_kind, RATING_VERSION, RATING_SECTIONS, error);
    if (status != BT_OK)
        return status;
    status = sections_write(&w, "params", &params, sizeof params, error);
    if (status == BT_OK)
        status = sections_write(&w, "film_ids", info->film_ids, info->n_films * sizeof *info->film_ids, error);
    if (status == BT_OK)
        status = sections_write(&w, "counts", info->film_counts, info->n_films * sizeof *info->film_counts, error);
    if (status == BT_OK)
        status =
            sections_write(&w, "films", info->film_factors, info->n_films * info->stride * sizeof *info->film_factors, error);
    if (status == BT_OK)
        return sections_write_commit(&w, fingerprint, error);
    sections_write_abort(&w);
    return status;
}

/* --- reading ------------------------------------------------------------------------------------------------------------ */

static bt_status read_params(const sections_file *f, const char *path, bt_rating_model_info *info, bt_error *error)
{
    const void *bytes;
    stored_params p;
    const bt_status status = sections_find_exactly(f, path, "params", sizeof p, 1, advice, &bytes, error);
    if (status != BT_OK)
        return status;
    memcpy(&p, bytes, sizeof p);
    info->params = (bt_rating_params){
        .rank = p.rank,
        .max_iter = p.max_iter,
        .reg_param = p.reg_param,
        .reg_bias = p.reg_bias,
        .seed = p.seed,
        .nonnegative = p.nonnegative != 0,
    };
    info->n_users = (size_t)p.n_users;
    info->n_ratings = (size_t)p.n_ratings;
    info->ratings_fingerprint = p.ratings_fingerprint;
    info->stride = (size_t)p.stride;
    info->mean = p.mean;
    info->spread = p.spread;
    info->quantile = p.quantile;
    bt_error why = {0};
    if (rating_model_check_params(&info->params, &why) != BT_OK)
        return error_set(error, BT_CORRUPT, "%s: section params: %s; %s", path, why.message, advice);
    if (p.stride < p.rank + 2 || p.stride > 2 * BT_RATING_RANK_MAX)
        return error_set(error, BT_CORRUPT, "%s: section params: rows of %zu numbers; %s", path, info->stride, advice);
    if (!(p.mean >= 0.5 && p.mean <= 5.0 && p.spread >= 0.0 && p.spread <= 1e9 && p.quantile >= 0.0 && p.quantile <= 1e9))
        return error_set(error, BT_CORRUPT, "%s: section params: mean, spread or quantile are out of range; %s", path, advice);
    return BT_OK;
}

static bt_status read_columns(const sections_file *f, const char *path, bt_rating_model_info *info, bt_error *error)
{
    const void *ids, *counts, *films;
    bt_status status = sections_find(f, path, "film_ids", sizeof(uint32_t), &ids, &info->n_films, error);
    if (status == BT_OK)
        status = sections_find_exactly(f, path, "counts", sizeof(uint32_t), info->n_films, advice, &counts, error);
    if (status == BT_OK)
        status = sections_find_exactly(f, path, "films", info->stride * sizeof(float), info->n_films, advice, &films, error);
    if (status != BT_OK)
        return status;
    info->film_ids = ids;
    info->film_counts = counts;
    info->film_factors = films;
    return BT_OK;
}

static bt_status check_values(const bt_rating_model_info *info, const char *path, bt_error *error)
{
    const size_t k = info->params.rank;
    for (size_t i = 1; i < info->n_films; i++)
        if (info->film_ids[i - 1] >= info->film_ids[i])
            return error_set(error, BT_CORRUPT, "%s: section film_ids doesn't ascend at film %zu; %s", path, i, advice);
    for (size_t i = 0; i < info->n_films; i++) {
        const float *row = info->film_factors + i * info->stride;
        bool fine = row[k] == 1.0f;
        for (size_t j = 0; j < k + 2; j++)
            fine = fine && isfinite(row[j]);
        if (!fine)
            return error_set(error, BT_CORRUPT, "%s: section films: the numbers of film %zu can't be; %s", path, i, advice);
    }
    return BT_OK;
}

bt_status rating_model_read_sections(const sections_file *file, const char *path, bt_rating_model *model, bt_error *error)
{
    bt_status status = simd_select(&model->simd, error);
    if (status == BT_OK)
        status = read_params(file, path, &model->info, error);
    if (status == BT_OK)
        status = read_columns(file, path, &model->info, error);
    return status != BT_OK ? status : check_values(&model->info, path, error);
}

bt_status bt_rating_model_open(const char *path, bt_rating_model **out, bt_error *error)
{
    *out = NULL;
    bt_rating_model *model = memory_zeroed(1, sizeof *model);
    if (model == NULL)
        return error_no_memory(error, "opening the rating model");
    bt_status status = sections_open(path, rating_kind, RATING_VERSION, &model->file, error);
    if (status == BT_OK)
        status = sections_verify(&model->file, path, error);
    if (status == BT_OK)
        status = rating_model_read_sections(&model->file, path, model, error);
    if (status == BT_OK)
        *out = model;
    else
        bt_rating_model_close(model);
    return status;
}
