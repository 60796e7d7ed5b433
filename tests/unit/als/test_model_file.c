/* The model file: what is written comes back, and nothing damaged is opened. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "als/object.h"
#include "base/sections.h"
#include "butaca/memory.h"
#include "butaca/model.h"
#include "support/models.h"
#include "support/test.h"

static const tastes_params few = {.seed = 3, .n_users = 60, .n_films = 45, .n_groups = 3, .ratings_per_user = 12};

/* A model's file, in memory. */
typedef struct written {
    const char *path;
    uint8_t *bytes;
    size_t size;
} written;

static written write_model(uint64_t *fingerprint)
{
    bt_model *model = models_trained(&few);
    bt_error error = {0};
    written w = {.path = test_path("model.bt")};
    CHECK_OK(bt_model_write(model, w.path, fingerprint, &error), error);
    bt_model_close(model);
    char *bytes = NULL;
    CHECK_OK(file_read_whole(w.path, 1 << 24, &bytes, &w.size, &error), error);
    w.bytes = (uint8_t *)bytes;
    return w;
}

static bt_status open_bytes(const uint8_t *bytes, size_t size, bt_error *error)
{
    bt_model *model = NULL;
    const bt_status status = bt_model_open(test_write_file("damaged.bt", bytes, size), &model, error);
    CHECK((model != NULL) == (status == BT_OK));
    bt_model_close(model);
    return status;
}

TEST(what_was_written_comes_back)
{
    bt_model *model = models_trained(&few), *opened = NULL;
    bt_error error = {0};
    uint64_t fingerprint = 0;
    CHECK_OK(bt_model_write(model, test_path("model.bt"), &fingerprint, &error), error);
    CHECK_OK(bt_model_open(test_path("model.bt"), &opened, &error), error);
    const bt_model_info *a = bt_model_describe(model), *b = bt_model_describe(opened);
    const size_t k = a->params.rank;
    CHECK_BYTES(&b->params, &a->params, sizeof a->params);
    CHECK_INT(b->n_films, a->n_films);
    CHECK_INT(b->n_users, a->n_users);
    CHECK_INT(b->n_ratings, a->n_ratings);
    CHECK_INT(b->data_time, a->data_time);
    CHECK(b->ratings_fingerprint == a->ratings_fingerprint);
    CHECK(b->fingerprint == fingerprint && fingerprint != 0);
    CHECK_INT(a->fingerprint, 0);
    CHECK_BYTES(b->film_ids, a->film_ids, a->n_films * sizeof(uint32_t));
    CHECK_BYTES(b->film_factors, a->film_factors, a->n_films * k * sizeof(float));
    CHECK_BYTES(b->gram, a->gram, k * k * sizeof(double));
    CHECK_BYTES(b->likes, a->likes, a->n_films * sizeof(uint32_t));
    CHECK_STR(b->sources, a->sources);

    bt_scored_film found[2][5];
    size_t n = 0;
    CHECK_OK(bt_model_similar(model, a->film_ids[1], 5, found[0], &n, &error), error);
    CHECK_OK(bt_model_similar(opened, a->film_ids[1], 5, found[1], &n, &error), error);
    for (size_t i = 0; i < 5; i++)
        CHECK_INT(found[1][i].film_id, found[0][i].film_id);
    bt_model_close(model);
    bt_model_close(opened);
    bt_model_close(NULL);
}

TEST(a_file_cut_off_anywhere_is_refused)
{
    written w = write_model(NULL);
    for (size_t size = 0; size < w.size; size += size < 600 ? 7 : 61) {
        bt_error error = {0};
        const bt_status status = open_bytes(w.bytes, size, &error);
        CHECK(status == BT_CORRUPT || status == BT_BAD_FORMAT);
        CHECK_CONTAINS(error.message, "damaged.bt");
    }
    bt_free(w.bytes);
}

