/* SHA-256 of files, to hold what was downloaded against what is known of it. */
#ifndef IMPORT_SHA256_H
#define IMPORT_SHA256_H

#include "import/known_sets.h"
#include "import/source.h"

enum { SHA256_TEXT_SIZE = 65 };

/* Of one of the source's files, in hexadecimal digits. */
bt_status sha256_of(source *s, size_t file, char out[SHA256_TEXT_SIZE], bt_error *error);

/* Whether `path` is the file that is known: by its own checksum or, if it is a zip, by those of all `n_contents` files in it. BT_CORRUPT
 * says what it is instead. */
bt_status sha256_check(const char *path, const known_file *file, const known_file *contents, size_t n_contents,
                       bt_error *error);

#endif
