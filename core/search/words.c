/* A word's bytes are gathered up to the first code point that can't be in one; ASCII is folded on the way, the rest by bt_title_key,
 * which may make several words of one ("½" is "1 2"): they all stand for the same bytes of the text.
 */
#include "search/words.h"

#include <libstemmer.h>
#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

#include "base/error.h"
#include "base/memory.h"
#include "butaca/text.h"
#include "text/title.h"

static bool is_ascii_word(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Letters, marks, digits, and invisible format characters such as the soft hyphen. */
static bool is_word_point(utf8proc_int32_t point)
{
    const utf8proc_category_t category = utf8proc_category(point);
    return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO) || category == UTF8PROC_CATEGORY_CF;
}

/* The bytes of the word character at text[0], 0 if there is none; *skip gets the bytes of whatever is there. */
static size_t word_character(const char *text, size_t length, size_t *skip)
{
    const unsigned char first = (unsigned char)text[0];
    *skip = 1;
    if (first < 0x80)
        return is_ascii_word(first) ? 1 : 0;
    utf8proc_int32_t point = -1;
    const utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)length, &point);
    if (n <= 0)
        return 0;
    *skip = (size_t)n;
    return is_word_point(point) ? (size_t)n : 0;
}

/* --- roman numerals -------------------------------------------------------------------------------------------------- */

