/* Status codes and the error that callers own.
 *
 * Every call of libbutaca that can fail returns a bt_status and takes a `bt_error *` as its last argument. NULL there means
 * "the code is enough for me". On BT_OK the error is left as it was. Messages are in English, one line, and say what was
 * wrong, where (file and line, if it was a file), what was expected and what to do.
 */
#ifndef BUTACA_STATUS_H
#define BUTACA_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define BT_API __attribute__((visibility("default")))
#else
#define BT_API
#endif

/* X(name, text): the one list of codes. Codes keep their numbers: new ones go to the end. */
#define BT_STATUS_LIST(X)                                   \
    X(OK, "ok")                                             \
    X(NO_MEMORY, "out of memory")                           \
    X(INVALID_ARGUMENT, "invalid argument")                 \
    X(NOT_FOUND, "not found")                               \
    X(AMBIGUOUS, "more than one match")                     \
    X(BAD_FORMAT, "not in the expected format")             \
    X(CORRUPT, "damaged file")                              \
    X(VERSION, "written by a newer version")                \
    X(IO, "input/output error")                             \
    X(NO_SPACE, "no space left on the device")              \
    X(PERMISSION, "permission denied")                      \
    X(BUSY, "in use by another program")                    \
    X(CANCELLED, "cancelled")                               \
    X(LIMIT, "over a written limit")                        \
    X(NUMERIC, "numbers left the range that can be solved") \
    X(UNSUPPORTED, "not supported")

typedef enum bt_status {
#define BT_STATUS_ENUM(name, text) BT_##name,
    BT_STATUS_LIST(BT_STATUS_ENUM)
#undef BT_STATUS_ENUM
        BT_STATUS_COUNT
} bt_status;

enum { BT_ERROR_MESSAGE_SIZE = 512 };

typedef struct bt_error {
    bt_status status;
    char message[BT_ERROR_MESSAGE_SIZE]; /* NUL-terminated UTF-8, cut at a character if it had to be */
} bt_error;

/* The text of a code; never NULL, also for numbers that are no code. */
BT_API const char *bt_status_text(bt_status status);

/* The name of a code as written in this header, without BT_ ("NOT_FOUND"). */
BT_API const char *bt_status_name(bt_status status);

#ifdef __cplusplus
}
#endif
#endif
