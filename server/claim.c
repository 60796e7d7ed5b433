/* The note is "HASH EXPIRES": the hash in hexadecimal, unix seconds; see claim.h. */
#include "server/claim.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char note[] = "admin-claim";

enum { HASH_TEXT = 2 * ACCOUNT_SECRET_SIZE + 1 };

static bt_status offer(accounts *a, char code[PEOPLE_SECRET_TEXT], bt_error *error)
{
    account_session made;
    char hash[HASH_TEXT], value[HASH_TEXT + 24];
    const event_id nobody = {{0}};
    people_new_session(&nobody, SESSION_TOKEN, CLAIM_SECONDS, &made, code);
    sodium_bin2hex(hash, sizeof hash, made.secret, sizeof made.secret);
    snprintf(value, sizeof value, "%s %" PRId64, hash, made.expires);
    return accounts_set_note(a, note, value, error);
}

bt_status claim_offer(people *p, char code[PEOPLE_SECRET_TEXT], bt_error *error)
{
    size_t n = 0;
    accounts *a = people_lock(p);
    code[0] = '\0';
    bt_status status = accounts_count_admins(a, &n, error);
    if (status == BT_OK)
        status = n > 0 ? accounts_set_note(a, note, NULL, error) : offer(a, code, error);
    people_unlock(p);
    return status;
}

static bool fits(const char *value, const char *code)
{
    uint8_t hash[ACCOUNT_SECRET_SIZE], expected[ACCOUNT_SECRET_SIZE];
    size_t n = 0;
    const char *end = NULL;
    return people_hash(code, hash) && sodium_hex2bin(expected, sizeof expected, value, HASH_TEXT - 1, NULL, &n, &end) == 0 &&
           n == sizeof expected && sodium_memcmp(hash, expected, sizeof expected) == 0 &&
           strtoll(end, NULL, 10) > (long long)time(NULL);
}

/* The code goes first: a crash in between costs a new one, and none counts twice. */
bt_status claim_take(accounts *a, const event_id *user, const char *code, bool *taken, bt_error *error)
{
    arena memory = {0};
    char *value = NULL;
    *taken = false;
    bt_status status = accounts_note(a, note, &memory, &value, error);
    const bool good = status == BT_OK && value != NULL && strlen(value) >= HASH_TEXT - 1 && fits(value, code);
    arena_free(&memory);
    if (!good)
        return status;
    status = accounts_set_note(a, note, NULL, error);
    if (status == BT_OK)
        status = accounts_set_admin(a, user, true, error);
    *taken = status == BT_OK;
    return status;
}
