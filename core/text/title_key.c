/* A title as a key: what two spellings of one title have in common.
 *
 * Each code point is folded on its own (NFKD and full case folding of utf8proc, then the letters of `plain_letters`, which have
 * no decomposition) and what comes out is written if it belongs to a word, else it ends the word. No allocation but the key
 * itself; time and memory in proportion to the title, at most 18 code points for one (U+FDFA).
 *
 * Marks go where they are diacritics of letters that are read without them (Latin, Greek, Cyrillic, Hebrew, Arabic). In scripts
 * whose vowels are marks (Devanagari, Thai, …), and for the voiced kana, they tell words apart, so there they stay.
 *
 * A title without any letter or digit ("$", "!!!") has its other visible characters as its key, or nobody would find it.
 */
#include "butaca/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

#include "base/error.h"
#include "base/memory.h"
#include "text/title.h"

typedef struct key_writer {
    char *text;
    size_t length, capacity;
    bool symbols;    /* any visible character belongs to a word */
    bool word_ended; /* a space is due before the next character */
} key_writer;

/* Letters that Unicode doesn't decompose and people type plainly. After case folding: no capitals. */
static const struct {
    utf8proc_int32_t point;
    const char *plain;
} plain_letters[] = {
    {0x00E6, "ae"}, {0x00F0, "d"}, {0x00F8, "o"}, {0x00FE, "th"}, {0x0111, "d"},
    {0x0127, "h"},  {0x0131, "i"}, {0x0142, "l"}, {0x0153, "oe"}, {0x0167, "t"},
};

static bool is_diacritic(utf8proc_int32_t point)
{
    return point < 0x0900 || (point >= 0x1AB0 && point <= 0x1AFF) || (point >= 0x1DC0 && point <= 0x1DFF) ||
           (point >= 0x20D0 && point <= 0x20FF) || (point >= 0xFE00 && point <= 0xFE2F);
}

/* Fractions decompose into digits, which would run into a digit before them: 8½ is "8 1 2", not "81 2". */
static bool is_fraction(utf8proc_int32_t point)
{
    return (point >= 0xBC && point <= 0xBE) || (point >= 0x2150 && point <= 0x215F) || point == 0x2189;
}

typedef enum point_role { ROLE_WORD, ROLE_BREAK, ROLE_DROPPED } point_role;

static point_role role_of(utf8proc_int32_t point, bool symbols)
{
    switch (utf8proc_category(point)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return ROLE_WORD;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
        return is_diacritic(point) ? ROLE_DROPPED : ROLE_WORD;
    case UTF8PROC_CATEGORY_CF:
        return ROLE_DROPPED; /* soft hyphens, joiners, direction marks */
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return ROLE_BREAK;
    default:
        return symbols ? ROLE_WORD : ROLE_BREAK;
    }
}

static bool append(key_writer *w, const char *bytes, size_t n)
{
    if (w->capacity - w->length < n + 1) { /* 1: the NUL at the end */
        const size_t capacity = w->capacity * 2 + n + 31;
        char *text = memory_resized(w->text, capacity, 1);
        if (text == NULL)
            return false;
        w->text = text;
        w->capacity = capacity;
    }
    memcpy(w->text + w->length, bytes, n);
    w->length += n;
    return true;
}

/* A code point that has been folded. */
static bool append_point(key_writer *w, utf8proc_int32_t point)
{
    const point_role role = role_of(point, w->symbols);
    if (role == ROLE_DROPPED)
        return true;
    if (role == ROLE_BREAK) {
        w->word_ended = w->length > 0;
        return true;
    }
    if (w->word_ended && !append(w, " ", 1))
        return false;
    w->word_ended = false;

    for (size_t i = 0; i < sizeof plain_letters / sizeof *plain_letters; i++)
        if (plain_letters[i].point == point)
            return append(w, plain_letters[i].plain, strlen(plain_letters[i].plain));
    utf8proc_uint8_t bytes[4];
    const utf8proc_ssize_t n = utf8proc_encode_char(point, bytes);
    return append(w, (const char *)bytes, (size_t)n);
}

static bt_status append_folded(key_writer *w, utf8proc_int32_t point, bt_error *error)
{
    enum { PARTS_MAX = 32 };
    const utf8proc_option_t fold = UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD;
    utf8proc_int32_t parts[PARTS_MAX];
    int boundary = 0;
    const utf8proc_ssize_t n = utf8proc_decompose_char(point, parts, PARTS_MAX, fold, &boundary);

    if (is_fraction(point))
        w->word_ended = w->length > 0;
    for (utf8proc_ssize_t i = 0; i < n && i < PARTS_MAX; i++)
        if (!append_point(w, parts[i]))
            return error_no_memory(error, "normalizing a title");
    return BT_OK;
}

/* ASCII, most of most titles, without asking utf8proc: letters and digits belong to words, nothing else does. */
static bool append_ascii(key_writer *w, char c)
{
    const bool capital = c >= 'A' && c <= 'Z';
    const char folded = capital ? (char)(c - 'A' + 'a') : c;
    if (!capital && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9')) {
        w->word_ended = w->length > 0;
        return true;
    }
    if (w->word_ended && !append(w, " ", 1))
        return false;
    w->word_ended = false;
    return append(w, &folded, 1);
}

static bt_status append_text(key_writer *w, const char *text, size_t length, bt_error *error)
{
    bt_status status = BT_OK;
    for (size_t i = 0; i < length && status == BT_OK;) {
        if ((unsigned char)text[i] < 0x80 && !w->symbols) {
            if (!append_ascii(w, text[i++]))
                status = error_no_memory(error, "normalizing a title");
            continue;
        }
        utf8proc_int32_t point = 0;
        const utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text + i, (utf8proc_ssize_t)(length - i), &point);
        if (n <= 0)
            return error_set(error, BT_BAD_FORMAT, "title is not UTF-8 at byte %zu: expected UTF-8 text", i + 1);
        status = append_folded(w, point, error);
        i += (size_t)n;
    }
    w->word_ended = w->length > 0;
    return status;
}

static bt_status write_key(key_writer *w, const char *title, size_t length, bt_error *error)
{
    size_t name = 0, article = 0, n = 0;
    w->length = 0;
    w->word_ended = false;
    if (!title_find_moved_article(title, length, &name, &article, &n))
        return append_text(w, title, length, error);
    const bt_status status = append_text(w, title + article, n, error);
    return status == BT_OK ? append_text(w, title, name, error) : status;
}

bt_status bt_title_key(const char *title, size_t length, char **out, bt_error *error)
{
    *out = NULL;
    key_writer w = {0};
    bt_status status = write_key(&w, title, length, error);
    if (status == BT_OK && w.length == 0) {
        w.symbols = true;
        status = write_key(&w, title, length, error);
    }
    if (status == BT_OK && !append(&w, "", 1)) /* the NUL */
        status = error_no_memory(error, "normalizing a title");
    if (status != BT_OK) {
        bt_free(w.text);
        return status;
    }
    *out = w.text;
    return BT_OK;
}

const char *bt_title_key_bare(const char *key)
{
    for (size_t i = 0; title_leading_articles[i] != NULL; i++) {
        const size_t n = strlen(title_leading_articles[i]);
        if (strncmp(key, title_leading_articles[i], n) == 0 && key[n] == ' ')
            return key + n + 1;
    }
    return key;
}
