/* Titles as keys: spellings of one title meet, different titles don't, and no bytes do harm. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "butaca/text.h"
#include "support/test.h"
#include "text/title.h"
#include "text/utf8.h"

/* The key of a title that ends at a page no one may read. */
static char *key_of_bytes(const char *title, size_t length)
{
    bt_error error = {0};
    char *key = NULL;
    CHECK_OK(bt_title_key(test_guarded_copy(title, length), length, &key, &error), error);
    return key;
}

static void check_key(const char *title, const char *expected)
{
    char *key = key_of_bytes(title, strlen(title));
    if (!CHECK_STR(key, expected))
        printf("    (of \"%s\")\n", title);
    bt_free(key);
}

TEST(case_marks_and_punctuation_are_folded)
{
    check_key("The Matrix", "the matrix");
    check_key("  the   MATRIX!  ", "the matrix");
    check_key("AM\xC3\x89LIE", "amelie");  /* É in one code point */
    check_key("Ame\xCC\x81lie", "amelie"); /* and in two */
    check_key("Mission: Impossible - Fallout", "mission impossible fallout");
    check_key("M*A*S*H", "m a s h");
    check_key("Ocean's Eleven", "ocean s eleven");
    check_key("WALL\xC2\xB7"
              "E",
              "wall e");
    check_key("Stra\xC3\x9F"
              "e",
              "strasse");
    check_key("\xE2\x85\xA7", "viii");           /* Ⅷ */
    check_key("\xEF\xBC\xA1\xEF\xBC\xA2", "ab"); /* full width */
    check_key("\xEF\xAC\x81lm", "film");         /* ligature fi */
    check_key("8\xC2\xBD", "8 1 2");
    check_key("8 1/2", "8 1 2");
    check_key("soft\xC2\xADhyphen", "softhyphen");
}

TEST(letters_that_do_not_decompose_are_written_plainly)
{
    check_key("\xC3\x98"
              "dipussi",
              "odipussi");
    check_key("K\xC5\x81"
              "amstwo",
              "klamstwo");
    check_key("\xC3\x86on", "aeon");
    check_key("\xC5\x92uvre", "oeuvre");
    check_key("\xC4\xB0stanbul", "istanbul");
    check_key("K\xC4\xB1\xC5\x9F", "kis");
}

TEST(moved_articles_come_first)
{
    check_key("Matrix, The", "the matrix");
    check_key("Laberinto del fauno, El", "el laberinto del fauno");
    check_key("Avventura, L'", "l avventura");
    check_key("Avventura, L\xE2\x80\x99", "l avventura"); /* ’ */
    check_key("L'Avventura", "l avventura");
    check_key("City of Lost Children,THE ", "the city of lost children");
    check_key("Good, the Bad and the Ugly, The", "the good the bad and the ugly");
    check_key("Enfants du paradis, Les", "les enfants du paradis");
    check_key("Stra\xC3\x9F"
              "e, Die",
              "die strasse");
    check_key("Strada, La", "la strada");
}

TEST(other_commas_stay)
{
    check_key("Me, Myself & Irene", "me myself irene");
    check_key("I, Robot", "i robot");
    check_key(", The", "the");
    check_key("The, ", "the");
    check_key("Lock, Stock", "lock stock");
    check_key("Paris, Texas", "paris texas");
    check_key("Guns, Theatre", "guns theatre");
}

TEST(other_scripts_keep_their_letters)
{
    check_key("\xE4\xB8\x83\xE4\xBA\xBA\xE3\x81\xAE\xE4\xBE\x8D",
              "\xE4\xB8\x83\xE4\xBA\xBA\xE3\x81\xAE\xE4\xBE\x8D"); /* 七人の侍 */
    check_key("\xD0\xA1\xD0\xA2\xD0\x90\xD0\x9B\xD0\x9A\xD0\x95\xD0\xA0",
              "\xD1\x81\xD1\x82\xD0\xB0\xD0\xBB\xD0\xBA\xD0\xB5\xD1\x80");
    check_key("\xE3\x82\xAC", "\xE3\x82\xAB\xE3\x82\x99");             /* ガ is not カ */
    check_key("\xE0\xA4\x95\xE0\xA4\xBF", "\xE0\xA4\x95\xE0\xA4\xBF"); /* a Devanagari vowel sign stays */
    check_key("\xCE\x9F\xCE\xB4\xCF\x8C\xCF\x82",
              "\xCE\xBF\xCE\xB4\xCE\xBF\xCF\x83"); /* Οδός: accent off, final sigma folded */
}

