/* Trainings that are interrupted and go on, that start from a model, and checkpoints that don't fit. */
#include <stdio.h>
#include <string.h>

#include "butaca/model.h"
#include "support/tastes.h"
#include "support/test.h"

static const tastes_params few = {.seed = 3, .n_users = 60, .n_films = 45, .n_groups = 3, .ratings_per_user = 12};

static bt_train_params small_params(uint32_t max_iter)
{
    bt_train_params params = bt_train_params_default();
    params.rank = 7;
    params.max_iter = max_iter;
    params.n_threads = 2;
    return params;
}

static const char *written(const bt_model *model, const char *name)
{
    bt_error error = {0};
    const char *path = test_path(name);
    CHECK_OK(bt_model_write(model, path, NULL, &error), error);
    return path;
}

static size_t read_all(const char *path, char *out, size_t room)
{
    FILE *file = fopen(path, "rb");
    REQUIRE(file != NULL);
    const size_t n = fread(out, 1, room, file);
    REQUIRE(n < room && fclose(file) == 0);
    return n;
}

static bt_model *run(const bt_train_job *job)
{
    bt_model *model = NULL;
    bt_error error = {0};
    CHECK_OK(bt_model_train_job(job, &model, &error), error);
    return model;
}

/* Leaves a checkpoint after `max_iter` iterations. */
static bt_train_job interrupted(const bt_ratings *ratings, bt_train_params *params, uint32_t max_iter, bt_train_trace *trace)
{
    params->max_iter = max_iter;
    params->n_threads = 2;
    const bt_train_job job = {
        .ratings = ratings, .params = params, .trace = trace, .checkpoint_path = test_path("training.checkpoint")};
    bt_model_close(run(&job));
    return job;
}

static void check_resumes(const tastes_params *shape, bool nonnegative, bt_solver solver)
{
    static char whole[1 << 20], resumed[1 << 20];
    const bt_ratings *ratings = tastes_ratings(shape);
    bt_train_params params = small_params(6);
    params.nonnegative = nonnegative;
    params.solver = solver;
    bt_train_trace trace, again;
    const bt_train_job straight = {.ratings = ratings, .params = &params, .trace = &trace};
    bt_model *model = run(&straight);
    const size_t size = read_all(written(model, "whole"), whole, sizeof whole);
    bt_model_close(model);
    for (uint32_t done = 1; done <= 6; done++) {
        bt_train_job job = interrupted(ratings, &params, done, &again);
        params.max_iter = 6;
        params.n_threads = 1;
        job.resume = true;
        model = run(&job);
        CHECK_INT(read_all(written(model, "resumed"), resumed, sizeof resumed), size);
        CHECK_BYTES(resumed, whole, size);
        CHECK_INT(again.n_iterations, 6);
        CHECK_BYTES(again.loss, trace.loss, 6 * sizeof(double));
        bt_model_close(model);
    }
    bt_ratings_close(ratings);
}

TEST(a_resumed_training_has_the_bytes_of_an_uninterrupted_one)
{
    const tastes_params short_rows = {.seed = 4, .n_users = 300, .n_films = 45, .n_groups = 3, .ratings_per_user = 4};
    check_resumes(&few, false, BT_SOLVER_AUTO);
    check_resumes(&short_rows, false, BT_SOLVER_AUTO); /* for which factors are rotated */
    check_resumes(&short_rows, false, BT_SOLVER_BLOCK);
    check_resumes(&short_rows, true, BT_SOLVER_AUTO);
}

TEST(checkpoints_wait_for_their_time)
{
    const bt_ratings *ratings = tastes_ratings(&few);
    bt_train_params params = small_params(3);
    const bt_train_job job = {
        .ratings = ratings, .params = &params, .checkpoint_path = test_path("later"), .checkpoint_seconds = 1000.0};
    bt_model_close(run(&job));
    FILE *file = fopen(test_path("later"), "rb");
    CHECK(file == NULL);
    bt_ratings_close(ratings);
}

TEST(a_checkpoint_says_its_parameters)
{
    const bt_ratings *ratings = tastes_ratings(&few);
    bt_train_params params = small_params(2), read;
    params.nonnegative = true;
    params.solver = BT_SOLVER_EXACT;
    bt_error error = {0};
    const bt_train_job job = interrupted(ratings, &params, 2, NULL);
    CHECK_OK(bt_checkpoint_params(job.checkpoint_path, &read, &error), error);
    params.n_threads = 0;
    CHECK_BYTES(&read, &params, offsetof(bt_train_params, nonnegative));
    CHECK(read.nonnegative);
    CHECK_STATUS(bt_checkpoint_params(test_path("nowhere"), &read, &error), BT_NOT_FOUND);
    bt_ratings_close(ratings);
}

