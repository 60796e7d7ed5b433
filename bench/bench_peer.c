/* What bench/als_peers.py needs of Butaca: the set on which all programs are trained, Butaca's own training, and the judge of all.
 *
 *     bench_peer make RATINGS CSV N_RATINGS N_USERS N_FILMS       writes the set of bench/set.h, every rating a like
 *     bench_peer train RATINGS FACTORS RANK LAMBDA ITERATIONS     prints seconds of training alone
 *     bench_peer loss RATINGS FACTORS RANK LAMBDA                 prints the objective
 *
 * FACTORS are the films', n_films x rank float32, row-major. The objective is HKV's with weights 1 + 4 and one lambda for all rows
 * (regExponent 0): for given films the users that minimize it are solved exactly, so that whoever ends an iteration with the users, or
 * solves them inexactly, is judged by the films alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "als/als.h"
#include "base/error.h"
#include "base/memory.h"
#include "bench/set.h"

static int fail(const bt_error *error)
{
    fprintf(stderr, "bench_peer: %s\n", error->message);
    return 1;
}

static double processor_seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + 1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static bool write_csv(const bt_ratings *r, const char *path)
{
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return false;
    for (size_t u = 0; u < r->n_users; u++)
        for (uint64_t i = r->user_offsets[u]; i < r->user_offsets[u + 1]; i++)
            fprintf(file, "%zu,%u\n", u, r->films[i]);
    return fclose(file) == 0;
}

static int make(char **arguments)
{
    const set_shape shape = {strtoull(arguments[2], NULL, 10), strtoull(arguments[3], NULL, 10),
                             strtoull(arguments[4], NULL, 10)};
    bt_error error = {0};
    const bt_ratings set = set_make(&shape);
    bt_rating *rows = memory_array(set.n_ratings, sizeof *rows);
    char(*names)[24] = memory_array(set.n_users, sizeof *names);
    const char **keys = memory_array(set.n_users, sizeof *keys);
    if (rows == NULL || names == NULL || keys == NULL)
        return fail(&(bt_error){.message = "no memory"});
    for (size_t u = 0; u < set.n_users; u++) {
        snprintf(names[u], sizeof names[u], "set:%zu", u);
        keys[u] = names[u];
        for (uint64_t i = set.user_offsets[u]; i < set.user_offsets[u + 1]; i++)
            rows[i] = (bt_rating){(uint32_t)u, set.film_ids[set.films[i]], 0, ALS_HALF_STARS_LIKE};
    }
    const bt_rating_rows all = {.ratings = rows, .n_ratings = set.n_ratings, .user_keys = keys, .n_users = set.n_users};
    const bt_ratings *ratings = NULL;
    if (bt_ratings_build(&all, 0, &ratings, NULL, &error) != BT_OK ||
        bt_ratings_write(ratings, arguments[0], NULL, &error) != BT_OK)
        return fail(&error);
    return write_csv(ratings, arguments[1]) ? 0 : fail(&(bt_error){.message = "the CSV can't be written"});
}

static bt_train_params params_of(char **arguments)
{
    bt_train_params params = bt_train_params_default();
    params.rank = (uint32_t)strtoul(arguments[2], NULL, 10);
    params.reg_param = strtod(arguments[3], NULL);
    params.reg_exponent = 0.0;
    params.alpha = 4.0;
    return params;
}

static int train(const bt_ratings *ratings, char **arguments)
{
    bt_train_params params = params_of(arguments);
    params.max_iter = (uint32_t)strtoul(arguments[4], NULL, 10);
    bt_model *model = NULL;
    bt_error error = {0};
    const double begun = als_seconds(), processor = processor_seconds();
    if (bt_model_train(ratings, &params, NULL, NULL, &model, &error) != BT_OK)
        return fail(&error);
    printf("%.4f %.4f\n", als_seconds() - begun, processor_seconds() - processor);
    FILE *file = fopen(arguments[1], "wb");
    const size_t n = ratings->n_films * params.rank;
    const bool is_written = file != NULL && fwrite(bt_model_describe(model)->film_factors, sizeof(float), n, file) == n;
    bt_model_close(model);
    return file != NULL && fclose(file) == 0 && is_written ? 0 : fail(&(bt_error){.message = "the factors can't be written"});
}

static int loss(const bt_ratings *ratings, char **arguments)
{
    const bt_train_params params = params_of(arguments);
    als_trainer t = {.weights = als_weights_of(&params)};
    bt_error error = {0};
    if (als_trainer_make(&t, ratings, params.rank, 0, &error) != BT_OK)
        return fail(&error);
    FILE *file = fopen(arguments[1], "rb");
    for (size_t i = 0; i < ratings->n_films; i++)
        if (file == NULL || fread(t.films.rows + i * t.films.ld, sizeof(float), params.rank, file) != params.rank)
            return fail(&(bt_error){.message = "the factors end early"});
    fclose(file);
    als_factors_sum(&t.films, t.simd, t.threads);
    double value = 0.0;
    if (als_half_iteration(&t, &t.by_user, &t.films, &t.users, "user", &error) != BT_OK ||
        als_loss(&t, &value, &error) != BT_OK)
        return fail(&error);
    printf("%.9g\n", value);
    als_trainer_free(&t);
    return 0;
}

int main(int argc, char **argv)
{
    char **arguments = argv + 2;
    if (argc == 7 && strcmp(argv[1], "make") == 0)
        return make(arguments);
    const bool trains = argc == 7 && strcmp(argv[1], "train") == 0;
    if (!trains && !(argc == 6 && strcmp(argv[1], "loss") == 0)) {
        fputs("usage: bench_peer make|train|loss …: see bench/bench_peer.c\n", stderr);
        return 2;
    }
    const bt_ratings *ratings = NULL;
    bt_error error = {0};
    if (bt_ratings_open(arguments[0], &ratings, &error) != BT_OK)
        return fail(&error);
    return trains ? train(ratings, arguments) : loss(ratings, arguments);
}
