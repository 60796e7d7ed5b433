/* What the converters of encoder weights have in common: a package that is read, a .btenc file that is written, and the first
 * error, after which everything else does nothing. */
#ifndef TOOLS_CONVERSION_H
#define TOOLS_CONVERSION_H

#include "base/arena.h"
#include "base/sections.h"
#include "encoder/object.h"
#include "text/double_array.h"
#include "tools/wheel.h"

enum { CONVERSION_BLOCKS = 512 };

typedef struct conversion {
    wheel *package;
    hash_list hashes;
    sections_writer out;
    void *blocks[CONVERSION_BLOCKS]; /* freed at the end */
    size_t n_blocks;
    bt_status status;
    bt_error error;
} conversion;

/* Memory until the end; NULL when something has failed. `keep` takes over a block. */
void *conversion_take(conversion *c, size_t count, size_t size);
void conversion_keep(conversion *c, void *block);

/* An entry of `from` (the package, or a zip in it), checked against the hashes as `hash_name` (NULL: not checked). NULL when
 * something has failed. */
const uint8_t *conversion_read(conversion *c, wheel *from, const char *name, const char *hash_name, size_t *size);

void conversion_fail(conversion *c, bt_status status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Sections. */
void conversion_write(conversion *c, const char *name, const void *bytes, size_t size);
void conversion_write_pieces(conversion *c, double_array_string *strings, size_t n);

/* The two converters write all sections but "about". */
enum { CONVERT_MUSE_SECTIONS = 21, CONVERT_MINILM_SECTIONS = 17 };
void convert_muse(conversion *c);
void convert_minilm(conversion *c);

#endif
