/* Keys that are spelt nearly so: the walk over the sorted table finds what comparing each key on its own finds. */
#include <stdio.h>
#include <string.h>

#include "search/near.h"
#include "support/test.h"

enum { N_KEYS = 400, KEY_MAX = 12 };

/* Optimal string alignment, the whole table. */
static unsigned distance(const char *a, size_t n, const char *b, size_t m)
{
    unsigned d[KEY_MAX + 1][KEY_MAX + 1];
    for (size_t i = 0; i <= n; i++)
        for (size_t j = 0; j <= m; j++) {
            unsigned best = (unsigned)(i == 0 ? j : i);
            if (i > 0 && j > 0) {
                best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
                best = d[i - 1][j] + 1 < best ? d[i - 1][j] + 1 : best;
                best = d[i][j - 1] + 1 < best ? d[i][j - 1] + 1 : best;
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < best)
                    best = d[i - 2][j - 2] + 1;
            }
            d[i][j] = best;
        }
    return d[n][m];
}

typedef struct found {
    unsigned whole[N_KEYS], beginning[N_KEYS];
} found;

static void note(void *context, size_t key, unsigned whole, unsigned beginning)
{
    found *f = context;
    f->whole[key] = whole;
    f->beginning[key] = beginning;
}

/* Of keys that are near as a whole the same is said, and of no others. */
static void check_whole(const lookup *t, near_text x, const found *f)
{
    found whole;
    memset(&whole, 0, sizeof whole);
    x.whole = true;
    near_keys(t, 0, N_KEYS, &x, note, &whole);
    for (size_t key = 0; key < N_KEYS; key++) {
        const bool near = f->whole[key] <= x.bound;
        CHECK_INT(whole.beginning[key], near ? f->beginning[key] : 0);
        CHECK_INT(whole.whole[key], near ? f->whole[key] : 0);
    }
}

/* Words of three letters, so that many are near each other. */
static size_t random_word(uint64_t *state, char word[KEY_MAX + 1])
{
    const size_t n = 1 + *state % KEY_MAX;
    for (size_t i = 0; i < n; i++) {
        *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407u;
        word[i] = (char)('a' + (*state >> 33) % 3);
    }
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    *state ^= *state >> 29;
    word[n] = '\0';
    return n;
}

static void check_key(const lookup *t, size_t key, const char *text, size_t n, unsigned bound, const found *f)
{
    const size_t m = lookup_key_length(t, key);
    unsigned whole = distance(text, n, lookup_key(t, key), m), beginning = bound + 1;
    for (size_t i = 0; i <= m; i++) {
        const unsigned d = distance(text, n, lookup_key(t, key), i);
        beginning = d < beginning ? d : beginning;
    }
    whole = whole <= bound ? whole : bound + 1;
    if (!CHECK_INT(f->whole[key], whole) || !CHECK_INT(f->beginning[key], beginning))
        printf("    (%s to %s, bound %u)\n", text, lookup_key(t, key), bound);
}

TEST(the_walk_agrees_with_plain_distances)
{
    uint64_t state = 1;
    lookup_builder b = {0};
    lookup t;
    bt_error error = {0};
    char word[KEY_MAX + 1];
    while (b.n_keys < N_KEYS) {
        const size_t n = random_word(&state, word);
        CHECK_OK(lookup_add(&b, word, n, 0, 0, &error), error);
    }
    CHECK_OK(lookup_finish(&b, &t, &error), error);
    for (size_t i = 0; i < 300 && test_failures() == 0; i++) {
        const size_t n = random_word(&state, word);
        const unsigned bound = 1 + i % 2;
        found f;
        for (size_t key = 0; key < N_KEYS; key++)
            f.whole[key] = f.beginning[key] = bound + 1;
        const near_text x = {.text = word, .length = n, .bound = bound};
        near_keys(&t, 0, N_KEYS, &x, note, &f);
        for (size_t key = 0; key < N_KEYS; key++)
            check_key(&t, key, word, n, bound, &f);
        check_whole(&t, x, &f);
    }
    lookup_free(&t);
    lookup_builder_free(&b);
}

TEST(a_part_of_the_table_is_walked_alone)
{
    static const char *const keys[] = {"eaa", "eab", "waa", "wab"};
    lookup_builder b = {0};
    lookup t;
    bt_error error = {0};
    for (size_t i = 0; i < 4; i++)
        CHECK_OK(lookup_add(&b, keys[i], 3, (uint32_t)i, 0, &error), error);
    CHECK_OK(lookup_finish(&b, &t, &error), error);
    found f;
    memset(&f, 0, sizeof f);
    near_keys(&t, 2, 4, &(near_text){.text = "wab", .length = 3, .bound = 1}, note, &f);
    CHECK_INT(f.whole[0] + f.beginning[0] + f.whole[1] + f.beginning[1], 0); /* not called */
    CHECK_INT(f.whole[2], 1);
    CHECK_INT(f.whole[3], 0);
    lookup_free(&t);
    lookup_builder_free(&b);
}

TEST(lists_keep_their_order_and_counts_their_maximum)
{
    lookup_builder b = {0};
    lookup t;
    bt_error error = {0};
    for (uint32_t film = 0; film < 3; film++)
        for (unsigned i = 0; i < 5; i++)
            CHECK_OK(lookup_add(&b, "word", 4, film << 2 | 1, 3, &error), error);
    CHECK_OK(lookup_add(&b, "wor", 3, 9, 3, &error), error);
    CHECK_OK(lookup_finish(&b, &t, &error), error);
    const size_t key = lookup_find(&t, "word", 4);
    REQUIRE(key == 1);
    CHECK_INT(t.start[key + 1] - t.start[key], 3);
    for (uint32_t film = 0; film < 3; film++)
        CHECK_INT(t.values[t.start[key] + film], film << 2 | 3);
    CHECK_INT(lookup_find(&t, "wo", 2), SIZE_MAX);
    CHECK_INT(lookup_find(&t, "words", 5), SIZE_MAX);
    CHECK_INT(lookup_prefix_end(&t, lookup_lower(&t, "wo", 2), "wo", 2), 2);
    lookup_free(&t);
    lookup_builder_free(&b);
}
