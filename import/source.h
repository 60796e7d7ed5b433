/* Where an import's bytes come from: the files of a folder, the entries of a zip, or one file, read in order in blocks.
 *
 * Bounds: at most SOURCE_FILES_MAX files are looked at. A zip entry that would grow more than 200-fold and beyond 64 MiB, or that
 * has more bytes than it declares, is refused; nothing is unpacked to disk.
 */
#ifndef IMPORT_SOURCE_H
#define IMPORT_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "butaca/status.h"

enum { SOURCE_FILES_MAX = 4096 };

typedef struct source source;
typedef struct source_stream source_stream;

bt_status source_open(const char *path, source **out, bt_error *error);
void source_close(source *s); /* NULL is fine */

/* Files in it, by name without their folder ("ratings.csv"). Where the top level has no file but one folder, the files are that
 * folder's. Hidden names (".…", "__MACOSX") don't count. */
size_t source_n_files(const source *s);
const char *source_name(const source *s, size_t file);
const char *source_label(const source *s, size_t file); /* for messages: "ml.zip:ml-latest-small/ratings.csv" */
uint64_t source_size(const source *s, size_t file);     /* uncompressed bytes */
size_t source_find(const source *s, const char *name);  /* SIZE_MAX: not there */

/* What it is and holds, for messages: "the folder /data/ml holds links.csv, movies.csv and the folder old". */
const char *source_describe(const source *s);

bt_status source_stream_open(source *s, size_t file, source_stream **out, bt_error *error);
/* *n = 0 at the end. A zip entry's CRC and size are checked at its end. */
bt_status source_stream_read(source_stream *s, void *buffer, size_t size, size_t *n, bt_error *error);
void source_stream_close(source_stream *s); /* NULL is fine */

#endif
