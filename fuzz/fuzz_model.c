/* The model file from any bytes: it is refused, or the model can be used. */
#include <math.h>
#include <stdio.h>

#include "als/object.h"
#include "butaca/memory.h"
#include "butaca/recommend.h"
#include "fuzz/signed.h"

/* A list by one like. Odd numbers may make the equations singular, or the scores huge, never a list that isn't one. */
static void use(const bt_model *model)
{
    const bt_model_info *info = bt_model_describe(model);
    bt_opinion like = {.film_id = info->film_ids[info->n_films / 2], .verdict = BT_LIKE};
    const bt_profile profile = {&like, 1};
    bt_recommend_params params = bt_recommend_params_default();
    params.explain = true;
    bt_list *list = NULL;
    const bt_status status = bt_recommend(model, &profile, &params, &list, NULL);
    require(status == BT_OK || status == BT_NUMERIC);
    if (status == BT_OK)
        require(list->n_films == (info->n_films - 1 < params.limit ? info->n_films - 1 : params.limit));
    for (size_t i = 0; status == BT_OK && i < list->n_films; i++)
        require(!isnan(list->films[i].score) && list->films[i].film_id != like.film_id);
    bt_list_free(list);
#ifdef FUZZ_PLANTED_BUG
    char shown[16]; /* "99 iterations": nobody trains longer */
    sprintf(shown, "%u iterations", info->params.max_iter);
    require(shown[0] != '\0');
#endif
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const file_map input = signed_copy(data, size);

    sections_file f;
    bt_model *model = calloc(1, sizeof *model);
    require(model != NULL);
    bt_error error = {0};
    bt_status status = sections_parse(input, "input", "model", 2, &f, &error);
    if (status == BT_OK)
        status = model_read_sections(&f, "input", model, &error);
    if (status == BT_OK)
        use(model);
    else
        require(error.status == status && error.message[0] != '\0');
    bt_free(model->norms);
    coarse_free(&model->coarse);
    free(model);
    free((void *)(uintptr_t)input.bytes);
    return 0;
}
