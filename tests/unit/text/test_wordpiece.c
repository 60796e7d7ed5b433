/* WordPiece on a small vocabulary. tests/encoders compares the real one with its reference. */
#include <string.h>

#include "base/memory.h"
#include "support/test.h"
#include "support/vocabulary.h"
#include "text/wordpiece.h"

enum { PAD, UNK, CLS, SEP, UN, AFF, ABLE, CAFE, DOT, KANJI, N_PIECES };
static const char *const pieces[N_PIECES] = {"[PAD]", "[UNK]",  "[CLS]", "[SEP]", "un",
                                             "##aff", "##able", "cafe",  ".",     "\xE6\x97\xA5"};

static wordpiece example(void)
{
    wordpiece w;
    bt_error error = {0};
    CHECK_OK(wordpiece_read(vocabulary_of(pieces, N_PIECES), N_PIECES, &w, &error), error);
    return w;
}

static void release(wordpiece *w)
{
    bt_free((void *)(uintptr_t)w->pieces.units);
}

static void check_ids(const wordpiece *w, const char *text, size_t n_max, const uint32_t *expected, size_t n)
{
    token_list found = {0};
    bt_error error = {0};
    CHECK_OK(wordpiece_tokens(w, test_guarded_copy(text, strlen(text)), strlen(text), n_max, &found, &error), error);
    if (CHECK_INT(found.n, n))
        CHECK_BYTES(found.ids, expected, n * sizeof *expected);
    bt_free(found.ids);
}

#define CHECK_IDS(w, text, n_max, ...)                            \
    do {                                                          \
        const uint32_t ids[] = {__VA_ARGS__};                     \
        check_ids(w, text, n_max, ids, sizeof ids / sizeof *ids); \
    } while (0)

TEST(the_longest_pieces_from_the_left)
{
    wordpiece w = example();
    CHECK_IDS(&w, "unaffable", 99, CLS, UN, AFF, ABLE, SEP);
    CHECK_IDS(&w, "Un. UNABLE", 99, CLS, UN, DOT, UN, ABLE, SEP);
    CHECK_IDS(&w, "un unx", 99, CLS, UN, UNK, SEP); /* a word is cut whole or not */
    CHECK_IDS(&w, "##able", 99, CLS, UNK, UNK, UNK, SEP);
    CHECK_IDS(&w, "caf\xC3\xA9", 99, CLS, CAFE, SEP);
    CHECK_IDS(&w, "cafe\xCC\x81", 99, CLS, CAFE, SEP);
    CHECK_IDS(&w, "\xE6\x97\xA5\xE6\x97\xA5", 99, CLS, KANJI, KANJI, SEP);
    CHECK_IDS(&w, "", 99, CLS, SEP);
    release(&w);
}

TEST(the_rest_of_a_long_text_is_left_out)
{
    wordpiece w = example();
    CHECK_IDS(&w, "unaffable unaffable", 5, CLS, UN, AFF, ABLE, SEP);
    CHECK_IDS(&w, "unaffable unaffable", 6, CLS, UN, AFF, ABLE, UN, SEP);
    CHECK_IDS(&w, "unaffable", 3, CLS, UN, SEP);
    CHECK_IDS(&w, "unaffable", 2, CLS, SEP);
    release(&w);
}

/* 33 x "##aff" with "un" makes 101 characters. */
TEST(a_word_of_more_than_100_characters_is_unknown)
{
    wordpiece w = example();
    char word[2 + 33 * 3 + 1] = "un";
    for (size_t i = 0; i < 33; i++)
        memcpy(word + 2 + 3 * i, "aff", 4);
    CHECK_IDS(&w, word, 99, CLS, UNK, SEP);
    word[2 + 32 * 3] = '\0';
    token_list found = {0};
    bt_error error = {0};
    CHECK_OK(wordpiece_tokens(&w, word, strlen(word), 99, &found, &error), error);
    CHECK_INT(found.n, 2 + 33);
    bt_free(found.ids);
    release(&w);
}

static void check_normal(const char *text, size_t length, const char *expected)
{
    char *found;
    size_t n;
    bt_error error = {0};
    CHECK_OK(wordpiece_normalize(test_guarded_copy(text, length), length, &found, &n, &error), error);
    CHECK_STR(found, expected);
    bt_free(found);
}

TEST(normalization)
{
    check_normal("  A\t\nB  ", 8, "a b");
    check_normal("it's", 4, "it ' s");
    check_normal("a\0b\x7F", 4, "ab");
    check_normal("\xC3\x85ngstr\xC3\xB6m", 10, "angstrom");
    check_normal("a\xE3\x80\x80"
                 "b\xC2\xA0"
                 "c",
                 8, "a b c");
    check_normal("a\xE2\x80\x94"
                 "b",
                 5, "a \xE2\x80\x94 b");
    check_normal("\xEF\xBF\xBD\xFFx\xC3", 6, "x"); /* U+FFFD and what is no UTF-8 go */
    check_normal("\xE2\x80\x8Bx\xC2\xAD", 6, "x"); /* format characters */
    check_normal("\xC4\xB0", 2, "i");              /* capital I with a dot */
    check_normal("a\xD8\x9D"
                 "b",
                 4,
                 "a\xD8\x9D"
                 "b"); /* U+061D, punctuation since Unicode 14 */
}

TEST(vocabularies_that_lack_something)
{
    wordpiece w;
    bt_error error = {0};
    double_array a = vocabulary_of(pieces, N_PIECES - 1);
    CHECK_STATUS(wordpiece_read(a, 3, &w, &error), BT_CORRUPT);
    bt_free((void *)(uintptr_t)a.units);
    a = vocabulary_of(pieces, 5); /* no ## */
    CHECK_STATUS(wordpiece_read(a, 5, &w, &error), BT_CORRUPT);
    CHECK_CONTAINS(error.message, "##");
    bt_free((void *)(uintptr_t)a.units);
}

TEST(memory_that_runs_out)
{
    wordpiece w = example();
    EACH_FAILED_ALLOCATION
    {
        token_list found = {0};
        const bt_status status = wordpiece_tokens(&w, "unaffable cafe.", 15, 99, &found, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        bt_free(found.ids);
    }
    release(&w);
}
