/* The unigram tokenizer on a vocabulary whose best cuts are known by hand. tests/encoders compares the real one. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "support/test.h"
#include "support/vocabulary.h"
#include "text/unigram.h"

#define BLANK "\xE2\x96\x81"

enum { UNK, BEGIN, END, A, AB, B, C, BLANK_AB, BLANK_ONLY, E_ACUTE, N_PIECES };
static const char *const pieces[N_PIECES] = {"<unk>", "<s>", "</s>", "a", "ab", "b", "c", "\u2581ab", "\u2581", "\u00E9"};
static const float scores[N_PIECES] = {0, 0, 0, -1.0f, -2.5f, -1.0f, -4.0f, -3.0f, -2.0f, -5.0f};
static const vocabulary_rule rules[] = {{'A', "a"}, {'\t', " "}, {'\x01', ""}, {'!', " x "}};

static unigram example(void)
{
    unigram u;
    size_t map_size;
    bt_error error = {0};
    const uint8_t *map = vocabulary_map(rules, sizeof rules / sizeof *rules, &map_size);
    CHECK_OK(unigram_read(vocabulary_of(pieces, N_PIECES), scores, N_PIECES, map, map_size, &u, &error), error);
    return u;
}

static void release(unigram *u)
{
    bt_free((void *)(uintptr_t)u->pieces.units);
}

static void check_ids(const unigram *u, const char *text, size_t length, const uint32_t *expected, size_t n)
{
    token_list found = {0};
    bt_error error = {0};
    const char *guarded = test_guarded_copy(text, length);
    CHECK_OK(unigram_tokens(u, guarded, length, &found, &error), error);
    if (CHECK_INT(found.n, n))
        CHECK_BYTES(found.ids, expected, n * sizeof *expected);
    else
        printf("of \"%.*s\"\n", (int)length, text);
    bt_free(found.ids);
}

#define CHECK_IDS(u, text, ...)                                              \
    do {                                                                     \
        const uint32_t ids[] = {__VA_ARGS__};                                \
        check_ids(u, text, sizeof(text) - 1, ids, sizeof ids / sizeof *ids); \
    } while (0)

TEST(the_best_cut)
{
    unigram u = example();
    CHECK_IDS(&u, "ab", BEGIN, BLANK_AB, END);             /* -3 beats _ a b: -4 */
    CHECK_IDS(&u, "aab", BEGIN, BLANK_ONLY, A, A, B, END); /* a b: -2 beats ab: -2.5 */
    CHECK_IDS(&u, "c", BEGIN, BLANK_ONLY, C, END);
    CHECK_IDS(&u, "ab ab", BEGIN, BLANK_AB, BLANK_AB, END);
    CHECK_IDS(&u, "\xC3\xA9", BEGIN, BLANK_ONLY, E_ACUTE, END);
    release(&u);
}

TEST(unknown_characters_one_by_one)
{
    unigram u = example();
    CHECK_IDS(&u, "zz", BEGIN, BLANK_ONLY, UNK, UNK, END);
    CHECK_IDS(&u,
              "\xF0\x9F\x98\x80"
              "a",
              BEGIN, BLANK_ONLY, UNK, A, END);
    CHECK_IDS(&u, "", BEGIN, UNK, END);
    CHECK_IDS(&u, " \t ", BEGIN, UNK, END);
    CHECK_IDS(&u, "\x01", BEGIN, UNK, END);
    release(&u);
}

static void check_normal(const unigram *u, const char *text, size_t length, const char *expected)
{
    char *found;
    size_t n = 0;
    bt_error error = {0};
    CHECK_OK(unigram_normalize(u, test_guarded_copy(text, length), length, &found, &n, &error), error);
    CHECK_STR(found, expected);
    CHECK_INT(n, strlen(expected));
    bt_free(found);
}

TEST(normalization)
{
    unigram u = example();
    check_normal(&u, "A b", 3, BLANK "a" BLANK "b");
    check_normal(&u, "  \t a \t\t b  ", 11, BLANK "a" BLANK "b");
    check_normal(&u, "a\x01 b", 4, BLANK "a" BLANK "b");
    check_normal(&u, "a !b", 4, BLANK "a" BLANK "x" BLANK "b");
    check_normal(&u, "!", 1, BLANK "x");
    check_normal(&u, "\xFF\xC3", 2, BLANK "\xEF\xBF\xBD\xEF\xBF\xBD");
    check_normal(&u, "", 0, "");
    release(&u);
}

/* Byte 0 is the label of empty units: a walk along them would look at the whole rest of the text for each of its characters, here
 * for half an hour. */
TEST(zeros_take_no_longer_than_other_bytes)
{
    enum { LENGTH = 1 << 20 };
    unigram u = example();
    char *zeros = memory_zeroed(LENGTH, 1), *normalized;
    size_t n = 0;
    bt_error error = {0};
    REQUIRE(zeros != NULL);
    CHECK_OK(unigram_normalize(&u, zeros, LENGTH, &normalized, &n, &error), error);
    CHECK_INT(n, LENGTH + strlen(BLANK));
    bt_free(normalized);
    bt_free(zeros);
    release(&u);
}

TEST(parts_that_do_not_fit_are_refused)
{
    unigram u;
    size_t size;
    bt_error error = {0};
    const uint8_t *map = vocabulary_map(rules, 1, &size);
    double_array vocabulary = vocabulary_of(pieces, N_PIECES);
    CHECK_STATUS(unigram_read(vocabulary, scores, N_PIECES, map, 3, &u, &error), BT_CORRUPT);
    CHECK_STATUS(unigram_read(vocabulary, scores, N_PIECES, map, 4 + 4 * 1024 + 1, &u, &error), BT_CORRUPT);
    CHECK_CONTAINS(error.message, "charsmap");
    CHECK_STATUS(unigram_read(vocabulary, scores, N_PIECES - 1, map, size, &u, &error), BT_CORRUPT);
    CHECK_CONTAINS(error.message, "pieces");
    float odd[N_PIECES];
    memcpy(odd, scores, sizeof odd);
    odd[4] = nanf("");
    CHECK_STATUS(unigram_read(vocabulary, odd, N_PIECES, map, size, &u, &error), BT_CORRUPT);
    CHECK_CONTAINS(error.message, "piece 4");
    bt_free((void *)(uintptr_t)vocabulary.units);
}

TEST(memory_that_runs_out)
{
    unigram u = example();
    EACH_FAILED_ALLOCATION
    {
        token_list found = {0};
        const bt_status status = unigram_tokens(&u, "abc abc", 7, &found, NULL);
        CHECK_STATUS(status, test_alloc_failed() ? BT_NO_MEMORY : BT_OK);
        bt_free(found.ids);
    }
    release(&u);
}
