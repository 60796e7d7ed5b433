/* The model file: sections of the container, kind "model", version 2 (docs/formats.md); version 1 is read, too. It is mapped; opening reads it once, to
 * check checksums and values. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "als/als.h"
#include "als/object.h"
#include "base/error.h"
#include "base/memory.h"

enum { MODEL_VERSION = 2, MODEL_SECTIONS = 6 };

static const char model_kind[] = "model";

/* Section "params". */
typedef struct stored_params {
    uint32_t rank, max_iter;
    double reg_param, reg_exponent, alpha, interest, aversion, damping;
    uint64_t seed;
    uint64_t n_users, n_ratings, ratings_fingerprint;
    uint32_t data_time;
    uint16_t nonnegative, solver;
    double preference, fold_preference; /* version 2 */
} stored_params;

enum { PARAMS_SIZE_1 = 96 }; /* in version 1 */
_Static_assert(sizeof(stored_params) == PARAMS_SIZE_1 + 16, "the file's layout has no padding");

/* --- writing ------------------------------------------------------------------------------------------------------------ */

static stored_params params_to_store(const bt_model_info *info)
{
    const bt_train_params *p = &info->params;
    return (stored_params){
        .rank = p->rank,
        .max_iter = p->max_iter,
        .reg_param = p->reg_param,
        .reg_exponent = p->reg_exponent,
        .alpha = p->alpha,
        .interest = p->interest,
        .aversion = p->aversion,
        .damping = p->damping,
        .seed = p->seed,
        .n_users = info->n_users,
        .n_ratings = info->n_ratings,
        .ratings_fingerprint = info->ratings_fingerprint,
        .data_time = info->data_time,
        .nonnegative = p->nonnegative,
        .solver = (uint16_t)p->solver,
        .preference = p->preference,
        .fold_preference = p->fold_preference,
    };
}

bt_status bt_model_write(const bt_model *model, const char *path, uint64_t *fingerprint, bt_error *error)
{
    const bt_model_info *info = &model->info;
    const size_t k = info->params.rank;
    const stored_params params = params_to_store(info);
    const struct {
        const char *name;
        const void *bytes;
        size_t size;
    } sections[MODEL_SECTIONS] = {
        {"params", &params, sizeof params},
        {"film_ids", info->film_ids, info->n_films * sizeof *info->film_ids},
        {"factors", info->film_factors, info->n_films * k * sizeof *info->film_factors},
        {"gram", info->gram, k * k * sizeof *info->gram},
        {"likes", info->likes, info->n_films * sizeof *info->likes},
        {"sources", info->sources, strlen(info->sources) + 1},
    };
    sections_writer w;
    bt_status status = sections_write_begin(&w, path, model_kind, MODEL_VERSION, MODEL_SECTIONS, error);
    if (status != BT_OK)
        return status;
    for (size_t i = 0; status == BT_OK && i < MODEL_SECTIONS; i++)
        status = sections_write(&w, sections[i].name, sections[i].bytes, sections[i].size, error);
    if (status == BT_OK)
        return sections_write_commit(&w, fingerprint, error);
    sections_write_abort(&w);
    return status;
}

/* --- reading ------------------------------------------------------------------------------------------------------------ */

static const char advice[] = "train the model again";

/* A section with exactly `expected` entries of `unit` bytes. */
static bt_status find_column(const sections_file *f, const char *path, const char *name, size_t unit, size_t expected,
                             const void **bytes, bt_error *error)
{
    return sections_find_exactly(f, path, name, unit, expected, advice, bytes, error);
}

static bt_status read_params(const sections_file *f, const char *path, bt_model_info *info, bt_error *error)
{
    const void *bytes;
    stored_params p = {.preference = 1.0, .fold_preference = 0.0}; /* as it was in version 1 */
    const size_t size = f->version == 1 ? PARAMS_SIZE_1 : sizeof p;
    bt_status status = find_column(f, path, "params", size, 1, &bytes, error);
    if (status != BT_OK)
        return status;
    memcpy(&p, bytes, size);
    info->params = (bt_train_params){
        .rank = p.rank,
        .max_iter = p.max_iter,
        .reg_param = p.reg_param,
        .reg_exponent = p.reg_exponent,
        .alpha = p.alpha,
        .interest = p.interest,
        .aversion = p.aversion,
        .damping = p.damping,
        .seed = p.seed,
        .preference = p.preference,
        .fold_preference = p.fold_preference,
        .nonnegative = p.nonnegative != 0,
        .solver = (bt_solver)p.solver,
    };
    info->n_users = (size_t)p.n_users;
    info->n_ratings = (size_t)p.n_ratings;
    info->ratings_fingerprint = p.ratings_fingerprint;
    info->data_time = p.data_time;
    bt_error why = {0};
    if (p.rank == 0)
        return error_set(error, BT_CORRUPT, "%s: section params: rank is 0; %s", path, advice);
    if (als_check_params(&info->params, &why) != BT_OK)
        return error_set(error, BT_CORRUPT, "%s: section params: %s; %s", path, why.message, advice);
    return BT_OK;
}

