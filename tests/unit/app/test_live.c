/* The people's side of a folder: what was accepted is visible at once and after a restart, whatever was cut off between the log and
 * the profiles. Runs under ThreadSanitizer too.
 */
/* run: asan-ubsan tsan */
#include "app/live.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "support/events.h"
#include "support/fault_vfs.h"
#include "support/faults.h"
#include "support/test.h"

static bt_error error;

static folder the_folder(void)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s", test_tmpdir());
    return (folder){.path = path, .lock = -1};
}

static live *open_live(void)
{
    const folder f = the_folder();
    const live_params params = live_params_default();
    live *l = NULL;
    CHECK_OK(live_open(&f, &params, &l, &error), error);
    return l;
}

static event say(live *l, event e)
{
    return test_accept(live_log(l), e);
}

/* "version: 5 verdict=1 …" of what is said now. */
static const char *profile_of(live *l, uint32_t user)
{
    static char texts[4][512];
    static size_t turn;
    char *text = texts[turn++ % 4];
    const event_id id = test_user(user);
    profile_view *v = NULL;
    CHECK_OK(live_profile(l, &id, &v, &error), error);
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < v->n_opinions; i++) {
        const bt_opinion *o = &v->opinions[i];
        used += (size_t)snprintf(text + used, sizeof texts[0] - used, "%s%u:%d%d%d%d", i > 0 ? " " : "", o->film_id, o->verdict,
                                 o->seen, o->half_stars, o->want);
    }
    profile_view_release(v);
    return text;
}

static uint64_t version_of(live *l, uint32_t user)
{
    const event_id id = test_user(user);
    profile_view *v = NULL;
    CHECK_OK(live_profile(l, &id, &v, &error), error);
    const uint64_t version = v->version;
    profile_view_release(v);
    return version;
}

TEST(what_was_accepted_is_visible)
{
    live *l = open_live();
    CHECK_STR(profile_of(l, 1), "");
    CHECK_INT(version_of(l, 1), 0);
    say(l, test_event(1, 1, 9, EVENT_RATING, 7));
    CHECK_STR(profile_of(l, 1), "9:0070");
    const event like = say(l, test_event(2, 1, 5, EVENT_VERDICT, BT_LIKE));
    CHECK_STR(profile_of(l, 1), "5:1000 9:0070");
    CHECK_INT(version_of(l, 1), like.version);
    say(l, test_event(3, 1, 7, EVENT_SEEN, 1));
    CHECK_STR(profile_of(l, 1), "5:1000 7:0100 9:0070");
    say(l, test_undo(4, 1, 3));
    CHECK_STR(profile_of(l, 1), "5:1000 9:0070");
    say(l, test_undo(5, 1, 1));
    CHECK_STR(profile_of(l, 1), "5:1000");
    CHECK_STR(profile_of(l, 2), "");
    live_close(l);
    l = open_live();
    CHECK_STR(profile_of(l, 1), "5:1000");
    say(l, test_erase(6, 1));
    CHECK_STR(profile_of(l, 1), "");
    CHECK(version_of(l, 1) > like.version);
    live_close(l);
}

TEST(a_profile_that_is_not_in_memory_is_read_once)
{
    live *l = open_live();
    const event_id id = test_user(1);
    say(l, test_event(1, 1, 9, EVENT_SEEN, 1));
    CHECK(live_profile_in_memory(l, &id) == NULL);
    CHECK_STR(profile_of(l, 1), "9:0100");
    profile_view *kept = live_profile_in_memory(l, &id);
    REQUIRE(kept != NULL);
    say(l, test_event(2, 1, 8, EVENT_SEEN, 1));
    CHECK_INT(kept->n_opinions, 1); /* who holds one keeps it as it was */
    profile_view_release(kept);
    CHECK_STR(profile_of(l, 1), "8:0100 9:0100");
    live_close(l);
}

TEST(one_server_a_folder)
{
    live *l = open_live(), *second = NULL;
    const folder f = the_folder();
    const live_params params = live_params_default();
    CHECK_STATUS(live_open(&f, &params, &second, &error), BT_BUSY);
    char pid[32];
    snprintf(pid, sizeof pid, "process %ld", (long)getpid());
    CHECK_CONTAINS(error.message, pid);
    live_replayed replayed;
    say(l, test_event(1, 1, 9, EVENT_SEEN, 1));
    CHECK_STATUS(live_replay(&f, &replayed, &error), BT_BUSY);
    live_close(l);
    live_close(open_live());
    live_close(NULL);
}

/* --- the log and the profiles apart ------------------------------------------------------------------------------------ */

static event_log *open_log_alone(void)
{
    char url[4200];
    event_log *log = NULL;
    const event_log_params params = event_log_params_default();
    snprintf(url, sizeof url, "local:%s", test_path("events.db"));
    CHECK_OK(event_log_open(url, &params, &log, &error), error);
    return log;
}

