/* Python literals: what repr() writes is read back, anything else is refused, whatever is cut off or nested. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/literal.h"
#include "support/test.h"

static arena memory;

/* Parses from a block whose end is guarded. */
static const literal *parse(const char *text)
{
    bt_error error = {0};
    const literal *value = NULL;
    CHECK_OK(literal_parse(test_guarded_copy(text, strlen(text)), strlen(text), &memory, &value, &error), error);
    return value;
}

static bt_status status_of(const char *text, size_t length)
{
    const literal *value;
    arena a = {0};
    const bt_status status = literal_parse(test_guarded_copy(text, length), length, &a, &value, NULL);
    CHECK((status == BT_OK) == (value != NULL));
    arena_free(&a);
    return status;
}

TEST(a_list_of_dicts_is_read_as_kaggle_has_it)
{
    const literal *list = parse("[{'id': 35, 'name': 'Comedy'}, {'id': 10751, 'name': \"Children's\", 'path': None}]");
    REQUIRE(list->kind == LITERAL_LIST && list->first && list->first->next && !list->first->next->next);
    const literal *second = list->first->next;
    CHECK_STR(literal_string(literal_get(list->first, "name"), &memory), "Comedy");
    CHECK_STR(literal_string(literal_get(second, "name"), &memory), "Children's");
    CHECK(literal_is(literal_get(second, "name"), "Children's"));
    CHECK(!literal_is(literal_get(second, "name"), "Children"));
    CHECK_INT(literal_get(second, "path")->kind, LITERAL_NONE);
    CHECK_INT(literal_get(second, "id")->kind, LITERAL_NUMBER);
    CHECK_BYTES(literal_get(second, "id")->text, "10751", 5);
    CHECK(literal_get(second, "nothing") == NULL);
    CHECK(literal_get(list, "id") == NULL);
    CHECK(literal_get(NULL, "id") == NULL);
    arena_free(&memory);
}

TEST(every_kind_of_value_is_known)
{
    static const struct {
        const char *text;
        literal_kind kind;
    } cases[] = {
        {"None", LITERAL_NONE},
        {" True ", LITERAL_TRUE},
        {"False", LITERAL_FALSE},
        {"0", LITERAL_NUMBER},
        {"-12.5e-3", LITERAL_NUMBER},
        {"+.5", LITERAL_NUMBER},
        {"1.", LITERAL_NUMBER},
        {"nan", LITERAL_NUMBER},
        {"-inf", LITERAL_NUMBER},
        {"''", LITERAL_STRING},
        {"\"\"", LITERAL_STRING},
        {"[]", LITERAL_LIST},
        {"[ 1 , 2 , ]", LITERAL_LIST},
        {"()", LITERAL_LIST},
        {"(1,)", LITERAL_LIST},
        {"{}", LITERAL_DICT},
        {"{1: 2, 'a': [{}],}", LITERAL_DICT},
        {"\n[\t'a',\r\n'b']\n", LITERAL_LIST},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (!CHECK_INT(parse(cases[i].text)->kind, cases[i].kind))
            printf("%s\n", cases[i].text);
    arena_free(&memory);
}

TEST(what_is_no_literal_is_refused)
{
    static const char *const cases[] = {
        "",
        " ",
        "[",
        "]",
        "[1",
        "[1,",
        "[,]",
        "[1 2]",
        "[1]]",
        "{",
        "{1}",
        "{1:}",
        "{1: 2",
        "{1: 2,,}",
        "{: 1}",
        "'",
        "\"a'",
        "'a\\",
        "'\\q'",
        "'\\x4'",
        "'\\x4g'",
        "'\\u12'",
        "'\\N{DIGIT ONE}'",
        "none",
        "TRUE",
        "Nonesuch",
        "1x",
        "1e",
        "1e+",
        "-",
        ".",
        "--1",
        "+nano",
        "a",
        "'a' 'b'x",
        "1 2",
        "[1}",
        "(1]",
        "null",
        "\xE9",
        "[1;2]",
        "{'a' 1}",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (!CHECK_STATUS(status_of(cases[i], strlen(cases[i])), BT_BAD_FORMAT))
            printf("%s\n", cases[i]);
    CHECK_STATUS(status_of("[1\0]", 4), BT_BAD_FORMAT);
    CHECK_STATUS(status_of("\0", 1), BT_BAD_FORMAT);
    bt_error error = {0};
    const literal *value;
    CHECK_STATUS(literal_parse("[1, 2, x]", 9, &memory, &value, &error), BT_BAD_FORMAT);
    CHECK_CONTAINS(error.message, "byte 7");
    arena_free(&memory);
}

TEST(every_prefix_of_a_literal_is_refused_without_reading_past_it)
{
    static const char text[] = "[{'id': 35, 'name': \"Ch\\u00e9\\x41\\U0001f600\", 'x': (None, True, -1.5e+3)}]";
    for (size_t n = 0; n < sizeof text - 1; n++)
        CHECK_STATUS(status_of(text, n), BT_BAD_FORMAT);
    CHECK_STATUS(status_of(text, sizeof text - 1), BT_OK);
}

TEST(escapes_are_undone)
{
    static const struct {
        const char *text, *value;
    } cases[] = {
        {"'a\\'b'", "a'b"},
        {"\"a\\\"b\"", "a\"b"},
        {"'\\\\'", "\\"},
        {"'\\xe9\\u00f1\\U0001f600'", "éñ😀"},
        {"'\\x41\\101\\60'", "AA0"},
        {"'\\n\\t\\r\\a\\0\\x1f|\t|'", "      | |"},
        {"'a\\\nb'", "ab"},
        {"'\\ud83d'", "\xEF\xBF\xBD"},
        {"'\\U00110000'", "\xEF\xBF\xBD"},
        {"'\\777'", "\xC7\xBF"},
        {"'千と千尋'", "千と千尋"},
        {"12", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_STR(literal_string(parse(cases[i].text), &memory), cases[i].value);
    CHECK_STR(literal_string(NULL, &memory), "");
    arena_free(&memory);
}

TEST(depth_and_number_of_values_are_bounded)
{
    char text[64];
    for (size_t depth = LITERAL_DEPTH_MAX; depth <= LITERAL_DEPTH_MAX + 1; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        CHECK_STATUS(status_of(text, depth * 2), depth > LITERAL_DEPTH_MAX ? BT_LIMIT : BT_OK);
    }
    const size_t n = LITERAL_VALUES_MAX * 2;
    char *many = malloc(n + 1);
    REQUIRE(many != NULL);
    for (size_t i = 0; i < n; i += 2)
        memcpy(many + i, "1,", 2);
    many[0] = '[';
    many[1] = '1';
    many[n - 1] = ']';
    CHECK_STATUS(status_of(many, n), BT_OK); /* the list and one less than LITERAL_VALUES_MAX ones */
    many[1] = '[';
    many[2] = ']';
    CHECK_STATUS(status_of(many, n), BT_OK);
    char *more = malloc(n + 3);
    REQUIRE(more != NULL);
    memcpy(more, many, n - 1);
    memcpy(more + n - 1, ",1]", 3);
    CHECK_STATUS(status_of(more, n + 2), BT_LIMIT);
    free(many);
    free(more);
}

TEST(memory_that_runs_out_is_told)
{
    static const char text[] = "[{'a': 'b'}]";
    EACH_FAILED_ALLOCATION
    {
        arena a = {0};
        const literal *value;
        const bt_status status = literal_parse(text, sizeof text - 1, &a, &value, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        arena_free(&a);
    }
}
