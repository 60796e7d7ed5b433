/* Lists: their scores, their reasons, their filters. */
#include "butaca/recommend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "support/models.h"
#include "support/test.h"

enum { MAX_OPINIONS = 40 };

static const tastes_params many = {.seed = 1, .n_users = 300, .n_films = 120, .n_groups = 4, .ratings_per_user = 20};

/* A random profile: likes, dislikes, ratings, seen, want, in all mixtures; at least one like of a film that has a factor. */
static bt_profile random_profile(random_stream *random, size_t n_films, bt_opinion *opinions)
{
    size_t n = 0;
    const size_t wanted = 1 + (size_t)random_below(random, MAX_OPINIONS - 1);
    for (size_t film = 1; film < n_films && n < wanted; film++) {
        if (random_below(random, n_films) >= 2 * wanted)
            continue;
        opinions[n++] = (bt_opinion){
            .film_id = tastes_film_id(film),
            .verdict = (uint8_t)random_below(random, 3),
            .half_stars = (uint8_t)random_below(random, 11),
            .seen = random_below(random, 2) != 0,
            .want = random_below(random, 2) != 0,
        };
    }
    if (n == 0)
        opinions[n++].film_id = tastes_film_id(n_films - 1);
    opinions[0].verdict = BT_LIKE;
    return (bt_profile){opinions, n};
}

static bt_list *recommend(const bt_model *model, const bt_profile *profile, size_t limit)
{
    bt_recommend_params params = bt_recommend_params_default();
    params.limit = limit;
    params.explain = true;
    bt_list *list = NULL;
    bt_error error = {0};
    CHECK_OK(bt_recommend(model, profile, &params, &list, &error), error);
    return list;
}

/* --- scores and reasons ------------------------------------------------------------------------------------------------- */

static double sum_of_shares(const bt_recommendation *film)
{
    double sum = 0.0;
    for (size_t i = 0; i < film->n_reasons; i++)
        sum += film->reasons[i].share;
    return sum;
}

static void check_shares(const bt_model *model, uint64_t seed)
{
    const size_t n_films = bt_model_describe(model)->n_films;
    bt_opinion opinions[MAX_OPINIONS] = {0};
    random_stream random = random_make(seed, 1);
    for (int round = 0; round < 60; round++) {
        const bt_profile profile = random_profile(&random, n_films, opinions);
        bt_list *list = recommend(model, &profile, 15);
        CHECK_INT(list->basis, BT_BASIS_TASTE);
        for (size_t i = 0; i < list->n_films; i++) {
            const bt_recommendation *film = &list->films[i];
            CHECK(isfinite(film->score));
            CHECK_NEAR(sum_of_shares(film), film->score, 1e-4);
            for (size_t r = 1; r < film->n_reasons; r++)
                CHECK(fabs(film->reasons[r - 1].share) >= fabs(film->reasons[r].share));
        }
        bt_list_free(list);
    }
}

TEST(shares_add_up_to_the_score)
{
    bt_model *trained = models_trained(&many);
    check_shares(trained, 1);
    bt_model_close(trained);
    for (uint64_t seed = 0; seed < 4; seed++) {
        bt_model *random = models_random(seed, 100, (uint32_t)(1 + 7 * seed));
        check_shares(random, seed);
        bt_model_close(random);
    }
}

/* Gaussian elimination with partial pivoting of the k x (k + 1) system in `a`. */
static void eliminate(double *a, size_t k, double *x)
{
    const size_t width = k + 1;
    for (size_t p = 0; p < k; p++) {
        size_t best = p;
        for (size_t i = p + 1; i < k; i++)
            best = fabs(a[i * width + p]) > fabs(a[best * width + p]) ? i : best;
        for (size_t j = 0; j < width; j++) {
            const double kept = a[p * width + j];
            a[p * width + j] = a[best * width + j];
            a[best * width + j] = kept;
        }
        for (size_t i = p + 1; i < k; i++) {
            const double factor = a[i * width + p] / a[p * width + p];
            for (size_t j = p; j < width; j++)
                a[i * width + j] -= factor * a[p * width + j];
        }
    }
    for (size_t p = k; p-- > 0;) {
        x[p] = a[p * width + k];
        for (size_t j = p + 1; j < k; j++)
            x[p] -= a[p * width + j] * x[j];
        x[p] /= a[p * width + p];
    }
}

