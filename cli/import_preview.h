/* What a dry run found, in examples. */
#ifndef CLI_IMPORT_PREVIEW_H
#define CLI_IMPORT_PREVIEW_H

#include <jansson.h>

#include "import/import.h"

json_t *import_preview_json(const import_preview *p);
void import_preview_print(const import_preview *p);

#endif
