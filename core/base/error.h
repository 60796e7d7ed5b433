/* Filling a bt_error, in one line at the place that fails:
 *
 *     return error_set(error, BT_BAD_FORMAT, "%s:%zu: expected 4 columns, found %zu", path, line, n);
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "butaca/status.h"

/* Writes code and message (error may be NULL) and returns the code. */
bt_status error_set(bt_error *error, bt_status status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same for a failed system call: appends strerror(errno_value) and picks the code that fits (ENOENT: NOT_FOUND, ENOSPC,
 * EDQUOT and EFBIG: NO_SPACE, EACCES, EPERM and EROFS: PERMISSION, ENOMEM: NO_MEMORY, otherwise IO). */
bt_status error_system(bt_error *error, int errno_value, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* "out of memory while …": what = "reading ratings". */
bt_status error_no_memory(bt_error *error, const char *what);

#endif
