/* The data sets that ratings came from, as the JSON array that ratings and model files carry. */
#ifndef IMPORT_SOURCES_JSON_H
#define IMPORT_SOURCES_JSON_H

#include "store/catalogue.h"

/* `present` (a JSON array or NULL) with `added` in it, by name, in new memory (bt_free). The same input gives the same bytes. */
bt_status sources_json_add(const char *present, const data_source *added, char **out, bt_error *error);

#endif
