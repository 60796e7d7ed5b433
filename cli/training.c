/* The parameters of training on the command line, under Spark's names in lower case. */
#include "cli/training.h"

#include <stdio.h>
#include <string.h>

const cli_option training_options[] = {
    {"rank", "K", "numbers that describe a film or a user, 1 to 1024"},
    {"max-iter", "N", "iterations; each solves all users, then all films"},
    {"reg-param", "X", "regularization"},
    {"reg-exponent", "X", "how much more of it those with many ratings get, 0 to 1"},
    {"alpha", "X", "how much surer a like is than a film never seen"},
    {"interest", "X", "the share of alpha for ratings of 2.5 to 3.5, 0 to 1"},
    {"preference", "X", "how much such a rating is a like, 0 to 1; 0: none"},
    {"fold-preference", "X", "the same where a list is made for somebody, 0 to 1"},
    {"aversion", "X", "the share of alpha for ratings of 2 or less"},
    {"damping", "X", "how far lists from few likes are freed from popularity, 0 to 1"},
    {"nonnegative", NULL, "no factor is below 0"},
    {"solver", "NAME", "exact, or block: 64 values at a time; default: exact up to rank 256, block above"},
    {"seed", "N", "of the random start: the same seed gives the same model"},
    {"threads", "N", "how many work; 0: one for each processor. Doesn't change the model"},
    {NULL, NULL, NULL},
};

static const char *const solvers[] = {[BT_SOLVER_AUTO] = "auto", [BT_SOLVER_EXACT] = "exact", [BT_SOLVER_BLOCK] = "block"};

static bool read_solver(const cli *c, bt_solver *solver)
{
    const char *name = cli_value(c, "solver");
    for (int i = BT_SOLVER_AUTO; i <= BT_SOLVER_BLOCK; i++) {
        if (name == NULL || strcmp(name, solvers[i]) == 0) {
            *solver = (bt_solver)i;
            return true;
        }
    }
    cli_usage(c, "--solver: there are exact and block, found \"%s\"", name);
    return false;
}

bool training_read(const cli *c, bt_train_params *params)
{
    *params = bt_train_params_default();
    uint64_t rank = params->rank, max_iter = params->max_iter, threads = params->n_threads;
    const bool read =
        cli_whole(c, "rank", 1, BT_RANK_MAX, &rank) && cli_whole(c, "max-iter", 1, 10000, &max_iter) &&
        cli_real(c, "reg-param", 0, 1e9, &params->reg_param) && cli_real(c, "reg-exponent", 0, 1, &params->reg_exponent) &&
        cli_real(c, "alpha", 1e-9, 1e9, &params->alpha) && cli_real(c, "interest", 0, 1, &params->interest) &&
        cli_real(c, "preference", 0, 1, &params->preference) &&
        cli_real(c, "fold-preference", 0, 1, &params->fold_preference) && cli_real(c, "aversion", 0, 1e9, &params->aversion) &&
        cli_real(c, "damping", 0, 1, &params->damping) && cli_whole(c, "seed", 0, UINT64_MAX, &params->seed) &&
        cli_whole(c, "threads", 0, 1024, &threads) && read_solver(c, &params->solver);
    params->rank = (uint32_t)rank;
    params->max_iter = (uint32_t)max_iter;
    params->n_threads = (uint32_t)threads;
    params->nonnegative = cli_value(c, "nonnegative") != NULL;
    return read;
}

const char *training_notes(void)
{
    static char text[320];
    const bt_train_params p = bt_train_params_default();
    snprintf(text, sizeof text,
             "Defaults: --rank %d (at most an eighth of the films) --max-iter %u --reg-param %g\n"
             "          --reg-exponent %g --alpha %g --interest %g --preference %g --fold-preference %g\n"
             "          --aversion %g --damping %g --seed %llu --threads %u",
             BT_RANK_DEFAULT, p.max_iter, p.reg_param, p.reg_exponent, p.alpha, p.interest, p.preference, p.fold_preference,
             p.aversion, p.damping, (unsigned long long)p.seed, p.n_threads);
    return text;
}

json_t *training_json(const bt_train_params *p)
{
    return json_pack("{s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:b, s:s, s:I}", "rank", (json_int_t)p->rank,
                     "maxIter", (json_int_t)p->max_iter, "regParam", p->reg_param, "regExponent", p->reg_exponent, "alpha",
                     p->alpha, "interest", p->interest, "preference", p->preference, "foldPreference", p->fold_preference,
                     "aversion", p->aversion, "damping", p->damping, "nonnegative", p->nonnegative, "solver",
                     solvers[p->solver], "seed", (json_int_t)p->seed);
}