TEST(what_differs_is_named)
{
    const bt_ratings *ratings = tastes_ratings(&few);
    bt_train_params params = small_params(3);
    bt_train_job job = interrupted(ratings, &params, 3, NULL);
    job.resume = true;
    const struct {
        const char *name;
        size_t offset;
    } doubles[] = {
        {"regParam", offsetof(bt_train_params, reg_param)},    {"regExponent", offsetof(bt_train_params, reg_exponent)},
        {"alpha", offsetof(bt_train_params, alpha)},           {"interest", offsetof(bt_train_params, interest)},
        {"preference", offsetof(bt_train_params, preference)}, {"aversion", offsetof(bt_train_params, aversion)}};
    bt_model *model = NULL;
    bt_error error = {0};
    for (size_t i = 0; i < sizeof doubles / sizeof *doubles; i++) {
        params = small_params(3);
        const double other = 0.25;
        memcpy((char *)&params + doubles[i].offset, &other, sizeof other);
        CHECK_STATUS(bt_model_train_job(&job, &model, &error), BT_INVALID_ARGUMENT);
        CHECK_CONTAINS(error.message, doubles[i].name);
    }
    params = small_params(3);
    params.rank = 8;
    CHECK_STATUS(bt_model_train_job(&job, &model, &error), BT_INVALID_ARGUMENT);
    CHECK_CONTAINS(error.message, "rank");
    params = small_params(3);
    params.solver = BT_SOLVER_BLOCK;
    CHECK_STATUS(bt_model_train_job(&job, &model, &error), BT_INVALID_ARGUMENT);
    CHECK_CONTAINS(error.message, "solver");
    params = small_params(3);
    params.seed = 99;
    CHECK_STATUS(bt_model_train_job(&job, &model, &error), BT_INVALID_ARGUMENT);
    CHECK_CONTAINS(error.message, "seed");
    params = small_params(2);
    CHECK_STATUS(bt_model_train_job(&job, &model, &error), BT_INVALID_ARGUMENT);
    CHECK_CONTAINS(error.message, "3 iterations");
    params = small_params(3);
    bt_ratings other = *ratings;
    other.fingerprint++;
    job.ratings = &other;
    CHECK_STATUS(bt_model_train_job(&job, &model, &error), BT_INVALID_ARGUMENT);
    CHECK_CONTAINS(error.message, "ratings");
    job.ratings = ratings;
    job.checkpoint_path = NULL;
    CHECK_STATUS(bt_model_train_job(&job, &model, &error), BT_INVALID_ARGUMENT);
    CHECK(model == NULL);
    bt_ratings_close(ratings);
}

TEST(a_damaged_checkpoint_is_refused)
{
    const bt_ratings *ratings = tastes_ratings(&few);
    bt_train_params params = small_params(3);
    bt_train_job job = interrupted(ratings, &params, 2, NULL);
    job.resume = true;
    FILE *file = fopen(job.checkpoint_path, "r+b");
    REQUIRE(file != NULL && fseek(file, -100, SEEK_END) == 0 && fputc(0x55, file) == 0x55 && fclose(file) == 0);
    bt_model *model = NULL;
    CHECK_STATUS(bt_model_train_job(&job, &model, NULL), BT_CORRUPT);
    job.checkpoint_path = test_path("nowhere");
    CHECK_STATUS(bt_model_train_job(&job, &model, NULL), BT_NOT_FOUND);
    bt_ratings_close(ratings);
}

TEST(a_warm_start_is_ahead_of_a_cold_one)
{
    const tastes_params more = {.seed = 3, .n_users = 60, .n_films = 60, .n_groups = 3, .ratings_per_user = 12};
    const bt_ratings *ratings = tastes_ratings(&few), *later = tastes_ratings(&more);
    bt_train_params params = small_params(8);
    bt_train_trace cold, warm;
    const bt_train_job before = {.ratings = ratings, .params = &params};
    bt_model *start = run(&before);
    params.max_iter = 1;
    const bt_train_job from_nothing = {.ratings = ratings, .params = &params, .trace = &cold},
                       from_model = {.ratings = ratings, .params = &params, .trace = &warm, .start = start},
                       with_new_films = {.ratings = later, .params = &params, .start = start};
    bt_model_close(run(&from_nothing));
    bt_model_close(run(&from_model));
    CHECK(warm.loss[0] < 0.98 * cold.loss[0]);
    bt_model_close(run(&with_new_films));
    params.rank = 6;
    bt_model *model = NULL;
    bt_error error = {0};
    CHECK_STATUS(bt_model_train_job(&from_model, &model, &error), BT_INVALID_ARGUMENT);
    CHECK_CONTAINS(error.message, "rank 7");
    bt_model_close(start);
    bt_ratings_close(ratings);
    bt_ratings_close(later);
}

TEST(memory_that_runs_out_leaves_nothing_behind)
{
    const bt_ratings *ratings = tastes_ratings(&few);
    bt_train_params params = small_params(3);
    bt_train_job job = interrupted(ratings, &params, 1, NULL);
    job.resume = true;
    params.max_iter = 2;
    EACH_FAILED_ALLOCATION
    {
        params.max_iter++; /* the checkpoint of the run before may be one further */
        bt_model *model = NULL;
        const bt_status status = bt_model_train_job(&job, &model, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        bt_model_close(model);
    }
    bt_ratings_close(ratings);
}