/* The score as recommend.h defines it, from every film's term. */
static double plain_score(const bt_model *model, const bt_profile *profile, size_t film)
{
    const bt_model_info *info = bt_model_describe(model);
    const size_t k = info->params.rank;
    double *a = calloc(k * (k + 1), sizeof *a), *x = calloc(k, sizeof *x), sum_c = 0.0, n_likes = 0.0;
    for (size_t i = 0; i < info->n_films; i++) {
        double c = 1.0, p = 0.0;
        for (size_t o = 0; o < profile->n_opinions; o++) {
            const bt_verdict taste = bt_opinion_taste(&profile->opinions[o]);
            const bool is_middling = taste == BT_NO_VERDICT && profile->opinions[o].half_stars > 0;
            if (profile->opinions[o].film_id != info->film_ids[i] || (taste == BT_NO_VERDICT && !is_middling))
                continue;
            c += info->params.alpha * (taste == BT_LIKE ? 1.0 : is_middling ? info->params.interest : info->params.aversion);
            p = taste == BT_LIKE ? 1.0 : is_middling ? info->params.fold_preference : 0.0;
            n_likes += taste == BT_LIKE;
        }
        sum_c += c;
        const float *y = info->film_factors + i * k;
        for (size_t r = 0; r < k; r++) {
            for (size_t s = 0; s < k; s++)
                a[r * (k + 1) + s] += c * (double)y[r] * (double)y[s];
            a[r * (k + 1) + k] += c * p * (double)y[r];
        }
    }
    for (size_t r = 0; r < k; r++)
        a[r * (k + 1) + r] += info->params.reg_param * pow(sum_c, info->params.reg_exponent);
    eliminate(a, k, x);
    double score = 0.0;
    for (size_t j = 0; j < k; j++)
        score += x[j] * (double)info->film_factors[film * k + j];
    free(a);
    free(x);
    const double settled = n_likes * n_likes / 25.0 / (1.0 + n_likes * n_likes / 25.0);
    return score / pow(1.0 + info->likes[film], info->params.damping * (1.0 - settled) - 0.05 * settled);
}

TEST(scores_are_what_the_header_says)
{
    bt_model *models[] = {models_trained(&many), models_random(5, 120, 10)};
    bt_opinion opinions[MAX_OPINIONS] = {0};
    random_stream random = random_make(2, 2);
    for (size_t m = 0; m < 2; m++) {
        for (int round = 0; round < 10; round++) {
            const bt_profile profile = random_profile(&random, 120, opinions);
            bt_list *list = recommend(models[m], &profile, 120);
            for (size_t i = 0; i < list->n_films; i++) {
                const size_t film = list->films[i].film_id / 10 - 1;
                if (!CHECK_NEAR(list->films[i].score, plain_score(models[m], &profile, film), 1e-9))
                    break;
            }
            bt_list_free(list);
        }
        bt_model_close(models[m]);
    }
}

