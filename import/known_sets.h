/* The data sets that `butaca get` brings: where their files are, how large they are, their checksums, and on which terms. */
#ifndef IMPORT_KNOWN_SETS_H
#define IMPORT_KNOWN_SETS_H

#include <stddef.h>
#include <stdint.h>

typedef struct known_file {
    const char *name;   /* "ml-32m.zip" */
    const char *url;    /* NULL: of a file within a zip */
    uint64_t size;      /* bytes */
    const char *sha256; /* 64 hexadecimal digits */
} known_file;

typedef struct known_set {
    const char *name;        /* as people type it: "movielens-small" */
    const char *title, *who; /* "MovieLens latest small (9/2018)", "GroupLens, University of Minnesota" */
    const char *holds;       /* "100,836 ratings of 9,742 films" */
    const char *terms;       /* in plain words */
    const char *terms_url;
    const char *by_hand; /* the line to type where it can't be brought; NULL: it can */
    const known_file *files;
    size_t n_files;
    /* What the set's one zip has in it; those who pass it on may have packed it anew. NULL: only the zip itself counts. */
    const known_file *contents;
    size_t n_contents;
} known_set;

/* In the order in which they should be imported: films that others are joined to come first. NULL beyond the last. */
const known_set *known_set_at(size_t i);
const known_set *known_set_find(const char *name); /* NULL: no such set */

uint64_t known_set_size(const known_set *set); /* bytes of all its files */

#endif
