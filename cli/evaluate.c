/* butaca evaluate: how good the lists are, beside the list of popular films that everybody gets. */
#include <stdio.h>
#include <string.h>

#include "butaca/rating_model.h"
#include "cli/evaluate_lists.h"
#include "cli/evaluate_rmse.h"
#include "cli/evaluate_search.h"
#include "cli/training.h"

static const cli_option options[] = {
    {"protocol", "NAME", "strong (default): rank for people not in training; temporal; dislikes; onboarding; rmse; search"},
    {"reg-bias", "X", "rmse: regularization of the biases"},
    {NULL, NULL, NULL},
};

static int run(const cli *c)
{
    const char *protocol = cli_value(c, "protocol");
    const bool plain = protocol == NULL || strcmp(protocol, "strong") == 0 || strcmp(protocol, "temporal") == 0;
    if (!plain && (cli_value(c, "plot") != NULL || cli_value(c, "export") != NULL))
        return cli_usage(c, "--plot and --export go with --protocol strong and temporal");
    if (protocol != NULL && strcmp(protocol, "rmse") == 0)
        return evaluate_rmse(c);
    if (protocol != NULL && strcmp(protocol, "search") == 0)
        return evaluate_search(c);
    if (protocol != NULL && strcmp(protocol, "strong") != 0 && strcmp(protocol, "temporal") != 0 &&
        strcmp(protocol, "onboarding") != 0 && strcmp(protocol, "dislikes") != 0)
        return cli_usage(c, "--protocol: there are strong, temporal, dislikes, onboarding, rmse and search, found \"%s\"",
                         protocol);
    if (cli_value(c, "reg-bias") != NULL)
        return cli_usage(c, "--reg-bias goes with --protocol rmse");
    return evaluate_lists(c);
}

static const char *notes(void)
{
    static char text[2048];
    const bt_rating_params rating = bt_rating_params_default();
    snprintf(
        text, sizeof text,
        "%s\n\nUsers with at least 5 ratings of 4 or more fall into 5 folds; each fold's users are left out of a "
        "training, and\n"
        "a fifth of each one's likes is to be found among all films. --seed also seeds the folds.\n\n"
        "temporal trains on what everybody rated before the last fifth of their likes.\n\n"
        "dislikes is strong with half of everybody's ratings of 2 or less held out: lists, and lists without dislikes.\n\n"
        "onboarding is strong for people of whom ten answers are known, to its questions or about the most liked films.\n\n"
        "rmse holds out a tenth of all ratings and trains explicit ALS with biases on the others; its defaults are\n"
        "--rank %u --max-iter %u --reg-param %g --reg-bias %g.",
        training_notes(), rating.rank, rating.max_iter, rating.reg_param, rating.reg_bias);
    return text;
}

const cli_verb verb_evaluate = {
    .name = "evaluate",
    .arguments = "",
    .purpose = "Measures how good the lists are.",
    .options = {options, evaluate_lists_options, evaluate_search_options, training_options},
    .notes = notes,
    .examples = "  butaca evaluate\n"
                "  butaca evaluate --protocol strong --rank 32 --seed 7 --json\n"
                "  butaca evaluate --beside all --seeds 10 --plot figure.svg\n"
                "  butaca evaluate --protocol temporal\n"
                "  butaca evaluate --protocol dislikes --seeds 10\n"
                "  butaca evaluate --protocol onboarding\n"
                "  butaca evaluate --protocol rmse\n"
                "  butaca evaluate --protocol search --queries data/demo/queries.tsv\n",
    .run = run,
};