TEST(reasons_name_what_the_person_said)
{
    bt_model *model = models_trained(&many);
    bt_opinion opinions[] = {{.film_id = tastes_film_id(0), .verdict = BT_LIKE},
                             {.film_id = tastes_film_id(1), .half_stars = 2},
                             {.film_id = tastes_film_id(2), .half_stars = 6},
                             {.film_id = tastes_film_id(3), .seen = true}};
    const bt_profile profile = {opinions, 4};
    bt_list *list = recommend(model, &profile, 3);
    REQUIRE(list->n_films == 3);
    REQUIRE(list->films[0].n_reasons == 3); /* "seen" has no say */
    const bt_reason *first = &list->films[0].reasons[0];
    CHECK_INT(first->film_id, tastes_film_id(0));
    CHECK_INT(first->taste, BT_LIKE);
    CHECK(first->share > 0.0);
    for (size_t i = 1; i < 3; i++) {
        const bt_reason *other = &list->films[0].reasons[i];
        CHECK(other->film_id == tastes_film_id(1) ? other->taste == BT_DISLIKE
                                                  : other->film_id == tastes_film_id(2) && other->taste == BT_NO_VERDICT);
    }
    bt_list_free(list);
    bt_model_close(model);
}

TEST(explaining_one_film_agrees_with_the_list)
{
    bt_model *model = models_trained(&many);
    bt_opinion opinions[] = {{.film_id = tastes_film_id(0), .verdict = BT_LIKE},
                             {.film_id = tastes_film_id(5), .verdict = BT_DISLIKE},
                             {.film_id = tastes_film_id(8), .half_stars = 9}};
    const bt_profile profile = {opinions, 3};
    bt_list *list = recommend(model, &profile, 200);
    for (size_t i = 0; i < list->n_films; i++) {
        bt_list *one = NULL;
        bt_error error = {0};
        CHECK_OK(bt_explain(model, &profile, list->films[i].film_id, NULL, &one, &error), error);
        REQUIRE(one->n_films == 1);
        CHECK_NEAR(one->films[0].score, list->films[i].score, 0.0);
        CHECK_BYTES(one->films[0].reasons, list->films[i].reasons, 3 * sizeof(bt_reason));
        bt_list_free(one);
    }
    bt_list_free(list);

    bt_list *known = NULL; /* also one that isn't in the list */
    bt_error error = {0};
    CHECK_OK(bt_explain(model, &profile, tastes_film_id(0), NULL, &known, &error), error);
    CHECK_NEAR(sum_of_shares(&known->films[0]), known->films[0].score, 1e-4);
    bt_list_free(known);
    bt_model_close(model);
}

TEST(explain_needs_a_known_film_and_a_like)
{
    bt_model *model = models_trained(&many);
    bt_opinion opinion = {.film_id = tastes_film_id(0), .verdict = BT_DISLIKE};
    const bt_profile profile = {&opinion, 1};
    bt_list *list = NULL;
    bt_error error = {0};
    CHECK_STATUS(bt_explain(model, &profile, 11, NULL, &list, &error), BT_NOT_FOUND);
    CHECK_CONTAINS(error.message, "film 11");
    CHECK_STATUS(bt_explain(model, &profile, tastes_film_id(4), NULL, &list, &error), BT_INVALID_ARGUMENT);
    CHECK(list == NULL);
    bt_model_close(model);
}

/* --- what opinions do --------------------------------------------------------------------------------------------------- */

static bool same_lists(const bt_list *a, const bt_list *b)
{
    bool same = a->n_films == b->n_films && a->basis == b->basis;
    for (size_t i = 0; same && i < a->n_films; i++)
        same =
            a->films[i].film_id == b->films[i].film_id && memcmp(&a->films[i].score, &b->films[i].score, sizeof(double)) == 0;
    return same;
}

TEST(undo_gives_the_identical_list)
{
    bt_model *model = models_trained(&many);
    bt_opinion opinions[MAX_OPINIONS] = {0};
    random_stream random = random_make(3, 3);
    for (int round = 0; round < 20; round++) {
        const bt_profile profile = random_profile(&random, 100, opinions);
        bt_list *before = recommend(model, &profile, 20);
        opinions[profile.n_opinions] = (bt_opinion){.film_id = tastes_film_id(110), .verdict = BT_DISLIKE};
        const bt_profile with_dislike = {opinions, profile.n_opinions + 1};
        bt_list *between = recommend(model, &with_dislike, 20);
        bt_list *after = recommend(model, &profile, 20);
        CHECK(same_lists(before, after));
        CHECK(!same_lists(before, between));
        bt_list_free(before);
        bt_list_free(between);
        bt_list_free(after);
    }
    bt_model_close(model);
}

