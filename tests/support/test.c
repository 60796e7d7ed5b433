/* The harness: the list of tests, the checks, and main. What tests borrow (folders, guarded memory, allocations that fail) is in
 * resources.c.
 *
 * One test runs at a time. A test that ends early (REQUIRE, CHECK_OK, SKIP) jumps back into run_one; what it held is not
 * released then, which AddressSanitizer would tell, but the test has failed already.
 */
#include "support/test.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/resources.h"

enum { EXIT_SKIPPED = 77, EXIT_UNKNOWN = 2 };

static test_case *first, **last = &first;
static atomic_size_t failures; /* of the test that runs */
static const char *skipped;    /* its reason to skip */
static jmp_buf out;
static pthread_t main_thread;

void test_register(test_case *test)
{
    *last = test;
    last = &test->next;
}

/* Leaves the test that runs; only the thread that started it can. */
_Noreturn static void leave(void)
{
    if (!pthread_equal(pthread_self(), main_thread)) {
        puts("REQUIRE, CHECK_OK and SKIP belong into the test's own thread");
        abort();
    }
    longjmp(out, 1);
}

_Noreturn void test_skip(const char *reason)
{
    skipped = reason;
    leave();
}

/* --- checks -------------------------------------------------------------------------------------------------------- */

static bool fail(const char *file, int line)
{
    atomic_fetch_add(&failures, 1);
    printf("%s:%d: ", file, line);
    return false;
}

bool test_check(const char *file, int line, const char *text, bool holds)
{
    if (holds)
        return true;
    fail(file, line);
    printf("%s does not hold\n", text);
    return false;
}

bool test_check_int(const char *file, int line, const char *text, const char *other, intmax_t actual, intmax_t expected)
{
    if (actual == expected)
        return true;
    fail(file, line);
    printf("%s is %" PRIdMAX ", expected %" PRIdMAX " (%s)\n", text, actual, expected, other);
    return false;
}

static const char *quoted(const char *text)
{
    return text ? text : "(null)";
}

bool test_check_string(const char *file, int line, const char *text, const char *actual, const char *expected)
{
    if (actual == expected || (actual && expected && strcmp(actual, expected) == 0))
        return true;
    fail(file, line);
    printf("%s is\n    \"%s\", expected\n    \"%s\"\n", text, quoted(actual), quoted(expected));
    return false;
}

bool test_check_contains(const char *file, int line, const char *text, const char *whole, const char *part)
{
    if (whole && strstr(whole, part))
        return true;
    fail(file, line);
    printf("%s is\n    \"%s\", which does not contain\n    \"%s\"\n", text, quoted(whole), part);
    return false;
}

bool test_check_bytes(const char *file, int line, const char *text, const void *actual, const void *expected, size_t size)
{
    const unsigned char *a = actual, *e = expected;
    size_t i = 0;
    while (i < size && a[i] == e[i])
        i++;
    if (i == size)
        return true;
    fail(file, line);
    printf("%s: byte %zu of %zu is 0x%02x, expected 0x%02x\n", text, i, size, a[i], e[i]);
    return false;
}

bool test_check_near(const char *file, int line, const char *text, const char *other, double actual, double expected,
                     double tolerance)
{
    if (actual == expected || fabs(actual - expected) <= tolerance)
        return true;
    fail(file, line);
    printf("%s is %.17g, expected %.17g (%s) within %.3g; they differ by %.3g\n", text, actual, expected, other, tolerance,
           fabs(actual - expected));
    return false;
}

/* Floats as integers in the same order, -0 and +0 both at 0. */
static int64_t float_order(float value)
{
    int32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits >= 0 ? (int64_t)bits : (int64_t)INT32_MIN - (int64_t)bits;
}

bool test_check_ulp(const char *file, int line, const char *text, const char *other, float actual, float expected, uint32_t n)
{
    const int64_t distance = llabs(float_order(actual) - float_order(expected));
    if (!isnan(actual) && !isnan(expected) && distance <= (int64_t)n)
        return true;
    fail(file, line);
    printf("%s is %.9g, expected %.9g (%s) within %" PRIu32 " ULP; they are %" PRId64 " apart\n", text, (double)actual,
           (double)expected, other, n, distance);
    return false;
}

bool test_check_status(const char *file, int line, const char *text, bt_status actual, bt_status expected)
{
    if (actual == expected)
        return true;
    fail(file, line);
    printf("%s is %s, expected %s\n", text, bt_status_name(actual), bt_status_name(expected));
    return false;
}

_Noreturn void test_not_ok(const char *file, int line, const char *text, bt_status status, const bt_error *error)
{
    fail(file, line);
    printf("%s is %s: %s\n", text, bt_status_name(status), error->message);
    leave();
}

_Noreturn void test_require_failed(const char *file, int line, const char *text)
{
    test_check(file, line, text, false);
    leave();
}

size_t test_failures(void)
{
    return atomic_load(&failures);
}

/* --- running ------------------------------------------------------------------------------------------------------- */

static int run_one(const test_case *test)
{
    atomic_store(&failures, 0);
    skipped = NULL;
    if (setjmp(out) == 0)
        test->body();
    test_resources_release();
    if (atomic_load(&failures) > 0)
        return EXIT_FAILURE;
    if (skipped) {
        printf("skipped: %s\n", skipped);
        return EXIT_SKIPPED;
    }
    return EXIT_SUCCESS;
}

static int run_all(void)
{
    size_t n_passed = 0, n_failed = 0, n_skipped = 0;
    for (const test_case *test = first; test; test = test->next) {
        const int result = run_one(test);
        n_passed += result == EXIT_SUCCESS;
        n_failed += result == EXIT_FAILURE;
        n_skipped += result == EXIT_SKIPPED;
        if (result == EXIT_FAILURE)
            printf("FAILED %s (%s)\n", test->name, test->file);
        fflush(stdout);
    }
    printf("%zu passed, %zu failed, %zu skipped\n", n_passed, n_failed, n_skipped);
    return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static const test_case *find(const char *name)
{
    const test_case *test = first;
    while (test && strcmp(test->name, name) != 0)
        test = test->next;
    return test;
}

int main(int argc, char **argv)
{
    main_thread = pthread_self();
    test_resources_install();
    setvbuf(stdout, NULL, _IOLBF, 0); /* what a test that crashes printed must not be lost */
    if (argc == 1)
        return run_all();
    if (strcmp(argv[1], "--list") == 0) {
        for (const test_case *test = first; test; test = test->next)
            puts(test->name);
        return EXIT_SUCCESS;
    }
    int result = EXIT_SUCCESS;
    for (int i = 1; i < argc; i++) {
        const test_case *test = find(argv[i]);
        if (!test) {
            fprintf(stderr, "no test is called %s; --list prints their names\n", argv[i]);
            return EXIT_UNKNOWN;
        }
        const int one = run_one(test);
        if (result == EXIT_SUCCESS || one == EXIT_FAILURE)
            result = one;
    }
    return result;
}
