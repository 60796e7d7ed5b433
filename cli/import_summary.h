/* What an import brought: `import` and `get` tell it alike. */
#ifndef CLI_IMPORT_SUMMARY_H
#define CLI_IMPORT_SUMMARY_H

#include <jansson.h>

#include "import/import.h"

json_t *import_summary_json(const char *path, const import_summary *s);
void import_summary_print(const char *path, const import_summary *s);
void import_total_print(const char *data, const import_summary *s);     /* what the folder holds now */
void import_dry_total_print(const char *data, const import_summary *s); /* or would hold */

#endif
