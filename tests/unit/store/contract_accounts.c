/* The contract of the accounts, run over each back end. */
#include "contract_accounts.h"

#include <stdio.h>
#include <string.h>

#include "support/events.h"
#include "support/test.h"

bt_error error;

accounts *open_accounts(void)
{
    accounts *a = NULL;
    CHECK_OK(accounts_open(contract_accounts_url(), &a, &error), error);
    return a;
}

account_session session_of(uint32_t n, uint32_t user, session_kind kind)
{
    account_session s = {
        .id = test_event_id(n), .user = test_user(user), .kind = kind, .created = 1000 + n, .expires = 2000 + n};
    memset(s.secret, 0x5A, sizeof s.secret);
    memcpy(s.secret, &n, sizeof n);
    snprintf(s.label, sizeof s.label, "label %u", n);
    return s;
}

const char *owner_of(accounts *a, uint32_t n, int64_t now)
{
    static char name[ACCOUNT_NAME_SIZE];
    const account_session asked = session_of(n, 0, SESSION_BROWSER);
    account_session s;
    account person;
    bool found = false;
    CHECK_OK(accounts_session(a, asked.secret, now, &s, &person, &found, &error), error);
    snprintf(name, sizeof name, "%s", !found ? "" : person.named ? person.name : "guest");
    if (found)
        CHECK_INT(event_id_compare(&s.user, &person.user), 0);
    return name;
}

bool enroll(accounts *a, uint32_t user, const char *name, uint32_t session)
{
    account person = {.user = test_user(user), .created = 77};
    const account_session first = session_of(session, user, SESSION_BROWSER);
    bool taken = false;
    snprintf(person.name, sizeof person.name, "%s", name);
    snprintf(person.password, sizeof person.password, "hash of %s", name);
    CHECK_OK(accounts_register(a, &person, name, &first, &taken, &error), error);
    return !taken;
}

static void add_guest(accounts *a, uint32_t user, uint32_t session)
{
    const account_session first = session_of(session, user, SESSION_BROWSER);
    CHECK_OK(accounts_add_guest(a, &first, &error), error);
}

static void add_session(accounts *a, uint32_t n, uint32_t user, session_kind kind)
{
    const account_session s = session_of(n, user, kind);
    CHECK_OK(accounts_add_session(a, &s, &error), error);
}

static account find_name(accounts *a, const char *name)
{
    account person = {0};
    bool found = false;
    CHECK_OK(accounts_find_name(a, name, &person, &found, &error), error);
    CHECK_INT(found, person.named);
    return person;
}

TEST(a_scheme_that_is_not_known_is_refused)
{
    accounts *a = NULL;
    CHECK_STATUS(accounts_open("carrier-pigeon:loft", &a, &error), BT_UNSUPPORTED);
    CHECK(a == NULL);
}

TEST(a_guest_has_a_session_until_it_ends)
{
    accounts *a = open_accounts();
    add_guest(a, 1, 1);
    CHECK_STR(owner_of(a, 1, 2000), "guest");
    CHECK_STR(owner_of(a, 1, 2001), "");
    CHECK_STR(owner_of(a, 2, 2000), "");
    accounts_close(a);
    a = open_accounts();
    CHECK_STR(owner_of(a, 1, 2000), "guest");
    accounts_close(a);
}

TEST(a_guest_who_registers_stays_the_same_person)
{
    accounts *a = open_accounts();
    add_guest(a, 1, 1);
    CHECK(enroll(a, 1, "ana", 2));
    CHECK_STR(owner_of(a, 1, 1500), ""); /* the guest's cookie is worth nothing any more */
    CHECK_STR(owner_of(a, 2, 1500), "ana");
    const account ana = find_name(a, "ana");
    const event_id id = test_user(1);
    CHECK_INT(event_id_compare(&ana.user, &id), 0);
    CHECK_STR(ana.password, "hash of ana");
    CHECK_INT(ana.admin, 0);
    accounts_close(a);
}

TEST(a_name_is_one_persons)
{
    accounts *a = open_accounts();
    CHECK(enroll(a, 1, "ana", 1));
    CHECK(!enroll(a, 2, "ana", 2));
    CHECK_STR(owner_of(a, 2, 1500), "");
    account person = {.user = test_user(1), .name = "other", .named = true};
    const account_session s = session_of(3, 1, SESSION_BROWSER);
    bool taken;
    CHECK_STATUS(accounts_register(a, &person, "other", &s, &taken, &error), BT_INVALID_ARGUMENT);
    CHECK_STR(owner_of(a, 1, 1500), "ana");
    accounts_close(a);
}

TEST(a_new_password_ends_the_other_sessions_and_no_token)
{
    accounts *a = open_accounts();
    enroll(a, 1, "ana", 1);
    add_session(a, 2, 1, SESSION_BROWSER);
    add_session(a, 3, 1, SESSION_TOKEN);
    const event_id id = test_user(1);
    const account_session kept = session_of(2, 1, SESSION_BROWSER);
    CHECK_OK(accounts_set_password(a, &id, "new", kept.secret, &error), error);
    CHECK_STR(find_name(a, "ana").password, "new");
    CHECK_STR(owner_of(a, 1, 1500), "");
    CHECK_STR(owner_of(a, 2, 1500), "ana");
    CHECK_STR(owner_of(a, 3, 1500), "ana");
    CHECK_OK(accounts_end_other_sessions(a, &id, NULL, &error), error);
    CHECK_STR(owner_of(a, 2, 1500), "");
    CHECK_STR(owner_of(a, 3, 1500), "ana");
    accounts_close(a);
}

