/* Where an import's bytes come from: the files of a folder, the entries of a zip, or one file, read in order in blocks. */
#ifndef IMPORT_SOURCE_H
#define IMPORT_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "butaca/status.h"

typedef struct source source;
typedef struct source_stream source_stream;

bt_status source_open(const char *path, source **out, bt_error *error);
void source_close(source *s);

/* Files in it, by name without their folder ("ratings.csv"); one folder level inside is looked through. */
size_t source_n_files(const source *s);
const char *source_name(const source *s, size_t file);
const char *source_label(const source *s, size_t file); /* for messages: "ml.zip:ml-latest-small/ratings.csv" */
uint64_t source_size(const source *s, size_t file);     /* uncompressed bytes */
size_t source_find(const source *s, const char *name);  /* SIZE_MAX: not there */

bt_status source_stream_open(source *s, size_t file, source_stream **out, bt_error *error);
/* *n = 0 at the end. A zip entry's CRC and size are checked at its end. */
bt_status source_stream_read(source_stream *s, void *buffer, size_t size, size_t *n, bt_error *error);
void source_stream_close(source_stream *s);

#endif
