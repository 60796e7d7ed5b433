/* The file of a search index: what was written answers as before, and nothing damaged is opened. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sections.h"
#include "butaca/memory.h"
#include "search/index.h"
#include "support/faults.h"
#include "unit/search/films.h"

enum { STAMP = 4711 };

static bt_error error;

static const char *write_small(void)
{
    bt_search_index *index = small_index();
    CHECK_OK(bt_search_index_write(index, test_path("search.bt"), STAMP, &error), error);
    bt_search_index_free(index);
    return test_path("search.bt");
}

static size_t ask(const bt_search_index *index, const char *query, bt_search_hit hits[N_SMALL])
{
    size_t n = 0;
    bt_search_params params = bt_search_params_default();
    params.limit = N_SMALL;
    CHECK_OK(bt_search(index, query, strlen(query), &params, hits, &n, NULL, &error), error);
    return n;
}

TEST(what_was_written_answers_as_before)
{
    static const char *const queries[] = {"alien", "matrx",     "rocky iii", "hackers wake", "cancion",
                                          "the",   "jean pier", "$",         "sabrina 1995"};
    bt_search_index *made = small_index(), *opened = NULL;
    uint64_t stamp = 0;
    CHECK_OK(bt_search_index_open(write_small(), &opened, &stamp, &error), error);
    CHECK_INT(stamp, STAMP);
    const bt_search_info a = bt_search_describe(made), b = bt_search_describe(opened);
    CHECK(!a.mapped && b.mapped);
    CHECK_INT(b.n_words, a.n_words);
    CHECK_INT(b.n_titles, a.n_titles);
    CHECK_INT(b.n_postings, a.n_postings);
    CHECK_BYTES(b.film_ids, a.film_ids, N_SMALL * sizeof *a.film_ids);
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        bt_search_hit of_made[N_SMALL], of_opened[N_SMALL];
        const size_t n = ask(made, queries[i], of_made);
        REQUIRE(n > 0);
        CHECK_INT(ask(opened, queries[i], of_opened), n);
        for (size_t k = 0; k < n; k++)
            CHECK(of_opened[k].film_id == of_made[k].film_id && of_opened[k].title == of_made[k].title &&
                  !(of_opened[k].score < of_made[k].score) && !(of_opened[k].score > of_made[k].score));
    }
    bt_search_index_free(made);
    bt_search_index_free(opened);
}

TEST(an_index_of_nothing_is_a_file_too)
{
    bt_search_builder *b = NULL;
    bt_search_index *index = NULL;
    uint64_t stamp = 0;
    CHECK_OK(bt_search_builder_create(&b, &error), error);
    CHECK_OK(bt_search_builder_finish(b, &index, &error), error);
    bt_search_builder_free(b);
    CHECK_OK(bt_search_index_write(index, test_path("empty.bt"), 1, &error), error);
    bt_search_index_free(index);
    CHECK_OK(bt_search_index_open(test_path("empty.bt"), &index, &stamp, &error), error);
    bt_search_hit hits[N_SMALL];
    CHECK_INT(ask(index, "alien", hits), 0);
    bt_search_index_free(index);
}

/* --- damage ---------------------------------------------------------------------------------------------------------- */

static bt_status open_bytes(const void *bytes, size_t size)
{
    bt_search_index *index = NULL;
    uint64_t stamp = 0;
    const bt_status status = bt_search_index_open(test_write_file("damaged.bt", bytes, size), &index, &stamp, &error);
    CHECK((index != NULL) == (status == BT_OK));
    CHECK(status == BT_OK || strstr(error.message, "damaged.bt") != NULL);
    bt_search_index_free(index);
    return status;
}

TEST(damage_anywhere_is_found)
{
    char *bytes = NULL;
    size_t size = 0;
    CHECK_OK(file_read_whole(write_small(), 1 << 20, &bytes, &size, &error), error);
    for (size_t n = 0; n < size; n += n < 1000 ? 7 : 61)
        CHECK(open_bytes(bytes, n) != BT_OK);
    for (size_t at = 0; at < size; at += at < 1000 ? 1 : 13) {
        bytes[at] ^= 0x10;
        CHECK(open_bytes(bytes, size) != BT_OK);
        bytes[at] ^= 0x10;
    }
    CHECK_STATUS(open_bytes(bytes, size), BT_OK);
    bt_free(bytes);
}

/* Opens the small index with one section's bytes replaced, under checksums that are right. */
static bt_status open_with(uint32_t version, const char *name, const void *bytes, size_t size)
{
    sections_file f = {0};
    sections_writer w;
    CHECK_OK(sections_open(write_small(), "search", SEARCH_VERSION, &f, &error), error);
    CHECK_OK(sections_write_begin(&w, test_path("changed.bt"), "search", version, f.n_sections, &error), error);
    for (size_t s = 0; s < f.n_sections; s++) {
        const bool is_changed = strcmp(f.table[s].name, name) == 0;
        CHECK_OK(sections_write(&w, f.table[s].name, is_changed ? bytes : f.map.bytes + f.table[s].offset,
                                is_changed ? size : (size_t)f.table[s].size, &error),
                 error);
    }
    CHECK_OK(sections_write_commit(&w, NULL, &error), error);
    sections_close(&f);
    bt_search_index *index = NULL;
    uint64_t stamp = 0;
    const bt_status status = bt_search_index_open(test_path("changed.bt"), &index, &stamp, &error);
    bt_search_index_free(index);
    CHECK(status == BT_OK || strstr(error.message, "changed.bt") != NULL);
    return status;
}

