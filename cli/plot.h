/* A dot plot as SVG: a line for each thing that is compared, panels with a scale each side by side, and intervals. It is one file without
 * scripts or fonts of its own, and readable on a light and on a dark page (prefers-color-scheme).
 */
#ifndef CLI_PLOT_H
#define CLI_PLOT_H

#include <stddef.h>

#include "butaca/status.h"

enum { PLOT_PANELS_MAX = 4 };

typedef struct plot_row {
    const char *name;
    double value[PLOT_PANELS_MAX], half[PLOT_PANELS_MAX]; /* an interval reaches that far to each side; 0: there is none */
} plot_row;

/* Texts are UTF-8. The first row is what the others are compared with: a dashed line goes through its values. */
typedef struct plot {
    const char *title, *note;
    const char *panels[PLOT_PANELS_MAX];
    size_t n_panels;
    const plot_row *rows;
    size_t n_rows; /* at least 1 */
} plot;

/* The file is written whole or not at all. */
bt_status plot_write(const plot *p, const char *path, bt_error *error);

#endif