TEST(sessions_end_one_by_one)
{
    accounts *a = open_accounts();
    enroll(a, 1, "ana", 1);
    add_session(a, 2, 1, SESSION_BROWSER);
    const account_session one = session_of(1, 1, SESSION_BROWSER);
    CHECK_OK(accounts_end_session(a, one.secret, &error), error);
    CHECK_STR(owner_of(a, 1, 1500), "");
    CHECK_STR(owner_of(a, 2, 1500), "ana");
    add_session(a, 1500, 1, SESSION_BROWSER); /* made at 2500: what has expired by then goes */
    CHECK_STR(owner_of(a, 2, 1), "");
    accounts_close(a);
}

TEST(tokens_are_listed_newest_first_and_dropped_by_their_owner)
{
    accounts *a = open_accounts();
    arena memory = {0};
    account_session *list = NULL;
    size_t n = 0;
    bool found = true;
    enroll(a, 1, "ana", 1);
    enroll(a, 2, "ben", 2);
    add_session(a, 10, 1, SESSION_TOKEN);
    add_session(a, 11, 1, SESSION_TOKEN);
    const event_id ana = test_user(1), ben = test_user(2), token = test_event_id(11);
    CHECK_OK(accounts_sessions(a, &ana, SESSION_TOKEN, &memory, &list, &n, &error), error);
    REQUIRE(n == 2);
    CHECK_STR(list[0].label, "label 11");
    CHECK_INT(list[1].created, 1010);
    CHECK_OK(accounts_end_token(a, &ben, &token, &found, &error), error);
    CHECK(!found);
    CHECK_STR(owner_of(a, 11, 1500), "ana");
    CHECK_OK(accounts_end_token(a, &ana, &token, &found, &error), error);
    CHECK(found);
    CHECK_STR(owner_of(a, 11, 1500), "");
    arena_free(&memory);
    accounts_close(a);
}

TEST(somebody_always_administers)
{
    accounts *a = open_accounts();
    size_t n = 9;
    enroll(a, 1, "ana", 1);
    enroll(a, 2, "ben", 2);
    const event_id ana = test_user(1), ben = test_user(2), nobody = test_user(3);
    CHECK_OK(accounts_count_admins(a, &n, &error), error);
    CHECK_INT(n, 0);
    CHECK_OK(accounts_set_admin(a, &ana, true, &error), error);
    CHECK_STATUS(accounts_set_admin(a, &ana, false, &error), BT_INVALID_ARGUMENT);
    CHECK(find_name(a, "ana").admin);
    CHECK_OK(accounts_set_admin(a, &ben, true, &error), error);
    CHECK_OK(accounts_set_admin(a, &ana, false, &error), error);
    CHECK(!find_name(a, "ana").admin);
    CHECK_OK(accounts_set_admin(a, &nobody, true, &error), error);
    CHECK_OK(accounts_count_admins(a, &n, &error), error);
    CHECK_INT(n, 1);
    accounts_close(a);
}

TEST(accounts_are_listed_by_name)
{
    accounts *a = open_accounts();
    arena memory = {0};
    account *list = NULL;
    const char **keys = NULL;
    size_t n = 0;
    add_guest(a, 9, 9);
    enroll(a, 1, "clara", 1);
    enroll(a, 2, "ana", 2);
    enroll(a, 3, "ben", 3);
    CHECK_OK(accounts_list(a, "", 2, &memory, &list, &keys, &n, &error), error);
    REQUIRE(n == 2);
    CHECK_STR(list[0].name, "ana");
    CHECK_STR(keys[1], "ben");
    CHECK_OK(accounts_list(a, "ben", 2, &memory, &list, &keys, &n, &error), error);
    REQUIRE(n == 1);
    CHECK_STR(list[0].name, "clara");
    arena_free(&memory);
    accounts_close(a);
}

TEST(an_erased_person_is_gone_with_everything)
{
    accounts *a = open_accounts();
    account person;
    bool found = true;
    enroll(a, 1, "ana", 1);
    add_session(a, 2, 1, SESSION_TOKEN);
    enroll(a, 2, "ben", 3);
    const event_id ana = test_user(1);
    CHECK_OK(accounts_erase(a, &ana, &error), error);
    CHECK_STR(owner_of(a, 1, 1500), "");
    CHECK_STR(owner_of(a, 2, 1500), "");
    CHECK_STR(owner_of(a, 3, 1500), "ben");
    CHECK_OK(accounts_find(a, &ana, &person, &found, &error), error);
    CHECK(!found);
    CHECK(enroll(a, 3, "ana", 4)); /* the name is free again */
    CHECK_OK(accounts_erase(a, &ana, &error), error);
    accounts_close(a);
}

TEST(notes)
{
    accounts *a = open_accounts();
    arena memory = {0};
    char *value = NULL;
    CHECK_OK(accounts_note(a, "claim", &memory, &value, &error), error);
    CHECK(value == NULL);
    CHECK_OK(accounts_set_note(a, "claim", "one", &error), error);
    CHECK_OK(accounts_set_note(a, "claim", "two", &error), error);
    CHECK_OK(accounts_note(a, "claim", &memory, &value, &error), error);
    CHECK_STR(value, "two");
    CHECK_OK(accounts_set_note(a, "claim", NULL, &error), error);
    CHECK_OK(accounts_note(a, "claim", &memory, &value, &error), error);
    CHECK(value == NULL);
    arena_free(&memory);
    accounts_close(a);
}
