/* Onboarding's questions and scores are what butaca/onboard.h says: they are compared with the formulas, one answer after the other. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "als/fold.h"
#include "als/object.h"
#include "butaca/onboard.h"
#include "support/models.h"
#include "support/test.h"

enum { RANK = 12, FILMS = 120, PEOPLE = 300 };

static const tastes_params many = {.seed = 1, .n_users = PEOPLE, .n_films = FILMS, .n_groups = 4, .ratings_per_user = 20};

/* People as a normal distribution: what is believed of somebody, before answers and after each. */
typedef struct belief {
    double mean[RANK], covariance[RANK][RANK], noise[FILMS];
} belief;

static const float *factor(const bt_model *model, size_t film)
{
    return model->info.film_factors + film * RANK;
}

static double score(const bt_model *model, const double *x, size_t film)
{
    double sum = 0.0;
    for (size_t i = 0; i < RANK; i++)
        sum += x[i] * (double)factor(model, film)[i];
    return sum;
}

static size_t film_of(const bt_model *model, uint32_t film_id)
{
    size_t film = 0;
    while (model->info.film_ids[film] != film_id)
        film++;
    return film;
}

/* The factor of each person of the ratings; adds the squares of what it doesn't explain. */
static void fold_person(const bt_model *model, const bt_ratings *ratings, size_t user, double *x, belief *b)
{
    fold_term terms[FILMS];
    double liked[FILMS] = {0};
    size_t n = 0;
    for (uint64_t i = ratings->user_offsets[user]; i < ratings->user_offsets[user + 1]; i++) {
        const size_t film = film_of(model, ratings->film_ids[ratings->films[i]]);
        terms[n++] = (fold_term){(uint32_t)film, ratings->half_stars[i]};
        liked[film] = ratings->half_stars[i] >= 8;
    }
    fold f;
    bt_error error = {0};
    CHECK_OK(fold_in(model, terms, n, false, &f, &error), error);
    memcpy(x, f.x, RANK * sizeof *x);
    fold_free(&f);
    for (size_t film = 0; film < model->info.n_films; film++)
        b->noise[film] += pow(liked[film] - score(model, x, film), 2.0) / PEOPLE;
}

static void believe(const bt_model *model, const bt_ratings *ratings, belief *b)
{
    static double x[PEOPLE][RANK];
    *b = (belief){0};
    for (size_t film = 0; film < FILMS; film++)
        b->noise[film] = 0.05;
    for (size_t u = 0; u < PEOPLE; u++) {
        fold_person(model, ratings, u, x[u], b);
        for (size_t i = 0; i < RANK; i++)
            b->mean[i] += x[u][i] / PEOPLE;
    }
    for (size_t u = 0; u < PEOPLE; u++)
        for (size_t i = 0; i < RANK; i++)
            for (size_t j = 0; j < RANK; j++)
                b->covariance[i][j] += (x[u][i] - b->mean[i]) * (x[u][j] - b->mean[j]) / PEOPLE;
}

/* v = P y; returns y'P y + n. */
static double spread(const bt_model *model, const belief *b, size_t film, double v[RANK])
{
    double sum = b->noise[film];
    for (size_t i = 0; i < RANK; i++) {
        v[i] = score(model, b->covariance[i], film);
        sum += v[i] * (double)factor(model, film)[i];
    }
    return sum;
}

/* What an answer takes from the variance of all scores: the sum of likes^(1/4) (y_i . v)^2. */
static double taken(const bt_model *model, const belief *b, size_t film)
{
    double v[RANK], sum = 0.0;
    const double s = spread(model, b, film, v);
    for (size_t i = 0; i < model->info.n_films; i++)
        sum += pow(model->info.likes[i], 0.25) * pow(score(model, v, i), 2.0);
    return sum / s;
}

static void learn(const bt_model *model, belief *b, size_t film, double answer)
{
    double v[RANK];
    const double s = spread(model, b, film, v), surprise = answer - score(model, b->mean, film);
    for (size_t i = 0; i < RANK; i++) {
        b->mean[i] += v[i] * surprise / s;
        for (size_t j = 0; j < RANK; j++)
            b->covariance[i][j] -= v[i] * v[j] / s;
    }
}

TEST(questions_teach_most_and_scores_are_what_the_header_says)
{
    bt_model *model = models_trained(&many);
    REQUIRE(model->info.params.rank == RANK);
    const bt_ratings *ratings = tastes_ratings(&many);
    bt_onboarding *o = NULL;
    bt_error error = {0};
    CHECK_OK(bt_onboarding_make(model, ratings, &o, &error), error);
    static belief b;
    believe(model, ratings, &b);
    size_t n = 0;
    const uint32_t *questions = bt_onboarding_films(o, &n);
    CHECK_INT(n, BT_ONBOARD_QUESTIONS);
    static const double answers[] = {1.0, 0.0, 0.4, 0.0};
    static const bt_opinion kinds[] = {{.verdict = BT_LIKE}, {.half_stars = 3}, {.seen = true}, {0}};
    bt_opinion said[BT_ONBOARD_QUESTIONS];
    double scores[FILMS];
    for (size_t q = 0; q < n; q++) {
        const bt_profile profile = {said, q};
        CHECK_OK(bt_onboarding_scores(o, &profile, scores, &error), error);
        for (size_t film = 0; film < model->info.n_films; film++)
            if (!CHECK_NEAR(scores[film], score(model, b.mean, film), 1e-5))
                return;
        const size_t asked = film_of(model, questions[q]);
        size_t better = 0, more_liked = 0;
        for (size_t film = 0; film < model->info.n_films; film++) {
            bool before = false, candidate = false;
            for (size_t i = 0; i < q; i++)
                before |= questions[i] == model->info.film_ids[film];
            for (size_t i = more_liked = 0; i < model->info.n_films; i++)
                more_liked += model->info.likes[i] >= model->info.likes[film];
            candidate = more_liked <= BT_ONBOARD_QUESTIONS;
            better += !before && candidate && taken(model, &b, film) > taken(model, &b, asked) * (1.0 + 1e-6);
        }
        CHECK_INT(better, 0);
        said[q] = kinds[q % 4];
        said[q].film_id = questions[q];
        learn(model, &b, asked, answers[q % 4]);
    }
    bt_onboarding_free(o);
    bt_ratings_close(ratings);
    bt_model_close(model);
}

