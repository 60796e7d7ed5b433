/* Lists by filter and verify are the lists of all exact scores, bit for bit. */
#include <stdio.h>

#include "als/object.h"
#include "base/random.h"
#include "butaca/recommend.h"
#include "support/models.h"
#include "support/test.h"

enum { FILMS = 2009, LIMIT = 20, MAX_OPINIONS = 60 };

static bt_profile random_profile(random_stream *random, bt_opinion *opinions)
{
    const size_t wanted = 1 + (size_t)random_below(random, MAX_OPINIONS - 1);
    size_t n = 0;
    for (size_t film = 1; film < FILMS && n < wanted; film += 1 + (size_t)random_below(random, 2 * FILMS / MAX_OPINIONS))
        opinions[n++] = (bt_opinion){.film_id = tastes_film_id(film), .half_stars = (uint8_t)random_below(random, 11)};
    opinions[0].verdict = BT_LIKE;
    return (bt_profile){opinions, n};
}

/* Neighbours at random, of fewer than half of the films. */
static bt_neighbours *random_neighbours(uint64_t seed)
{
    static uint32_t ids[FILMS], near[FILMS * BT_NEIGHBOURS];
    static float similarities[FILMS * BT_NEIGHBOURS];
    random_stream random = random_make(seed, 2);
    for (size_t i = 0; i < FILMS; i++) {
        ids[i] = tastes_film_id(i);
        const size_t n = i % 3 == 0 ? BT_NEIGHBOURS : i % 5,
                     step = 1 + (size_t)random_below(&random, FILMS / BT_NEIGHBOURS - 1);
        for (size_t k = 0; k < BT_NEIGHBOURS; k++) {
            near[i * BT_NEIGHBOURS + k] = k < n ? (uint32_t)((i + (k + 1) * step) % FILMS) : BT_NO_NEIGHBOUR;
            similarities[i * BT_NEIGHBOURS + k] = k < n ? 0.9F - 0.005F * (float)k : 0.0F;
        }
    }
    bt_neighbours *table = NULL;
    bt_error error = {0};
    const bt_neighbours_info columns = {
        .n_films = FILMS, .film_ids = ids, .neighbours = near, .similarities = similarities, .method = "made up"};
    CHECK_OK(bt_neighbours_make(&columns, &table, &error), error);
    return table;
}

static bt_list *recommend(const bt_model *model, const bt_profile *profile, bt_recommend_params params, size_t limit)
{
    bt_list *list = NULL;
    bt_error error = {0};
    params.limit = limit;
    CHECK_OK(bt_recommend(model, profile, &params, &list, &error), error);
    return list;
}

/* True if the short list is the begin of the whole one. */
static bool check_profile(const bt_model *model, const bt_profile *profile, bt_recommend_params params)
{
    bt_list *few = recommend(model, profile, params, LIMIT), *all = recommend(model, profile, params, FILMS);
    bool same = CHECK_INT(few->n_total, all->n_total) && CHECK_INT(few->n_films, all->n_films < LIMIT ? all->n_films : LIMIT);
    for (size_t i = 0; same && i < few->n_films; i++)
        same = CHECK_INT(few->films[i].film_id, all->films[i].film_id) &&
               CHECK_BYTES(&few->films[i].score, &all->films[i].score, sizeof(double));
    bt_list_free(few);
    bt_list_free(all);
    return same;
}

static void check_model(bt_model *model, uint64_t seed)
{
    bt_neighbours *table = random_neighbours(seed);
    bt_text_join *join = NULL;
    bt_error error = {0};
    CHECK_OK(bt_text_join_make(table, model, &join, &error), error);
    random_stream random = random_make(seed, 3);
    static uint8_t allowed[FILMS];
    static bt_opinion opinions[MAX_OPINIONS];
    for (uint64_t round = 0; round < 60; round++) {
        const bt_profile profile = random_profile(&random, opinions);
        const uint64_t one_in = 1 + random_below(&random, 200);
        for (size_t i = 0; i < FILMS; i++)
            allowed[i] = random_below(&random, one_in) == 0;
        bt_recommend_params params = bt_recommend_params_default();
        params.dial = BT_DIAL_SAFE + (int)random_below(&random, BT_DIAL_ADVENTUROUS);
        params.allowed = round % 3 == 0 ? allowed : NULL;
        params.text = round % 2 == 0 ? join : NULL;
        if (!check_profile(model, &profile, params)) {
            printf("seed %llu, rank %u, round %llu\n", (unsigned long long)seed, model->info.params.rank,
                   (unsigned long long)round);
            break;
        }
    }
    bt_text_join_free(join);
    bt_neighbours_close(table);
    bt_model_close(model);
}