static bt_status read_columns(const sections_file *f, const char *path, bt_model_info *info, bt_error *error)
{
    const size_t k = info->params.rank;
    const void *ids, *factors, *gram, *likes, *sources;
    size_t size = 0;
    bt_status status = sections_find(f, path, "film_ids", sizeof(uint32_t), &ids, &info->n_films, error);
    if (status == BT_OK)
        status = find_column(f, path, "factors", k * sizeof(float), info->n_films, &factors, error);
    if (status == BT_OK)
        status = find_column(f, path, "gram", k * sizeof(double), k, &gram, error);
    if (status == BT_OK)
        status = find_column(f, path, "likes", sizeof(uint32_t), info->n_films, &likes, error);
    if (status == BT_OK)
        status = sections_find(f, path, "sources", 1, &sources, &size, error);
    if (status != BT_OK)
        return status;
    info->film_ids = ids;
    info->film_factors = factors;
    info->gram = gram;
    info->likes = likes;
    info->sources = sources;
    if (size == 0 || info->sources[size - 1] != '\0')
        return error_set(error, BT_CORRUPT, "%s: section sources does not end with a zero byte; %s", path, advice);
    return BT_OK;
}

static bool is_symmetric(const double *gram, size_t k)
{
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j <= i; j++)
            if (!isfinite(gram[i * k + j]) || gram[i * k + j] != gram[j * k + i] || gram[i * k + i] < 0.0)
                return false;
    return true;
}

static bt_status check_values(const bt_model_info *info, const char *path, bt_error *error)
{
    const size_t k = info->params.rank;
    if (info->n_films == 0 || info->n_films > UINT32_MAX)
        return error_set(error, BT_CORRUPT, "%s: section film_ids has %zu films; %s", path, info->n_films, advice);
    for (size_t i = 1; i < info->n_films; i++)
        if (info->film_ids[i - 1] >= info->film_ids[i])
            return error_set(error, BT_CORRUPT, "%s: section film_ids doesn't ascend at film %zu; %s", path, i, advice);
    for (size_t i = 0; i < info->n_films; i++)
        if (info->likes[i] > info->n_users)
            return error_set(error, BT_CORRUPT, "%s: section likes: film %zu has more likes than there are users; %s", path, i,
                             advice);
    for (size_t i = 0; i < info->n_films * k; i++)
        if (!isfinite(info->film_factors[i]))
            return error_set(error, BT_CORRUPT, "%s: section factors: film %zu has a value that is no number; %s", path, i / k,
                             advice);
    if (!is_symmetric(info->gram, k))
        return error_set(error, BT_CORRUPT, "%s: section gram is not a Gram matrix; %s", path, advice);
    return BT_OK;
}

bt_status model_read_sections(const sections_file *file, const char *path, bt_model *model, bt_error *error)
{
    bt_status status = simd_select(&model->simd, error);
    if (status == BT_OK)
        status = read_params(file, path, &model->info, error);
    if (status == BT_OK)
        status = read_columns(file, path, &model->info, error);
    if (status == BT_OK)
        status = check_values(&model->info, path, error);
    return status != BT_OK ? status : model_finish(model, error);
}

bt_status bt_model_open(const char *path, bt_model **out, bt_error *error)
{
    *out = NULL;
    bt_model *model = memory_zeroed(1, sizeof *model);
    if (model == NULL)
        return error_no_memory(error, "opening the model");
    bt_status status = sections_open(path, model_kind, MODEL_VERSION, &model->file, error);
    if (status == BT_OK)
        status = sections_verify(&model->file, path, error);
    if (status == BT_OK)
        status = model_read_sections(&model->file, path, model, error);
    model->info.fingerprint = model->file.fingerprint;
    if (status == BT_OK)
        *out = model;
    else
        bt_model_close(model);
    return status;
}
