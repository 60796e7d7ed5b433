/* Seeded random numbers: the same on every machine, and spread as they should be. */
#include "base/random.h"

#include <stddef.h>

#include "support/test.h"

/* The first outputs of SplitMix64 from state 0, as its authors' reference gives them. */
TEST(the_stream_is_splitmix64)
{
    random_stream r = {0};
    CHECK(random_next(&r) == 0xE220A8397B1DCDAFu);
    CHECK(random_next(&r) == 0x6E789E6AA1B965F4u);
    CHECK(random_next(&r) == 0x06C45D188009454Fu);
}

/* Models and splits are made from these: they may never change. */
TEST(streams_of_a_seed_are_fixed)
{
    random_stream a = random_make(1, 0), b = random_make(1, 1), c = random_make(2, 0), again = random_make(1, 0);
    const uint64_t first = random_next(&a);
    CHECK(first == random_next(&again));
    CHECK(first != random_next(&b));
    CHECK(first != random_next(&c));
    CHECK(first == 0x17DAF0019666393u);
    CHECK(random_mix(42) == 0xA759EA27D4727622u);
}

TEST(units_fill_the_interval_evenly)
{
    enum { N = 100000, BINS = 20 };
    random_stream r = random_make(7, 7);
    size_t bins[BINS] = {0};
    double sum = 0;
    for (size_t i = 0; i < N; i++) {
        const double unit = random_unit(&r);
        REQUIRE(unit >= 0 && unit < 1);
        bins[(size_t)(unit * BINS)]++;
        sum += unit;
    }
    CHECK_NEAR(sum / N, 0.5, 0.004); /* 4 standard errors */
    for (size_t i = 0; i < BINS; i++)
        CHECK_NEAR(bins[i], (double)N / BINS, 300);
}

TEST(below_covers_its_range_and_no_more)
{
    random_stream r = random_make(3, 0);
    for (int i = 0; i < 100; i++)
        CHECK(random_below(&r, 1) == 0);
    size_t seen[6] = {0};
    for (int i = 0; i < 60000; i++) {
        const uint64_t value = random_below(&r, 6);
        REQUIRE(value < 6);
        seen[value]++;
    }
    for (size_t i = 0; i < 6; i++)
        CHECK_NEAR(seen[i], 10000, 400);
}

/* Of n = 3 * 2^62 plain modulo would put half of all draws into the first third: 2^64 = n + 2^62. */
TEST(below_is_unbiased)
{
    enum { N = 30000 };
    const uint64_t third = UINT64_C(1) << 62;
    random_stream r = random_make(5, 0);
    size_t first = 0;
    for (size_t i = 0; i < N; i++)
        first += random_below(&r, 3 * third) < third;
    CHECK_NEAR((double)first / N, 1.0 / 3, 0.012);
}
