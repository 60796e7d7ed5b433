/* Histories in SQLite: the contract of all histories (contract_history.c, linked in), and what is SQLite's own: files that are none,
 * what an erase leaves in the file, a disk that fails.
 */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "contract_history.h"
#include "support/events.h"
#include "support/fault_vfs.h"
#include "support/faults.h"
#include "support/test.h"

const char *contract_history_url(void)
{
    static char url[4200];
    snprintf(url, sizeof url, "sqlite:%s", test_path("profiles.db"));
    return url;
}

TEST(files_that_are_no_history)
{
    history *h = NULL;
    CHECK_STATUS(history_open("sqlite:", HISTORY_WRITE, &h, &error), BT_INVALID_ARGUMENT);
    test_write_file("profiles.db", "userId,movieId\n1,1\n", 19);
    CHECK_STATUS(history_open(contract_history_url(), HISTORY_WRITE, &h, &error), BT_CORRUPT);
    CHECK_CONTAINS(error.message, "butaca events replay");
}

TEST(one_in_memory_is_its_handles_own)
{
    history *h = NULL, *other = NULL;
    CHECK_OK(history_open("sqlite::memory:", HISTORY_WRITE, &h, &error), error);
    CHECK_OK(history_open("sqlite::memory:", HISTORY_WRITE, &other, &error), error);
    apply_one(h, accepted(1, 1, 5, EVENT_SEEN, 1, 7), 1);
    CHECK_STR(profile_text(h, 1), "7: 5 seen=1");
    CHECK_STR(profile_text(other, 1), "0:");
    history_close(h);
    history_close(other);
}

TEST(an_erase_leaves_no_bytes)
{
    history *h = open_history(HISTORY_WRITE);
    const event_id id = test_event_id(1);
    apply_one(h, accepted(1, 1, 5, EVENT_VERDICT, BT_LIKE, 3), 1);
    apply_one(h, accepted(2, 2, 5, EVENT_VERDICT, BT_LIKE, 3), 2);
    CHECK(test_file_holds(test_path("profiles.db"), &id, sizeof id) ||
          test_file_holds(test_path("profiles.db-wal"), &id, sizeof id));
    apply_one(h, accepted(3, 1, 0, EVENT_ERASE, 0, 4), 3);
    CHECK(!test_file_holds(test_path("profiles.db"), &id, sizeof id));
    CHECK(!test_file_holds(test_path("profiles.db-wal"), &id, sizeof id));
    history_close(h);
}

/* --- a disk that fails ----------------------------------------------------------------------------------------------- */

enum { BATCHES = 12, BATCH = 6 };

static event event_of(uint32_t i)
{
    return accepted(1 + i, i % 2, 1 + i % 4, (event_facet)(i % EVENT_N_FACETS), (uint8_t)(i % 2), 100 + i);
}

static bt_status apply_batch(history *h, uint32_t number, bt_error *why)
{
    event events[BATCH];
    const event *pointers[BATCH];
    for (uint32_t j = 0; j < BATCH; j++) {
        events[j] = event_of(number * BATCH + j);
        pointers[j] = &events[j];
    }
    return history_apply(h, pointers, BATCH, number + 1, why);
}

static const char *url_in(const char *folder)
{
    static char url[4200];
    snprintf(url, sizeof url, "sqlite:%s/profiles.db", folder);
    return url;
}

static bt_status apply_all(const char *folder, void *context, bt_error *why)
{
    (void)context;
    history *h = NULL;
    if (!fault_vfs_install())
        return BT_UNSUPPORTED;
    bt_status status = history_open(url_in(folder), HISTORY_WRITE, &h, why);
    for (uint32_t i = 0; i < BATCHES && status == BT_OK; i++)
        status = apply_batch(h, i, why);
    history_close(h);
    return status;
}

/* What is there is exactly what its own position says, and the rest brings it up to date. */
static void whole_batches(const char *folder, const faults_outcome *outcome, void *context)
{
    (void)outcome;
    size_t *n_partly = context;
    history *h = NULL, *reference = NULL;
    uint64_t position = 0;
    CHECK_OK(history_open(url_in(folder), HISTORY_WRITE, &h, &error), error);
    CHECK_OK(history_open("sqlite::memory:", HISTORY_WRITE, &reference, &error), error);
    CHECK_OK(history_check(h, &error), error);
    CHECK_OK(history_position(h, &position, &error), error);
    REQUIRE(position <= BATCHES);
    for (uint32_t i = 0; i < BATCHES; i++) {
        if (i == position)
            for (uint32_t user = 0; user < 2; user++)
                CHECK_STR(profile_text(h, user), profile_text(reference, user));
        CHECK_OK(apply_batch(reference, i, &error), error);
        if (i >= position)
            CHECK_OK(apply_batch(h, i, &error), error);
    }
    for (uint32_t user = 0; user < 2; user++)
        CHECK_STR(profile_text(h, user), profile_text(reference, user));
    *n_partly += position > 0 && position < BATCHES;
    history_close(h);
    history_close(reference);
}

TEST(batches_are_whole_after_any_fault)
{
    for (faults_mode mode = FAULTS_KILL; mode <= FAULTS_SHORT; mode++) {
        size_t n_partly = 0;
        const faults_case c = {.action = apply_all, .verify = whole_batches, .context = &n_partly};
        faults_run(&c, mode, 40);
        CHECK(mode == FAULTS_DROP || mode == FAULTS_TEAR || mode == FAULTS_SHORT || n_partly > 5);
    }
}
