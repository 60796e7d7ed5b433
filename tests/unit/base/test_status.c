/* Status codes and errors: texts for every code, codes for system errors, messages cut at a character. */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "support/test.h"

TEST(every_status_has_a_name_and_a_text)
{
    for (int code = 0; code < BT_STATUS_COUNT; code++) {
        CHECK(strlen(bt_status_text((bt_status)code)) > 0);
        for (int other = 0; other < code; other++) {
            CHECK(strcmp(bt_status_name((bt_status)code), bt_status_name((bt_status)other)) != 0);
            CHECK(strcmp(bt_status_text((bt_status)code), bt_status_text((bt_status)other)) != 0);
        }
    }
    CHECK_STR(bt_status_name(BT_OK), "OK");
    CHECK_STR(bt_status_text(BT_NOT_FOUND), "not found");
    CHECK_STR(bt_status_name(BT_UNSUPPORTED), "UNSUPPORTED");
}

/* Codes are part of the ABI: bindings know them by number. */
TEST(codes_keep_their_numbers)
{
    CHECK_INT(BT_OK, 0);
    CHECK_INT(BT_NOT_FOUND, 3);
    CHECK_INT(BT_CORRUPT, 6);
    CHECK_INT(BT_CANCELLED, 12);
    CHECK_INT(BT_UNSUPPORTED, 15);
}

TEST(numbers_that_are_no_code_have_a_text)
{
    CHECK_STR(bt_status_name((bt_status)BT_STATUS_COUNT), "UNKNOWN");
    CHECK_STR(bt_status_text((bt_status)-1), "unknown status");
    CHECK_STR(bt_status_text((bt_status)12345), "unknown status");
}

TEST(an_error_carries_code_and_message)
{
    bt_error error = {0};
    CHECK_STATUS(error_set(&error, BT_BAD_FORMAT, "%s:%d: expected %d columns", "ratings.csv", 7, 4), BT_BAD_FORMAT);
    CHECK_STATUS(error.status, BT_BAD_FORMAT);
    CHECK_STR(error.message, "ratings.csv:7: expected 4 columns");

    CHECK_STATUS(error_set(NULL, BT_LIMIT, "nobody listens"), BT_LIMIT);
    CHECK_STATUS(error_system(NULL, ENOENT, "nobody listens"), BT_NOT_FOUND);
    CHECK_STATUS(error_no_memory(&error, "reading ratings"), BT_NO_MEMORY);
    CHECK_STR(error.message, "out of memory while reading ratings");
}

TEST(an_error_can_be_put_before_itself)
{
    bt_error error = {0};
    error_set(&error, BT_CORRUPT, "section 'film' is missing");
    error_set(&error, error.status, "ratings.bt: %s", error.message);
    CHECK_STR(error.message, "ratings.bt: section 'film' is missing");
}

TEST(system_errors_get_the_code_that_fits)
{
    static const struct {
        int number;
        bt_status status;
    } cases[] = {{ENOENT, BT_NOT_FOUND},  {ENOSPC, BT_NO_SPACE},  {EDQUOT, BT_NO_SPACE},
                 {EACCES, BT_PERMISSION}, {EPERM, BT_PERMISSION}, {EROFS, BT_PERMISSION},
                 {ENOMEM, BT_NO_MEMORY},  {EIO, BT_IO},           {ENAMETOOLONG, BT_IO}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bt_error error = {0};
        CHECK_STATUS(error_system(&error, cases[i].number, "cannot open %s", "x"), cases[i].status);
        CHECK_STATUS(error.status, cases[i].status);
        CHECK_CONTAINS(error.message, "cannot open x: ");
        CHECK_CONTAINS(error.message, strerror(cases[i].number));
    }
    bt_error error = {0};
    error_system(&error, 98765, "cannot open x");
    CHECK_CONTAINS(error.message, "98765");
}

/* Characters of 1 to 4 bytes after every possible number of ASCII bytes: what is kept is a prefix of whole characters. */
TEST(long_messages_are_cut_at_a_character)
{
    static const char *const characters[] = {"a", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x8E\xAC"};
    for (size_t c = 0; c < 4; c++) {
        const size_t width = strlen(characters[c]);
        for (size_t ahead = 0; ahead < width; ahead++) {
            char text[2 * BT_ERROR_MESSAGE_SIZE];
            size_t length = ahead;
            memset(text, 'x', ahead);
            while (length + width < sizeof text) {
                memcpy(text + length, characters[c], width);
                length += width;
            }
            text[length] = '\0';

            bt_error error = {0};
            error_set(&error, BT_IO, "%s", text);
            const size_t kept = strlen(error.message), room = BT_ERROR_MESSAGE_SIZE - 1;
            CHECK_INT(kept, ahead + (room - ahead) / width * width);
            CHECK(memcmp(error.message, text, kept) == 0);
        }
    }
}

TEST(the_reason_of_a_system_error_is_never_cut_off)
{
    char path[2000];
    memset(path, 'p', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    bt_error error = {0};
    error_system(&error, ENOSPC, "cannot write %s", path);
    CHECK_INT(strlen(error.message), BT_ERROR_MESSAGE_SIZE - 1);
    CHECK_CONTAINS(error.message, strerror(ENOSPC));
}

TEST(bytes_that_are_no_utf8_do_not_confuse_the_cut)
{
    char text[2 * BT_ERROR_MESSAGE_SIZE];
    memset(text, 0x80, sizeof text - 1);
    text[sizeof text - 1] = '\0';
    bt_error error = {0};
    error_set(&error, BT_IO, "%s", text);
    CHECK_INT(strlen(error.message), BT_ERROR_MESSAGE_SIZE - 1);
}
