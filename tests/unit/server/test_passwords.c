/* Passwords: two hashes at once and not three, since each takes 64 MiB; right and wrong ones; braking. Runs under ThreadSanitizer too.
 *
 * libsodium's function is called through one of ours that says who is inside and holds them there. */
/* run: asan-ubsan tsan */
#include "server/passwords.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sodium.h>
#include <string.h>

#include "support/test.h"

static bt_error error;
static const char nobody[ACCOUNT_PASSWORD_SIZE] = "";

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned n_inside, n_most;
static bool held; /* who is inside stays there; a third one doesn't, so that it is a failure and no hang */

typedef int hash_function(char out[crypto_pwhash_STRBYTES], const char *const, unsigned long long, unsigned long long, size_t);

static hash_function *real_hash(void)
{
    void *sodium = dlopen("libsodium.so.23", RTLD_NOW);
    REQUIRE(sodium != NULL);
    void *symbol = dlsym(sodium, "crypto_pwhash_str");
    hash_function *function;
    memcpy(&function, &symbol, sizeof function); /* C has no cast from an object's to a function's pointer */
    return function;
}

int crypto_pwhash_str(char out[crypto_pwhash_STRBYTES], const char *const password, unsigned long long size,
                      unsigned long long ops, size_t memory)
{
    pthread_mutex_lock(&lock);
    n_most = ++n_inside > n_most ? n_inside : n_most;
    pthread_cond_broadcast(&changed);
    while (held && n_inside <= 2)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    const int result = real_hash()(out, password, size, ops, memory);
    pthread_mutex_lock(&lock);
    n_inside--;
    pthread_mutex_unlock(&lock);
    return result;
}

static void *hash(void *context)
{
    char out[ACCOUNT_PASSWORD_SIZE];
    return password_hash(context, "correct horse battery", out, NULL) == BT_OK ? context : NULL;
}

TEST(two_at_once_and_not_three)
{
    passwords *p = NULL;
    pthread_t threads[2];
    char out[ACCOUNT_PASSWORD_SIZE];
    bool right = true;
    CHECK_OK(passwords_new(&p, &error), error);
    held = true;
    for (size_t i = 0; i < 2; i++)
        REQUIRE(pthread_create(&threads[i], NULL, hash, p) == 0);
    pthread_mutex_lock(&lock);
    while (n_inside < 2)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);

    CHECK_STATUS(password_hash(p, "a third one", out, &error), BT_BUSY);
    CHECK_STATUS(password_check(p, "a third one", nobody, &right, &error), BT_BUSY);
    CHECK(!right);

    pthread_mutex_lock(&lock);
    held = false;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    for (size_t i = 0; i < 2; i++) {
        void *done = NULL;
        pthread_join(threads[i], &done);
        CHECK(done == p);
    }
    CHECK_INT(n_most, 2);
    CHECK_OK(password_hash(p, "a third one", out, &error), error); /* there is room again */
    CHECK_OK(password_check(p, "a third one", out, &right, &error), error);
    CHECK(right);
    CHECK_OK(password_check(p, "another", out, &right, &error), error);
    CHECK(!right);
    CHECK_OK(password_check(p, "of nobody", nobody, &right, &error), error);
    CHECK(!right);
    passwords_free(p);
}

TEST(failures_brake)
{
    passwords *p = NULL;
    CHECK_OK(passwords_new(&p, &error), error);
    for (unsigned i = 0; i < PASSWORD_FAILURES_NAME; i++) {
        CHECK_INT(passwords_wait(p, "ana", "10.0.0.1"), 0);
        passwords_failed(p, "ana", "10.0.0.1");
    }
    CHECK(passwords_wait(p, "ana", "10.0.0.2") > 0);
    CHECK_INT(passwords_wait(p, "ben", "10.0.0.2"), 0);
    passwords_forget(p, "ana");
    CHECK_INT(passwords_wait(p, "ana", "10.0.0.2"), 0);
    for (unsigned i = PASSWORD_FAILURES_NAME; i < PASSWORD_FAILURES_ADDRESS; i++)
        passwords_failed(p, NULL, "10.0.0.1");
    CHECK(passwords_wait(p, "somebody", "10.0.0.1") > 0);
    passwords_free(p);
}
