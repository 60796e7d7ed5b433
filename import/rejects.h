/* The rejects file of an import: CSV with the columns file, line, reason, row; the row as it stood, its first 200 bytes.
 *
 * Streamed through a file_replace that begins with the first refused row: memory doesn't grow with their number.
 */
#ifndef IMPORT_REJECTS_H
#define IMPORT_REJECTS_H

#include <stddef.h>

#include "base/file.h"
#include "import/csv.h"

typedef struct rejects {
    const char *folder, *source; /* <folder>/<source>-<n>.csv, n the first free number; no folder: nothing is written */
    char *path;                  /* NULL: nothing was refused */
    file_replace file;
} rejects;

bt_status rejects_add(rejects *r, const char *label, size_t line, const char *reason, csv_field raw, bt_error *error);
bt_status rejects_commit(rejects *r, bt_error *error); /* without a refused row nothing is written */
/* Gives back what r holds; the file stays only if `keep`, after its commit. */
void rejects_end(rejects *r, bool keep);

#endif
