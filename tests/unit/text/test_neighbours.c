/* Tables of neighbours: what was written is read again, nothing damaged is opened, and what words make of the small films. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "butaca/memory.h"
#include "support/faults.h"
#include "support/test.h"
#include "text/neighbours.h"

enum { FILMS = 5, STAMP = 4711, CELLS = FILMS * BT_NEIGHBOURS };

static bt_error error;

/* Film i's neighbours are the films behind it, 0.9, 0.8, …; the last one has none. */
static struct {
    uint32_t ids[FILMS], near[CELLS];
    float similarities[CELLS];
} columns;

static bt_neighbours_info made_up(void)
{
    for (size_t i = 0; i < FILMS; i++) {
        columns.ids[i] = (uint32_t)(7 * i + 3);
        for (size_t k = 0; k < BT_NEIGHBOURS; k++) {
            const bool is_there = i + k + 1 < FILMS;
            columns.near[i * BT_NEIGHBOURS + k] = is_there ? (uint32_t)(i + k + 1) : BT_NO_NEIGHBOUR;
            columns.similarities[i * BT_NEIGHBOURS + k] = is_there ? 0.9F - 0.1F * (float)k : 0.0F;
        }
    }
    return (bt_neighbours_info){.n_films = FILMS,
                                .film_ids = columns.ids,
                                .neighbours = columns.near,
                                .similarities = columns.similarities,
                                .method = "made up",
                                .texts_fingerprint = STAMP};
}

static bt_status write_at(const char *path, uint64_t stamp, bt_error *why)
{
    bt_neighbours_info info = made_up();
    bt_neighbours *table = NULL;
    info.texts_fingerprint = stamp;
    bt_status status = bt_neighbours_make(&info, &table, why);
    if (status == BT_OK)
        status = bt_neighbours_write(table, path, NULL, why);
    bt_neighbours_close(table);
    return status;
}

static const char *write_small(void)
{
    CHECK_OK(write_at(test_path("near.bt"), STAMP, &error), error);
    return test_path("near.bt");
}

TEST(what_was_written_is_read_again)
{
    const bt_neighbours_info wrote = made_up();
    bt_neighbours *table = NULL;
    CHECK_OK(bt_neighbours_open(write_small(), &table, &error), error);
    const bt_neighbours_info *read = bt_neighbours_describe(table);
    CHECK_INT(read->n_films, FILMS);
    CHECK_BYTES(read->film_ids, wrote.film_ids, sizeof columns.ids);
    CHECK_BYTES(read->neighbours, wrote.neighbours, sizeof columns.near);
    CHECK_BYTES(read->similarities, wrote.similarities, sizeof columns.similarities);
    CHECK_STR(read->method, "made up");
    CHECK_INT(read->texts_fingerprint, STAMP);
    CHECK(read->fingerprint != 0);
    CHECK_NEAR(bt_neighbours_closeness(table, 0, 0), 1.0, 0.0);
    CHECK_NEAR(bt_neighbours_closeness(table, 0, 2), 0.7 / 0.9, 1e-6); /* fewer than 128: the last one is at 0 */
    CHECK_NEAR(bt_neighbours_closeness(table, 0, 5), 0.0, 0.0);
    CHECK_NEAR(bt_neighbours_closeness(table, FILMS - 1, 0), 0.0, 0.0);
    bt_neighbours_close(table);
}

TEST(a_table_of_nothing_is_a_file_too)
{
    bt_neighbours *table = NULL;
    const bt_neighbours_info none = {.method = ""};
    CHECK_OK(bt_neighbours_make(&none, &table, &error), error);
    CHECK_OK(bt_neighbours_write(table, test_path("none.bt"), NULL, &error), error);
    bt_neighbours_close(table);
    CHECK_OK(bt_neighbours_open(test_path("none.bt"), &table, &error), error);
    CHECK_INT(bt_neighbours_describe(table)->n_films, 0);
    bt_neighbours_close(table);
}

/* --- damage ---------------------------------------------------------------------------------------------------------- */

static bt_status open_bytes(const void *bytes, size_t size)
{
    bt_neighbours *table = NULL;
    const bt_status status = bt_neighbours_open(test_write_file("damaged.bt", bytes, size), &table, &error);
    CHECK((table != NULL) == (status == BT_OK));
    CHECK(status == BT_OK || strstr(error.message, "damaged.bt") != NULL);
    bt_neighbours_close(table);
    return status;
}

TEST(damage_anywhere_is_found)
{
    char *bytes = NULL;
    size_t size = 0;
    CHECK_OK(file_read_whole(write_small(), 1 << 20, &bytes, &size, &error), error);
    for (size_t n = 0; n < size; n += n < 500 ? 7 : 131)
        CHECK(open_bytes(bytes, n) != BT_OK);
    for (size_t at = 0; at < size; at += at < 500 ? 1 : 37) {
        bytes[at] ^= 0x10;
        CHECK(open_bytes(bytes, size) != BT_OK);
        bytes[at] ^= 0x10;
    }
    CHECK_STATUS(open_bytes(bytes, size), BT_OK);
    bt_free(bytes);
}

