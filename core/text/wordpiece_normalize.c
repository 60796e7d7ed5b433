/* BERT's normalization, character by character: control characters go, blanks become one blank, accents go (canonical
 * decomposition without nonspacing marks), capitals become small letters, and punctuation and CJK ideographs stand alone.
 *
 * Characters are decomposed one at a time: sorting the marks of a whole text would matter for those that stay, and these don't
 * move (all but a handful have combining class 0).
 */
#include <string.h>
#include <utf8proc.h>

#include "base/error.h"
#include "base/memory.h"
#include "text/utf8.h"
#include "text/wordpiece.h"

enum { DECOMPOSED_MAX = 4, REPLACEMENT = 0xFFFD };

typedef utf8proc_int32_t point;

static bool is_blank(point c)
{
    const utf8proc_category_t category = utf8proc_category(c);
    return c == '\t' || c == '\n' || c == '\r' || category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
           category == UTF8PROC_CATEGORY_ZP;
}

static bool is_dropped(point c)
{
    const utf8proc_category_t category = utf8proc_category(c);
    return c == REPLACEMENT || category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CS ||
           category == UTF8PROC_CATEGORY_CO || (category == UTF8PROC_CATEGORY_CF && !wordpiece_is_late((uint32_t)c));
}

/* BERT's blocks of ideographs: Chinese is cut into characters, Japanese syllables and Korean are not. */
static bool is_ideograph(point c)
{
    return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) ||
           (c >= 0x2A700 && c <= 0x2CEAF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

static bool is_accent(point c)
{
    return utf8proc_category(c) == UTF8PROC_CATEGORY_MN && !wordpiece_is_late((uint32_t)c);
}

static bool is_punctuation(point c)
{
    if (c < 0x80)
        return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
    const utf8proc_category_t category = utf8proc_category(c);
    return category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO && !wordpiece_is_late((uint32_t)c);
}

/* A single blank, unless the text so far is empty or ends with one. */
static bool add_blank(text_bytes *out)
{
    return out->n == 0 || out->bytes[out->n - 1] == ' ' || text_bytes_add(out, " ", 1);
}

static bool add_folded(text_bytes *out, point c, bool alone)
{
    char bytes[4];
    const utf8proc_ssize_t n = utf8proc_encode_char(utf8proc_tolower(c), (utf8proc_uint8_t *)bytes);
    alone = alone || is_punctuation(utf8proc_tolower(c));
    return (!alone || add_blank(out)) && text_bytes_add(out, bytes, (size_t)n) && (!alone || add_blank(out));
}

static bool add_point(text_bytes *out, point c)
{
    if (is_blank(c))
        return add_blank(out);
    if (is_dropped(c))
        return true;
    point parts[DECOMPOSED_MAX];
    int boundary = 0;
    const utf8proc_ssize_t n = utf8proc_decompose_char(c, parts, DECOMPOSED_MAX, UTF8PROC_DECOMPOSE, &boundary);
    for (utf8proc_ssize_t i = 0; i < n && i < DECOMPOSED_MAX; i++)
        if (!is_accent(parts[i]) && !add_folded(out, parts[i], is_ideograph(c)))
            return false;
    return true;
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool normalize(const char *text, size_t length, text_bytes *out)
{
    if (!text_bytes_reserve(out, length + 1))
        return false;
    for (size_t i = 0, n = 0; i < length; i += n) {
        for (n = 0; i + n < length && is_plain(text[i + n]);)
            n++;
        if (n > 0) {
            if (!text_bytes_add(out, text + i, n))
                return false;
            continue;
        }
        point c = REPLACEMENT;
        const utf8proc_ssize_t read = utf8proc_iterate((const utf8proc_uint8_t *)text + i, (utf8proc_ssize_t)(length - i), &c);
        n = read > 0 ? (size_t)read : 1;
        if (read > 0 && !add_point(out, c))
            return false;
    }
    if (out->n > 0 && out->bytes[out->n - 1] == ' ')
        out->n--;
    return true;
}

bt_status wordpiece_normalize(const char *text, size_t length, char **out, size_t *out_length, bt_error *error)
{
    text_bytes normalized = {0};
    if (!normalize(text, length, &normalized) || !text_bytes_add(&normalized, "", 1)) {
        bt_free(normalized.bytes);
        *out = NULL;
        return error_no_memory(error, "normalizing a text");
    }
    *out = normalized.bytes;
    *out_length = normalized.n - 1;
    return BT_OK;
}