TEST(the_rest_of_the_log_is_applied_at_the_start)
{
    live *l = open_live();
    say(l, test_event(1, 1, 5, EVENT_VERDICT, BT_LIKE));
    live_close(l);
    event_log *log = open_log_alone(); /* accepted, and then the power went */
    for (uint32_t i = 2; i < 2500; i++) {
        event events[500];
        const uint32_t first = i;
        for (; i < 2500 && i - first < 500; i++)
            events[i - first] = test_event(i, i % 3, 1 + i % 7, EVENT_RATING, (uint8_t)(i % 11));
        CHECK_OK(test_append(log, events, i - first, NULL, &error), error);
        i--;
    }
    test_accept(log, test_event(2500, 1, 5, EVENT_VERDICT, BT_DISLIKE));
    event_log_close(log);
    l = open_live();
    CHECK_CONTAINS(profile_of(l, 1), "5:2");
    live_close(l);
    const folder f = the_folder();
    live_replayed replayed;
    CHECK_OK(live_verify(&f, &replayed, &error), error);
    CHECK_INT(replayed.n_events, 2500);
}

TEST(profiles_that_are_ahead_of_the_log_are_made_again)
{
    live *l = open_live();
    say(l, test_event(1, 1, 5, EVENT_VERDICT, BT_LIKE));
    live_close(l);
    REQUIRE(unlink(test_path("events.db")) == 0); /* an older one is put back: here, an empty one */
    l = open_live();
    CHECK_STR(profile_of(l, 1), "");
    live_close(l);
}

