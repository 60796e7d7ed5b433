/* The local event log: the contract of all event logs (contract_log.c, linked in), and what is its own: files that are none, a disk
 * that fails under it, what an erase leaves in the file. Runs under ThreadSanitizer too.
 */
/* run: asan-ubsan tsan */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "contract_log.h"
#include "support/events.h"
#include "support/fault_vfs.h"
#include "support/faults.h"
#include "support/test.h"

const char *contract_log_url(void)
{
    static char url[4200];
    snprintf(url, sizeof url, "local:%s", test_path("events.db"));
    return url;
}

TEST(files_that_are_no_log)
{
    event_log *log = NULL;
    const event_log_params params = event_log_params_default();
    CHECK_STATUS(event_log_open("local:", &params, &log, &error), BT_INVALID_ARGUMENT);
    test_write_file("events.db", "userId,movieId\n1,1\n", 19);
    CHECK_STATUS(event_log_open(contract_log_url(), &params, &log, &error), BT_CORRUPT);
    CHECK_CONTAINS(error.message, "events.db");
    CHECK_CONTAINS(error.message, "backup");
    CHECK(log == NULL);
}

/* The bytes themselves are gone, from the file and from its WAL. */
TEST(an_erase_leaves_no_bytes)
{
    event_log *log = open_log();
    const event_id id = test_event_id(1);
    test_accept(log, test_event(1, 1, 5, EVENT_VERDICT, BT_LIKE));
    for (uint32_t i = 2; i < 50; i++)
        test_accept(log, test_event(i, 2, i, EVENT_SEEN, 1));
    CHECK(test_file_holds(test_path("events.db"), &id, sizeof id) ||
          test_file_holds(test_path("events.db-wal"), &id, sizeof id));
    test_accept(log, test_erase(60, 1));
    CHECK(!test_file_holds(test_path("events.db"), &id, sizeof id));
    CHECK(!test_file_holds(test_path("events.db-wal"), &id, sizeof id));
    event_log_close(log);
}

TEST(memory_may_run_out_while_it_opens)
{
    event_log_close(open_log());
    EACH_FAILED_ALLOCATION
    {
        event_log *log = NULL;
        const event_log_params params = event_log_params_default();
        const bt_status status = event_log_open(contract_log_url(), &params, &log, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        event_log_close(log);
    }
}

/* --- a disk that fails ----------------------------------------------------------------------------------------------- */

enum { APPENDS = 12, EVENTS_EACH = 5 };

static const char *url_in(const char *folder)
{
    static char url[4200];
    snprintf(url, sizeof url, "local:%s/events.db", folder);
    return url;
}

/* Appends number 1 to APPENDS, each of which says its number EVENTS_EACH times; an append that failed is sent again once. */
static bt_status append_all(const char *folder, void *context, bt_error *why)
{
    (void)context;
    event_log *log = NULL;
    const event_log_params params = event_log_params_default();
    if (!fault_vfs_install())
        return BT_UNSUPPORTED;
    bt_status status = event_log_open(url_in(folder), &params, &log, why), first = status;
    for (uint32_t i = 1; i <= APPENDS && status == BT_OK; i++) {
        event events[EVENTS_EACH];
        for (int try = 0; try < 2; try++) {
            for (uint32_t j = 0; j < EVENTS_EACH; j++)
                events[j] = test_event(i * EVENTS_EACH + j, i % 3, 1 + j, EVENT_RATING, (uint8_t)(i % 11));
            status = test_append(log, events, EVENTS_EACH, NULL, why);
            first = first != BT_OK ? first : status;
            if (status == BT_OK)
                break;
        }
        if (status == BT_OK)
            faults_acknowledge(i);
    }
    event_log_close(log);
    return status != BT_OK ? status : first;
}

/* Whole appends, in their order, none twice, those that were acknowledged among them; and it goes on. */
static void whole_appends(const char *folder, const faults_outcome *outcome, void *context)
{
    size_t *n_partly = context, n = 0;
    arena a = {0};
    event_log *log = NULL;
    logged_event *events = NULL;
    const event_log_params params = event_log_params_default();
    CHECK_OK(event_log_open(url_in(folder), &params, &log, &error), error);
    CHECK_OK(event_log_check(log, &error), error);
    CHECK_OK(event_log_read(log, 0, 10000, &a, &events, &n, &error), error);
    CHECK_INT(n % EVENTS_EACH, 0);
    CHECK(n / EVENTS_EACH >= outcome->acknowledged && n / EVENTS_EACH <= APPENDS);
    for (size_t i = 0; i < n; i++) {
        const event_id expected = test_event_id((uint32_t)(EVENTS_EACH + i));
        CHECK(event_id_compare(&events[i].event.id, &expected) == 0);
    }
    *n_partly += n > 0 && n < (size_t)APPENDS * EVENTS_EACH;
    test_accept(log, test_event(1000, 1, 1, EVENT_SEEN, 1));
    arena_free(&a);
    event_log_close(log);
}

static void appends_in(faults_mode mode)
{
    size_t n_partly = 0;
    const faults_case c = {.action = append_all, .verify = whole_appends, .context = &n_partly};
    faults_run(&c, mode, 50);
    CHECK(mode == FAULTS_SHORT || mode == FAULTS_IO_ERROR || n_partly > 5); /* the faults fell between appends */
}

TEST(appends_survive_kills)
{
    appends_in(FAULTS_KILL);
}

TEST(appends_survive_dropped_writes)
{
    appends_in(FAULTS_DROP);
}

TEST(appends_survive_torn_writes)
{
    appends_in(FAULTS_TEAR);
}

TEST(appends_survive_a_full_disk)
{
    appends_in(FAULTS_NO_SPACE);
}

TEST(appends_survive_errors_and_short_writes)
{
    appends_in(FAULTS_IO_ERROR);
    appends_in(FAULTS_SHORT);
}
