/* SentencePiece's normalizer: the longest match in the character map is replaced, else the character stays (normalizer.cc,
 * Normalizer::NormalizePrefix). What a unit of darts-clone holds: bits 0 to 7 label, bit 31 with it; bit 8: a value lies at
 * offset; bits 10 to 30 the offset, 8 bits further left if bit 9 is set. A value is where its replacement begins. Byte 0 is in no
 * key, and would walk along empty units for as long as there are any. */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "text/unigram.h"
#include "text/utf8.h"

static const char blank[] = "\xE2\x96\x81"; /* U+2581 */
enum { BLANK_LENGTH = 3 };

static uint32_t map_offset(uint32_t unit)
{
    return (unit >> 10) << ((unit & 0x200) >> 6);
}

/* The replacement of the longest prefix that the map knows, and the prefix's length; 0: it knows none. */
static size_t map_longest(const unigram *u, const char *text, size_t length, const char **replacement)
{
    size_t longest = 0;
    uint32_t node = map_offset(u->map_units[0]);
    for (size_t i = 0; i < length && i < DOUBLE_ARRAY_LENGTH_MAX && text[i] != 0; i++) {
        const uint8_t byte = (uint8_t)text[i];
        node ^= byte;
        if (node >= u->n_map_units)
            break;
        const uint32_t unit = u->map_units[node];
        if ((unit & 0x800000FFu) != byte)
            break;
        node ^= map_offset(unit);
        if (node >= u->n_map_units)
            break;
        if (unit & 0x100) {
            const uint32_t value = u->map_units[node] & 0x7FFFFFFFu;
            if (value >= u->replacements_size)
                break;
            longest = i + 1;
            *replacement = u->replacements + value;
        }
    }
    return longest;
}

/* What the text at `at` becomes, and how many bytes that takes. */
static size_t next_piece(const unigram *u, const char *text, size_t length, const char **piece, size_t *piece_length)
{
    const size_t matched = map_longest(u, text, length, piece);
    if (matched > 0) {
        *piece_length = strlen(*piece); /* replacements_size ends with a 0 */
        return matched;
    }
    const size_t character = utf8_character(text, length);
    if (character > 0) {
        *piece = text;
        *piece_length = character;
        return character;
    }
    static const char replacement_character[] = "\xEF\xBF\xBD"; /* U+FFFD, as the map sees it */
    if (map_longest(u, replacement_character, 3, piece) == 3)
        *piece_length = strlen(*piece);
    else
        *piece = replacement_character, *piece_length = 3;
    return 1;
}

/* Appends a piece with its blanks as U+2581; those at its start go if the text so far ended with one. */
static bool add_piece(text_bytes *out, const char *piece, size_t length, bool *after_blank)
{
    while (*after_blank && length > 0 && *piece == ' ')
        piece++, length--;
    for (size_t i = 0; i < length; i++) {
        const bool is_blank = piece[i] == ' ';
        if (!text_bytes_add(out, is_blank ? blank : &piece[i], is_blank ? BLANK_LENGTH : 1))
            return false;
    }
    if (length > 0)
        *after_blank = piece[length - 1] == ' ';
    return true;
}

static bool normalize(const unigram *u, const char *text, size_t length, text_bytes *out)
{
    if (!text_bytes_reserve(out, length + length / 4 + BLANK_LENGTH + 1))
        return false;
    const char *piece = NULL;
    size_t piece_length = 0, at = 0;
    while (at < length) { /* blanks at the start */
        const size_t n = next_piece(u, text + at, length - at, &piece, &piece_length);
        if (piece_length != 1 || *piece != ' ')
            break;
        at += n;
    }
    if (at == length)
        return true;
    bool after_blank = true;
    if (!text_bytes_add(out, blank, BLANK_LENGTH))
        return false;
    while (at < length) {
        at += next_piece(u, text + at, length - at, &piece, &piece_length);
        if (!add_piece(out, piece, piece_length, &after_blank))
            return false;
    }
    while (out->n >= BLANK_LENGTH && memcmp(out->bytes + out->n - BLANK_LENGTH, blank, BLANK_LENGTH) == 0)
        out->n -= BLANK_LENGTH;
    return true;
}

bt_status unigram_normalize(const unigram *u, const char *text, size_t length, char **out, size_t *out_length, bt_error *error)
{
    text_bytes normalized = {0};
    if (!normalize(u, text, length, &normalized) || !text_bytes_add(&normalized, "", 1)) {
        bt_free(normalized.bytes);
        *out = NULL;
        return error_no_memory(error, "normalizing a text");
    }
    *out = normalized.bytes;
    *out_length = normalized.n - 1;
    return BT_OK;
}
