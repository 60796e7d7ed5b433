/* Sessions in memory and the people's stores; see people.h. */
#include "server/people.h"

#include <pthread.h>
#include <sodium.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/memory.h"

enum { SETS = 8192, WAYS = 4, SECRET_BYTES = 32 };

typedef struct known_session {
    person who;
    uint64_t used; /* the turn at which it was looked up last; 0: an empty place */
} known_session;

struct people {
    live *live;

    pthread_mutex_t store; /* guards accounts */
    accounts *accounts;

    pthread_mutex_t memory; /* guards known and turn; taken inside of `store` or alone */
    known_session *known;   /* SETS x WAYS */
    uint64_t turn;

    pthread_mutex_t appending; /* guards n_appends and finishing */
    pthread_cond_t appended;
    size_t n_appends;
    bool finishing;
};

/* --- secrets ------------------------------------------------------------------------------------------------------------ */

/* Secrets are random in all their bits, so one fast hash is enough. */
static void hash_bytes(const unsigned char bytes[SECRET_BYTES], uint8_t secret[ACCOUNT_SECRET_SIZE])
{
    crypto_generichash(secret, ACCOUNT_SECRET_SIZE, bytes, SECRET_BYTES, NULL, 0);
}

bool people_hash(const char *text, uint8_t secret[ACCOUNT_SECRET_SIZE])
{
    unsigned char bytes[SECRET_BYTES];
    size_t n = 0;
    if (sodium_base642bin(bytes, sizeof bytes, text, strlen(text), NULL, &n, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) !=
            0 ||
        n != sizeof bytes)
        return false;
    hash_bytes(bytes, secret);
    return true;
}

event_id people_new_user(void)
{
    uint8_t random[16];
    randombytes_buf(random, sizeof random);
    return event_id_v4(random);
}

