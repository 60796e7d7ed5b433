/* The say of texts: neighbours of a like come up, those of a dislike go down, and shares still add up. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "butaca/recommend.h"
#include "support/models.h"
#include "support/test.h"

static const tastes_params many = {.seed = 1, .n_users = 300, .n_films = 120, .n_groups = 4, .ratings_per_user = 20};

enum { FILMS = 120, NEAR = 5 };

/* Film i's neighbours are the next five, similarity 0.9, 0.8 … */
static bt_neighbours *made_up(void)
{
    static uint32_t ids[FILMS], near[FILMS * BT_NEIGHBOURS];
    static float similarities[FILMS * BT_NEIGHBOURS];
    for (size_t i = 0; i < FILMS; i++) {
        ids[i] = tastes_film_id(i);
        for (size_t k = 0; k < BT_NEIGHBOURS; k++) {
            near[i * BT_NEIGHBOURS + k] = k < NEAR ? (uint32_t)((i + k + 1) % FILMS) : BT_NO_NEIGHBOUR;
            similarities[i * BT_NEIGHBOURS + k] = k < NEAR ? 0.9F - 0.1F * (float)k : 0.0F;
        }
    }
    bt_neighbours *table = NULL;
    bt_error error = {0};
    const bt_neighbours_info columns = {
        .n_films = FILMS, .film_ids = ids, .neighbours = near, .similarities = similarities, .method = "made up"};
    CHECK_OK(bt_neighbours_make(&columns, &table, &error), error);
    near[7] = 5;
    bt_neighbours *bad = NULL;
    CHECK_STATUS(bt_neighbours_make(&columns, &bad, &error), BT_INVALID_ARGUMENT);
    return table;
}

TEST(texts_lift_and_lower_and_add_up)
{
    bt_model *model = models_trained(&many);
    bt_neighbours *made = made_up(), *table = NULL;
    bt_error error = {0};
    CHECK_OK(bt_neighbours_write(made, test_path("near.btn"), NULL, &error), error);
    CHECK_OK(bt_neighbours_open(test_path("near.btn"), &table, &error), error);
    CHECK_STR(bt_neighbours_describe(table)->method, "made up");
    bt_text_join *join = NULL;
    CHECK_OK(bt_text_join_make(table, model, &join, &error), error);
    bt_opinion opinions[] = {{.film_id = tastes_film_id(10), .verdict = BT_LIKE},
                             {.film_id = tastes_film_id(50), .verdict = BT_DISLIKE}};
    const bt_profile profile = {opinions, 2};
    bt_recommend_params params = bt_recommend_params_default();
    params.limit = FILMS;
    params.explain = true;
    bt_list *plain = NULL, *list = NULL;
    CHECK_OK(bt_recommend(model, &profile, &params, &plain, &error), error);
    params.text = join;
    CHECK_OK(bt_recommend(model, &profile, &params, &list, &error), error);
    const double best = plain->films[0].score; /* no other film is known, so it is the scale */
    for (size_t i = 0; i < list->n_films; i++) {
        const bt_recommendation *r = &list->films[i];
        const size_t film = r->film_id / 10 - 1;
        double before = 0.0, sum = 0.0, text = 0.0, expected = 0.0;
        for (size_t k = 0; k < plain->n_films; k++)
            before = plain->films[k].film_id == r->film_id ? plain->films[k].score : before;
        for (size_t k = 0; k < r->n_reasons; k++) {
            sum += r->reasons[k].share;
            text += r->reasons[k].text;
        }
        if (film > 10 && film <= 10 + NEAR)
            expected = params.text_like * best * (0.9 - 0.1 * (double)(film - 11)) / 0.9;
        if (film > 50 && film <= 50 + NEAR)
            expected = -params.text_dislike * best * pow((0.9 - 0.1 * (double)(film - 51)) / 0.9, 2.0);
        CHECK_NEAR(text, expected, 1e-6);
        CHECK_NEAR(r->score, before + expected, 1e-6);
        CHECK_NEAR(sum, r->score, 1e-4);
    }
    bt_list_free(plain);
    bt_list_free(list);
    bt_text_join_free(join);
    bt_neighbours_close(made);
    bt_neighbours_close(table);
    bt_model_close(model);
}
