/* UTF-8 by utf8proc, with eight ASCII bytes at a time passed over: overviews are mostly those. */
#include "text/utf8.h"

#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

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