TEST(a_changed_byte_anywhere_is_found)
{
    written w = write_model(NULL);
    sections_file f = {0};
    bt_error error = {0};
    CHECK_OK(sections_open(w.path, "model", 2, &f, &error), error);
    CHECK_INT(f.n_sections, 6);
    for (size_t s = 0; s < f.n_sections; s++) {
        const size_t at[] = {(size_t)f.table[s].offset, (size_t)(f.table[s].offset + f.table[s].size - 1)};
        for (size_t i = 0; i < 2; i++) {
            w.bytes[at[i]] ^= 0x10;
            CHECK_STATUS(open_bytes(w.bytes, w.size, &error), BT_CORRUPT);
            CHECK_CONTAINS(error.message, f.table[s].name);
            w.bytes[at[i]] ^= 0x10;
        }
    }
    for (size_t at = 0; at < 64; at++) { /* the header */
        w.bytes[at] ^= 0x10;
        CHECK(open_bytes(w.bytes, w.size, &error) != BT_OK);
        w.bytes[at] ^= 0x10;
    }
    CHECK_STATUS(open_bytes(w.bytes, w.size, &error), BT_OK);
    sections_close(&f);
    bt_free(w.bytes);
}

/* --- files that are whole, but whose content makes no sense ----------------------------------------------------------------- */

/* Writes the model's file again, with one section's bytes replaced. */
static const char *write_with(const char *name, const void *bytes, size_t size)
{
    bt_error error = {0};
    sections_file f = {0};
    sections_writer out;
    CHECK_OK(sections_open(test_path("model.bt"), "model", 2, &f, &error), error);
    CHECK_OK(sections_write_begin(&out, test_path("changed.bt"), "model", 2, f.n_sections, &error), error);
    for (size_t s = 0; s < f.n_sections; s++) {
        const bool is_changed = strcmp(f.table[s].name, name) == 0;
        CHECK_OK(sections_write(&out, f.table[s].name, is_changed ? bytes : f.map.bytes + f.table[s].offset,
                                is_changed ? size : (size_t)f.table[s].size, &error),
                 error);
    }
    CHECK_OK(sections_write_commit(&out, NULL, &error), error);
    sections_close(&f);
    return test_path("changed.bt");
}

static void check_refused(const char *name, const void *bytes, size_t size)
{
    bt_model *model = NULL;
    bt_error error = {0};
    CHECK_STATUS(bt_model_open(write_with(name, bytes, size), &model, &error), BT_CORRUPT);
    CHECK_CONTAINS(error.message, "changed.bt");
    CHECK_CONTAINS(error.message, name);
    CHECK(model == NULL);
}

/* A copy of a section's bytes with `size` bytes at `offset` replaced. */
static void check_value_refused(const char *name, size_t offset, const void *value, size_t size)
{
    bt_error error = {0};
    sections_file f = {0};
    const void *bytes = NULL;
    size_t n = 0;
    CHECK_OK(sections_open(test_path("model.bt"), "model", 2, &f, &error), error);
    CHECK_OK(sections_find(&f, "model.bt", name, 1, &bytes, &n, &error), error);
    uint8_t *changed = malloc(n);
    REQUIRE(changed != NULL && offset + size <= n);
    memcpy(changed, bytes, n);
    memcpy(changed + offset, value, size);
    sections_close(&f);
    check_refused(name, changed, n);
    free(changed);
}

TEST(sections_of_the_wrong_size_are_refused)
{
    written w = write_model(NULL);
    const char *names[] = {"params", "factors", "gram", "likes"};
    uint8_t zeros[64] = {0};
    for (size_t i = 0; i < 4; i++) {
        check_refused(names[i], zeros, sizeof zeros);
        check_refused(names[i], zeros, 0);
    }
    check_refused("sources", zeros, 0);
    check_refused("sources", "[]", 2); /* without its zero byte */
    bt_free(w.bytes);
}

