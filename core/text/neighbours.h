/* The inside of a table of neighbours' file. */
#ifndef TEXT_NEIGHBOURS_H
#define TEXT_NEIGHBOURS_H

#include "base/sections.h"
#include "butaca/neighbours.h"

/* The table that lies in a container's sections, all of it checked; it points into them. */
bt_status neighbours_read_sections(const sections_file *file, const char *path, bt_neighbours_info *out, bt_error *error);

#endif
