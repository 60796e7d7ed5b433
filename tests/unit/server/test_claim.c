/* The code that makes a server's first administrator: whose it is, how often, how long. Runs under ThreadSanitizer too. */
/* run: asan-ubsan tsan */
#include "server/claim.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "support/events.h"
#include "support/test.h"

static bt_error error;

static people *open_people(void)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s", test_tmpdir());
    const folder f = {.path = path, .lock = -1};
    people *p = NULL;
    REQUIRE(people_open(&f, &p, &error) == BT_OK);
    return p;
}

static event_id add_account(people *p, const char *name)
{
    account a = {.user = people_new_user(), .named = true};
    account_session first;
    char secret[PEOPLE_SECRET_TEXT];
    bool taken = true;
    snprintf(a.name, sizeof a.name, "%s", name);
    people_new_session(&a.user, SESSION_BROWSER, 1000, &first, secret);
    CHECK_OK(accounts_register(people_lock(p), &a, name, &first, &taken, &error), error);
    people_unlock(p);
    CHECK(!taken);
    return a.user;
}

static bool take(people *p, const event_id *user, const char *code)
{
    bool taken = true;
    CHECK_OK(claim_take(people_lock(p), user, code, &taken, &error), error);
    people_unlock(p);
    return taken;
}

static bool administers(people *p, const event_id *user)
{
    account a = {0};
    bool found = false;
    CHECK_OK(accounts_find(people_lock(p), user, &a, &found, &error), error);
    people_unlock(p);
    return found && a.admin;
}

TEST(the_code_counts_once)
{
    people *p = open_people();
    char code[PEOPLE_SECRET_TEXT], other[PEOPLE_SECRET_TEXT], again[PEOPLE_SECRET_TEXT] = "x";
    const event_id ana = add_account(p, "ana"), ben = add_account(p, "ben");
    CHECK(!take(p, &ana, "anything"));
    CHECK_OK(claim_offer(p, other, &error), error);
    CHECK_OK(claim_offer(p, code, &error), error);
    CHECK(strcmp(code, other) != 0 && strlen(code) == PEOPLE_SECRET_TEXT - 1);
    CHECK(!take(p, &ana, other)); /* the start before */
    CHECK(!take(p, &ana, ""));
    CHECK(!administers(p, &ana));
    CHECK(take(p, &ana, code));
    CHECK(administers(p, &ana));
    CHECK(!take(p, &ben, code));
    CHECK(!administers(p, &ben));
    CHECK_OK(claim_offer(p, again, &error), error);
    CHECK_STR(again, "");
    people_close(p);
}

static void set_note(people *p, const char *value)
{
    CHECK_OK(accounts_set_note(people_lock(p), "admin-claim", value, &error), error);
    people_unlock(p);
}

TEST(the_code_ends_and_is_kept_as_a_hash)
{
    people *p = open_people();
    arena memory = {0};
    char code[PEOPLE_SECRET_TEXT], *value = NULL, spent[256];
    const event_id ana = add_account(p, "ana");
    CHECK_OK(claim_offer(p, code, &error), error);
    CHECK_OK(accounts_note(people_lock(p), "admin-claim", &memory, &value, &error), error);
    people_unlock(p);
    REQUIRE(value != NULL && strlen(value) > 65);
    CHECK(strstr(value, code) == NULL);
    snprintf(spent, sizeof spent, "%.64s %lld", value, (long long)time(NULL) - 1);
    set_note(p, spent);
    CHECK(!take(p, &ana, code));
    static const char *const damaged[] = {"", "x", "00",
                                          "not sixty-four hexadecimal digits and what comes then, and some more 99999999999"};
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        set_note(p, damaged[i]);
        CHECK(!take(p, &ana, code));
    }
    set_note(p, value);
    CHECK(take(p, &ana, code));
    arena_free(&memory);
    people_close(p);
}

typedef struct racer {
    people *p;
    event_id user;
    const char *code;
    bool won;
} racer;

static void *race(void *context)
{
    racer *r = context;
    bt_error mine = {0};
    if (claim_take(people_lock(r->p), &r->user, r->code, &r->won, &mine) != BT_OK)
        r->won = false;
    people_unlock(r->p);
    return NULL;
}

TEST(of_many_at_once_one_has_it)
{
    enum { N = 8 };
    people *p = open_people();
    char code[PEOPLE_SECRET_TEXT];
    racer racers[N];
    pthread_t threads[N];
    size_t n_admins = 0, n_won = 0;
    CHECK_OK(claim_offer(p, code, &error), error);
    for (size_t i = 0; i < N; i++) {
        char name[8];
        snprintf(name, sizeof name, "p%zu", i);
        racers[i] = (racer){.p = p, .user = add_account(p, name), .code = code};
    }
    for (size_t i = 0; i < N; i++)
        REQUIRE(pthread_create(&threads[i], NULL, race, &racers[i]) == 0);
    for (size_t i = 0; i < N; i++) {
        pthread_join(threads[i], NULL);
        n_won += racers[i].won;
        CHECK(racers[i].won == administers(p, &racers[i].user));
    }
    CHECK_OK(accounts_count_admins(people_lock(p), &n_admins, &error), error);
    people_unlock(p);
    CHECK_INT(n_won, 1);
    CHECK_INT(n_admins, 1);
    people_close(p);
}