/* The mean score of the other films of a group. */
static double group_score(const bt_model *model, const bt_profile *profile, size_t group)
{
    double sum = 0.0;
    size_t n = 0;
    bt_list *list = recommend(model, profile, many.n_films);
    for (size_t i = 0; i < list->n_films; i++) {
        const size_t film = list->films[i].film_id / 10 - 1;
        if (film % many.n_groups != group || film < 20)
            continue;
        sum += list->films[i].score;
        n++;
    }
    bt_list_free(list);
    return sum / (double)n;
}

TEST(a_dislike_lowers_its_neighbours)
{
    bt_model *model = models_trained(&many);
    for (size_t group = 0; group < many.n_groups; group++) {
        const size_t other = (group + 1) % many.n_groups;
        bt_opinion liked[] = {{.film_id = tastes_film_id(group), .verdict = BT_LIKE},
                              {.film_id = tastes_film_id(4 + other), .verdict = BT_LIKE}};
        bt_opinion mixed[] = {liked[0], liked[1], {.film_id = tastes_film_id(8 + group), .verdict = BT_DISLIKE}};
        bt_error error = {0};
        CHECK_OK(bt_profile_sort(liked, 2, &error), error);
        CHECK_OK(bt_profile_sort(mixed, 3, &error), error);
        const bt_profile before = {liked, 2}, after = {mixed, 3};
        CHECK(group_score(model, &after, group) < group_score(model, &before, group));
        bt_list *list = recommend(model, &before, 4); /* and the likes do what they should */
        for (size_t i = 0; i < list->n_films; i++) {
            const size_t of = (list->films[i].film_id / 10 - 1) % many.n_groups;
            CHECK(of == group || of == other);
        }
        bt_list_free(list);
    }
    bt_model_close(model);
}

TEST(films_that_the_model_does_not_know_have_no_say)
{
    bt_model *model = models_trained(&many);
    bt_opinion known[] = {{.film_id = tastes_film_id(3), .verdict = BT_LIKE}};
    bt_opinion mixed[] = {known[0], {.film_id = 4000001, .verdict = BT_LIKE}, {.film_id = 4000002, .half_stars = 1}};
    const bt_profile a = {known, 1}, b = {mixed, 3};
    bt_list *list_a = recommend(model, &a, 10), *list_b = recommend(model, &b, 10);
    CHECK(same_lists(list_a, list_b));
    CHECK_INT(list_a->n_unknown, 0);
    CHECK_INT(list_b->n_unknown, 2);
    bt_list_free(list_a);
    bt_list_free(list_b);
    bt_model_close(model);
}

/* --- filters ------------------------------------------------------------------------------------------------------------ */

TEST(as_many_films_come_as_there_are)
{
    bt_model *model = models_trained(&many);
    const size_t n_films = bt_model_describe(model)->n_films;
    bt_opinion opinions[MAX_OPINIONS] = {0};
    random_stream random = random_make(4, 4);
    for (int round = 0; round < 20; round++) {
        const bt_profile profile = random_profile(&random, n_films, opinions);
        size_t n_known = 0;
        for (size_t i = 0; i < profile.n_opinions; i++)
            n_known += bt_opinion_known(&opinions[i]);
        const size_t limits[] = {1, 10, n_films - n_known, n_films + 7};
        for (size_t l = 0; l < 4; l++) {
            bt_list *list = recommend(model, &profile, limits[l]);
            CHECK_INT(list->n_films, limits[l] < n_films - n_known ? limits[l] : n_films - n_known);
            for (size_t i = 0; i < list->n_films; i++) {
                for (size_t o = 0; o < profile.n_opinions; o++)
                    CHECK(!bt_opinion_known(&opinions[o]) || opinions[o].film_id != list->films[i].film_id);
                CHECK(
                    i == 0 || list->films[i - 1].score > list->films[i].score ||
                    (list->films[i - 1].score == list->films[i].score && list->films[i - 1].film_id < list->films[i].film_id));
            }
            bt_list_free(list);
        }
    }
    bt_model_close(model);
}

