/* The unigram tokenizer: any text is cut into pieces that make it up again; any bytes as its vocabulary or its character map are
 * refused or can be used.
 *
 * The first byte says what the rest is: a text (0), a character map (1), units of a vocabulary (2).
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/unigram.h"

enum { N_PIECES = 10, MAP_UNITS = 1024 };

static const char *const pieces[N_PIECES] = {"<unk>", "<s>", "</s>", "a", "ab", "b", "\u2581", "\u2581ab", "\u00E9", "abba"};
static const float scores[N_PIECES] = {0, 0, 0, -1, -1.5f, -1, -2, -2.5f, -3, -2};
static const char text_of_ours[] = "Abba \xC3\xA9  ab";

static void require(int holds)
{
    if (!holds)
        abort();
}

/* "A" becomes "a", byte 1 nothing. Made once. */
static const uint8_t *small_map(size_t *size)
{
    static uint32_t map[1 + MAP_UNITS + 1];
    static const char replacements[4] = {'a', 0, 0, 0};
    map[0] = MAP_UNITS * sizeof(uint32_t);
    map[1] = 256u << 10;
    map[1 + (256 ^ 'A')] = 'A' | 1u << 8 | ((256u ^ 'A' ^ 512u) << 10);
    map[1 + 512] = 0 | 1u << 31;
    map[1 + (256 ^ 1)] = 1 | 1u << 8 | ((256u ^ 1u ^ 513u) << 10);
    map[1 + 513] = 1 | 1u << 31;
    memcpy(map + 1 + MAP_UNITS, replacements, sizeof replacements);
    *size = sizeof map;
    return (const uint8_t *)map;
}

static double_array vocabulary(void)
{
    static double_array made;
    if (made.units == NULL) {
        double_array_string strings[N_PIECES];
        for (uint32_t i = 0; i < N_PIECES; i++)
            strings[i] = (double_array_string){pieces[i], strlen(pieces[i]), i};
        require(double_array_build(strings, N_PIECES, &made, NULL) == BT_OK);
    }
    return made;
}

/* The tokens' pieces one behind the other are the normalized text. */
static void check_pieces(const unigram *u, const char *text, size_t length, const token_list *found)
{
    char *normalized;
    size_t n = 0, at = 0;
    require(unigram_normalize(u, text, length, &normalized, &n, NULL) == BT_OK);
    for (size_t i = 1; i + 1 < found->n && n > 0; i++) {
        const char *piece = pieces[found->ids[i]];
        const size_t size = strlen(piece);
        if (size <= n - at && memcmp(normalized + at, piece, size) == 0) {
            at += size;
            continue;
        }
        require(found->ids[i] == UNIGRAM_UNKNOWN && at < n);
        for (at++; at < n && ((uint8_t)normalized[at] & 0xC0) == 0x80;)
            at++;
    }
    require(at == n);
    bt_free(normalized);
}

static void use(const unigram *u, const char *text, size_t length, int is_ours)
{
    token_list found = {0};
    require(unigram_tokens(u, text, length, &found, NULL) == BT_OK);
    require(found.n >= 2 && found.ids[0] == UNIGRAM_BEGIN && found.ids[found.n - 1] == UNIGRAM_END);
    for (size_t i = 0; i < found.n; i++)
        require(found.ids[i] < u->n_pieces);
    if (is_ours)
        check_pieces(u, text, length, &found);
#ifdef FUZZ_PLANTED_BUG
    uint32_t *few = malloc(4 * sizeof *few); /* "a" twice in a row: nobody writes that */
    for (size_t i = 0, n = 0; i < found.n; i++) {
        n = found.ids[i] == 3 ? n + 1 : 0;
        few[2 * n] = found.ids[i];
    }
    free(few);
#endif
    bt_free(found.ids);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    size_t map_size = 0;
    const uint8_t *map = small_map(&map_size);
    double_array units = vocabulary();
    uint32_t *copy = malloc(size + sizeof *copy); /* aligned */
    require(copy != NULL);
    memcpy(copy, data + 1, size - 1);
    if (data[0] == 1) {
        map = (const uint8_t *)copy;
        map_size = size - 1;
    } else if (data[0] == 2) {
        units = (double_array){(const void *)copy, (size - 1) / sizeof *units.units};
    }
    unigram u;
    bt_error error = {0};
    const bt_status status = unigram_read(units, scores, N_PIECES, map, map_size, &u, &error);
    require(status == BT_OK || (status == BT_CORRUPT && data[0] != 0 && error.message[0] != '\0'));
    if (status == BT_OK && data[0] == 0)
        use(&u, (const char *)copy, size - 1, 1);
    else if (status == BT_OK)
        use(&u, text_of_ours, sizeof text_of_ours - 1, 0);
    free(copy);
    return 0;
}