static void run_sql(const char *file, const char *sql)
{
    sqlite3 *db = NULL;
    REQUIRE(sqlite3_open(test_path(file), &db) == SQLITE_OK);
    CHECK(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
    sqlite3_close(db);
}

TEST(profiles_that_cannot_be_written_follow_later)
{
    live *l = open_live();
    say(l, test_event(1, 1, 5, EVENT_VERDICT, BT_LIKE));
    CHECK_STR(profile_of(l, 1), "5:1000");
    run_sql("profiles.db", "CREATE TRIGGER refuse BEFORE UPDATE ON applied BEGIN SELECT RAISE(ABORT, 'no'); END");
    event e = test_event(2, 1, 6, EVENT_SEEN, 1);
    CHECK(test_append(live_log(l), &e, 1, NULL, &error) != BT_OK); /* safe, not visible */
    CHECK_STR(profile_of(l, 1), "5:1000");
    run_sql("profiles.db", "DROP TRIGGER refuse");
    e = test_event(2, 1, 6, EVENT_SEEN, 1);
    CHECK_INT(test_offer(live_log(l), &e), EVENT_KNOWN);
    CHECK_STR(profile_of(l, 1), "5:1000 6:0100");
    live_close(l);
}

TEST(replay_makes_the_same_and_verify_finds_what_differs)
{
    const folder f = the_folder();
    live_replayed replayed;
    CHECK_STATUS(live_verify(&f, &replayed, &error), BT_NOT_FOUND);
    live *l = open_live();
    for (uint32_t i = 1; i < 60; i++)
        say(l, test_event(i, i % 4, 1 + i % 5, (event_facet)(i % EVENT_N_FACETS), (uint8_t)(i % 2)));
    say(l, test_erase(100, 2));
    live_close(l);
    CHECK_OK(live_verify(&f, &replayed, &error), error);
    CHECK_INT(replayed.n_films, 15); /* three people, five films */
    CHECK_OK(live_replay(&f, &replayed, &error), error);
    CHECK_INT(replayed.n_films, 15);
    CHECK_OK(live_verify(&f, &replayed, &error), error);

    run_sql("profiles.db", "UPDATE profile SET seen = NULL WHERE film_id = 4 AND seen NOTNULL");
    CHECK_STATUS(live_verify(&f, &replayed, &error), BT_CORRUPT);
    CHECK_CONTAINS(error.message, "film 4");
    run_sql("profiles.db", "DELETE FROM profile WHERE film_id = 4");
    CHECK_STATUS(live_verify(&f, &replayed, &error), BT_CORRUPT);
    CHECK_OK(live_replay(&f, &replayed, &error), error);
    CHECK_OK(live_verify(&f, &replayed, &error), error);
}

/* --- readers and a writer ------------------------------------------------------------------------------------------------ */

enum { PEOPLE = 6, ROUNDS = 60, FILMS = 20 };

typedef struct reader {
    pthread_t thread;
    live *l;
    atomic_bool *over;
    int n_back; /* profiles older than one seen before */
} reader;

static void *read_on(void *context)
{
    reader *r = context;
    uint64_t last[PEOPLE] = {0};
    for (uint32_t i = 0; !atomic_load(r->over); i++) {
        const event_id id = test_user(i % PEOPLE);
        profile_view *v = NULL;
        if (!CHECK_STATUS(live_profile(r->l, &id, &v, NULL), BT_OK))
            break;
        r->n_back += v->version < last[i % PEOPLE];
        last[i % PEOPLE] = v->version;
        profile_view_release(v);
    }
    return NULL;
}

/* Memory for about one profile: they come and go while they are read and changed. */
TEST(nobody_sees_a_profile_go_back)
{
    const folder f = the_folder();
    live_params params = live_params_default();
    params.profile_bytes_max = 400;
    live *l = NULL;
    CHECK_OK(live_open(&f, &params, &l, &error), error);
    atomic_bool over = false;
    reader readers[3];
    for (size_t i = 0; i < 3; i++) {
        readers[i] = (reader){.l = l, .over = &over};
        REQUIRE(pthread_create(&readers[i].thread, NULL, read_on, &readers[i]) == 0);
    }
    for (uint32_t i = 0; i < PEOPLE * ROUNDS; i++) {
        const event e = say(l, test_event(i, i % PEOPLE, 1 + i % FILMS, EVENT_RATING, (uint8_t)(i % 11)));
        CHECK(version_of(l, i % PEOPLE) >= e.version); /* who was told sees it */
    }
    atomic_store(&over, true);
    for (size_t i = 0; i < 3; i++) {
        pthread_join(readers[i].thread, NULL);
        CHECK_INT(readers[i].n_back, 0);
    }
    live_close(l);
}

/* --- listeners ----------------------------------------------------------------------------------------------------------- */

static void add_version(void *context, const event *e)
{
    *(uint64_t *)context += e->version;
}

TEST(a_listener_hears_what_became_visible)
{
    live *l = open_live();
    uint64_t sum = 0, expected = 0;
    live_listen(l, add_version, &sum);
    expected += say(l, test_event(1, 1, 5, EVENT_SEEN, 1)).version;
    expected += say(l, test_event(2, 2, 5, EVENT_SEEN, 1)).version;
    event again = test_event(1, 1, 5, EVENT_SEEN, 1);
    CHECK_INT(test_offer(live_log(l), &again), EVENT_KNOWN);
    live_listen(l, NULL, NULL);
    say(l, test_event(3, 2, 5, EVENT_SEEN, 0));
    CHECK_INT(sum, expected);
    live_close(l);
}

TEST(memory_may_run_out_while_it_opens)
{
    live_close(open_live());
    EACH_FAILED_ALLOCATION
    {
        const folder f = the_folder();
        const live_params params = live_params_default();
        live *l = NULL;
        const bt_status status = live_open(&f, &params, &l, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        live_close(l);
    }
}

/* --- a disk that fails --------------------------------------------------------------------------------------------------- */

enum { EVENTS = 20 };

static bt_status say_all(const char *path, void *context, bt_error *why)
{
    (void)context;
    char copy[4096];
    snprintf(copy, sizeof copy, "%s", path);
    const folder f = {.path = copy, .lock = -1};
    const live_params params = live_params_default();
    live *l = NULL;
    if (!fault_vfs_install())
        return BT_UNSUPPORTED;
    bt_status status = live_open(&f, &params, &l, why);
    for (uint32_t i = 1; i <= EVENTS && status == BT_OK; i++) {
        event e = test_event(i, 1, i, EVENT_SEEN, 1);
        status = test_append(live_log(l), &e, 1, NULL, why);
        if (status == BT_OK)
            faults_acknowledge(i);
    }
    live_close(l);
    return status;
}

static void all_that_was_acknowledged(const char *path, const faults_outcome *outcome, void *context)
{
    size_t *n_partly = context;
    char copy[4096];
    snprintf(copy, sizeof copy, "%s", path);
    const folder f = {.path = copy, .lock = -1};
    const live_params params = live_params_default();
    live *l = NULL;
    CHECK_OK(live_open(&f, &params, &l, &error), error);
    const event_id id = test_user(1);
    profile_view *v = NULL;
    CHECK_OK(live_profile(l, &id, &v, &error), error);
    CHECK(v->n_opinions >= outcome->acknowledged && v->n_opinions <= EVENTS);
    for (size_t i = 0; i < v->n_opinions; i++)
        CHECK_INT(v->opinions[i].film_id, i + 1);
    *n_partly += v->n_opinions > 0 && v->n_opinions < EVENTS;
    profile_view_release(v);
    live_close(l);
    live_replayed replayed;
    CHECK_OK(live_verify(&f, &replayed, &error), error);
}

TEST(what_was_acknowledged_is_in_the_profile_after_any_crash)
{
    for (faults_mode mode = FAULTS_KILL; mode <= FAULTS_NO_SPACE; mode++) {
        size_t n_partly = 0;
        const faults_case c = {.action = say_all, .verify = all_that_was_acknowledged, .context = &n_partly};
        faults_run(&c, mode, 40);
        CHECK(n_partly > 5);
    }
}