/* What text[0, length) says as a numeral of i, v and x, 2 to 39; 0 if it isn't one as it is usually written. */
static unsigned roman_value(const char *text, size_t length)
{
    static const char *const ones[] = {"", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix"};
    size_t tens = 0;
    while (tens < length && tens < 3 && text[tens] == 'x')
        tens++;
    for (unsigned i = 0; i < sizeof ones / sizeof *ones; i++)
        if (strlen(ones[i]) == length - tens && memcmp(ones[i], text + tens, length - tens) == 0)
            return (unsigned)tens * 10 + i;
    return 0;
}

static void fold_roman(word *w)
{
    if (w->length < 2 || w->length > 7) /* xxxviii */
        return;
    const unsigned value = roman_value(w->text, w->length);
    if (value == 0)
        return;
    w->length = 0;
    if (value >= 10)
        w->text[w->length++] = (char)('0' + value / 10);
    w->text[w->length++] = (char)('0' + value % 10);
    w->text[w->length] = '\0';
}

/* --- words ----------------------------------------------------------------------------------------------------------- */

/* Gives w->text to `each`, cut to n bytes of `text`. */
static bt_status give(word *w, const char *text, size_t n, word_each *each, void *context, bt_error *error)
{
    if (n > WORD_MAX)
        for (n = WORD_MAX; n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80;)
            n--;
    memcpy(w->text, text, n);
    w->text[n] = '\0';
    w->length = n;
    fold_roman(w);
    return each(context, w, error);
}

static bt_status give_ascii(word *w, const char *text, size_t length, word_each *each, void *context, bt_error *error)
{
    char folded[WORD_MAX + 1];
    const size_t n = length < WORD_MAX ? length : WORD_MAX;
    for (size_t i = 0; i < n; i++)
        folded[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + ('a' - 'A') : text[i]);
    folded[n] = '\0';
    return give(w, folded, n, each, context, error);
}

static bt_status give_folded(word *w, const char *text, size_t length, word_each *each, void *context, bt_error *error)
{
    char *key = NULL;
    bt_status status = bt_title_key(text, length, &key, error);
    for (const char *at = key; status == BT_OK && *at != '\0';) {
        const size_t n = strcspn(at, " ");
        status = give(w, at, n, each, context, error);
        at += n;
        at += *at == ' ';
    }
    bt_free(key);
    return status;
}

bt_status words_each(const char *text, size_t length, word_each *each, void *context, bt_error *error)
{
    bt_status status = BT_OK;
    for (size_t at = 0; at < length && status == BT_OK;) {
        word w = {.begin = at};
        bool ascii = true;
        size_t skip = 0;
        for (size_t n; at < length && (n = word_character(text + at, length - at, &skip)) > 0; at += n)
            ascii = ascii && n == 1;
        w.end = at;
        if (w.end > w.begin)
            status = (ascii ? give_ascii : give_folded)(&w, text + w.begin, w.end - w.begin, each, context, error);
        else
            at += skip;
    }
    return status;
}

/* --- title keys ------------------------------------------------------------------------------------------------------ */

typedef struct key_writer {
    char *text;
    size_t length, capacity;
} key_writer;

static bt_status write_word(void *context, const word *w, bt_error *error)
{
    key_writer *k = context;
    if (k->capacity - k->length < w->length + 2) {
        const size_t capacity = 2 * k->capacity + w->length + 2;
        char *text = memory_resized(k->text, capacity, 1);
        if (text == NULL)
            return error_no_memory(error, "normalizing a title");
        k->text = text;
        k->capacity = capacity;
    }
    if (k->length > 0)
        k->text[k->length++] = ' ';
    memcpy(k->text + k->length, w->text, w->length + 1);
    k->length += w->length;
    return BT_OK;
}

/* bt_title_key for a title of symbols; one that isn't UTF-8 has the key "". */
static bt_status symbols_key(const char *title, size_t length, char **out, bt_error *error)
{
    bt_error inner = {0};
    const bt_status status = bt_title_key(title, length, out, &inner);
    if (status == BT_OK)
        return BT_OK;
    if (status == BT_BAD_FORMAT)
        *out = memory_string("", 0);
    return *out != NULL ? BT_OK : error_no_memory(error, "normalizing a title");
}

bt_status words_title_key(const char *title, size_t length, char **out, bt_error *error)
{
    *out = NULL;
    key_writer k = {0};
    size_t name = 0, article = 0, n = 0;
    bt_status status;
    if (title_find_moved_article(title, length, &name, &article, &n)) {
        status = words_each(title + article, n, write_word, &k, error);
        if (status == BT_OK)
            status = words_each(title, name, write_word, &k, error);
    } else {
        status = words_each(title, length, write_word, &k, error);
    }
    if (status == BT_OK && k.length == 0)
        return symbols_key(title, length, out, error);
    if (status != BT_OK) {
        bt_free(k.text);
        return status;
    }
    *out = k.text;
    return BT_OK;
}

/* --- stems ----------------------------------------------------------------------------------------------------------- */

static const char *const snowball_names[WORD_LANGUAGES] = {"english", "spanish"};
static const char *const language_codes[WORD_LANGUAGES] = {"en", "es"};

bt_status stemmers_open(stemmers *s, bt_error *error)
{
    *s = (stemmers){0};
    for (size_t i = 0; i < WORD_LANGUAGES; i++) {
        s->of[i] = sb_stemmer_new(snowball_names[i], "UTF_8");
        if (s->of[i] == NULL) {
            stemmers_close(s);
            return error_no_memory(error, "starting a stemmer");
        }
    }
    return BT_OK;
}

void stemmers_close(stemmers *s)
{
    for (size_t i = 0; i < WORD_LANGUAGES; i++)
        sb_stemmer_delete(s->of[i]);
    *s = (stemmers){0};
}

word_language word_language_of(const char *code)
{
    for (size_t i = 0; code != NULL && i < WORD_LANGUAGES; i++)
        if (strcmp(code, language_codes[i]) == 0)
            return (word_language)i;
    return WORD_NO_LANGUAGE;
}

const char *stem(stemmers *s, word_language language, const char *text, size_t length, size_t *stem_length)
{
    const sb_symbol *out = sb_stemmer_stem(s->of[language], (const sb_symbol *)text, (int)length);
    *stem_length = out != NULL ? (size_t)sb_stemmer_length(s->of[language]) : 0;
    return (const char *)out;
}