/* The same with `size` bytes at `offset` of the section replaced. */
static bt_status open_with_value(const char *name, size_t offset, const void *value, size_t size)
{
    sections_file f = {0};
    const void *bytes = NULL;
    size_t n = 0;
    CHECK_OK(sections_open(write_small(), "search", SEARCH_VERSION, &f, &error), error);
    CHECK_OK(sections_find(&f, "search.bt", name, 1, &bytes, &n, &error), error);
    char *changed = malloc(n);
    REQUIRE(changed != NULL && offset + size <= n);
    memcpy(changed, bytes, n);
    memcpy(changed + offset, value, size);
    sections_close(&f);
    const bt_status status = open_with(SEARCH_VERSION, name, changed, n);
    free(changed);
    return status;
}

TEST(values_that_make_no_sense_are_refused)
{
    const uint32_t zero = 0, large = UINT32_MAX, no_field = 7u << 7 | 1, no_film = (uint32_t)N_SMALL << 10 | 1;
    const double negative = -1;
    const char last = 'z', nothing = '\0';
    const uint32_t three = 3;
    const struct {
        const char *name;
        size_t offset;
        const void *value;
        size_t size;
    } wrong[] = {
        {"about", 16, &negative, sizeof negative},
        {"film_ids", 4, &zero, 4},
        {"word_text", 1, &last, 1},
        {"word_text", 1, &nothing, 1},
        {"word_offset", 0, &large, 4},
        {"word_offset", 4, &zero, 4},
        {"word_offset", 8, &large, 4},
        {"word_letters", 0, &three, 4},
        {"word_start", 0, &large, 4},
        {"word_start", 4, &large, 4},
        {"postings", 0, &no_film, 4},
        {"postings", 0, &no_field, 4},
        {"title_films", 0, &large, 4},
        {"title_start", 4, &large, 4},
        {"title_offset", 4, &zero, 4},
        {"title_text", 0, &nothing, 1},
        {"title_text", 0, &last, 1},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (!CHECK_STATUS(open_with_value(wrong[i].name, wrong[i].offset, wrong[i].value, wrong[i].size), BT_CORRUPT))
            printf("    (section %s, case %zu)\n", wrong[i].name, i);
}

TEST(sections_of_the_wrong_size_are_refused)
{
    static const char *const names[] = {"about",        "years",         "lengths",     "film_ids",   "word_text",
                                        "word_offset",  "word_letters",  "word_start",  "postings",   "title_text",
                                        "title_offset", "title_letters", "title_start", "title_films"};
    const uint8_t zeros[2] = {0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        CHECK_STATUS(open_with(SEARCH_VERSION, names[i], zeros, sizeof zeros), BT_CORRUPT);
        CHECK_STATUS(open_with(SEARCH_VERSION, names[i], zeros, 0), BT_CORRUPT);
    }
}

TEST(an_index_of_other_rules_is_told)
{
    const uint64_t other = 12345;
    CHECK_STATUS(open_with(SEARCH_VERSION - 1, "", NULL, 0), BT_VERSION);
    CHECK_STATUS(open_with(SEARCH_VERSION + 1, "", NULL, 0), BT_VERSION);
    CHECK_STATUS(open_with_value("about", 8, &other, sizeof other), BT_VERSION); /* other tables of Unicode */
    CHECK_CONTAINS(error.message, "the next search makes it again");
    CHECK_STATUS(open_with(SEARCH_VERSION, "", NULL, 0), BT_OK);
    bt_search_index *index = NULL;
    uint64_t stamp = 0;
    CHECK_STATUS(bt_search_index_open(test_path("nowhere.bt"), &index, &stamp, &error), BT_NOT_FOUND);
}

/* --- faults ---------------------------------------------------------------------------------------------------------- */

static bt_status write_again(const char *folder, void *context, bt_error *why)
{
    (void)context;
    char path[4096];
    snprintf(path, sizeof path, "%s/search.bt", folder);
    bt_search_index *index = small_index();
    const bt_status status = bt_search_index_write(index, path, STAMP + 1, why);
    bt_search_index_free(index);
    if (status == BT_OK)
        faults_acknowledge(1);
    return status;
}

static void write_before(const char *folder, void *context)
{
    (void)context;
    char path[4096];
    snprintf(path, sizeof path, "%s/search.bt", folder);
    bt_search_index *index = small_index();
    CHECK_OK(bt_search_index_write(index, path, STAMP, &error), error);
    bt_search_index_free(index);
}

static void look(const char *folder, const faults_outcome *outcome, void *context)
{
    (void)context;
    char path[4096];
    snprintf(path, sizeof path, "%s/search.bt", folder);
    bt_search_index *index = NULL;
    uint64_t stamp = 0;
    CHECK_OK(bt_search_index_open(path, &index, &stamp, &error), error);
    CHECK(stamp == STAMP + 1 || (stamp == STAMP && outcome->acknowledged == 0));
    bt_search_index_free(index);
}

TEST(a_stored_index_is_old_or_new)
{
    faults_run_all(&(faults_case){.setup = write_before, .action = write_again, .verify = look}, 40);
}

TEST(memory_that_runs_out_leaves_nothing_behind)
{
    const char *path = write_small();
    EACH_FAILED_ALLOCATION
    {
        bt_search_index *index = NULL;
        uint64_t stamp = 0;
        bt_status status = bt_search_index_open(path, &index, &stamp, NULL);
        if (status == BT_OK)
            status = bt_search_index_write(index, test_path("again.bt"), 1, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        bt_search_index_free(index);
    }
}
