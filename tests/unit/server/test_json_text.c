/* JSON as text: what jansson writes, for every kind of value, and for many random ones. */
#include "server/json_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "support/test.h"

static void check_same(json_t *document)
{
    REQUIRE(document != NULL);
    size_t n = 0;
    char *ours = json_text(document, &n),
         *theirs = json_dumps(document, JSON_COMPACT | JSON_REAL_PRECISION(7) | JSON_ENCODE_ANY);
    REQUIRE(ours != NULL && theirs != NULL);
    CHECK_STR(ours, theirs);
    CHECK_INT(n, strlen(theirs));
    free(ours);
    free(theirs);
    json_decref(document);
}

TEST(every_kind_of_value)
{
    check_same(json_pack("{s:n, s:b, s:b, s:[], s:{}, s:[[i], {s:f}]}", "null", "yes", 1, "no", 0, "empty", "none", "in", 7,
                         "x", 0.5));
    check_same(json_string("plain, \"quoted\", back\\slash, /, \x7f, Penélope 愛 \xf0\x9f\x8e\xac"));
    for (char c = 1; c < 0x20; c++) {
        const char text[] = {'a', c, 'b', '\0'};
        check_same(json_pack("{s:s}", text, text));
    }
    check_same(json_stringn("zero\0byte", 9));
    check_same(json_string(""));
    for (json_int_t i = 1; i < INT64_MAX / 7; i *= -7)
        check_same(json_integer(i));
    check_same(json_integer(INT64_MIN));
    check_same(json_integer(0));
}

TEST(reals)
{
    static const double some[] = {0,
                                  -0.0,
                                  1,
                                  -1,
                                  0.1,
                                  1e-4,
                                  1e-5,
                                  -1.5e-5,
                                  123456.7,
                                  1234567,
                                  12345678,
                                  1e7,
                                  1e15,
                                  1e100,
                                  -1e-100,
                                  5e-324,
                                  0.99999999,
                                  9999999.5,
                                  1.7976931348623157e308};
    for (size_t i = 0; i < sizeof some / sizeof *some; i++)
        check_same(json_real(some[i]));
    random_stream random = random_make(7, 1);
    for (int i = 0; i < 20000; i++)
        check_same(json_real((random_unit(&random) - 0.5) * pow(10, (double)random_below(&random, 40) - 20)));
}

TEST(a_document_that_grows)
{
    json_t *array = json_array();
    for (int i = 0; i < 5000; i++)
        json_array_append_new(
            array, json_pack("{s:i, s:s, s:f}", "id", i, "title", "A film whose title is this long", "share", i / 7.0));
    check_same(array);
}
