/* Where an import's bytes come from: the files of a folder, the entries of a zip, one file or standard input, read in order in
 * blocks. What is packed by gzip is unpacked as it is read.
 *
 * Bounds: at most SOURCE_FILES_MAX files are looked at. A zip entry or gzip file that would grow more than 200-fold and beyond
 * 64 MiB, or a zip entry that has more bytes than it declares, is refused; nothing is unpacked to disk.
 */
#ifndef IMPORT_SOURCE_H
#define IMPORT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "butaca/status.h"

enum { SOURCE_FILES_MAX = 4096 };

typedef struct source source;
typedef struct source_stream source_stream;

bt_status source_open(const char *path, source **out, bt_error *error); /* "-": standard input */
void source_close(source *s);                                           /* NULL is fine */

/* Files in it, by name without their folder ("ratings.csv"). Where the top level has no file but one folder, the files are that
 * folder's. Hidden names (".…", "__MACOSX") don't count, and ".gz" at a name's end is left out. */
size_t source_n_files(const source *s);
const char *source_name(const source *s, size_t file);
const char *source_label(const source *s, size_t file); /* for messages: "ml.zip:ml-latest-small/ratings.csv" */
uint64_t source_size(const source *s, size_t file);     /* bytes of its text; 0: not known (gzip, standard input) */
size_t source_find(const source *s, const char *name);  /* SIZE_MAX: not there */
/* One file that was named itself or is alone in a zip, so that its name needn't say what it is. */
bool source_is_single(const source *s);
bool source_is_zip(const char *bytes, size_t n); /* by its first bytes */

/* What it is and holds, for messages: "the folder /data/ml holds links.csv, movies.csv and the folder old". */
const char *source_describe(const source *s);

bt_status source_stream_open(source *s, size_t file, source_stream **out, bt_error *error);
/* *n = 0 at the end. A zip entry's CRC and size are checked at its end. */
bt_status source_stream_read(source_stream *s, void *buffer, size_t size, size_t *n, bt_error *error);
/* From now on a carriage return that no line feed follows is read as a blank. */
void source_stream_mend_breaks(source_stream *s);
void source_stream_close(source_stream *s); /* NULL is fine */

/* A whole file of at most `limit` bytes (more: BT_LIMIT) in new memory (bt_free): *out is NUL-terminated beyond *size. */
bt_status source_read_whole(source *s, size_t file, size_t limit, char **out, size_t *size, bt_error *error);

#endif