TEST(values_that_make_no_sense_are_refused)
{
    written w = write_model(NULL);
    const float not_a_number = NAN;
    const double infinite = INFINITY, negative = -1.0, one = 1.0;
    const uint32_t zero = 0, many_likes = 61;
    check_value_refused("params", 0, &zero, sizeof zero);         /* rank */
    check_value_refused("params", 8, &negative, sizeof negative); /* regParam */
    check_value_refused("params", 24, &infinite, sizeof infinite);
    check_value_refused("params", 96, &negative, sizeof negative);  /* preference */
    check_value_refused("params", 104, &infinite, sizeof infinite); /* foldPreference */
    check_value_refused("film_ids", 4, &zero, sizeof zero);
    check_value_refused("factors", 40, &not_a_number, sizeof not_a_number);
    check_value_refused("gram", 0, &infinite, sizeof infinite);
    check_value_refused("gram", 0, &negative, sizeof negative);
    check_value_refused("gram", 8, &one, sizeof one); /* no longer symmetric */
    check_value_refused("likes", 8, &many_likes, sizeof many_likes);
    bt_free(w.bytes);
}

/* Version 1 had 96 bytes of parameters: ratings of 2.5 to 3.5 had p = 1 in training and no say in a list. */
TEST(version_1_is_read_as_it_was_meant)
{
    written w = write_model(NULL);
    bt_error error = {0};
    sections_file f = {0};
    sections_writer out;
    CHECK_OK(sections_open(w.path, "model", 2, &f, &error), error);
    CHECK_OK(sections_write_begin(&out, test_path("old.bt"), "model", 1, f.n_sections, &error), error);
    for (size_t s = 0; s < f.n_sections; s++) {
        const size_t size = strcmp(f.table[s].name, "params") == 0 ? 96 : (size_t)f.table[s].size;
        CHECK_OK(sections_write(&out, f.table[s].name, f.map.bytes + f.table[s].offset, size, &error), error);
    }
    CHECK_OK(sections_write_commit(&out, NULL, &error), error);
    sections_close(&f);
    bt_model *old = NULL, *now = NULL;
    CHECK_OK(bt_model_open(test_path("old.bt"), &old, &error), error);
    CHECK_OK(bt_model_open(w.path, &now, &error), error);
    bt_train_params expected = bt_model_describe(now)->params;
    CHECK(expected.preference < 1.0 && expected.fold_preference > 0.0);
    expected.preference = 1.0;
    expected.fold_preference = 0.0;
    CHECK_BYTES(&bt_model_describe(old)->params, &expected, sizeof expected);
    bt_model_close(old);
    bt_model_close(now);
    bt_free(w.bytes);
}

TEST(other_files_are_refused)
{
    bt_model *model = NULL;
    bt_error error = {0};
    CHECK_STATUS(bt_model_open(test_path("nowhere.bt"), &model, &error), BT_NOT_FOUND);
    CHECK_CONTAINS(error.message, "nowhere.bt");
    const bt_ratings *ratings = tastes_ratings(&few);
    CHECK_OK(bt_ratings_write(ratings, test_path("ratings.bt"), NULL, &error), error);
    CHECK(bt_model_open(test_path("ratings.bt"), &model, &error) != BT_OK);
    CHECK_CONTAINS(error.message, "ratings.bt");
    bt_ratings_close(ratings);
}

TEST(memory_that_runs_out_leaves_nothing_behind)
{
    written w = write_model(NULL);
    EACH_FAILED_ALLOCATION
    {
        bt_model *model = NULL;
        const bt_status status = bt_model_open(w.path, &model, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        bt_model_close(model);
    }
    bt_model *model = models_trained(&few);
    EACH_FAILED_ALLOCATION
    {
        const bt_status status = bt_model_write(model, test_path("again.bt"), NULL, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
    }
    bt_model_close(model);
    bt_free(w.bytes);
}
