/* Bounds are bounds, and every instruction set's are the scalar ones. */
#include "als/coarse.h"

#include <math.h>
#include <string.h>

#include "als/fold.h"
#include "als/object.h"
#include "base/random.h"
#include "support/models.h"
#include "support/test.h"

enum { FILMS = 333 };

static const tile_kernels *const tables[] = {
    &tiles_scalar,
#if defined(__x86_64__)
    &tiles_avx2,
#endif
};

static bool runs_here(const char *name)
{
    for (size_t i = 0; simd_available(i) != NULL; i++)
        if (strcmp(simd_available(i)->name, name) == 0)
            return true;
    return false;
}

/* The smallest and the greatest codes, too: their sums must not leave 16 bits. Inputs end at a page that nobody may touch. */
TEST(every_table_gives_the_scalar_bounds)
{
    random_stream random = random_make(1, 1);
    for (size_t n_groups = 1; n_groups <= 256; n_groups = n_groups * 3 + 1) {
        enum { TILES = 3, N = TILES * TILE_FILMS };
        uint8_t *codes = test_guarded(N * n_groups * TILE_GROUP);
        int8_t *person = test_guarded(n_groups * TILE_GROUP);
        float *columns = test_guarded(4 * N * sizeof *columns), expected[N + TILES];
        for (size_t i = 0; i < N * n_groups * TILE_GROUP; i++)
            codes[i] = i % 5 == 0 ? 255 : (uint8_t)(1 + random_below(&random, 255));
        memset(codes, 255, n_groups * TILE_FILMS * TILE_GROUP);
        tile_person p = {.codes = person, .step = 0.01f, .per_length = 0.02f, .per_rest = 0.5f, .exponent = 0.3f};
        for (size_t i = 0; i < n_groups * TILE_GROUP; i++) {
            person[i] = n_groups % 2 == 0 ? 63 : (int8_t)((int)random_below(&random, 127) - 63);
            p.offset += 128 * person[i];
        }
        for (size_t i = 0; i < 4 * N; i++)
            columns[i] = (float)random_unit(&random) * (i < 3 * N ? 0.1f : 20.0f);
        const tile_films films = {TILES, n_groups, codes, columns, columns + N, columns + 2 * N, columns + 3 * N};
        tiles_scalar.bounds(&films, &p, expected, expected + N);
        for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
            if (!runs_here(tables[t]->name))
                continue;
            float *upper = test_guarded(N * sizeof *upper), *largest = test_guarded(TILES * sizeof *largest);
            tables[t]->bounds(&films, &p, upper, largest);
            for (size_t i = 0; i < N; i++)
                if (!CHECK_NEAR(upper[i], expected[i], 1e-5 * fabs((double)expected[i]) + 1e-7))
                    return;
            for (size_t tile = 0; tile < TILES; tile++) {
                float most = -INFINITY;
                for (size_t i = 0; i < TILE_FILMS; i++)
                    most = fmaxf(most, upper[tile * TILE_FILMS + i]);
                CHECK(largest[tile] == most);
            }
        }
    }
}

/* Films that nobody liked, that everybody could have liked, and others: scales reach from far below 1 to far above it. */
static bt_model *make_model(uint64_t seed, uint32_t rank)
{
    bt_model *model = models_random(seed, FILMS, rank);
    uint32_t *likes = (uint32_t *)(uintptr_t)model->info.likes;
    for (size_t film = 0; film < FILMS; film += 7)
        likes[film] = film % 2 == 0 ? UINT32_MAX : 0;
    coarse_free(&model->coarse);
    CHECK(coarse_make(&model->info, model->simd->name, &model->coarse));
    return model;
}

/* Persons along a film, where Cauchy and Schwarz leave least room, and others. Returns how far bounds are off, over the lengths. */
static double check_bounds(const bt_model *model, random_stream *random, double exponent)
{
    const size_t k = model->info.params.rank;
    float upper[FILMS + TILE_FILMS], largest[FILMS / TILE_FILMS + 1];
    double x[BT_RANK_MAX], most = 0.0;
    const size_t like = 1 + (size_t)random_below(random, FILMS - 1);
    for (size_t j = 0; j < k; j++)
        x[j] = random_below(random, 2) ? (double)model->info.film_factors[like * k + j] : 2.0 * random_unit(random) - 1.0;
    double square = 0.0;
    for (size_t j = 0; j < k; j++)
        square += x[j] * x[j];
    if (!CHECK(coarse_bounds(&model->coarse, x, k, exponent, upper, largest)))
        return 0.0;
    const fold f = {.rank = k, .x = x, .exponent = exponent};
    for (size_t film = 0; film < FILMS; film++) {
        const double scale = fold_scale(model, &f, film);
        const double score = model->simd->dot(model->info.film_factors + film * k, x, k) * scale;
        CHECK((double)upper[film] >= score);
        CHECK(largest[film / TILE_FILMS] >= upper[film]);
        most = fmax(most, ((double)upper[film] - score) / (scale * sqrt(square) * fmax(model->norms[film], 1e-9)));
    }
    return most;
}

TEST(bounds_hold_and_are_near)
{
    random_stream random = random_make(2, 1);
    const uint32_t ranks[] = {1, 3, 4, 17, 64, 130};
    for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++) {
        bt_model *model = make_model(i, ranks[i]);
        for (int round = 0; round < 50; round++) /* every other one as lists have it, where popular films come up */
            if (!CHECK(check_bounds(model, &random, round % 2 ? -0.1 : 1.5 * (2.0 * random_unit(&random) - 1.0)) < 0.06))
                break;
        bt_model_close(model);
    }
}

TEST(persons_out_of_range_have_no_bounds)
{
    bt_model *model = models_random(1, FILMS, 3);
    float upper[FILMS + TILE_FILMS], largest[FILMS / TILE_FILMS + 1];
    const double zero[3] = {0}, tiny[3] = {1e-12}, huge[3] = {1e9}, good[3] = {1.0};
    CHECK(!coarse_bounds(&model->coarse, zero, 3, 0.0, upper, largest));
    CHECK(!coarse_bounds(&model->coarse, tiny, 3, 0.0, upper, largest));
    CHECK(!coarse_bounds(&model->coarse, huge, 3, 0.0, upper, largest));
    CHECK(!coarse_bounds(&model->coarse, good, 3, 1.6, upper, largest));
    CHECK(coarse_bounds(&model->coarse, good, 3, -1.5, upper, largest));
    bt_model_close(model);
}
