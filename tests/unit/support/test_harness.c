/* The harness itself: checks that hold say so, resources do what the header promises. That failing checks fail the program is
 * shown from outside, by tests/structure/test_harness.py.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "butaca/memory.h"
#include "support/test.h"

TEST(checks_that_hold_return_true)
{
    CHECK(CHECK(1 + 1 == 2));
    CHECK(CHECK_INT(-3, -3));
    CHECK(CHECK_INT(SIZE_MAX, SIZE_MAX));
    CHECK(CHECK_STR("butaca", "butaca"));
    CHECK(CHECK_CONTAINS("films.csv:7: no title", ":7:"));
    CHECK(CHECK_BYTES("abc", "abc", 3));
    CHECK(CHECK_NEAR(1.0, 1.0 + 1e-9, 1e-8));
    CHECK(CHECK_NEAR(INFINITY, INFINITY, 0));
    CHECK(CHECK_ULP(1.0f, nextafterf(1.0f, 2.0f), 1));
    CHECK(CHECK_ULP(-0.0f, 0.0f, 0));
    CHECK(CHECK_ULP(nextafterf(0.0f, -1.0f), nextafterf(0.0f, 1.0f), 2));
}

TEST(a_folder_is_empty_and_writable)
{
    const char *path = test_write_file("a file", "x", 1);
    CHECK(access(path, R_OK) == 0);
    CHECK_STR(test_tmpdir(), test_tmpdir());
}

TEST(an_ordinary_user_owns_the_folder_and_may_not_do_all)
{
    const char *path = test_write_file("secret", "x", 1);
    test_give_up_root();
    CHECK(geteuid() != 0);
    REQUIRE(chmod(path, 0) == 0); /* only its owner may */
    FILE *file = fopen(path, "r");
    CHECK(file == NULL);
}

TEST(guarded_memory_ends_at_a_page)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (size_t size = 0; size < 10000; size += 1237) {
        unsigned char *bytes = test_guarded(size);
        CHECK_INT(((uintptr_t)bytes + size) % page, 0);
        memset(bytes, 1, size);
    }
    CHECK_BYTES(test_guarded_copy("film", 4), "film", 4);
}

TEST(the_nth_allocation_fails_once)
{
    test_fail_alloc_at(2);
    void *first = memory_array(3, 5);
    void *second = memory_array(3, 5);
    CHECK(first && !second);
    CHECK(test_alloc_failed());
    void *third = memory_array(3, 5);
    CHECK(third != NULL);
    bt_free(third);
    bt_free(first);
}

TEST(each_allocation_fails_in_turn)
{
    size_t n_runs = 0, n_failed = 0;
    EACH_FAILED_ALLOCATION
    {
        void *blocks[3] = {0};
        for (size_t i = 0; i < 3; i++)
            blocks[i] = memory_zeroed(1, 100);
        n_runs++;
        n_failed += test_alloc_failed();
        CHECK(test_alloc_failed() == !(blocks[0] && blocks[1] && blocks[2]));
        for (size_t i = 0; i < 3; i++)
            bt_free(blocks[i]);
    }
    CHECK_INT(n_runs, 4);
    CHECK_INT(n_failed, 3);
    CHECK_INT(test_live_blocks(), 0);
}
