/* What a caller may ask of a list: pages, few reasons, weights, the dial, diversity. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "als/object.h"
#include "base/random.h"
#include "butaca/recommend.h"
#include "support/models.h"
#include "support/test.h"

static const tastes_params many = {.seed = 1, .n_users = 300, .n_films = 120, .n_groups = 4, .ratings_per_user = 20};

static bt_opinion opinions[] = {{.film_id = 10, .verdict = BT_LIKE},
                                {.film_id = 60, .verdict = BT_DISLIKE},
                                {.film_id = 90, .half_stars = 9},
                                {.film_id = 100, .half_stars = 6},
                                {.film_id = 130, .verdict = BT_LIKE}};
static const bt_profile profile = {opinions, 5};

static bt_recommend_params explained(size_t limit)
{
    bt_recommend_params params = bt_recommend_params_default();
    params.limit = limit;
    params.explain = true;
    return params;
}

static bt_list *list_for(const bt_model *model, const bt_profile *of, const bt_recommend_params *params)
{
    bt_list *list = NULL;
    bt_error error = {0};
    CHECK_OK(bt_recommend(model, of, params, &list, &error), error);
    return list;
}

/* The pages of `params`, one after the other, are the list as a whole. */
static void check_pages(const bt_model *model, const bt_profile *of, bt_recommend_params params, size_t page)
{
    params.limit = 50;
    bt_list *whole = list_for(model, of, &params);
    size_t n = 0;
    params.limit = page;
    for (params.offset = 0; params.offset < 50; params.offset += page) {
        bt_list *part = list_for(model, of, &params);
        CHECK_INT(part->n_total, whole->n_total);
        for (size_t i = 0; i < part->n_films && n < whole->n_films; i++, n++) {
            CHECK_INT(part->films[i].film_id, whole->films[n].film_id);
            CHECK_INT(part->films[i].rank, whole->films[n].rank);
            CHECK_NEAR(part->films[i].score, whole->films[n].score, 0.0);
        }
        bt_list_free(part);
    }
    CHECK_INT(n, 50);
    bt_list_free(whole);
}

TEST(pages_continue_each_other)
{
    bt_model *model = models_trained(&many);
    uint64_t genres[120];
    for (size_t i = 0; i < 120; i++)
        genres[i] = UINT64_C(1) << i % 5;
    const bt_profile nobody = {0};
    const bt_profile *profiles[] = {&profile, &nobody};
    for (size_t p = 0; p < 2; p++) {
        bt_recommend_params params = explained(50);
        params.genres = genres;
        check_pages(model, profiles[p], params, 7);
        params.diversity = 0.4;
        check_pages(model, profiles[p], params, 7);
    }
    bt_recommend_params beyond = explained(10);
    beyond.offset = 5000;
    bt_list *list = list_for(model, &profile, &beyond);
    CHECK_INT(list->n_films, 0);
    CHECK_INT(list->n_total, 115);
    bt_list_free(list);
    bt_model_close(model);
}

TEST(few_reasons_and_the_others_add_up)
{
    bt_model *model = models_trained(&many);
    bt_recommend_params params = explained(30);
    bt_list *whole = list_for(model, &profile, &params);
    params.reasons_max = 2;
    bt_list *few = list_for(model, &profile, &params);
    for (size_t i = 0; i < 30; i++) {
        const bt_recommendation *film = &few->films[i];
        CHECK_INT(whole->films[i].n_reasons, 5);
        CHECK_INT(whole->films[i].n_others, 0);
        REQUIRE(film->n_reasons == 2);
        CHECK_INT(film->n_others, 3);
        CHECK_NEAR(film->reasons[0].share + film->reasons[1].share + film->others, film->score, 1e-4);
        CHECK_BYTES(film->reasons, whole->films[i].reasons, 2 * sizeof *film->reasons);
    }
    bt_list_free(whole);
    bt_list_free(few);
    bt_model_close(model);
}

/* --- weights ------------------------------------------------------------------------------------------------------------ */

static bool same_scores(const bt_list *a, const bt_list *b, double tolerance)
{
    bool same = a->n_films == b->n_films;
    for (size_t i = 0; same && i < a->n_films; i++)
        same = a->films[i].film_id == b->films[i].film_id && fabs(a->films[i].score - b->films[i].score) <= tolerance;
    return same;
}