TEST(filtered_lists_are_the_whole_ones)
{
    const uint32_t ranks[] = {1, 2, 5, 16, 33, 64};
    for (uint64_t i = 0; i < sizeof ranks / sizeof *ranks; i++)
        check_model(models_random(i + 1, FILMS, ranks[i]), i + 1);
}

TEST(ties_come_in_the_order_of_films)
{
    for (uint32_t rank = 1; rank <= 4; rank++)
        check_model(models_with_ties(rank, FILMS, rank), rank);
}

static void change_factors(bt_model *model, float *factors, float size)
{
    for (size_t j = 0; j < FILMS * model->info.params.rank; j++)
        factors[j] *= (j % 3 == 0 ? size : 1.0f) * (j % 7 == 0 ? size : 1.0f);
}

TEST(filtered_lists_are_the_whole_ones_at_any_size_of_factors)
{
    const float sizes[] = {1e-12f, 1e-7f, 1e-3f, 30.0f};
    for (uint64_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        bt_model *model = models_random(i, FILMS, 8);
        change_factors(model, (float *)(uintptr_t)model->info.film_factors, sizes[i]);
        coarse_free(&model->coarse);
        CHECK(coarse_make(&model->info, model->simd->name, &model->coarse));
        check_model(model, i);
    }
}

/* Who liked many films gets popular ones first: their scores are raised, and bounds of scores as they were would lose them. */
TEST(popular_films_that_come_up_are_in_filtered_lists)
{
    bt_model *model = models_random(7, FILMS, 16);
    uint32_t *likes = (uint32_t *)(uintptr_t)model->info.likes;
    for (size_t film = 0; film < FILMS; film++)
        likes[film] = film % 50 == 0 ? 1000000 : 0;
    coarse_free(&model->coarse);
    CHECK(coarse_make(&model->info, model->simd->name, &model->coarse));
    bt_opinion opinions[MAX_OPINIONS];
    for (size_t i = 0; i < MAX_OPINIONS; i++)
        opinions[i] = (bt_opinion){.film_id = tastes_film_id(1 + 7 * i), .verdict = BT_LIKE};
    const bt_profile profile = {opinions, MAX_OPINIONS};
    bt_recommend_params params = bt_recommend_params_default();
    size_t n_popular[2] = {0};
    for (int dial = BT_DIAL_SAFE; dial <= BT_DIAL_DEFAULT; dial++) {
        params.dial = dial;
        CHECK(check_profile(model, &profile, params));
        bt_list *list = recommend(model, &profile, params, LIMIT);
        for (size_t i = 0; i < list->n_films; i++)
            n_popular[dial - BT_DIAL_SAFE] += (list->films[i].film_id / 10 - 1) % 50 == 0;
        bt_list_free(list);
    }
    CHECK(n_popular[1] > LIMIT / 10); /* more than their share of films, so that the exponent is seen to be below 0 */
    CHECK(n_popular[0] > n_popular[1]);
    bt_model_close(model);
}

/* One film out of the range that bounds are made for: all films are scored. */
TEST(films_out_of_range_switch_the_filter_off)
{
    bt_model *model = models_random(1, FILMS, 8);
    *(float *)(uintptr_t)model->info.film_factors = 1e8f;
    coarse_free(&model->coarse);
    CHECK(coarse_make(&model->info, model->simd->name, &model->coarse));
    CHECK_INT(model->coarse.tiles.n_tiles, 0);
    check_model(model, 1);
}
