/* Parameters of the ranking model, and the weights that they give a rating. docs/als.md says how the defaults were found. */
#include <math.h>

#include "als/als.h"
#include "base/error.h"
#include "butaca/profile.h"

bt_train_params bt_train_params_default(void)
{
    return (bt_train_params){
        .rank = 0,
        .max_iter = 15,
        .reg_param = 0.005,
        .reg_exponent = 1.0,
        .alpha = 4.0,
        .interest = 1.0,
        .preference = 0.7,
        .fold_preference = 0.3,
        .aversion = 0.3,
        .damping = 0.33,
        .seed = 1,
        .n_threads = 0,
        .solver = BT_SOLVER_AUTO,
        .nonnegative = false,
    };
}

/* NaN is in no range. */
static bool in_range(double value, double low, double high)
{
    return value >= low && value <= high;
}

bt_status als_check_params(const bt_train_params *params, bt_error *error)
{
    static const double large = 1e9;
    if (params->rank > BT_RANK_MAX)
        return error_set(error, BT_INVALID_ARGUMENT, "rank is %u, expected 1 to %d", params->rank, BT_RANK_MAX);
    if (params->max_iter < 1)
        return error_set(error, BT_INVALID_ARGUMENT, "maxIter is 0, expected at least 1");
    if (params->n_threads > POOL_MAX_LANES)
        return error_set(error, BT_INVALID_ARGUMENT, "%u threads, expected at most %d", params->n_threads, POOL_MAX_LANES);

    if (params->solver > BT_SOLVER_BLOCK)
        return error_set(error, BT_INVALID_ARGUMENT, "solver is %d, expected 0 to %d", (int)params->solver, BT_SOLVER_BLOCK);
    if (params->nonnegative && params->solver == BT_SOLVER_BLOCK)
        return error_set(error, BT_INVALID_ARGUMENT, "nonnegative goes with the exact solver, not with block");

    const struct {
        const char *name;
        double value, low, high;
    } ranges[] = {
        {"regParam", params->reg_param, 0.0, large},  {"regExponent", params->reg_exponent, 0.0, 1.0},
        {"alpha", params->alpha, 1e-9, large},        {"interest", params->interest, 0.0, 1.0},
        {"aversion", params->aversion, 0.0, large},   {"damping", params->damping, 0.0, 1.0},
        {"preference", params->preference, 0.0, 1.0}, {"foldPreference", params->fold_preference, 0.0, 1.0},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (!in_range(ranges[i].value, ranges[i].low, ranges[i].high))
            return error_set(error, BT_INVALID_ARGUMENT, "%s is %g, expected %g to %g", ranges[i].name, ranges[i].value,
                             ranges[i].low, ranges[i].high);
    return BT_OK;
}

uint32_t als_rank(const bt_train_params *params, size_t n_films)
{
    const size_t most = n_films / 8 > 0 ? n_films / 8 : 1;
    if (params->rank != 0)
        return params->rank;
    return most < BT_RANK_DEFAULT ? (uint32_t)most : BT_RANK_DEFAULT;
}

bool als_in_blocks(const bt_train_params *params)
{
    if (params->solver == BT_SOLVER_AUTO)
        return params->rank > BT_RANK_BLOCK && !params->nonnegative;
    return params->solver == BT_SOLVER_BLOCK;
}

/* `middling`: p of ratings of 2.5 to 3.5. */
static als_weights weights_of(const bt_train_params *params, double middling)
{
    als_weights w = {
        .reg_param = params->reg_param,
        .reg_exponent = params->reg_exponent,
        .nonnegative = params->nonnegative,
        .in_blocks = als_in_blocks(params),
    };
    for (int half_stars = 1; half_stars < ALS_RATINGS; half_stars++) {
        const bool is_like = half_stars >= BT_LIKE_HALF_STARS, is_dislike = half_stars <= BT_DISLIKE_HALF_STARS;
        const double share = is_like ? 1.0 : is_dislike ? params->aversion : middling > 0.0 ? params->interest : 0.0;
        const double p = is_like ? 1.0 : is_dislike ? 0.0 : middling;
        w.excess[half_stars] = params->alpha * share;
        w.target[half_stars] = share == 0.0 ? 0.0 : p * (1.0 + w.excess[half_stars]);
        w.ratio[half_stars] =
            w.target[half_stars] == 0.0 ? 0.0 : w.target[half_stars] * w.target[half_stars] / w.excess[half_stars];
        w.root[half_stars] = (float)sqrt(w.excess[half_stars]);
        w.weight[half_stars] = (float)w.target[half_stars];
        w.dual_target[half_stars] = (float)sqrt(w.ratio[half_stars]);
    }
    return w;
}

als_weights als_weights_of(const bt_train_params *params)
{
    return weights_of(params, params->preference);
}

als_weights als_fold_weights_of(const bt_train_params *params)
{
    return weights_of(params, params->fold_preference);
}

double als_lambda(const als_weights *w, size_t n_other, double sum_excess)
{
    const double sum = (double)n_other + sum_excess;
    return w->reg_param * (w->reg_exponent == 1.0 ? sum : pow(sum, w->reg_exponent));
}