TEST(only_allowed_films_come)
{
    bt_model *model = models_trained(&many);
    const bt_model_info *info = bt_model_describe(model);
    uint8_t *allowed = test_guarded(info->n_films);
    for (size_t i = 0; i < info->n_films; i++)
        allowed[i] = i % 3 == 1;
    bt_opinion like = {.film_id = tastes_film_id(4), .verdict = BT_LIKE};
    const bt_profile profiles[] = {{&like, 1}, {NULL, 0}};
    for (size_t p = 0; p < 2; p++) {
        bt_recommend_params params = bt_recommend_params_default();
        params.allowed = allowed;
        params.limit = info->n_films;
        bt_list *list = NULL;
        bt_error error = {0};
        CHECK_OK(bt_recommend(model, &profiles[p], &params, &list, &error), error);
        CHECK_INT(list->n_films, info->n_films / 3 - (p == 0)); /* film 4 is allowed, but known */
        for (size_t i = 0; i < list->n_films; i++)
            CHECK_INT((list->films[i].film_id / 10 - 1) % 3, 1);
        bt_list_free(list);
    }
    bt_model_close(model);
}

TEST(nothing_allowed_is_an_empty_list)
{
    bt_model *model = models_random(3, 30, 4);
    uint8_t none[30] = {0};
    bt_opinion like = {.film_id = tastes_film_id(4), .verdict = BT_LIKE};
    const bt_profile profile = {&like, 1};
    bt_recommend_params params = bt_recommend_params_default();
    params.allowed = none;
    params.explain = true;
    bt_list *list = NULL;
    bt_error error = {0};
    CHECK_OK(bt_recommend(model, &profile, &params, &list, &error), error);
    CHECK_INT(list->n_films, 0);
    bt_list_free(list);
    bt_model_close(model);
}

TEST(what_breaks_the_contract_is_refused)
{
    bt_model *model = models_random(3, 30, 4);
    bt_recommend_params params = bt_recommend_params_default();
    bt_opinion bad[][2] = {{{.film_id = 20}, {.film_id = 10}},
                           {{.film_id = 10}, {.film_id = 10}},
                           {{.film_id = 10, .verdict = 3}, {.film_id = 20}},
                           {{.film_id = 10}, {.film_id = 20, .half_stars = 11}}};
    bt_list *list = NULL;
    bt_error error = {0};
    for (size_t i = 0; i < 4; i++) {
        const bt_profile profile = {bad[i], 2};
        CHECK_STATUS(bt_recommend(model, &profile, &params, &list, &error), BT_INVALID_ARGUMENT);
        CHECK_CONTAINS(error.message, "opinion");
    }
    const bt_profile empty = {0};
    params.limit = 0;
    CHECK_STATUS(bt_recommend(model, &empty, &params, &list, &error), BT_INVALID_ARGUMENT);
    CHECK(list == NULL);
    bt_model_close(model);
}

/* --- popularity --------------------------------------------------------------------------------------------------------- */

TEST(without_a_like_the_most_liked_films_come)
{
    bt_model *model = models_random(3, 300, 4);
    const bt_model_info *info = bt_model_describe(model);
    bt_opinion opinions[] = {{.film_id = tastes_film_id(4), .verdict = BT_DISLIKE},
                             {.film_id = tastes_film_id(5), .seen = true}};
    const bt_profile profile = {opinions, 2};
    bt_list *list = recommend(model, &profile, 300);
    CHECK_INT(list->basis, BT_BASIS_POPULARITY);
    REQUIRE(list->n_films == 298);
    for (size_t i = 0; i < list->n_films; i++) {
        const bt_recommendation *film = &list->films[i];
        CHECK_NEAR(film->score, info->likes[film->film_id / 10 - 1], 0.0);
        CHECK_INT(film->n_reasons, 0);
        CHECK(film->reasons == NULL);
        CHECK(i == 0 || film[-1].score > film->score || (film[-1].score == film->score && film[-1].film_id < film->film_id));
    }
    bt_list_free(list);
    bt_model_close(model);
}

