/* The model as an object: its life, its description, and films that resemble each other. Memory: a mapped model costs rank + 24
 * bytes a film beside the map. */
#include "butaca/model.h"

#include <inttypes.h>
#include <math.h>

#include "als/object.h"
#include "als/topk.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/sorted.h"

bt_status model_finish(bt_model *model, bt_error *error)
{
    const size_t n = model->info.n_films, k = model->info.params.rank;
    model->norms = memory_array(n, sizeof *model->norms);
    if (model->norms == NULL || !coarse_make(&model->info, model->simd->name, &model->coarse))
        return error_no_memory(error, "preparing the model");
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0;
        for (size_t j = 0; j < k; j++) {
            const double value = (double)model->info.film_factors[i * k + j];
            sum += value * value;
        }
        model->norms[i] = sqrt(sum);
    }
    return BT_OK;
}

void bt_model_close(bt_model *model)
{
    if (model == NULL)
        return;
    if (model->owns_columns) {
        bt_free((void *)(uintptr_t)model->info.film_ids);
        bt_free((void *)(uintptr_t)model->info.film_factors);
        bt_free((void *)(uintptr_t)model->info.gram);
        bt_free((void *)(uintptr_t)model->info.likes);
        bt_free((void *)(uintptr_t)model->info.sources);
    }
    sections_close(&model->file);
    coarse_free(&model->coarse);
    bt_free(model->norms);
    bt_free(model);
}

const bt_model_info *bt_model_describe(const bt_model *model)
{
    return &model->info;
}

bt_status bt_model_similar(const bt_model *model, uint32_t film_id, size_t limit, bt_scored_film *out, size_t *n,
                           bt_error *error)
{
    const bt_model_info *info = &model->info;
    const size_t k = info->params.rank, film = sorted_find(info->film_ids, info->n_films, film_id);
    *n = 0;
    if (film == SIZE_MAX)
        return error_set(error, BT_NOT_FOUND, "film %" PRIu32 " is not in the model: nobody had rated it", film_id);

    topk best;
    if (!topk_make(&best, limit < info->n_films ? limit : info->n_films))
        return error_no_memory(error, "looking for similar films");
    double x[BT_RANK_MAX];
    for (size_t j = 0; j < k; j++)
        x[j] = (double)info->film_factors[film * k + j];
    for (size_t i = 0; i < info->n_films; i++) {
        /* A film that nobody liked has no direction: it resembles nothing. */
        const double length = model->norms[film] * model->norms[i];
        const double cosine = length > 0.0 ? model->simd->dot(info->film_factors + i * k, x, k) / length : 0.0;
        if (i != film)
            topk_offer(&best, cosine, (uint32_t)i);
    }
    *n = topk_sort(&best);
    for (size_t i = 0; i < *n; i++)
        out[i] = (bt_scored_film){info->film_ids[best.entries[i].film], best.entries[i].score};
    topk_free(&best);
    return BT_OK;
}