TEST(a_muted_opinion_has_no_say_but_its_film_stays_away)
{
    bt_model *model = models_trained(&many);
    const bt_opinion_weight mute = {60, 0.0};
    bt_recommend_params params = explained(120);
    params.weights = &mute;
    params.n_weights = 1;
    bt_list *muted = list_for(model, &profile, &params);
    bt_opinion seen[5];
    memcpy(seen, opinions, sizeof seen);
    seen[1] = (bt_opinion){.film_id = 60, .seen = true};
    const bt_profile only_seen = {seen, 5};
    params.n_weights = 0;
    bt_list *without = list_for(model, &only_seen, &params), *plain = list_for(model, &profile, &params);
    CHECK(same_scores(muted, without, 0.0));
    CHECK(!same_scores(muted, plain, 1e-9));
    CHECK_INT(muted->films[0].n_reasons, 4);
    bt_list_free(muted);
    bt_list_free(without);
    bt_list_free(plain);
    bt_model_close(model);
}

static double share_of(const bt_list *list, size_t film, uint32_t seed)
{
    for (size_t i = 0; i < list->films[film].n_reasons; i++)
        if (list->films[film].reasons[i].film_id == seed)
            return list->films[film].reasons[i].share;
    return 0.0;
}

TEST(weights_scale_what_an_opinion_says)
{
    bt_model *model = models_trained(&many);
    bt_opinion likes[] = {{.film_id = 10, .verdict = BT_LIKE}, {.film_id = 20, .verdict = BT_LIKE}};
    const bt_profile two = {likes, 2};
    double last = 0.0;
    for (size_t i = 0; i < 5; i++) {
        const bt_opinion_weight weight = {10, (double[]){0.01, 0.5, 1.0, 2.0, 10.0}[i]};
        bt_recommend_params params = explained(1);
        params.weights = &weight;
        params.n_weights = 1;
        uint8_t only[120] = {0};
        only[4] = 1; /* film 50, of the group of film 10 */
        params.allowed = only;
        bt_list *list = list_for(model, &two, &params);
        const double share = share_of(list, 0, 10);
        CHECK(share > last);
        CHECK_NEAR(share + share_of(list, 0, 20), list->films[0].score, 1e-9);
        last = share;
        bt_list_free(list);
    }
    const bt_opinion_weight one = {10, 1.0}, unknown = {15, 3.0};
    const bt_opinion_weight *weights[] = {&one, &unknown};
    bt_recommend_params params = explained(100);
    bt_list *plain = list_for(model, &two, &params);
    for (size_t i = 0; i < 2; i++) {
        params.weights = weights[i];
        params.n_weights = 1;
        bt_list *list = list_for(model, &two, &params);
        CHECK(same_scores(list, plain, 0.0));
        bt_list_free(list);
    }
    bt_list_free(plain);
    bt_model_close(model);
}

/* --- the dial and diversity --------------------------------------------------------------------------------------------- */

static double mean_likes(const bt_model *model, const bt_list *list)
{
    double sum = 0.0;
    for (size_t i = 0; i < list->n_films; i++)
        sum += log(1.0 + bt_model_describe(model)->likes[list->films[i].film_id / 10 - 1]);
    return sum / (double)list->n_films;
}

TEST(the_dial_goes_from_known_to_unknown_films)
{
    bt_model *model = models_trained(&many);
    double last = INFINITY;
    for (int dial = BT_DIAL_SAFE; dial <= BT_DIAL_ADVENTUROUS; dial++) {
        bt_recommend_params params = explained(15);
        params.dial = dial;
        bt_list *list = list_for(model, &profile, &params);
        CHECK(mean_likes(model, list) <= last);
        last = mean_likes(model, list);
        for (size_t i = 0; i < list->n_films; i++) {
            bt_list *one = NULL;
            bt_error error = {0};
            CHECK_OK(bt_explain(model, &profile, list->films[i].film_id, &params, &one, &error), error);
            CHECK_NEAR(one->films[0].score, list->films[i].score, 0.0);
            bt_list_free(one);
        }
        bt_list_free(list);
    }
    bt_model_close(model);
}