/* Opinions about films that nobody asked about have no say; of questions only those that were answered do. */
TEST(answers_tell_groups_apart)
{
    bt_model *model = models_trained(&many);
    const bt_ratings *ratings = tastes_ratings(&many);
    bt_onboarding *o = NULL;
    bt_error error = {0};
    CHECK_OK(bt_onboarding_make(model, ratings, &o, &error), error);
    size_t n = 0;
    const uint32_t *questions = bt_onboarding_films(o, &n);
    bt_opinion said[10];
    for (size_t group = 0; group < 4; group++) { /* likes what is of the group, has seen nothing else */
        for (size_t q = 0; q < 10; q++)
            said[q] = (bt_opinion){.film_id = questions[q],
                                   .verdict = (questions[q] / 10 - 1) % 4 == group ? BT_LIKE : BT_NO_VERDICT};
        const bt_profile profile = {said, 10};
        double scores[FILMS], sum[4] = {0};
        CHECK_OK(bt_onboarding_scores(o, &profile, scores, &error), error);
        for (size_t film = 0; film < model->info.n_films; film++)
            sum[(model->info.film_ids[film] / 10 - 1) % 4] += scores[film];
        for (size_t other = 0; other < 4; other++)
            CHECK(other == group || sum[group] > 2.0 * sum[other]);
    }
    bt_onboarding_free(o);
    bt_ratings_close(ratings);
    bt_model_close(model);
}

/* The list is the best scores but what is known or not allowed; a film that wasn't seen may come. */
TEST(lists_leave_out_what_is_known)
{
    bt_model *model = models_trained(&many);
    const bt_ratings *ratings = tastes_ratings(&many);
    bt_onboarding *o = NULL;
    bt_error error = {0};
    CHECK_OK(bt_onboarding_make(model, ratings, &o, &error), error);
    size_t n = 0, n_films = 0;
    const uint32_t *questions = bt_onboarding_films(o, &n);
    const bt_opinion said[] = {
        {.film_id = questions[0], .verdict = BT_LIKE}, {.film_id = questions[1], .seen = true}, {.film_id = questions[2]}};
    const bt_profile profile = {said, 3};
    uint8_t allowed[FILMS];
    memset(allowed, 1, sizeof allowed);
    allowed[film_of(model, questions[3])] = 0;
    double scores[FILMS];
    bt_scored_film films[FILMS];
    CHECK_OK(bt_onboarding_scores(o, &profile, scores, &error), error);
    CHECK_OK(bt_onboarding_list(o, &profile, allowed, FILMS, films, &n_films, &error), error);
    CHECK_INT(n_films, model->info.n_films - 3);
    bool unseen_comes = false;
    for (size_t i = 0; i < n_films; i++) {
        CHECK(films[i].film_id != questions[0] && films[i].film_id != questions[1] && films[i].film_id != questions[3]);
        CHECK(films[i].score == scores[film_of(model, films[i].film_id)]);
        CHECK(i == 0 || films[i].score <= films[i - 1].score);
        unseen_comes |= films[i].film_id == questions[2];
    }
    CHECK(unseen_comes);
    bt_onboarding_free(o);
    bt_ratings_close(ratings);
    bt_model_close(model);
}

TEST(memory_that_runs_out_leaves_nothing_behind)
{
    bt_model *model = models_random(3, 50, 4);
    static const tastes_params few = {.seed = 2, .n_users = 5, .n_films = 50, .n_groups = 2, .ratings_per_user = 5};
    const bt_ratings *ratings = tastes_ratings(&few);
    EACH_FAILED_ALLOCATION
    {
        bt_onboarding *o = NULL;
        const bt_status status = bt_onboarding_make(model, ratings, &o, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        CHECK((o != NULL) == (status == BT_OK));
        bt_onboarding_free(o);
    }
    bt_onboarding *o = NULL;
    CHECK_STATUS(bt_onboarding_make(model, ratings, &o, NULL), BT_OK);
    EACH_FAILED_ALLOCATION
    {
        bt_scored_film films[5];
        size_t n_films = 0;
        const bt_opinion said = {.film_id = tastes_film_id(1), .verdict = BT_LIKE};
        const bt_profile profile = {&said, 1};
        const bt_status status = bt_onboarding_list(o, &profile, NULL, 5, films, &n_films, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        CHECK_INT(n_films, test_alloc_failed() ? 0 : 5);
    }
    bt_onboarding_free(o);
    bt_ratings_close(ratings);
    bt_model_close(model);
}
