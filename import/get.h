/* `butaca get`: a data set that is known (import/known_sets.h) from its server, or a mirror of it, into the data folder.
 *
 *     DATA/downloads/SET/FILE.part    what came so far; a later call goes on with it
 *     DATA/downloads/SET/FILE         whole, with the checksum that the table has
 *
 * When all files of a set are there they are imported as `butaca import` does it, and removed. Costs: the files' size on disk; a
 * buffer of 64 KiB.
 */
#ifndef IMPORT_GET_H
#define IMPORT_GET_H

#include "import/import.h"
#include "import/known_sets.h"

typedef struct get_params {
    const char
        *mirror; /* a URL (http, https, file) or a folder that has the files under their names; NULL: where they come from */
    const bt_progress *progress;
} get_params;

/* On failure the data folder is as before but for what was downloaded, which stays. A file with another checksum is removed:
 * BT_CORRUPT. `target` is open for writing. */
bt_status get_run(folder *target, const known_set *set, const get_params *p, import_summary *out, bt_error *error);

#endif
