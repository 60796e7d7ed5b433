/* Lists of entity tags and of encodings, as RFC 9110 has them and as they come. */
#include "server/conditions.h"

#include "support/test.h"

TEST(entity_tags)
{
    static const char *const match[] = {"\"a\"",
                                        "*",
                                        " * ",
                                        "\"b\", \"a\"",
                                        "\"b\",\"a\"",
                                        "W/\"a\"",
                                        "W/\"b\" , W/\"a\"",
                                        ",,\"a\",",
                                        "\"a\",\"b\"",
                                        "\"x,\\\", \"a\"",
                                        "\t\"a\"\t"};
    static const char *const other[] = {"",        "a",           "\"a",           "\"ab\"",  "\"b\"",
                                        "\"ba\"",  "a\"",         "\"b\" \"a\"",   "w/\"a\"", "W/ \"a\"",
                                        "\"b\",a", "*, \"b\"",    "\"\\\"a\\\"\"", "**",      "\"A\"",
                                        "'a'",     "\"b;\"a\"\"", "\"a-gz\"",      ","};
    for (size_t i = 0; i < sizeof match / sizeof *match; i++)
        CHECK(conditions_match(match[i], "\"a\""));
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        CHECK(!conditions_match(other[i], "\"a\""));
    CHECK(!conditions_match(0, "\"a\""));
    CHECK(!conditions_match("\"x\"\"a\"", "\"a\"")); /* what a search for the text would find */
}

TEST(encodings)
{
    static const char *const yes[] = {"gzip",         "GZIP",        "deflate, gzip;q=1.0, *;q=0.5",
                                      "br,gzip",      "*",           "gzip;q=0.001",
                                      "gzip ; q=0.5", "x-gzip",      "identity, * ;q=1",
                                      "*;q=0, gzip",  "gzip;level=9"};
    static const char *const no[] = {
        "",        "identity",       "br",    "gzip;q=0",  "gzip;q=0.000",       "gzip; Q=0.0, *", "*;q=0",
        "gzipped", "deflate,brgzip", ";gzip", "gzip;q=0.", "identity;q=1, *;q=0"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        CHECK(conditions_gzip(yes[i]));
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        CHECK(!conditions_gzip(no[i]));
    CHECK(!conditions_gzip(0));
}
