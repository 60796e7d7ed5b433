/* One file from a server (http, https) or from a folder (file) into a file, by libcurl.
 *
 * Bytes are appended to what is there already, so that a download that was cut off, or stopped, goes on where it was; a server that
 * can't do that is asked for all of it. A connection that breaks is tried again as long as each try brings something, else twice
 * more.
 */
#ifndef IMPORT_DOWNLOAD_H
#define IMPORT_DOWNLOAD_H

#include <stdint.h>

#include "butaca/progress.h"
#include "butaca/status.h"

typedef struct download_params {
    const char *url;
    const char *path;            /* the file to append to; made where it isn't there */
    const char *stage;           /* for progress: "getting ml-32m.zip" */
    uint64_t expected;           /* bytes, for progress where the server doesn't tell; 0: not known */
    uint64_t limit;              /* bytes; a server that sends more is refused: BT_LIMIT */
    const bt_progress *progress; /* NULL: nobody wants to know */
} download_params;

/* Until the server has no more. On failure what came stays; BT_CANCELLED if progress wants to stop. */
bt_status download_file(const download_params *p, bt_error *error);

#endif
