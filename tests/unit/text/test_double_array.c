/* Double arrays: every string is found with its number, nothing else is, and units from outside are checked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "support/test.h"
#include "text/double_array.h"

/* The number of a string, or -1. */
static int64_t find(const double_array *a, const char *bytes, size_t length)
{
    uint32_t node = DOUBLE_ARRAY_ROOT, value;
    for (size_t i = 0; i < length; i++)
        if (!double_array_step(a, &node, (uint8_t)bytes[i]))
            return -1;
    return double_array_value(a, node, &value) ? (int64_t)value : -1;
}

static void release(double_array *a)
{
    bt_free((void *)(uintptr_t)a->units);
}

TEST(strings_are_found_and_nothing_else)
{
    enum { N = 5 };
    double_array_string strings[N] = {{"b", 1, 0}, {"abc", 3, 1}, {"ab", 2, 2}, {"\xFF\x01", 2, 3}, {"abd", 3, 4}};
    double_array a;
    bt_error error = {0};
    CHECK_OK(double_array_build(strings, N, &a, &error), error);
    CHECK(double_array_is_valid(&a, N));
    CHECK_INT(find(&a, "b", 1), 0);
    CHECK_INT(find(&a, "abc", 3), 1);
    CHECK_INT(find(&a, "ab", 2), 2);
    CHECK_INT(find(&a, "\xFF\x01", 2), 3);
    CHECK_INT(find(&a, "abd", 3), 4);
    CHECK_INT(find(&a, "a", 1), -1);
    CHECK_INT(find(&a, "abcd", 4), -1);
    CHECK_INT(find(&a, "", 0), -1);
    CHECK_INT(find(&a, "\0", 1), -1);
    CHECK_INT(find(&a, "b\0", 2), -1);
    release(&a);
}

/* Random strings of a few letters, so that they share beginnings; numbers as they come. */
TEST(thousands_of_strings)
{
    enum { N = 20000, LENGTH = 12 };
    static char bytes[N][LENGTH];
    static double_array_string strings[N];
    random_stream random = random_make(3, 1);
    for (size_t i = 0; i < N; i++) {
        const int n = snprintf(bytes[i], LENGTH, "%zx", i * 7919);
        for (int j = 0; j < n; j++)
            bytes[i][j] = (char)(bytes[i][j] ^ (random_unit(&random) < 0.1 ? 0x80 : 0));
        strings[i] = (double_array_string){bytes[i], (size_t)n, (uint32_t)i};
    }
    double_array a;
    bt_error error = {0};
    bt_status status = double_array_build(strings, N, &a, &error);
    REQUIRE(status == BT_OK);
    CHECK(double_array_is_valid(&a, N));
    for (size_t i = 0; i < N; i++)
        if (!CHECK_INT(find(&a, bytes[i], strlen(bytes[i])), (int64_t)i))
            break;
    CHECK(a.n_units < (size_t)N * 12);
    release(&a);
}

TEST(what_is_no_vocabulary_is_refused)
{
    double_array a;
    bt_error error = {0};
    CHECK_STATUS(double_array_build(NULL, 0, &a, &error), BT_INVALID_ARGUMENT);
    double_array_string twice[] = {{"a", 1, 3}, {"b", 1, 4}, {"a", 1, 5}};
    CHECK_STATUS(double_array_build(twice, 3, &a, &error), BT_BAD_FORMAT);
    CHECK_CONTAINS(error.message, "are the same");
    double_array_string empty[] = {{"", 0, 0}};
    CHECK_STATUS(double_array_build(empty, 1, &a, &error), BT_BAD_FORMAT);
    double_array_string zero[] = {{"a\0b", 3, 0}};
    CHECK_STATUS(double_array_build(zero, 1, &a, &error), BT_BAD_FORMAT);
    char text[300];
    memset(text, 'x', sizeof text);
    double_array_string deep[] = {{text, sizeof text, 0}};
    CHECK_STATUS(double_array_build(deep, 1, &a, &error), BT_BAD_FORMAT);
    double_array_string large[] = {{"a", 1, UINT32_MAX}};
    CHECK_STATUS(double_array_build(large, 1, &a, &error), BT_LIMIT);
}

TEST(units_that_lead_outside_are_refused)
{
    double_array_unit units[512] = {{0, 0}};
    double_array a = {units, 512};
    CHECK(double_array_is_valid(&a, 1));
    units[300].base = 512;
    CHECK(!double_array_is_valid(&a, 1));
    units[300] = (double_array_unit){0, 2u << 8};
    CHECK(!double_array_is_valid(&a, 1));
    CHECK(double_array_is_valid(&a, 2));
    a.n_units = 100;
    CHECK(!double_array_is_valid(&a, 2));
    a.n_units = 0;
    CHECK(!double_array_is_valid(&a, 2));
}

TEST(memory_that_runs_out)
{
    EACH_FAILED_ALLOCATION
    {
        double_array_string strings[] = {{"abc", 3, 0}, {"abd", 3, 1}, {"b", 1, 2}};
        double_array a;
        const bt_status status = double_array_build(strings, 3, &a, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        release(&a);
    }
}
