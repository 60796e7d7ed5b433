/* MovieLens titles: "City of Lost Children, The (Cité des enfants perdus, La) (1995)" is the title "The City of Lost Children", the
 * year 1995, and the other titles "La Cité des enfants perdus" and the one that the source wrote, so that it finds the film too.
 */
#ifndef IMPORT_TITLES_H
#define IMPORT_TITLES_H

#include "store/catalogue.h"

/* Sets title, other_titles and year of f from a title of UTF-8 text; everything lives in the arena. A title without a letter is
 * left NULL. */
bt_status titles_parse(const char *text, size_t length, arena *a, film *f, bt_error *error);

#endif
