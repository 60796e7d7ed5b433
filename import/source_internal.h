/* The kinds of sources behind source.h: each lists its files and opens streams on them. */
#ifndef IMPORT_SOURCE_INTERNAL_H
#define IMPORT_SOURCE_INTERNAL_H

#include <stdbool.h>

#include "base/arena.h"
#include "import/source.h"

typedef struct source_file {
    const char *name, *label, *path; /* path: what the kind opens it by */
    uint64_t size;
    uint64_t index; /* zip: of the entry */
} source_file;

/* What a listing finds, before it is decided which level counts. */
typedef struct source_entry {
    const char *path; /* within the source, "/" between its parts, no "/" at the end */
    bool is_folder;
    uint64_t size, index;
} source_entry;

typedef struct source_kind source_kind;

struct source {
    const source_kind *kind;
    const char *path;
    arena memory; /* all strings */
    source_entry *entries;
    size_t n_entries, entry_capacity;
    source_file *files; /* by name */
    size_t n_files;
    const char *description;
    void *handle; /* zip: the archive */
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
    void *entry;   /* zip */
    uint64_t read; /* bytes so far */
};

/* For `list`: copies the path. */
bt_status source_add_entry(source *s, source_entry entry, bt_error *error);

extern const source_kind source_kind_folder, source_kind_file, source_kind_zip;

#endif
