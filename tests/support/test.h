/* The harness of the unit tests.
 *
 *     TEST(empty_file_is_refused)
 *     {
 *         bt_error error = {0};
 *         CHECK_STATUS(thing_open("nowhere", &error), BT_NOT_FOUND);
 *         CHECK_CONTAINS(error.message, "nowhere");
 *     }
 *
 * A file tests/unit/<folder>/test_<subject>.c is a program of its own: `--list` prints its tests, names run those, no argument
 * runs all. It exits with 0 (passed), 1 (a check failed), 77 (skipped; the reason is the line "skipped: …") or 2 (no such
 * test). pytest runs each test in a process of its own, with a time limit, under AddressSanitizer.
 *
 * A CHECK that fails prints file, line and both values, and the test goes on; REQUIRE and CHECK_OK end it, since what follows
 * would rest on them. Other threads than the test's own may use the CHECKs, but none of those that end a test.
 */
#ifndef TESTS_SUPPORT_TEST_H
#define TESTS_SUPPORT_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "butaca/status.h"

typedef struct test_case {
    const char *name, *file;
    void (*body)(void);
    struct test_case *next;
} test_case;

void test_register(test_case *test);

/* Constructors fill the list before main, in the order of the file. */
#define TEST(name)                                                         \
    static void test_body_##name(void);                                    \
    __attribute__((constructor)) static void test_register_##name(void)    \
    {                                                                      \
        static test_case test = {#name, __FILE__, test_body_##name, NULL}; \
        test_register(&test);                                              \
    }                                                                      \
    static void test_body_##name(void)

/* --- checks -------------------------------------------------------------------------------------------------------- */

/* All of them return whether the check held, so that a loop can stop at the first failure. */
#define CHECK(condition) test_check(__FILE__, __LINE__, #condition, (condition))
#define CHECK_INT(actual, expected) \
    test_check_int(__FILE__, __LINE__, #actual, #expected, (intmax_t)(actual), (intmax_t)(expected))
#define CHECK_STR(actual, expected) test_check_string(__FILE__, __LINE__, #actual, (actual), (expected))
#define CHECK_CONTAINS(text, part) test_check_contains(__FILE__, __LINE__, #text, (text), (part))
#define CHECK_BYTES(actual, expected, size) test_check_bytes(__FILE__, __LINE__, #actual, (actual), (expected), (size))
/* |actual - expected| <= tolerance; a NaN is near nothing. */
#define CHECK_NEAR(actual, expected, tolerance) \
    test_check_near(__FILE__, __LINE__, #actual, #expected, (double)(actual), (double)(expected), (double)(tolerance))
/* At most n floats lie between the two. */
#define CHECK_ULP(actual, expected, n) test_check_ulp(__FILE__, __LINE__, #actual, #expected, (actual), (expected), (n))
#define CHECK_STATUS(expression, expected) test_check_status(__FILE__, __LINE__, #expression, (expression), (expected))

/* CHECK_OK(bt_model_open(path, &model, &error), error): BT_OK, or the error's message is printed and the test ends. */
#define CHECK_OK(expression, error)                                              \
    do {                                                                         \
        const bt_status test_status = (expression);                              \
        if (test_status != BT_OK)                                                \
            test_not_ok(__FILE__, __LINE__, #expression, test_status, &(error)); \
    } while (0)
#define REQUIRE(condition) ((condition) ? (void)0 : test_require_failed(__FILE__, __LINE__, #condition))
/* Ends the test as skipped. tests/skips.txt lists the reasons that are allowed. */
#define SKIP(reason) test_skip(reason)

bool test_check(const char *file, int line, const char *text, bool holds);
bool test_check_int(const char *file, int line, const char *text, const char *other, intmax_t actual, intmax_t expected);
bool test_check_string(const char *file, int line, const char *text, const char *actual, const char *expected);
bool test_check_contains(const char *file, int line, const char *text, const char *whole, const char *part);
bool test_check_bytes(const char *file, int line, const char *text, const void *actual, const void *expected, size_t size);
bool test_check_near(const char *file, int line, const char *text, const char *other, double actual, double expected,
                     double tolerance);
bool test_check_ulp(const char *file, int line, const char *text, const char *other, float actual, float expected, uint32_t n);
bool test_check_status(const char *file, int line, const char *text, bt_status actual, bt_status expected);
_Noreturn void test_not_ok(const char *file, int line, const char *text, bt_status status, const bt_error *error);
_Noreturn void test_require_failed(const char *file, int line, const char *text);
_Noreturn void test_skip(const char *reason);

/* Checks of this test that failed so far. */
size_t test_failures(void);

/* --- what a test may need; all of it is given back when the test ends ------------------------------------------------- */

/* A folder of this test's own, empty at the start, removed with its content at the end. */
const char *test_tmpdir(void);

/* "<test_tmpdir()>/<name>". */
const char *test_path(const char *name);

/* Writes a file there and returns its path. */
const char *test_write_file(const char *name, const void *bytes, size_t size);

/* Whether a file holds these bytes; false where there is no file. */
bool test_file_holds(const char *path, const void *bytes, size_t size);

/* Makes the process an ordinary user, who owns test_tmpdir() and all that is in it, so that what is forbidden fails also where tests
 * run as root. For the test's own thread; ends with the test. */
void test_give_up_root(void);

/* The folder with the real data sets, BUTACA_TEST_DATA; skips the test without it. */
const char *test_data_dir(void);

/* `size` bytes whose end touches a page that no one may read or write: a read of one byte more ends the process. The bytes before
 * them, back to the start of their page, are 0xA5. */
void *test_guarded(size_t size);
void *test_guarded_copy(const void *bytes, size_t size);

/* --- memory that runs out ------------------------------------------------------------------------------------------- */

/* The n-th allocation through libbutaca's door from now on fails, once (n = 1: the next one); 0: none fails. */
void test_fail_alloc_at(size_t n);

/* Whether the allocation that was asked to fail since the last test_fail_alloc_at has done so. */
bool test_alloc_failed(void);

/* Blocks of libbutaca's door that are not released yet. */
size_t test_live_blocks(void);

/* Runs the block that follows with the 1st, 2nd, 3rd … allocation failing, until one run asks for no more memory than succeeds;
 * that last run has to pass like any other call:
 *
 *     EACH_FAILED_ALLOCATION
 *     {
 *         bt_status status = thing_open(path, &thing, NULL);
 *         CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
 *         thing_free(thing);
 *     }
 *
 * A run that leaves more blocks held than it found fails the test. */
#define EACH_FAILED_ALLOCATION for (size_t test_run = 0; test_next_failure(__FILE__, __LINE__, &test_run);)

bool test_next_failure(const char *file, int line, size_t *run);

#endif