static double likeness(const bt_model *model, uint32_t a, uint32_t b)
{
    const size_t k = model->info.params.rank, x = a / 10 - 1, y = b / 10 - 1;
    double dot = 0.0;
    for (size_t i = 0; i < k; i++)
        dot += (double)model->info.film_factors[x * k + i] * (double)model->info.film_factors[y * k + i];
    return dot > 0.0 ? dot / (model->norms[x] * model->norms[y]) : 0.0;
}

/* MMR's rule, film by film, from the definition. */
static void check_mmr(const bt_model *model, const bt_list *plain, const bt_list *spread, double m)
{
    bool placed[120] = {false};
    for (size_t place = 0; place < spread->n_films; place++) {
        double best = -INFINITY, found = -INFINITY;
        for (size_t i = 0; i < plain->n_films; i++) {
            double above = 0.0;
            for (size_t j = 0; j < place; j++)
                above = fmax(above, likeness(model, plain->films[i].film_id, spread->films[j].film_id));
            const double value = (1.0 - m) * plain->films[i].score / plain->films[0].score - m * above;
            if (!placed[i])
                best = fmax(best, value);
            if (plain->films[i].film_id == spread->films[place].film_id) {
                found = value;
                CHECK(!placed[i]);
                placed[i] = true;
                CHECK_INT(spread->films[place].rank, i + 1);
                CHECK_NEAR(spread->films[place].score, plain->films[i].score, 0.0);
            }
        }
        CHECK_NEAR(found, best, 1e-9);
    }
}

TEST(diversity_is_maximal_marginal_relevance)
{
    bt_model *model = models_trained(&many);
    bt_recommend_params params = explained(120);
    bt_list *plain = list_for(model, &profile, &params);
    for (size_t i = 0; i < plain->n_films; i++)
        CHECK_INT(plain->films[i].rank, i + 1);
    for (size_t i = 0; i < 3; i++) {
        params.diversity = (double[]){0.2, 0.6, 1.0}[i];
        params.limit = 12;
        bt_list *spread = list_for(model, &profile, &params);
        check_mmr(model, plain, spread, params.diversity);
        bt_list_free(spread);
    }
    bt_list_free(plain);
    bt_model_close(model);
}

/* --- failures ----------------------------------------------------------------------------------------------------------- */

TEST(parameters_out_of_range_are_refused)
{
    bt_model *model = models_random(3, 30, 4);
    const bt_opinion_weight bad[][2] = {{{10, 1.0}, {10, 2.0}},
                                        {{20, 1.0}, {10, 1.0}},
                                        {{10, -0.5}, {20, 1.0}},
                                        {{10, NAN}, {20, 1.0}},
                                        {{10, 10.5}, {20, 1.0}}};
    bt_recommend_params wrong[11];
    for (size_t i = 0; i < 11; i++)
        wrong[i] = bt_recommend_params_default();
    wrong[0].dial = 0;
    wrong[1].dial = 6;
    wrong[2].diversity = -0.1;
    wrong[3].diversity = 1.1;
    wrong[4].diversity = NAN;
    wrong[5].text_like = -1.0;
    for (size_t i = 0; i < 5; i++) {
        wrong[6 + i].weights = bad[i];
        wrong[6 + i].n_weights = 2;
    }
    for (size_t i = 0; i < 11; i++) {
        bt_list *list = NULL;
        bt_error error = {0};
        CHECK_STATUS(bt_recommend(model, &profile, &wrong[i], &list, &error), BT_INVALID_ARGUMENT);
        CHECK(list == NULL);
    }
    bt_model_close(model);
}

TEST(memory_that_runs_out)
{
    bt_model *model = models_random(3, 50, 4);
    const bt_opinion_weight weight = {60, 0.5};
    bt_recommend_params params = explained(5);
    params.diversity = 0.5;
    params.reasons_max = 1;
    params.weights = &weight;
    params.n_weights = 1;
    EACH_FAILED_ALLOCATION
    {
        bt_list *list = NULL;
        const bt_status status = bt_recommend(model, &profile, &params, &list, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        CHECK((list != NULL) == (status == BT_OK));
        bt_list_free(list);
    }
    bt_model_close(model);
}
