/* Filling a bt_error. Messages are formatted beside the error and copied, so that an argument may be the error's own message
 * (a caller that puts its file's name before what a lower layer said).
 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* How many bytes the UTF-8 character that begins with `lead` has; bytes that begin none count as one. */
static size_t character_length(unsigned char lead)
{
    if (lead >= 0xF0)
        return 4;
    if (lead >= 0xE0)
        return 3;
    return lead >= 0xC0 ? 2 : 1;
}

/* Takes the last character off text[0, length) if not all of its bytes are there. */
static void cut_at_character(char *text, size_t length)
{
    size_t lead = length;
    while (lead > 0 && length - lead < 4) {
        const unsigned char byte = (unsigned char)text[--lead];
        if ((byte & 0xC0) == 0x80)
            continue;
        if (lead + character_length(byte) > length)
            text[lead] = '\0';
        return;
    }
}

/* vsnprintf that cuts at a character. */
static void format_text(char *out, size_t size, const char *format, va_list arguments) __attribute__((format(printf, 3, 0)));

static void format_text(char *out, size_t size, const char *format, va_list arguments)
{
    const int length = vsnprintf(out, size, format, arguments);
    if (length < 0)
        out[0] = '\0';
    if (length > 0 && (size_t)length >= size)
        cut_at_character(out, size - 1);
}

static bt_status fill(bt_error *error, bt_status status, const char *message)
{
    error->status = status;
    memcpy(error->message, message, strlen(message) + 1);
    return status;
}

bt_status error_set(bt_error *error, bt_status status, const char *format, ...)
{
    if (error == NULL)
        return status;

    char message[BT_ERROR_MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    format_text(message, sizeof message, format, arguments);
    va_end(arguments);
    return fill(error, status, message);
}

static bt_status status_of_errno(int errno_value)
{
    switch (errno_value) {
    case ENOENT:
        return BT_NOT_FOUND;
    case ENOSPC:
    case EDQUOT:
    case EFBIG: /* the process's own limit, or the file system's */
        return BT_NO_SPACE;
    case EACCES:
    case EPERM:
    case EROFS:
        return BT_PERMISSION;
    case ENOMEM:
        return BT_NO_MEMORY;
    default:
        return BT_IO;
    }
}

bt_status error_system(bt_error *error, int errno_value, const char *format, ...)
{
    const bt_status status = status_of_errno(errno_value);
    if (error == NULL)
        return status;

    char reason[128];
    if (strerror_r(errno_value, reason, sizeof reason) != 0)
        snprintf(reason, sizeof reason, "error %d", errno_value);

    /* The reason always fits: it is the subject (with a path of any length) that is cut. */
    char message[BT_ERROR_MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    format_text(message, sizeof message - strlen(reason) - 2, format, arguments);
    va_end(arguments);
    strcat(strcat(message, ": "), reason);
    return fill(error, status, message);
}

bt_status error_no_memory(bt_error *error, const char *what)
{
    return error_set(error, BT_NO_MEMORY, "out of memory while %s", what);
}