TEST(the_popular_list_is_spread_over_genres)
{
    bt_model *model = models_random(3, 300, 4);
    uint32_t *likes = (uint32_t *)(uintptr_t)bt_model_describe(model)->likes;
    uint64_t genres[300];
    for (size_t i = 0; i < 300; i++) { /* genre 0 is far more popular than genre 1, and that than no genre at all */
        likes[i] = (uint32_t)(1000 - i);
        genres[i] = i < 100 ? 1 : i < 200 ? 2 : 0;
    }
    const bt_profile profile = {0};
    bt_recommend_params params = bt_recommend_params_default();
    params.genres = genres;
    params.limit = 6;
    bt_list *list = NULL;
    bt_error error = {0};
    CHECK_OK(bt_recommend(model, &profile, &params, &list, &error), error);
    REQUIRE(list->n_films == 6);
    /* 1000, 900, 800 (first of each), then 999 / 2, 899 / 2, 799 / 2 */
    const size_t expected[] = {0, 100, 200, 1, 101, 201};
    for (size_t i = 0; i < 6; i++)
        CHECK_INT(list->films[i].film_id, tastes_film_id(expected[i]));
    bt_list_free(list);

    params.limit = 300; /* everything still comes once */
    CHECK_OK(bt_recommend(model, &profile, &params, &list, &error), error);
    REQUIRE(list->n_films == 300);
    uint8_t seen[300] = {0};
    for (size_t i = 0; i < 300; i++)
        seen[list->films[i].film_id / 10 - 1]++;
    for (size_t i = 0; i < 300; i++)
        CHECK_INT(seen[i], 1);
    bt_list_free(list);
    bt_model_close(model);
}

/* --- failures ----------------------------------------------------------------------------------------------------------- */

TEST(memory_that_runs_out_leaves_nothing_behind)
{
    bt_model *model = models_random(3, 50, 4);
    bt_opinion opinions[] = {{.film_id = tastes_film_id(4), .verdict = BT_DISLIKE},
                             {.film_id = tastes_film_id(5), .verdict = BT_LIKE}};
    const bt_profile profile = {opinions, 2}, empty = {0};
    bt_recommend_params params = bt_recommend_params_default();
    params.explain = true;
    const bt_profile *profiles[] = {&profile, &empty};
    for (size_t p = 0; p < 2; p++) {
        EACH_FAILED_ALLOCATION
        {
            bt_list *list = NULL;
            const bt_status status = bt_recommend(model, profiles[p], &params, &list, NULL);
            CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
            CHECK((list != NULL) == (status == BT_OK));
            bt_list_free(list);
        }
    }
    EACH_FAILED_ALLOCATION
    {
        bt_list *list = NULL;
        const bt_status status = bt_explain(model, &profile, tastes_film_id(7), NULL, &list, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        bt_list_free(list);
    }
    bt_model_close(model);
}

TEST(singular_equations_are_an_error)
{
    bt_model *model = models_random(3, 4, 10); /* rank 10 from 3 films with a factor */
    ((bt_model_info *)(uintptr_t)bt_model_describe(model))->params.reg_param = 0.0;
    bt_opinion like = {.film_id = tastes_film_id(1), .verdict = BT_LIKE};
    const bt_profile profile = {&like, 1};
    const bt_recommend_params params = bt_recommend_params_default();
    bt_list *list = NULL;
    bt_error error = {0};
    CHECK_STATUS(bt_recommend(model, &profile, &params, &list, &error), BT_NUMERIC);
    CHECK_CONTAINS(error.message, "regParam");
    bt_model_close(model);
}
