/* UTF-8 by utf8proc, with eight ASCII bytes at a time passed over: overviews are mostly those. */
#include "text/utf8.h"

#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

#include "base/memory.h"

/* How many of the bytes at the start are surely ASCII, in steps of eight. */
static size_t ascii_prefix(const char *text, size_t length)
{
    size_t n = 0;
    for (uint64_t block; length - n >= sizeof block; n += sizeof block) {
        memcpy(&block, text + n, sizeof block);
        if (block & UINT64_C(0x8080808080808080))
            break;
    }
    return n;
}

bool utf8_is_valid(const char *text, size_t length)
{
    size_t i = 0;
    while ((i += ascii_prefix(text + i, length - i)) < length) {
        utf8proc_int32_t point = 0;
        const utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text + i, (utf8proc_ssize_t)(length - i), &point);
        if (n <= 0)
            return false;
        i += (size_t)n;
    }
    return true;
}

size_t utf8_character(const char *text, size_t length)
{
    if (length == 0)
        return 0;
    if ((unsigned char)*text < 0x80)
        return 1;
    utf8proc_int32_t point = 0;
    const utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)length, &point);
    return n > 0 ? (size_t)n : 0;
}

/* utf8proc_NFKC_Casefold takes its memory past our door. */
char *utf8_folded(const char *text)
{
    const utf8proc_option_t options =
        UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;
    const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)text;
    const utf8proc_ssize_t size = (utf8proc_ssize_t)strlen(text);
    const utf8proc_ssize_t n = utf8proc_decompose(bytes, size, NULL, 0, options);
    if (n < 0)
        return NULL;
    utf8proc_int32_t *points =
        memory_array((size_t)n + 1, sizeof *points); /* written over by the text itself, with its zero byte */
    if (points == NULL)
        return NULL;
    if (utf8proc_decompose(bytes, size, points, n, options) == n && utf8proc_reencode(points, n, options) >= 0)
        return (char *)points;
    bt_free(points);
    return NULL;
}
