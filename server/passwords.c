/* argon2id by libsodium, and leaking buckets; see passwords.h. */
#include "server/passwords.h"

#include <pthread.h>
#include <sodium.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/memory.h"

enum { PLACES = 4096, LEAK_SECONDS = 60 };

_Static_assert(ACCOUNT_PASSWORD_SIZE >= crypto_pwhash_STRBYTES, "a hash fits");

/* Of a random password that was thrown away. */
static const char nobodys[] =
    "$argon2id$v=19$m=65536,t=2,p=1$AnUR70nRVXUwTq3aV+OiQw$BzeylBiJLGazF4Y/YYyjPIg4E+1K+/aw5QHRc7e820k";

typedef struct bucket {
    double level;
    time_t since; /* monotonic seconds at which it had this level */
} bucket;

struct passwords {
    pthread_mutex_t lock;
    unsigned n_computing;
    unsigned char key[crypto_shorthash_KEYBYTES]; /* so that nobody can choose whose place to fill */
    bucket names[PLACES], addresses[PLACES];
};

static bt_status begin(passwords *p, bt_error *error)
{
    pthread_mutex_lock(&p->lock);
    const bool fits = p->n_computing < PASSWORDS_AT_ONCE;
    p->n_computing += fits;
    pthread_mutex_unlock(&p->lock);
    return fits ? BT_OK : error_set(error, BT_BUSY, "other passwords are being checked: try again in a second");
}

static void end(passwords *p)
{
    pthread_mutex_lock(&p->lock);
    p->n_computing--;
    pthread_mutex_unlock(&p->lock);
}

static bt_status compute(const char *password, char out[ACCOUNT_PASSWORD_SIZE], bt_error *error)
{
    memset(out, 0, ACCOUNT_PASSWORD_SIZE);
    if (crypto_pwhash_str(out, password, strlen(password), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                          crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
        return error_no_memory(error, "hashing a password");
    return BT_OK;
}

bt_status password_hash(passwords *p, const char *password, char out[ACCOUNT_PASSWORD_SIZE], bt_error *error)
{
    bt_status status = begin(p, error);
    if (status != BT_OK)
        return status;
    status = compute(password, out, error);
    end(p);
    return status;
}

bt_status password_check(passwords *p, const char *password, const char hash[ACCOUNT_PASSWORD_SIZE], bool *right,
                         bt_error *error)
{
    const bool somebody = hash[0] != '\0';
    *right = false;
    const bt_status status = begin(p, error);
    if (status != BT_OK)
        return status;
    *right = crypto_pwhash_str_verify(somebody ? hash : nobodys, password, strlen(password)) == 0 && somebody;
    end(p);
    return BT_OK;
}

/* --- buckets -------------------------------------------------------------------------------------------------------------- */

static time_t seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* With what has leaked since. */
static bucket *place_of(passwords *p, bucket *places, const char *text)
{
    uint8_t hash[crypto_shorthash_BYTES];
    crypto_shorthash(hash, (const unsigned char *)text, strlen(text), p->key);
    bucket *b = &places[(size_t)(hash[0] | hash[1] << 8) % PLACES];
    const time_t now = seconds_now();
    b->level -= (double)(now - b->since) / LEAK_SECONDS;
    b->level = b->level > 0.0 ? b->level : 0.0;
    b->since = now;
    return b;
}

static unsigned wait_of(const bucket *b, unsigned full)
{
    const double over = b->level - (double)full + 1.0;
    return over > 0.0 ? (unsigned)(over * LEAK_SECONDS) + 1 : 0;
}

unsigned passwords_wait(passwords *p, const char *name, const char *address)
{
    pthread_mutex_lock(&p->lock);
    const unsigned of_name = wait_of(place_of(p, p->names, name), PASSWORD_FAILURES_NAME);
    const unsigned of_address = wait_of(place_of(p, p->addresses, address), PASSWORD_FAILURES_ADDRESS);
    pthread_mutex_unlock(&p->lock);
    return of_name > of_address ? of_name : of_address;
}

void passwords_failed(passwords *p, const char *name, const char *address)
{
    pthread_mutex_lock(&p->lock);
    if (name != NULL)
        place_of(p, p->names, name)->level += 1.0;
    if (address != NULL)
        place_of(p, p->addresses, address)->level += 1.0;
    pthread_mutex_unlock(&p->lock);
}

void passwords_forget(passwords *p, const char *name)
{
    pthread_mutex_lock(&p->lock);
    place_of(p, p->names, name)->level = 0.0;
    pthread_mutex_unlock(&p->lock);
}

/* --- life ----------------------------------------------------------------------------------------------------------------- */

bt_status passwords_new(passwords **out, bt_error *error)
{
    *out = NULL;
    if (sodium_init() < 0)
        return error_set(error, BT_IO, "no random numbers can be had from the system");
    passwords *p = memory_zeroed(1, sizeof *p);
    if (p == NULL)
        return error_no_memory(error, "preparing for passwords");
    pthread_mutex_init(&p->lock, NULL);
    crypto_shorthash_keygen(p->key);
    *out = p;
    return BT_OK;
}

void passwords_free(passwords *p)
{
    if (p == NULL)
        return;
    pthread_mutex_destroy(&p->lock);
    bt_free(p);
}
