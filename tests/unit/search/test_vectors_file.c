/* The file of vectors: nothing damaged is opened, and it is written whole or not at all. */
#include <stdio.h>
#include <stdlib.h>

#include "support/faults.h"
#include "unit/search/vectors.h"

enum { N_FILMS = 9 };

static bt_error error;

static const char *write_sample(void)
{
    sample s = sample_make(N_FILMS, 1);
    CHECK_OK(sample_write(&s, NULL, test_path("vectors.bt"), 5, &error), error);
    sample_free(&s);
    return test_path("vectors.bt");
}

static bt_status open_bytes(const void *bytes, size_t size)
{
    bt_vectors *v = NULL;
    const bt_status status = bt_vectors_open(test_write_file("damaged.bt", bytes, size), &v, &error);
    CHECK((v != NULL) == (status == BT_OK));
    CHECK(status == BT_OK || (strstr(error.message, "damaged.bt") != NULL && strstr(error.message, "butaca embed") != NULL));
    bt_vectors_close(v);
    return status;
}

TEST(damage_anywhere_is_found)
{
    char *bytes = NULL;
    size_t size = 0;
    CHECK_OK(file_read_whole(write_sample(), 1 << 20, &bytes, &size, &error), error);
    for (size_t n = 0; n < size; n += n < 1000 ? 7 : 61)
        CHECK(open_bytes(bytes, n) != BT_OK);
    for (size_t at = 0; at < size; at += at < 1000 ? 1 : 13) {
        bytes[at] ^= 0x10;
        CHECK(open_bytes(bytes, size) != BT_OK);
        bytes[at] ^= 0x10;
    }
    CHECK_STATUS(open_bytes(bytes, size), BT_OK);
    bt_free(bytes);
    bt_vectors *v = NULL;
    CHECK_STATUS(bt_vectors_open(test_path("nowhere.bt"), &v, &error), BT_NOT_FOUND);
    CHECK_CONTAINS(error.message, "run: butaca embed");
}

/* Opens the sample with `size` bytes at `offset` of one section replaced, or with `cut` bytes fewer, under checksums that are right. */
static bt_status open_with(const char *name, size_t offset, const void *value, size_t size, size_t cut)
{
    sections_file f = {0};
    sections_writer w;
    CHECK_OK(sections_open(write_sample(), vectors_kind, VECTORS_VERSION, &f, &error), error);
    CHECK_OK(sections_write_begin(&w, test_path("changed.bt"), vectors_kind, VECTORS_VERSION, f.n_sections, &error), error);
    for (size_t s = 0; s < f.n_sections; s++) {
        const size_t n = (size_t)f.table[s].size;
        char *bytes = malloc(n + 1);
        REQUIRE(bytes != NULL);
        memcpy(bytes, f.map.bytes + f.table[s].offset, n);
        const bool is_changed = strcmp(f.table[s].name, name) == 0;
        if (is_changed) {
            REQUIRE(offset + size <= n && cut <= n);
            memcpy(bytes + offset, value, size);
        }
        CHECK_OK(sections_write(&w, f.table[s].name, bytes, is_changed ? n - cut : n, &error), error);
        free(bytes);
    }
    CHECK_OK(sections_write_commit(&w, NULL, &error), error);
    sections_close(&f);
    bt_vectors *v = NULL;
    const bt_status status = bt_vectors_open(test_path("changed.bt"), &v, &error);
    bt_vectors_close(v);
    CHECK(status == BT_OK || strstr(error.message, "changed.bt") != NULL);
    return status;
}

TEST(values_that_make_no_sense_are_refused)
{
    const uint32_t zero = 0, large = UINT32_MAX, odd = SAMPLE_D + 1;
    const float negative = -1, none = NAN;
    const bt_passage sentence = {0, 4, 5}, backwards = {0, 5, 5};
    const struct {
        const char *name;
        size_t offset;
        const void *value;
        size_t size, cut;
    } wrong[] = {
        {"params", offsetof(vectors_params, dimensions), &zero, 4, 0},
        {"params", offsetof(vectors_params, dimensions), &odd, 4, 0},
        {"params", offsetof(vectors_params, dimensions), &large, 4, 0},
        {"film_ids", 4, &zero, 4, 0},
        {"starts", 0, &large, 4, 0},
        {"starts", 4, &zero, 4, 0},
        {"starts", 8, &large, 4, 0},
        {"starts", 4 * N_FILMS, &zero, 4, 0},
        {"passages", 0, &sentence, sizeof sentence, 0},
        {"passages", sizeof sentence, &backwards, sizeof backwards, 0},
        {"scales", 4, &negative, 4, 0},
        {"scales", 4, &none, 4, 0},
        {"params", 0, "", 0, 1},
        {"film_ids", 0, "", 0, 4},
        {"keys", 0, "", 0, 8},
        {"starts", 0, "", 0, 4},
        {"passages", 0, "", 0, 12},
        {"scales", 0, "", 0, 4},
        {"high", 0, "", 0, SAMPLE_D},
        {"low", 0, "", 0, SAMPLE_D},
    };
    CHECK_STATUS(open_with("", 0, "", 0, 0), BT_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (!CHECK_STATUS(open_with(wrong[i].name, wrong[i].offset, wrong[i].value, wrong[i].size, wrong[i].cut), BT_CORRUPT))
            printf("    (section %s, case %zu)\n", wrong[i].name, i);
}

/* --- faults ---------------------------------------------------------------------------------------------------------- */

static bt_status write_as(const char *folder, uint64_t stamp, bt_error *why)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/vectors.bt", folder);
    sample s = sample_make(N_FILMS, stamp);
    const bt_status status = sample_write(&s, NULL, path, stamp, why);
    sample_free(&s);
    return status;
}

static void write_before(const char *folder, void *context)
{
    (void)context;
    CHECK_OK(write_as(folder, 1, &error), error);
}

static bt_status write_again(const char *folder, void *context, bt_error *why)
{
    (void)context;
    const bt_status status = write_as(folder, 2, why);
    if (status == BT_OK)
        faults_acknowledge(1);
    return status;
}

static void look(const char *folder, const faults_outcome *outcome, void *context)
{
    (void)context;
    char path[4096];
    snprintf(path, sizeof path, "%s/vectors.bt", folder);
    bt_vectors *v = NULL;
    CHECK_OK(bt_vectors_open(path, &v, &error), error);
    CHECK(v->info.stamp == 2 || (v->info.stamp == 1 && outcome->acknowledged == 0));
    bt_vectors_close(v);
}

TEST(vectors_are_those_of_before_or_the_new_ones)
{
    faults_run_all(&(faults_case){.setup = write_before, .action = write_again, .verify = look}, 40);
}
