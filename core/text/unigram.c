/* The best cut of a normalized text: dynamic programming over its bytes, each of which holds the best way to reach it.
 *
 * Costs: 16 bytes a byte of text, and a step in the double array for each byte that begins a piece, up to the longest piece.
 */
#include "text/unigram.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "text/utf8.h"

static const float unknown_penalty = 10.0f; /* kUnkPenalty of unigram_model.cc */

bt_status unigram_read(double_array pieces, const float *scores, size_t n_pieces, const uint8_t *map, size_t map_size,
                       unigram *out, bt_error *error)
{
    uint32_t units_size = 0;
    if (map_size >= sizeof units_size)
        memcpy(&units_size, map, sizeof units_size);
    const size_t before = sizeof units_size + units_size;
    if (units_size == 0 || units_size % sizeof(uint32_t) != 0 || before >= map_size || map[map_size - 1] != 0)
        return error_set(error, BT_CORRUPT, "section charsmap is not a character map");
    if (n_pieces <= UNIGRAM_END || !double_array_is_valid(&pieces, n_pieces))
        return error_set(error, BT_CORRUPT, "section pieces is not a vocabulary of %zu pieces", n_pieces);
    float least = 0.0f;
    for (size_t i = 0; i < n_pieces; i++) {
        if (!isfinite(scores[i]))
            return error_set(error, BT_CORRUPT, "section scores: piece %zu has a score that is no number", i);
        if (scores[i] < least)
            least = scores[i];
    }
    *out = (unigram){
        .pieces = pieces,
        .scores = scores,
        .n_pieces = n_pieces,
        .unknown_score = least - unknown_penalty,
        .map_units = (const void *)(map + sizeof units_size),
        .n_map_units = units_size / sizeof(uint32_t),
        .replacements = (const char *)map + before,
        .replacements_size = map_size - before,
    };
    return BT_OK;
}

typedef struct reached {
    double score; /* of the best way here */
    uint32_t start, piece;
} reached;

static void reach(reached *to, double score, size_t start, uint32_t piece)
{
    if (score > to->score)
        *to = (reached){score, (uint32_t)start, piece};
}

/* best[length] holds the last piece of the best cut, and so on backwards. */
static void find_best(const unigram *u, const char *text, size_t length, reached *best)
{
    best[0] = (reached){0.0, 0, 0};
    for (size_t i = 1; i <= length; i++)
        best[i].score = -HUGE_VAL;
    for (size_t i = 0, character = 0; i < length; i += character) {
        character = utf8_character(text + i, length - i);
        if (character == 0) /* not after normalization, but nothing rests on it */
            character = 1;
        bool has_character = false;
        uint32_t node = DOUBLE_ARRAY_ROOT, piece = 0;
        const size_t end = length - i < DOUBLE_ARRAY_LENGTH_MAX ? length : i + DOUBLE_ARRAY_LENGTH_MAX;
        for (size_t j = i; j < end && double_array_step(&u->pieces, &node, (uint8_t)text[j]); j++) {
            if (!double_array_value(&u->pieces, node, &piece))
                continue;
            reach(&best[j + 1], best[i].score + (double)u->scores[piece], i, piece);
            has_character = has_character || j + 1 == i + character;
        }
        if (!has_character)
            reach(&best[i + character], best[i].score + (double)u->unknown_score, i, UNIGRAM_UNKNOWN);
    }
}

/* Appends the pieces of the best cut, which are found last to first. */
static bool add_pieces(const reached *best, size_t length, token_list *out)
{
    size_t n = 0;
    for (size_t i = length; i > 0; i = best[i].start)
        n++;
    if (!token_list_reserve(out, n))
        return false;
    out->n += n;
    size_t at = out->n;
    for (size_t i = length; i > 0; i = best[i].start)
        out->ids[--at] = best[i].piece;
    return true;
}

bt_status unigram_tokens(const unigram *u, const char *text, size_t length, token_list *out, bt_error *error)
{
    char *normalized;
    size_t n = 0;
    const bt_status status = unigram_normalize(u, text, length, &normalized, &n, error);
    if (status != BT_OK)
        return status;
    reached *best = memory_array(n + 1, sizeof *best);
    bool ok = best != NULL && token_list_add(out, UNIGRAM_BEGIN);
    if (ok && n == 0)
        ok = token_list_add(out, UNIGRAM_UNKNOWN);
    if (ok && n > 0) {
        find_best(u, normalized, n, best);
        ok = add_pieces(best, n, out);
    }
    ok = ok && token_list_add(out, UNIGRAM_END);
    bt_free(best);
    bt_free(normalized);
    return ok ? BT_OK : error_no_memory(error, "cutting a text into tokens");
}
