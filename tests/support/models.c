/* Models for tests. */
#include "support/models.h"

#include <string.h>

#include "als/object.h"
#include "base/memory.h"
#include "base/random.h"
#include "support/test.h"

bt_model *models_trained(const tastes_params *params)
{
    const bt_ratings *ratings = tastes_ratings(params);
    bt_train_params p = bt_train_params_default();
    p.rank = 12;
    p.max_iter = 5;
    p.n_threads = 1;
    bt_model *model = NULL;
    bt_error error = {0};
    CHECK_OK(bt_model_train(ratings, &p, NULL, NULL, &model, &error), error);
    bt_ratings_close(ratings);
    return model;
}

/* Values are uniform, or -1, 0 and 1 where ties are wanted. */
static bt_model *make(uint64_t seed, size_t n_films, uint32_t rank, bool ties)
{
    bt_model *model = memory_zeroed(1, sizeof *model);
    uint32_t *ids = memory_array(n_films, sizeof *ids), *likes = memory_array(n_films, sizeof *likes);
    float *factors = memory_zeroed(n_films * rank, sizeof *factors);
    double *gram = memory_zeroed((size_t)rank * rank, sizeof *gram);
    char *sources = memory_string("[]", 2);
    REQUIRE(model && ids && likes && factors && gram && sources);
    random_stream random = random_make(seed, 0);
    for (size_t i = 0; i < n_films; i++) {
        ids[i] = tastes_film_id(i);
        likes[i] = (uint32_t)random_below(&random, ties ? 2 : 100);
        for (size_t j = 0; i > 0 && j < rank; j++)
            factors[i * rank + j] = ties ? (float)random_below(&random, 3) - 1.0f : (float)(2.0 * random_unit(&random) - 1.0);
        for (size_t a = 0; a < rank; a++)
            for (size_t b = 0; b < rank; b++)
                gram[a * rank + b] += (double)factors[i * rank + a] * (double)factors[i * rank + b];
    }
    bt_error error = {0};
    CHECK_OK(simd_select(&model->simd, &error), error);
    model->owns_columns = true;
    model->info = (bt_model_info){.params = bt_train_params_default(),
                                  .n_films = n_films,
                                  .n_users = 100,
                                  .film_ids = ids,
                                  .film_factors = factors,
                                  .gram = gram,
                                  .likes = likes,
                                  .sources = sources};
    model->info.params.rank = rank;
    CHECK_OK(model_finish(model, &error), error);
    return model;
}

bt_model *models_random(uint64_t seed, size_t n_films, uint32_t rank)
{
    return make(seed, n_films, rank, false);
}

bt_model *models_with_ties(uint64_t seed, size_t n_films, uint32_t rank)
{
    return make(seed, n_films, rank, true);
}
