/* The kinds of sources behind source.h: each lists its files and opens streams on them. Gzip is a layer over the streams of all. */
#ifndef IMPORT_SOURCE_INTERNAL_H
#define IMPORT_SOURCE_INTERNAL_H

#include <stdbool.h>

#include "base/arena.h"
#include "import/source.h"

/* Text compresses some 5-fold, a CSV of one repeated row up to 1,000-fold: beyond both bounds it is no data set. */
enum { SOURCE_GROWTH_MAX = 200, SOURCE_GROWTH_FREE = 64 << 20 };

typedef struct source_file {
    const char *name, *label, *path; /* path: what the kind opens it by */
    uint64_t size;                   /* as the kind knows it: of the packed bytes of a .gz, 0 of standard input */
    uint64_t index;                  /* zip: of the entry */
} source_file;

/* What a listing finds, before it is decided which level counts. */
typedef struct source_entry {
    const char *path; /* within the source, "/" between its parts, no "/" at the end */
    bool is_folder;
    uint64_t size, index;
} source_entry;

typedef struct source_kind source_kind;
typedef struct gzip_layer gzip_layer;

struct source {
    const source_kind *kind;
    const char *path;
    arena memory; /* all strings */
    source_entry *entries;
    size_t n_entries, entry_capacity;
    source_file *files; /* by name */
    size_t n_files;
    const char *description;
    void *handle; /* zip: the archive; standard input: its beginning */
};

struct source_kind {
    const char *what; /* "the folder" */
    bt_status (*list)(source *s, bt_error *error);
    void (*close)(source *s);
    bt_status (*stream_open)(source *s, const source_file *file, source_stream *out, bt_error *error);
    bt_status (*stream_read)(source_stream *s, void *buffer, size_t size, size_t *n, bt_error *error);
    void (*stream_close)(source_stream *s);
};

struct source_stream {
    const source_kind *kind;
    const source_file *file;
    int fd;
    void *entry;            /* zip, standard input */
    uint64_t read;          /* bytes of the kind so far */
    unsigned char first[2]; /* bytes that were looked at and are yet to be handed on */
    size_t n_first;
    gzip_layer *gzip; /* NULL: as it is */
    bool mend_breaks; /* see source_stream_mend_breaks */
    bool held_return; /* a carriage return that ended what was read: what follows it? */
    bool has_ready;   /* a byte that was mended already */
    char ready;
};

/* For `list`: copies the path. */
bt_status source_add_entry(source *s, source_entry entry, bt_error *error);

/* The next bytes as the kind has them; *n = 0 at the end. */
bt_status source_read_raw(source_stream *s, void *buffer, size_t size, size_t *n, bt_error *error);

extern const source_kind source_kind_folder, source_kind_file, source_kind_zip, source_kind_input;

/* --- gzip ---------------------------------------------------------------------------------------------------------- */

bool gzip_begins(const unsigned char *bytes, size_t n);
bt_status gzip_open(gzip_layer **out, bt_error *error);
bt_status gzip_read(gzip_layer *g, source_stream *s, void *buffer, size_t size, size_t *n, bt_error *error);
void gzip_close(gzip_layer *g); /* NULL is fine */

#endif
