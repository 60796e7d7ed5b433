/* The rating model's file from any bytes: it is refused, or it predicts ratings. */
#include <math.h>
#include <stdio.h>

#include "als/rating_model.h"
#include "butaca/memory.h"
#include "fuzz/signed.h"

/* Predictions from one rating. Odd numbers may make the equations singular, or nonsense of a prediction, but never leave the scale. */
static void use(const bt_rating_model *model)
{
    const bt_rating_model_info info = bt_rating_model_describe(model);
    const uint32_t ids[2] = {info.n_films > 0 ? info.film_ids[info.n_films - 1] : 7, UINT32_MAX};
    bt_opinion opinion = {.film_id = ids[0], .half_stars = 9};
    const bt_profile profile = {&opinion, 1};
    bt_predicted_rating out[2];
    const bt_status status = bt_rating_predict(model, &profile, ids, 2, out, NULL);
    require(status == BT_OK || status == BT_NUMERIC);
    for (size_t i = 0; status == BT_OK && i < 2; i++)
        require(0.5 <= out[i].low && out[i].low <= out[i].stars && out[i].stars <= out[i].high && out[i].high <= 5.0);
#ifdef FUZZ_PLANTED_BUG
    char shown[16]; /* "99 iterations": nobody trains longer */
    sprintf(shown, "%u iterations", info.params.max_iter);
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
    bt_rating_model *model = calloc(1, sizeof *model);
    require(model != NULL);
    bt_error error = {0};
    bt_status status = sections_parse(input, "input", "rating", 1, &f, &error);
    if (status == BT_OK)
        status = rating_model_read_sections(&f, "input", model, &error);
    if (status == BT_OK)
        use(model);
    else
        require(error.status == status && error.message[0] != '\0');
    free(model);
    free((void *)(uintptr_t)input.bytes);
    return 0;
}
