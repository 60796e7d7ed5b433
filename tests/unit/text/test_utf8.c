/* Names that people take for the same have one folded form. */
#include "text/utf8.h"

#include "base/memory.h"
#include "support/test.h"

static void check_folded(const char *text, const char *expected)
{
    char *folded = utf8_folded(text);
    if (CHECK(folded != NULL))
        CHECK_STR(folded, expected);
    bt_free(folded);
}

TEST(names_are_folded)
{
    check_folded("Ana", "ana");
    check_folded("ZO\xC3\x8B", "zo\xC3\xAB");  /* ZOË */
    check_folded("Zoe\xCC\x88", "zo\xC3\xAB"); /* e and a combining diaeresis */
    check_folded("stra\xC3\x9F"
                 "e",
                 "strasse");               /* ß */
    check_folded("\xEF\xBC\xA1na", "ana"); /* a full-width A */
    check_folded("a\xC2\xAD"
                 "b",
                 "ab"); /* a soft hyphen isn't seen */
    check_folded("", "");
}

TEST(what_is_no_text_has_none)
{
    CHECK(utf8_folded("a\xFF") == NULL);
}

TEST(memory_may_run_out)
{
    EACH_FAILED_ALLOCATION
    {
        char *folded = utf8_folded("Ana");
        CHECK((folded == NULL) == test_alloc_failed());
        bt_free(folded);
    }
}
