/* What the program serves from within itself: the page, the reference page and the API's description.
 *
 * Each is made once, when the server starts, with its ETag and the Content-Security-Policy that allows exactly the inline script
 * and style it has, by their hashes.
 */
#ifndef SERVER_ASSETS_H
#define SERVER_ASSETS_H

#include <stddef.h>

#include "base/arena.h"
#include "butaca/status.h"

typedef struct asset {
    const char *content_type;
    const char *body;
    size_t size;
    const char *gzip; /* the same, packed */
    size_t gzip_size;
    const char *etag;   /* with its quotes */
    const char *policy; /* Content-Security-Policy */
} asset;

typedef struct assets {
    asset page, admin, docs, openapi;
} assets;

/* What everything else is sent with: it loads nothing and stands in no frame. */
#define ASSETS_STRICT_POLICY "default-src 'none'; frame-ancestors 'none'"

/* Bodies live in `memory` or in the program. */
bt_status assets_make(arena *memory, assets *out, bt_error *error);

#endif
