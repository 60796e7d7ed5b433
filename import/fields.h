/* Numbers in CSV fields, without strtod: what an importer accepts is a small set that is told apart exactly and fast. */
#ifndef IMPORT_FIELDS_H
#define IMPORT_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "import/csv.h"

bool field_u32(const csv_field *f, uint32_t *value); /* digits only, below 2^32 */
bool field_id(const csv_field *f, uint32_t *value);  /* the same, above 0 */

/* "4", "4.0", "3.5", "3.50", ".5" -> half stars 1 .. 10. */
bool field_half_stars(const csv_field *f, uint8_t *value);

/* Whether it looks like a decimal number at all ("-1", "7.25", "1e3"; not "NaN", "inf", "0x1", ""): only tells the reason of a
 * refusal. */
bool field_is_number(const csv_field *f);

bool field_equals(const csv_field *f, const char *text);

#endif
