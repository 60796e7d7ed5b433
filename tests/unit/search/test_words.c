/* Words: the same from text, titles and queries. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "search/common.h"
#include "search/words.h"
#include "support/test.h"

typedef struct joined {
    char text[512];
    size_t begin, end; /* of the last word */
} joined;

static bt_status join(void *context, const word *w, bt_error *error)
{
    (void)error;
    joined *j = context;
    const size_t used = strlen(j->text);
    snprintf(j->text + used, sizeof j->text - used, "%s%s", used > 0 ? "|" : "", w->text);
    j->begin = w->begin;
    j->end = w->end;
    CHECK_INT(strlen(w->text), w->length);
    return BT_OK;
}

static joined words_of(const char *text, size_t length)
{
    joined j = {.text = ""};
    bt_error error = {0};
    CHECK_OK(words_each(test_guarded_copy(text, length), length, join, &j, &error), error);
    return j;
}

static void check_words(const char *text, const char *expected)
{
    CHECK_STR(words_of(text, strlen(text)).text, expected);
}

TEST(words_are_folded)
{
    check_words("The MATRIX, reloaded!", "the|matrix|reloaded");
    check_words("Am\xC3\x89LIE\xE2\x80\x94"
                "caf\xC3\xA9",
                "amelie|cafe");
    check_words("Ocean\xE2\x80\x99s 11", "ocean|s|11");
    check_words("8\xC2\xBD", "8|1|2");
    check_words("\xF0\x9F\x8E\xAC $", "");
    check_words("", "");
}

TEST(roman_numerals_are_numbers)
{
    check_words("Rocky II, III and IV", "rocky|2|3|and|4");
    check_words("viii ix xi xiv xix xx xxxix", "8|9|11|14|19|20|39");
    check_words("i v x", "i|v|x");
    check_words("iiii vv iix xxxx mix civil", "iiii|vv|iix|xxxx|mix|civil");
}

TEST(bytes_that_are_not_utf8_part_words)
{
    check_words("ab\xFF"
                "cd\xC3",
                "ab|cd");
    check_words("\x80\x80x", "x");
}

TEST(words_say_where_they_stand)
{
    const joined j = words_of(" the \xC3\x81rbol.", 12);
    CHECK_STR(j.text, "the|arbol");
    CHECK_INT(j.begin, 5);
    CHECK_INT(j.end, 11);
}

TEST(long_words_are_cut_at_a_character)
{
    char text[3 * WORD_MAX];
    memset(text, 'a', sizeof text);
    CHECK_INT(strlen(words_of(text, sizeof text).text), WORD_MAX);
    for (size_t i = 0; i + 3 <= sizeof text; i += 3)
        memcpy(text + i, "\xE6\x98\xA0", 3);
    CHECK_INT(strlen(words_of(text, sizeof text).text), WORD_MAX - 1);
}

static void check_title(const char *title, const char *expected)
{
    char *key = NULL;
    bt_error error = {0};
    CHECK_OK(words_title_key(title, strlen(title), &key, &error), error);
    CHECK_STR(key, expected);
    bt_free(key);
}

TEST(titles_have_keys)
{
    check_title("Shining, The", "the shining");
    check_title("Rocky III", "rocky 3");
    check_title("$", "$");
    check_title("\xFF", "");
    check_title("", "");
}

TEST(stems_are_of_both_languages)
{
    stemmers s;
    bt_error error = {0};
    size_t n = 0;
    CHECK_OK(stemmers_open(&s, &error), error);
    const char *english = stem(&s, WORD_ENGLISH, "hacking", 7, &n);
    CHECK_INT(n, 4);
    CHECK_BYTES(english, "hack", 4);
    const char *spanish = stem(&s, WORD_SPANISH, "canciones", 9, &n);
    CHECK_INT(n, 7);
    CHECK_BYTES(spanish, "cancion", 7);
    stemmers_close(&s);
    CHECK_INT(word_language_of("es"), WORD_SPANISH);
    CHECK_INT(word_language_of("fr"), WORD_NO_LANGUAGE);
    CHECK_INT(word_language_of(NULL), WORD_NO_LANGUAGE);
}

TEST(common_words_are_known)
{
    CHECK(is_common_word("a") && is_common_word("yourself") && is_common_word("movie") && is_common_word("pelicula"));
    CHECK(!is_common_word("alien") && !is_common_word("") && !is_common_word("mov"));
}