TEST(a_title_of_symbols_has_them_as_its_key)
{
    check_key("$", "$");
    check_key(" !!! ", "!!!");
    check_key("+ \xE2\x88\x9E", "+ \xE2\x88\x9E"); /* + ∞ */
    check_key("", "");
    check_key(" \t ", "");
}

TEST(a_key_is_its_own_key)
{
    const char *const titles[] = {"Matrix, The",     "8\xC2\xBD",    "$",          "AM\xC3\x89LIE",
                                  "\xC4\xB0stanbul", "\xE3\x82\xAC", "L'Avventura"};
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
        char *key = key_of_bytes(titles[i], strlen(titles[i]));
        check_key(key, key);
        bt_free(key);
    }
}

TEST(bare_keys_lose_one_leading_article)
{
    CHECK_STR(bt_title_key_bare("the matrix"), "matrix");
    CHECK_STR(bt_title_key_bare("l avventura"), "avventura");
    CHECK_STR(bt_title_key_bare("la la land"), "la land");
    CHECK_STR(bt_title_key_bare("the"), "the");
    CHECK_STR(bt_title_key_bare("theatre of blood"), "theatre of blood");
    CHECK_STR(bt_title_key_bare("die hard"), "die hard"); /* no article here */
    CHECK_STR(bt_title_key_bare("i robot"), "i robot");
    CHECK_STR(bt_title_key_bare(""), "");
}

TEST(text_that_is_not_utf8_is_refused)
{
    static const char *const bad[] = {
        "caf\xE9",          /* Latin-1 */
        "\xC3",             /* cut */
        "\xE2\x82",         /* cut */
        "\xC0\xAF",         /* overlong */
        "\xED\xA0\x80",     /* surrogate */
        "\xF4\x90\x80\x80", /* beyond U+10FFFF */
        "\x80",             /* no beginning */
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        bt_error error = {0};
        char *key = (char *)"unset";
        const size_t n = strlen(bad[i]);
        const char *guarded = test_guarded_copy(bad[i], n);
        CHECK_STATUS(bt_title_key(guarded, n, &key, &error), BT_BAD_FORMAT);
        CHECK(key == NULL);
        CHECK_CONTAINS(error.message, "UTF-8");
        CHECK(!utf8_is_valid(guarded, n));
    }
    CHECK(utf8_is_valid("plain text of more than eight bytes, \xE2\x82\xAC and on", 45));
    CHECK(utf8_is_valid("", 0));
    CHECK(!utf8_is_valid("plain text of more than eight bytes \xFF", 37));
}

TEST(a_nul_ends_a_word_and_nothing_else)
{
    char *key = key_of_bytes("a\0b", 3);
    CHECK_STR(key, "a b");
    bt_free(key);
}

TEST(large_titles_take_memory_in_proportion)
{
    enum { N = 100 * 1000 };
    static const char expanding[] = "\xEF\xB7\xBA"; /* U+FDFA, 18 code points */
    char *title = memory_array(N, 1);
    REQUIRE(title != NULL);
    for (size_t i = 0; i < N; i++)
        title[i] = expanding[i % 3];
    char *key = key_of_bytes(title, N / 3 * 3);
    CHECK(strlen(key) > N && strlen(key) < 20 * N);
    bt_free(key);

    memset(title, ',', N);
    key = key_of_bytes(title, N);
    CHECK_INT(strlen(key), N); /* a title of symbols */
    bt_free(key);

    for (size_t i = 0; i + 1 < N; i += 2)
        memcpy(title + i, "\xCC\x81", 2); /* nothing but marks */
    key = key_of_bytes(title, N);
    CHECK_STR(key, "");
    bt_free(key);
    bt_free(title);
}

