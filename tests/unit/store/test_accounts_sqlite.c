/* Accounts in SQLite: the contract of all accounts (contract_accounts.c, linked in), what an erase leaves in the file, a disk that fails.
 */
#include <stdio.h>
#include <string.h>

#include "contract_accounts.h"
#include "support/events.h"
#include "support/fault_vfs.h"
#include "support/faults.h"
#include "support/test.h"

const char *contract_accounts_url(void)
{
    static char url[4200];
    snprintf(url, sizeof url, "sqlite:%s", test_path("accounts.db"));
    return url;
}

TEST(files_that_are_no_accounts)
{
    accounts *a = NULL;
    CHECK_STATUS(accounts_open("sqlite:", &a, &error), BT_INVALID_ARGUMENT);
    test_write_file("accounts.db", "userId,movieId\n1,1\n", 19);
    CHECK_STATUS(accounts_open(contract_accounts_url(), &a, &error), BT_CORRUPT);
}

TEST(an_erase_leaves_no_name)
{
    accounts *a = open_accounts();
    enroll(a, 1, "Wilhelmina", 1);
    enroll(a, 2, "ben", 2);
    CHECK(test_file_holds(test_path("accounts.db"), "Wilhelmina", 10) ||
          test_file_holds(test_path("accounts.db-wal"), "Wilhelmina", 10));
    const event_id id = test_user(1);
    CHECK_OK(accounts_erase(a, &id, &error), error);
    CHECK(!test_file_holds(test_path("accounts.db"), "Wilhelmina", 10));
    CHECK(!test_file_holds(test_path("accounts.db-wal"), "Wilhelmina", 10));
    accounts_close(a);
}

/* --- a disk that fails ----------------------------------------------------------------------------------------------- */

enum { PEOPLE = 6 };

static bt_status add_people(const char *folder, void *context, bt_error *why)
{
    (void)context;
    char url[4200];
    accounts *a = NULL;
    if (!fault_vfs_install())
        return BT_UNSUPPORTED;
    snprintf(url, sizeof url, "sqlite:%s/accounts.db", folder);
    bt_status status = accounts_open(url, &a, why);
    for (uint32_t i = 1; i <= PEOPLE && status == BT_OK; i++) {
        const account_session guest = session_of(i, i, SESSION_BROWSER), named = session_of(100 + i, i, SESSION_BROWSER);
        account person = {.user = guest.user, .created = 1};
        char key[16];
        bool taken;
        snprintf(key, sizeof key, "p%u", i);
        snprintf(person.name, sizeof person.name, "%s", key);
        status = accounts_add_guest(a, &guest, why);
        if (status == BT_OK)
            status = accounts_register(a, &person, key, &named, &taken, why);
        if (status == BT_OK)
            faults_acknowledge(i);
    }
    accounts_close(a);
    return status;
}

/* Who was told of an account has it; everybody has one session or none, the guest's or the account's. */
static void whole_people(const char *folder, const faults_outcome *outcome, void *context)
{
    (void)context;
    char url[4200];
    accounts *a = NULL;
    snprintf(url, sizeof url, "sqlite:%s/accounts.db", folder);
    CHECK_OK(accounts_open(url, &a, &error), error);
    for (uint32_t i = 1; i <= PEOPLE; i++) {
        char key[16];
        snprintf(key, sizeof key, "p%u", i);
        const bool guest = strcmp(owner_of(a, i, 1), "guest") == 0, named = strcmp(owner_of(a, 100 + i, 1), key) == 0;
        CHECK(!(guest && named));
        if (i <= outcome->acknowledged)
            CHECK(named);
    }
    accounts_close(a);
}

TEST(accounts_survive_any_fault)
{
    const faults_case c = {.action = add_people, .verify = whole_people};
    faults_run_all(&c, 30);
}