/* Opens the small table with one section's bytes replaced, under checksums that are right. */
static bt_status open_with(const char *kind, const char *name, const void *bytes, size_t size)
{
    sections_file f = {0};
    sections_writer w;
    CHECK_OK(sections_open(write_small(), "neighbrs", 1, &f, &error), error);
    CHECK_OK(sections_write_begin(&w, test_path("changed.bt"), kind, 1, f.n_sections, &error), error);
    for (size_t s = 0; s < f.n_sections; s++) {
        const bool is_changed = strcmp(f.table[s].name, name) == 0;
        CHECK_OK(sections_write(&w, f.table[s].name, is_changed ? bytes : f.map.bytes + f.table[s].offset,
                                is_changed ? size : (size_t)f.table[s].size, &error),
                 error);
    }
    CHECK_OK(sections_write_commit(&w, NULL, &error), error);
    sections_close(&f);
    bt_neighbours *table = NULL;
    const bt_status status = bt_neighbours_open(test_path("changed.bt"), &table, &error);
    bt_neighbours_close(table);
    return status;
}

TEST(values_that_make_no_sense_are_refused)
{
    const uint32_t beyond = FILMS, itself = 0;
    const float rising = 0.95F, negative = -0.1F, nan_value = NAN, infinite = INFINITY, something = 0.1F;
    const struct {
        size_t cell;
        const uint32_t *near;
        const float *similarity;
    } wrong[] = {
        {1, &beyond, NULL},    {0, &itself, NULL},   {4, NULL, &something},    {1, NULL, &rising},         {3, NULL, &negative},
        {0, NULL, &nan_value}, {0, NULL, &infinite}, {8, &itself, &something}, {CELLS - 1, &itself, NULL},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const bt_neighbours_info info = made_up();
        if (wrong[i].near != NULL)
            columns.near[wrong[i].cell] = *wrong[i].near;
        if (wrong[i].similarity != NULL)
            columns.similarities[wrong[i].cell] = *wrong[i].similarity;
        bt_neighbours *table = NULL;
        CHECK_STATUS(bt_neighbours_make(&info, &table, &error), BT_INVALID_ARGUMENT);
        CHECK(table == NULL);
    }
    uint32_t falling[FILMS] = {3, 10, 10, 24, 31};
    CHECK_STATUS(open_with("neighbrs", "film_ids", falling, sizeof falling), BT_CORRUPT);
    CHECK_STATUS(open_with("neighbrs", "method", "no end", 6), BT_CORRUPT);
    CHECK_STATUS(open_with("neighbrs", "method", "two\0ends", 9), BT_CORRUPT);
    CHECK_STATUS(open_with("neighbrs", "method", "fine", 5), BT_OK);
    CHECK_STATUS(open_with("model", "", NULL, 0), BT_BAD_FORMAT);
}

TEST(sections_of_the_wrong_size_are_refused)
{
    static const char *const names[] = {"made_from", "film_ids", "neighbours", "similarities", "method"};
    static const uint8_t zeros[2 * BT_NEIGHBOURS * sizeof(uint32_t)];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        CHECK_STATUS(open_with("neighbrs", names[i], zeros, 3), BT_CORRUPT);
        CHECK_STATUS(open_with("neighbrs", names[i], zeros, 0), BT_CORRUPT);
        CHECK_STATUS(open_with("neighbrs", names[i], zeros, sizeof zeros), BT_CORRUPT);
    }
}

/* --- by words -------------------------------------------------------------------------------------------------------- */

/* Films 1 to 6: two of sharks, two of trains, one like the first but of another language, one with a genre alone. */
static bt_search_index *index_of_plots(void)
{
    static const char *const plots[] = {
        "A hungry shark hunts swimmers off the beach.", "Swimmers flee from sharks; the beach is closed.",
        "A detective sleeps on the night train.",       "Two detectives wait for trains at night, one sleeps.",
        "Un tiburón hambriento caza bañistas.",         NULL};
    bt_search_builder *b = NULL;
    bt_search_index *index = NULL;
    CHECK_OK(bt_search_builder_create(&b, &error), error);
    for (uint32_t i = 0; i < 6; i++) {
        bt_search_text texts[] = {{BT_FIELD_GENRE, "en", "Drama", 5}, {BT_FIELD_OVERVIEW, i == 4 ? "es" : "en", "", 0}};
        if (plots[i] != NULL)
            texts[1] = (bt_search_text){BT_FIELD_OVERVIEW, i == 4 ? "es" : "en", plots[i], strlen(plots[i])};
        CHECK_OK(bt_search_builder_add(b, 10 * (i + 1), 0, texts, plots[i] != NULL ? 2 : 1, &error), error);
    }
    CHECK_OK(bt_search_builder_finish(b, &index, &error), error);
    bt_search_builder_free(b);
    return index;
}

