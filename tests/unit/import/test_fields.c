/* Numbers in fields, and the map of ids. */
#include <stdio.h>
#include <string.h>

#include "import/fields.h"
#include "import/id_map.h"
#include "support/test.h"

/* Fields end at a guard page: nothing may look beyond them. */
static csv_field field(const char *text)
{
    const size_t length = strlen(text);
    return (csv_field){test_guarded_copy(text, length), length};
}

TEST(half_stars_are_exact)
{
    static const char *const good[] = {".5", "1", "1.5", "2.0", "2.50", "3", "3.5", "4.000", "4.5", "5.0"};
    for (size_t i = 0; i < 10; i++) {
        uint8_t value = 0;
        const csv_field f = field(good[i]);
        CHECK(field_half_stars(&f, &value));
        CHECK_INT(value, i + 1);
    }
    static const char *const bad[] = {"",
                                      "0",
                                      "0.0",
                                      "5.5",
                                      "6",
                                      "9.5",
                                      "10",
                                      "-1",
                                      "+4",
                                      "4.",
                                      ".",
                                      "4,5",
                                      "3.7",
                                      "4.25",
                                      "4.05",
                                      "NaN",
                                      "nan",
                                      "inf",
                                      "1e0",
                                      "4 ",
                                      " 4",
                                      "4x",
                                      "0x4",
                                      "05",
                                      "00",
                                      "4.5.",
                                      "½",
                                      "4.55",
                                      "4.50000000000000001"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint8_t value;
        const csv_field f = field(bad[i]);
        if (!CHECK(!field_half_stars(&f, &value)))
            printf("accepted: \"%s\"\n", bad[i]);
    }
}

TEST(whole_numbers_below_2_to_the_32)
{
    static const struct {
        const char *text;
        bool is_u32, is_id;
        uint32_t value;
    } cases[] = {
        {"0", true, false, 0},
        {"1", true, true, 1},
        {"007", true, true, 7},
        {"4294967295", true, true, UINT32_MAX},
        {"4294967296", false, false, 0},
        {"9999999999", false, false, 0},
        {"42949672950", false, false, 0},
        {"", false, false, 0},
        {"-1", false, false, 0},
        {"1.0", false, false, 0},
        {" 1", false, false, 0},
        {"1e3", false, false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t value = 0;
        const csv_field f = field(cases[i].text);
        CHECK_INT(field_u32(&f, &value), cases[i].is_u32);
        if (cases[i].is_u32)
            CHECK_INT(value, cases[i].value);
        CHECK_INT(field_id(&f, &value), cases[i].is_id);
    }
}

TEST(what_looks_like_a_number)
{
    static const char *const yes[] = {"0", "-1", "+7.25", "1e3", "1E-3", "10", ".5", "5."};
    static const char *const no[] = {"", "-", ".", "NaN", "inf", "0x1", "1e", "e3", "1.2.3", "four", "1 2", "1e+"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        const csv_field f = field(yes[i]);
        CHECK(field_is_number(&f));
    }
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        const csv_field f = field(no[i]);
        CHECK(!field_is_number(&f));
    }
}

TEST(the_map_of_ids_keeps_what_it_is_given)
{
    id_map m = {0};
    CHECK_INT(id_map_get(&m, 5), 0);
    for (uint32_t i = 1; i <= 5000; i++)
        CHECK(id_map_put(&m, i * 65536u + i % 3, i));
    CHECK_INT(m.n, 5000);
    CHECK(id_map_put(&m, 65536u + 1, 77));
    CHECK_INT(m.n, 5000);
    CHECK_INT(id_map_get(&m, 65536u + 1), 77);
    for (uint32_t i = 2; i <= 5000; i++)
        if (!CHECK_INT(id_map_get(&m, i * 65536u + i % 3), i))
            break;
    CHECK_INT(id_map_get(&m, 12345), 0);
    CHECK_INT(id_map_get(&m, UINT32_MAX), 0);
    id_map_free(&m);
}

TEST(the_map_is_as_before_when_it_cannot_grow)
{
    EACH_FAILED_ALLOCATION
    {
        id_map m = {0};
        uint32_t n = 0;
        while (n < 200 && id_map_put(&m, n + 1, n + 1))
            n++;
        CHECK_INT(m.n, n);
        for (uint32_t i = 1; i <= n; i++)
            CHECK_INT(id_map_get(&m, i), i);
        CHECK(n == 200 || test_alloc_failed());
        id_map_free(&m);
    }
}