TEST(any_bytes_are_safe)
{
    unsigned state = 1;
    for (size_t run = 0; run < 2000; run++) {
        char bytes[24];
        size_t n = run % sizeof bytes;
        for (size_t i = 0; i < n; i++) {
            state = state * 1103515245u + 12345u;
            static const char alphabet[] = "a,(19-7) '\xE2\x80\x93\x99\xC3\x81\x00";
            bytes[i] = alphabet[(state >> 16) % sizeof alphabet];
        }
        const char *guarded = test_guarded_copy(bytes, n);
        char *key = NULL, *moved = title_article_first(guarded, n);
        size_t length = n, name = 0, article = 0, article_length = 0;
        title_split_year(guarded, &length);
        CHECK(length <= n);
        CHECK(title_before_parenthesis(guarded, n) <= n);
        if (title_find_moved_article(guarded, n, &name, &article, &article_length))
            CHECK(name < article && article + article_length <= n);
        const bt_status status = bt_title_key(guarded, n, &key, NULL);
        CHECK_INT(status, utf8_is_valid(guarded, n) ? BT_OK : BT_BAD_FORMAT);
        bt_free(key);
        bt_free(moved);
    }
}

TEST(without_memory_there_is_no_key)
{
    EACH_FAILED_ALLOCATION
    {
        char *key = NULL;
        const bt_status status = bt_title_key("Laberinto del fauno, El, a title that is long", 30, &key, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        CHECK((key == NULL) == test_alloc_failed());
        bt_free(key);
    }
}

/* --- titles with their case (text/title.h) ----------------------------------------------------------------------------- */

static void check_year(const char *title, const char *rest, int year)
{
    const size_t n = strlen(title);
    size_t length = n;
    const char *guarded = test_guarded_copy(title, n);
    if (!CHECK_INT(title_split_year(guarded, &length), year))
        printf("    (of \"%s\")\n", title);
    if (CHECK_INT(length, strlen(rest)))
        CHECK_BYTES(guarded, rest, length);
}

TEST(the_year_is_split_off)
{
    check_year("Heat (1995)", "Heat", 1995);
    check_year("Heat (1995)  ", "Heat", 1995);
    check_year("Heat(1995)", "Heat", 1995);
    check_year("Death Note (2006\xE2\x80\x93"
               "2007)",
               "Death Note", 2006);
    check_year("Fawlty Towers (1975-1979)", "Fawlty Towers", 1975);
    check_year("Columbo (1971-)", "Columbo", 1971);
    check_year("Columbo (1971- )", "Columbo", 1971);
    check_year("Blade Runner 2049 (2017)", "Blade Runner 2049", 2017);
    check_year("Solaris (Solyaris) (1972)", "Solaris (Solyaris)", 1972);
}

TEST(what_is_no_year_stays)
{
    const char *const titles[] = {"Heat",
                                  "2012",
                                  "Heat (95)",
                                  "Heat (12345)",
                                  "Heat (1995",
                                  "Heat 1995)",
                                  "(1995)",
                                  "",
                                  "(",
                                  ")",
                                  "(500) Days of Summer",
                                  "Heat (1066)",
                                  "Heat (2345)",
                                  "Heat (19a5)",
                                  "Heat (1995-96)",
                                  "Heat (1995 cut)",
                                  "Heat (1995-1066)"};
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        check_year(titles[i], titles[i], 0);
}

TEST(the_parenthesis_at_the_end_is_split_off)
{
    CHECK_INT(title_before_parenthesis("Solaris (Solyaris)", 18), 7);
    CHECK_INT(title_before_parenthesis("A (b (c))", 9), 1);
    CHECK_INT(title_before_parenthesis("A (b) c", 7), 7);
    CHECK_INT(title_before_parenthesis("(b)", 3), 3);
    CHECK_INT(title_before_parenthesis("a b)", 4), 4);
    CHECK_INT(title_before_parenthesis("", 0), 0);
}

static void check_moved(const char *title, const char *expected)
{
    const size_t n = strlen(title);
    char *moved = title_article_first(test_guarded_copy(title, n), n);
    CHECK_STR(moved, expected);
    bt_free(moved);
}

TEST(a_moved_article_comes_first_and_keeps_its_case)
{
    check_moved("Matrix, The", "The Matrix");
    check_moved("Avventura, L'", "L'Avventura");
    check_moved("Avventura, L\xE2\x80\x99", "L\xE2\x80\x99"
                                            "Avventura");
    check_moved("Laberinto del fauno, El", "El Laberinto del fauno");
    check_moved("I, Robot", "I, Robot");
    check_moved("", "");
    test_fail_alloc_at(1);
    CHECK(title_article_first("Matrix, The", 11) == NULL);
}
