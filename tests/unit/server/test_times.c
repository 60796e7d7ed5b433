/* RFC 3339: what is read and written, and what isn't a time. */
#include "server/times.h"

#include <stdlib.h>
#include <string.h>

#include "support/test.h"

static int64_t parsed(const char *text)
{
    int64_t value = -1;
    CHECK(time_parse(text, &value));
    return value;
}

TEST(times_are_read)
{
    CHECK_INT(parsed("1970-01-01T00:00:00Z"), 0);
    CHECK_INT(parsed("1970-01-01t00:00:00z"), 0);
    CHECK_INT(parsed("1969-12-31T23:59:59.999999Z"), -1);
    CHECK_INT(parsed("2000-02-29T12:00:00+01:00"), 951822000LL * 1000000);
    CHECK_INT(parsed("2026-11-24 08:47:30.5-00:30"), 1795511850500000LL); /* date -u -d '2026-11-24 09:17:30' +%s */
    CHECK_INT(parsed("1990-12-31T23:59:60Z"), parsed("1991-01-01T00:00:00Z"));
    CHECK_INT(parsed("2026-01-01T00:00:00.1234567Z"), parsed("2026-01-01T00:00:00.123456Z"));
}

TEST(times_come_back)
{
    char text[TIME_TEXT];
    for (int64_t t = -4000000000000000; t < 8000000000000000; t += 98765432109877) {
        time_write(t, text);
        CHECK_INT(parsed(text), t);
    }
    time_write(-1, text);
    CHECK_STR(text, "1969-12-31T23:59:59.999999Z");
    time_write(86400000000, text);
    CHECK_STR(text, "1970-01-02T00:00:00Z");
}

TEST(what_is_no_time)
{
    static const char *const wrong[] = {"",
                                        "2026",
                                        "2026-11-24",
                                        "2026-11-24T08:47:30",
                                        "2026-13-01T00:00:00Z",
                                        "2026-00-01T00:00:00Z",
                                        "2026-02-29T00:00:00Z",
                                        "1900-02-29T00:00:00Z",
                                        "0000-01-01T00:00:00Z",
                                        "2026-01-01T24:00:00Z",
                                        "2026-01-01T00:60:00Z",
                                        "2026-01-01T00:00:61Z",
                                        "2026-01-01T00:00:00.Z",
                                        "2026-01-01T00:00:00.1234567890Z",
                                        "2026-01-01T00:00:00+1:00",
                                        "2026-01-01T00:00:00+24:00",
                                        "2026-01-01T00:00:00Zulu",
                                        " 2026-01-01T00:00:00Z",
                                        "-026-01-01T00:00:00Z"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const size_t size = strlen(wrong[i]) + 1;
        char *exact = malloc(size); /* a byte too many that is read is found */
        int64_t value = 5;
        memcpy(exact, wrong[i], size);
        CHECK(!time_parse(exact, &value));
        CHECK_INT(value, 5);
        free(exact);
    }
}