event_id people_new_event_id(void)
{
    uint8_t random[10];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    randombytes_buf(random, sizeof random);
    return event_id_v7((uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u, random);
}

void people_new_session(const event_id *user, session_kind kind, int64_t seconds, account_session *out,
                        char secret[PEOPLE_SECRET_TEXT])
{
    unsigned char bytes[SECRET_BYTES];
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2base64(secret, PEOPLE_SECRET_TEXT, bytes, sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    const int64_t now = (int64_t)time(NULL);
    *out = (account_session){.id = people_new_user(), .user = *user, .kind = kind, .created = now, .expires = now + seconds};
    hash_bytes(bytes, out->secret);
}

/* --- sessions in memory ----------------------------------------------------------------------------------------------------- */

static known_session *set_of(people *p, const uint8_t secret[ACCOUNT_SECRET_SIZE])
{
    return &p->known[(size_t)(secret[0] | secret[1] << 8) % SETS * WAYS];
}

bool people_recall(people *p, const uint8_t secret[ACCOUNT_SECRET_SIZE], person *out)
{
    const int64_t now = (int64_t)time(NULL);
    bool found = false;
    pthread_mutex_lock(&p->memory);
    known_session *set = set_of(p, secret);
    for (int i = 0; i < WAYS && !found; i++) {
        found = set[i].used != 0 && set[i].who.expires > now && memcmp(set[i].who.secret, secret, ACCOUNT_SECRET_SIZE) == 0;
        if (found) {
            *out = set[i].who;
            set[i].used = ++p->turn;
        }
    }
    pthread_mutex_unlock(&p->memory);
    return found;
}

/* In the place of the one that was used the longest ago. */
static void remember(people *p, const person *who)
{
    pthread_mutex_lock(&p->memory);
    known_session *set = set_of(p, who->secret), *place = set;
    for (int i = 1; i < WAYS; i++)
        if (set[i].used < place->used)
            place = &set[i];
    *place = (known_session){*who, ++p->turn};
    pthread_mutex_unlock(&p->memory);
}

void people_forget_sessions(people *p)
{
    pthread_mutex_lock(&p->memory);
    memset(p->known, 0, (size_t)SETS * WAYS * sizeof *p->known);
    pthread_mutex_unlock(&p->memory);
}

/* Under `store`, so that a session that ends meanwhile isn't remembered after it was forgotten. */
bt_status people_find(people *p, const uint8_t secret[ACCOUNT_SECRET_SIZE], person *out, bool *found, bt_error *error)
{
    account_session s;
    account a;
    pthread_mutex_lock(&p->store);
    const bt_status status = accounts_session(p->accounts, secret, (int64_t)time(NULL), &s, &a, found, error);
    if (status == BT_OK && *found) {
        *out = (person){.kind = a.named ? PERSON_ACCOUNT : PERSON_GUEST,
                        .admin = a.admin,
                        .by_token = s.kind == SESSION_TOKEN,
                        .user = a.user,
                        .expires = s.expires};
        memcpy(out->secret, secret, ACCOUNT_SECRET_SIZE);
        remember(p, out);
    }
    pthread_mutex_unlock(&p->store);
    return status;
}

accounts *people_lock(people *p)
{
    pthread_mutex_lock(&p->store);
    return p->accounts;
}

void people_unlock(people *p)
{
    pthread_mutex_unlock(&p->store);
}

live *people_live(people *p)
{
    return p->live;
}

/* --- appends ------------------------------------------------------------------------------------------------------------------ */

bt_status people_submit(people *p, event_append *a, bt_error *error)
{
    pthread_mutex_lock(&p->appending);
    const bool open = !p->finishing;
    p->n_appends += open;
    pthread_mutex_unlock(&p->appending);
    if (!open)
        return error_set(error, BT_BUSY, "the server is stopping");
    const bt_status status = live_submit(p->live, a, error);
    if (status != BT_OK)
        people_submitted(p);
    return status;
}

event people_erase_event(const event_id *user)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (event){.id = people_new_event_id(),
                   .user = *user,
                   .facet = EVENT_ERASE,
                   .at = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000,
                   .source = "api"};
}

void people_submitted(people *p)
{
    pthread_mutex_lock(&p->appending);
    if (--p->n_appends == 0)
        pthread_cond_broadcast(&p->appended);
    pthread_mutex_unlock(&p->appending);
}

void people_finish(people *p)
{
    pthread_mutex_lock(&p->appending);
    p->finishing = true;
    while (p->n_appends > 0)
        pthread_cond_wait(&p->appended, &p->appending);
    pthread_mutex_unlock(&p->appending);
}

/* --- opening ------------------------------------------------------------------------------------------------------------------ */

static bt_status open_stores(people *p, const folder *f, bt_error *error)
{
    const live_params params = live_params_default();
    arena memory = {0};
    bt_status status = live_open(f, &params, &p->live, error);
    if (status == BT_OK) {
        const char *url = arena_format(&memory, "sqlite:%s/accounts.db", f->path);
        status = url != NULL ? accounts_open(url, &p->accounts, error) : error_no_memory(error, "opening the accounts");
    }
    arena_free(&memory);
    return status;
}

bt_status people_open(const folder *f, people **out, bt_error *error)
{
    *out = NULL;
    if (sodium_init() < 0)
        return error_set(error, BT_IO, "no random numbers can be had from the system");
    people *p = memory_zeroed(1, sizeof *p);
    if (p == NULL)
        return error_no_memory(error, "opening the accounts");
    pthread_mutex_init(&p->store, NULL);
    pthread_mutex_init(&p->memory, NULL);
    pthread_mutex_init(&p->appending, NULL);
    pthread_cond_init(&p->appended, NULL);
    p->known = memory_zeroed((size_t)SETS * WAYS, sizeof *p->known);
    const bt_status status = p->known != NULL ? open_stores(p, f, error) : error_no_memory(error, "opening the accounts");
    if (status == BT_OK)
        *out = p;
    else
        people_close(p);
    return status;
}

void people_close(people *p)
{
    if (p == NULL)
        return;
    live_close(p->live);
    accounts_close(p->accounts);
    pthread_mutex_destroy(&p->store);
    pthread_mutex_destroy(&p->memory);
    pthread_mutex_destroy(&p->appending);
    pthread_cond_destroy(&p->appended);
    bt_free(p->known);
    bt_free(p);
}