TEST(words_find_films_of_one_subject)
{
    bt_search_index *index = index_of_plots();
    bt_neighbours *table = NULL;
    CHECK_OK(bt_neighbours_from_words(index, STAMP, NULL, &table, &error), error);
    const bt_neighbours_info *info = bt_neighbours_describe(table);
    CHECK_INT(info->n_films, 6);
    CHECK_STR(info->method, BT_NEIGHBOURS_BY_WORDS);
    CHECK_INT(info->texts_fingerprint, STAMP);
    const uint32_t nearest[] = {1, 0, 3, 2, BT_NO_NEIGHBOUR, BT_NO_NEIGHBOUR};
    for (size_t i = 0; i < 6; i++)
        CHECK_INT(info->neighbours[i * BT_NEIGHBOURS], nearest[i]);
    bt_neighbours_close(table);
    bt_search_index_free(index);
}

/* Films 1 and 2 share shark, swimmer and beach, which 2 of the 5 described films have, and "the", which 3 have; of the others only "a" of
 * film 1 stands in another film, too. What one film alone has, and the genre that all have, isn't compared. */
TEST(similarity_is_the_cosine_of_tf_idf)
{
    bt_search_index *index = index_of_plots();
    bt_neighbours *table = NULL;
    CHECK_OK(bt_neighbours_from_words(index, STAMP, NULL, &table, &error), error);
    const bt_neighbours_info *info = bt_neighbours_describe(table);
    const double of_two = log(5.0 / 2.0) * log(5.0 / 2.0), of_three = log(5.0 / 3.0) * log(5.0 / 3.0);
    const double expected = sqrt((3.0 * of_two + of_three) / (4.0 * of_two + of_three));
    CHECK_NEAR((double)info->similarities[0], expected, 1e-6);
    CHECK_NEAR((double)info->similarities[BT_NEIGHBOURS], expected, 1e-6);
    bt_neighbours_close(table);
    bt_search_index_free(index);
}

static bool stop_at_once(void *context, const char *stage, const char *unit, uint64_t done, uint64_t total)
{
    (void)context;
    CHECK(stage[0] != '\0' && strcmp(unit, "films") == 0 && done <= total);
    return false;
}

TEST(making_can_be_stopped_and_may_lack_memory)
{
    bt_search_index *index = index_of_plots();
    bt_neighbours *table = NULL;
    const bt_progress stop = {stop_at_once, NULL};
    CHECK_STATUS(bt_neighbours_from_words(index, STAMP, &stop, &table, &error), BT_CANCELLED);
    CHECK(table == NULL);
    EACH_FAILED_ALLOCATION
    {
        bt_status status = bt_neighbours_from_words(index, STAMP, NULL, &table, NULL);
        CHECK((table != NULL) == (status == BT_OK));
        if (status == BT_OK)
            status = bt_neighbours_write(table, test_path("near.bt"), NULL, NULL);
        bt_neighbours_close(table);
        table = NULL;
        if (status == BT_OK)
            status = bt_neighbours_open(test_path("near.bt"), &table, NULL);
        bt_neighbours_close(table);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
    }
    bt_search_index_free(index);
}

/* --- faults ---------------------------------------------------------------------------------------------------------- */

static bt_status write_again(const char *folder, void *context, bt_error *why)
{
    (void)context;
    char path[4096];
    snprintf(path, sizeof path, "%s/near.bt", folder);
    const bt_status status = write_at(path, STAMP + 1, why);
    if (status == BT_OK)
        faults_acknowledge(1);
    return status;
}

static void write_before(const char *folder, void *context)
{
    (void)context;
    char path[4096];
    snprintf(path, sizeof path, "%s/near.bt", folder);
    CHECK_OK(write_at(path, STAMP, &error), error);
}

static void look(const char *folder, const faults_outcome *outcome, void *context)
{
    (void)context;
    char path[4096];
    snprintf(path, sizeof path, "%s/near.bt", folder);
    bt_neighbours *table = NULL;
    CHECK_OK(bt_neighbours_open(path, &table, &error), error);
    const uint64_t stamp = bt_neighbours_describe(table)->texts_fingerprint;
    CHECK(stamp == STAMP + 1 || (stamp == STAMP && outcome->acknowledged == 0));
    bt_neighbours_close(table);
}

TEST(a_stored_table_is_old_or_new)
{
    faults_run_all(&(faults_case){.setup = write_before, .action = write_again, .verify = look}, 40);
}
