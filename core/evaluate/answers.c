/* Lists for people of whom all that is known is what they answered to ten questions: of a person's ratings those of the films that are
 * asked about are answers, and a film without a rating "wasn't seen". The questions are those of onboarding, or the ten most liked films;
 * the list is what onboarding makes of the answers, or what ordinary lists make of them.
 */
#include "base/error.h"
#include "base/memory.h"
#include "evaluate/ranker.h"
#include "taste/onboard.h"

enum { ASKED = 10 };

typedef struct answers_ranker {
    ranker base;
    const bt_model *model;
    bt_onboarding *onboarding;
    bool ordinary; /* the answers are folded in like any opinions */
} answers_ranker;

/* The ratings of films that are asked about, in their order. */
static size_t answered(const uint32_t *films, size_t n_asked, const fold_term *terms, size_t n, fold_term *out)
{
    size_t n_answered = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t q = 0; q < n_asked; q++)
            if (films[q] == terms[i].film)
                out[n_answered++] = terms[i];
    return n_answered;
}

static bt_status score_ordinary(const answers_ranker *r, const fold_term *terms, size_t n, double *scores, bt_error *error)
{
    bool has_like = false;
    for (size_t i = 0; i < n; i++)
        has_like |= terms[i].half_stars >= BT_LIKE_HALF_STARS;
    if (!has_like)
        return ranker_score_likes(&r->base, NULL, 0, scores, error);
    fold f;
    const bt_status status = fold_in(r->model, terms, n, false, &f, error);
    if (status != BT_OK)
        return status;
    fold_scores(r->model, &f, scores);
    fold_free(&f);
    return BT_OK;
}

static bt_status score_answers(const ranker *base, const fold_term *terms, size_t n, double *scores, bt_error *error)
{
    const answers_ranker *r = (const answers_ranker *)base;
    fold_term given[ASKED];
    double answers[ASKED] = {0}; /* not seen */
    size_t n_asked = 0;
    const uint32_t *films = onboard_questions(r->onboarding, &n_asked);
    n_asked = n_asked < ASKED ? n_asked : ASKED;
    const size_t n_given = answered(films, n_asked, terms, n, given);
    if (r->ordinary)
        return score_ordinary(r, given, n_given, scores, error);
    for (size_t q = 0; q < n_asked; q++)
        for (size_t i = 0; i < n_given; i++)
            if (given[i].film == films[q])
                answers[q] = onboard_answer(given[i].half_stars);
    return onboard_scores(r->onboarding, answers, n_asked, scores, error);
}

static void free_answers(ranker *base)
{
    bt_onboarding_free(((answers_ranker *)base)->onboarding);
    bt_free(base);
}

bt_status ranker_answers(bt_ranker kind, const bt_ratings *training, const bt_model *model, ranker **out, bt_error *error)
{
    answers_ranker *r = memory_zeroed(1, sizeof *r);
    if (r == NULL)
        return error_no_memory(error, "testing users");
    r->base = (ranker){model->info.n_films, model->info.likes, score_answers, free_answers};
    r->model = model;
    r->ordinary = kind == BT_RANKER_POPULAR_ORDINARY;
    const bt_status status = onboard_make(model, training, kind != BT_RANKER_ASKED, &r->onboarding, error);
    *out = status == BT_OK ? &r->base : NULL;
    if (status != BT_OK)
        bt_free(r);
    return status;
}
