/* Parsing Python literals by recursive descent: one function a kind, the depth counted. */
#include "import/literal.h"

#include <string.h>

#include "base/error.h"

typedef struct parser {
    const char *begin, *at, *end;
    arena *a;
    size_t n_values, depth;
    bt_status failure; /* BT_OK: none yet */
} parser;

static literal *parse_value(parser *p);

static literal *fail(parser *p, bt_status failure)
{
    if (p->failure == BT_OK)
        p->failure = failure;
    return NULL;
}

static literal *new_value(parser *p, literal_kind kind)
{
    if (++p->n_values > LITERAL_VALUES_MAX)
        return fail(p, BT_LIMIT);
    literal *value = arena_take(p->a, sizeof *value);
    if (!value)
        return fail(p, BT_NO_MEMORY);
    *value = (literal){.kind = kind, .text = p->at};
    return value;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static void skip_blanks(parser *p)
{
    while (p->at < p->end && is_blank(*p->at))
        p->at++;
}

static bool take(parser *p, char c)
{
    skip_blanks(p);
    if (p->at == p->end || *p->at != c)
        return false;
    p->at++;
    return true;
}

/* --- words and numbers ---------------------------------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static size_t skip_digits(parser *p)
{
    const char *begin = p->at;
    while (p->at < p->end && is_digit(*p->at))
        p->at++;
    return (size_t)(p->at - begin);
}

static bool take_any(parser *p, const char *set)
{
    if (p->at == p->end || !*p->at || !strchr(set, *p->at))
        return false;
    p->at++;
    return true;
}

static literal *parse_word(parser *p)
{
    static const struct {
        const char *word;
        literal_kind kind;
    } words[] = {{"None", LITERAL_NONE},
                 {"True", LITERAL_TRUE},
                 {"False", LITERAL_FALSE},
                 {"nan", LITERAL_NUMBER},
                 {"inf", LITERAL_NUMBER}};
    const char *begin = p->at, *end = begin;
    while (end < p->end && is_word(*end))
        end++;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const size_t n = strlen(words[i].word);
        if ((size_t)(end - begin) != n || memcmp(begin, words[i].word, n) != 0)
            continue;
        literal *value = new_value(p, words[i].kind);
        if (value)
            value->length = n;
        p->at = end;
        return value;
    }
    return fail(p, BT_BAD_FORMAT);
}

static literal *parse_number(parser *p)
{
    literal *value = new_value(p, LITERAL_NUMBER);
    if (!value)
        return NULL;
    take_any(p, "+-");
    if (p->end - p->at >= 3 && (memcmp(p->at, "inf", 3) == 0 || memcmp(p->at, "nan", 3) == 0)) {
        p->at += 3;
    } else {
        size_t digits = skip_digits(p);
        if (take_any(p, "."))
            digits += skip_digits(p);
        if (digits == 0)
            return fail(p, BT_BAD_FORMAT);
        if (take_any(p, "eE")) {
            take_any(p, "+-");
            if (skip_digits(p) == 0)
                return fail(p, BT_BAD_FORMAT);
        }
    }
    value->length = (size_t)(p->at - value->text);
    return p->at < p->end && is_word(*p->at) ? fail(p, BT_BAD_FORMAT) : value;
}

/* --- strings -------------------------------------------------------------------------------------------------------- */

static int hex_digit(char c)
{
    if (is_digit(c))
        return c - '0';
    const char low = (char)(c | 0x20);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/* How many hex digits follow \x, \u or \U; 0: another escape. */
static size_t hex_length(char c)
{
    return c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
}

/* From behind a backslash to behind its escape; false if it is none. */
static bool skip_escape(parser *p)
{
    if (p->at == p->end || !*p->at || !strchr("\n\\'\"abfnrtvxuU01234567", *p->at))
        return false;
    const size_t n = hex_length(*p->at++);
    for (size_t i = 0; i < n; i++, p->at++)
        if (p->at == p->end || hex_digit(*p->at) < 0)
            return false;
    return true;
}

static literal *parse_string(parser *p)
{
    const char quote = *p->at++;
    literal *value = new_value(p, LITERAL_STRING);
    if (!value)
        return NULL;
    while (p->at < p->end && *p->at != quote) {
        if (*p->at++ != '\\')
            continue;
        value->escaped = true;
        if (!skip_escape(p))
            return fail(p, BT_BAD_FORMAT);
    }
    if (p->at == p->end)
        return fail(p, BT_BAD_FORMAT);
    value->length = (size_t)(p->at - value->text);
    p->at++;
    return value;
}

/* --- lists and dicts ------------------------------------------------------------------------------------------------ */

/* "key: value" as the value, with its key. */
static literal *parse_entry(parser *p)
{
    const literal *key = parse_value(p);
    if (!key)
        return NULL;
    if (!take(p, ':'))
        return fail(p, BT_BAD_FORMAT);
    literal *value = parse_value(p);
    if (value)
        value->key = key;
    return value;
}

static literal *parse_items(parser *p, literal_kind kind, char close)
{
    literal *whole = new_value(p, kind);
    if (!whole)
        return NULL;
    if (++p->depth > LITERAL_DEPTH_MAX)
        return fail(p, BT_LIMIT);
    p->at++;
    for (literal **next = &whole->first; !take(p, close); next = &(*next)->next) {
        if (next != &whole->first && !take(p, ','))
            return fail(p, BT_BAD_FORMAT);
        if (next != &whole->first && take(p, close)) /* behind a last comma */
            break;
        *next = kind == LITERAL_DICT ? parse_entry(p) : parse_value(p);
        if (!*next)
            return NULL;
    }
    p->depth--;
    return whole;
}

static literal *parse_value(parser *p)
{
    skip_blanks(p);
    if (p->at == p->end)
        return fail(p, BT_BAD_FORMAT);
    switch (*p->at) {
    case '[':
        return parse_items(p, LITERAL_LIST, ']');
    case '(':
        return parse_items(p, LITERAL_LIST, ')');
    case '{':
        return parse_items(p, LITERAL_DICT, '}');
    case '\'':
    case '"':
        return parse_string(p);
    default:
        return is_digit(*p->at) || strchr("+-.", *p->at) ? parse_number(p) : parse_word(p);
    }
}

bt_status literal_parse(const char *text, size_t length, arena *a, const literal **out, bt_error *error)
{
    parser p = {.begin = text, .at = text, .end = text + length, .a = a};
    *out = parse_value(&p);
    skip_blanks(&p);
    if (*out && p.at < p.end)
        *out = fail(&p, BT_BAD_FORMAT);
    if (*out)
        return BT_OK;
    if (p.failure == BT_NO_MEMORY)
        return error_no_memory(error, "reading a Python literal");
    if (p.failure == BT_LIMIT)
        return error_set(error, BT_LIMIT, "a Python literal of more than %d levels or %d values", LITERAL_DEPTH_MAX,
                         LITERAL_VALUES_MAX);
    return error_set(error, BT_BAD_FORMAT, "not a Python literal from its byte %zu on", (size_t)(p.at - p.begin));
}

/* --- asking --------------------------------------------------------------------------------------------------------- */

bool literal_is(const literal *value, const char *text)
{
    return value && value->kind == LITERAL_STRING && value->length == strlen(text) &&
           memcmp(value->text, text, value->length) == 0;
}

const literal *literal_get(const literal *dict, const char *key)
{
    if (!dict || dict->kind != LITERAL_DICT)
        return NULL;
    for (const literal *item = dict->first; item; item = item->next)
        if (literal_is(item->key, key))
            return item;
    return NULL;
}

static char *put_utf8(char *out, unsigned long c)
{
    if (c < 0x80) {
        *out++ = (char)c;
    } else if (c < 0x800) {
        *out++ = (char)(0xC0 | c >> 6);
        *out++ = (char)(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        *out++ = (char)(0xE0 | c >> 12);
        *out++ = (char)(0x80 | (c >> 6 & 0x3F));
        *out++ = (char)(0x80 | (c & 0x3F));
    } else {
        *out++ = (char)(0xF0 | c >> 18);
        *out++ = (char)(0x80 | (c >> 12 & 0x3F));
        *out++ = (char)(0x80 | (c >> 6 & 0x3F));
        *out++ = (char)(0x80 | (c & 0x3F));
    }
    return out;
}

/* The character of the escape at *at, which is moved behind it. */
static unsigned long escaped(const char **at)
{
    static const char letters[] = "abfnrtv", values[] = "\a\b\f\n\r\t\v";
    const char c = *(*at)++;
    const char *letter = strchr(letters, c);
    unsigned long value = 0;
    if (hex_length(c) > 0) {
        for (size_t i = 0; i < hex_length(c); i++)
            value = value << 4 | (unsigned long)hex_digit(*(*at)++);
        return value;
    }
    if (c >= '0' && c <= '7') {
        value = (unsigned long)(c - '0');
        for (size_t i = 0; i < 2 && **at >= '0' && **at <= '7'; i++)
            value = value << 3 | (unsigned long)(*(*at)++ - '0');
        return value;
    }
    return letter ? (unsigned long)values[letter - letters] : (unsigned long)(unsigned char)c;
}

/* Each escape is at least as long as its character in UTF-8, but for octal ones and U+FFFD in place of "\xHH" (3 of 4 bytes). */
const char *literal_string(const literal *value, arena *a)
{
    const bool is_string = value && value->kind == LITERAL_STRING;
    const char *at = is_string ? value->text : "", *end = at + (is_string ? value->length : 0);
    char *out = arena_take(a, (size_t)(end - at) * 2 + 1), *to = out;
    if (!out)
        return NULL;
    while (at < end) {
        if (*at != '\\') {
            *to++ = (unsigned char)*at < ' ' ? ' ' : *at;
            at++;
            continue;
        }
        at++;
        if (*at == '\n') { /* a line that goes on */
            at++;
            continue;
        }
        const unsigned long c = escaped(&at);
        const bool is_character = c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
        to = put_utf8(to, !is_character ? 0xFFFD : c < ' ' ? ' ' : c);
    }
    *to = '\0';
    return out;
}
